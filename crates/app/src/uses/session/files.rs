//! Papers of a session: files are matched to items by name, looked at, sealed and filed; replaced, moved, taken off; secret ones only noted.

use super::{item_id, paper_id, session_id};
use crate::uses::write_form::{AddPaperRequest, NewPaper, add_paper, paper_of};
use crate::{App, AppError, ErrorView};
use cabinet_domain::{
    Field, Filed, ItemId, PaperContent, PaperCopy, PaperId, Value, Write, match_files, order_between,
};
use cabinet_work::WorkError;
use cabinet_work::sessions::{edit_session, state};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use ts_rs::TS;
use uuid::Uuid;

/// Limit: files looked at in one folder; the largest packet measured had 496.
const FILES_MAX: usize = 2_000;
/// Limit: folders within folders.
const DEPTH_MAX: usize = 6;

/// Files or folders that were dropped or chosen.
#[derive(Deserialize, TS)]
pub struct PlanFilesRequest {
    /// The session.
    pub session: String,
    /// Paths.
    pub paths: Vec<String>,
}

/// A file and the item that it seems to belong to.
#[derive(Serialize, TS)]
pub struct PlannedFileView {
    /// Its path.
    pub path: String,
    /// Its name below what was dropped.
    pub name: String,
    /// The item; none if no item stands out.
    pub item: Option<String>,
    /// Whether it is a PDF.
    pub is_pdf: bool,
}

/// What was decided for one file.
#[derive(Deserialize, TS)]
pub struct FileRequest {
    /// Its path.
    pub path: String,
    /// The item.
    pub item: String,
}

/// Files to seal and file.
#[derive(Deserialize, TS)]
pub struct FileFilesRequest {
    /// The session.
    pub session: String,
    /// The files.
    pub files: Vec<FileRequest>,
}

/// A file that could not be filed.
#[derive(Serialize, TS)]
pub struct UnfiledView {
    /// Its path.
    pub path: String,
    /// Why.
    pub error: ErrorView,
}

/// A paper that takes the place of another, or of its place.
#[derive(Deserialize, TS)]
pub struct EditPaperRequest {
    /// The session.
    pub session: String,
    /// The paper.
    pub paper: String,
    /// Its new file; none leaves it.
    pub path: Option<String>,
    /// Its new item; none leaves it.
    pub item: Option<String>,
    /// Its new title; none leaves it.
    pub title: Option<String>,
    /// Whether it is taken off.
    pub is_withdrawn: bool,
    /// Copies of a secret paper: number, holder, whether back; none leaves them.
    pub copies: Option<Vec<(u32, String, bool)>>,
}

/// A secret paper to note.
#[derive(Deserialize, TS)]
pub struct NotePaperRequest {
    /// The session.
    pub session: String,
    /// The item.
    pub item: String,
    /// Its title.
    pub title: String,
    /// Its marking.
    pub marking: String,
    /// How many numbered copies.
    pub copies: u32,
}

/// Finds files below what was dropped, and the item of each.
pub fn plan(app: &App, request: PlanFilesRequest) -> Result<Vec<PlannedFileView>, AppError> {
    let space = session_id(&request.session)?;
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for path in &request.paths {
        let path = PathBuf::from(path);
        let base = if request.paths.len() == 1 && path.is_dir() { path.clone() } else { parent(&path) };
        walk(&path, &base, 0, &mut found);
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    let items = app.with_laptop(|laptop, _| Ok(state(laptop, space)?.agenda.version().items()))?;
    let named: Vec<(String, String)> = items.iter().map(|i| (i.number.clone(), i.title.clone())).collect();
    let names: Vec<String> = found.iter().map(|(_, name)| name.clone()).collect();
    let matched = match_files(&named, &names);
    let view = |((path, name), at): ((PathBuf, String), Option<usize>)| PlannedFileView {
        is_pdf: is_pdf(&path),
        path: path.to_string_lossy().into_owned(),
        item: at.map(|at| items[at].id.to_string()),
        name,
    };
    Ok(found.into_iter().zip(matched).map(view).collect())
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

fn is_pdf(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"))
}

fn walk(path: &Path, base: &Path, depth: usize, found: &mut Vec<(PathBuf, String)>) {
    let is_hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
    if is_hidden || depth > DEPTH_MAX || found.len() >= FILES_MAX {
        return;
    }
    if path.is_dir() {
        let inside = std::fs::read_dir(path).into_iter().flatten().flatten();
        inside.for_each(|entry| walk(&entry.path(), base, depth + 1, found));
    } else if path.is_file() {
        let name = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        found.push((path.to_path_buf(), name));
    }
}

/// Seals files and files them with their items. What can't be taken is said, the others stand.
pub fn file(app: &App, request: FileFilesRequest) -> Result<Vec<UnfiledView>, AppError> {
    let space = session_id(&request.session)?;
    let (mut sealed, mut unfiled) = (Vec::new(), Vec::new());
    for file in request.files {
        let item = item_id(&file.item)?;
        match add_paper(app, AddPaperRequest { path: file.path.clone() }) {
            Ok(paper) => sealed.push((item, paper)),
            Err(AppError::Locked) => return Err(AppError::Locked),
            Err(error) => unfiled.push(UnfiledView { path: file.path, error: error.view() }),
        }
    }
    if !sealed.is_empty() {
        app.with_laptop(|laptop, now_ms| {
            let version = state(laptop, space)?.agenda.version();
            let mut writes: Vec<Write> = Vec::new();
            for (item, paper) in sealed {
                let content = PaperContent::Sealed(paper_of(paper)?);
                writes.push(filed(&version, &writes, item, content, now_ms));
            }
            Ok(edit_session(laptop, space, writes, now_ms)?)
        })?;
        app.changed(&[space]);
    }
    Ok(unfiled)
}

/// Notes a secret paper: its title and its numbered copies, never its content.
pub fn note(app: &App, request: NotePaperRequest) -> Result<(), AppError> {
    let (space, item) = (session_id(&request.session)?, item_id(&request.item)?);
    let copies =
        (1..=request.copies.min(500)).map(|number| PaperCopy { number, holder: String::new(), is_back: false });
    let content = PaperContent::OnPaper { title: request.title, marking: request.marking, copies: copies.collect() };
    app.work(|laptop, now_ms| {
        let version = state(laptop, space)?.agenda.version();
        let write = filed(&version, &[], item, content, now_ms);
        edit_session(laptop, space, vec![write], now_ms)
    })?;
    app.changed(&[space]);
    Ok(())
}

/// A new paper behind those of its item.
fn filed(
    version: &cabinet_domain::Version,
    batch: &[Write],
    item: ItemId,
    content: PaperContent,
    now_ms: u64,
) -> Write {
    let of_batch = batch.iter().filter_map(|w| if let Value::Paper(filed) = &w.value { Some(filed) } else { None });
    let all = version.papers().map(|(_, filed)| filed).chain(of_batch);
    let last = all.filter(|f| f.item == item).map(|f| f.order.clone()).max();
    let id = PaperId(Uuid::from_bytes(cabinet_seal::make_uuid_v7(now_ms)));
    let order = order_between(last.as_deref(), None);
    let value = Value::Paper(Filed { item, order, content, is_withdrawn: false });
    Write { field: Field::Paper(id), value, on: vec![] }
}

/// Replaces, moves, renames or takes off a paper; what was sent stays in the earlier versions.
pub fn edit_paper(app: &App, request: EditPaperRequest) -> Result<(), AppError> {
    let (space, paper) = (session_id(&request.session)?, paper_id(&request.paper)?);
    let replaced: Option<NewPaper> = request.path.map(|path| add_paper(app, AddPaperRequest { path })).transpose()?;
    let item = request.item.as_deref().map(item_id).transpose()?;
    app.with_laptop(|laptop, now_ms| {
        let agenda = &state(laptop, space)?.agenda;
        let field = Field::Paper(paper);
        let Some(Value::Paper(mut filed)) = agenda.fields.get(&field).map(|s| s.value().clone()) else {
            return Err(WorkError::NotFound.into());
        };
        filed.item = item.unwrap_or(filed.item);
        filed.is_withdrawn = request.is_withdrawn;
        let (old_title, mut content) = (filed.content.title().to_owned(), filed.content.clone());
        if let Some(new) = replaced {
            let mut new = paper_of(new)?;
            new.title = old_title;
            content = PaperContent::Sealed(new);
        }
        match &mut content {
            PaperContent::Sealed(paper) => paper.title = request.title.unwrap_or(paper.title.clone()),
            PaperContent::OnPaper { title, copies, .. } => {
                *title = request.title.unwrap_or(title.clone());
                if let Some(new) = request.copies {
                    let copy = |(number, holder, is_back)| PaperCopy { number, holder, is_back };
                    *copies = new.into_iter().map(copy).collect();
                }
            }
        }
        filed.content = content;
        Ok(edit_session(laptop, space, vec![agenda.write_of(field, Value::Paper(filed))], now_ms)?)
    })?;
    app.changed(&[space]);
    Ok(())
}

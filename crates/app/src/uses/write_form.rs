//! Write a form, add its papers, send it.

use super::{form_id, person_id};
use crate::{App, AppError};
use cabinet_domain::{FormContent, Hash, OpeningAudience, Paper, Question};
use cabinet_work::WorkError;
use cabinet_work::forms::{approve_form, draft_form, issue_form, person, plan_issue};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use ts_rs::TS;

/// Limit: pages searched for a secrecy marking; it stands on the first.
const MARKING_PAGES: u32 = 2;
/// Limit: a file larger than this is no paper; the largest measured had 87 MB.
const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A paper that was sealed into this laptop's folder and belongs to no form yet.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NewPaper {
    /// Its title, from the file's name.
    pub title: String,
    /// Hash of the ciphertext.
    pub hash: String,
    /// Bytes of the ciphertext.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Hash of its list of pieces.
    pub pieces: String,
    /// Pages.
    pub pages: u32,
    /// The key that opens it.
    pub key: String,
}

/// Which file to add.
#[derive(Deserialize, TS)]
pub struct AddPaperRequest {
    /// Its path, from the dialog or from dropping.
    pub path: String,
}

/// Reads a PDF in the locked process, refuses what should be met here and not at the member's desk, and seals it.
pub fn add_paper(app: &App, request: AddPaperRequest) -> Result<NewPaper, AppError> {
    app.with_laptop(|_, _| Ok(()))?;
    let path = PathBuf::from(request.path);
    let plain = read_file(&path).ok_or(AppError::PaperUnreadable)?;
    let (shape, text) = app.0.reader.inspect(plain.clone(), MARKING_PAGES)?;
    if let Some(marking) = secret_marking(&text) {
        return Err(AppError::SecretPaper { marking: marking.to_owned() });
    }
    let sealed = app.0.profile.papers().seal(&mut &plain[..])?;
    let title = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(NewPaper {
        title,
        hash: Hash(sealed.hash).to_string(),
        size_bytes: sealed.size_bytes,
        pieces: Hash(sealed.pieces.hash()).to_string(),
        pages: shape.len() as u32,
        key: sealed.key.secret_text().to_string(),
    })
}

/// A file as it is on a disk. A device or a pipe may be endless, or never answer; a file may grow while it is read.
fn read_file(path: &Path) -> Option<Vec<u8>> {
    // Before it is opened: opening a pipe waits for its other end.
    let is_file = std::fs::metadata(path).ok()?.is_file();
    let file = is_file.then(|| File::open(path)).and_then(Result::ok)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= FILE_BYTES_MAX).then_some(bytes)
}

/// A secrecy marking stands alone on its line, in capitals.
fn secret_marking(text: &str) -> Option<&'static str> {
    let markings = ["TUYỆT MẬT", "TỐI MẬT", "MẬT"];
    let mut lines = text.lines().map(|l| l.trim().trim_matches(|c: char| !c.is_alphabetic()));
    lines.find_map(|line| markings.into_iter().find(|m| *m == line))
}

/// A form's text, as the screen edits it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FormText {
    /// Its id; none for a new one.
    pub form: Option<String>,
    /// The draft that it was made on.
    pub base: Option<String>,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who submits.
    pub submitted_by: String,
    /// What it is about.
    pub summary: String,
    /// Its questions.
    pub questions: Vec<String>,
    /// Its papers.
    pub papers: Vec<NewPaper>,
    /// Who ordered it.
    pub ordered_by: String,
    /// On which day, `YYYY-MM-DD`.
    pub ordered_on: String,
    /// Who is asked.
    pub asked: Vec<String>,
    /// Whether only tellers and whoever chairs see each member's opinion.
    #[serde(default)]
    pub is_for_tellers: bool,
}

/// The id of what was written.
#[derive(Serialize, TS)]
pub struct WrittenView {
    /// The form.
    pub form: String,
}

/// Saves the text of a form.
pub fn write_form(app: &App, text: FormText) -> Result<WrittenView, AppError> {
    let space = text.form.as_deref().map(form_id).transpose()?;
    let base = text.base.as_deref().map(str::parse).transpose().map_err(|_| AppError::BadRequest("base".into()))?;
    let content = content(text)?;
    let space = app.work(|laptop, now_ms| draft_form(laptop, space, content, base, now_ms))?;
    app.changed(&[space]);
    Ok(WrittenView { form: space.to_string() })
}

/// The text of a draft, for editing.
pub fn form_text(app: &App, request: super::read_form::FormRequest) -> Result<FormText, AppError> {
    let space = form_id(&request.form)?;
    app.with_laptop(|laptop, _| {
        let state = laptop.form_with_pending(space)?;
        let content = state.content.clone().ok_or(WorkError::NotFound)?;
        Ok(FormText {
            form: Some(request.form.clone()),
            base: state.draft.map(|d| d.to_string()),
            number: content.number,
            title: content.title,
            submitted_by: content.submitted_by,
            summary: content.summary,
            questions: content.questions.into_iter().map(|q| q.text).collect(),
            papers: content.papers.into_iter().map(new_paper).collect(),
            ordered_by: content.ordered_by,
            ordered_on: content.ordered_on.to_string(),
            asked: content.asked.into_iter().map(|p| cabinet_work::forms::ledger_person(p).to_string()).collect(),
            is_for_tellers: content.openings == OpeningAudience::TellersAndChair,
        })
    })
}

/// When it would be due.
#[derive(Deserialize, TS)]
pub struct PlanRequest {
    /// Working days to answer.
    pub working_days: u32,
}

/// What sending now would mean.
#[derive(Serialize, TS)]
pub struct PlanView {
    /// The deadline.
    #[ts(type = "number")]
    pub deadline: i64,
    /// The act.
    pub act: String,
    /// Shortest time.
    pub days_min: u32,
    /// Longest time.
    pub days_max: u32,
    /// Members on the roster of the day.
    pub members: u32,
    /// Needed to adopt.
    pub needed: u32,
    /// Whether the law allows it.
    pub is_allowed: bool,
}

/// Works out the deadline and the rule of the day.
pub fn plan_form(app: &App, request: PlanRequest) -> Result<PlanView, AppError> {
    app.with_laptop(|laptop, now_ms| {
        let plan = plan_issue(laptop, request.working_days, now_ms)?;
        let (min, max) = (plan.rules.form.working_days_min, plan.rules.form.working_days_max);
        Ok(PlanView {
            deadline: plan.deadline.0,
            act: plan.rules.act.clone(),
            days_min: min,
            days_max: max,
            members: plan.roster.size(),
            needed: plan.rules.adopts_at(plan.roster.size()),
            is_allowed: (min..=max).contains(&request.working_days),
        })
    })
}

/// What sending needs.
#[derive(Deserialize, TS)]
pub struct SendFormRequest {
    /// The form.
    pub form: String,
    /// Who approved it.
    pub approved_by: String,
    /// Working days to answer.
    pub working_days: u32,
}

/// Records the approval and sends the form.
pub fn send_form(app: &App, request: SendFormRequest) -> Result<(), AppError> {
    let space = form_id(&request.form)?;
    app.work(|laptop, now_ms| {
        // Asked before anything is signed, so that a refusal leaves a draft and no approval of nothing.
        let plan = plan_issue(laptop, request.working_days, now_ms)?;
        let form = &plan.rules.form;
        let (days, min, max) = (request.working_days, form.working_days_min, form.working_days_max);
        if !(min..=max).contains(&days) {
            let rule = form.source_deadline.clone();
            return Err(WorkError::Refused(cabinet_domain::Refusal::WorkingDays { days, min, max, rule }));
        }
        if laptop.form_with_pending(space)?.phase == cabinet_domain::FormPhase::Draft {
            approve_form(laptop, space, &request.approved_by, now_ms)?;
        }
        issue_form(laptop, space, request.working_days, now_ms)
    })?;
    app.changed(&[space]);
    Ok(())
}

fn content(text: FormText) -> Result<FormContent, AppError> {
    Ok(FormContent {
        number: text.number,
        title: text.title,
        submitted_by: text.submitted_by,
        summary: text.summary,
        questions: text.questions.into_iter().map(|text| Question { text }).collect(),
        papers: text.papers.into_iter().map(paper_of).collect::<Result<_, _>>()?,
        ordered_by: text.ordered_by,
        ordered_on: text.ordered_on.parse().map_err(|_| AppError::BadRequest("ordered_on".into()))?,
        asked: text.asked.iter().map(|p| person_id(p).map(person)).collect::<Result<_, _>>()?,
        openings: if text.is_for_tellers { OpeningAudience::TellersAndChair } else { OpeningAudience::All },
    })
}

/// A paper as the rules know it.
pub(crate) fn paper_of(new: NewPaper) -> Result<Paper, AppError> {
    let hash = |text: &str| {
        let hash = text.parse::<cabinet_ledger::Hash>().map_err(|_| AppError::BadRequest("paper".into()))?;
        Ok::<_, AppError>(Hash(hash.0))
    };
    Ok(Paper {
        hash: hash(&new.hash)?,
        pieces: hash(&new.pieces)?,
        title: new.title,
        size_bytes: new.size_bytes,
        pages: new.pages,
        key: new.key,
    })
}

fn new_paper(paper: Paper) -> NewPaper {
    NewPaper {
        title: paper.title,
        hash: paper.hash.to_string(),
        size_bytes: paper.size_bytes,
        pieces: paper.pieces.to_string(),
        pages: paper.pages,
        key: paper.key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrecy_marking_is_found_on_a_line_of_its_own_only() {
        assert_eq!(secret_marking("BỘ CÔNG AN\n  TỐI MẬT \nSố: 1"), Some("TỐI MẬT"));
        assert_eq!(secret_marking("[MẬT]"), Some("MẬT"));
        assert_eq!(secret_marking("Luật Bảo vệ bí mật nhà nước: độ MẬT được quy định"), None);
    }
}

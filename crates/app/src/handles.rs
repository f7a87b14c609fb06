//! Files that somebody chose in a dialog or let go on a window. The screen gets a handle of each and never a path: it can name no file that
//! nobody chose, nor write over one that was chosen to be read.

use crate::AppError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Commands that write to what was chosen; all others read it.
const WRITING: [&str; 3] = ["print", "export_form", "export_session"];

/// What was chosen while the app ran, by a word that nobody guesses.
#[derive(Default)]
pub struct Handles(Mutex<BTreeMap<String, Chosen>>);

#[derive(PartialEq)]
struct Chosen {
    path: PathBuf,
    is_for_writing: bool,
}

impl Handles {
    /// A handle for what was chosen to be read: `WORD/name`. What lies in a chosen folder is `WORD/name/…`.
    pub fn to_read(&self, path: PathBuf) -> String {
        self.give(path, false)
    }

    /// A handle for what was chosen to be written.
    pub fn to_write(&self, path: PathBuf) -> String {
        self.give(path, true)
    }

    /// What is chosen again keeps its handle: the table holds each file once.
    fn give(&self, path: PathBuf, is_for_writing: bool) -> String {
        let (name, chosen) = (name_of(&path), Chosen { path, is_for_writing });
        let mut all = self.chosen();
        if let Some((word, _)) = all.iter().find(|(_, known)| **known == chosen) {
            return format!("{word}/{name}");
        }
        let word: String = cabinet_seal::make_bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
        all.insert(word.clone(), chosen);
        format!("{word}/{name}")
    }

    /// Puts the paths where a request has handles. Refuses what is none, or one for something else.
    pub fn resolve(&self, command: &str, arguments: &mut Value) -> Result<(), AppError> {
        let is_for_writing = WRITING.contains(&command);
        each_path(arguments, &mut |handle| {
            let path = self.path(handle, is_for_writing).ok_or(AppError::BadRequest("path".into()))?;
            *handle = path.to_string_lossy().into_owned();
            Ok(())
        })
    }

    /// Puts handles where an answer has paths.
    pub fn hide(&self, answer: &mut Value) -> Result<(), AppError> {
        each_path(answer, &mut |path| {
            *path = self.handle(Path::new(path)).ok_or(AppError::BadRequest("path".into()))?;
            Ok(())
        })
    }

    fn path(&self, handle: &str, is_for_writing: bool) -> Option<PathBuf> {
        let (word, inside) = handle.split_once('/')?;
        let all = self.chosen();
        let chosen = all.get(word).filter(|chosen| chosen.is_for_writing == is_for_writing)?;
        let inside = inside.strip_prefix(&name_of(&chosen.path))?;
        match inside.strip_prefix('/').map(Path::new) {
            None => inside.is_empty().then(|| chosen.path.clone()),
            Some(inside) => {
                inside.components().all(|part| matches!(part, Component::Normal(_))).then(|| chosen.path.join(inside))
            }
        }
    }

    fn handle(&self, path: &Path) -> Option<String> {
        self.chosen().iter().filter(|(_, chosen)| !chosen.is_for_writing).find_map(|(word, chosen)| {
            let inside = path.strip_prefix(&chosen.path).ok()?;
            let parts = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
            Some([word.clone(), name_of(&chosen.path)].into_iter().chain(parts).collect::<Vec<_>>().join("/"))
        })
    }

    fn chosen(&self) -> MutexGuard<'_, BTreeMap<String, Chosen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| "…".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Visits every field `path`, and every entry of one named `paths`.
fn each_path(value: &mut Value, visit: &mut impl FnMut(&mut String) -> Result<(), AppError>) -> Result<(), AppError> {
    match value {
        Value::Object(fields) => fields.iter_mut().try_for_each(|(name, value)| match (name.as_str(), value) {
            ("path", Value::String(path)) => visit(path),
            ("paths", Value::Array(paths)) => paths.iter_mut().try_for_each(|path| match path {
                Value::String(path) => visit(path),
                _ => Err(AppError::BadRequest("paths".into())),
            }),
            (_, value) => each_path(value, visit),
        }),
        Value::Array(all) => all.iter_mut().try_for_each(|value| each_path(value, visit)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn asked(handles: &Handles, command: &str, path: &str) -> Result<Value, AppError> {
        let mut arguments = json!({"session": "x", "files": [{"path": path}]});
        handles.resolve(command, &mut arguments).map(|()| arguments["files"][0]["path"].clone())
    }

    #[test]
    fn screen_names_only_what_somebody_chose() {
        let handles = Handles::default();
        let folder = handles.to_read("/home/thu-ky/Phiên họp".into());
        assert!(folder.ends_with("/Phiên họp"));
        assert_eq!(asked(&handles, "file_files", &folder).unwrap(), "/home/thu-ky/Phiên họp");
        let inside = format!("{folder}/Mục 1/Tờ trình.pdf");
        assert_eq!(asked(&handles, "file_files", &inside).unwrap(), "/home/thu-ky/Phiên họp/Mục 1/Tờ trình.pdf");
        let typed =
            ["/etc/passwd".to_owned(), String::new(), "x/y".into(), format!("{folder}/../khóa"), format!("{folder}2")];
        for typed in typed {
            assert!(asked(&handles, "file_files", &typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn what_is_chosen_again_keeps_its_handle_and_its_purpose() {
        let handles = Handles::default();
        let read = handles.to_read("/a/kq.csv".into());
        assert_eq!(handles.to_read("/a/kq.csv".into()), read);
        let written = handles.to_write("/a/kq.csv".into());
        assert_ne!(written, read);
        assert!(asked(&handles, "export_form", &read).is_err());
        assert_eq!(handles.chosen().len(), 2);
    }

    #[test]
    fn what_was_chosen_to_be_read_is_not_written_over() {
        let handles = Handles::default();
        let (read, written) = (handles.to_read("/a/Tờ trình.pdf".into()), handles.to_write("/a/kq.csv".into()));
        for command in WRITING {
            assert!(asked(&handles, command, &read).is_err());
            assert_eq!(asked(&handles, command, &written).unwrap(), "/a/kq.csv");
        }
        assert!(asked(&handles, "add_paper", &written).is_err());
    }

    #[test]
    fn answers_hold_handles_that_lead_back() {
        let handles = Handles::default();
        let folder = handles.to_read("/home/thu-ky/Tài liệu".into());
        let mut answer = json!({"files": [{"name": "1.pdf", "path": "/home/thu-ky/Tài liệu/1/1.pdf"}]});
        handles.hide(&mut answer).unwrap();
        let handle = answer["files"][0]["path"].as_str().unwrap();
        assert_eq!(handle, format!("{folder}/1/1.pdf"));
        assert_eq!(asked(&handles, "file_files", handle).unwrap(), "/home/thu-ky/Tài liệu/1/1.pdf");
        assert!(handles.hide(&mut json!({"path": "/etc/passwd"})).is_err(), "an answer names nothing else either");
    }
}

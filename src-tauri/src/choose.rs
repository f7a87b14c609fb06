//! The file dialogs, and files let go on the window: the screen gets handles.

use crate::MAIN;
use cabinet_app::Handles;
use serde::Serialize;
use std::path::PathBuf;
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, State, WebviewWindow, Window};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};

/// What is dragged over the window: whether something is, and the handles of what was let go.
#[derive(Clone, Serialize)]
struct Dragged {
    is_over: bool,
    dropped: Vec<String>,
}

/// PDFs, as many as somebody likes.
#[tauri::command]
pub async fn choose_pdfs(
    window: WebviewWindow,
    app: AppHandle,
    handles: State<'_, Handles>,
) -> Result<Vec<String>, ()> {
    let Some(dialog) = dialog(&window, &app) else { return Ok(Vec::new()) };
    let chosen = dialog.add_filter("PDF", &["pdf", "PDF"]).blocking_pick_files().unwrap_or_default();
    Ok(chosen.into_iter().filter_map(path).map(|path| handles.to_read(path)).collect())
}

/// A folder.
#[tauri::command]
pub async fn choose_folder(
    window: WebviewWindow,
    app: AppHandle,
    handles: State<'_, Handles>,
) -> Result<Option<String>, ()> {
    let chosen = dialog(&window, &app).and_then(FileDialogBuilder::blocking_pick_folder);
    Ok(chosen.and_then(path).map(|path| handles.to_read(path)))
}

/// Where to write something, under a name that is proposed.
#[tauri::command]
pub async fn choose_target(
    window: WebviewWindow,
    app: AppHandle,
    handles: State<'_, Handles>,
    name: String,
    extension: String,
) -> Result<Option<String>, ()> {
    let Some(dialog) = dialog(&window, &app) else { return Ok(None) };
    let dialog = dialog.set_file_name(name).add_filter(extension.to_uppercase(), &[&extension]);
    Ok(dialog.blocking_save_file().and_then(path).map(|path| handles.to_write(path)))
}

/// The hall's window opens no file.
fn dialog(window: &WebviewWindow, app: &AppHandle) -> Option<FileDialogBuilder<tauri::Wry>> {
    (window.label() == MAIN).then(|| app.dialog().file().set_parent(window))
}

fn path(chosen: FilePath) -> Option<PathBuf> {
    chosen.into_path().ok()
}

/// Tells the screen what is held over the window, and let go on it.
pub fn dragged(window: &Window, event: &DragDropEvent) {
    let dragged = match event {
        DragDropEvent::Enter { .. } | DragDropEvent::Over { .. } => Dragged { is_over: true, dropped: Vec::new() },
        DragDropEvent::Drop { paths, .. } => {
            let handles = window.state::<Handles>();
            Dragged { is_over: false, dropped: paths.iter().map(|path| handles.to_read(path.clone())).collect() }
        }
        _ => Dragged { is_over: false, dropped: Vec::new() },
    };
    let _ = window.emit_to(MAIN, "dragged", dragged);
}

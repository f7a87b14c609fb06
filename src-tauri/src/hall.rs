//! The window for the hall: one session on a projector. It asks for nothing else, whatever runs in it.

use crate::{Folder, is_own};
use cabinet_app::App;
use cabinet_app::uses::session::SessionRequest;
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use tauri::{Manager, State, WebviewUrl, WebviewWindowBuilder};

/// Its label.
pub const HALL: &str = "hall";

/// Which session the hall sees.
#[derive(Default)]
pub struct Hall(Mutex<String>);

impl Hall {
    /// The session; none before the first was shown.
    pub fn session(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All that the hall screen asks is how its own session stands.
    pub fn may_ask(&self, command: &str, arguments: &Value) -> bool {
        command == "hall" && arguments["session"] == self.session()
    }
}

/// Whether a paper is the one that the room is shown now.
pub fn shows(app: &App, session: &str, paper: &str) -> bool {
    let asked = SessionRequest { session: session.to_owned() };
    let view = cabinet_app::uses::session::hall::hall(app, asked);
    view.is_ok_and(|view| view.page.is_some_and(|(shown, _)| shown == paper))
}

/// Opens the hall screen of a session in a second window, for a projector; brings it to the front if it is there.
#[tauri::command]
pub async fn open_hall(
    window: tauri::WebviewWindow,
    app: tauri::AppHandle,
    folder: State<'_, Folder>,
    hall: State<'_, Hall>,
    session: String,
) -> Result<(), String> {
    let is_id = session.len() == 64 && session.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_id || window.label() == HALL {
        return Err("session".into());
    }
    let is_another = hall.session() != session;
    *hall.0.lock().unwrap_or_else(PoisonError::into_inner) = session.clone();
    if let Some(window) = app.get_webview_window(HALL) {
        if !is_another {
            return window.set_focus().map_err(|e| e.to_string());
        }
        window.destroy().map_err(|e| e.to_string())?;
    }
    let url = WebviewUrl::App(format!("index.html?hall={session}").into());
    let window = WebviewWindowBuilder::new(&app, HALL, url).title("E-Cabinet · Màn hình phòng họp");
    let window = window.inner_size(1280.0, 720.0).data_directory(folder.0.join("webview")).on_navigation(is_own);
    window.build().map(|_| ()).map_err(|e| e.to_string())
}

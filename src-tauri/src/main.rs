//! The shell: a window, and one for the hall; one `rpc` command, the `page://` scheme. It holds no rule and knows no form.

mod choose;
mod compose;
mod hall;
mod process;

use anyhow::Result;
use cabinet_app::{App, AppError, ErrorView, Event, Handles};
use clap::Parser;
use hall::{HALL, Hall};
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tauri::http::{Request, Response};
use tauri::{Emitter, Manager, State, WebviewUrl, WebviewWindowBuilder, WindowEvent};

#[derive(Parser, Clone)]
#[command(version, about = "E-Cabinet: papers, opinion forms and votes of a Government, offline first.")]
struct Arguments {
    /// Folder of the profile: one person on one laptop.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Shown on the unlock screen of a demo profile.
    #[arg(long, hide = true)]
    demo_passphrase: Option<String>,
    /// Added to the window's title, to tell windows of a demo apart.
    #[arg(long, hide = true)]
    title: Option<String>,
}

/// What the screen must know of the shell.
#[derive(Clone, Serialize)]
struct Shell {
    demo_passphrase: Option<String>,
}

#[tauri::command]
async fn rpc(
    window: tauri::WebviewWindow,
    app: State<'_, App>,
    handles: State<'_, Handles>,
    hall: State<'_, Hall>,
    name: String,
    mut arguments: Value,
) -> Result<Value, ErrorView> {
    if window.label() == HALL && !hall.may_ask(&name, &arguments) {
        return Err(AppError::NotAllowed.view());
    }
    handles.resolve(&name, &mut arguments).map_err(|e| e.view())?;
    let mut answer = cabinet_app::rpc(&app, &name, arguments).await?;
    handles.hide(&mut answer).map_err(|e| e.view())?;
    Ok(answer)
}

#[tauri::command]
fn shell(shell: State<'_, Shell>) -> Shell {
    shell.inner().clone()
}

/// Takes this window's network away, or gives it back. A profile of its own folder; no other is touched.
#[tauri::command]
fn set_network_off(window: tauri::WebviewWindow, app: State<'_, App>, is_off: bool) {
    if window.label() != HALL {
        app.set_network_off(is_off);
    }
}

/// Closes the window although something is unsent: the person was told.
#[tauri::command]
fn close_now(window: tauri::Window) -> Result<(), String> {
    window.destroy().map_err(|e| e.to_string())
}

/// A window shows this app's own pages and goes nowhere else.
fn is_own(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" => url.host_str() == Some("tauri.localhost"),
        _ => url.as_str() == "about:blank",
    }
}

/// The profile's folder.
struct Folder(PathBuf);

const MAIN: &str = "main";

fn main() -> Result<()> {
    process::close_to_others();
    tracing_subscriber::fmt().with_target(false).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let title = arguments.title.clone().map_or("E-Cabinet".to_owned(), |t| format!("E-Cabinet · {t}"));
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .manage(Handles::default())
        .manage(Hall::default())
        .manage(Shell { demo_passphrase: arguments.demo_passphrase.clone() })
        .register_asynchronous_uri_scheme_protocol("page", |context, request, responder| {
            let app = context.app_handle().state::<App>().inner().clone();
            let hall = (context.webview_label() == HALL).then(|| context.app_handle().state::<Hall>().session());
            tauri::async_runtime::spawn_blocking(move || responder.respond(page(&app, hall.as_deref(), &request)));
        })
        .invoke_handler(tauri::generate_handler![
            rpc,
            shell,
            set_network_off,
            close_now,
            hall::open_hall,
            choose::choose_pdfs,
            choose::choose_folder,
            choose::choose_target
        ])
        .setup(move |tauri| {
            let folder = match &arguments.data {
                Some(folder) => folder.clone(),
                None => tauri.path().app_data_dir()?,
            };
            let front = tauri.handle().clone();
            let come = move || {
                let _ = front.get_webview_window(MAIN).map(|w| w.unminimize().and_then(|()| w.set_focus()));
            };
            if !process::is_first(&folder, come)? {
                tauri.handle().exit(0);
                return Ok(());
            }
            let clock = Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64));
            let app = App::new(&folder, clock);
            let handle = tauri.handle().clone();
            app.set_listener(move |event| {
                let name = match event {
                    Event::Changed(_) => "changed",
                    Event::Sync => "sync",
                };
                let _ = handle.emit(name, ());
            });
            tauri::async_runtime::block_on(async { app.start() });
            tauri.manage(app);
            tauri.manage(Folder(folder.clone()));
            // Security: what the webview keeps (language, theme, reading place) lies with the profile and holds neither
            // pages nor answers; `cargo xtask canary` looks.
            let window = WebviewWindowBuilder::new(tauri, MAIN, WebviewUrl::App("index.html".into()))
                .title(title)
                .inner_size(1280.0, 800.0)
                .min_inner_size(720.0, 480.0)
                .data_directory(folder.join("webview"))
                .on_navigation(is_own)
                .build()?;
            compose::compose_in_page(&window)?;
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::DragDrop(event) = event
                && window.label() == MAIN
            {
                choose::dragged(window, event);
            }
            if let WindowEvent::CloseRequested { api, .. } = event
                && window.label() != HALL
                && window.state::<App>().unsent() > 0
            {
                api.prevent_close();
                let _ = window.emit("closing", ());
            }
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// `page://localhost/FORM/PAPER/INDEX?width=W`, answered as PNG that no cache keeps. The hall's window sees those of its own session.
fn page(app: &App, hall: Option<&str>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    let uri = request.uri();
    let parts: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let width = uri.query().and_then(|q| q.strip_prefix("width=")).and_then(|w| w.parse().ok()).unwrap_or(800);
    let drawn = match parts.as_slice() {
        [form, paper, ..] if hall.is_some_and(|own| own != *form || !hall::shows(app, own, paper)) => {
            Some(Err(AppError::NotAllowed))
        }
        [form, paper, index] => index.parse().ok().map(|i| cabinet_app::uses::pages::page(app, form, paper, i, width)),
        _ => None,
    };
    let (status, kind, body) = match drawn {
        Some(Ok(png)) => (200, "image/png", png),
        Some(Err(error)) => (409, "text/plain", error.view().code.into_bytes()),
        None => (400, "text/plain", Vec::new()),
    };
    Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("cache-control", "no-store")
        .body(body)
        .unwrap_or_default()
}

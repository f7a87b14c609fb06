//! From the start of the program to the list on the screen, and the memory it then takes, against `chromium --app` showing the
//! same list as a static page. Ours includes typing the passphrase, Argon2id and the vault.

use super::{Line, interleaved};
use crate::e2e::{Desk, Tools};
use crate::family::{family, pss_kib};
use crate::org::{FormDraft, Org, PASSPHRASE, call, system_clock, until};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConnectionExt, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// LIMITS: at most 0.8 of the time and 0.6 of the memory.
const TIME_AIM: f64 = 0.8;
const MEMORY_AIM: f64 = 0.6;
const SIZE: (u16, u16) = (1280, 800);
const PATIENCE: Duration = Duration::from_secs(30);
/// A screen is taken for the expected one when at most this part of its pixels differs: a clock, a cursor.
const DIFFERS_MAX: f64 = 0.01;
/// How long a picture must stand still to be taken for the last.
const STILL: Duration = Duration::from_millis(1_500);
const DISPLAY: &str = ":79";

pub fn lines() -> Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let profile = runtime.block_on(prepare(folder.path()))?;
    let page = runtime.block_on(static_page(folder.path(), &profile))?;
    let screen = Screen::start()?;
    let bin = std::env::current_exe()?.parent().context("binaries")?.to_owned();
    let app = Program {
        command: vec![bin.join("ecabinet").display().to_string(), "--data".into(), profile.display().to_string()],
    };
    let browser = Program::chromium(folder.path(), &page);
    let (unlock, home) = app.learn(&screen, true)?;
    let (_, list) = browser.learn(&screen, false)?;
    let (mut our_memory, mut their_memory) = (Vec::new(), Vec::new());
    let times = interleaved(
        || {
            let (took, memory) = app.run(&screen, unlock.as_ref(), &home)?;
            our_memory.push(memory);
            Ok(took)
        },
        || {
            let (took, memory) = browser.run(&screen, None, &list)?;
            their_memory.push(memory);
            Ok(took)
        },
    )?;
    let (ours, reference) = (super::median(our_memory) as f64 / 1024.0, super::median(their_memory) as f64 / 1024.0);
    Ok(vec![
        Line::times("cold start to the list / chromium", times, TIME_AIM),
        Line { name: "memory then (PSS) / chromium", ours, reference, unit: "MB", aim: MEMORY_AIM },
    ])
}

/// A member's laptop with forms on it; no hub afterwards, since the start must not need one.
async fn prepare(folder: &Path) -> Result<PathBuf> {
    let mut org = Org::found(folder, system_clock(), 3, true).await?;
    for n in 0..6 {
        let title = format!("Dự thảo Nghị định số {n} về quản lý dữ liệu trong cơ quan nhà nước");
        let draft = FormDraft {
            number: &format!("{n}/PLYK"),
            title: &title,
            submitted_by: "Bộ Công an",
            summary: "",
            questions: &["Thông qua"],
            papers: &[],
            ordered_on: "2026-11-16",
            working_days: 3,
        };
        let id = org.send_form(draft).await?;
        until("the form", async || Ok(call(&org.members[1], "form", json!({"form": id})).await.is_ok())).await?;
    }
    org.stop_hub().await?;
    Ok(folder.join("member-2"))
}

/// What the home screen shows, as a page that needs no program.
async fn static_page(folder: &Path, profile: &Path) -> Result<PathBuf> {
    let driver = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools/bin/tauri-driver"));
    let mut desk = Desk::new(&Tools::find(&driver)?, "static", 12, profile).await?;
    desk.open().await?;
    desk.write("Mật khẩu", PASSPHRASE).await?;
    desk.press("Mở").await?;
    desk.is_at("home").await?;
    desk.sees("Cần tôi trả lời").await?;
    let html = desk
        .script(
            "document.querySelectorAll('script').forEach((s) => s.remove()); return document.documentElement.outerHTML",
        )
        .await?;
    desk.close().await?;
    let site = folder.join("site");
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/dist/.");
    if !Command::new("cp").arg("-r").arg(dist).arg(&site).status()?.success() {
        bail!("the UI's files can't be copied");
    }
    let html = html.as_str().context("a page")?.replace("\"/assets", "\"assets").replace("\"./assets", "\"assets");
    let html = html.replace(" crossorigin=\"\"", "").replace(" crossorigin", "");
    let page = site.join("index.html");
    std::fs::write(&page, format!("<!doctype html>{html}"))?;
    Ok(page)
}

/// An X screen, read pixel by pixel.
struct Screen {
    server: Child,
    connection: RustConnection,
    root: u32,
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Screen {
    fn start() -> Result<Self> {
        let size = format!("{}x{}x24", SIZE.0, SIZE.1);
        let server = Command::new("Xvfb").args([DISPLAY, "-screen", "0", &size]).stderr(Stdio::null()).spawn()?;
        let began = Instant::now();
        loop {
            if let Ok((connection, screen)) = x11rb::connect(Some(DISPLAY)) {
                let root = connection.setup().roots[screen].root;
                return Ok(Screen { server, connection, root });
            }
            if began.elapsed() > PATIENCE {
                bail!("no X server");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn picture(&self) -> Result<Vec<u8>> {
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, SIZE.0, SIZE.1, !0)?;
        Ok(image.reply()?.data)
    }

    /// The picture that no longer changes, and differs from `before`.
    fn still(&self, before: &[u8]) -> Result<Vec<u8>> {
        let began = Instant::now();
        let (mut last, mut since) = (self.picture()?, Instant::now());
        while since.elapsed() < STILL || is_same(&last, before) {
            if began.elapsed() > PATIENCE {
                bail!("the screen does not come to rest");
            }
            std::thread::sleep(Duration::from_millis(20));
            let now = self.picture()?;
            if !is_same(&now, &last) {
                (last, since) = (now, Instant::now());
            }
        }
        Ok(last)
    }

    fn until(&self, expected: &[u8]) -> Result<()> {
        let began = Instant::now();
        while !is_same(&self.picture()?, expected) {
            if began.elapsed() > PATIENCE {
                bail!("the expected screen did not come");
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        Ok(())
    }
}

fn is_same(a: &[u8], b: &[u8]) -> bool {
    let differ = a.as_chunks::<4>().0.iter().zip(b.as_chunks::<4>().0).filter(|(p, q)| p[..3] != q[..3]).count();
    a.len() == b.len() && (differ as f64) < DIFFERS_MAX * (a.len() / 4) as f64
}

struct Program {
    command: Vec<String>,
}

impl Program {
    fn chromium(folder: &Path, page: &Path) -> Self {
        let window = [format!("--window-size={},{}", SIZE.0, SIZE.1), "--window-position=0,0".into()];
        let profile = format!("--user-data-dir={}", folder.join("chromium").display());
        let quiet = ["--no-sandbox", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--lang=vi"];
        let mut command = vec!["chromium".to_owned(), format!("--app=file://{}", page.display()), profile];
        command.extend(window);
        command.extend(quiet.map(str::to_owned));
        Program { command }
    }

    fn spawn(&self) -> Result<Running> {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).env("DISPLAY", DISPLAY).env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").env("NO_AT_BRIDGE", "1");
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Running(command.spawn().with_context(|| self.command[0].clone())?))
    }

    /// What the unlock screen and the list look like.
    fn learn(&self, screen: &Screen, has_lock: bool) -> Result<(Option<Vec<u8>>, Vec<u8>)> {
        let empty = screen.picture()?;
        let running = self.spawn()?;
        let first = screen.still(&empty)?;
        if !has_lock {
            drop(running);
            return Ok((None, first));
        }
        type_passphrase()?;
        let home = screen.still(&first)?;
        drop(running);
        Ok((Some(first), home))
    }

    /// Time to the list, and the memory of the whole family of processes then, in KiB.
    fn run(&self, screen: &Screen, lock: Option<&Vec<u8>>, list: &[u8]) -> Result<(Duration, u64)> {
        let began = Instant::now();
        let running = self.spawn()?;
        if let Some(lock) = lock {
            screen.until(lock)?;
            type_passphrase()?;
        }
        screen.until(list)?;
        let took = began.elapsed();
        let memory = family(running.0.id()).into_iter().map(pss_kib).sum();
        Ok((took, memory))
    }
}

fn type_passphrase() -> Result<()> {
    let mut xdotool = Command::new("xdotool");
    // There is no window manager that would give the window the keyboard.
    xdotool.args(["search", "--onlyvisible", "--name", "E-Cabinet", "windowfocus"]);
    xdotool.args(["type", "--delay", "1", "--args", "1", PASSPHRASE, "key", "Return"]).env("DISPLAY", DISPLAY);
    if xdotool.status()?.success() { Ok(()) } else { bail!("xdotool can't type") }
}

/// Ends with everything it started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        for process in family(self.0.id()) {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).stderr(Stdio::null()).status();
        }
        let _ = self.0.wait();
    }
}

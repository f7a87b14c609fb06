//! The hall's screen, and what its window may learn.

use super::desk::{Desk, Refused};
use super::looks::Looks;
use super::story::Cast;
use anyhow::{Result, bail};
use serde_json::{Value, json};
use thirtyfour::WindowHandle;

const TITLE: &str = "Màn hình phòng họp";

/// What the hall reads of a result, and what its window may learn.
pub async fn hall(cast: &Cast, looks: &mut Looks) -> Result<()> {
    let desk = &cast.secretary;
    let first = open(desk).await?;
    desk.sees("Không thông qua").await?;
    desk.sees("Cần quá nửa tổng số thành viên: 2 trên 2").await?;
    is_read_from_afar(desk).await?;
    looks.at(desk, "hall").await?;
    hall_asks_for_nothing_else(desk).await?;
    close(desk, &first).await
}

/// What the hall reads of a vote on several items: which it decides, and which was taken out.
pub async fn block(cast: &Cast, looks: &mut Looks) -> Result<()> {
    let desk = &cast.secretary;
    let first = open(desk).await?;
    desk.sees("Các nội dung 6, 7 · tách 5").await?;
    is_read_from_afar(desk).await?;
    looks.at(desk, "hall-block").await?;
    close(desk, &first).await
}

/// The hall screen stands in a window of its own; its page is looked at here, at the size of a projector. Returns the first window.
pub async fn open(desk: &Desk) -> Result<WindowHandle> {
    desk.press(TITLE).await?;
    desk.until("the second window", async |d| d.has_window(TITLE)).await?;
    let windows = desk.windows().await?;
    let Some(second) = windows.iter().find(|w| **w != windows[0]) else { bail!("the driver sees one window") };
    desk.turn_to(second).await?;
    desk.is_at("hall").await?;
    Ok(windows[0].clone())
}

/// By the key that its operator presses, as the X server gives it: the driver's own keys don't reach a second window made anew.
async fn close(desk: &Desk, first: &WindowHandle) -> Result<()> {
    desk.xdotool(&["search", "--onlyvisible", "--name", TITLE, "windowfocus", "--sync"])?;
    // Not sent to that window by name: once it is gone the key would never be let go.
    desk.xdotool(&["key", "Escape"])?;
    desk.turn_to(first).await?;
    desk.until("the second window to close", async |d| Ok(!d.has_window(TITLE)?)).await
}

async fn is_read_from_afar(desk: &Desk) -> Result<()> {
    let small = too_small(desk).await?;
    if small.is_empty() { Ok(()) } else { bail!("too small to be read in the hall: {small:?}") }
}

/// Texts whose capitals are lower than 1/40 of the screen.
pub async fn too_small(desk: &Desk) -> Result<Vec<String>> {
    let small = "const limit = window.innerHeight * (1 / 40 / 0.7 - 1 / 2160); \
        return [...document.querySelectorAll('.hall *')].filter((e) => [...e.childNodes].some((c) => c.nodeType === 3 && c.data.trim())) \
        .filter((e) => !e.closest('svg') && parseFloat(getComputedStyle(e).fontSize) < limit).map((e) => `too small: ${e.innerText}`)";
    Ok(serde_json::from_value(desk.script(small).await?)?)
}

/// Whatever runs in the hall's window: it learns what of its own session may stand before a room, names no file and opens no dialog.
async fn hall_asks_for_nothing_else(desk: &Desk) -> Result<()> {
    let session = desk.script("return new URLSearchParams(location.search).get('hall')").await?;
    let read = |session: &Value, is_draft: bool| json!({"session": session, "is_draft": is_draft, "version": null, "since": null});
    let asked = [
        ("home", Value::Null),
        ("people", Value::Null),
        ("session", read(&session, true)),
        ("session", read(&session, false)),
        ("hall", json!({"session": "0".repeat(64)})),
        ("export_session", json!({"form": session, "kind": "csv", "path": "/tmp/x"})),
    ];
    for (name, arguments) in asked {
        let answered = desk.rpc(name, arguments).await.map_err(|e| e.downcast_ref::<Refused>().map(|r| r.0.clone()));
        if !matches!(&answered, Err(Some(code)) if code == "not_allowed") {
            bail!("the hall's window asked for {name} and got {answered:?}");
        }
    }
    let chosen = desk.script("return window.__TAURI_INTERNALS__.invoke('choose_folder')").await?;
    if chosen.is_null() { Ok(()) } else { bail!("the hall's window chose {chosen}") }
}

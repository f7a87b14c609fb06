//! A member mistypes too often, and comes back to a vault that the disk has damaged.

use super::desk::Desk;
use super::looks::Looks;
use super::story::{Cast, PASSPHRASE};
use anyhow::Result;
use cabinet_vault::Profile;
use std::path::Path;
use std::time::Duration;
use thirtyfour::Key;

/// Wrong passphrases until one has to wait, and how long then.
const TRIES: usize = 6;
const WAIT: Duration = Duration::from_secs(16);
/// Bytes of a page of the vault's file, and how many of its last pages are damaged.
const PAGE: usize = 4_096;
const DAMAGED: usize = 30;

/// The vault opens, says so, and is whole again from the hub.
pub async fn mend(cast: &mut Cast, looks: &mut Looks) -> Result<()> {
    let profile = cast.folder.join("laptop-3");
    let member = &mut cast.members[1];
    member.close().await?;
    damage(&profile.join("vault.db"))?;
    Profile::new(&profile).suspect()?;
    member.open().await?;
    for _ in 0..TRIES {
        unlock(member, "không phải mật khẩu này").await?;
        member.sees("Mật khẩu không đúng").await?;
    }
    unlock(member, PASSPHRASE).await?;
    member.sees("Hãy thử lại sau").await?;
    looks.at(member, "unlock-waits").await?;
    tokio::time::sleep(WAIT).await;
    unlock(member, PASSPHRASE).await?;
    member.sees("đã được dựng lại").await?;
    looks.at(member, "home-damaged").await?;
    member.press("Đã xem").await?;
    member.press("Phiên họp").await?;
    member.sees("Phiên họp Chính phủ thường kỳ tháng 11").await
}

async fn unlock(desk: &Desk, passphrase: &str) -> Result<()> {
    desk.write("Mật khẩu", passphrase).await?;
    desk.keys(Key::Enter).await?;
    let is_idle = "const b = document.querySelector('form button'); return !b || !b.disabled";
    desk.until("an answer", async |d| Ok(d.script(is_idle).await? == true)).await
}

fn damage(path: &Path) -> Result<()> {
    let mut bytes = std::fs::read(path)?;
    let pages = bytes.len() / PAGE;
    for page in pages.saturating_sub(DAMAGED)..pages {
        bytes[page * PAGE + PAGE / 2] ^= 1;
    }
    Ok(std::fs::write(path, bytes)?)
}

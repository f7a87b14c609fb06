//! A member mistypes too often, and comes back to a vault that the disk has damaged.

use super::desk::Desk;
use super::looks::Looks;
use super::story::{Cast, PASSPHRASE};
use crate::power::damage_last_pages;
use anyhow::{Result, ensure};
use cabinet_vault::Profile;
use std::time::Duration;

/// Wrong passphrases until one has to wait, and how long then.
const TRIES: usize = 6;
const WAIT: Duration = Duration::from_secs(16);
/// How many of the last pages of the vault's file are damaged.
const DAMAGED: usize = 30;

/// The vault opens, says so, and is whole again from the hub.
pub async fn mend(cast: &mut Cast, looks: &mut Looks) -> Result<()> {
    let profile = cast.folder.join("laptop-3");
    let member = &mut cast.members[1];
    member.close().await?;
    damage_last_pages(&profile.join("vault.db"), DAMAGED)?;
    Profile::new(&profile).suspect()?;
    member.open().await?;
    for _ in 0..TRIES {
        member.unlock("không phải mật khẩu này").await?;
        member.sees("Mật khẩu không đúng").await?;
    }
    member.unlock(PASSPHRASE).await?;
    member.sees("Hãy thử lại sau").await?;
    looks.at(member, "unlock-waits").await?;
    thinks_better_of_erasing(member, looks).await?;
    tokio::time::sleep(WAIT).await;
    member.unlock(PASSPHRASE).await?;
    member.sees("đã được dựng lại").await?;
    looks.at(member, "home-damaged").await?;
    member.press("Đã xem").await?;
    member.press("Phiên họp").await?;
    member.sees("Phiên họp Chính phủ thường kỳ tháng 11").await
}

/// The vault is erased only for a typed word; there is a way back.
async fn thinks_better_of_erasing(member: &Desk, looks: &mut Looks) -> Result<()> {
    let may_erase = "return !document.querySelector('dialog[open] [data-variant=primary]').disabled";
    member.press("Tôi quên mật khẩu").await?;
    member.sees("Gõ chữ XÓA").await?;
    ensure!(member.script(may_erase).await? == false, "nothing is typed yet");
    looks.at(member, "unlock-forgotten").await?;
    member.write("Gõ chữ XÓA", "xóa").await?;
    member.until("the way on", async |d| Ok(d.script(may_erase).await? == true)).await?;
    member.press("Thôi").await
}

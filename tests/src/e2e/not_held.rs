//! Sessions that are not held: a draft that nobody saw goes, one that was sent is called off with a reason that everybody reads.

use super::desk::Desk;
use super::looks::Looks;
use super::story::Cast;
use anyhow::{Result, ensure};

const TITLE: &str = "Phiên họp đột xuất";
const REASON: &str = "Bão số 9 đổ bộ";

pub async fn call_off(cast: &Cast, looks: &mut Looks) -> Result<()> {
    let desk = &cast.secretary;
    create(desk, "Phiên họp lập nhầm").await?;
    desk.press("Xóa bản nháp").await?;
    desk.press("Xóa bản nháp").await?;
    desk.is_at("sessions").await?;
    let row = "return [...document.querySelectorAll('main li')].some((r) => r.innerText.includes('lập nhầm'))";
    desk.until("the draft to go", async |d| Ok(d.script(row).await? == false)).await?;

    create(desk, TITLE).await?;
    desk.write("Thêm nội dung", "Phương án ứng phó").await?;
    desk.keys(thirtyfour::Key::Enter).await?;
    desk.press("Gửi chương trình").await?;
    desk.press("Gửi bản A").await?;
    desk.is_at("session").await?;
    let member = &cast.members[0];
    member.press("Phiên họp").await?;
    member.press_beside("Mở", TITLE).await?;
    member.sees("Bản A").await?;

    let desk = &cast.secretary;
    desk.press("Chuẩn bị").await?;
    desk.press("Hủy phiên họp").await?;
    desk.write("Lý do", REASON).await?;
    // Thought better of, and asked again: the reason is still there.
    desk.press("Thôi").await?;
    desk.press("Hủy phiên họp").await?;
    let reason = "return document.querySelector('dialog[open] textarea')?.value ?? ''";
    desk.until("the reason", async |d| Ok(d.script(reason).await? == REASON)).await?;
    looks.at(desk, "prepare-call-off").await?;
    // Pasted with a whole report: it says how much is too much, and is not sent.
    fill(desk, REASON.chars().count() + 20_000).await?;
    desk.sees("trên 20.000 ký tự").await?;
    looks.at(desk, "text-too-long").await?;
    desk.press("Hủy phiên họp").await?;
    ensure!(desk.script(reason).await?.as_str().is_some_and(|r| r.len() > 20_000), "it is there to be shortened");
    desk.write("Lý do", REASON).await?;
    desk.press("Hủy phiên họp").await?;
    desk.is_at("sessions").await?;
    let badge = format!(
        "return [...document.querySelectorAll('main li')].find((r) => r.innerText.includes('{TITLE}'))?.innerText ?? ''"
    );
    desk.until("the session called off", async |d| {
        Ok(d.script(&badge).await?.as_str().is_some_and(|row| row.contains("Không tổ chức")))
    })
    .await?;
    member.sees(&format!("Phiên họp không tổ chức: {REASON}")).await?;
    looks.at(member, "session-called-off").await?;
    let may_reply =
        member.script("return [...document.querySelectorAll('button')].some((b) => b.innerText === 'Tham gia')");
    ensure!(may_reply.await? == false, "nobody is asked to come to a session that is not held");
    Ok(())
}

/// As much text as that in the dialog's box, as if pasted.
async fn fill(desk: &Desk, chars: usize) -> Result<()> {
    let paste = format!(
        "const box = document.querySelector('dialog[open] textarea'); box.value = 'Lý do ấy. '.repeat({chars}).slice(0, {chars}); \
         box.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    );
    desk.script(&paste).await.map(drop)
}

async fn create(desk: &Desk, title: &str) -> Result<()> {
    desk.press("Phiên họp").await?;
    desk.press("Lập phiên họp").await?;
    desk.write("Tên phiên họp", title).await?;
    desk.press("Lập phiên họp").await?;
    desk.is_at("prepare").await
}

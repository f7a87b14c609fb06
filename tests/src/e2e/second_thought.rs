//! A member who changes their mind before signing signs what is on the screen; one who does after signing can leave it at that.

use super::desk::Desk;
use super::looks::Looks;
use super::session;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

const ON_SECOND_THOUGHT: &str = "Đã nghĩ lại.";

/// The first question: no, with a remark and a reservation; then yes. The remark stays and is seen, the reservation goes.
pub async fn thinks_again(desk: &Desk) -> Result<()> {
    let click = async |what: &str| {
        let path = format!("#question-0 {what}");
        desk.until(what, async |d| Ok(d.script(&format!("return !!document.querySelector('{path}')")).await? == true))
            .await?;
        desk.script(&format!("document.querySelector('{path}').click()")).await
    };
    click("[data-choice=disagree]").await?;
    click("input[type=checkbox]").await?;
    desk.script("document.getElementById('remark-0').focus()").await?;
    desk.keys(ON_SECOND_THOUGHT).await?;
    click("[data-choice=agree]").await?;
    desk.until("no reservation of what one agrees to", async |d| {
        Ok(d.script("return !document.querySelector('#question-0 input[type=checkbox]')").await? == true)
    })
    .await?;
    let remark = desk.script("return document.getElementById('remark-0')?.value").await?;
    ensure!(remark == ON_SECOND_THOUGHT, "what is signed is seen: {remark}");
    Ok(())
}

/// A change that was begun and not signed is shown beside what the Office holds, here and at home, and can be thrown away.
pub async fn discards_a_change(desk: &Desk, title: &str, looks: &mut Looks) -> Result<()> {
    let chosen = "return [...document.querySelectorAll('[aria-pressed=true]')].map((b) => b.dataset.choice).join()";
    desk.press("Thay đổi câu trả lời").await?;
    desk.script("document.querySelector('#question-0 [data-choice=disagree]').click()").await?;
    desk.sees("Thay đổi chưa ký. Văn phòng đang giữ câu trả lời nhận lúc").await?;
    desk.sees("Đã lưu nháp").await?;
    looks.at(desk, "answer-change").await?;
    desk.press("Trang chủ").await?;
    desk.sees("Thay đổi chưa ký").await?;
    looks.at(desk, "home-change").await?;
    desk.press_beside("Mở", title).await?;
    desk.until("the change as it was left", async |d| Ok(d.script(chosen).await? == "disagree,other")).await?;
    desk.press("Bỏ thay đổi").await?;
    desk.until("the answer in force", async |d| Ok(d.script(chosen).await? == "agree,other")).await?;
    desk.press("Trang chủ").await?;
    desk.until("nothing that waits to be signed", async |d| Ok(!d.words().await?.contains("Thay đổi chưa ký"))).await?;
    desk.press_beside("Mở", title).await?;
    desk.is_at("form").await
}

/// A reason that another position hides is signed by nobody and lost by nobody: it is there with the next objection.
pub async fn puts_a_reason_aside(desk: &Desk, item: usize, looks: &mut Looks) -> Result<()> {
    session::choose(desk, item).await?;
    desk.keys("2").await?;
    let field = "return document.getElementById('objection')?.value ?? null";
    desk.until("the field for the reason", async |d| Ok(!d.script(field).await?.is_null())).await?;
    desk.script("document.getElementById('objection').focus()").await?;
    desk.keys(ON_SECOND_THOUGHT).await?;
    desk.script("document.activeElement.blur()").await?;
    desk.keys("1").await?;
    session::stands(desk, "Không có ý kiến khác").await?;
    session::choose(desk, item + 1).await?;
    session::choose(desk, item).await?;
    ensure!(desk.script(field).await?.is_null(), "what is signed is what is seen");
    desk.keys("2").await?;
    desk.until("the reason again", async |d| Ok(d.script(field).await? == ON_SECOND_THOUGHT)).await?;
    desk.sees("Thay đổi chưa ký. Không có ý kiến khác").await?;
    looks.at(desk, "session-position-aside").await?;
    session::choose(desk, item + 1).await
}

/// A change of a ballot that was begun and left is there again beside what was cast, and can be thrown away.
pub async fn leaves_a_change_of_a_ballot(desk: &Desk, looks: &mut Looks) -> Result<()> {
    let chosen = "return document.querySelector('[data-ballot] [role=radio][aria-checked=true]')?.dataset.choice ?? ''";
    desk.press("Đổi phiếu").await?;
    desk.script("document.activeElement?.blur()").await?;
    desk.keys("2").await?;
    desk.until("the other choice", async |d| Ok(d.script(chosen).await? == "no")).await?;
    desk.press("Phiên họp").await?;
    desk.press_beside("Mở", "Bản B").await?;
    desk.until("the change as it was left", async |d| Ok(d.script(chosen).await? == "no")).await?;
    desk.sees("Thay đổi chưa ký. Tán thành").await?;
    looks.at(desk, "session-ballot-change").await?;
    desk.press("Bỏ thay đổi").await?;
    desk.sees("Đổi phiếu").await?;
    desk.press("Đọc tài liệu").await
}

/// What the vault holds of the first question.
pub async fn signed_what_is_shown(desk: &Desk) -> Result<()> {
    let home = desk.rpc("home", Value::Null).await?;
    let mut lists = ["to_answer", "others"].iter().flat_map(|list| home[list].as_array().into_iter().flatten());
    let form = &lists.next().context("a form")?["id"];
    let signed = desk.rpc("form", json!({"form": form})).await?["my_answers"][0]["questions"][0].clone();
    let shown = json!({"choice": "agree", "remark": ON_SECOND_THOUGHT, "is_reserved": false});
    ensure!(signed == shown, "signed was {signed}");
    Ok(())
}

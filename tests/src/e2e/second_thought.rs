//! A member who changes their mind before signing signs what is on the screen; one who does after signing can leave it at that.

use super::desk::Desk;
use super::looks::Looks;
use anyhow::{Result, ensure};
use serde_json::json;

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

/// What the vault holds of the first question.
pub async fn signed_what_is_shown(desk: &Desk) -> Result<()> {
    let ask = "const rpc = (name, request) => window.__TAURI_INTERNALS__.invoke('rpc', { name, arguments: request }); \
               return rpc('home', null).then((home) => rpc('form', { form: [...home.to_answer, ...home.others][0].id })) \
               .then((form) => form.my_answers[0].questions[0])";
    let signed = desk.script(ask).await?;
    let shown = json!({"choice": "agree", "remark": ON_SECOND_THOUGHT, "is_reserved": false});
    ensure!(signed == shown, "signed was {signed}");
    Ok(())
}

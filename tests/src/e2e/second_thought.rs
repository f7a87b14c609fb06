//! A member who changes their mind before signing signs what is on the screen.

use super::desk::Desk;
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

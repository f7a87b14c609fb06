//! The steps of a session by the app's commands, for stories and figures that are about something else.

use crate::org::call;
use anyhow::{Context, Result};
use cabinet_app::App;
use serde_json::{Value, json};

/// Makes a session of the pasted list, not sent yet. Who is invited first chairs it. Returns its id.
pub async fn make(
    secretary: &App,
    title: &str,
    place: &str,
    starts_at: u64,
    invited: &[&String],
    list: &str,
) -> Result<String> {
    let made = json!({"title": title, "kind": "regular", "place": place, "is_online": false, "starts_at": starts_at,
        "chair": invited[0], "invited": invited, "copy_of": null});
    let made = call(secretary, "create_session", made).await?;
    let id = made["session"].as_str().context("an id")?.to_owned();
    call(secretary, "add_items", json!({"session": id, "text": list, "after": null})).await?;
    Ok(id)
}

/// What a laptop shows of it.
pub async fn view(app: &App, id: &str) -> Result<Value> {
    call(app, "session", json!({"session": id, "is_draft": false, "version": null, "since": null})).await
}

/// What a secretary prepares.
pub async fn draft(secretary: &App, id: &str) -> Result<Value> {
    call(secretary, "session", json!({"session": id, "is_draft": true, "version": null, "since": null})).await
}

/// Opens it with these people in the room.
pub async fn open(secretary: &App, id: &str, present: &[String]) -> Result<()> {
    call(secretary, "open_session", json!({"session": id})).await?;
    for person in present {
        let mark = json!({"session": id, "act": "mark", "person": person, "presence": "present", "by": ""});
        call(secretary, "room", mark).await?;
    }
    Ok(())
}

/// Opens a vote on an item: yes, no or other, hidden until it is closed.
pub async fn open_vote(secretary: &App, id: &str, item: &Value, question: &str) -> Result<()> {
    repeat_vote(secretary, id, item, question, None).await
}

/// The same; on what an earlier vote decided, if there was one.
pub async fn repeat_vote(
    secretary: &App,
    id: &str,
    item: &Value,
    question: &str,
    earlier: Option<&Value>,
) -> Result<()> {
    let reason = if earlier.is_some() { "Biểu quyết lại." } else { "" };
    let vote = json!({"session": id, "items": [item], "question": question, "options": [], "is_live": false,
        "without_quorum": null, "repeats": earlier, "reason": reason});
    call(secretary, "open_vote", vote).await.map(drop)
}

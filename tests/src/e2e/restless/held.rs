//! What a laptop holds of its member's: answers, positions, ballots, and what was begun and not signed. Asked of the app behind the window, and
//! of another one that reads a copy of its files.

use super::world::World;
use crate::e2e::Desk;
use crate::org::{PASSPHRASE, call, system_clock};
use anyhow::{Result, ensure};
use cabinet_app::App;
use serde_json::{Map, Value, json};
use std::process::Command;

/// What the app behind the window says.
pub async fn by_app(desk: &Desk, world: &World) -> Result<Value> {
    read(world, async |name, arguments| desk.rpc(name, arguments).await).await
}

/// The same from its files, copied while it stood still.
pub async fn by_files(desk: &Desk, world: &World) -> Result<Value> {
    let copy = tempfile::tempdir()?;
    desk.signal("STOP")?;
    let copied = Command::new("cp").arg("-r").arg(desk.profile.join(".")).arg(copy.path()).status();
    desk.signal("CONT")?;
    ensure!(copied?.success(), "{} can't be copied", desk.profile.display());
    let app = App::new(copy.path(), system_clock());
    call(&app, "unlock", json!({"passphrase": PASSPHRASE})).await?;
    read(world, async |name, arguments| call(&app, name, arguments).await).await
}

async fn read(world: &World, ask: impl AsyncFn(&str, Value) -> Result<Value>) -> Result<Value> {
    let (mut forms, mut sessions, mut kept) = (Map::new(), Map::new(), Map::new());
    let mut places = Vec::new();
    for (id, _) in &world.forms {
        // One that was sent while there was no hub has not come yet.
        let form = ask("form", json!({"form": id})).await.unwrap_or_default();
        forms.insert(id.clone(), json!({"phase": form["phase"], "my_answers": form["my_answers"]}));
        places.push(format!("answer {id}"));
    }
    for id in &world.sessions {
        let asked = json!({"session": id, "is_draft": false, "version": null, "since": null});
        let view = ask("session", asked).await?;
        let (items, votes) = (mine(&view["items"]), mine(&view["votes"]));
        places.extend(items.keys().map(|item| format!("reason {id} {item}")));
        places.extend(votes.keys().map(|vote| format!("ballot {vote}")));
        sessions.insert(id.clone(), json!({"items": items, "votes": votes}));
    }
    for place in places {
        let text = ask("kept", json!({"place": place})).await?;
        kept.insert(place, text);
    }
    Ok(json!({"forms": forms, "sessions": sessions, "kept": kept}))
}

/// What I said of each in a list.
fn mine(list: &Value) -> Map<String, Value> {
    let each = list.as_array().into_iter().flatten();
    each.map(|one| (one["id"].as_str().unwrap_or_default().to_owned(), one["mine"].clone())).collect()
}

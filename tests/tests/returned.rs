//! What was signed and comes to nothing comes back to where it was done.

use ecabinet_tests::meeting;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

/// Monday 2026-06-01, 08:00 in Vietnam.
const START_MS: u64 = 1_780_275_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn position_that_came_after_the_opening_comes_back_to_its_session() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let (officer, member) = (&org.officer, &org.members[1]);
    let invited: Vec<&String> = org.people.iter().collect();
    let id = meeting::make(officer, "Phiên họp", "", START_MS, &invited, "1. Một\n2. Hai").await.unwrap();
    call(officer, "issue_session", json!({"session": id})).await.unwrap();
    until("the session", async || Ok(meeting::view(member, &id).await.is_ok())).await.unwrap();
    let item = meeting::view(member, &id).await.unwrap()["items"][0]["id"].clone();
    let returned = async || meeting::view(member, &id).await.unwrap()["returned"].clone();
    assert_eq!(returned().await, json!([]));

    // Said in the car; the session was opened meanwhile.
    member.set_network_off(true);
    let said = json!({"session": id, "item": item, "position": "wish_to_speak", "reason": ""});
    call(member, "position", said).await.unwrap();
    meeting::open(officer, &id, &org.people).await.unwrap();
    org.all_sent(officer).await.unwrap();
    let entry = member.with_laptop(|l, _| Ok(l.outbox()[0].id.to_string())).unwrap();
    // Looking at what waits throws nothing away.
    call(member, "seen_returned", json!({"entry": entry})).await.unwrap();
    assert_eq!(call(member, "status", Value::Null).await.unwrap()["unsent"], 1);
    member.set_network_off(false);
    until("the position in the session", async || {
        let space = id.parse().unwrap();
        let entry = cabinet_domain::EntryId(entry.parse().unwrap());
        Ok(member.with_laptop(|l, _| Ok(l.session(space)?.verdict(entry).is_some()))?)
    })
    .await
    .unwrap();
    assert_eq!(returned().await, json!([]), "it was seen before it came back");

    // The same of an act that nobody has looked at: somebody marked the member elsewhere; they asked to speak on closing.
    member.set_network_off(true);
    call(member, "room", json!({"session": id, "act": "ask_to_speak", "item": item})).await.unwrap();
    call(officer, "room", json!({"session": id, "act": "close"})).await.unwrap();
    org.all_sent(officer).await.unwrap();
    member.set_network_off(false);
    until("what came back", async || Ok(returned().await.as_array().is_some_and(|r| r.len() == 1))).await.unwrap();
    let back = returned().await[0].clone();
    assert_eq!(
        (&back["place"], &back["title"], &back["why"]["code"]),
        (&json!("session"), &json!("Phiên họp"), &json!("session.wrong_phase"))
    );
    assert_eq!(meeting::view(officer, &id).await.unwrap()["returned"], json!([]), "told to who did it");
    call(member, "seen_returned", json!({"entry": back["entry"]})).await.unwrap();
    assert_eq!(returned().await, json!([]));
}

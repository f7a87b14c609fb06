//! What was signed and comes to nothing comes back to where it was done.

use ecabinet_tests::meeting;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

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
    // What waits is neither thrown away by being looked at, nor hidden before it comes back.
    assert!(call(member, "seen_returned", json!({"entry": entry})).await.is_err());
    assert_eq!(call(member, "status", Value::Null).await.unwrap()["unsent"], 1);
    assert_eq!(returned().await, json!([]));
    member.set_network_off(false);
    until("what came back", async || Ok(returned().await.as_array().is_some_and(|r| r.len() == 1))).await.unwrap();
    let back = returned().await[0].clone();
    assert_eq!(
        (&back["entry"], &back["act"], &back["place"], &back["title"], &back["why"]["code"]),
        (&json!(entry), &json!("position"), &json!("session"), &json!("Phiên họp"), &json!("session.wrong_phase"))
    );
    assert_eq!(meeting::view(officer, &id).await.unwrap()["returned"], json!([]), "told to who did it");
    call(member, "seen_returned", json!({"entry": entry})).await.unwrap();
    assert_eq!(returned().await, json!([]));
}

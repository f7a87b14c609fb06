//! What two officials do together: roles that decide something.

use cabinet_app::App;
use cabinet_ledger::Signed;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn officer_is_named_by_the_root_and_signed_by_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let org = Org::found(folder.path(), system_clock(), 1, true).await.unwrap();
    let people = async || call(&org.officer, "people", json!(null)).await.unwrap().as_array().unwrap().len();
    let before = people().await;
    for roles in [json!(["officer"]), json!(["secretary", "officer"])] {
        let request = json!({"office": "Quản trị thứ hai", "short": "QT2", "roles": roles});
        let refused = call(&org.officer, "add_person", request).await.unwrap_err().to_string();
        assert!(refused.contains("bad_request"), "{refused}");
    }
    let unsent = org.officer.with_laptop(|laptop, _| Ok(laptop.outbox().len())).unwrap();
    assert_eq!((people().await, unsent), (before, 0), "nothing was signed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn seat_that_one_official_gives_waits_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let (_, second) = org.enrol("Thư ký", "TK", &["secretary"]).await.unwrap();
    let request = json!({"office": "Bộ trưởng", "short": "BT", "roles": ["member"]});
    let person = call(&org.officer, "add_person", request).await.unwrap();
    let found = async |app: &App| {
        let all = call(app, "people", Value::Null).await.unwrap();
        all.as_array().unwrap().iter().find(|p| p["id"] == person).cloned().unwrap_or_default()
    };
    until("what is proposed", async || Ok(found(&second).await["proposed"]["is_by_me"] == false)).await.unwrap();
    let proposed = found(&second).await;
    assert_eq!((&proposed["roles"], &proposed["proposed"]["roles"]), (&json!([]), &json!(["member"])));
    let entry = json!({"entry": proposed["proposed"]["entry"]});
    call(&org.officer, "confirm", entry.clone()).await.unwrap();
    until("the hub's refusal", async || {
        let is_refused = |row: &cabinet_vault::OutboxRow| {
            row.refusal.is_some() && Signed::decode(&row.entry).is_ok_and(|signed| signed.header.kind == 16)
        };
        Ok(org.officer.with_laptop(|l, _| Ok(l.outbox().iter().any(is_refused)))?)
    })
    .await
    .unwrap();
    call(&second, "confirm", entry).await.unwrap();
    until("the seat", async || Ok(found(&org.officer).await["roles"] == json!(["member"]))).await.unwrap();
}

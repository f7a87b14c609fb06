//! What two officials do together: law of the organisation's own, and roles that decide something.

use cabinet_acts::RegisterAct;
use cabinet_app::App;
use cabinet_ledger::{RecordV1, Signed, decode, encode};
use cabinet_recount::RecountError;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

/// Monday 2026-06-01, 08:00 in Vietnam.
const START_MS: u64 = 1_780_275_600_000;
const CALENDAR: &str = include_str!("../../assets/calendar/2026.csv");

async fn form(app: &App, id: &str) -> Value {
    call(app, "form", json!({"form": id})).await.unwrap_or_default()
}

/// Whether Wednesday is a day off on a laptop.
fn is_off(app: &App) -> bool {
    let (monday, friday) = ("2026-06-01".parse().unwrap(), "2026-06-05".parse().unwrap());
    app.with_laptop(|l, _| Ok(l.law().calendar.working_days_between(monday, friday))).unwrap() == Ok(3)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn own_calendar_holds_once_a_second_official_confirms_it_and_travels_with_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let (_, second) = org.enrol("Thư ký", "TK", &["secretary"]).await.unwrap();
    let text = format!("{CALENDAR}2026-06-03,day_off,Nghỉ thêm,2\n");
    for (text, code) in
        [("xin chào", "law_unreadable"), ("date,kind,name,mark\n2026-06-03,holiday,x,2\n", "law_unreadable")]
    {
        let refused = cabinet_app::rpc(&org.officer, "add_law", json!({"text": text})).await;
        assert_eq!(refused.unwrap_err().code, code);
    }
    call(&org.officer, "add_law", json!({"text": text})).await.unwrap();
    assert!(call(&org.members[2], "add_law", json!({"text": text})).await.is_err(), "members add no law");
    let added = async |app: &App| call(app, "law", Value::Null).await.unwrap()["added"][0].clone();
    until("the law at the second official's", async || Ok(added(&second).await["year"] == 2026)).await.unwrap();
    let proposed = added(&second).await;
    assert_eq!(
        (&proposed["text"], &proposed["is_confirmed"], &proposed["is_by_me"]),
        (&json!(text), &json!(false), &json!(false))
    );
    let entry = json!({"entry": proposed["entry"]});
    call(&org.officer, "confirm", entry.clone()).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    assert!(!is_off(&org.officer) && !is_off(&second), "nobody confirms what they added themselves");
    call(&second, "confirm", entry).await.unwrap();
    for app in [&org.officer, &second, &org.members[2]] {
        until("the law in force", async || Ok(is_off(app))).await.unwrap();
    }

    let id = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    until("the form", async || Ok(form(&org.members[0], &id).await["phase"] == "issued")).await.unwrap();
    clock.advance(8 * 24 * 3_600_000);
    until("a settled result", async || Ok(form(&org.members[0], &id).await["may"]["export"] == true)).await.unwrap();
    let record = cabinet_app::uses::export::record(&org.members[0], &id).unwrap();
    assert!(cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap().is_genuine);
    let read: RecordV1 = decode(&record).unwrap();
    let without = encode(&RecordV1 { laws: vec![], ..read.clone() });
    assert!(matches!(cabinet_recount::recount(&without, None), Err(RecountError::NeedsNewer)));
    let mut other = read;
    other.laws[0].content = RegisterAct::LawAdded(CALENDAR.into()).write().1.into();
    assert!(matches!(cabinet_recount::recount(&encode(&other), None), Err(RecountError::BadLaw)));
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

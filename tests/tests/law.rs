//! The law over time: what an organisation adds holds by two signatures, and what only a newer app knows is told as that.

use cabinet_acts::{RegisterAct, write_form_act};
use cabinet_app::App;
use cabinet_domain::{FormAct, Hash, Issue, PairFacts};
use cabinet_ledger::{ControlV1, RecordV1, SpaceId, decode, encode};
use cabinet_recount::RecountError;
use cabinet_vault::{Laptop, NewEntry, Store};
use cabinet_work::forms;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

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
    until("a settled result", async || Ok(form(&org.members[0], &id).await["is_settled"] == true)).await.unwrap();
    let record = cabinet_app::uses::export::record(&org.members[0], &id).unwrap();
    assert!(cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap().is_genuine);
    let read: RecordV1 = decode(&record).unwrap();
    let without = encode(&RecordV1 { laws: vec![], ..read.clone() });
    assert!(matches!(cabinet_recount::recount(&without, None), Err(RecountError::NeedsNewer)));
    let mut other = read;
    other.laws[0].content = RegisterAct::LawAdded(CALENDAR.into()).write().1.into();
    assert!(matches!(cabinet_recount::recount(&encode(&other), None), Err(RecountError::BadLaw)));
}

/// Sends a form as an app does that folds by the next version.
fn issue_by_next_version<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) {
    forms::approve_form(laptop, space, "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ", now_ms).unwrap();
    let plan = forms::plan_issue(laptop, 3, now_ms).unwrap();
    let pair = match forms::lay_answer_pair(laptop, space, false, now_ms).unwrap() {
        Some(pair) => pair,
        None => laptop.fit_pairs(space, cabinet_ledger::PairUse::Answers, false).unwrap()[0],
    };
    let state = laptop.form_with_pending(space).unwrap();
    let (content, day) = (state.content.clone().unwrap(), "2026-06-01".parse().unwrap());
    let members = content.asked.iter().copied().map(forms::ledger_person).collect();
    let pins = laptop.law().pin(&plan.rules, plan.roster, day, day, cabinet_domain::FORM_FOLD_VERSION + 1);
    let issue = Issue { content, pins, working_days: 3, deadline: plan.deadline, answer_pair: Hash(pair.0) };
    let act = FormAct::Issued { issue, pair: Some(PairFacts { is_tellers: true, is_for_few: false }) };
    laptop.sign(NewEntry::control(Some(space), &ControlV1::MembersAdded { members }), now_ms).unwrap();
    laptop.grant_missing(space, now_ms).unwrap();
    let about = state.approval.map(forms::ledger_entry);
    let new = NewEntry { about, ..NewEntry::act(space, write_form_act(&act).unwrap()) };
    laptop.sign(new, now_ms).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn app_of_the_last_version_says_what_it_cannot_show_and_goes_on_with_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let member = &org.members[0];
    let plain = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    let next = org.write_form(FormDraft::plain("2/PLYK", "2026-05-30")).await.unwrap();
    let space = next.parse().unwrap();
    let issued = org.officer.with_laptop(|laptop, now_ms| {
        issue_by_next_version(laptop, space, now_ms);
        Ok(())
    });
    issued.unwrap();
    for app in [member, &org.officer] {
        let told = async || Ok(call(app, "troubles", Value::Null).await?["needing_newer_app"] == 1);
        until("it is told", told).await.unwrap();
    }
    let troubles = call(member, "troubles", Value::Null).await.unwrap();
    assert_eq!(troubles["stopped"], json!([]), "no hub plays false here");
    let refused = cabinet_app::rpc(
        member,
        "answer",
        json!({"form": next, "questions": [{"choice": "agree", "remark": "", "is_reserved": false}]}),
    );
    assert_eq!(refused.await.unwrap_err().code, "needs_newer_app");
    // What it knows goes on to a settled result, on the same laptops.
    until("the plain form", async || Ok(form(member, &plain).await["may"]["answer"] == true)).await.unwrap();
    clock.advance(8 * 24 * 3_600_000);
    until("a settled result", async || Ok(form(member, &plain).await["is_settled"] == true)).await.unwrap();
    let record = cabinet_app::uses::export::record(member, &next).unwrap();
    assert!(matches!(cabinet_recount::recount(&record, None), Err(RecountError::NeedsNewer)));
}

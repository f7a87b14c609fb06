//! Openings for tellers and whoever chairs: the others see the tellers' signed counts and are told that it is their word.

use crate::path::form;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

/// Sends a form whose openings tellers and whoever chairs see.
async fn send_for_few(org: &Org) -> String {
    let text = json!({
        "form": null, "base": null, "number": "7/PLYK", "title": "Dự thảo Nghị định", "submitted_by": "Bộ Nội vụ", "summary": "",
        "questions": ["Thông qua"], "papers": [], "ordered_by": "Thủ tướng Chính phủ", "ordered_on": "2026-05-30",
        "asked": org.people, "is_for_tellers": true,
    });
    let written = call(&org.officer, "write_form", text).await.unwrap();
    let id = written["form"].as_str().unwrap();
    let send = json!({"form": id, "approved_by": "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ", "working_days": 3});
    call(&org.officer, "send_form", send).await.unwrap();
    id.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn openings_for_tellers_and_chair_reach_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let id = &send_for_few(&org).await;
    for (member, choice) in org.members.iter().zip(["agree", "disagree", "agree"]) {
        until("the form", async || {
            Ok(call(member, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true))
        })
        .await
        .unwrap();
        call(member, "answer", json!({"form": id, "questions": [says(choice, "Ý kiến kín của một thành viên")]}))
            .await
            .unwrap();
    }
    until("all answers", async || Ok(form(&org.officer, id).await["may"]["close"] == true)).await.unwrap();
    call(&org.officer, "close_form", json!({"form": id})).await.unwrap();

    let counts =
        |view: &Value| ["agreed", "deemed", "disagreed", "other"].map(|n| view["result"][0][n].as_u64().unwrap());
    let others = |view: &Value, me: usize| {
        let seats = view["seats"].as_array().unwrap().iter().enumerate();
        seats.filter(|(n, seat)| *n != me && !seat["answer"].is_null()).count()
    };
    for (n, app) in org.members.iter().enumerate() {
        until("the result", async || Ok(!form(app, id).await["result"].is_null())).await.unwrap();
        // The chair's laptop stands behind what the teller's settled.
        until("a settled result", async || Ok(n > 0 || form(app, id).await["is_settled"] == true)).await.unwrap();
        let view = form(app, id).await;
        assert_eq!(counts(&view), [2, 0, 1, 0]);
        // The first member chairs.
        assert_eq!(view["is_tellers_word"], json!(n > 0), "member {n}");
        assert_eq!(others(&view, n), if n == 0 { 2 } else { 0 }, "member {n} sees others' opinions");
        assert_eq!(view["is_incomplete"], false);
        assert_eq!(view["is_settled"], json!(n == 0));
    }
    let view = form(&org.officer, id).await;
    assert_eq!((counts(&view), &view["is_tellers_word"]), ([2, 0, 1, 0], &json!(false)));
    until("a settled result", async || Ok(form(&org.officer, id).await["is_settled"] == true)).await.unwrap();
    let record = cabinet_app::uses::export::record(&org.officer, id).unwrap();
    let recounted = cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap();
    assert_eq!(recounted.form_result().unwrap().questions[0].agreed, 2);
    let blind = cabinet_app::uses::export::record(&org.members[1], id).unwrap();
    assert!(cabinet_recount::recount(&blind, Some(&org.fingerprint)).is_err(), "nobody recounts what they may not see");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn answers_that_no_teller_opens_are_opened_by_their_authors_and_the_result_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let id = org.send_form(FormDraft::plain("8/PLYK", "2026-05-30")).await.unwrap();
    for member in &org.members[..2] {
        let is_asked =
            async || Ok(call(member, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true));
        until("the form", is_asked).await.unwrap();
        call(member, "answer", json!({"form": id, "questions": [says("agree", "")]})).await.unwrap();
        org.all_sent(member).await.unwrap();
    }
    until("the form at the last member's", async || {
        Ok(call(&org.members[2], "form", json!({"form": id})).await.is_ok_and(|v| v["phase"] == "issued"))
    })
    .await
    .unwrap();
    // The only teller is gone from here on.
    org.officer.set_network_off(true);
    clock.advance(8 * 24 * 3_600_000);
    for member in &org.members {
        let is_closed = async || Ok(form(member, &id).await["phase"] == "closed");
        until("a form closed without a teller", is_closed).await.unwrap();
        assert_eq!(form(member, &id).await["result"], Value::Null);
    }
    clock.advance(2 * 3_600_000);
    for member in &org.members {
        until("a settled result", async || Ok(form(member, &id).await["is_settled"] == true)).await.unwrap();
        let view = form(member, &id).await;
        assert_eq!((&view["opened_by_authors"], &view["result"][0]["agreed"]), (&json!(2), &json!(2)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn author_who_sees_no_openings_opens_their_own_answer_to_the_few_who_do() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let id = send_for_few(&org).await;
    let [chair, others @ ..] = &org.members[..] else { panic!("three members") };
    for member in others {
        let is_asked =
            async || Ok(call(member, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true));
        until("the form", is_asked).await.unwrap();
        call(member, "answer", json!({"form": id, "questions": [says("disagree", "Ý kiến kín")]})).await.unwrap();
        org.all_sent(member).await.unwrap();
    }
    until("the form at the chair's", async || Ok(form(chair, &id).await["phase"] == "issued")).await.unwrap();
    // The only teller is gone from here on.
    org.officer.set_network_off(true);
    clock.advance(8 * 24 * 3_600_000);
    until("a form closed without a teller", async || Ok(form(chair, &id).await["phase"] == "closed")).await.unwrap();
    let seen =
        |view: &Value| view["seats"].as_array().map_or(0, |s| s.iter().filter(|s| !s["answer"].is_null()).count());
    assert_eq!(seen(&form(chair, &id).await), 0);
    clock.advance(2 * 3_600_000);
    until("both answers at the chair's", async || Ok(seen(&form(chair, &id).await) == 2)).await.unwrap();
    for member in others {
        assert_eq!(seen(&form(member, &id).await), 1, "nobody else's");
    }
    org.officer.set_network_off(false);
    for app in [&org.officer, chair] {
        until("a settled result", async || Ok(form(app, &id).await["is_settled"] == true)).await.unwrap();
        let view = form(app, &id).await;
        assert_eq!((&view["opened_by_authors"], &view["result"][0]["disagreed"]), (&json!(2), &json!(2)));
    }
    let record = cabinet_app::uses::export::record(chair, &id).unwrap();
    assert!(cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap().is_genuine);
}

//! What is typed and not signed: it is there after a lock, it is bounded, and nobody who comes back in a season misses it.

use cabinet_app::App;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

const DAY: u64 = 24 * 3_600_000;

async fn kept(app: &App, place: &str) -> Value {
    call(app, "kept", json!({"place": place})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_typed_outlives_a_lock_and_is_forgotten_when_long_left() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let app = &org.members[0];
    let keep = async |place: &str, what: Value| call(app, "keep", json!({"place": place, "what": what})).await;

    for (place, what) in
        [("", json!("x")), (&*"á".repeat(121), json!("x")), ("answer 1", json!("x".repeat(1 << 20) + "x"))]
    {
        let refused = keep(place, what).await.unwrap_err().to_string();
        assert!(refused.contains("bad_request"), "{refused}");
    }
    assert_eq!(kept(app, "answer 1").await, Value::Null);

    keep("answer 1", json!("Đồng ý, với điều kiện")).await.unwrap();
    keep("answer 2", json!("")).await.unwrap();
    call(app, "lock", Value::Null).await.unwrap();
    assert!(keep("answer 1", json!("x")).await.is_err(), "a locked vault keeps nothing");
    call(app, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap();
    assert_eq!(kept(app, "answer 1").await, "Đồng ý, với điều kiện");
    assert_eq!(kept(app, "answer 2").await, "", "what was emptied stays empty");
    keep("answer 2", Value::Null).await.unwrap();
    assert_eq!(kept(app, "answer 2").await, Value::Null);

    // An answer of the hub that was under way when the clock moved says the time before it, until the next one.
    let later = async |ms: u64| {
        clock.advance(ms);
        let is_known = async || Ok(call(app, "status", Value::Null).await?["now"] == clock.now());
        until("the hub's time is known", is_known).await.unwrap();
    };
    later(89 * DAY).await;
    keep("answer 3", json!("mới")).await.unwrap();
    assert_eq!(kept(app, "answer 1").await, "Đồng ý, với điều kiện");
    later(2 * DAY).await;
    keep("answer 4", json!("mới hơn")).await.unwrap();
    assert_eq!(kept(app, "answer 1").await, Value::Null);
    assert_eq!(kept(app, "answer 3").await, "mới");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn home_says_that_a_change_of_an_answer_was_begun_and_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let app = &org.members[0];
    let id = org.send_form(FormDraft::plain("9/PLYK", "2026-05-30")).await.unwrap();
    let form = async || call(app, "form", json!({"form": id})).await;
    until("the form", async || Ok(form().await.is_ok_and(|v| v["may"]["answer"] == true))).await.unwrap();
    let keep = async |what: Value| call(app, "keep", json!({"place": format!("answer {id}"), "what": what})).await;
    let home = async || call(app, "home", Value::Null).await.unwrap();

    keep(json!("Đồng ý")).await.unwrap();
    assert_eq!(home().await["to_answer"][0]["has_unsigned_change"], false, "nothing is held that it would change");
    call(app, "answer", json!({"form": id, "questions": [says("agree", "")]})).await.unwrap();
    keep(Value::Null).await.unwrap();
    assert_eq!(home().await["others"][0]["has_unsigned_change"], false);
    keep(json!("Không đồng ý")).await.unwrap();
    assert_eq!(home().await["others"][0]["has_unsigned_change"], true);
    clock.advance(8 * DAY);
    until("a closed form", async || Ok(form().await.is_ok_and(|v| v["phase"] == "closed"))).await.unwrap();
    assert_eq!(home().await["others"][0]["has_unsigned_change"], false, "it can be changed no more");
}

//! A laptop out of contact for longer than the organisation's lease closes its papers, and nothing else; contact opens them again.

use crate::path::{form, small_pdf};
use cabinet_app::App;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

const HOUR: u64 = 3_600_000;

async fn status(app: &App) -> Value {
    call(app, "status", Value::Null).await.unwrap()
}

/// Until the hub's time of an app is the clock's: it has been in contact since the clock was moved.
async fn in_contact(app: &App, clock: &TestClock) {
    until("contact", async || {
        let status = status(app).await;
        Ok(status["is_online"] == true && status["synced_at"] == clock.now())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn papers_close_when_the_lease_has_run_out_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let pdf = folder.path().join("To trinh.pdf");
    std::fs::write(&pdf, small_pdf("Xin chao")).unwrap();
    let papers = &[(pdf, "Tờ trình")];
    let id =
        org.send_form(FormDraft { papers, working_days: 5, ..FormDraft::plain("1/PLYK", "2026-05-30") }).await.unwrap();
    let member = org.members[0].clone();
    until("the paper", async || {
        Ok(call(&member, "form", json!({"form": id})).await.is_ok_and(|v| v["papers"][0]["here"] == 1.0))
    })
    .await
    .unwrap();
    let read = json!({"form": id, "paper": form(&member, &id).await["papers"][0]["hash"]});

    // Only an officer, and only a length that means something.
    assert!(call(&member, "set_lease", json!({"days": 2})).await.unwrap_err().to_string().contains("not_allowed"));
    for days in [0, 367, u32::MAX] {
        let refused = call(&org.officer, "set_lease", json!({"days": days})).await.unwrap_err().to_string();
        assert!(refused.contains("lease_length"), "{refused}");
    }
    call(&org.officer, "set_lease", json!({"days": 2})).await.unwrap();
    assert_eq!(call(&org.officer, "lease", Value::Null).await.unwrap()["days"], 2, "one's own stands at once");
    until("the lease", async || Ok(call(&member, "lease", Value::Null).await?["days"] == 2)).await.unwrap();

    org.stop_hub().await.unwrap();
    clock.advance(23 * HOUR);
    assert_eq!(status(&member).await["papers_close_at"], Value::Null);
    clock.advance(2 * HOUR);
    let warned = status(&member).await;
    assert_eq!(warned["papers_close_at"], json!(START_MS + 48 * HOUR));
    assert_eq!(warned["are_papers_closed"], false);
    call(&member, "paper", read.clone()).await.unwrap();

    clock.advance(23 * HOUR);
    assert_eq!(status(&member).await["are_papers_closed"], true);
    assert!(call(&member, "paper", read.clone()).await.unwrap_err().to_string().contains("lease_over"));
    let hash = read["paper"].as_str().unwrap();
    assert!(cabinet_app::uses::pages::page(&member, &id, hash, 0, 300).is_err());
    let answer = json!({"form": id, "questions": [says("agree", "")]});
    call(&member, "answer", answer).await.unwrap();

    // The contact is counted from across a start of the app, too.
    org.members.remove(0);
    drop(member);
    let again = App::new(&folder.path().join("member-1"), clock.clock());
    again.start();
    until("the profile is free", async || Ok(call(&again, "unlock", json!({"passphrase": PASSPHRASE})).await.is_ok()))
        .await
        .unwrap();
    assert_eq!(status(&again).await["papers_close_at"], json!(START_MS + 48 * HOUR));
    assert!(call(&again, "paper", read.clone()).await.unwrap_err().to_string().contains("lease_over"));

    org.start_hub().await.unwrap();
    in_contact(&again, &clock).await;
    call(&again, "paper", read.clone()).await.unwrap();
    org.all_sent(&again).await.unwrap();
    call(&org.officer, "set_lease", json!({"days": null})).await.unwrap();
    until("no lease", async || Ok(call(&again, "lease", Value::Null).await?["days"].is_null())).await.unwrap();
    org.stop_hub().await.unwrap();
    clock.advance(1_000 * HOUR);
    call(&again, "paper", read).await.unwrap();
}

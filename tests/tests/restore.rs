//! The hub is restored from a backup that is older than the ledger: laptops hand back what it had stamped since.

use crate::path::form;
use ecabinet_tests::org::*;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

async fn metric(org: &Org, name: &str) -> u64 {
    let address = org.address;
    let text =
        tokio::task::spawn_blocking(move || ecabinet_tests::org::get(address, "/metrics").unwrap()).await.unwrap();
    let line = text.lines().find_map(|l| l.strip_prefix(&format!("ecabinet_{name} ")).map(str::to_owned));
    line.unwrap_or_default().parse().unwrap_or(0)
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

async fn answer(org: &Org, member: usize, id: &str, choice: &str) {
    let app = &org.members[member];
    until("the form", async || {
        Ok(call(app, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true))
    })
    .await
    .unwrap();
    call(app, "answer", json!({"form": id, "questions": [says(choice, "Xem lại")]})).await.unwrap();
}

async fn received(org: &Org, member: usize, id: &str) {
    until("a receipt", async || Ok(form(&org.members[member], id).await["my_answers"][0]["state"] == "received"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn old_backup_of_the_hub_loses_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let first = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    let (hub, backup) = (folder.path().join("hub"), folder.path().join("backup"));
    org.stop_hub().await.unwrap();
    copy(&hub, &backup);
    org.start_hub().await.unwrap();
    // After the backup: an answer to the first form, and a second form with an answer.
    answer(&org, 0, &first, "agree").await;
    received(&org, 0, &first).await;
    let second = org.send_form(FormDraft::plain("2/PLYK", "2026-05-30")).await.unwrap();
    answer(&org, 1, &second, "disagree").await;
    received(&org, 1, &second).await;
    until("the office has both", async || {
        let seen = async |id: &str| form(&org.officer, id).await["seats"].to_string().contains("answered_at\":1");
        Ok(seen(&first).await && seen(&second).await)
    })
    .await
    .unwrap();
    let entries = metric(&org, "entries").await;
    org.stop_hub().await.unwrap();
    copy(&backup, &hub);
    org.start_hub_as(true).await.unwrap();
    assert!(metric(&org, "entries").await < entries);
    // While it is restored it takes nothing new.
    answer(&org, 2, &first, "agree").await;
    until("all handed back", async || Ok(metric(&org, "entries").await == entries)).await.unwrap();
    assert_eq!(form(&org.members[2], &first).await["my_answers"][0]["state"], "waiting");
    org.stop_hub().await.unwrap();
    org.start_hub().await.unwrap();
    assert_eq!(metric(&org, "term").await, 2);
    received(&org, 2, &first).await;
    for (member, id, choice) in [(1, &first, "other"), (0, &second, "agree"), (2, &second, "agree")] {
        answer(&org, member, id, choice).await;
        received(&org, member, id).await;
    }
    clock.advance(8 * 24 * 3_600_000);
    for (id, counts) in [(&first, [2, 0, 1]), (&second, [2, 1, 0])] {
        for app in [&org.officer, &org.members[0], &org.members[1], &org.members[2]] {
            until("the result", async || Ok(!form(app, id).await["result"].is_null())).await.unwrap();
            let result = form(app, id).await["result"][0].clone();
            assert_eq!(["agreed", "disagreed", "other"].map(|n| result[n].as_u64().unwrap()), counts, "{result}");
            assert_eq!(call(app, "troubles", Value::Null).await.unwrap()["stopped"], json!([]));
        }
        until("a settled result", async || Ok(form(&org.members[0], id).await["is_settled"] == true)).await.unwrap();
        let record = cabinet_app::uses::export::record(&org.members[0], id).unwrap();
        assert!(cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap().is_genuine);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hub_that_forgot_and_says_nothing_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    org.stop_hub().await.unwrap();
    let (hub, backup) = (folder.path().join("hub"), folder.path().join("backup"));
    copy(&hub, &backup);
    org.start_hub().await.unwrap();
    let person = json!({"office": "Bộ trưởng Bộ Y tế", "short": "YT", "roles": ["member"]});
    call(&org.officer, "add_person", person).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    until("read back", async || Ok(call(&org.officer, "people", Value::Null).await?.to_string().contains("Y tế")))
        .await
        .unwrap();
    org.stop_hub().await.unwrap();
    copy(&backup, &hub);
    org.start_hub().await.unwrap();
    until("the laptop says that the hub forgot", async || {
        Ok(call(&org.officer, "troubles", Value::Null).await?["stopped"] != json!([]))
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hub_changes_its_stamp_key_and_the_old_one_stamps_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let first = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    answer(&org, 0, &first, "agree").await;
    received(&org, 0, &first).await;
    // One laptop sleeps through it all.
    org.members[2].set_network_off(true);
    org.stop_hub().await.unwrap();
    let (hub, stolen) = (folder.path().join("hub"), folder.path().join("stolen"));
    copy(&hub, &stolen);
    let elsewhere = folder.path().join("elsewhere");
    assert!(cabinet_hub::renew(&elsewhere).is_err() && !elsewhere.exists(), "a wrong folder is left as it was");
    let line = cabinet_hub::renew(&hub).unwrap();
    assert_eq!(cabinet_hub::renew(&hub).unwrap(), line, "asked twice, it is the same key");
    org.start_hub().await.unwrap();

    let name = async |app, line: &str, key: &str| {
        call(app, "name_hub_key", json!({"line": line, "recovery_key": key})).await.map_err(|e| e.to_string())
    };
    let text = line.to_string();
    let other = cabinet_seal::Identity::make();
    assert!(name(&org.officer, &text[..20], &org.recovery_key).await.unwrap_err().contains("bad_code"));
    assert!(name(&org.officer, &text, &other.secret_text()).await.unwrap_err().contains("bad_key"));
    assert!(name(&org.members[0], &text, &org.recovery_key).await.unwrap_err().contains("not_allowed"));
    // A key that this hub has not got would silence it.
    let foreign = cabinet_ledger::StampKeyLine { key: cabinet_ledger::Hash([7; 32]), term: 2 }.to_string();
    name(&org.officer, &foreign, &org.recovery_key).await.unwrap();
    until("the hub refuses a foreign key", async || {
        Ok(call(&org.officer, "troubles", Value::Null).await?["refused"] != json!([]))
    })
    .await
    .unwrap();
    let refused = call(&org.officer, "troubles", Value::Null).await.unwrap()["refused"][0].clone();
    assert_eq!(
        (&refused["place"], refused["why"]["code"].as_str().unwrap().split('.').next()),
        (&json!("other"), Some("hub"))
    );
    call(&org.officer, "seen_returned", json!({"entry": refused["entry"]})).await.unwrap();
    assert_eq!(call(&org.officer, "troubles", Value::Null).await.unwrap()["refused"], json!([]));
    assert_eq!(metric(&org, "term").await, 1);

    name(&org.officer, &text, &org.recovery_key).await.unwrap();
    until("the new key stamps", async || Ok(metric(&org, "term").await == 2)).await.unwrap();
    answer(&org, 1, &first, "disagree").await;
    received(&org, 1, &first).await;
    org.members[2].set_network_off(false);
    answer(&org, 2, &first, "agree").await;
    received(&org, 2, &first).await;
    org.stop_hub().await.unwrap();
    org.start_hub().await.unwrap();
    assert!(!hub.join("identity/stamp.next").exists());
    clock.advance(8 * 24 * 3_600_000);
    for app in [&org.officer, &org.members[0], &org.members[1], &org.members[2]] {
        until("the result", async || Ok(!form(app, &first).await["result"].is_null())).await.unwrap();
        assert_eq!(form(app, &first).await["result"][0]["agreed"], 2);
        assert_eq!(call(app, "troubles", Value::Null).await.unwrap()["stopped"], json!([]));
    }
    until("a settled result", async || Ok(form(&org.members[0], &first).await["is_settled"] == true)).await.unwrap();
    let record = cabinet_app::uses::export::record(&org.members[0], &first).unwrap();
    assert!(cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap().is_genuine);

    // Whoever has the old key from an old disk: the hub does not serve with it, and says why.
    org.stop_hub().await.unwrap();
    std::fs::copy(stolen.join("identity/stamp.key"), hub.join("identity/stamp.key")).unwrap();
    let refused = org.start_hub().await.unwrap_err().to_string();
    assert!(refused.contains("another stamp key"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_histories_are_kept_shown_and_ended_by_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let id = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    let (hub, before, other) = (folder.path().join("hub"), folder.path().join("before"), folder.path().join("other"));
    until("the office has read it back", async || Ok(stands(&org.officer, &id).await.is_some())).await.unwrap();
    for member in 0..2 {
        until("the form", async || {
            Ok(call(&org.members[member], "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true))
        })
        .await
        .unwrap();
    }
    org.stop_hub().await.unwrap();
    copy(&hub, &before);
    // The history that one member sees.
    org.start_hub().await.unwrap();
    org.members[0].set_network_off(true);
    org.officer.set_network_off(true);
    // Several places of it, so that the two histories end far behind where they part.
    for choice in ["disagree", "other", "disagree"] {
        let before = mark(&org.members[1], &id).await;
        answer(&org, 1, &id, choice).await;
        until("its place", async || Ok(mark(&org.members[1], &id).await != before)).await.unwrap();
    }
    org.stop_hub().await.unwrap();
    copy(&hub, &other);
    // The history that the others see, under the same stamp key and in the same term.
    copy(&before, &hub);
    org.start_hub().await.unwrap();
    org.members[1].set_network_off(true);
    org.members[0].set_network_off(false);
    org.officer.set_network_off(false);
    for choice in ["agree", "other", "agree"] {
        let before = mark(&org.officer, &id).await;
        answer(&org, 0, &id, choice).await;
        until("the office has it", async || Ok(mark(&org.officer, &id).await != before)).await.unwrap();
    }
    // Now the member comes back: both stamps are kept and shown, and the form waits.
    org.members[1].set_network_off(false);
    until("the alarm", async || Ok(alarms(&org.members[1]).await == ["forked"])).await.unwrap();
    assert_ne!(mark(&org.members[1], &id).await, mark(&org.officer, &id).await);
    // The officer's laptop has seen one history only; it is shown the other one by a hub that has it.
    let named = json!({"space": id, "recovery_key": org.recovery_key});
    assert!(call(&org.members[1], "name_branch", named.clone()).await.is_err(), "only an officer asks the root");
    org.stop_hub().await.unwrap();
    let kept = folder.path().join("kept");
    copy(&hub, &kept);
    copy(&other, &hub);
    org.start_hub().await.unwrap();
    until("the officer's alarm", async || Ok(alarms(&org.officer).await == ["forked"])).await.unwrap();
    org.stop_hub().await.unwrap();
    copy(&kept, &hub);
    org.start_hub().await.unwrap();
    call(&org.officer, "name_branch", named).await.unwrap();
    // The root has spoken: the officer's history goes on, the member's is dropped, and the member is told that the answer counts no more.
    until("the officer goes on", async || Ok(alarms(&org.officer).await.is_empty())).await.unwrap();
    until("the member is told of each", async || Ok(alarms(&org.members[1]).await == ["void", "void", "void"]))
        .await
        .unwrap();
    until("one history", async || Ok(mark(&org.members[1], &id).await == mark(&org.officer, &id).await)).await.unwrap();
    call(&org.members[1], "dismiss_alarms", json!({"space": id})).await.unwrap();
    answer(&org, 1, &id, "disagree").await;
    received(&org, 1, &id).await;
}

/// What people read to each other of where a space ends here.
async fn mark(app: &cabinet_app::App, space: &str) -> String {
    stands(app, space).await.expect("a space that is here")
}

async fn stands(app: &cabinet_app::App, space: &str) -> Option<String> {
    let heads = call(app, "heads", Value::Null).await.unwrap();
    let head = heads.as_array().unwrap().iter().find(|h| h["space"] == space)?;
    Some(head["mark"].as_str().unwrap().to_owned())
}

async fn alarms(app: &cabinet_app::App) -> Vec<String> {
    let troubles = call(app, "troubles", Value::Null).await.unwrap();
    troubles["alarms"].as_array().unwrap().iter().map(|a| a["kind"].as_str().unwrap().to_owned()).collect()
}

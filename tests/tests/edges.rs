//! What a laptop and a hub leave to others of their machine, and what guessing costs.

use cabinet_ledger::wire::{AppendedV1, FoundV1, RefusalReason};
use ecabinet_tests::org::*;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn set_up_token_is_gone_once_it_was_used() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    assert!(!folder.path().join("hub/setup-token").exists());
    let token = org.setup_line.rsplit('.').next().unwrap().to_owned();
    let again = cabinet_ledger::encode(&FoundV1 { token, entry: vec![1, 2, 3].into() });
    let answered: AppendedV1 = cabinet_ledger::decode(&post(org.address, "/v1/found", &again).unwrap()).unwrap();
    assert!(matches!(answered, AppendedV1::Refused(r) if r.reason == RefusalReason::OtherOrganisation));
    org.stop_hub().await.unwrap();
    org.start_hub().await.unwrap();
    assert!(!folder.path().join("hub/setup-token").exists(), "none is made for a founded hub");
    org.stop_hub().await.unwrap();
}

/// The folder beside the vault only helps to send while the vault is locked: an act that it has no room for is signed and sent all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn act_stands_though_the_folder_beside_the_vault_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let form = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    let member = org.members[0].clone();
    until("the form here", async || Ok(call(&member, "form", json!({"form": form})).await.is_ok())).await.unwrap();
    let outbox = folder.path().join("member-1/outbox");
    let _ = std::fs::remove_dir_all(&outbox);
    std::fs::write(&outbox, "no folder").unwrap();
    let answer = json!({"form": form, "questions": [{"choice": "agree", "remark": "", "is_reserved": false}]});
    call(&member, "answer", answer).await.unwrap();
    org.all_sent(&member).await.unwrap();
    until("the answer received", async || {
        let home = call(&org.officer, "home", Value::Null).await?;
        Ok(home["others"].as_array().is_some_and(|all| all.iter().any(|item| item["answered"] == 1)))
    })
    .await
    .unwrap();
    org.stop_hub().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn vault_is_erased_only_for_the_word_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let member = org.members[0].clone();
    call(&member, "lock", Value::Null).await.unwrap();
    for word in ["", "xoa", "DELETE", "XÓA!"] {
        assert!(call(&member, "forget_vault", json!({"word": word})).await.is_err(), "{word}");
    }
    call(&member, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap();
    call(&member, "lock", Value::Null).await.unwrap();
    // As a keyboard that writes decomposed letters gives it.
    call(&member, "forget_vault", json!({"word": " xo\u{301}a "})).await.unwrap();
    assert!(call(&member, "unlock", json!({"passphrase": PASSPHRASE})).await.is_err());
    org.stop_hub().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_passphrases_cost_a_wait_after_a_few_and_the_right_one_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let member = org.members[0].clone();
    call(&member, "lock", Value::Null).await.unwrap();
    let mut refused = Vec::new();
    for _ in 0..8 {
        refused.push(call(&member, "unlock", json!({"passphrase": "sai mật khẩu rồi"})).await.unwrap_err().to_string());
    }
    assert!(refused[..6].iter().all(|r| r.contains("wrong_passphrase")), "{refused:?}");
    assert!(
        refused[6..].iter().all(|r| r.contains("tried_too_often")),
        "the next waits, and is not tried: {refused:?}"
    );
    let right = call(&member, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap_err().to_string();
    assert!(right.contains("tried_too_often"), "not even the right one: {right}");
    clock.advance(3_600_000);
    let still = call(&member, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap_err().to_string();
    assert!(still.contains("tried_too_often"), "a clock that is set on shortens nothing: {still}");
    org.stop_hub().await.unwrap();
}

/// The hub as it is run: everything that it writes is its user's alone.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn files_of_a_hub_are_its_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let bin = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    let hub = ecabinet_tests::e2e::HubProcess::start(&bin, &folder.path().join("hub")).unwrap();
    let mut found = Vec::new();
    let mut folders = vec![folder.path().join("hub")];
    while let Some(next) = folders.pop() {
        found.push(next.clone());
        for entry in std::fs::read_dir(next).unwrap().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    assert!(found.len() > 4, "{found:?}");
    for path in found {
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        let wanted = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, wanted, "{path:?}");
    }
    drop(hub);
}

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

/// Whoever is stopped by a limit is told how much it is and how much may be, in both languages, and nothing is signed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_too_much_is_told_with_both_figures_and_signs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let member = &org.members[0];
    let twelve = ["Thông qua"; 12];
    let form =
        org.send_form(FormDraft { questions: &twelve, ..FormDraft::plain("1/PLYK", "2026-05-30") }).await.unwrap();
    until("the form here", async || Ok(call(member, "form", json!({"form": form})).await.is_ok())).await.unwrap();

    let draft = |changes: Value| {
        let mut text = json!({
            "form": null, "base": null, "number": "2/PLYK", "title": "Dự thảo", "submitted_by": "Bộ Nội vụ", "summary": "",
            "questions": ["Thông qua"], "papers": [], "ordered_by": "Thủ tướng", "ordered_on": "2026-05-30",
            "asked": org.people, "is_for_tellers": false,
        });
        text.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        text
    };
    let remarks = |each: usize| vec![says("disagree", &"ế".repeat(each)); 12];
    let cases = [
        (&org.officer, "write_form", draft(json!({"summary": "ế".repeat(20_001)})), "characters", 20_001, 20_000),
        (&org.officer, "write_form", draft(json!({"questions": vec!["Thông qua"; 51]})), "questions", 51, 50),
        // Each within its own limit, and an entry for none.
        (&org.officer, "write_form", draft(json!({"questions": vec!["ế".repeat(10_000); 50]})), "bytes", 0, 524_288),
        (member, "answer", json!({"form": form, "questions": remarks(20_001)}), "characters", 20_001, 20_000),
        (member, "answer", json!({"form": form, "questions": remarks(6_000)}), "answer_bytes", 216_000, 200_000),
    ];
    for (app, name, request, of, is, most) in cases {
        let before = call(app, "status", Value::Null).await.unwrap()["unsent"].clone();
        let refused = cabinet_app::rpc(app, name, request).await.unwrap_err();
        assert_eq!(refused.code, format!("too_much.{of}"), "{name}");
        assert!(refused.facts["is"].as_u64() >= Some(is.max(most + 1)), "{name}: {:?}", refused.facts);
        assert_eq!(refused.facts["most"], json!(most), "{name}");
        for words in ["vi", "en"] {
            let file = std::fs::read_to_string(format!("../ui/src/lib/{words}.ts")).unwrap();
            let line = file.split(&format!("\"too_much.{of}\":")).nth(1).unwrap().split("\",").next().unwrap();
            assert!(line.contains("{is}") && line.contains("{most}"), "{words}: {line}");
        }
        assert_eq!(call(app, "status", Value::Null).await.unwrap()["unsent"], before);
    }
    // The longest that is legal goes out.
    call(member, "answer", json!({"form": form, "questions": remarks(5_500)})).await.unwrap();
    org.all_sent(member).await.unwrap();
}

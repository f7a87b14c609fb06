//! From a sealed paper to a counted answer: real hub with TLS, real vaults, a real PDF, the network gone on the way.

use cabinet_app::App;
use cabinet_ledger::{ControlV1, GranteeV1, SpaceId};
use cabinet_vault::NewEntry;
use ecabinet_tests::org::*;
use serde_json::{Value, json};
use std::time::Duration;

const HOUR: u64 = 3_600_000;

pub fn small_pdf(words: &str) -> Vec<u8> {
    let stream = format!("BT /F1 24 Tf 20 100 Td ({words}) Tj ET");
    let font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /Contents 4 0 R /Resources {font} >>"),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
    ];
    let mut out = String::from("%PDF-1.4\n");
    for (n, object) in objects.iter().enumerate() {
        out += &format!("{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    out += "trailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n";
    out.into_bytes()
}

pub async fn form(app: &App, id: &str) -> Value {
    call(app, "form", json!({"form": id})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn form_goes_out_is_answered_online_and_offline_counted_and_recounted() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 3, false).await.unwrap();
    let pdf = folder.path().join("To trinh.pdf");
    std::fs::write(&pdf, small_pdf("Xin chao")).unwrap();
    let id = org
        .send_form(FormDraft {
            number: "1/PLYK",
            title: "Dự thảo Nghị định về quản lý dữ liệu",
            submitted_by: "Bộ Công an",
            summary: "",
            questions: &["Giao một đầu mối", "Chuyển tiếp 24 tháng"],
            papers: &[(pdf, "Tờ trình")],
            ordered_on: "2026-05-30",
            working_days: 2,
        })
        .await
        .unwrap();
    for member in &org.members {
        until("the form and its paper arrived", async || {
            let view = call(member, "form", json!({"form": id})).await;
            Ok(view.is_ok_and(|v| v["phase"] == "issued" && v["papers"][0]["here"] == 1.0))
        })
        .await
        .unwrap();
    }
    let paper = form(&org.members[0], &id).await["papers"][0]["hash"].as_str().unwrap().to_owned();
    let shape = call(&org.members[0], "paper", json!({"form": id, "paper": paper})).await.unwrap();
    assert_eq!(shape["pages"], json!([[200.0, 300.0]]));
    let png = cabinet_app::uses::pages::page(&org.members[0], &id, &paper, 0, 300).unwrap();
    assert_eq!(&png[1..4], b"PNG");

    org.members[2].set_network_off(true);
    let answer = json!({"form": id, "questions": [says("agree", ""), says("other", "Đề nghị 12 tháng")]});
    call(&org.members[0], "answer", answer).await.unwrap();
    until("a receipt", async || Ok(form(&org.members[0], &id).await["my_answers"][0]["state"] == "received"))
        .await
        .unwrap();

    org.stop_hub().await.unwrap();
    clock.advance(HOUR);
    let answer = json!({"form": id, "questions": [says("disagree", ""), says("agree", "")]});
    call(&org.members[1], "answer", answer.clone()).await.unwrap();
    let offline = form(&org.members[1], &id).await;
    assert_eq!((&offline["my_answers"][0]["state"], &offline["is_unsent"]), (&json!("waiting"), &json!(true)));
    // Locked, it still sends; and the passphrase opens it without any network.
    call(&org.members[1], "lock", Value::Null).await.unwrap();
    assert_eq!(org.members[1].unsent(), 1);
    org.start_hub().await.unwrap();
    until("sent while locked", async || Ok(org.members[1].is_locked() && outbox_answered(&org, 2))).await.unwrap();
    call(&org.members[1], "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap();
    until("received", async || Ok(form(&org.members[1], &id).await["my_answers"][0]["state"] == "received"))
        .await
        .unwrap();

    deadline_passes_without_a_hub(&mut org, &clock, &id).await;
    for app in [&org.officer, &org.members[0], &org.members[1], &org.members[2]] {
        until("the result", async || Ok(!form(app, &id).await["result"].is_null())).await.unwrap();
        let result = form(app, &id).await["result"].clone();
        let counts = |q: &Value| ["agreed", "deemed", "disagreed", "other"].map(|n| q[n].as_u64().unwrap());
        assert_eq!(counts(&result[0]), [1, 1, 1, 0], "{result}");
        assert_eq!(counts(&result[1]), [1, 1, 0, 1], "{result}");
        assert_eq!(result[0]["is_adopted"], true);
    }
    let mine = form(&org.members[1], &id).await["my_answers"].clone();
    assert_eq!(mine.as_array().unwrap().len(), 1, "sent once, though twice handed in: {mine}");
    assert_eq!(mine[0]["state"], "counted");

    until("the result is settled", async || Ok(form(&org.members[2], &id).await["is_settled"] == true)).await.unwrap();
    let record = cabinet_app::uses::export::record(&org.members[2], &id).unwrap();
    let recounted = cabinet_recount::recount(&record, Some(&org.fingerprint)).unwrap();
    assert_eq!((recounted.form_result().unwrap().questions[0].agreed, recounted.is_genuine), (1, true));
    assert!(!cabinet_recount::recount(&record, None).unwrap().is_genuine);
    let mut refused = 0;
    for at in (0..record.len()).step_by(record.len() / 400) {
        let mut altered = record.clone();
        altered[at] ^= 4;
        refused += usize::from(cabinet_recount::recount(&altered, Some(&org.fingerprint)).is_err());
    }
    assert!(refused >= 400, "{refused}");
    if let Some(vectors) = std::env::var_os("VECTORS_DIR") {
        let vectors = std::path::PathBuf::from(vectors);
        std::fs::write(vectors.join("form-v1.ecrec"), &record).unwrap();
        std::fs::write(vectors.join("form-v1.root"), &org.fingerprint).unwrap();
    }
    recover(&org, &id).await;
}

/// The third member has seen no answer. Whoever is out of contact closes nothing, and what they show is no result.
async fn deadline_passes_without_a_hub(org: &mut Org, clock: &TestClock, id: &str) {
    org.stop_hub().await.unwrap();
    org.members[2].set_network_off(false);
    for app in std::iter::once(&org.officer).chain(&org.members) {
        let is_told = async || Ok(call(app, "status", Value::Null).await?["is_online"] == false);
        until_within(Duration::from_secs(5), "the hub's end is noticed at once", is_told).await.unwrap();
    }
    clock.advance(60 * HOUR);
    tokio::time::sleep(Duration::from_secs(2)).await;
    for app in std::iter::once(&org.officer).chain(&org.members) {
        let view = form(app, id).await;
        assert_eq!((&view["phase"], &view["result"]), (&json!("issued"), &Value::Null));
    }
    org.start_hub().await.unwrap();
}

fn outbox_answered(org: &Org, member: usize) -> bool {
    let outbox = org.folder.join(format!("member-{member}/outbox"));
    std::fs::read_dir(outbox).unwrap().any(|f| f.unwrap().path().extension().is_some_and(|e| e == "answer"))
}

/// The printed key opens everything on a new laptop, is replaced, and everybody sees that it was used.
async fn recover(org: &Org, id: &str) {
    let app = App::new(&org.folder.join("recovered"), org.clock.clone());
    app.start();
    let request = |key: &str| json!({"hub": org.setup_line, "fingerprint": org.fingerprint, "recovery_key": key, "passphrase": PASSPHRASE});
    let wrong = "AGE-SECRET-KEY-1QQPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQQZ4X2Z";
    assert!(call(&app, "recover", request(wrong)).await.is_err());
    let recovered = call(&app, "recover", request(&org.recovery_key)).await.unwrap();
    assert_ne!(recovered["recovery_key"].as_str().unwrap(), org.recovery_key);
    until("the recovered laptop reads the form", async || {
        Ok(call(&app, "form", json!({"form": id})).await.is_ok_and(|v| !v["result"].is_null()))
    })
    .await
    .unwrap();
    until("the others see it", async || Ok(call(&org.members[0], "status", Value::Null).await?["recoveries"] == 1))
        .await
        .unwrap();
    // The next printed key opens what the first one did, whoever else is gone.
    let space: SpaceId = id.parse().unwrap();
    let next = |laptop: &mut cabinet_vault::Laptop<_>| {
        let (control, register) = (laptop.control(space)?.unwrap(), laptop.register().unwrap());
        Ok(control.is_granted(control.key(), GranteeV1::Recovery, register.now()))
    };
    until("keys for the next recovery key", async || Ok(org.members[0].with_laptop(|laptop, _| next(laptop))?))
        .await
        .unwrap();
    org.all_sent(&app).await.unwrap();
    [&app, &org.officer].into_iter().for_each(|app| app.set_network_off(true));
    let again = App::new(&org.folder.join("recovered again"), org.clock.clone());
    again.start();
    call(&again, "recover", request(recovered["recovery_key"].as_str().unwrap())).await.unwrap();
    until("the form by the next key", async || {
        Ok(call(&again, "form", json!({"form": id})).await.is_ok_and(|v| !v["result"].is_null()))
    })
    .await
    .unwrap();
    [&app, &org.officer].into_iter().for_each(|app| app.set_network_off(false));
}

/// A laptop that lost the hub in the middle of a sending: what it holds so far is no member's to see in a list.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn form_that_is_approved_and_not_sent_stands_in_its_writers_lists_alone() {
    let folder = tempfile::tempdir().unwrap();
    let org = Org::found(folder.path(), TestClock::at(START_MS).clock(), 2, true).await.unwrap();
    let id = org.write_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    let space: SpaceId = id.parse().unwrap();
    let approve = |laptop: &mut cabinet_vault::Laptop<_>, now_ms: u64| {
        cabinet_work::forms::approve_form(laptop, space, "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ", now_ms)?;
        let content = laptop.form_with_pending(space)?.content.clone().unwrap();
        let members = content.asked.iter().copied().map(cabinet_work::forms::ledger_person).collect();
        laptop.sign(NewEntry::control(Some(space), &ControlV1::MembersAdded { members }), now_ms)?;
        laptop.grant_missing(space, now_ms)?;
        Ok(())
    };
    org.officer.with_laptop(|l, now_ms| approve(l, now_ms)).unwrap();
    org.all_sent(&org.officer).await.unwrap();
    let member = &org.members[0];
    until("the approval at the member's", async || {
        let phase = member.with_laptop(|l, _| Ok(l.form(space).map(|f| f.phase.clone())?));
        Ok(matches!(phase, Ok(cabinet_domain::FormPhase::Approved)))
    })
    .await
    .unwrap();
    let listed = async |app: &App| {
        let home = call(app, "home", Value::Null).await.unwrap();
        ["to_answer", "others"].iter().map(|list| home[list].as_array().unwrap().len()).sum::<usize>()
    };
    assert_eq!((listed(member).await, listed(&org.officer).await), (0, 1));
    let send = json!({"form": id, "approved_by": "", "working_days": 3});
    call(&org.officer, "send_form", send).await.unwrap();
    until("the form", async || Ok(listed(member).await == 1)).await.unwrap();
}

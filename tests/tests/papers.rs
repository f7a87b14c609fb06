//! What others say of a paper changes it for nobody.

use crate::path::small_pdf;
use cabinet_domain::FormContent;
use cabinet_ledger::SpaceId;
use cabinet_work::forms;
use ecabinet_tests::org::*;
use serde_json::json;

/// Enough that the hub would come upon one of them first, whatever their ids are.
const DRAFTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn second_secretary_who_names_a_paper_with_another_size_hides_it_from_nobody_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let (_, other) = org.enrol("Vụ trưởng", "VT", &["secretary"]).await.unwrap();
    let pdf = folder.path().join("To trinh.pdf");
    std::fs::write(&pdf, small_pdf("Xin chao")).unwrap();
    // Drafted where no hub is reached: who claims it first is the other.
    org.stop_hub().await.unwrap();
    let papers = &[(pdf, "Tờ trình")];
    let id = org.write_form(FormDraft { papers, ..FormDraft::plain("1/PLYK", "2026-05-30") }).await.unwrap();
    let space: SpaceId = id.parse().unwrap();
    let drafted = org.officer.with_laptop(|l, _| Ok(l.form_with_pending(space)?.content.clone().unwrap())).unwrap();
    let claimed = |n: usize| {
        let papers = drafted.papers.iter().map(|p| cabinet_domain::Paper { size_bytes: 1, ..p.clone() });
        FormContent { number: format!("{n}/PLYK"), papers: papers.collect(), ..drafted.clone() }
    };
    for n in 2..2 + DRAFTS {
        other.with_laptop(|l, now| Ok(forms::draft_form(l, None, claimed(n), None, now)?)).unwrap();
    }
    org.start_hub().await.unwrap();
    org.all_sent(&other).await.unwrap();
    let send = json!({"form": id, "approved_by": "Bộ trưởng", "working_days": 3});
    call(&org.officer, "send_form", send).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    let member = org.members[0].clone();
    until("the paper", async || {
        Ok(call(&member, "form", json!({"form": id})).await.is_ok_and(|v| v["papers"][0]["here"] == 1.0))
    })
    .await
    .unwrap();
    let read = json!({"form": id, "paper": drafted.papers[0].hash.to_string()});
    assert_eq!(call(&member, "paper", read).await.unwrap()["pages"].as_array().unwrap().len(), 1);
    // What the other claims and does not have holds up nothing else of theirs.
    call(&other, "add_paper", json!({"path": folder.path().join("To trinh.pdf")})).await.unwrap();
    other.with_laptop(|l, now| Ok(forms::draft_form(l, None, claimed(9), None, now)?)).unwrap();
    org.all_sent(&other).await.unwrap();
    org.stop_hub().await.unwrap();
}

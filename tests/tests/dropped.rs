//! Drafts that nobody got: thrown away they are in no list and in no search, on no laptop; what was sent needs a reason to go.

use ecabinet_tests::org::*;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn drafts_are_thrown_away_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let (_, second) = org.enrol("Thư ký", "TK", &["secretary"]).await.unwrap();
    let officer = &org.officer;
    let text = json!({"form": null, "base": null, "number": "1/PLYK", "title": "Dự thảo lập nhầm", "submitted_by": "Bộ Công an",
        "summary": "", "questions": ["Thông qua"], "papers": [], "ordered_by": "Thủ tướng Chính phủ",
        "ordered_on": "2026-05-30", "asked": org.people});
    let written = call(officer, "write_form", text.clone()).await.unwrap();
    let frame = json!({"title": "Phiên lập nhầm", "kind": "regular", "place": "Phòng họp", "is_online": false,
        "starts_at": START_MS + 3_600_000, "chair": org.people[0], "invited": org.people, "copy_of": null});
    let made = call(officer, "create_session", frame).await.unwrap();
    let listed = async |app| {
        let (home, found) =
            (call(app, "home", Value::Null).await?, call(app, "search", json!({"words": "nhầm"})).await?);
        let count = |v: &Value| v.as_array().map_or(0, Vec::len);
        anyhow::Ok((count(&home["others"]) + count(&home["sessions"]), count(&found)))
    };
    until("both at the second secretary's", async || Ok(listed(&second).await? == (2, 2))).await.unwrap();

    call(&second, "recall_form", json!({"form": written["form"], "reason": ""})).await.unwrap();
    call(&second, "call_off_session", json!({"session": made["session"], "reason": ""})).await.unwrap();
    assert_eq!(listed(&second).await.unwrap(), (0, 0), "where they were thrown away they are gone at once");
    until("both gone at the officer's", async || Ok(listed(officer).await? == (0, 0))).await.unwrap();
    let mut late = text;
    late["form"] = written["form"].clone();
    assert!(call(officer, "write_form", late).await.unwrap_err().to_string().contains("wrong_phase"));

    let sent = org.send_form(FormDraft::plain("2/PLYK", "2026-05-30")).await.unwrap();
    let refused = call(officer, "recall_form", json!({"form": sent, "reason": " "})).await.unwrap_err().to_string();
    assert!(refused.contains("reason_missing"), "{refused}");
}

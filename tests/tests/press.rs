//! What comes out: documents made of what happened, with their fonts inside and their words as they were.

use cabinet_paper::{Worker, WorkerPaths};
use ecabinet_tests::org::*;
use serde_json::json;
use std::path::Path;
use std::process::Command;

const LAW: &str = "Dự án Luật Đầu tư công (sửa đổi)";
const REMARK: &str = "Đề nghị làm rõ thẩm quyền điều chỉnh vốn giữa các chương trình mục tiêu quốc gia.";

/// The words of a PDF, a space between them.
fn words(path: &Path) -> String {
    let mut worker = Worker::start(&WorkerPaths::find().unwrap()).unwrap();
    let pages = worker.open(Box::new(std::fs::read(path).unwrap()), None).unwrap().len();
    let text: Vec<String> = (0..pages as u32).map(|page| worker.text(page).unwrap()).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(path: &Path, expected: &[&str]) {
    let words = words(path);
    for text in expected {
        assert!(words.contains(text), "{} lacks “{text}”:\n{words}", path.display());
    }
    let bytes = std::fs::read(path).unwrap();
    let has = |what: &str| bytes.windows(what.len()).any(|w| w == what.as_bytes());
    assert!(has("pdfaid:part>2<") && has("pdfaid:conformance>B<"), "PDF/A-2b");
    // Where poppler is, a second opinion: every font embedded, and the same words from another reader.
    let fonts = Command::new("pdffonts").arg(path).output();
    assert!(fonts.is_ok() || std::env::var_os("CI").is_none(), "CI has poppler");
    if let Ok(fonts) = fonts {
        let table = String::from_utf8_lossy(&fonts.stdout).into_owned();
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert!(
            !lines.is_empty() && lines.iter().all(|l| l.contains("LiberationSerif") && l.contains(" yes yes yes")),
            "{table}"
        );
        let text = Command::new("pdftotext").args(["-layout"]).arg(path).arg("-").output().unwrap();
        let text = String::from_utf8_lossy(&text.stdout).into_owned();
        assert!(
            text.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") && text.contains("Độc lập - Tự do - Hạnh phúc"),
            "{text}"
        );
    }
}

/// Set by the secretariat it stands on every laptop; a member sets none.
async fn letterhead_is_the_secretariats(org: &Org) {
    let ours = json!({"above": "", "agency": "Ủy ban nhân dân thành phố", "place": "Huế"});
    let theirs = json!({"above": "", "agency": "Bộ khác", "place": "Huế"});
    let nameless = json!({"above": "", "agency": " ", "place": "Huế"});
    assert!(call(&org.officer, "set_letterhead", nameless).await.is_err());
    assert_eq!(call(&org.members[1], "letterhead", json!(null)).await.unwrap()["agency"], "Văn phòng Chính phủ");
    call(&org.officer, "set_letterhead", ours.clone()).await.unwrap();
    assert_eq!(
        call(&org.officer, "letterhead", json!(null)).await.unwrap(),
        ours,
        "where it was set it stands at once"
    );
    assert!(call(&org.members[0], "set_letterhead", theirs).await.unwrap_err().to_string().contains("not_allowed"));
    for app in org.members.iter().chain([&org.officer]) {
        until("the letterhead", async || Ok(call(app, "letterhead", json!(null)).await? == ours)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn documents_say_what_happened_with_their_fonts_inside() {
    let folder = tempfile::tempdir().unwrap();
    let keep = std::env::var_os("PRESS_DIR").map_or(folder.path().to_owned(), std::path::PathBuf::from);
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 3, true).await.unwrap();
    let officer = &org.officer;
    let made = json!({"title": "Phiên họp Chính phủ thường kỳ tháng 5", "kind": "regular", "place": "Phòng họp Chính phủ", "is_online": false,
        "starts_at": START_MS + 3_600_000, "chair": org.people[0], "invited": org.people, "copy_of": null});
    let made = call(officer, "create_session", made).await.unwrap();
    let id = made["session"].as_str().unwrap();
    let list = format!(
        "I. Xây dựng pháp luật\n1. {LAW} (Bộ Tài chính trình)\n2. Nghị định về ứng phó với thiên tai (Bộ Nông nghiệp và Môi trường)\n3. Quy hoạch điện lực (Bộ Công Thương)"
    );
    call(officer, "add_items", json!({"session": id, "text": list, "after": null})).await.unwrap();
    call(officer, "issue_session", json!({"session": id})).await.unwrap();
    call(officer, "open_session", json!({"session": id})).await.unwrap();
    for person in &org.people {
        let mark = json!({"session": id, "act": "mark", "person": person, "presence": "present", "by": ""});
        call(officer, "room", mark).await.unwrap();
    }
    let read = json!({"session": id, "is_draft": false, "version": null, "since": null});
    let view = call(officer, "session", read.clone()).await.unwrap();
    let item = view["items"][1]["id"].clone();
    call(officer, "room", json!({"session": id, "act": "begin_item", "item": item})).await.unwrap();
    let vote = json!({"session": id, "items": [item], "question": format!("Thông qua {LAW}"), "options": [], "is_live": false,
        "without_quorum": null, "repeats": null, "reason": ""});
    call(officer, "open_vote", vote).await.unwrap();
    org.all_sent(officer).await.unwrap();
    let mut vote = json!(null);
    for (n, member) in org.members.iter().enumerate() {
        until("the vote", async || {
            let view = call(member, "session", read.clone()).await;
            vote = view.map_or(json!(null), |v| v["votes"][0]["id"].clone());
            Ok(!vote.is_null())
        })
        .await
        .unwrap();
        let (choice, remark) = if n == 2 { ("other", REMARK) } else { ("yes", "") };
        let ballot = json!({"session": id, "vote": vote, "choice": choice, "remark": remark, "is_reserved": n == 2});
        call(member, "cast_ballot", ballot).await.unwrap();
    }
    until("three ballots", async || Ok(call(officer, "session", read.clone()).await?["votes"][0]["cast"] == 3))
        .await
        .unwrap();
    call(officer, "close_vote", json!({"session": id, "vote": vote})).await.unwrap();
    until("the result", async || Ok(!call(officer, "session", read.clone()).await?["votes"][0]["result"].is_null()))
        .await
        .unwrap();
    let end = json!({"session": id, "act": "end_item", "item": item, "outcome": "concluded", "conclusion": "Giao Bộ Tài chính hoàn thiện, trình ký."});
    call(officer, "room", end).await.unwrap();
    let (last, reason) = (view["items"][3]["id"].clone(), "chờ ý kiến Bộ Công Thương");
    let postponed =
        json!({"session": id, "act": "end_item", "item": last, "outcome": "postponed", "conclusion": reason});
    call(officer, "room", postponed).await.unwrap();
    call(officer, "room", json!({"session": id, "act": "close"})).await.unwrap();

    let print = async |kind: &str, of: &str| {
        let path = keep.join(format!("{kind}.pdf"));
        let request = json!({"id": of, "kind": kind, "vote": vote, "path": path});
        call(officer, "print", request).await.unwrap();
        path
    };
    letterhead_is_the_secretariats(&org).await;
    let title = "Phiên họp Chính phủ thường kỳ tháng 5";
    check(
        &print("agenda", id).await,
        &[
            "ỦY BAN NHÂN DÂN THÀNH PHỐ",
            "Huế, ngày",
            "CHƯƠNG TRÌNH",
            title,
            LAW,
            "Bộ Tài chính",
            "ngày 01 tháng 6 năm 2026",
            "Bản A",
        ],
    );
    let counts = [
        "BIÊN BẢN KIỂM PHIẾU",
        LAW,
        "Tán thành 2",
        "Thông qua",
        "2 phiếu tán thành, cần 2 trên tổng số 3 thành viên",
        REMARK,
        "bảo lưu ý kiến",
    ];
    check(&print("count_sheet", id).await, &counts);
    let minutes = [
        "BIÊN BẢN",
        "Khai mạc lúc 08 giờ 00 phút, ngày 01/06/2026, bế mạc lúc",
        "Thành viên có mặt: 3 trên tổng số 3",
        "I. Xây dựng pháp luật",
        "tán thành 2",
        "Giao Bộ Tài chính hoàn thiện, trình ký.",
        "Chưa xem xét tại phiên họp.",
        "Hoãn sang phiên họp sau: chờ ý kiến Bộ Công Thương",
    ];
    let printed = print("minutes", id).await;
    check(&printed, &minutes);
    assert!(!words(&printed).contains("Kết luận: chờ ý kiến"), "a reason to wait concludes nothing");

    let form = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    for member in &org.members {
        until("the form", async || {
            Ok(call(member, "form", json!({"form": form})).await.is_ok_and(|v| v["may"]["answer"] == true))
        })
        .await
        .unwrap();
        call(member, "answer", json!({"form": form, "questions": [says("agree", "")]})).await.unwrap();
    }
    until("all answers", async || Ok(call(officer, "form", json!({"form": form})).await?["may"]["close"] == true))
        .await
        .unwrap();
    call(officer, "close_form", json!({"form": form})).await.unwrap();
    until("the result", async || Ok(!call(officer, "form", json!({"form": form})).await?["result"].is_null()))
        .await
        .unwrap();
    let result = [
        "KẾT QUẢ LẤY Ý KIẾN THÀNH VIÊN CHÍNH PHỦ",
        "1/PLYK",
        "Đồng ý (đã trả lời) 3",
        "Nghị định 191/2026/NĐ-CP",
        "100,00 %",
    ];
    check(&print("form_result", &form).await, &result);
}

//! The demo organisation: 27 seats named by office, one closed form and one open, made by the app's own commands.

use crate::meeting;
use crate::org::{FormDraft, Org, PASSPHRASE, call, says, system_clock, until};
use anyhow::{Context, Result};
use cabinet_domain::{Millis, vietnam_date};
use cabinet_hub::{Clocks, Serving, serve};
use chrono::{Datelike, Days, Months, NaiveDate};
use serde_json::json;
use std::path::{Path, PathBuf};

const SEATS: usize = 27;
/// What a finished demo has; one of an earlier version is made anew.
const MADE: &str = "forms and a session, 4";

/// Today in Vietnam: what the demo tells is of this month, whenever it is made.
fn today() -> NaiveDate {
    vietnam_date(Millis(system_clock()() as i64))
}

/// Eight items of a real Government in three sections, as a secretary pastes them.
pub fn agenda() -> String {
    let (month, next) = (today().month(), (today() + Months::new(1)).month());
    let year = (today() + Months::new(2)).year();
    format!(
        "I. Xây dựng pháp luật
1. Dự thảo Nghị định về quản lý dữ liệu trong cơ quan nhà nước (Bộ Công an trình)
2. Dự án Luật Đầu tư công sửa đổi (Bộ Tài chính trình)
3. Nghị quyết về cắt giảm điều kiện kinh doanh (Bộ Tư pháp trình)
II. Kinh tế - xã hội
4. Tình hình kinh tế - xã hội tháng {month} và phương hướng tháng {next} (Bộ Tài chính)
5. Đẩy nhanh giải ngân vốn đầu tư công quý IV (Bộ Tài chính)
6. Phương án phân bổ dự phòng ngân sách trung ương (Bộ Tài chính trình)
III. Công tác khác
7. Kế hoạch phòng, chống thiên tai năm {year} (Bộ Nông nghiệp và Môi trường)
8. Công tác tổ chức, cán bộ (Bộ Nội vụ)"
    )
}

/// Makes the demo if it is not there, then serves its hub until it is stopped. Prints `ready` when a window may open.
pub async fn demo(folder: &Path) -> Result<()> {
    let made = std::fs::read_to_string(folder.join("made")).unwrap_or_default();
    if made != MADE {
        let _ = std::fs::remove_dir_all(folder);
        println!("making an organisation of {SEATS} seats…");
        let mut org = Org::found(folder, system_clock(), SEATS, true).await?;
        forms(&org).await?;
        session(&org).await?;
        std::fs::write(folder.join("passphrase"), PASSPHRASE)?;
        std::fs::write(folder.join("recovery-key"), format!("{}\n{}\n", org.recovery_key, org.fingerprint))?;
        org.stop_hub().await?;
        std::fs::write(folder.join("address"), org.address.to_string())?;
        std::fs::write(folder.join("made"), MADE)?;
    }
    let listen = std::fs::read_to_string(folder.join("address"))?.trim().parse()?;
    let serving = Serving {
        data: folder.join("hub"),
        listen,
        clocks: Clocks::moved(system_clock()),
        is_plain: true,
        is_restored: false,
    };
    let _hub = serve(serving).await.context("the demo's hub")?;
    println!("ready on {listen}");
    std::future::pending().await
}

async fn forms(org: &Org) -> Result<()> {
    let papers = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo"));
    let paper = |name: &str| papers.join(name);
    let closed = org
        .send_form(FormDraft {
            number: "130/PLYK",
            title: "Dự thảo Nghị quyết về đẩy nhanh giải ngân vốn đầu tư công quý IV",
            submitted_by: "Bộ Tài chính",
            summary: "Thông qua dự thảo Nghị quyết theo Tờ trình của Bộ Tài chính.",
            questions: &["Thông qua dự thảo Nghị quyết"],
            papers: &[(paper("to-trinh-giai-ngan.pdf"), "Tờ trình 301/TTr-BTC")],
            ordered_on: &(today() - Days::new(13)).to_string(),
            working_days: 3,
        })
        .await?;
    for n in 0..SEATS {
        let answer = match n {
            4 => says("other", "Đề nghị bổ sung giải pháp về vật liệu xây dựng cho các địa phương miền núi."),
            9 | 17 => says("disagree", "Đề nghị giữ nguyên phương án phân bổ đã được duyệt."),
            _ => says("agree", ""),
        };
        answer_as(org, n, &closed, vec![answer]).await?;
    }
    until("all answers arrived", async || {
        let view = call(&org.officer, "form", json!({"form": closed})).await?;
        Ok(view["may"]["close"] == true)
    })
    .await?;
    call(&org.officer, "close_form", json!({"form": closed})).await?;
    until("the result", async || Ok(!call(&org.officer, "form", json!({"form": closed})).await?["result"].is_null()))
        .await?;
    let open = org
        .send_form(FormDraft {
            number: "131/PLYK",
            title: "Dự thảo Nghị định về quản lý dữ liệu trong cơ quan nhà nước",
            submitted_by: "Bộ Công an",
            summary: "Cho ý kiến về hai nội dung còn ý kiến khác nhau của dự thảo Nghị định.",
            questions: &["Giao một đầu mối điều phối dữ liệu", "Thời gian chuyển tiếp 24 tháng"],
            papers: &[
                (paper("to-trinh-du-lieu.pdf"), "Tờ trình 215/TTr-BCA"),
                (paper("du-thao-nghi-dinh-du-lieu.pdf"), "Dự thảo Nghị định"),
                (paper("bao-cao-tham-dinh-ban-quet.pdf"), "Báo cáo thẩm định của Bộ Tư pháp (bản quét)"),
            ],
            ordered_on: &(today() - Days::new(6)).to_string(),
            working_days: 3,
        })
        .await?;
    for n in [3, 9, 11, 15, 18, 20, 22, 24, 25] {
        let second = match n {
            9 => says("disagree", "Thời gian chuyển tiếp quá dài."),
            20 => says("other", "Đồng ý về nguyên tắc, đề nghị loại trừ dữ liệu học bạ số đang thí điểm."),
            _ => says("agree", ""),
        };
        answer_as(org, n, &open, vec![says("agree", ""), second]).await?;
    }
    for member in &org.members {
        org.all_sent(member).await?;
        until("papers arrived", async || {
            let view = call(member, "form", json!({"form": open})).await?;
            Ok(view["papers"].as_array().is_some_and(|p| p.iter().all(|p| p["here"] == 1.0)))
        })
        .await?;
    }
    org.all_sent(&org.officer).await
}

/// A session that was sent: agenda, papers, one item for members only, replies and positions.
async fn session(org: &Org) -> Result<()> {
    let officer = &org.officer;
    let starts_at = system_clock()() + 3_600_000;
    let invited: Vec<&String> = org.people.iter().collect();
    let (title, place) = (format!("Phiên họp Chính phủ thường kỳ tháng {}", today().month()), "Phòng họp Chính phủ");
    let id = &meeting::make(officer, &title, place, starts_at, &invited, &agenda()).await?;
    let view = meeting::draft(officer, id).await?;
    let item = |number: &str| {
        let items = view["items"].as_array().into_iter().flatten();
        items.into_iter().find(|i| i["number"] == number).map(|i| i["id"].clone()).context("an item")
    };
    for (number, minutes) in [("1", 25), ("2", 30), ("3", 15), ("4", 30), ("5", 20), ("6", 15), ("7", 10), ("8", 15)] {
        let edit = json!({"session": id, "item": item(number)?, "field": "minutes", "value": minutes, "on": []});
        call(officer, "edit_session", edit).await?;
    }
    let hidden = json!({"session": id, "item": item("8")?, "field": "audience", "value": "members", "on": []});
    call(officer, "edit_session", hidden).await?;
    let papers = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo"));
    let file =
        |name: &str, number: &str| Ok::<_, anyhow::Error>(json!({"path": papers.join(name), "item": item(number)?}));
    let files = [
        file("to-trinh-du-lieu.pdf", "1")?,
        file("du-thao-nghi-dinh-du-lieu.pdf", "1")?,
        file("bao-cao-tham-dinh-ban-quet.pdf", "1")?,
        file("to-trinh-giai-ngan.pdf", "5")?,
    ];
    call(officer, "file_files", json!({"session": id, "files": files})).await?;
    let titles = [
        ("to-trinh-du-lieu", "Tờ trình 215/TTr-BCA"),
        ("du-thao-nghi-dinh-du-lieu", "Dự thảo Nghị định"),
        ("bao-cao-tham-dinh-ban-quet", "Báo cáo thẩm định của Bộ Tư pháp (bản quét)"),
        ("to-trinh-giai-ngan", "Tờ trình 301/TTr-BTC"),
    ];
    let filed = meeting::draft(officer, id).await?;
    let papers = filed["items"].as_array().into_iter().flatten();
    for paper in papers.flat_map(|i| i["papers"].as_array().into_iter().flatten()) {
        let Some((_, title)) = titles.iter().find(|(name, _)| paper["title"] == *name) else { continue };
        let named = json!({"session": id, "paper": paper["id"], "path": null, "item": null, "title": title,
            "is_withdrawn": false, "copies": null});
        call(officer, "edit_paper", named).await?;
    }
    let note =
        json!({"session": id, "item": item("8")?, "title": "Tờ trình về nhân sự", "marking": "MẬT", "copies": 27});
    call(officer, "note_paper", note).await?;
    call(officer, "issue_session", json!({"session": id})).await?;
    for (n, member) in org.members.iter().enumerate() {
        until("the session arrived", async || Ok(meeting::view(member, id).await.is_ok_and(|v| v["letter"] == "A")))
            .await?;
        // The member of the demo's first window has everything still to do.
        if n == 14 {
            continue;
        }
        let attends = json!({"session": id, "attends": n != 11, "reason": "Công tác nước ngoài", "substitute": "Thứ trưởng Bộ Ngoại giao"});
        call(member, "reply_session", attends).await?;
        for number in ["1", "2", "3", "5", "6", "7"] {
            let (position, reason) = match (n, number) {
                (9 | 20, "1") => ("wish_to_speak", ""),
                (16, "2") => ("objection", "Đề nghị làm rõ thẩm quyền điều chỉnh vốn giữa các chương trình."),
                (6, "6") => ("wish_to_speak", ""),
                _ => ("no_objection", ""),
            };
            let said = json!({"session": id, "item": item(number)?, "position": position, "reason": reason});
            call(member, "position", said).await?;
        }
    }
    for member in &org.members {
        org.all_sent(member).await?;
    }
    org.all_sent(officer).await
}

async fn answer_as(org: &Org, member: usize, form: &str, questions: Vec<serde_json::Value>) -> Result<()> {
    let app = &org.members[member];
    until("the form arrived", async || {
        Ok(call(app, "form", json!({"form": form})).await.is_ok_and(|v| v["may"]["answer"] == true))
    })
    .await?;
    call(app, "answer", json!({"form": form, "questions": questions})).await?;
    Ok(())
}

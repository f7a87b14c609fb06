//! The demo organisation: 27 seats named by office, one closed form and one open, made by the app's own commands.

use crate::org::{FormDraft, Org, PASSPHRASE, call, says, until};
use anyhow::{Context, Result};
use cabinet_app::Clock;
use cabinet_hub::{Serving, serve};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const SEATS: usize = 27;

fn clock() -> Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64))
}

/// Makes the demo if it is not there, then serves its hub until it is stopped. Prints `ready` when a window may open.
pub async fn demo(folder: &Path) -> Result<()> {
    if !folder.join("address").exists() {
        let _ = std::fs::remove_dir_all(folder);
        println!("making an organisation of {SEATS} seats…");
        let mut org = Org::found(folder, clock(), SEATS, true).await?;
        forms(&org).await?;
        std::fs::write(folder.join("passphrase"), PASSPHRASE)?;
        std::fs::write(folder.join("recovery-key"), format!("{}\n{}\n", org.recovery_key, org.fingerprint))?;
        org.stop_hub().await?;
        std::fs::write(folder.join("address"), org.address.to_string())?;
    }
    let listen = std::fs::read_to_string(folder.join("address"))?.trim().parse()?;
    let serving = Serving { data: folder.join("hub"), listen, clock: clock(), is_plain: true, is_restored: false };
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
            ordered_on: "2026-11-09",
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
            ordered_on: "2026-11-16",
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

async fn answer_as(org: &Org, member: usize, form: &str, questions: Vec<serde_json::Value>) -> Result<()> {
    let app = &org.members[member];
    until("the form arrived", async || {
        Ok(call(app, "form", json!({"form": form})).await.is_ok_and(|v| v["may"]["answer"] == true))
    })
    .await?;
    call(app, "answer", json!({"form": form, "questions": questions})).await?;
    Ok(())
}

//! The real half year: 143 forms to 27 members from 2019-06-24, over real HTTP with 27 vaults, under a clock of its own, with answers
//! changed and the hub killed on the way.

use crate::chance::Chance;
use crate::oracle::{Outcome, Said, outcome};
use crate::org::{FormDraft, Org, TestClock, call, says, until};
use anyhow::{Context, Result};
use cabinet_recount::recount;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Monday 2019-06-24, 08:00 in Vietnam.
const START_MS: u64 = 1_561_338_000_000;
const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
const SEATS: usize = 27;
/// The real number of forms.
pub const FORMS: usize = 143;

/// Replays the first `forms` forms. With `silence`, some members don't answer, and forms close at their deadline.
pub async fn replay(forms: usize, silence: bool) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let clock = TestClock::at(START_MS);
    let began = Instant::now();
    let mut org = Org::found(folder.path(), clock.clock(), SEATS, true).await?;
    println!("{SEATS} laptops enrolled after {:.1} s", began.elapsed().as_secs_f32());
    let mut chance = Chance::new(2019);
    let (mut counted, mut double, mut lost, mut recounts, mut receipts) = (0, 0, 0, 0, Vec::new());
    for n in 0..forms {
        // 143 forms over the half year; weekends are skipped by the calendar, forms go out on its working days.
        clock.set(working_morning(START_MS + (n * 184 / FORMS) as u64 * DAY));
        if n % 20 == 10 {
            org.stop_hub().await?;
            org.start_hub().await?;
        }
        let id = send(&org, n).await?;
        let said = answers(&org, &id, &mut chance, silence, &mut receipts).await?;
        if !silence {
            call(&org.officer, "close_form", json!({"form": id})).await?;
        } else {
            let deadline = form(&org, &id).await?["deadline"].as_u64().context("a deadline")?;
            clock.set(deadline + 60_000);
        }
        let result_there = async || Ok(form(&org, &id).await?["may"]["export"] == true);
        if let Err(error) = until("the result", result_there).await {
            let view = form(&org, &id).await?;
            anyhow::bail!("{error}: form {n} is {} with {}", view["phase"], view["refusals"]);
        }
        let expected = outcome(&said, Some(0), true);
        let view = form(&org, &id).await?;
        let got = result(&view["result"][0]);
        let answered = said.iter().filter(|s| !matches!(s, Said::Silent | Said::NotAsked)).count() as u32;
        let shown = got.agreed + got.disagreed + got.other;
        counted += shown;
        lost += answered.saturating_sub(shown);
        double += shown.saturating_sub(answered);
        let record = cabinet_app::uses::export::record(&org.officer, &id)?;
        let again = recount(&record, Some(&org.fingerprint))?;
        let q = &again.result.questions[0];
        let equal = (q.agreed, q.deemed, q.disagreed, q.other)
            == (expected.agreed, expected.deemed, expected.disagreed, expected.other);
        recounts += usize::from(equal && got == expected && again.result.rule_set == "nd138-2016");
    }
    receipts.sort_unstable();
    let p95 = receipts.get(receipts.len() * 95 / 100).copied().unwrap_or_default();
    let bytes = folder_bytes(&folder.path().join("hub"))?;
    println!(
        "{:.0} s; {bytes} bytes on the hub; 95th percentile from signing to receipt {} ms",
        began.elapsed().as_secs_f32(),
        p95.as_millis()
    );
    println!("{forms} forms, {counted} answers counted, {lost} lost, {double} double, {recounts} recounts equal");
    Ok(lost == 0 && double == 0 && recounts == forms)
}

/// 09:00 of the first working day from a time on.
fn working_morning(from: u64) -> u64 {
    let calendar = cabinet_domain::Calendar::shipped();
    let mut day = cabinet_domain::vietnam_date(cabinet_domain::Millis(from as i64));
    while calendar.is_working_day(day) != Ok(true) {
        day = day.succ_opt().unwrap();
    }
    cabinet_domain::vietnam_instant(day, 9).0 as u64
}

async fn send(org: &Org, n: usize) -> Result<String> {
    let (number, title) = (format!("{}/PLYK", n + 1), format!("Phiếu lấy ý kiến số {} năm 2019", n + 1));
    let draft = FormDraft {
        number: &number,
        title: &title,
        submitted_by: "Văn phòng Chính phủ",
        summary: "",
        questions: &["Thông qua"],
        papers: &[],
        ordered_on: "2019-06-24",
        working_days: 3,
    };
    org.send_form(draft).await
}

/// All members answer at once; every fifth changes the answer. Returns what each said last.
async fn answers(
    org: &Org,
    id: &str,
    chance: &mut Chance,
    silence: bool,
    receipts: &mut Vec<Duration>,
) -> Result<Vec<Said>> {
    let mut said = Vec::new();
    let mut tasks = Vec::new();
    for (n, app) in org.members.iter().enumerate() {
        let choice = *chance.pick(&[Said::Yes, Said::Yes, Said::Yes, Said::No, Said::Other]);
        let choice = if silence && chance.percent(40) { Said::Silent } else { choice };
        said.push(choice);
        if choice == Said::Silent {
            continue;
        }
        let (app, id) = (app.clone(), id.to_owned());
        tasks.push(async move {
            until("the form arrived", async || {
                Ok(call(&app, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true))
            })
            .await?;
            if n % 5 == 0 {
                call(&app, "answer", json!({"form": id, "questions": [says("disagree", "Xem lại")]})).await?;
            }
            let began = Instant::now();
            let last = match choice {
                Said::Yes => says("agree", ""),
                Said::No => says("disagree", ""),
                _ => says("other", "Đề nghị chỉnh sửa"),
            };
            call(&app, "answer", json!({"form": id, "questions": [last]})).await?;
            until("a receipt", async || Ok(app.unsent() == 0)).await?;
            anyhow::Ok(began.elapsed())
        });
    }
    for took in join_all(tasks).await {
        receipts.push(took?);
    }
    let count = said.iter().filter(|s| **s != Said::Silent).count();
    until("all answers at the secretariat", async || {
        let view = form(org, id).await?;
        let seats = view["seats"].as_array().context("seats")?;
        Ok(seats.iter().filter(|s| !s["answered_at"].is_null()).count() == count && view["may"]["run"] == true)
    })
    .await?;
    Ok(said)
}

async fn form(org: &Org, id: &str) -> Result<Value> {
    call(&org.officer, "form", json!({"form": id})).await
}

fn result(q: &Value) -> Outcome {
    let count = |name: &str| q[name].as_u64().unwrap_or(0) as u32;
    Outcome {
        agreed: count("agreed"),
        deemed: count("deemed"),
        disagreed: count("disagreed"),
        other: count("other"),
        adopted: q["is_adopted"] == true,
    }
}

fn folder_bytes(folder: &std::path::Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.path().is_dir() { folder_bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

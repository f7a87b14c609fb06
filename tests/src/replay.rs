//! The real half year: 143 forms to 27 members from 2019-06-24, over real HTTP with 27 vaults, under a clock of its own, with answers
//! changed, resent, and the hub going away in the middle of them. Papers have their true sizes; three laptops fetch them all. The year's
//! sessions are held in between.

mod ballots;
mod hall;
mod room;
mod sessions;
mod windows;

pub use hall::hall;
pub use room::room;

use crate::org::{FormDraft, Org, TestClock, call, post, says, until, until_told};
use anyhow::{Context, Result};
use cabinet_app::App;
use cabinet_ledger::wire::{AppendV1, AppendedAllV1, AppendedV1, AppendsV1, StampedV1};
use cabinet_ledger::{RecordV1, decode, limits};
use cabinet_recount::recount;
use ecabinet_sim::chance::Chance;
use ecabinet_sim::oracle::{Outcome, Said, outcome};
use futures_util::future::join_all;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};
use std::path::Path;
use std::time::{Duration, Instant};

/// Monday 2019-06-24, 08:00 in Vietnam.
const START_MS: u64 = 1_561_338_000_000;
const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;
const SEATS: usize = 27;
/// The real number of forms.
pub const FORMS: usize = 143;

/// Papers of a form, beside one small one that everybody fetches; their sizes are the year's: 0.5 to 1.6 MB.
const PAPERS: std::ops::RangeInclusive<u64> = 4..=7;
const PAPER_BYTES: std::ops::Range<u64> = 500_000..1_600_000;
/// How many laptops fetch everything.
const FETCHING: usize = 3;
/// What the others fetch by themselves.
const SMALL_BYTES: u64 = 50_000;
/// Altered records that the recount must refuse; one more is forged under another root.
const ALTERED: usize = 999;

/// Replays the first `forms` forms. With `silence`, some members don't answer, and forms close at their deadline.
pub async fn replay(forms: usize, silence: bool) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let clock = TestClock::at(START_MS);
    let began = Instant::now();
    let mut org = Org::found(folder.path(), clock.clock(), SEATS, true).await?;
    println!("{SEATS} laptops enrolled after {:.1} s", began.elapsed().as_secs_f32());
    org.members.iter().skip(FETCHING).for_each(|m| m.fetch_papers_up_to(SMALL_BYTES));
    let mut chance = Chance::new(2019);
    let (mut resent, mut record) = (0, Vec::new());
    let (mut counted, mut double, mut lost, mut recounts, mut receipts) = (0, 0, 0, 0, Vec::new());
    let mut held = sessions::Held::default();
    let mut spent = Spent::default();
    for n in 0..forms {
        // 143 forms over the half year; weekends are skipped by the calendar, forms go out on its working days.
        clock.set(working_morning(START_MS + (n * 184 / FORMS) as u64 * DAY));
        // The first session is on the first day, the others follow at even distances.
        if n * sessions::SESSIONS / FORMS >= held.sessions {
            let number = held.sessions;
            sessions::hold(&org, number, clock.now(), &mut Chance::new(number as u64), &mut held).await?;
            spent.on("sessions held");
        }
        let id = send(&org, n, folder.path(), &mut chance).await?;
        spent.on("forms sent with their papers");
        let answering = answers(org.officer.clone(), org.members.clone(), id.clone(), chance.clone(), silence);
        let hub_goes = async {
            if n % 20 == 10 {
                // In the middle of the answers.
                tokio::time::sleep(Duration::from_millis(50)).await;
                org.stop_hub().await?;
                org.start_hub().await?;
            }
            anyhow::Ok(())
        };
        let (answered, went) = tokio::join!(answering, hub_goes);
        went?;
        let (said, took, next) = answered?;
        (chance, receipts) = (next, [receipts, took].concat());
        spent.on("forms answered");
        resent += resend(&org, &id).await?;
        spent.on("entries resent");
        if !silence {
            call(&org.officer, "close_form", json!({"form": id})).await?;
        } else {
            let deadline = form(&org, &id).await?["deadline"].as_u64().context("a deadline")?;
            clock.set(deadline + 60_000);
        }
        let result_there = async || Ok(form(&org, &id).await?["is_settled"] == true);
        if let Err(error) = until_told(&org.officer, "the result", result_there).await {
            let view = form(&org, &id).await?;
            anyhow::bail!("{error}: form {n} is {} with {}", view["phase"], view["returned"]);
        }
        spent.on("results fixed");
        let expected = outcome(&said, Some(0), true);
        let view = form(&org, &id).await?;
        let got = result(&view["result"][0]);
        let answered = said.iter().filter(|s| !matches!(s, Said::Silent | Said::NotAsked)).count() as u32;
        let shown = got.agreed + got.disagreed + got.other;
        counted += shown;
        lost += answered.saturating_sub(shown);
        double += shown.saturating_sub(answered);
        record = cabinet_app::uses::export::record(&org.officer, &id)?;
        let again = recount(&record, Some(&org.fingerprint)).with_context(|| {
            let kept = std::env::temp_dir().join("replay.ecrec");
            let _ = std::fs::write(&kept, &record);
            format!("form {n}, kept as {}", kept.display())
        })?;
        let again = again.form_result().context("the record of a form")?;
        let q = &again.questions[0];
        let equal = (q.agreed, q.deemed, q.disagreed, q.other)
            == (expected.agreed, expected.deemed, expected.disagreed, expected.other);
        recounts += usize::from(equal && got == expected && again.rule_set == "nd138-2016");
        spent.on("results recounted");
    }
    papers_here(&org).await?;
    spent.on("papers fetched");
    let refused = altered(&org, &record, folder.path()).await?;
    spent.on("records altered");
    receipts.sort_unstable();
    let p95 = receipts.get(receipts.len() * 95 / 100).copied().unwrap_or_default();
    let bytes = folder_bytes(&folder.path().join("hub"))?;
    println!(
        "{:.0} s; {bytes} bytes on the hub; 95th percentile from signing to receipt {} ms",
        began.elapsed().as_secs_f32(),
        p95.as_millis()
    );
    println!("of it {spent}");
    println!("{resent} entries resent, {} altered or forged records, {refused} refused", ALTERED + 1);
    println!(
        "{} sessions, {} votes, {} ballots counted, all equal to the oracle and recounted",
        held.sessions, held.votes, held.ballots
    );
    println!("{forms} forms, {counted} answers counted, {lost} lost, {double} double, {recounts} recounts equal");
    Ok(lost == 0 && double == 0 && recounts == forms && refused == ALTERED + 1)
}

/// Where the time went.
struct Spent {
    since: Instant,
    on: BTreeMap<&'static str, Duration>,
}

impl Default for Spent {
    fn default() -> Self {
        Spent { since: Instant::now(), on: BTreeMap::new() }
    }
}

impl Spent {
    /// What went by since the last time.
    fn on(&mut self, what: &'static str) {
        *self.on.entry(what).or_default() += self.since.elapsed();
        self.since = Instant::now();
    }
}

impl Display for Spent {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let all: Vec<String> =
            self.on.iter().map(|(what, took)| format!("{what} {:.0} s", took.as_secs_f32())).collect();
        f.write_str(&all.join(", "))
    }
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

async fn send(org: &Org, n: usize, folder: &Path, chance: &mut Chance) -> Result<String> {
    let (number, title) = (format!("{}/PLYK", n + 1), format!("Phiếu lấy ý kiến số {} năm 2019", n + 1));
    let mut papers = Vec::new();
    let count = PAPERS.start() + chance.below(PAPERS.end() - PAPERS.start() + 1);
    for k in 0..=count {
        let path = folder.join(format!("paper-{n}-{k}.pdf"));
        let bytes = if k == 0 { 2_000 } else { PAPER_BYTES.start + chance.below(PAPER_BYTES.end - PAPER_BYTES.start) };
        std::fs::write(&path, pdf(bytes as usize, chance))?;
        papers.push((path, "Tài liệu"));
    }
    let draft = FormDraft {
        number: &number,
        title: &title,
        submitted_by: "Văn phòng Chính phủ",
        summary: "",
        questions: &["Thông qua"],
        papers: &papers,
        ordered_on: "2019-06-24",
        working_days: 3,
    };
    let sent = org.send_form(draft).await;
    papers.iter().try_for_each(|(path, _)| std::fs::remove_file(path))?;
    sent
}

/// One page with a picture of noise: a scan of that size.
fn pdf(bytes: usize, chance: &mut Chance) -> Vec<u8> {
    let noise: Vec<u8> = (0..bytes.div_ceil(8)).flat_map(|_| chance.draw().to_le_bytes()).take(bytes).collect();
    let mut out = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
        2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
        3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n"
        .to_vec();
    out.extend(format!("4 0 obj\n<< /Length {bytes} >>\nstream\n").bytes());
    out.extend(noise);
    out.extend(b"\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n");
    out
}

/// Hands every entry of a form in once more, as a laptop does that missed its receipt: the answer must be the same stamp.
async fn resend(org: &Org, id: &str) -> Result<usize> {
    let record: RecordV1 = decode(&cabinet_app::uses::export::record(&org.officer, id)?)?;
    let address = org.address;
    tokio::task::spawn_blocking(move || {
        // A quarter of what one request may hold: an issue with its papers is larger than an answer.
        for some in record.entries.chunks(limits::APPENDS_MAX / 4) {
            let again = |stamped: &StampedV1| AppendV1 { entry: stamped.entry.clone(), earlier: None };
            let appends = AppendsV1 { entries: some.iter().map(again).collect() };
            let answered: AppendedAllV1 = decode(&post(address, "/v1/entries", &cabinet_ledger::encode(&appends))?)?;
            let same: Vec<_> = some.iter().map(|stamped| AppendedV1::Stamped(stamped.stamp.clone())).collect();
            anyhow::ensure!(answered.answers == same, "a resent entry got another answer");
        }
        Ok(record.entries.len())
    })
    .await?
}

/// How many of the altered records, and of one that another organisation forged, the recount refuses.
async fn altered(org: &Org, record: &[u8], folder: &Path) -> Result<usize> {
    let is_refused = |bytes: &[u8]| !recount(bytes, Some(&org.fingerprint)).is_ok_and(|r| r.is_genuine);
    anyhow::ensure!(!is_refused(record), "the record itself is genuine");
    let refused = (0..ALTERED).into_par_iter().filter(|n| {
        let mut other = record.to_vec();
        other[n * record.len() / ALTERED] ^= 1 << (n % 8);
        is_refused(&other)
    });
    let refused = refused.count();
    let clock = TestClock::at(START_MS + 200 * DAY);
    let forger = Org::found(&folder.join("forger"), clock.clock(), 1, true).await?;
    clock.set(working_morning(clock.now()));
    let form = send(&forger, 0, folder, &mut Chance::new(1)).await?;
    answers(forger.officer.clone(), forger.members.clone(), form.clone(), Chance::new(1), false).await?;
    call(&forger.officer, "close_form", json!({"form": form})).await?;
    until("the forged result", async || {
        Ok(call(&forger.officer, "form", json!({"form": form})).await?["is_settled"] == true)
    })
    .await?;
    let forged = cabinet_app::uses::export::record(&forger.officer, &form)?;
    anyhow::ensure!(recount(&forged, None).is_ok(), "the forged record is whole in itself");
    Ok(refused + usize::from(is_refused(&forged)))
}

/// The three that fetch everything have everything.
async fn papers_here(org: &Org) -> Result<()> {
    for member in &org.members[..FETCHING] {
        until("all papers of true size", async || {
            let home = call(member, "home", Value::Null).await?;
            for item in home["others"].as_array().context("a list")? {
                let view = call(member, "form", json!({"form": item["id"]})).await?;
                if view["papers"].as_array().context("papers")?.iter().any(|p| p["here"] != 1.0) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await?;
    }
    Ok(())
}

/// All members answer at once; every fifth changes the answer. Returns what each said last, and how long each
/// waited for the receipt.
async fn answers(
    officer: App,
    members: Vec<App>,
    id: String,
    mut chance: Chance,
    silence: bool,
) -> Result<(Vec<Said>, Vec<Duration>, Chance)> {
    let (mut said, mut receipts) = (Vec::new(), Vec::new());
    let mut tasks = Vec::new();
    for (n, app) in members.iter().enumerate() {
        let choice = *chance.pick(&[Said::Yes, Said::Yes, Said::Yes, Said::No, Said::Other]);
        let choice = if silence && chance.percent(40) { Said::Silent } else { choice };
        said.push(choice);
        if choice == Said::Silent {
            continue;
        }
        let (app, id) = (app.clone(), id.clone());
        tasks.push(async move {
            until_told(&app, "the form arrived", async || {
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
            until_told(&app, "a receipt", async || Ok(app.unsent() == 0)).await?;
            anyhow::Ok(began.elapsed())
        });
    }
    for took in join_all(tasks).await {
        receipts.push(took?);
    }
    let count = said.iter().filter(|s| **s != Said::Silent).count();
    until_told(&officer, "all answers at the secretariat", async || {
        let view = call(&officer, "form", json!({"form": id})).await?;
        let seats = view["seats"].as_array().context("seats")?;
        Ok(seats.iter().filter(|s| !s["answered_at"].is_null()).count() == count && view["may"]["run"] == true)
    })
    .await?;
    Ok((said, receipts, chance))
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

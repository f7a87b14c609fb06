//! The first minute: 27 members and 30 guests open the same 20 papers, then 27 votes come within five seconds. App cores without windows in
//! this process, whose own share of the processor stands beside the figures; three of the guests have real windows.

use super::ballots::{Share, report, vote};
use super::windows::Windows;
use crate::e2e::{HubProcess, Tools};
use crate::meeting::{self, view as read};
use crate::org::{Org, call, system_clock, until};
use anyhow::{Context, Result, ensure};
use cabinet_app::App;
use cabinet_ledger::SpaceId;
use cabinet_vault::Store;
use ecabinet_sim::chance::Chance;
use futures_util::future::try_join_all;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

const MEMBERS: usize = 27;
/// Without a window; three more have one.
const GUESTS: usize = 27;
const PAPERS: usize = 20;
/// Bytes of one paper: the median packet's files are smaller, its 90th percentile larger.
const PAPER_BYTES: std::ops::Range<u64> = 300_000..1_500_000;
/// Within which the papers are to be open everywhere.
const MINUTE: Duration = Duration::from_secs(60);
const VOTING: Duration = Duration::from_secs(5);

/// Plays it and prints what it took. Fails where something is lost, not where it is slow: that depends on the machine.
pub async fn room(tools: &Tools) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let hub = HubProcess::start(&tools.bin, &folder.path().join("hub"))?;
    let org = Org::found_on(folder.path(), system_clock(), MEMBERS, &hub.setup_line).await?;
    let mut guests = Vec::new();
    for n in 0..GUESTS {
        guests.push(org.enrol("Khách mời", &format!("KM {n}"), &["guest"]).await?);
    }
    let (windows, in_windows) = Windows::open(tools, &org).await?;
    println!("{} laptops enrolled, {} of them with a window", MEMBERS + GUESTS + in_windows.len(), in_windows.len());
    let invited: Vec<&String> = org.people.iter().chain(guests.iter().map(|(id, _)| id)).chain(&in_windows).collect();
    let list: String = (1..=PAPERS).map(|i| format!("{i}. Nội dung {i}\n")).collect();
    let id = meeting::make(&org.officer, "Phiên họp", "", system_clock()(), &invited, &list).await?;
    file(&org, &id, folder.path()).await?;

    let laptops: Vec<&App> = org.members.iter().chain(guests.iter().map(|(_, app)| app)).collect();
    let (share, began) = (Share::begin()?, Instant::now());
    call(&org.officer, "issue_session", json!({"session": id})).await?;
    let opened = try_join_all(laptops.iter().map(|app| open_all(app, &id, began))).await?;
    let mut times: Vec<Duration> = opened.into_iter().flatten().collect();
    let took = began.elapsed();
    report("paper sent to its first page drawn", &mut times);
    let share = share.of_a_core(took)?;
    let verdict = if took <= MINUTE { "within" } else { "BEYOND" };
    println!(
        "{} papers opened on {} laptops in {:.1} s, {verdict} one minute; this process used {share}",
        PAPERS,
        laptops.len(),
        took.as_secs_f32()
    );
    weigh(&org.officer, &id)?;
    windows.enter().await?;
    vote(&org, &laptops, &windows, &id, VOTING).await
}

async fn file(org: &Org, id: &str, folder: &Path) -> Result<()> {
    let view = meeting::draft(&org.officer, id).await?;
    let mut chance = Chance::new(57);
    let mut files = Vec::new();
    for n in 0..PAPERS {
        let path = folder.join(format!("{n}.pdf"));
        let bytes = PAPER_BYTES.start + chance.below(PAPER_BYTES.end - PAPER_BYTES.start);
        std::fs::write(&path, super::pdf(bytes as usize, &mut chance))?;
        files.push(json!({"path": path, "item": view["items"][n]["id"]}));
    }
    let unfiled = call(&org.officer, "file_files", json!({"session": id, "files": files})).await?;
    ensure!(unfiled == json!([]), "papers that were not taken: {unfiled}");
    Ok(())
}

/// What the session's space holds once it is sent, agenda, names and keys for everybody, without its papers.
fn weigh(officer: &App, id: &str) -> Result<()> {
    let space: SpaceId = id.parse().ok().context("a space's id")?;
    let entries = officer.with_laptop(|laptop, _| Ok(laptop.store().entries(space, 0)?))?;
    let bytes: usize = entries.iter().map(|row| row.entry.len() + row.stamp.len()).sum();
    let heaviest = entries.iter().map(|row| row.entry.len()).max().unwrap_or(0);
    println!("{} entries of the session with their stamps: {bytes} bytes, the heaviest {heaviest}", entries.len());
    Ok(())
}

/// Opens every paper as soon as the laptop knows of it; how long each took from the sending.
async fn open_all(app: &App, id: &str, began: Instant) -> Result<Vec<Duration>> {
    let mut papers: Vec<String> = Vec::new();
    until("the agenda", async || {
        let Ok(view) = read(app, id).await else { return Ok(false) };
        let items = view["items"].as_array().into_iter().flatten();
        papers = items.filter_map(|i| i["papers"][0]["hash"].as_str().map(str::to_owned)).collect();
        Ok(papers.len() == PAPERS)
    })
    .await?;
    let mut times = Vec::new();
    for paper in papers {
        until("the first page", async || {
            let (app, id, paper) = (app.clone(), id.to_owned(), paper.clone());
            let drawn = tokio::task::spawn_blocking(move || cabinet_app::uses::pages::page(&app, &id, &paper, 0, 800));
            Ok(drawn.await?.is_ok())
        })
        .await?;
        times.push(began.elapsed());
    }
    Ok(times)
}

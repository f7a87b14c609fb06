//! The first minute: 27 members and 30 guests open the same 20 papers, then 27 votes come within five seconds; and a hall whose voters all
//! vote within one. App cores without windows and a hub in one process, over real HTTP; the process's own share of the processor stands
//! beside the figures.

use crate::chance::Chance;
use crate::meeting::{self, view as read};
use crate::org::{Org, TestClock, call, until};
use anyhow::{Context, Result, ensure};
use cabinet_app::App;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::timeout;

const MEMBERS: usize = 27;
const GUESTS: usize = 30;
const PAPERS: usize = 20;
/// Bytes of one paper: the median packet's files are smaller, its 90th percentile larger.
const PAPER_BYTES: std::ops::Range<u64> = 300_000..1_500_000;
const PATIENCE: Duration = Duration::from_secs(300);
/// Within which the papers are to be open everywhere.
const MINUTE: Duration = Duration::from_secs(60);
const VOTING: Duration = Duration::from_secs(5);
/// A hall that votes all at once.
const HALL_VOTING: Duration = Duration::from_secs(1);

/// Plays it and prints what it took. Fails where something is lost, not where it is slow: that depends on the machine.
pub async fn room() -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let clock = TestClock::at(super::START_MS);
    let org = Org::found(folder.path(), clock.clock(), MEMBERS, true).await?;
    let mut guests = Vec::new();
    for n in 0..GUESTS {
        guests.push(org.enrol("Khách mời", &format!("KM {n}"), &["guest"]).await?);
    }
    println!("{} laptops enrolled", MEMBERS + GUESTS);
    let invited: Vec<&String> = org.people.iter().chain(guests.iter().map(|(id, _)| id)).collect();
    let list: String = (1..=PAPERS).map(|i| format!("{i}. Nội dung {i}\n")).collect();
    let id = meeting::make(&org.officer, "Phiên họp", "", clock.now(), &invited, &list).await?;
    file(&org, &id, folder.path()).await?;

    let laptops: Vec<&App> = org.members.iter().chain(guests.iter().map(|(_, app)| app)).collect();
    let (cpu, began) = (cpu_time()?, Instant::now());
    call(&org.officer, "issue_session", json!({"session": id})).await?;
    let opened = try_join_all(laptops.iter().map(|app| open_all(app, &id, began))).await?;
    let mut times: Vec<Duration> = opened.into_iter().flatten().collect();
    let took = began.elapsed();
    report("paper sent to its first page drawn", &mut times);
    let share = 100.0 * (cpu_time()? - cpu).as_secs_f64() / took.as_secs_f64();
    let verdict = if took <= MINUTE { "within" } else { "BEYOND" };
    println!(
        "{} papers opened on {} laptops in {:.1} s, {verdict} one minute; this process used {share:.0} % of a core",
        PAPERS,
        laptops.len(),
        took.as_secs_f32()
    );
    vote(&org, &laptops, &id, VOTING).await
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

/// A vote of all members: their ballots fall within a time, the last view that shows the result ends it.
async fn vote(org: &Org, laptops: &[&App], id: &str, within: Duration) -> Result<bool> {
    let members = org.members.len();
    meeting::open(&org.officer, id, &org.people).await?;
    let item = read(&org.officer, id).await?["items"][0]["id"].clone();
    meeting::open_vote(&org.officer, id, &item, "Thông qua").await?;
    let mut vote = Value::Null;
    for member in &org.members {
        shown(member, async || {
            vote = read(member, id).await?["votes"][0]["id"].clone();
            Ok(!vote.is_null())
        })
        .await?;
    }
    let mut chance = Chance::new(5);
    let (cpu, began) = (cpu_time()?, Instant::now());
    let cast = org.members.iter().map(|member| {
        let (vote, after) = (vote.clone(), Duration::from_millis(chance.below(within.as_millis() as u64)));
        async move {
            tokio::time::sleep(after).await;
            let pressed = Instant::now();
            let ballot = json!({"session": id, "vote": vote, "choice": "yes", "remark": "", "is_reserved": false});
            call(member, "cast_ballot", ballot).await?;
            shown(member, async || Ok(member.unsent() == 0)).await?;
            anyhow::Ok(pressed.elapsed())
        }
    });
    let mut receipts = try_join_all(cast).await?;
    report("ballot from the key to its receipt", &mut receipts);
    shown(&org.officer, async || Ok(read(&org.officer, id).await?["votes"][0]["cast"] == members)).await?;
    let closed = Instant::now();
    call(&org.officer, "close_vote", json!({"session": id, "vote": vote})).await?;
    let mut times = try_join_all(laptops.iter().map(|app| async move {
        shown(app, async || Ok(!read(app, id).await?["votes"][0]["result"].is_null())).await?;
        anyhow::Ok(closed.elapsed())
    }))
    .await?;
    report("closing to the result in a laptop's view", &mut times);
    let share = 100.0 * (cpu_time()? - cpu).as_secs_f64() / began.elapsed().as_secs_f64();
    let result = read(laptops[laptops.len() - 1], id).await?["votes"][0].clone();
    println!(
        "{members} votes within {} s, {} on {} laptops; this process used {share:.0} % of a core",
        within.as_secs(),
        result["result"]["outcome"],
        laptops.len()
    );
    Ok(result["counts"] == json!([["yes", members], ["no", 0], ["other", 0]]))
}

/// So many voters, each with a laptop of their own, who vote within one second.
pub async fn hall(voters: usize) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let clock = TestClock::at(super::START_MS);
    let began = Instant::now();
    let org = Org::found(folder.path(), clock.clock(), voters, true).await?;
    println!("{voters} voters enrolled in {:.0} s", began.elapsed().as_secs_f32());
    let invited: Vec<&String> = org.people.iter().collect();
    let id = meeting::make(&org.officer, "Phiên họp toàn thể", "", clock.now(), &invited, "1. Nội dung").await?;
    call(&org.officer, "issue_session", json!({"session": id})).await?;
    let laptops: Vec<&App> = org.members.iter().collect();
    try_join_all(laptops.iter().map(|app| async { shown(app, async || Ok(read(app, &id).await.is_ok())).await }))
        .await?;
    vote(&org, &laptops, &id, HALL_VOTING).await
}

/// Waits until a laptop shows something, reading its view as a window does: once, and again after each change.
async fn shown(app: &App, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let news = Arc::new(Notify::new());
    let told = news.clone();
    app.set_listener(move |_| told.notify_one());
    while !is_so().await? {
        timeout(PATIENCE, news.notified()).await.context("nothing changes any more")?;
    }
    Ok(())
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_millis();
    println!("{what}: median {} ms, 95th {} ms, 99th {} ms, last {} ms", at(50), at(95), at(99), at(100));
}

/// Processor time of this process and of the drawing processes that it has waited for.
fn cpu_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("a process has a name")?.1.split_whitespace().collect();
    let ticks: u64 = fields[11..15].iter().map(|f| f.parse::<u64>().unwrap_or(0)).sum();
    Ok(Duration::from_millis(ticks * 10))
}

//! A vote with everybody watching: how long from the key to the receipt, and from the closing to the result on each laptop.

use super::windows::Windows;
use crate::meeting::{self, view as read};
use crate::org::{Org, call};
use anyhow::{Context, Result};
use cabinet_app::App;
use ecabinet_sim::chance::Chance;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(300);

/// A vote of all members: their ballots fall within a time, the last view that shows the result ends it. Says whether it came out as cast.
pub async fn vote(org: &Org, laptops: &[&App], windows: &Windows, id: &str, within: Duration) -> Result<bool> {
    let members = org.members.len();
    meeting::open(&org.officer, id, &org.people).await?;
    let item = read(&org.officer, id).await?["items"][0]["id"].clone();
    call(&org.officer, "room", json!({"session": id, "act": "begin_item", "item": item})).await?;
    meeting::open_vote(&org.officer, id, &item, "Thông qua").await?;
    let mut vote = Value::Null;
    for member in &org.members {
        shown(member, async || {
            vote = read(member, id).await?["votes"][0]["id"].clone();
            Ok(!vote.is_null())
        })
        .await?;
    }
    windows.watch().await?;
    let (share, began) = (Share::begin()?, Instant::now());
    cast(&org.members, id, &vote, within).await?;
    shown(&org.officer, async || Ok(read(&org.officer, id).await?["votes"][0]["cast"] == members)).await?;
    println!("all {members} ballots at the secretary's {:.1} s after the first key", began.elapsed().as_secs_f32());
    let closed = Instant::now();
    call(&org.officer, "close_vote", json!({"session": id, "vote": vote})).await?;
    let mut times = try_join_all(laptops.iter().map(|app| async move {
        shown(app, async || Ok(!read(app, id).await?["votes"][0]["result"].is_null())).await?;
        anyhow::Ok(closed.elapsed())
    }))
    .await?;
    report("closing to the result in a laptop's view", &mut times);
    report("closing to the result on a real window's screen", &mut windows.seen(closed).await?);
    let result = read(laptops[laptops.len() - 1], id).await?["votes"][0].clone();
    println!(
        "{members} votes within {} s, {} on {} laptops; the voters' process used {}",
        within.as_secs(),
        result["result"]["outcome"],
        laptops.len(),
        share.of_a_core(began.elapsed())?
    );
    Ok(result["counts"] == json!([["yes", members], ["no", 0], ["other", 0]]))
}

async fn cast(members: &[App], id: &str, vote: &Value, within: Duration) -> Result<()> {
    let mut chance = Chance::new(5);
    let cast = members.iter().map(|member| {
        let after = Duration::from_millis(chance.below(within.as_millis() as u64));
        async move {
            tokio::time::sleep(after).await;
            let pressed = Instant::now();
            let ballot = json!({"session": id, "vote": vote, "choice": "yes", "remark": "", "is_reserved": false});
            call(member, "cast_ballot", ballot).await?;
            shown(member, async || Ok(member.unsent() == 0)).await?;
            anyhow::Ok(pressed.elapsed())
        }
    });
    report("ballot from the key to its receipt", &mut try_join_all(cast).await?);
    Ok(())
}

/// Waits until a laptop shows something, reading its view as a window does: once, and again after each change.
pub async fn shown(app: &App, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let news = Arc::new(Notify::new());
    let told = news.clone();
    app.set_listener(move |_| told.notify_one());
    while !is_so().await? {
        timeout(PATIENCE, news.notified()).await.context("nothing changes any more")?;
    }
    Ok(())
}

/// Median, 95th and 99th percentile, and the last.
pub fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_millis();
    println!("{what}: median {} ms, 95th {} ms, 99th {} ms, last {} ms", at(50), at(95), at(99), at(100));
}

/// How much of the processor this process takes, with the drawing processes that it has waited for: what the figures share it with.
pub struct Share(Duration);

impl Share {
    /// From now on.
    pub fn begin() -> Result<Self> {
        Ok(Share(cpu_time()?))
    }

    /// Since then.
    pub fn of_a_core(&self, elapsed: Duration) -> Result<String> {
        Ok(format!("{:.0} % of a core", 100.0 * (cpu_time()? - self.0).as_secs_f64() / elapsed.as_secs_f64()))
    }
}

fn cpu_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("a process has a name")?.1.split_whitespace().collect();
    let ticks: u64 = fields[11..15].iter().map(|f| f.parse::<u64>().unwrap_or(0)).sum();
    Ok(Duration::from_millis(ticks * 10))
}

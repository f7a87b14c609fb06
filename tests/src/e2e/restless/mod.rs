//! Restless hands at a real window: random but plausible acts by seed, and after each, what the screen says of answers, ballots and drafts
//! equals what the vault holds.

mod hands;
mod held;
mod world;

use super::desk::{Desk, Tools};
use crate::family::{family, pss_kib};
use crate::org::{PASSPHRASE, until_within};
use anyhow::{Context, Result, bail, ensure};
use hands::Kind;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};
use world::{TITLES, World};

const SCREEN: &str = include_str!("screen.js");
/// Until the screen must say what the vault holds: what is typed is kept within a second, and a sync is read again.
const PATIENCE: Duration = Duration::from_secs(15);
/// After so many acts the vault is read from the disk, too.
const DISK_EVERY: usize = 20;
const DISK_TRIES: usize = 4;
/// What is printed of the acts before a fault.
const TRAIL: usize = 25;
/// The program is killed only in the first of so many parts: the memory is watched in one life of it.
const KILLED_IN: usize = 3;
/// How fast the memory may grow, and how long a run must be to tell.
const SLOPE_MAX_MB: f64 = 1.0;
/// What is kept for good, pages and scripts and lists, is all there after one of so many parts.
const WARM_AFTER: usize = 3;
const TELLS_FROM: Duration = Duration::from_secs(20 * 60);

/// What `screen.js` compares in any run, however short, and what else it compares in one of so many acts; or the run proves nothing.
const COMPARED: [&str; 4] = ["form in a list", "answer", "position in the list", "locked"];
const COMPARED_IN_LONG: [&str; 5] = ["change of an answer", "position", "reason", "ballot", "choice in a ballot"];
const ACTS_OF_LONG: usize = 500;

/// How many acts, by which seed, in an organisation of how many seats.
#[derive(Clone, Copy)]
pub struct Plan {
    pub acts: usize,
    pub seed: u64,
    pub seats: usize,
}

pub async fn restless(tools: &Tools, plan: Plan) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut world = World::make(folder.path(), plan.seats).await?;
    let mut desk = Desk::new(tools, "restless", 30, &world.profile).await?;
    let mut run = Run::default();
    let went = run.go(&mut desk, &mut world, plan).await;
    if went.is_err() {
        for act in &run.trail {
            eprintln!("{act}");
        }
        desk.show().await?;
    }
    went
}

/// What was done, and what it cost.
#[derive(Default)]
struct Run {
    trail: VecDeque<String>,
    done: BTreeMap<Kind, usize>,
    /// What others did, where the rules allowed it.
    by_others: BTreeMap<&'static str, usize>,
    compared: BTreeMap<String, usize>,
    unlocked: usize,
    read_from_disk: usize,
    /// Minutes, and MB of the app and of its page's processes.
    memory: Vec<(f64, [f64; 2])>,
}

/// What `screen.js` found.
#[derive(Deserialize, Default)]
struct Found {
    differences: Vec<String>,
    compared: BTreeMap<String, usize>,
    errors: Vec<String>,
}

impl Run {
    async fn go(&mut self, desk: &mut Desk, world: &mut World, plan: Plan) -> Result<()> {
        let mut random = fastrand::Rng::with_seed(plan.seed);
        desk.open().await?;
        self.come_back(desk).await?;
        let began = Instant::now();
        for n in 0..plan.acts {
            let kind = hands::next(&mut random, n, n < plan.acts / KILLED_IN);
            self.act(desk, world, kind, &mut random).await.with_context(|| format!("act {n}, {kind:?}"))?;
            self.settle(desk, world).await.with_context(|| format!("after act {n}, {kind:?}"))?;
            if self.come_back(desk).await? {
                self.settle(desk, world).await.context("unlocked again")?;
            }
            if n % DISK_EVERY == DISK_EVERY - 1 {
                self.read_disk(desk, world).await?;
            }
            if n >= plan.acts / KILLED_IN {
                self.memory.push((began.elapsed().as_secs_f64() / 60.0, memory_mb(desk)?));
            }
        }
        self.finish(desk, world).await?;
        self.report(plan, began.elapsed())
    }

    /// Unlocks what is locked. Returns whether it was.
    async fn come_back(&mut self, desk: &Desk) -> Result<bool> {
        let is_locked = desk.screen().await? == "unlock";
        if is_locked {
            desk.take_keyboard()?;
            desk.unlock(PASSPHRASE).await?;
            desk.until("the vault to open", async |d| Ok(!["unlock", ""].contains(&d.screen().await?.as_str())))
                .await?;
            self.unlocked += 1;
        }
        Ok(is_locked)
    }

    async fn act(&mut self, desk: &mut Desk, world: &mut World, kind: Kind, random: &mut fastrand::Rng) -> Result<()> {
        let mut said = hands::act(desk, kind, random).await?;
        if kind == Kind::Hub {
            said = if world.switch_hub().await? { "comes back" } else { "goes" }.to_owned();
        }
        if kind == Kind::Others {
            // What the rules forbid just then, others don't do.
            said = match world.turn(random).await {
                Ok(what) => {
                    *self.by_others.entry(what).or_default() += 1;
                    what.to_owned()
                }
                Err(error) => format!("{error:#}"),
            };
        }
        *self.done.entry(kind).or_default() += 1;
        if self.trail.len() == TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back(format!("{kind:?}: {said} (on {})", desk.screen().await?));
        Ok(())
    }

    /// Waits until the screen says what the vault holds.
    async fn settle(&mut self, desk: &Desk, world: &World) -> Result<()> {
        let secrets: Vec<&str> = world.forms.iter().map(|(_, title)| title.as_str()).chain(TITLES).collect();
        let mut last = Found::default();
        let waited = until_within(PATIENCE, "the screen to say what the vault holds", async || {
            last = serde_json::from_value(desk.script_with(SCREEN, vec![json!(secrets)]).await?)?;
            ensure!(last.errors.is_empty(), "the page fails: {:?}", last.errors);
            Ok(last.differences.is_empty())
        });
        waited.await.with_context(|| format!("{:#?}", last.differences))?;
        for (what, n) in last.compared {
            *self.compared.entry(what).or_default() += n;
        }
        Ok(())
    }

    /// What the app says is what stands in its files.
    async fn read_disk(&mut self, desk: &Desk, world: &World) -> Result<Value> {
        let mut both = None;
        for _ in 0..DISK_TRIES {
            // Locked between, it says nothing; and it goes on between the two.
            self.come_back(desk).await?;
            let (app, files) = (held::by_app(desk, world).await, held::by_files(desk, world).await?);
            if app.as_ref().is_ok_and(|app| *app == files) {
                self.read_from_disk += 1;
                return Ok(files);
            }
            both = Some((app, files));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        bail!("the app and its files: {both:#?}")
    }

    /// With the hub back everything is sent, and the Office holds what the laptop says that it does.
    async fn finish(&mut self, desk: &Desk, world: &mut World) -> Result<()> {
        self.come_back(desk).await?;
        if world.org.hub.is_none() {
            world.switch_hub().await?;
        }
        world.org.all_sent(&world.org.officer).await?;
        desk.until("everything sent", async |d| {
            let status = d.rpc("status", Value::Null).await?;
            Ok(status["is_online"] == true && status["unsent"] == 0)
        })
        .await?;
        self.settle(desk, world).await?;
        let laptop = self.read_disk(desk, world).await?;
        world.agrees(&laptop).await
    }

    fn report(&self, plan: Plan, took: Duration) -> Result<()> {
        let kinds: Vec<String> = self.done.iter().map(|(kind, n)| format!("{n} × {kind:?}")).collect();
        println!("{} acts by seed {} in {} s: {}", plan.acts, plan.seed, took.as_secs(), kinds.join(", "));
        println!("by others: {:?}", self.by_others);
        println!("compared and the same: {:?}", self.compared);
        println!("unlocked again {} times, read from disk {} times", self.unlocked, self.read_from_disk);
        let in_long = COMPARED_IN_LONG.iter().filter(|_| plan.acts >= ACTS_OF_LONG);
        let missed: Vec<_> =
            COMPARED.iter().chain(in_long).filter(|what| !self.compared.contains_key(**what)).collect();
        ensure!(missed.is_empty(), "never compared: {missed:?}");
        let mut is_steady = true;
        for (n, name) in ["app", "page"].into_iter().enumerate() {
            let points: Vec<(f64, f64)> = self.memory.iter().map(|(at, mb)| (*at, mb[n])).collect();
            let warm = &points[points.len() / WARM_AFTER..];
            let [first, third, last] = [points.first(), warm.first(), points.last()].map(|p| p.map_or(0.0, |p| p.1));
            let slope = slope(warm);
            println!(
                "memory of the {name} in one life: {first:.0} MB, after a third {third:.0} MB, then {last:.0} MB; \
                 {slope:.2} MB a minute in the last two thirds"
            );
            is_steady &= slope < SLOPE_MAX_MB;
        }
        ensure!(took < TELLS_FROM || is_steady, "the memory grows");
        Ok(())
    }
}

/// Of the app, and of the processes of its page.
fn memory_mb(desk: &Desk) -> Result<[f64; 2]> {
    let all = family(desk.process()?.context("the app's process")?);
    let mb = |processes: &[u32]| processes.iter().map(|p| pss_kib(*p)).sum::<u64>() as f64 / 1024.0;
    Ok([mb(&all[..1]), mb(&all[1..])])
}

/// Of the line that fits best: what comes on top in a minute.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len().max(1) as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    let together: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    if spread > 0.0 { together / spread } else { 0.0 }
}

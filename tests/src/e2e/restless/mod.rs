//! Restless hands at a real window: random but plausible acts by seed, and after each, what the screen says of answers, ballots and drafts
//! equals what the vault holds.

mod hands;
mod world;

use super::desk::{Desk, Tools};
use crate::family::{family, pss_kib};
use crate::org::{PASSPHRASE, call, system_clock, until_within};
use anyhow::{Context, Result, bail, ensure};
use cabinet_app::App;
use hands::Kind;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};
use world::{TITLES, World};

const SCREEN: &str = include_str!("screen.js");
/// Until the screen must say what the vault holds: what is typed is kept within a second, and a sync is read again.
const PATIENCE: Duration = Duration::from_secs(15);
/// After so many acts the vault is read from the disk, too.
const DISK_EVERY: usize = 20;
/// What is printed of the acts before a fault.
const TRAIL: usize = 25;
/// The program is killed only in the first of so many parts: the memory is watched in one life of it.
const KILLED_IN: usize = 3;
/// How fast the memory may grow, and how long a run must be to tell.
const SLOPE_MAX_MB: f64 = 1.0;
const TELLS_FROM: Duration = Duration::from_secs(20 * 60);

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
    unlocked: usize,
    read_from_disk: usize,
    /// Minutes, and MB of the app and of its page's processes.
    memory: Vec<(f64, [f64; 2])>,
}

/// What `screen.js` found.
#[derive(Deserialize, Debug)]
struct Found {
    differences: Vec<String>,
    errors: Vec<String>,
}

impl Run {
    async fn go(&mut self, desk: &mut Desk, world: &mut World, plan: Plan) -> Result<()> {
        let mut random = fastrand::Rng::with_seed(plan.seed);
        desk.open().await?;
        hands::unlock(desk).await?;
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
            hands::unlock(desk).await?;
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
            said = world.turn(random).await.map_or_else(|e| format!("{e:#}"), str::to_owned);
        }
        *self.done.entry(kind).or_default() += 1;
        if self.trail.len() == TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back(format!("{kind:?}: {said} (on {})", desk.screen().await?));
        Ok(())
    }

    /// Waits until the screen says what the vault holds.
    async fn settle(&self, desk: &Desk, world: &World) -> Result<()> {
        let secrets: Vec<&str> = world.forms.iter().map(|(_, title)| title.as_str()).chain(TITLES).collect();
        let mut last = None;
        let waited = until_within(PATIENCE, "the screen to say what the vault holds", async || {
            let found: Found = serde_json::from_value(desk.script_with(SCREEN, vec![json!(secrets)]).await?)?;
            ensure!(found.errors.is_empty(), "the page fails: {:?}", found.errors);
            let is_same = found.differences.is_empty();
            last = Some(found.differences);
            Ok(is_same)
        });
        waited.await.with_context(|| format!("{last:#?}"))
    }

    /// What the app says is what stands in its files, read by another one from a copy.
    async fn read_disk(&mut self, desk: &Desk, world: &World) -> Result<Value> {
        let ids =
            json!({"forms": world.forms.iter().map(|(id, _)| id).collect::<Vec<_>>(), "sessions": world.sessions});
        let mut both = (Value::Null, Value::Null);
        for _ in 0..4 {
            // Locked between, it says nothing.
            self.come_back(desk).await?;
            both = (live(desk, &ids).await?, on_disk(desk, &ids).await?);
            if !both.0.is_null() && both.0 == both.1 {
                self.read_from_disk += 1;
                return Ok(both.0);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        bail!("the app says {:#}, its files {:#}", both.0, both.1)
    }

    /// With the hub back everything is sent, and the Office holds what the laptop says that it does.
    async fn finish(&mut self, desk: &Desk, world: &mut World) -> Result<()> {
        self.come_back(desk).await?;
        if world.org.hub.is_none() {
            world.switch_hub().await?;
        }
        world.org.all_sent(&world.org.officer).await?;
        let unsent = "return window.__TAURI_INTERNALS__.invoke('rpc', { name: 'status', arguments: null }) \
                      .then((s) => s.is_online && s.unsent === 0)";
        desk.until("everything sent", async |d| Ok(d.script(unsent).await? == true)).await?;
        self.settle(desk, world).await?;
        let laptop = self.read_disk(desk, world).await?;
        world.agrees(&laptop).await
    }

    fn report(&self, plan: Plan, took: Duration) -> Result<()> {
        let kinds: Vec<String> = self.done.iter().map(|(kind, n)| format!("{n} × {kind:?}")).collect();
        println!("{} acts by seed {} in {} s: {}", plan.acts, plan.seed, took.as_secs(), kinds.join(", "));
        println!(
            "unlocked again {} times, read from disk {} times; 0 differences, 0 dead ends, 0 errors of the page",
            self.unlocked, self.read_from_disk
        );
        let mut is_steady = true;
        for (n, name) in ["app", "page"].into_iter().enumerate() {
            let points: Vec<(f64, f64)> = self.memory.iter().map(|(at, mb)| (*at, mb[n])).collect();
            let (first, last) = (points.first().map_or(0.0, |p| p.1), points.last().map_or(0.0, |p| p.1));
            let slope = slope(&points);
            println!("memory of the {name} in one life: {first:.0} MB, then {last:.0} MB; {slope:.2} MB a minute");
            is_steady &= slope < SLOPE_MAX_MB;
        }
        ensure!(took < TELLS_FROM || is_steady, "the memory grows");
        Ok(())
    }
}

/// What the app behind the window says of these forms and sessions.
async fn live(desk: &Desk, ids: &Value) -> Result<Value> {
    let read = "const [ids] = arguments; \
        const invoke = (name, request) => window.__TAURI_INTERNALS__.invoke('rpc', { name, arguments: request }); \
        const all = async (ids, read) => Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await read(id)]))); \
        const session = (session) => invoke('session', { session, is_draft: false, version: null, since: null }); \
        const kept = (place) => invoke('kept', { place }); \
        return (async () => { const sessions = await all(ids.sessions, session); \
            const votes = Object.values(sessions).flatMap((s) => s.votes.map((v) => `ballot ${v.id}`)); \
            const form = (form) => invoke('form', { form }).catch((e) => { if (e.code !== 'not_found') throw e; return null; }); \
            return { forms: await all(ids.forms, form), sessions, \
                kept: await all([...ids.forms.map((id) => `answer ${id}`), ...votes], kept) }; })().catch(() => null)";
    let read = desk.script_with(read, vec![ids.clone()]).await?;
    Ok(if read.is_null() { Value::Null } else { of_me(&read) })
}

/// The same from a copy of its files, taken while it stood still.
async fn on_disk(desk: &Desk, ids: &Value) -> Result<Value> {
    let copy = tempfile::tempdir()?;
    desk.signal("STOP")?;
    let copied = copy_folder(&desk.profile, copy.path());
    desk.signal("CONT")?;
    copied?;
    let app = App::new(copy.path(), system_clock());
    call(&app, "unlock", json!({"passphrase": PASSPHRASE})).await?;
    let mut read: BTreeMap<&str, Map<String, Value>> =
        BTreeMap::from([("forms", Map::new()), ("sessions", Map::new())]);
    let mut places = Vec::new();
    for id in ids["forms"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        places.push(format!("answer {id}"));
        // One that was sent while there was no hub has not come yet.
        let form = call(&app, "form", json!({"form": id})).await.unwrap_or_default();
        read.entry("forms").or_default().insert(id.to_owned(), form);
    }
    for id in ids["sessions"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let view = crate::meeting::view(&app, id).await?;
        let votes = view["votes"].as_array().into_iter().flatten().filter_map(|v| v["id"].as_str());
        places.extend(votes.map(|vote| format!("ballot {vote}")));
        read.entry("sessions").or_default().insert(id.to_owned(), view);
    }
    let kept = read.entry("kept").or_default();
    for place in places {
        let text = call(&app, "kept", json!({"place": place})).await?;
        kept.insert(place, text);
    }
    Ok(of_me(&json!(read)))
}

/// What is this member's in it: answers, positions, ballots, and what was begun.
fn of_me(read: &Value) -> Value {
    let forms = read["forms"].as_object().into_iter().flatten();
    let forms: Map<String, Value> =
        forms.map(|(id, f)| (id.clone(), json!({"phase": f["phase"], "my_answers": f["my_answers"]}))).collect();
    let sessions = read["sessions"].as_object().into_iter().flatten();
    let part = |view: &Value, list: &str| -> Vec<Value> {
        let all = view[list].as_array().into_iter().flatten();
        all.map(|part| json!({"id": part["id"], "mine": part["mine"]})).collect()
    };
    let sessions: Map<String, Value> = sessions
        .map(|(id, view)| (id.clone(), json!({"items": part(view, "items"), "votes": part(view, "votes")})))
        .collect();
    json!({"forms": forms, "sessions": sessions, "kept": read["kept"]})
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let status = std::process::Command::new("cp").arg("-r").arg(from.join(".")).arg(to).status()?;
    ensure!(status.success(), "{} can't be copied", from.display());
    Ok(())
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

//! Many laptops, one hub, a faulty network and sudden deaths, replayed from a seed: the real domain, ledger, seal, sync, hub core
//! and laptop core, over stores in memory.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop where it stands")]

pub mod chance;
mod checks;
mod insiders;
pub mod oracle;
mod session;
mod session_checks;
mod story;
mod world;

pub use cabinet_fault::Fault;
pub use insiders::run as run_insiders;
pub use world::EVENTS_MAX;
use world::{Faults, World};

use std::collections::BTreeMap;

/// What one seed came to.
pub struct Run {
    pub seed: u64,
    pub failures: Vec<String>,
    /// Hash of acts, deliveries, faults and logical results: equal for equal seeds.
    pub digest: String,
    pub entries: usize,
    /// What it took until nothing moved, or the limit of it.
    pub events: u64,
    /// Faults injected and what was done, by name: a seed that holds no vote proves nothing of votes.
    pub counts: BTreeMap<&'static str, u64>,
}

/// Runs one seed of honest people and faulty machines.
pub fn run(seed: u64) -> Run {
    let mut world = World::new(seed);
    story::play(&mut world);
    world.heal();
    let failures = checks::check(&mut world);
    let mut counts = Faults::KINDS.iter().map(|kind| (*kind, 0)).collect::<BTreeMap<_, _>>();
    counts.extend(&world.faults.0);
    counts.extend(session_checks::held(&world));
    counts.extend(checks::held(&world));
    Run { seed, failures, digest: world.digest(), entries: world.entry_count(), events: world.events(), counts }
}

/// Runs many seeds on all cores.
pub fn run_all(first: u64, count: u64, play: fn(u64) -> Run) -> Vec<Run> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let mut runs: Vec<Run> = std::thread::scope(|scope| {
        let part = |t: u64| {
            move || {
                let seeds = (first + t..first + count).step_by(threads as usize);
                seeds.map(play).collect::<Vec<_>>()
            }
        };
        let handles: Vec<_> = (0..threads).map(|t| scope.spawn(part(t))).collect();
        handles.into_iter().flat_map(|h| h.join().unwrap()).collect()
    });
    runs.sort_by_key(|r| r.seed);
    runs
}

/// Adds up the counts of many runs.
pub fn total(runs: &[Run]) -> BTreeMap<&'static str, u64> {
    let mut sum = BTreeMap::new();
    runs.iter().flat_map(|run| &run.counts).for_each(|(name, count)| *sum.entry(*name).or_default() += count);
    sum
}

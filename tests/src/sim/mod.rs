//! Many laptops, one hub, a faulty network and sudden deaths, replayed from a seed: the real domain, ledger, seal, sync, hub core
//! and laptop core, over stores in memory.

mod checks;
mod session;
mod session_checks;
mod story;
mod world;

pub use world::{Break, Faults, World};

use std::collections::BTreeMap;

/// What one seed came to.
pub struct Run {
    pub seed: u64,
    pub faults: Faults,
    pub failures: Vec<String>,
    /// Hash of acts, deliveries, faults and logical results: equal for equal seeds.
    pub digest: String,
    pub entries: usize,
    /// What was done with forms and in sessions, by name: a seed that holds no vote proves nothing of votes.
    pub held: BTreeMap<&'static str, u64>,
}

/// Runs one seed.
pub fn run(seed: u64, broken: Option<Break>) -> Run {
    let mut world = World::new(seed, broken);
    story::play(&mut world);
    world.heal();
    let failures = checks::check(&mut world);
    let (faults, entries) = (world.faults.clone(), world.entry_count());
    let mut held = session_checks::held(&world);
    held.extend(checks::held(&world));
    Run { seed, faults, failures, digest: world.digest(), entries, held }
}

/// Runs many seeds on all cores.
pub fn run_all(first: u64, count: u64, broken: Option<Break>) -> Vec<Run> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let mut runs: Vec<Run> = std::thread::scope(|scope| {
        let part = |t: u64| {
            move || (first + t..first + count).step_by(threads as usize).map(|s| run(s, broken)).collect::<Vec<_>>()
        };
        let handles: Vec<_> = (0..threads).map(|t| scope.spawn(part(t))).collect();
        handles.into_iter().flat_map(|h| h.join().unwrap()).collect()
    });
    runs.sort_by_key(|r| r.seed);
    runs
}

/// Adds up the faults of many runs.
pub fn total(runs: &[Run]) -> BTreeMap<&'static str, u64> {
    sum(runs.iter().flat_map(|run| &run.faults.0))
}

/// Adds up what was done in many runs.
pub fn total_held(runs: &[Run]) -> BTreeMap<&'static str, u64> {
    sum(runs.iter().flat_map(|run| &run.held))
}

fn sum<'a>(counts: impl Iterator<Item = (&'a &'static str, &'a u64)>) -> BTreeMap<&'static str, u64> {
    let mut sum = BTreeMap::new();
    counts.for_each(|(name, count)| *sum.entry(*name).or_default() += count);
    sum
}

//! `cargo xtask sim` comes here.
#![allow(clippy::unwrap_used, reason = "a command that can't go on should stop where it stands")]

use clap::Parser;
use ecabinet_sim::{self as sim, Fault, Run};
use std::process::ExitCode;
use std::time::Instant;

/// Simulated laptops and a hub under faults, from seeds.
#[derive(Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// With up to three hostile actors in each seed.
    #[arg(long)]
    insiders: bool,
    /// Switch one protection off until that is noticed; a failure, if it is not.
    #[arg(long = "break")]
    broken: Option<String>,
    /// The same with every protection in turn.
    #[arg(long, conflicts_with = "broken")]
    breaks: bool,
    /// Run each seed twice and compare.
    #[arg(long)]
    twice: bool,
    /// How many failures are printed.
    #[arg(long, default_value_t = 20)]
    show: usize,
}

/// From so many seeds on, whatever never happened is a failure: a world in which nobody can act proves nothing. Insiders have a hundred acts
/// to choose from.
const SEEDS_FOR_ALL: u64 = 100;
const SEEDS_FOR_ALL_HOSTILE: u64 = 1_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let play = if arguments.insiders { sim::run_insiders } else { sim::run };
    let all: &[(&str, Fault)] = if arguments.insiders { &Fault::OF_INSIDERS } else { &Fault::OF_CHANCE };
    let broken: Vec<_> =
        all.iter().filter(|(name, _)| arguments.breaks || arguments.broken.as_deref() == Some(*name)).collect();
    let holds = if !broken.is_empty() {
        broken.iter().filter(|(name, fault)| !is_noticed(name, *fault, &arguments, play)).count() == 0
    } else if arguments.broken.is_some() {
        eprintln!(
            "no such protection; there are: {}",
            all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        );
        return ExitCode::from(2);
    } else {
        hold(&arguments, play)
    };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether every seed holds with all protections, and everything happens in some.
fn hold(arguments: &Arguments, play: fn(u64) -> Run) -> bool {
    let began = Instant::now();
    let run = || sim::run_all(arguments.first, arguments.seeds, play);
    let runs = run();
    let mut failed: Vec<String> = runs.iter().filter_map(first_failure).collect();
    if arguments.twice {
        let again = run();
        let differ = runs.iter().zip(&again).filter(|(a, b)| a.digest != b.digest);
        failed.extend(differ.map(|(a, b)| format!("seed {}: replayed to {} and to {}", a.seed, a.digest, b.digest)));
    }
    let counts = sim::total(&runs);
    counts.iter().for_each(|(name, count)| println!("{name:<52} {count}"));
    let idle: Vec<_> = counts.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let enough = if arguments.insiders { SEEDS_FOR_ALL_HOSTILE } else { SEEDS_FOR_ALL };
    if arguments.seeds >= enough && !idle.is_empty() {
        failed.push(format!("never happened: {}", idle.join(", ")));
    }
    failed.iter().take(arguments.show).for_each(|f| println!("FAILED {f}"));
    let entries: usize = runs.iter().map(|r| r.entries).sum();
    println!("{entries} entries, {:.1} s", began.elapsed().as_secs_f32());
    let events = runs.iter().map(|r| r.events).max().unwrap_or(0);
    println!("{events} events at most in a seed, of {} that it may take", sim::EVENTS_MAX);
    println!("{} seeds, {} failures", arguments.seeds, failed.len());
    failed.is_empty()
}

/// Whether some seed fails without a protection; says which, and why.
fn is_noticed(name: &str, fault: Fault, arguments: &Arguments, play: fn(u64) -> Run) -> bool {
    let mut seeds = arguments.first..arguments.first + arguments.seeds;
    let found = seeds.find_map(|seed| first_failure(&cabinet_fault::with(Some(fault), || play(seed))));
    match &found {
        Some(failure) => println!("noticed: {name:<18} {failure}"),
        None => println!("FAILED unnoticed in {} seeds: {name}", arguments.seeds),
    }
    found.is_some()
}

fn first_failure(run: &Run) -> Option<String> {
    let more = run.failures.len().saturating_sub(1);
    run.failures.first().map(|f| format!("seed {}: {f} (and {more} more)", run.seed))
}

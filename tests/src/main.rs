//! The figures: `cargo xtask sim | replay | canary | bench | corpus` come here.
#![allow(clippy::unwrap_used)]

use clap::{Parser, Subcommand};
use ecabinet_tests::e2e::Tools;
use ecabinet_tests::replay;
use ecabinet_tests::sim::{self, Break, Faults};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Simulated laptops and hub under faults, from seeds.
    #[command(after_help = BREAKS)]
    Sim {
        /// How many seeds.
        #[arg(long, default_value_t = 200)]
        seeds: u64,
        /// The first.
        #[arg(long, default_value_t = 1)]
        first: u64,
        /// Switch one protection off.
        #[arg(long = "break")]
        broken: Option<String>,
        /// Run each seed twice and compare.
        #[arg(long)]
        twice: bool,
    },
    /// The story in real windows.
    E2e {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// Where pictures of every screen go.
        #[arg(long)]
        shots: Option<PathBuf>,
    },
    /// A thousand secrets, and the search for them.
    Canary {
        /// A fresh folder; TMPDIR and HOME must lie in it.
        #[arg(long)]
        data: PathBuf,
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// Other secrets.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// The demo organisation, served.
    Demo {
        /// Its folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// The half year from 2019-06-24, over real HTTP.
    Replay {
        /// How many of its 143 forms.
        #[arg(long, default_value_t = replay::FORMS)]
        forms: usize,
        /// Members who don't answer; forms close at their deadline.
        #[arg(long)]
        silence: bool,
    },
    /// The first minute of a session: 57 laptops, 20 papers, 27 votes in five seconds.
    Room {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// Then so many voters within one second, each with a laptop of their own; 0 for none.
        #[arg(long, default_value_t = 500)]
        voters: usize,
    },
    /// Its second half alone.
    Hall {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// How many voters.
        #[arg(long, default_value_t = 500)]
        voters: usize,
    },
    /// Page 1 of every PDF below a folder.
    Corpus {
        /// The folder.
        folder: PathBuf,
    },
    /// Figures beside what they are compared with; fails beyond an aim.
    Bench {
        /// One group: `unlock`, `paper`, `hub` or `start`.
        only: Option<String>,
    },
    /// One file through bare PDFium.
    #[command(hide = true)]
    BarePage { library: PathBuf, file: PathBuf },
}

const BREAKS: &str = "break: dedup
break: ack-before-fsync
break: device-order
break: head-check
break: register-head
break: close-by-entry
break: vote-closing
break: absence
break: named-writes";

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Sim { seeds, first, broken, twice } => simulate(seeds, first, broken.as_deref(), twice),
        Command::Demo { data } => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(ecabinet_tests::demo::demo(&data)).unwrap();
            ExitCode::SUCCESS
        }
        Command::Replay { forms, silence } => finish(replay::replay(forms, silence)),
        Command::Room { driver, voters } => finish(async move {
            let tools = Tools::find(&driver)?;
            let is_right = replay::room(&tools).await?;
            Ok(is_right & (voters == 0 || replay::hall(&tools, voters).await?))
        }),
        Command::Hall { driver, voters } => finish(async move { replay::hall(&Tools::find(&driver)?, voters).await }),
        Command::Canary { data, driver, seed } => finish(ecabinet_tests::canary::canary(&data, &driver, seed)),
        Command::E2e { driver, shots } => {
            finish(async { ecabinet_tests::e2e::run(&driver, shots.as_deref()).await.map(|()| true) })
        }
        Command::Corpus { folder } => match ecabinet_tests::corpus::corpus(&folder).unwrap() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        Command::Bench { only } => match ecabinet_tests::bench::bench(only.as_deref()).unwrap() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        Command::BarePage { library, file } => {
            let drawn = cabinet_paper::BarePdfium::load(&library).and_then(|pdfium| pdfium.first_page(&file, 800));
            match drawn {
                Ok(png) => {
                    println!("{}", blake3::hash(&png).to_hex());
                    ExitCode::SUCCESS
                }
                Err(_) => ExitCode::FAILURE,
            }
        }
    }
}

/// Runs what says whether it held.
fn finish(proof: impl Future<Output = anyhow::Result<bool>>) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match runtime.block_on(proof) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(seeds: u64, first: u64, broken: Option<&str>, twice: bool) -> ExitCode {
    let broken = match broken.map(|name| Break::ALL.iter().find(|(n, _)| *n == name)) {
        Some(None) => {
            eprintln!("no such protection; there are:\n{BREAKS}");
            return ExitCode::from(2);
        }
        Some(Some((_, broken))) => Some(*broken),
        None => None,
    };
    let began = Instant::now();
    let runs = sim::run_all(first, seeds, broken);
    let mut failed: Vec<String> = Vec::new();
    for run in &runs {
        let more = run.failures.len().saturating_sub(1);
        failed.extend(run.failures.first().map(|f| format!("seed {}: {f} (and {more} more)", run.seed)));
    }
    if twice {
        let again = sim::run_all(first, seeds, broken);
        let differ = runs.iter().zip(&again).filter(|(a, b)| a.digest != b.digest);
        failed.extend(differ.map(|(a, b)| format!("seed {}: replayed to {} and to {}", a.seed, a.digest, b.digest)));
    }
    let faults = sim::total(&runs);
    for kind in Faults::KINDS {
        println!("fault: {kind:<24} {}", faults.get(kind).copied().unwrap_or(0));
    }
    let held = sim::total_held(&runs);
    held.iter().for_each(|(name, count)| println!("held: {name:<35} {count}"));
    failed.iter().take(20).for_each(|f| println!("FAILED {f}"));
    let entries: usize = runs.iter().map(|r| r.entries).sum();
    println!("{entries} entries, {:.1} s", began.elapsed().as_secs_f32());
    let has_idle_fault = broken.is_none() && seeds >= 100 && Faults::KINDS.iter().any(|k| !faults.contains_key(k));
    if has_idle_fault {
        println!("FAILED a kind of fault was never injected");
    }
    // Oracle and fold agree on universal silence too: a world in which nobody can act proves nothing.
    let idle: Vec<_> = held.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let is_idle = broken.is_none() && seeds >= 100 && !idle.is_empty();
    if is_idle {
        println!("FAILED never happened: {}", idle.join(", "));
    }
    println!("{seeds} seeds, {} failures", failed.len());
    if failed.is_empty() && !has_idle_fault && !is_idle { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

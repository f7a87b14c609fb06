//! The figures: `cargo xtask replay | canary | bench | corpus` come here.
#![allow(clippy::unwrap_used)]

use clap::{Parser, Subcommand};
use ecabinet_tests::e2e::{self, Tools};
use ecabinet_tests::replay;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The story in real windows.
    E2e {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// Where pictures of every screen go.
        #[arg(long)]
        shots: Option<PathBuf>,
    },
    /// The hall's screen at its fullest, measured.
    HallFull {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// Where its pictures go.
        #[arg(long)]
        shots: Option<PathBuf>,
    },
    /// Vietnamese typed by every input method.
    Typing {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
    },
    /// Random acts at a real window; after each the screen says what the vault holds.
    Hands {
        /// `tauri-driver`.
        #[arg(long)]
        driver: PathBuf,
        /// How many acts.
        #[arg(long, default_value_t = 2_000)]
        acts: usize,
        /// Other acts.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Seats of the organisation.
        #[arg(long, default_value_t = 27)]
        seats: usize,
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
        /// One group: `unlock`, `paper`, `hub`, `ledger` or `start`.
        only: Option<String>,
    },
    /// Hostile clients and files against a hub and an app.
    Attack,
    /// One file through bare PDFium.
    #[command(hide = true)]
    BarePage { library: PathBuf, file: PathBuf },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
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
        Command::Hands { driver, acts, seed, seats } => finish(async move {
            e2e::restless(&Tools::find(&driver)?, e2e::Plan { acts, seed, seats }).await.map(|()| true)
        }),
        Command::Canary { data, driver, seed } => finish(ecabinet_tests::canary::canary(&data, &driver, seed)),
        Command::E2e { driver, shots } => finish(async { e2e::run(&driver, shots.as_deref()).await.map(|()| true) }),
        Command::HallFull { driver, shots } => {
            finish(async move { e2e::hall_full(&Tools::find(&driver)?, shots.as_deref()).await.map(|()| true) })
        }
        Command::Typing { driver } => {
            finish(async { e2e::typing(&Tools::find(&driver)?, &e2e::InputMethod::ALL).await.map(|()| true) })
        }
        Command::Corpus { folder } => match ecabinet_tests::corpus::corpus(&folder).unwrap() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        Command::Bench { only } => match ecabinet_tests::bench::bench(only.as_deref()).unwrap() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        Command::Attack => {
            let bin = std::env::current_exe().unwrap().parent().unwrap().to_owned();
            finish(async move { ecabinet_tests::attack::attack(&bin).await })
        }
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

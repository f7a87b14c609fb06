//! Every developer command. Uses no cabinet crate, since it must run before anything is installed.

mod arrows;
mod crates;
mod demo;
mod fuzz;
mod setup;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

#[derive(Parser)]
#[command(about = "Developer commands of E-Cabinet.")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing: system packages, npm packages, PDFium by its pinned hash.
    Setup,
    /// Open the app on a demo organisation with its own hub.
    Demo {
        /// `secretary` or `member:N`, N from 1 to 27. Without it: the secretary and member 15.
        #[arg(long)]
        seat: Vec<String>,
    },
    /// Set up, then everything that CI runs.
    Test,
    /// Format, lints, arrows, screen types, stale bindings.
    Check,
    /// Format, and mend what lints can mend.
    Fix,
    /// Write the TypeScript types of what crosses to the screen.
    Bindings,
    /// The story in real windows, under Xvfb. `--shots DIR` keeps a picture of every screen.
    E2e {
        /// Where the pictures go.
        #[arg(long)]
        shots: Option<PathBuf>,
    },
    /// Vietnamese typed into the window by every input method: unikey by ibus and by fcitx, bamboo.
    Typing,
    /// Random but plausible acts at a real window in a full house; after each, the screen says what the vault holds. 2,000 of them, or
    /// `--acts N --seed N --seats N`.
    Hands {
        /// See above.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// A thousand secrets through the whole product, then a search of every file that it left.
    Canary,
    /// Hostile clients and files against a hub and an app: each act refused, printed; memory bounded; others' p99 within twice.
    Attack,
    /// libFuzzer over every reader of bytes from outside; prints executions and findings.
    Fuzz {
        /// For each reader.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// One reader, by its corpus in `tests/fuzz/corpus`.
        #[arg(long)]
        reader: Option<String>,
        /// Keep what covers more in the corpus.
        #[arg(long)]
        keep: bool,
    },
    /// Figures beside what they are compared with, in the release profile; fails beyond an aim.
    Bench {
        /// One group: `unlock`, `paper`, `hub` or `start`.
        only: Option<String>,
    },
    /// Laptops and a hub under faults, replayed from seeds. Arguments go through: `--seeds N --first N --break NAME --breaks --twice`.
    Sim {
        /// See `cargo xtask sim -- --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// `2019`: the half year from 2019-06-24 over real HTTP with 27 vaults; `--forms N`, `--silence`. `room`: a session's first minute on 57
    /// laptops, 27 votes in five seconds, then the hall. `hall`: 500 votes in one second. Three laptops have real windows. `--voters N`.
    Replay {
        /// Which: `2019`, `room` or `hall`.
        which: String,
        /// See above.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Open page 1 of every PDF below a folder in the locked process, and in bare PDFium.
    Corpus {
        /// The folder.
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    match run_task(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What went wrong, in words; where in our own code helps nobody who runs a command.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_task(task: Task) -> Result<()> {
    std::env::set_current_dir(root())?;
    match task {
        Task::Setup => setup::everything(),
        Task::Demo { seat } => demo::demo(&seat),
        Task::Test => test(),
        Task::Check => check(),
        Task::Fix => fix(),
        Task::Bindings => bindings("ui/src/bindings"),
        Task::E2e { shots } => {
            setup::everything()?;
            e2e(shots)
        }
        Task::Typing => {
            setup::everything()?;
            setup::packages(&["fcitx5", "fcitx5-frontend-gtk3", "fcitx5-unikey", "fcitx5-bamboo"])?;
            let driver = format!("--driver={}", setup::driver()?.display());
            proofs("debug", &["typing".to_owned(), driver])
        }
        Task::Hands { arguments } => {
            setup::everything()?;
            hands(&arguments)
        }
        Task::Canary => {
            setup::everything()?;
            canary()
        }
        Task::Attack => {
            setup::everything()?;
            proofs("debug", &["attack".to_owned()])
        }
        Task::Fuzz { seconds, reader, keep } => {
            setup::everything()?;
            fuzz::fuzz(seconds, reader.as_deref(), keep)
        }
        Task::Bench { only } => {
            setup::everything()?;
            setup::driver()?;
            setup::packages(&["chromium"])?;
            proofs("release", &[vec!["bench".to_owned()], only.into_iter().collect()].concat())
        }
        Task::Sim { arguments } => {
            run("cargo", &["build", "--release", "--package", "ecabinet-sim"])?;
            sim("release", &arguments)
        }
        Task::Replay { which, arguments } if which == "2019" => {
            proofs("release", &[&["replay".to_owned()], arguments.as_slice()].concat())
        }
        Task::Replay { which, arguments } if which == "room" || which == "hall" => {
            setup::everything()?;
            let driver = format!("--driver={}", setup::driver()?.display());
            proofs("release", &[&[which, driver], arguments.as_slice()].concat())
        }
        Task::Replay { which, .. } => bail!("there is no replay of {which} yet"),
        Task::Corpus { folder } => {
            setup::everything()?;
            proofs("debug", &["corpus".to_owned(), folder.display().to_string()])
        }
    }
}

/// Protections that the simulator switches off, each with the seed from which it looks for one that shows it: a world without one may never come to
/// rest, which is slow.
const BREAKS: [(&str, &str); 10] = [
    ("dedup", "1"),
    ("ack-before-fsync", "1"),
    ("device-order", "5"),
    ("head-check", "6"),
    ("register-head", "1"),
    ("close-by-entry", "1"),
    ("vote-closing", "5"),
    ("absence", "1"),
    ("named-writes", "3"),
    ("await-closing", "5"),
];

fn test() -> Result<()> {
    setup::everything()?;
    check()?;
    build("debug")?;
    run("cargo", &["test", "--workspace"])?;
    run("npm", &["--prefix", "ui", "run", "test"])?;
    e2e(None)?;
    hands(&["--acts", "120", "--seats", "5"].map(str::to_owned))?;
    canary()?;
    proofs("debug", &["attack".to_owned()])?;
    sim("debug", &["--seeds", "200"].map(str::to_owned))?;
    sim("debug", &["--seeds", "20", "--twice"].map(str::to_owned))?;
    for (name, first) in BREAKS {
        sim("debug", &["--break", name, "--first", first, "--seeds", "120"].map(str::to_owned))?;
    }
    sim("debug", &["--insiders", "--seeds", "300"].map(str::to_owned))?;
    proofs("debug", &["replay", "--forms", "14"].map(str::to_owned))?;
    proofs("debug", &["replay", "--forms", "5", "--silence"].map(str::to_owned))?;
    let corpus = root().join("../shared/corpus");
    if corpus.exists() {
        proofs("debug", &["corpus".to_owned(), corpus.display().to_string()])?;
    }
    Ok(())
}

fn e2e(shots: Option<PathBuf>) -> Result<()> {
    let driver = setup::driver()?.display().to_string();
    let shots = shots.map(|s| format!("--shots={}", s.display()));
    proofs("debug", &[vec!["e2e".to_owned(), "--driver".to_owned(), driver], shots.into_iter().collect()].concat())
}

fn hands(arguments: &[String]) -> Result<()> {
    let driver = format!("--driver={}", setup::driver()?.display());
    proofs("debug", &[&["hands".to_owned(), driver], arguments].concat())
}

/// In a folder of its own, which is also the process's home and temporary folder.
fn canary() -> Result<()> {
    let driver = setup::driver()?;
    build("debug")?;
    let folder = root().join("target/canary");
    let _ = std::fs::remove_dir_all(&folder);
    for name in ["tmp", "home"] {
        std::fs::create_dir_all(folder.join(name))?;
    }
    let mut command = Command::new(root().join("target/debug/ecabinet-tests"));
    command.arg("canary").arg("--data").arg(&folder).arg("--driver").arg(driver);
    command.env("TMPDIR", folder.join("tmp")).env("HOME", folder.join("home"));
    for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    finish(&mut command)
}

fn check() -> Result<()> {
    run("cargo", &["fmt", "--all", "--check"])?;
    arrows::check()?;
    crates::check()?;
    setup::screen()?;
    run("cargo", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    run("npm", &["--prefix", "ui", "run", "lint"])?;
    run("npm", &["--prefix", "ui", "run", "check"])?;
    let fresh = root().join("target/fresh-bindings");
    let _ = std::fs::remove_dir_all(&fresh);
    bindings(&fresh.display().to_string())?;
    run("diff", &["-r", "ui/src/bindings", "target/fresh-bindings"])
        .context("the bindings are stale: run `cargo xtask bindings` and commit")
}

fn fix() -> Result<()> {
    run("cargo", &["fmt", "--all"])?;
    setup::screen()?;
    run("npm", &["--prefix", "ui", "run", "format"])?;
    run("cargo", &["clippy", "--workspace", "--all-targets", "--fix", "--allow-dirty", "--allow-staged"])
}

fn bindings(folder: &str) -> Result<()> {
    let folder = root().join(folder);
    let mut command = Command::new("cargo");
    command.args(["test", "--quiet", "--workspace", "--test", "bindings"]).env("BINDINGS_DIR", folder);
    finish(&mut command)
}

/// Builds every program, `debug` or `release`. Always for the whole workspace: what is chosen decides the features of every dependency, and each other choice
/// would compile them all once more.
pub(crate) fn build(profile: &str) -> Result<()> {
    let profile = if profile == "release" { "release" } else { "dev" };
    run("cargo", &["build", "--quiet", "--workspace", "--bins", "--profile", profile])
}

/// Runs the binary of the tests crate, built if need be.
fn proofs(profile: &str, arguments: &[String]) -> Result<()> {
    build(profile)?;
    finish(Command::new(root().join("target").join(profile).join("ecabinet-tests")).args(arguments))
}

fn sim(profile: &str, arguments: &[String]) -> Result<()> {
    finish(Command::new(root().join("target").join(profile).join("ecabinet-sim")).args(arguments))
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    finish(Command::new(program).args(arguments))
}

fn finish(command: &mut Command) -> Result<()> {
    println!("› {command:?}");
    let status = command.status().with_context(|| format!("{command:?} can't be started"))?;
    if status.success() { Ok(()) } else { bail!("{command:?} ended with {status}") }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().map(PathBuf::from).unwrap_or_default()
}

//! libFuzzer over every reader of bytes from outside. What it starts from lies in `tests/fuzz/corpus`, a folder for each reader.

use crate::{finish, root, run};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Limit: an input, in bytes; a record of a small form is that large.
const INPUT_BYTES_MAX: &str = "-max_len=65536";
/// Limit: seconds for one input.
const INPUT_SECONDS_MAX: &str = "-timeout=10";

/// Fuzzes each reader, or one, for so many seconds; with `keeps`, what covers more goes into the corpus. Prints executions and findings.
pub fn fuzz(seconds: u64, only: Option<&str>, keeps: bool) -> Result<()> {
    let program = build()?;
    let corpora = root().join("tests/fuzz/corpus");
    let mut names: Vec<String> = corpora
        .read_dir()?
        .map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    names.sort();
    names.retain(|name| only.is_none_or(|only| only == name));
    if names.is_empty() {
        bail!("no such reader; see tests/readers/src/lib.rs");
    }
    let found = root().join("target/fuzz/found");
    std::fs::create_dir_all(&found)?;
    println!("{:<14} {:>12} {:>9} {:>9}", "reader", "executions", "inputs", "findings");
    let mut findings = 0;
    for name in names {
        let reader = Reader { program: &program, corpus: corpora.join(&name), name };
        findings += reader.fuzz(seconds, &found)?;
        if keeps {
            reader.keep()?;
        }
    }
    if findings > 0 {
        bail!("{findings} readers broke; their inputs are in {}", found.display());
    }
    Ok(())
}

/// Builds the one program of all readers. Without a sanitizer: the readers are safe Rust, and so they run on the stable compiler.
fn build() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let fuzz = tools.join("bin/cargo-fuzz");
    if !fuzz.exists() {
        let tools = tools.display().to_string();
        run("cargo", &["install", "cargo-fuzz", "--version", "0.13.2", "--locked", "--root", &tools])?;
    }
    let target = root().join("target/fuzz");
    let mut command = Command::new(fuzz);
    command.args(["fuzz", "build", "--sanitizer", "none", "--fuzz-dir", ".", "--target-dir"]).arg(&target);
    finish(command.arg("reader").current_dir(root().join("tests/fuzz")))?;
    let platform = target.read_dir()?.filter_map(|entry| Some(entry.ok()?.path().join("release/reader")));
    platform.into_iter().find(|program| program.exists()).context("cargo fuzz built no reader")
}

/// Limit: inputs of a reader that the repository keeps.
const INPUTS_KEPT_MAX: usize = 40;

struct Reader<'a> {
    program: &'a Path,
    corpus: PathBuf,
    name: String,
}

impl Reader<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.env("READER", &self.name).args([INPUT_BYTES_MAX, INPUT_SECONDS_MAX]);
        command
    }

    /// What was found beyond the corpus, this time and before.
    fn grown(&self) -> Result<PathBuf> {
        let folder = root().join("target/fuzz/grown").join(&self.name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Returns how many inputs broke it: the first ends its run.
    fn fuzz(&self, seconds: u64, found: &Path) -> Result<u32> {
        let mut command = self.command();
        command.arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
        command.arg(format!("-artifact_prefix={}/{}-", found.display(), self.name));
        let run = command.arg(self.grown()?).arg(&self.corpus).stdout(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&run.stderr);
        let executions = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        let executions = executions.with_context(|| format!("{} did not run: {said}", self.name))?.trim();
        let inputs = self.grown()?.read_dir()?.chain(self.corpus.read_dir()?).count();
        let findings = u32::from(!run.status.success());
        println!("{:<14} {executions:>12} {inputs:>9} {findings:>9}", self.name);
        if findings > 0 {
            let why = said.lines().skip_while(|line| !line.contains("panicked")).take(4);
            println!("{}", why.collect::<Vec<_>>().join("\n"));
        }
        Ok(findings)
    }

    /// Makes the corpus the smallest set of all inputs that covers as much.
    fn keep(&self) -> Result<()> {
        let fresh = root().join("target/fuzz/fresh").join(&self.name);
        let _ = std::fs::remove_dir_all(&fresh);
        std::fs::create_dir_all(&fresh)?;
        let mut command = self.command();
        // By the places in the code that an input reaches, not by how often: the corpus stays small.
        command.args(["-set_cover_merge=1", "-use_counters=0"]).arg(&fresh).arg(self.grown()?).arg(&self.corpus);
        let merged = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if !merged.success() {
            bail!("the inputs of {} could not be merged", self.name);
        }
        std::fs::remove_dir_all(&self.corpus)?;
        std::fs::create_dir_all(&self.corpus)?;
        // The large ones reach most each.
        let mut inputs: Vec<_> = fresh.read_dir()?.map(|input| Ok(input?.path())).collect::<Result<_>>()?;
        inputs.sort_by_key(|path| std::cmp::Reverse(path.metadata().map_or(0, |m| m.len())));
        for input in inputs.iter().take(INPUTS_KEPT_MAX) {
            std::fs::copy(input, self.corpus.join(input.file_name().unwrap_or_default()))?;
        }
        Ok(())
    }
}

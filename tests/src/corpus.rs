//! Page 1 of every PDF below a folder, in the locked process and in bare PDFium.

use anyhow::{Context, Result};
use cabinet_paper::{PaperError, Worker, WorkerPaths};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const WIDTH: u32 = 800;

/// Prints a line a file and the counts; false if the app's side was harmed, or shows less than bare PDFium.
pub fn corpus(folder: &Path) -> Result<bool> {
    let paths = WorkerPaths::find().context("the worker and PDFium")?;
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut counts: BTreeMap<&str, usize> =
        ["ok", "typed error", "worker died", "timed out", "app died"].map(|n| (n, 0)).into();
    let (mut bare_ok, mut behind, mut equal) = (0, 0, 0);
    for file in &files {
        let (ours, pixels) = first_page(&paths, std::fs::read(file)?);
        let bare = bare(&paths, file)?;
        bare_ok += usize::from(bare.is_some());
        behind += usize::from(bare.is_some() && ours != "ok");
        let is_equal = bare.is_some() && bare == pixels;
        equal += usize::from(is_equal);
        *counts.entry(ours).or_default() += 1;
        let note = if bare.is_some() && !is_equal { "  (other pixels than bare)" } else { "" };
        println!("{ours:<12} {}{note}", file.strip_prefix(folder).unwrap_or(file).display());
    }
    let line: Vec<String> = counts.iter().map(|(name, n)| format!("{n} {name}")).collect();
    println!("bare PDFium: {bare_ok} ok, {behind} of them not ok here, {equal} with the very same pixels");
    println!("{} files: {}", files.len(), line.join(", "));
    Ok(counts["app died"] == 0 && counts["timed out"] == 0 && counts["ok"] >= bare_ok)
}

/// How it went, and the hash of the picture.
fn first_page(paths: &WorkerPaths, bytes: Vec<u8>) -> (&'static str, Option<String>) {
    let drawn = std::panic::catch_unwind(|| {
        let mut worker = Worker::start(paths)?;
        worker.open(Box::new(bytes), None)?;
        worker.page(0, WIDTH)
    });
    match drawn {
        Err(_) => ("app died", None),
        Ok(Ok(png)) => ("ok", Some(blake3::hash(&png).to_hex().to_string())),
        Ok(Err(PaperError::WorkerDied)) => ("worker died", None),
        Ok(Err(PaperError::TimedOut)) => ("timed out", None),
        Ok(Err(_)) => ("typed error", None),
    }
}

/// In a process of its own, since bare PDFium may take its process along. It prints the picture's hash.
fn bare(paths: &WorkerPaths, file: &Path) -> Result<Option<String>> {
    let mut command = Command::new("timeout");
    let output =
        command.arg("20").arg(std::env::current_exe()?).arg("bare-page").arg(&paths.library).arg(file).output()?;
    let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(output.status.success().then_some(hash))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf")) {
            files.push(path);
        }
    }
    Ok(())
}

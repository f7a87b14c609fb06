//! Figures beside what they are compared with, in the same run: `name  ours  reference  ratio  aim`. A ratio is time over time
//! (or memory over memory), so smaller is better; beyond an aim the run fails.

mod hub;
mod ledger;
mod paper;
mod start;
mod unlock;

use anyhow::Result;
use std::path::Path;
use std::time::{Duration, Instant};

/// Rounds of A-B-B-A; the median of each side is what counts.
const ROUNDS: usize = 7;

/// One line.
pub struct Line {
    name: &'static str,
    ours: f64,
    reference: f64,
    unit: &'static str,
    aim: f64,
}

impl Line {
    fn times(name: &'static str, (ours, reference): (Duration, Duration), aim: f64) -> Self {
        Line { name, ours: ours.as_secs_f64() * 1e3, reference: reference.as_secs_f64() * 1e3, unit: "ms", aim }
    }

    fn bytes(name: &'static str, ours: usize, reference: usize, aim: f64) -> Self {
        Line { name, ours: ours as f64, reference: reference as f64, unit: "B", aim }
    }

    fn ratio(&self) -> f64 {
        self.ours / self.reference
    }

    fn print(&self) {
        println!(
            "{:<34} {:>10.2} {:<3} {:>10.2} {:<3} {:>6.2}  aim {:.2}{}",
            self.name,
            self.ours,
            self.unit,
            self.reference,
            self.unit,
            self.ratio(),
            self.aim,
            if self.ratio() > self.aim { "  BEYOND" } else { "" }
        );
    }
}

/// All figures. `only` names one group. Says whether every aim was kept.
pub fn bench(only: Option<&str>) -> Result<bool> {
    println!(
        "{:<34} {:>14} {:>14} {:>6}  (median of {} interleaved runs each)",
        "name",
        "ours",
        "reference",
        "ratio",
        2 * ROUNDS
    );
    let wanted = |name: &str| only.is_none_or(|o| o == name);
    let mut lines = Vec::new();
    let mut add = |more: Vec<Line>| {
        more.iter().for_each(Line::print);
        lines.extend(more);
    };
    if wanted("unlock") {
        add(unlock::lines()?);
    }
    if wanted("paper") {
        add(paper::lines()?);
    }
    if wanted("hub") {
        add(hub::lines()?);
    }
    if wanted("ledger") {
        add(ledger::lines()?);
    }
    if wanted("start") {
        add(start::lines()?);
    }
    Ok(lines.iter().all(|l| l.ratio() <= l.aim))
}

/// A-B-B-A, after one of each that is not counted. Returns the medians.
fn interleaved(
    mut ours: impl FnMut() -> Result<Duration>,
    mut reference: impl FnMut() -> Result<Duration>,
) -> Result<(Duration, Duration)> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    ours()?;
    reference()?;
    for _ in 0..ROUNDS {
        a.push(ours()?);
        b.push(reference()?);
        b.push(reference()?);
        a.push(ours()?);
    }
    Ok((median(a), median(b)))
}

fn median<T: Ord + Copy>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all[all.len() / 2]
}

fn timed<T>(act: impl FnOnce() -> Result<T>) -> Result<(Duration, T)> {
    let began = Instant::now();
    let value = act()?;
    Ok((began.elapsed(), value))
}

fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    Ok(std::fs::read(path)?)
}

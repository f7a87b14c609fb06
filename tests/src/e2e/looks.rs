//! Each screen looked at: by the accessibility checker in both themes, and as pictures in both sizes and themes.

use super::desk::Desk;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const SIZES: [(u32, u32); 2] = [(1280, 800), (1920, 1080)];
/// The smallest laptop too.
const MEASURED: [(u32, u32); 3] = [(1024, 700), SIZES[0], SIZES[1]];
/// Sizes of the text, as the settings name them.
const TEXTS: [&str; 4] = ["normal", "large", "largest", "double"];
const MEASURE: &str = include_str!("measure.js");
const THEMES: [&str; 2] = ["light", "dark"];

pub struct Looks {
    screens: Vec<String>,
    visited: BTreeSet<String>,
    shots: Option<PathBuf>,
    faults: usize,
    checks: usize,
    measures: usize,
}

impl Looks {
    pub fn new(screens: Vec<String>, shots: Option<&Path>) -> Self {
        Looks { screens, visited: BTreeSet::new(), shots: shots.map(Path::to_owned), faults: 0, checks: 0, measures: 0 }
    }

    /// Looks at the screen that a window shows now.
    pub async fn at(&mut self, desk: &Desk, name: &str) -> Result<()> {
        self.visited.insert(desk.screen().await?);
        for theme in THEMES {
            self.wear(desk, theme).await?;
            for fault in desk.axe().await? {
                self.note(format!("{name} ({theme}): {fault}"));
            }
            self.checks += 1;
            if let Some(folder) = self.shots.clone() {
                std::fs::create_dir_all(&folder)?;
                for size in SIZES {
                    desk.resize(size).await?;
                    settle(desk).await?;
                    desk.photograph(&folder.join(format!("{name}-{theme}-{}.webp", size.0)), size)?;
                }
                desk.resize(SIZES[0]).await?;
            }
        }
        self.wear(desk, "light").await?;
        let was = desk.script("return document.documentElement.dataset.size").await?;
        if let Some(folder) = &self.shots {
            wear_size(desk, &"double".into()).await?;
            settle(desk).await?;
            desk.photograph(&folder.join(format!("{name}-double-1280.webp")), SIZES[0])?;
        }
        self.fits(desk, name).await?;
        wear_size(desk, &was).await?;
        desk.resize(SIZES[0]).await?;
        settle(desk).await
    }

    /// Every size of the window and of the text, measured.
    async fn fits(&mut self, desk: &Desk, name: &str) -> Result<()> {
        for size in MEASURED {
            desk.resize(size).await?;
            for text in TEXTS {
                let found =
                    desk.script(&format!("document.documentElement.dataset.size = '{text}'; {MEASURE}")).await?;
                let found = found.as_array().with_context(|| format!("no measure of {name}"))?;
                for fault in found.iter().filter_map(|f| f.as_str()) {
                    self.note(format!("{name} ({}, {text} text): {fault}", size.0));
                }
                self.measures += 1;
            }
        }
        Ok(())
    }

    /// Said at once: what comes after it may fail.
    fn note(&mut self, fault: String) {
        println!("FAILED {fault}");
        self.faults += 1;
    }

    async fn wear(&self, desk: &Desk, theme: &str) -> Result<()> {
        desk.script(&format!("document.documentElement.dataset.theme = '{theme}'")).await?;
        settle(desk).await
    }

    /// Says what was seen; fails on a screen that was not visited and on anything serious.
    pub fn finish(self) -> Result<()> {
        let missed: Vec<&String> = self.screens.iter().filter(|s| !self.visited.contains(*s)).collect();
        println!(
            "screens: {} of {} visited; {} accessibility checks, {} measures",
            self.visited.len(),
            self.screens.len(),
            self.checks,
            self.measures
        );
        if !missed.is_empty() {
            bail!("screens that the story did not visit: {missed:?}");
        }
        if self.faults > 0 {
            bail!("{} things are wrong on the screens", self.faults);
        }
        Ok(())
    }
}

/// Two frames and the pictures in view, so that what was asked for is drawn. What is folded away never ends its transitions.
pub async fn settle(desk: &Desk) -> Result<()> {
    desk.script(
        "window.settled = false; requestAnimationFrame(() => requestAnimationFrame(() => (window.settled = true)))",
    )
    .await?;
    let pending = "return [!window.settled && 'frames', document.fonts.status !== 'loaded' && 'fonts', \
        ...[...document.images].filter((i) => !i.complete).map((i) => i.src), \
        ...document.getAnimations().filter((a) => a.effect?.target?.checkVisibility()).map((a) => `${a.animationName ?? a.transitionProperty} of ${a.effect?.target?.outerHTML.slice(0, 80)}`)] \
        .filter(Boolean).join('; ')";
    let mut last = String::new();
    let drawn = desk.until("the screen to be drawn", async |d| {
        last = d.script(pending).await?.as_str().unwrap_or_default().to_owned();
        Ok(last.is_empty())
    });
    drawn.await.with_context(|| format!("still pending: {last}"))
}

async fn wear_size(desk: &Desk, size: &serde_json::Value) -> Result<()> {
    desk.script(&format!("document.documentElement.dataset.size = {size}")).await.map(drop)
}

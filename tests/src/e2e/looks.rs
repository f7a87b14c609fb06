//! Each screen looked at: by the accessibility checker in both themes, and as pictures in both sizes and themes.

use super::desk::Desk;
use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const SIZES: [(u32, u32); 2] = [(1280, 800), (1920, 1080)];
const THEMES: [&str; 2] = ["light", "dark"];

pub struct Looks {
    screens: Vec<String>,
    visited: BTreeSet<String>,
    shots: Option<PathBuf>,
    faults: Vec<String>,
    checks: usize,
}

impl Looks {
    pub fn new(screens: Vec<String>, shots: Option<&Path>) -> Self {
        Looks { screens, visited: BTreeSet::new(), shots: shots.map(Path::to_owned), faults: vec![], checks: 0 }
    }

    /// Looks at the screen that a window shows now.
    pub async fn at(&mut self, desk: &Desk, name: &str) -> Result<()> {
        self.visited.insert(desk.screen().await?);
        for theme in THEMES {
            self.wear(desk, theme).await?;
            for fault in desk.axe().await? {
                self.faults.push(format!("{name} ({theme}): {fault}"));
            }
            self.checks += 1;
            self.fits(desk, name).await?;
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
        // At twice the size everything must still be reachable by scrolling down alone.
        let size = desk.script("const was = document.documentElement.dataset.size; document.documentElement.dataset.size = 'double'; return was").await?;
        settle(desk).await?;
        self.fits(desk, &format!("{name} (200 %)")).await?;
        if let Some(folder) = &self.shots {
            desk.photograph(&folder.join(format!("{name}-double-1280.webp")), SIZES[0])?;
        }
        desk.script(&format!("document.documentElement.dataset.size = {size}")).await?;
        settle(desk).await
    }

    /// At 1280 wide nothing may stand outside the window, nor outside a part of it that scrolls down. What is made to scroll sideways says so by `data-wide`.
    async fn fits(&mut self, desk: &Desk, name: &str) -> Result<()> {
        let wide = "const name = (e) => `${e.tagName.toLowerCase()}.${e.className}`; \
            return [document.documentElement, ...document.querySelectorAll('body *')] \
            .filter((e) => e === document.documentElement || ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) \
            .filter((e) => e.checkVisibility() && e.tagName !== 'TEXTAREA' && !e.closest('[data-wide]')) \
            .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => `${name(e)} by ${e.scrollWidth - e.clientWidth} px`)";
        // The screen scrolls within the window; the window itself does not, but for large text.
        let tall = "const root = document.documentElement; return root.dataset.size === 'double' ? 0 : root.scrollHeight - window.innerHeight";
        let tall = desk.script(tall).await?.as_i64().unwrap_or(0);
        if tall > 0 {
            self.faults.push(format!("{name}: {tall} px taller than the window"));
        }
        for part in desk.script(wide).await?.as_array().into_iter().flatten() {
            self.faults.push(format!("{name}: too wide: {part}"));
        }
        Ok(())
    }

    async fn wear(&self, desk: &Desk, theme: &str) -> Result<()> {
        desk.script(&format!("document.documentElement.dataset.theme = '{theme}'")).await?;
        settle(desk).await
    }

    /// Says what was seen; fails on a screen that was not visited and on anything serious.
    pub fn finish(self) -> Result<()> {
        let missed: Vec<&String> = self.screens.iter().filter(|s| !self.visited.contains(*s)).collect();
        println!(
            "screens: {} of {} visited; {} accessibility checks",
            self.visited.len(),
            self.screens.len(),
            self.checks
        );
        self.faults.iter().for_each(|f| println!("FAILED {f}"));
        if !missed.is_empty() {
            bail!("screens that the story did not visit: {missed:?}");
        }
        if !self.faults.is_empty() {
            bail!("{} things are wrong on the screens", self.faults.len());
        }
        Ok(())
    }
}

/// Two frames and the pictures in view, so that what was asked for is drawn. What is folded away never ends its transitions.
async fn settle(desk: &Desk) -> Result<()> {
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

//! Three real windows among the laptops without one: guests who see the vote as it goes.

use crate::e2e::{Desk, Tools};
use crate::org::{Org, PASSPHRASE};
use anyhow::{Context, Result};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const NAMES: [&str; 3] = ["window 1", "window 2", "window 3"];
/// Of their X servers and drivers; the stories' begin at 0.
const FIRST_NUMBER: u16 = 20;
/// What stands under every adopted vote, and nowhere else.
const RESULT: &str = "tán thành, cần";

/// The windows, each with an X server and a driver of its own.
pub struct Windows(Vec<Desk>);

impl Windows {
    /// Enrols three guests, closes their laptops, and opens the real program on them. Returns who they are, too.
    pub async fn open(tools: &Tools, org: &Org) -> Result<(Self, Vec<String>)> {
        let (mut desks, mut people) = (Vec::new(), Vec::new());
        for (name, number) in NAMES.into_iter().zip(FIRST_NUMBER..) {
            let (person, app) = org.enrol(&format!("Khách mời, {name}"), name, &["guest"]).await?;
            drop(app);
            let mut desk = Desk::new(tools, name, number, &org.folder.join(name)).await?;
            desk.open().await?;
            desk.write("Mật khẩu", PASSPHRASE).await?;
            desk.press("Mở").await?;
            desk.is_at("home").await?;
            desks.push(desk);
            people.push(person);
        }
        Ok((Windows(desks), people))
    }

    /// Goes into the one session that was sent.
    pub async fn enter(&self) -> Result<()> {
        for desk in &self.0 {
            desk.press("Phiên họp").await?;
            desk.press("Mở").await?;
            desk.is_at("session").await?;
        }
        Ok(())
    }

    /// From now on each page notes when it first shows a result.
    pub async fn watch(&self) -> Result<()> {
        for desk in &self.0 {
            desk.sees("Thông qua").await?;
            let note = format!(
                "window.seenAt = null;
                 const look = () => {{ if (!window.seenAt && document.body.textContent.includes('{RESULT}')) {{
                     requestAnimationFrame(() => requestAnimationFrame(() => {{ window.seenAt ??= Date.now(); }})); }} }};
                 new MutationObserver(look).observe(document.body, {{ subtree: true, childList: true, characterData: true }});"
            );
            desk.script(&note).await?;
        }
        Ok(())
    }

    /// How long after an instant each had the result drawn.
    pub async fn seen(&self, since: Instant) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        for desk in &self.0 {
            desk.sees(RESULT).await?;
            let mut at = None;
            desk.until("the result to be drawn", async |desk| {
                at = desk.script("return window.seenAt").await?.as_u64();
                Ok(at.is_some())
            })
            .await?;
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let ago = now.saturating_sub(Duration::from_millis(at.context("a time")?));
            times.push(since.elapsed().saturating_sub(ago));
        }
        Ok(times)
    }
}

//! A hall whose voters all vote within one second, each with a laptop of their own.

use super::ballots::{shown, vote};
use super::windows::Windows;
use crate::e2e::{HubProcess, Tools};
use crate::meeting::{self, view as read};
use crate::org::{Org, call, system_clock};
use anyhow::Result;
use cabinet_app::App;
use futures_util::future::try_join_all;
use serde_json::json;
use std::time::{Duration, Instant};

const VOTING: Duration = Duration::from_secs(1);

/// Plays it: app cores without windows in this process, three real windows beside them, the hub in a process of its own, over TLS.
pub async fn hall(tools: &Tools, voters: usize) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let hub = HubProcess::start(&tools.bin, &folder.path().join("hub"))?;
    let began = Instant::now();
    let org = Org::found_on(folder.path(), system_clock(), voters, &hub.setup_line).await?;
    println!("{voters} voters enrolled in {:.0} s", began.elapsed().as_secs_f32());
    let (windows, guests) = Windows::open(tools, &org).await?;
    let invited: Vec<&String> = org.people.iter().chain(&guests).collect();
    let now = system_clock()();
    let id = meeting::make(&org.officer, "Phiên họp toàn thể", "", now, &invited, "1. Nội dung").await?;
    call(&org.officer, "issue_session", json!({"session": id})).await?;
    let laptops: Vec<&App> = org.members.iter().collect();
    try_join_all(laptops.iter().map(|app| async { shown(app, async || Ok(read(app, &id).await.is_ok())).await }))
        .await?;
    windows.enter().await?;
    vote(&org, &laptops, &windows, &id, VOTING).await
}

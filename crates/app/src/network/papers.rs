//! Fetching papers: all that this person may read, the ones that somebody looks at first.

use super::HubClient;
use crate::app::{App, Inner};
use cabinet_ledger::PaperNameV1;
use cabinet_vault::{ArrivingPaper, VaultError};
use std::sync::Weak;
use std::time::Duration;

/// Limit: pieces asked for at once, 1 MiB; more would keep a reader waiting behind them.
const RUN_PIECES: usize = 16;
/// How long to leave a paper alone that could not be fetched.
const PAUSE: Duration = Duration::from_secs(3);

/// Fetches what is missing until the app is dropped.
pub(crate) async fn fetch_papers(inner: Weak<Inner>) {
    loop {
        let Some(app) = inner.upgrade().map(App) else { return };
        let client = app.client().filter(|_| !app.is_network_off());
        let fetched = match (client, app.next_paper()) {
            (Some(client), Some(paper)) => fetch(&app, &client, paper).await,
            _ => false,
        };
        let wake = app.0.paper_wake.clone();
        drop(app);
        if !fetched {
            let _ = tokio::time::timeout(PAUSE, wake.notified()).await;
        }
    }
}

async fn fetch(app: &App, client: &HubClient, paper: PaperNameV1) -> bool {
    let Some(arriving) = arriving(app, client, paper).await else { return false };
    while let Some((first, offset, length)) = arriving.next_run(RUN_PIECES) {
        if app.is_network_off() {
            return false;
        }
        let Ok(bytes) = client.range(&paper, offset, length).await else { return false };
        // A piece that differs from its hash is fetched again; a hub that goes on sending it wins nothing.
        if bytes.len() != length {
            return false;
        }
        if kept(app, tokio::task::block_in_place(|| arriving.put_run(first, &bytes))).is_none() {
            return false;
        }
        app.succeeded();
    }
    let is_done = kept(app, arriving.finish()).is_some();
    app.paper_arrived(paper, is_done);
    is_done
}

/// What could be kept here; why not is noted.
fn kept<T>(app: &App, result: Result<T, VaultError>) -> Option<T> {
    result.map_err(|error| app.failed("paper", &error.into())).ok()
}

async fn arriving(app: &App, client: &HubClient, paper: PaperNameV1) -> Option<ArrivingPaper> {
    if let Some(known) = app.arriving(paper.hash) {
        return Some(known);
    }
    let folder = app.0.profile.papers();
    let pieces = match folder.pieces(&paper).ok()? {
        Some(list) => list.bytes(),
        None => client.pieces(&paper).await.ok()?,
    };
    let arriving = kept(app, tokio::task::block_in_place(|| folder.arriving(paper, &pieces)))?;
    app.paper_arrives(paper.hash, arriving.clone());
    Some(arriving)
}

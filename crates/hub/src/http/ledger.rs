//! Appending, reading, and what an operator watches.

use super::{Hub, Refused, cbor, read};
use crate::Incoming;
use crate::store::PageOf;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use cabinet_ledger::wire::{AppendV1, AppendedAllV1, AppendsV1, PageV1, RefusalReason, SpaceHeadV1, SpacesV1};
use cabinet_ledger::{Signed, SpaceId, limits};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// An append needs no login: each entry's own signature admits it, and any device may hand it in.
pub(super) async fn append(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Response, Refused> {
    if body.len() > limits::APPEND_BYTES_MAX + limits::ENTRY_BYTES_MAX {
        return Err(Refused(RefusalReason::TooLarge));
    }
    if hub.is_restored {
        return Err(Refused(RefusalReason::ShuttingDown));
    }
    let request: AppendsV1 = read(&body)?;
    if request.entries.len() > limits::APPENDS_MAX {
        return Err(Refused(RefusalReason::TooLarge));
    }
    let incoming = |append: AppendV1| {
        let read = Signed::decode(&append.entry);
        // Here, on this request's own thread, so that signatures are checked on all cores while one thread commits.
        if let Ok(signed) = &read
            && let Some(key) = signed.header.device().and_then(|device| hub.key_of(device))
        {
            let _ = signed.verify(&key);
        }
        Incoming { read, earlier: append.earlier.map(Into::into) }
    };
    let incoming: Vec<Incoming> = request.entries.into_iter().map(incoming).collect();
    let spaces: BTreeSet<SpaceId> = incoming.iter().flat_map(|one| &one.read).map(Signed::space).collect();
    // One that can't be read is refused when its turn comes, and the others of the request are not.
    spaces.into_iter().for_each(|space| drop(wake(&hub, space)));
    let answers = hub.queue.append(incoming).await?;
    Ok(cbor(&AppendedAllV1 { answers }))
}

/// Reads a space again that sleeps, before its turn comes: the others who write and read meanwhile wait for a page of it at most.
fn wake(hub: &Hub, space: SpaceId) -> Result<(), crate::StoreError> {
    let Some(mut waking) = hub.orderer().waking(space) else { return Ok(()) };
    tokio::task::block_in_place(|| {
        while !waking.is_whole() {
            let page = hub.orderer().page_of(&waking)?;
            waking.read(&page)?;
        }
        hub.orderer().woken(waking);
        Ok(())
    })
}

pub(super) async fn spaces(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Result<Response, Refused> {
    let device = hub.device(&headers)?;
    let spaces = hub.orderer().heads(device);
    Ok(cbor(&SpacesV1 { spaces, at_ms: hub.now_ms() }))
}

pub(super) async fn page(
    State(hub): State<Arc<Hub>>,
    Path(space): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let device = hub.device(&headers)?;
    let space: SpaceId = space.parse().map_err(|_| Refused(RefusalReason::Malformed))?;
    let after = super::login::after(&query)?;
    let (end, head) = {
        let orderer = hub.orderer();
        orderer.may_read(device, space)?;
        orderer.end(space, hub.trusted_ms().ok())
    };
    hub.page(PageOf { space, after, until: end.seq, is_control: false }, head)
}

/// After a restore: what laptops hold that the backup did not.
pub(super) async fn handed_back(
    State(hub): State<Arc<Hub>>,
    Path(space): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    hub.device(&headers)?;
    if !hub.is_restored {
        return Err(Refused(RefusalReason::NotAllowed));
    }
    let space: SpaceId = space.parse().map_err(|_| Refused(RefusalReason::Malformed))?;
    let page: PageV1 = read(&body)?;
    tokio::task::block_in_place(|| {
        let mut orderer = hub.orderer();
        let before = orderer.size().0;
        let seq = orderer.take_back(space, &page.entries).map_err(|e| hub.failed(e))?;
        hub.counts.handed_back.fetch_add(orderer.size().0 - before, Ordering::Relaxed);
        Ok(cbor(&SpaceHeadV1::at(space, seq)))
    })
}

/// What a monitor asks: whether it takes what is handed in.
pub(super) async fn health(State(hub): State<Arc<Hub>>) -> Result<&'static str, Refused> {
    hub.trusted_ms()?;
    Ok("ok\n")
}

pub(super) async fn metrics(State(hub): State<Arc<Hub>>) -> String {
    let (entries, bytes) = hub.orderer().size();
    let counts = &hub.counts;
    let line = |name: &str, value: u64| format!("ecabinet_{name} {value}\n");
    [
        line("entries", entries),
        line("entry_bytes", bytes),
        line("appended_total", counts.appended.load(Ordering::Relaxed)),
        line("refused_total", counts.refused.load(Ordering::Relaxed)),
        line("commits_total", counts.commits.load(Ordering::Relaxed)),
        line("handed_back_total", counts.handed_back.load(Ordering::Relaxed)),
        line("clock_wrong", u64::from(hub.clocks.trusted_ms().is_none())),
        line("term", u64::from(hub.orderer().term())),
        line("store_failures_total", counts.failures.load(Ordering::Relaxed)),
        line("turned_away_total", counts.turned_away.load(Ordering::Relaxed)),
        line("body_bytes", hub.bodies.bytes() as u64),
        line("live_connections", hub.announcements.receiver_count() as u64),
    ]
    .concat()
}

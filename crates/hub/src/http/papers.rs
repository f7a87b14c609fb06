//! Sealed papers: resumable upload, download by range.

use super::{Hub, Refused, cbor};
use crate::LedgerStore;
use crate::store::Named;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::{Hash, limits};
use std::collections::HashMap;
use std::sync::Arc;

/// The hash of a paper, for a device that reads one of the spaces in which it was named; and what this device itself has named it there.
fn allowed(hub: &Hub, headers: &HeaderMap, hash: &str) -> Result<(Hash, Option<Named>), Refused> {
    let device = hub.device(headers)?;
    let hash: Hash = hash.parse().map_err(|_| Refused(RefusalReason::Malformed))?;
    let orderer = hub.orderer();
    let mut named = orderer.store().named(hash).map_err(|e| hub.failed(e))?;
    named.retain(|n| orderer.may_read(device, n.space).is_ok());
    if named.is_empty() {
        return Err(Refused(RefusalReason::NotFound));
    }
    Ok((hash, named.into_iter().find(|n| n.device == device)))
}

/// The paper of a device that has named it: nobody else brings it.
fn own(hub: &Hub, headers: &HeaderMap, hash: &str) -> Result<Named, Refused> {
    let named = allowed(hub, headers, hash)?.1.ok_or(Refused(RefusalReason::NotAllowed))?;
    let bytes = hub.orderer().store().named_bytes(named.space, named.device).map_err(|e| hub.failed(e))?;
    if bytes > limits::PAPERS_BYTES_MAX { Err(Refused(RefusalReason::TooLarge)) } else { Ok(named) }
}

fn offset(query: &HashMap<String, String>) -> Result<u64, Refused> {
    let offset: u64 =
        query.get("offset").map_or(Ok(0), |o| o.parse()).map_err(|_| Refused(RefusalReason::Malformed))?;
    if offset > limits::PAPER_BYTES_MAX { Err(Refused(RefusalReason::OutOfRange)) } else { Ok(offset) }
}

pub(super) async fn state(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (hash, own) = allowed(&hub, &headers, &hash)?;
    Ok(cbor(&hub.papers.state(hash, own.as_ref()).map_err(|e| hub.failed(e))?))
}

pub(super) async fn append(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let named = own(&hub, &headers, &hash)?;
    let offset = offset(&query)?;
    let state = tokio::task::block_in_place(|| hub.papers.append(&named, offset, &body)).map_err(|e| match e {
        crate::StoreError::DiskFull => Refused(RefusalReason::DiskFull),
        other => hub.failed(other),
    })?;
    Ok(cbor(&state?))
}

pub(super) async fn put_pieces(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let named = own(&hub, &headers, &hash)?;
    tokio::task::block_in_place(|| hub.papers.put_pieces(&named, &body)).map_err(|e| hub.failed(e))??;
    Ok("".into_response())
}

pub(super) async fn pieces(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (hash, _) = allowed(&hub, &headers, &hash)?;
    let bytes = hub.papers.pieces(hash).map_err(|e| hub.failed(e))?.ok_or(Refused(RefusalReason::NotFound))?;
    Ok(bytes.into_response())
}

/// `?offset=&length=`, at most [`limits::UPLOAD_BYTES_MAX`] a request.
pub(super) async fn read(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (hash, _) = allowed(&hub, &headers, &hash)?;
    let length = query.get("length").map_or(Ok(limits::UPLOAD_BYTES_MAX), |l| l.parse());
    let length = length.map_err(|_| Refused(RefusalReason::Malformed))?.min(limits::UPLOAD_BYTES_MAX);
    let bytes =
        tokio::task::block_in_place(|| hub.papers.read(hash, offset(&query)?, length).map_err(|e| hub.failed(e)))?;
    Ok(bytes.ok_or(Refused(RefusalReason::NotFound))?.into_response())
}

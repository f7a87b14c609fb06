//! Sealed papers: resumable upload, download by range.

use super::{Hub, Refused, cbor};
use crate::LedgerStore;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::{Hash, PaperNameV1, limits};
use std::collections::HashMap;
use std::sync::Arc;

/// The paper of a name, for a device that reads one of its spaces.
fn allowed(hub: &Hub, headers: &HeaderMap, hash: &str) -> Result<PaperNameV1, Refused> {
    let device = hub.device(headers)?;
    let hash: Hash = hash.parse().map_err(|_| Refused(RefusalReason::Malformed))?;
    let orderer = hub.orderer();
    let found = orderer.store().paper(hash).map_err(|e| hub.failed(e))?;
    let (paper, spaces) = found.ok_or(Refused(RefusalReason::NotFound))?;
    match spaces.iter().any(|s| orderer.may_read(device, *s).is_ok()) {
        true => Ok(paper),
        false => Err(Refused(RefusalReason::NotFound)),
    }
}

fn offset(query: &HashMap<String, String>) -> Result<u64, Refused> {
    query.get("offset").map_or(Ok(0), |o| o.parse()).map_err(|_| Refused(RefusalReason::Malformed))
}

pub(super) async fn state(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let paper = allowed(&hub, &headers, &hash)?;
    Ok(cbor(&hub.papers.state(&paper).map_err(|e| hub.failed(e))?))
}

pub(super) async fn append(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refused> {
    let paper = allowed(&hub, &headers, &hash)?;
    let offset = offset(&query)?;
    let state = tokio::task::block_in_place(|| hub.papers.append(&paper, offset, &body)).map_err(|e| match e {
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
    let paper = allowed(&hub, &headers, &hash)?;
    hub.papers.put_pieces(&paper, &body).map_err(|e| hub.failed(e))??;
    Ok("".into_response())
}

pub(super) async fn pieces(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let paper = allowed(&hub, &headers, &hash)?;
    let bytes = hub.papers.pieces(&paper).map_err(|e| hub.failed(e))?.ok_or(Refused(RefusalReason::NotFound))?;
    Ok(bytes.into_response())
}

/// `?offset=&length=`, at most [`limits::UPLOAD_BYTES_MAX`] a request.
pub(super) async fn read(
    State(hub): State<Arc<Hub>>,
    Path(hash): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let paper = allowed(&hub, &headers, &hash)?;
    let length = query.get("length").map_or(Ok(limits::UPLOAD_BYTES_MAX), |l| l.parse());
    let length = length.map_err(|_| Refused(RefusalReason::Malformed))?.min(limits::UPLOAD_BYTES_MAX);
    let bytes =
        tokio::task::block_in_place(|| hub.papers.read(&paper, offset(&query)?, length).map_err(|e| hub.failed(e)))?;
    Ok(bytes.ok_or(Refused(RefusalReason::NotFound))?.into_response())
}

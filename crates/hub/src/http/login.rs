//! Hello, founding, login.

use super::{Hub, Refused, cbor, read};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use cabinet_ledger::Hash;
use cabinet_ledger::wire::*;
use cabinet_seal::VerifyingKey;
use std::sync::Arc;

pub(super) async fn hello(State(hub): State<Arc<Hub>>) -> Response {
    let orderer = hub.orderer();
    let register = orderer.register();
    cbor(&HelloV1 {
        stamp_key: orderer.stamp_key(),
        at_ms: hub.now_ms(),
        org: register.map(|(_, r)| r.org),
        register: register.map(|(space, _)| space),
    })
}

pub(super) async fn found(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Response, Refused> {
    let request: FoundV1 = read(&body)?;
    if hub.token.as_deref() != Some(request.token.trim()) {
        return Err(Refused(RefusalReason::WrongToken));
    }
    let now_ms = hub.now_ms();
    let appended = tokio::task::block_in_place(|| hub.orderer().found(&request.entry, now_ms));
    Ok(cbor(&appended.map_err(|e| hub.failed(e))?))
}

/// The founding entry, for whoever holds the printed recovery key and has no admitted laptop any more. All in it is public or
/// sealed.
pub(super) async fn founding(State(hub): State<Arc<Hub>>) -> Result<Response, Refused> {
    let orderer = hub.orderer();
    let (space, _) = orderer.register().ok_or(Refused(RefusalReason::NotFound))?;
    let page = orderer.store().controls(space).map_err(|e| hub.failed(e))?;
    let head_seq = page.len() as u64;
    Ok(cbor(&PageV1 { entries: page, head_seq }))
}

use crate::LedgerStore;

pub(super) async fn challenge(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Response, Refused> {
    let request: ChallengeRequestV1 = read(&body)?;
    let nonce = hub.sessions().challenge(request.device, hub.now_ms());
    Ok(cbor(&ChallengeV1 { nonce }))
}

pub(super) async fn login(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Response, Refused> {
    let login: LoginV1 = read(&body)?;
    let (hub_key, device_key) = {
        let orderer = hub.orderer();
        let (_, register) = orderer.register().ok_or(Refused(RefusalReason::DeviceNotAdmitted))?;
        let device = register.devices.get(&login.device).ok_or(Refused(RefusalReason::DeviceNotAdmitted))?;
        if device.revoked_seq.is_some() {
            return Err(Refused(RefusalReason::DeviceNotAdmitted));
        }
        (orderer.stamp_key(), device.keys.signing)
    };
    hub.sessions().answered(login.hub_nonce, login.device, hub.now_ms())?;
    let Hash(device_key) = device_key;
    login.verify(hub_key, &VerifyingKey(device_key)).map_err(|_| Refused(RefusalReason::BadSignature))?;
    let token = hub.sessions().open(login.device, hub.now_ms());
    Ok(cbor(&SessionV1 { token }))
}

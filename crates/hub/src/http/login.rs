//! Hello, founding, login.

use super::{Hub, Refused, cbor, read};
use crate::store::PageOf;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use cabinet_ledger::wire::*;
use std::collections::HashMap;
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
    // Once it is used, only the very entry that it was used for gets its stamp again.
    let is_founded = hub.orderer().register().is_some();
    if !is_founded && !hub.is_token(request.token.trim()) {
        return Err(Refused(RefusalReason::WrongToken));
    }
    let now_ms = hub.trusted_ms()?;
    let appended = tokio::task::block_in_place(|| hub.orderer().found(&request.entry, now_ms));
    let appended = appended.map_err(|e| hub.failed(e))?;
    if hub.orderer().register().is_some() {
        hub.drop_token();
    }
    Ok(cbor(&appended))
}

/// The register's control entries, page by page, for whoever holds the printed recovery key and has no admitted laptop any more. All in
/// it is public or sealed.
pub(super) async fn founding(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Refused> {
    let (space, end) = {
        let orderer = hub.orderer();
        let (space, register) = orderer.register().ok_or(Refused(RefusalReason::NotFound))?;
        (space, register.head())
    };
    hub.page(PageOf { space, after: after(&query)?, until: end.seq, is_control: true }, None)
}

/// From where a page is asked for.
pub(super) fn after(query: &HashMap<String, String>) -> Result<u64, Refused> {
    let after = query.get("after").map_or(Ok(0), |a| a.parse()).map_err(|_| Refused(RefusalReason::Malformed))?;
    if after > i64::MAX as u64 { Err(Refused(RefusalReason::OutOfRange)) } else { Ok(after) }
}

pub(super) async fn challenge(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Response, Refused> {
    let request: ChallengeRequestV1 = read(&body)?;
    let nonce = hub.sessions().challenge(request.device, hub.now_ms());
    Ok(cbor(&ChallengeV1 { nonce }))
}

pub(super) async fn login(State(hub): State<Arc<Hub>>, body: Bytes) -> Result<Response, Refused> {
    let login: LoginV1 = read(&body)?;
    if proved(&hub, &login)?.is_some() {
        return Err(Refused(RefusalReason::DeviceNotAdmitted));
    }
    let token = hub.sessions().open(login.device, hub.now_ms());
    Ok(cbor(&SessionV1 { token }))
}

/// To a device that was shut out: the register after a place, up to the entry that did it, so that the device need not take the
/// hub's word for it.
pub(super) async fn revocation(
    State(hub): State<Arc<Hub>>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Result<Response, Refused> {
    let login: LoginV1 = read(&body)?;
    let until = proved(&hub, &login)?.ok_or(Refused(RefusalReason::NotFound))?;
    let (space, head) = {
        let orderer = hub.orderer();
        let (space, _) = orderer.register().ok_or(Refused(RefusalReason::NotFound))?;
        (space, orderer.end(space, hub.trusted_ms().ok()).1)
    };
    hub.page(PageOf { space, after: after(&query)?, until, is_control: false }, head)
}

/// Checks that a device answered its challenge with its own key. Returns where in the register it was shut out, if it was.
fn proved(hub: &Hub, login: &LoginV1) -> Result<Option<u64>, Refused> {
    let (hub_key, device_key, revoked_seq) = {
        let orderer = hub.orderer();
        let (_, register) = orderer.register().ok_or(Refused(RefusalReason::DeviceNotAdmitted))?;
        let device = register.devices.get(&login.device).ok_or(Refused(RefusalReason::DeviceNotAdmitted))?;
        let key = device.keys.signing.verifying().map_err(|_| Refused(RefusalReason::DeviceNotAdmitted))?;
        if login.org != register.org {
            return Err(Refused(RefusalReason::OtherOrganisation));
        }
        (orderer.stamp_key(), key, device.revoked_seq)
    };
    hub.sessions().expect_challenge(login.hub_nonce, login.device, hub.now_ms())?;
    login.verify(hub_key, &device_key).map_err(|_| Refused(RefusalReason::BadSignature))?;
    hub.sessions().answered(login.hub_nonce, login.device, hub.now_ms())?;
    Ok(revoked_seq)
}

//! Laptops: invite, confirm, list, revoke.

use super::named::DeviceStateName;
use super::{OFFICIAL, expect_own_or_official, expect_role, person_id};
use crate::{App, AppError};
use cabinet_ledger::{ControlV1, DeviceId, Signed};
use cabinet_vault::{Laptop, NewEntry, Store};
use cabinet_work::WorkError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How long an invitation holds.
const INVITATION_MS: u64 = 3 * 24 * 3_600_000;

/// Whom to invite.
#[derive(Deserialize, TS)]
pub struct InviteRequest {
    /// Who.
    pub person: String,
}

/// The code, to be handed over outside the hub.
#[derive(Serialize, TS)]
pub struct InviteView {
    /// The code.
    pub code: String,
    /// Until when it holds.
    #[ts(type = "number")]
    pub expires_at: u64,
}

/// Which laptop.
#[derive(Deserialize, TS)]
pub struct DeviceRequest {
    /// Its id.
    pub device: String,
}

/// A laptop.
#[derive(Clone, Debug, Serialize, TS)]
pub struct DeviceView {
    /// Its id.
    pub id: String,
    /// Whose.
    pub person: String,
    /// Their office.
    pub office: String,
    /// Where it is on its way in.
    pub state: DeviceStateName,
    /// Fingerprint of its key, to compare by telephone.
    pub fingerprint: String,
    /// How many have signed for it.
    pub vouched: u32,
    /// How many must.
    pub needed: u32,
    /// Whether I have signed for it.
    pub is_vouched_by_me: bool,
    /// Whether it is this laptop.
    pub is_this: bool,
    /// Whether it is mine.
    pub is_mine: bool,
}

/// Makes a one-time code for a person.
pub fn invite(app: &App, request: InviteRequest) -> Result<InviteView, AppError> {
    let person = person_id(&request.person)?;
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, OFFICIAL)?;
        let expires_at = now_ms + INVITATION_MS;
        let code = laptop.invite(person, expires_at, now_ms)?;
        Ok(InviteView { code: code.text(), expires_at })
    })
}

/// All laptops that I may see: an official all, anyone their own.
pub fn devices(app: &App) -> Result<Vec<DeviceView>, AppError> {
    app.with_laptop(|laptop, _| {
        let me = laptop.me()?.clone();
        let is_official = laptop.my_roles() & OFFICIAL != 0;
        let Some(register) = laptop.register().cloned() else { return Ok(vec![]) };
        let mut views = Vec::new();
        for device in register.devices.values().filter(|d| is_official || d.person == me.person) {
            views.push(DeviceView {
                id: device.keys.device.to_string(),
                person: device.person.to_string(),
                office: laptop.people().get(&device.person).map(|p| p.office.clone()).unwrap_or_default(),
                state: (&device.state()).into(),
                fingerprint: device.keys.signing.verifying().map(|key| key.fingerprint()).unwrap_or_default(),
                vouched: device.vouchers.len() as u32,
                needed: register.needed_vouchers(device.person),
                is_vouched_by_me: device.vouchers.contains(&me.person) || is_vouched_here(laptop, device.keys.device),
                is_this: device.keys.device == me.device,
                is_mine: device.person == me.person,
            });
        }
        views.sort_by_key(|v| {
            (v.state != DeviceStateName::Requested, v.state == DeviceStateName::Revoked, v.office.clone())
        });
        Ok(views)
    })
}

/// Vouches for a waiting laptop.
pub fn confirm_device(app: &App, request: DeviceRequest) -> Result<(), AppError> {
    let id = request.device.parse().map_err(|_| AppError::BadRequest("device".into()))?;
    app.with_laptop(|laptop, now_ms| {
        // Pressed twice, or asked again before the first has come back: one voucher is enough.
        if is_vouched_here(laptop, id) {
            return Ok(());
        }
        let register = laptop.me()?.register;
        let known = laptop.register().and_then(|r| r.devices.get(&id)).ok_or(WorkError::NotFound)?;
        expect_own_or_official(laptop, known.person)?;
        let admitted = ControlV1::DeviceAdmitted { device: id, request: known.request };
        laptop.sign(NewEntry::control(Some(register), &admitted), now_ms)?;
        Ok(())
    })
}

/// Shuts a laptop out. The keys it held are replaced once the register says so, by whichever entitled laptop comes first.
pub fn revoke_device(app: &App, request: DeviceRequest) -> Result<(), AppError> {
    let id = request.device.parse().map_err(|_| AppError::BadRequest("device".into()))?;
    app.with_laptop(|laptop, now_ms| {
        let register = laptop.me()?.register;
        let known = laptop.register().and_then(|r| r.devices.get(&id)).ok_or(WorkError::NotFound)?;
        expect_own_or_official(laptop, known.person)?;
        laptop.sign(NewEntry::control(Some(register), &ControlV1::DeviceRevoked { device: id }), now_ms)?;
        Ok(())
    })
}

/// Whether this laptop has vouched for a device in an entry that is still on its way.
fn is_vouched_here<S: Store>(laptop: &Laptop<S>, device: DeviceId) -> bool {
    laptop.outbox().iter().filter(|r| r.refusal.is_none()).any(|row| {
        let Ok(signed) = Signed::decode(&row.entry) else { return false };
        let control = ControlV1::read(signed.header.kind, &signed.body);
        matches!(control, Ok(ControlV1::DeviceAdmitted { device: named, .. }) if named == device)
    })
}

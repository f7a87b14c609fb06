//! Who may append what, and who may read: one pure function that hub, laptop and recount all run.

use crate::wire::RefusalReason;
use crate::{ControlV1, DeviceId, DeviceState, PersonId, Register, Signed, Space, SpaceKind};
use cabinet_seal::VerifyingKey;

/// Frozen: bits of a person's roles.
pub mod role {
    /// *Chủ trì*.
    pub const CHAIR: u16 = 1;
    /// *Thành viên*.
    pub const MEMBER: u16 = 2;
    /// *Người dự thay*.
    pub const SUBSTITUTE: u16 = 4;
    /// *Khách mời*.
    pub const GUEST: u16 = 8;
    /// *Chuyên viên*.
    pub const ASSISTANT: u16 = 16;
    /// *Thư ký*.
    pub const SECRETARY: u16 = 32;
    /// *Kiểm phiếu*.
    pub const TELLER: u16 = 64;
    /// *Quản trị*.
    pub const OFFICER: u16 = 128;
}

/// Who an entry's author was, at the head by which it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// The person; none for a device that is only asking.
    pub person: Option<PersonId>,
    /// Their roles.
    pub roles: u16,
}

/// Judges an entry at a head of the register: signature, device, place. `space` is the control state of the entry's space, none
/// if the entry opens one; `in_register` says that it is appended to the register.
pub fn admit(
    signed: &Signed,
    register: &Register,
    register_seq: u64,
    space: Option<&Space>,
    in_register: bool,
) -> Result<Author, RefusalReason> {
    let kind = signed.header.kind;
    let control = match crate::control_kind(kind) {
        true => Some(ControlV1::read(kind, &signed.body).map_err(|_| RefusalReason::Malformed)?),
        false => None,
    };
    if let Some(ControlV1::DeviceRequested(_) | ControlV1::RecoveryUsed(_)) = control {
        return match in_register {
            true => Ok(Author { person: None, roles: 0 }),
            false => Err(RefusalReason::NotAllowed),
        };
    }
    let device = register.devices.get(&signed.header.device).ok_or(RefusalReason::DeviceNotAdmitted)?;
    if !device.is_admitted_at(register_seq) {
        return Err(RefusalReason::DeviceNotAdmitted);
    }
    signed.verify(&VerifyingKey(device.keys.signing.0)).map_err(|_| RefusalReason::BadSignature)?;
    let person = device.person;
    let roles = register.roles_at(person, register_seq);
    let author = Author { person: Some(person), roles };
    let is_allowed = match (&control, space) {
        _ if in_register => control.is_some() || roles & (role::OFFICER | role::SECRETARY) != 0,
        (Some(ControlV1::SpaceOpened { kind, members, .. }), None) => may_open(*kind, members, person, roles),
        (_, None) => false,
        (Some(_), Some(space)) => space.has(person, roles),
        (None, Some(space)) => space.has(person, roles),
    };
    if is_allowed { Ok(author) } else { Err(RefusalReason::NotAllowed) }
}

/// Whether a device may read a space: the register for whoever has asked, any other for who is in it.
pub fn may_read(register: &Register, device: DeviceId, space: Option<&Space>) -> bool {
    let Some(found) = register.devices.get(&device) else { return false };
    match (found.state(), space) {
        (DeviceState::Revoked, _) => false,
        (_, None) => true,
        (DeviceState::Requested, Some(_)) => false,
        (DeviceState::Admitted, Some(space)) => space.has(found.person, register.roles(found.person)),
    }
}

fn may_open(kind: SpaceKind, members: &[PersonId], person: PersonId, roles: u16) -> bool {
    match kind {
        SpaceKind::Form | SpaceKind::Session => roles & role::SECRETARY != 0,
        SpaceKind::Desk => members == [person],
    }
}

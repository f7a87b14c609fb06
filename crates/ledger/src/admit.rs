//! Who may append what, and who may read: one pure function that hub, laptop and recount all run.

use crate::kinds::{Legal, register_roles};
use crate::wire::RefusalReason;
use crate::{ControlV1, DeviceId, DeviceState, PersonId, Register, Signed, Space, SpaceKind, control_kind};
use cabinet_fault::{Fault, is_off};

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
    /// Who is in every form and every session.
    pub const STAFF: u16 = SECRETARY | TELLER;
}

/// Who an entry's author was, at the head by which it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// The person; none for a device that is only asking.
    pub person: Option<PersonId>,
    /// The roles in which the device might act.
    pub roles: u16,
}

impl Author {
    /// A laptop that nobody knows yet.
    pub const UNKNOWN: Author = Author { person: None, roles: 0 };
}

/// Judges an entry at a head of the register: signature, device, place, kind and key. `space` is the control state of the entry's space, none
/// if the entry opens one; `in_register` says that it is appended to the register.
pub fn admit(
    signed: &Signed,
    register: &Register,
    register_seq: u64,
    space: Option<&Space>,
    in_register: bool,
) -> Result<Author, RefusalReason> {
    let header = &signed.header;
    if !register.knows(header.register) || header.register.seq > register_seq {
        return Err(RefusalReason::HeadUnknown);
    }
    let control = match control_kind(header.kind) {
        true => Some(ControlV1::read(header.kind, &signed.body).map_err(|_| RefusalReason::Malformed)?),
        false => None,
    };
    // A token's entry is for votes that do not exist yet.
    let device = header.device().ok_or(RefusalReason::NotAllowed)?;
    if let Some(ControlV1::DeviceRequested(_) | ControlV1::RecoveryUsed(_)) = control {
        return if in_register { Ok(Author::UNKNOWN) } else { Err(RefusalReason::NotAllowed) };
    }
    let (person, roles) = register.at(register_seq).author(device).ok_or(RefusalReason::DeviceNotAdmitted)?;
    let key = register.devices.get(&device).and_then(|d| d.keys.signing.verifying().ok());
    let key = key.ok_or(RefusalReason::DeviceNotAdmitted)?;
    signed.verify(&key).map_err(|_| RefusalReason::BadSignature)?;
    let control_state = if in_register { Some(&register.space) } else { space };
    match (&control, control_state) {
        (Some(ControlV1::SpaceOpened { .. }), None) => check_opening(signed, person, roles)?,
        (Some(_), Some(_)) if in_register => {}
        (Some(_), Some(space)) if space.has(person, roles) => {}
        (None, Some(space)) => check_sealed(signed, space, person, roles, in_register)?,
        _ => return Err(RefusalReason::NotAllowed),
    }
    Ok(Author { person: Some(person), roles })
}

/// A sealed entry: of a kind that exists here, under a key that is legal for it, by somebody who is in the space. Answers and ballots are taken
/// from any member: who was asked answers, whoever was taken off a list meanwhile.
fn check_sealed(
    signed: &Signed,
    space: &Space,
    person: PersonId,
    roles: u16,
    in_register: bool,
) -> Result<(), RefusalReason> {
    let header = &signed.header;
    let legal = match space.legal(header.kind) {
        None if is_off(Fault::KnownKinds) => Legal::Space,
        legal => legal.ok_or(RefusalReason::KindUnknown)?,
    };
    if !space.is_legal(header.kind, header.sealing) {
        return Err(RefusalReason::WrongKey);
    }
    let is_allowed = match legal {
        _ if in_register && is_off(Fault::RegisterWriters) => true,
        _ if in_register => roles & register_roles(header.kind) != 0,
        Legal::Pair(_) => roles & role::MEMBER != 0,
        _ => space.has(person, roles),
    };
    if is_allowed { Ok(()) } else { Err(RefusalReason::NotAllowed) }
}

/// An opening entry names its key by what it introduces, and opens only what this program knows.
fn check_opening(signed: &Signed, person: PersonId, roles: u16) -> Result<(), RefusalReason> {
    let Ok(ControlV1::SpaceOpened { kind, version, members, public, .. }) =
        ControlV1::read(signed.header.kind, &signed.body)
    else {
        return Err(RefusalReason::Malformed);
    };
    let kind = SpaceKind::of(kind).filter(|_| version == crate::SPACE_VERSION).ok_or(RefusalReason::NeedsNewer)?;
    public.recipient().map_err(|_| RefusalReason::Malformed)?;
    let may_open = match kind {
        SpaceKind::Form | SpaceKind::Session => roles & role::SECRETARY != 0,
        SpaceKind::Desk => members == [person],
    };
    if may_open { Ok(()) } else { Err(RefusalReason::NotAllowed) }
}

/// Whether a device may read a space: the register for whoever has asked, any other for who is in it.
pub fn may_read(register: &Register, device: DeviceId, space: Option<&Space>) -> bool {
    let Some(found) = register.devices.get(&device) else { return false };
    match (found.state(), space) {
        (DeviceState::Revoked, _) => false,
        (_, None) => true,
        (DeviceState::Requested, Some(_)) => false,
        (DeviceState::Admitted, Some(space)) => space.has(found.person, register.device_roles(device)),
    }
}

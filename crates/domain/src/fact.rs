//! The facts that folds read: stamped acts with their authors.

use crate::{DeviceId, EntryId, FormAct, Hash, Millis, PersonId};
use serde::{Deserialize, Serialize};

/// What a person's device may do, judged by the register at the head that the stamp names. The bits are frozen in
/// `docs/FORMATS.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles(pub u16);

impl Roles {
    /// *Chủ trì*.
    pub const CHAIR: Roles = Roles(1);
    /// *Thành viên*.
    pub const MEMBER: Roles = Roles(2);
    /// *Người dự thay*.
    pub const SUBSTITUTE: Roles = Roles(4);
    /// *Khách mời*.
    pub const GUEST: Roles = Roles(8);
    /// *Chuyên viên*.
    pub const ASSISTANT: Roles = Roles(16);
    /// *Thư ký*.
    pub const SECRETARY: Roles = Roles(32);
    /// *Kiểm phiếu*.
    pub const TELLER: Roles = Roles(64);
    /// *Quản trị*.
    pub const OFFICER: Roles = Roles(128);

    /// Whether all of `other` are among these.
    pub fn has(self, other: Roles) -> bool {
        self.0 & other.0 == other.0
    }

    /// Who can stand on a session's list: a seat of the roster, a guest, a substitute; not the secretariat.
    pub fn may_attend(self, has_seat: bool) -> bool {
        has_seat || self.has(Roles::GUEST) || self.has(Roles::SUBSTITUTE)
    }

    /// Both.
    pub fn and(self, other: Roles) -> Roles {
        Roles(self.0 | other.0)
    }
}

/// Under which key an act was said: everybody sees that much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// That of everybody in the space.
    Space,
    /// The secretariat's own, for drafts.
    Drafts,
    /// That of an item's audience.
    Items,
    /// That of those who see openings.
    Openings,
    /// A pair, by its name.
    Pair(Hash),
}

/// What everybody sees of a key pair that an issue or a vote names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairFacts {
    /// A teller laid it by: its private half was held by nobody else.
    pub is_tellers: bool,
    /// What is opened of it is sealed for few.
    pub is_for_few: bool,
}

/// One stamped entry, as the fold sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<A = FormAct> {
    /// Its id.
    pub id: EntryId,
    /// Its place in the space.
    pub seq: u64,
    /// When the hub received it.
    pub at: Millis,
    /// Whose act it is.
    pub author: PersonId,
    /// On which laptop.
    pub device: DeviceId,
    /// The device's own counter in this space.
    pub counter: u64,
    /// The author's roles at the stamp's register head.
    pub roles: Roles,
    /// The entry that it answers or is about.
    pub about: Option<EntryId>,
    /// Under which key it was said.
    pub under: Under,
    /// The entries it replaces or was made on.
    pub replaces: Vec<EntryId>,
    /// The act.
    pub act: A,
}

//! The ledger, frozen: entries, stamps, control entries with their fold, enrolment codes, the wire, and every limit.
//!
//! Entry points: [`EntryV1::sign`], [`Thread`] and [`RegisterThread`] (verified chain and control state in one), [`Register`], [`Space`],
//! [`admit`]. Hub, laptop and recount run the same functions; a laptop never takes the hub's word.
//! Must never: do I/O, read a clock, know what a sealed body means.

mod admit;
mod code;
mod codec;
mod control;
mod entry;
mod error;
mod ids;
mod keys;
mod kinds;
pub mod limits;
mod record;
mod register;
mod space;
mod stamp;
mod thread;
pub mod wire;

pub use admit::{Author, admit, may_read, role};
pub use code::{EnrolmentCode, StampKeyLine};
pub use codec::{decode, encode};
pub use control::{ControlV1, DeviceKeysV1, DeviceRequestV1, FoundedV1, GrantV1, GranteeV1, RecoveryV1, control_kind};
pub use entry::{
    AuthorV1, BodyV1, EntryV1, ExtraV1, HeaderV1, PaperNameV1, Place, SealingV1, SeenV1, Signed, Unsigned,
};
pub use error::LedgerError;
pub use ids::{DeviceId, EntryId, Hash, InvitationId, KeyId, OrgId, PersonId, SpaceId};
pub use keys::{KeyKind, PublicKeyV1, SignatureV1};
pub use kinds::{Legal, PairUse, Purpose, SPACE_VERSION, SpaceKind, legal};
pub use record::{RecordKeyV1, RecordOpeningV1, RecordV1};
pub use register::{At, Device, DeviceState, Invitation, ProposedRoles, Register, RegisterRefusal};
pub use space::{Audience, Key, Pair, Space, SpaceRefusal};
pub use stamp::{SignedHeadV1, SignedStampV1, StampV1};
pub use thread::{Chain, RegisterThread, Stamped, Thread, Void};

use minicbor::{Decode, Encode};

/// A place in a space: sequence number and hash of the stamp there. (0, zeros) is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// Sequence number.
    #[n(0)]
    pub seq: u64,
    /// Hash of the stamp.
    #[n(1)]
    pub hash: Hash,
}

impl Head {
    /// Before the first entry.
    pub const START: Head = Head { seq: 0, hash: Hash::NONE };
}

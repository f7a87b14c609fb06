//! The ledger, frozen: entries, stamps, control entries with their fold, enrolment codes, the wire, and every limit.
//!
//! Entry points: [`EntryV1::sign`], [`Chain::verify_next`], [`Register`], [`Space`], [`admit`]. Hub, laptop and recount run
//! the same functions; a laptop never takes the hub's word.
//! Must never: do I/O, read a clock, know what a sealed body means.

mod admit;
mod chain;
mod code;
mod codec;
mod control;
mod entry;
mod error;
mod ids;
pub mod limits;
mod record;
mod register;
mod space;
mod stamp;
pub mod wire;

pub use admit::{Author, admit, may_read, role};
pub use chain::{Chain, Head, Stamped, replay_register, verify_register};
pub use code::{EnrolmentCode, StampKeyLine};
pub use codec::{decode, encode};
pub use control::{
    ControlV1, DeviceKeysV1, DeviceRequestV1, FoundedV1, GrantV1, GranteeV1, RecoveryV1, SpaceKind, control_kind,
    is_control,
};
pub use entry::{EntryV1, HeaderV1, PaperNameV1, SealingV1, SeenV1, Signed, Unsigned};
pub use error::LedgerError;
pub use ids::{DeviceId, EntryId, Hash, InvitationId, KeyId, OrgId, PersonId, SpaceId};
pub use record::RecordV1;
pub use register::{Device, DeviceState, Invitation, Register, RegisterRefusal};
pub use space::{Audience, Space, SpaceRefusal};
pub use stamp::{SignedStampV1, StampV1};

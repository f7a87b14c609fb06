//! Sync as a state machine: outbox, cursors, retries. It is told what happened and says what to do next.
//!
//! Entry points: [`Sync::next`], [`Sync::done`]. Whoever drives it owns the network, the clock and the disk.
//! Must never: do I/O, read a clock, draw a random number, decide whether an entry is genuine.

mod backoff;
mod outbox;

pub use outbox::{Outgoing, Sync};

use cabinet_ledger::wire::{AppendedAllV1, AppendsV1, PageV1, RefusalReason, RefusalV1, SpaceHeadV1, SpacesV1};
use cabinet_ledger::{EntryId, PaperNameV1, SpaceId};

/// What to ask the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// How far is each space?
    Spaces,
    /// Here are entries, in the order of signing.
    Append {
        /// Their ids.
        entries: Vec<EntryId>,
        /// They themselves.
        appends: AppendsV1,
    },
    /// What came after a place?
    Read {
        /// The space.
        space: SpaceId,
        /// The last sequence number that is here.
        after: u64,
    },
    /// The hub lost what it had stamped: here is what came after the place where it stands.
    HandBack {
        /// The space.
        space: SpaceId,
        /// The hub's last sequence number.
        after: u64,
    },
    /// Here is a paper, resumed where it broke off.
    Upload {
        /// Its name.
        paper: PaperNameV1,
        /// Its space.
        space: SpaceId,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To [`Request::Spaces`].
    Spaces(SpacesV1),
    /// To [`Request::Append`].
    Appended(AppendedAllV1),
    /// To [`Request::Read`].
    Page(Box<PageV1>),
    /// To [`Request::HandBack`].
    HandedBack(SpaceHeadV1),
    /// To [`Request::Upload`].
    Uploaded,
    /// The hub said no to anything but an append.
    Refused(RefusalReason),
    /// No answer, or not from the hub.
    Unreachable,
}

/// What the driver must do with a reply, before it asks for the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The hub says this entry has a place. To be verified against the very bytes that were sent, then kept as the receipt.
    Receipt {
        /// The entry.
        entry: EntryId,
        /// The stamp.
        stamp: Vec<u8>,
    },
    /// The hub will never take this entry. To be kept and shown.
    Refused {
        /// The entry.
        entry: EntryId,
        /// The hub's signed word.
        refusal: RefusalV1,
    },
    /// Entries that follow the cursor. To be verified and stored; then [`Sync::stored`] moves the cursor.
    Entries {
        /// The space.
        space: SpaceId,
        /// Entries with their stamps.
        page: Box<PageV1>,
    },
    /// Where the hub says that spaces end: another stamp at a place that stands here is another history, and is read
    /// ([`Sync::read_again`]).
    Ends(Vec<SpaceHeadV1>),
    /// The hub stands at an earlier place than this laptop has seen. Receipts for later places are no receipts any more.
    HubBehind {
        /// The space.
        space: SpaceId,
        /// Where the hub stands.
        seq: u64,
    },
    /// The hub stands earlier and will not take back what it had stamped: it forgot, or is another.
    HubForgot {
        /// The space.
        space: SpaceId,
        /// Where the hub stands.
        seq: u64,
    },
    /// A paper is on the hub.
    Uploaded {
        /// Its name.
        paper: PaperNameV1,
    },
    /// The hub answered, or stopped answering.
    Online(bool),
    /// The login no longer holds.
    LoginNeeded,
}

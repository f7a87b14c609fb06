//! Where a laptop keeps things: one trait, two stores, one contract.

mod memory;
mod salvage;
mod sql;
#[cfg(test)]
mod tests;

pub use memory::MemoryStore;
pub use sql::SqlStore;

use crate::VaultError;
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{EntryId, KeyId, PersonId, SpaceId};

/// A verified entry with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Its space.
    pub space: SpaceId,
    /// Its place.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// Its kind.
    pub kind: u16,
    /// Its author; none for a laptop that was only asking.
    pub person: Option<PersonId>,
    /// The author's roles at the stamp's head of the register.
    pub roles: u16,
    /// When the hub received it.
    pub at_ms: u64,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// Its stamp.
    pub stamp: Vec<u8>,
    /// The key that would open its body, while that is missing.
    pub missing_key: Option<KeyId>,
    /// Salt and plain body, if this laptop could open it.
    pub body: Option<Vec<u8>>,
}

/// An entry of this laptop that has no place yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id.
    pub id: EntryId,
    /// Its space.
    pub space: SpaceId,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// Salt and plain body.
    pub body: Vec<u8>,
    /// When it was signed, by this laptop's clock.
    pub signed_ms: u64,
    /// The receipt, once there is one.
    pub stamp: Option<Vec<u8>>,
    /// The hub's refusal, if there is one.
    pub refusal: Option<Vec<u8>>,
    /// A receipt that the hub lost in a restore: it goes with the entry, and its time counts.
    pub earlier: Option<Vec<u8>>,
}

impl OutboxRow {
    /// Whether its body is for all to read, as control is: nothing salts it.
    pub(crate) fn is_clear(&self) -> bool {
        self.body.starts_with(&[0; 32])
    }

    /// Whether it still has to go out.
    pub fn is_unsent(&self) -> bool {
        self.stamp.is_none() && self.refusal.is_none()
    }

    /// The hub lost what it had stamped: the first receipt is kept for its time.
    pub(crate) fn unreceipted(&mut self) {
        let stamp = self.stamp.take();
        self.earlier = self.earlier.take().or(stamp);
    }
}

/// What search finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// In which space.
    pub space: SpaceId,
    /// What it is: `form`, or the hash of a paper.
    pub source: String,
    /// Page, from 1; 0 for a form's own text.
    pub page: u32,
    /// The words around it.
    pub snippet: String,
}

/// One thing that a transaction changes.
#[derive(Clone, Debug)]
pub enum Change {
    /// A named value.
    Meta(String, Option<Vec<u8>>),
    /// A verified entry.
    Entry(EntryRow),
    /// A space from a place on is forgotten: another branch of it holds.
    Cut(SpaceId, u64),
    /// The body of an entry whose key has come.
    Body(SpaceId, u64, Vec<u8>),
    /// An entry that was just signed.
    Signed(OutboxRow),
    /// Its receipt.
    Receipt(EntryId, Vec<u8>),
    /// Its receipt is of an earlier time: the hub lost what it had stamped.
    Unreceipted(EntryId),
    /// Its refusal.
    Refusal(EntryId, Vec<u8>),
    /// It stands in its space now, or was given up.
    Settled(EntryId),
    /// A key.
    Key(KeyId, Vec<u8>),
    /// How far a space is verified, as CBOR.
    Chain(SpaceId, Vec<u8>),
    /// What lists show of a space, as JSON.
    View(SpaceId, Vec<u8>),
    /// Text to search, replacing what that source had.
    Text {
        /// In which space.
        space: SpaceId,
        /// What it is.
        source: String,
        /// Pages with their text.
        pages: Vec<(u32, String)>,
    },
}

/// What can be read of a damaged store: what can't is left out.
pub(crate) trait Salvage {
    /// Named values.
    fn readable_metas(&self) -> Vec<(String, Vec<u8>)>;
    /// Keys.
    fn readable_keys(&self) -> Vec<(KeyId, Vec<u8>)>;
    /// The outbox, and how many rows of it can't be read.
    fn readable_outbox(&self) -> (Vec<OutboxRow>, usize);
    /// Spaces, in the order in which they arrived.
    fn readable_spaces(&self) -> Vec<SpaceId>;
    /// Entries of a space, in sequence.
    fn readable_entries(&self, space: SpaceId) -> Vec<StampedV1>;
}

/// A laptop's store.
pub trait Store: Send {
    /// Begins a transaction: what is committed until [`Store::end`] is read at once and is on disk together, or not at all.
    fn begin(&mut self) -> Result<(), VaultError>;
    /// Ends it: keeps what was committed since, or forgets it.
    fn end(&mut self, keeps: bool) -> Result<(), VaultError>;
    /// Applies changes. Invariant: outside a transaction all are on disk on return, or none is.
    fn commit(&mut self, changes: Vec<Change>) -> Result<(), VaultError>;
    /// A named value.
    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError>;
    /// Names of the values whose names begin so, in the order of their bytes.
    fn meta_names(&self, prefix: &str) -> Result<Vec<String>, VaultError>;
    /// Entries of a space after a place, in sequence.
    fn entries(&self, space: SpaceId, after: u64) -> Result<Vec<EntryRow>, VaultError>;
    /// Control entries of a space, in sequence.
    fn controls(&self, space: SpaceId) -> Result<Vec<EntryRow>, VaultError>;
    /// Entries that wait for a key.
    fn waiting_for(&self, key: KeyId) -> Result<Vec<EntryRow>, VaultError>;
    /// The outbox, in the order of signing.
    fn outbox(&self) -> Result<Vec<OutboxRow>, VaultError>;
    /// All keys.
    fn keys(&self) -> Result<Vec<(KeyId, Vec<u8>)>, VaultError>;
    /// All chains, in the order in which their spaces arrived.
    fn chains(&self) -> Result<Vec<(SpaceId, Vec<u8>)>, VaultError>;
    /// All views.
    fn views(&self) -> Result<Vec<(SpaceId, Vec<u8>)>, VaultError>;
    /// Finds text; words as [`cabinet_domain::fold_for_search`] folds them.
    fn search(&self, words: &str, limit: u32) -> Result<Vec<Hit>, VaultError>;
}

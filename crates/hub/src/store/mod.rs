//! Where stamped entries lie. One trait, one contract suite, so that other databases can follow.

mod memory;
mod sqlite;
#[cfg(test)]
mod tests;

pub use memory::MemoryLedgerStore;
pub use sqlite::SqliteLedgerStore;

use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{DeviceId, EntryId, Hash, PaperNameV1, SpaceId, limits};

/// What a store can fail with.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing more fits on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The database or the disk says no.
    #[error("the store failed: {0}")]
    Failed(String),
    /// What was read is not what was written.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
}

/// An entry with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its space.
    pub space: SpaceId,
    /// Its place.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// Hash of its bytes.
    pub hash: Hash,
    /// Its kind.
    pub kind: u16,
    /// Its device.
    pub device: DeviceId,
    /// That device's counter.
    pub counter: u64,
    /// Its bytes.
    pub entry: Vec<u8>,
    /// Its stamp.
    pub stamp: Vec<u8>,
    /// Papers it brings.
    pub papers: Vec<PaperNameV1>,
}

impl StoredEntry {
    /// What one finds of it.
    pub fn found(&self) -> Found {
        Found { id: self.id, hash: self.hash, stamp: self.stamp.clone() }
    }
}

/// What stands where an entry was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: EntryId,
    /// Hash of its bytes.
    pub hash: Hash,
    /// Its stamp.
    pub stamp: Vec<u8>,
}

/// A paper as one device named it in one space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The space.
    pub space: SpaceId,
    /// The device.
    pub device: DeviceId,
    /// What it said.
    pub paper: PaperNameV1,
}

/// A space as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpaceRow {
    /// The space.
    pub space: SpaceId,
    /// Its last sequence number.
    pub seq: u64,
}

/// Which entries a page is made of.
#[derive(Clone, Copy, Debug)]
pub struct PageOf {
    /// The space.
    pub space: SpaceId,
    /// After this place.
    pub after: u64,
    /// Up to this one.
    pub until: u64,
    /// Control entries only.
    pub is_control: bool,
}

/// Lets through as many as one answer holds, at least one.
fn fitting() -> impl FnMut(&StampedV1) -> bool {
    let (mut count, mut bytes) = (0, 0);
    move |one| {
        count += 1;
        bytes += one.entry.len() + one.stamp.len();
        count == 1 || (count <= limits::PAGE_ENTRIES_MAX && bytes <= limits::PAGE_BYTES_MAX)
    }
}

/// A store of stamped entries.
pub trait LedgerStore: Send {
    /// Writes a batch. Invariant: on return it is on disk, whole; on error none of it is.
    fn commit(&mut self, batch: &[StoredEntry]) -> Result<(), StoreError>;
    /// Entries of a space after a place, at most `limit`.
    fn entries(&self, space: SpaceId, after: u64, limit: usize) -> Result<Vec<StampedV1>, StoreError>;
    /// As many of them as one answer holds, by [`cabinet_ledger::limits`], at least one; no more than that is ever read.
    fn page(&self, of: &PageOf) -> Result<Vec<StampedV1>, StoreError>;
    /// Control entries of a space, with their stamps, in sequence.
    fn controls(&self, space: SpaceId) -> Result<Vec<StampedV1>, StoreError>;
    /// All spaces, in the order in which they began.
    fn spaces(&self) -> Result<Vec<SpaceRow>, StoreError>;
    /// What a device wrote into a space under a counter, which it uses once.
    fn find(&self, space: SpaceId, device: DeviceId, counter: u64) -> Result<Option<Found>, StoreError>;
    /// Who named a paper, where, and what they said of it: everybody says it for themselves.
    fn named(&self, hash: Hash) -> Result<Vec<Named>, StoreError>;
    /// Bytes of all papers that a device named in a space.
    fn named_bytes(&self, space: SpaceId, device: DeviceId) -> Result<u64, StoreError>;
    /// Number of entries and their bytes, for metrics.
    fn size(&self) -> Result<(u64, u64), StoreError>;
}

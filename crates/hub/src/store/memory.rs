//! A store in memory that loses what was not synced when it dies, for the simulator.

use super::{Found, LedgerStore, Named, PageOf, SpaceRow, StoreError, StoredEntry, fitting};
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{DeviceId, Hash, SpaceId, control_kind};
use std::sync::{Arc, Mutex, MutexGuard};

/// Entries in memory. Clones share one disk, as two openings of one database do.
#[derive(Clone, Default)]
pub struct MemoryLedgerStore(Arc<Mutex<Disk>>);

#[derive(Default)]
struct Disk {
    entries: Vec<StoredEntry>,
    synced: usize,
    skips_sync: bool,
}

impl MemoryLedgerStore {
    /// Forgets to sync from now on: the fault that acknowledging before the fsync would be.
    pub fn skip_sync(&self) {
        self.disk().skips_sync = true;
    }

    /// Another disk with the same on it.
    pub fn copy(&self) -> Self {
        let disk = self.disk();
        let (entries, synced) = (disk.entries.clone(), disk.synced);
        MemoryLedgerStore(Arc::new(Mutex::new(Disk { entries, synced, skips_sync: false })))
    }

    /// Power fails: what was not synced is gone. Returns how many entries were lost.
    pub fn die(&self) -> usize {
        let mut disk = self.disk();
        let (lost, synced) = (disk.entries.len() - disk.synced, disk.synced);
        disk.entries.truncate(synced);
        lost
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn namings(entry: &StoredEntry) -> impl Iterator<Item = Named> {
    entry.papers.iter().map(|paper| Named { space: entry.space, device: entry.device, paper: *paper })
}

fn stamped(entry: &StoredEntry) -> StampedV1 {
    StampedV1 { entry: entry.entry.clone().into(), stamp: entry.stamp.clone().into() }
}

impl LedgerStore for MemoryLedgerStore {
    fn commit(&mut self, batch: &[StoredEntry]) -> Result<(), StoreError> {
        let mut disk = self.disk();
        disk.entries.extend_from_slice(batch);
        if !disk.skips_sync {
            disk.synced = disk.entries.len();
        }
        Ok(())
    }

    fn entries(&self, space: SpaceId, after: u64, limit: usize) -> Result<Vec<StampedV1>, StoreError> {
        let disk = self.disk();
        Ok(disk.entries.iter().filter(|e| e.space == space && e.seq > after).take(limit).map(stamped).collect())
    }

    fn page(&self, of: &PageOf) -> Result<Vec<StampedV1>, StoreError> {
        let is_meant = |e: &&StoredEntry| {
            e.space == of.space
                && (of.after + 1..=of.until).contains(&e.seq)
                && (control_kind(e.kind) || !of.is_control)
        };
        Ok(self.disk().entries.iter().filter(is_meant).map(stamped).take_while(fitting()).collect())
    }

    fn controls(&self, space: SpaceId) -> Result<Vec<StampedV1>, StoreError> {
        let disk = self.disk();
        Ok(disk.entries.iter().filter(|e| e.space == space && control_kind(e.kind)).map(stamped).collect())
    }

    fn spaces(&self) -> Result<Vec<SpaceRow>, StoreError> {
        let mut rows: Vec<SpaceRow> = Vec::new();
        for entry in &self.disk().entries {
            match rows.iter_mut().find(|r| r.space == entry.space) {
                Some(row) => row.seq = entry.seq,
                None => rows.push(SpaceRow { space: entry.space, seq: entry.seq }),
            }
        }
        Ok(rows)
    }

    fn find(&self, space: SpaceId, device: DeviceId, counter: u64) -> Result<Option<Found>, StoreError> {
        let disk = self.disk();
        let found = disk.entries.iter().find(|e| (e.space, e.device, e.counter) == (space, device, counter));
        Ok(found.map(StoredEntry::found))
    }

    fn named(&self, hash: Hash) -> Result<Vec<Named>, StoreError> {
        let disk = self.disk();
        let named = disk.entries.iter().flat_map(namings).filter(|n| n.paper.hash == hash);
        Ok(named.collect())
    }

    fn named_bytes(&self, space: SpaceId, device: DeviceId) -> Result<u64, StoreError> {
        let disk = self.disk();
        let named = disk.entries.iter().flat_map(namings).filter(|n| (n.space, n.device) == (space, device));
        Ok(named.map(|n| n.paper.size_bytes).sum())
    }

    fn size(&self) -> Result<(u64, u64), StoreError> {
        let disk = self.disk();
        Ok((disk.entries.len() as u64, disk.entries.iter().map(|e| (e.entry.len() + e.stamp.len()) as u64).sum()))
    }
}

//! A space that nothing was written to since the hub's start is known by its end and its control entries alone. Before something is, it is read
//! again: a page at a time, so that nobody waits for it but whoever writes there.

use super::{Orderer, Place};
use crate::store::{LedgerStore, StoreError};
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{Register, SpaceId, Thread, limits};

/// A space that is being read again.
pub struct Waking {
    thread: Thread,
    register: Register,
    end: u64,
}

impl Waking {
    /// Whether all of it is read.
    pub fn is_whole(&self) -> bool {
        self.thread.chain.head.seq >= self.end
    }

    /// Reads the page that follows.
    pub fn read(&mut self, page: &[StampedV1]) -> Result<(), StoreError> {
        let mut next = page.iter().map(|e| self.thread.replay_next(&e.entry, &e.stamp, &self.register));
        if page.is_empty() || next.any(|read| read.is_err()) {
            return Err(StoreError::Damaged("a space does not verify"));
        }
        Ok(())
    }
}

impl<S: LedgerStore> Orderer<S> {
    /// Begins to read a space again; none if it is awake, or there is none.
    pub fn waking(&self, space: SpaceId) -> Option<Waking> {
        let Some(Place::Asleep { head, .. }) = self.places.get(&space) else { return None };
        let (_, register) = self.register()?;
        Some(Waking { thread: Thread::new(register.org, space), register: register.clone(), end: head.seq })
    }

    /// The page that follows what was read.
    pub fn page_of(&self, waking: &Waking) -> Result<Vec<StampedV1>, StoreError> {
        self.store().entries(waking.thread.chain.id, waking.thread.chain.head.seq, limits::PAGE_ENTRIES_MAX)
    }

    /// Takes what was read, unless somebody else was faster.
    pub fn woken(&mut self, waking: Waking) {
        let space = waking.thread.chain.id;
        if self.places.get(&space).is_some_and(|place| place.is_asleep_at(waking.thread.chain.head)) {
            self.places.insert(space, Place::Awake(Box::new(waking.thread)));
        }
    }

    /// Reads a space again at once.
    pub(super) fn wake(&mut self, space: SpaceId) -> Result<(), StoreError> {
        let Some(mut waking) = self.waking(space) else { return Ok(()) };
        while !waking.is_whole() {
            waking.read(&self.page_of(&waking)?)?;
        }
        self.woken(waking);
        Ok(())
    }
}

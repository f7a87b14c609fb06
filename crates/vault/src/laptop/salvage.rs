//! A damaged vault saved into a new one: its identity, its keys and what waits go over, and what it holds of each space is read again as if a
//! hub had sent it. What does not go over is read from the hub itself.

use super::receive::row;
use super::sign::{count, counter_name};
use super::{Alarm, Laptop, ME, Me};
use crate::VaultError;
use crate::store::{Change, EntryRow, Salvage, Store};
use cabinet_ledger::wire::{PageV1, StampedV1};
use cabinet_ledger::{LedgerError, RegisterThread, Signed, SpaceId, Thread, decode, limits};

impl<S: Store> Laptop<S> {
    /// The laptop of a damaged vault, in an empty store. Fails where the damage took the identity of this laptop: then it asks to be let in anew.
    pub(crate) fn salvage(store: S, damaged: &dyn Salvage) -> Result<Self, VaultError> {
        let (mut changes, mut acts) = (Vec::new(), 0);
        let metas = damaged.readable_metas();
        let me = metas.iter().find(|(name, _)| name == ME).and_then(|(_, bytes)| decode::<Me>(bytes).ok());
        let me = me.ok_or(VaultError::Damaged("the identity of this laptop"))?;
        changes.extend(metas.into_iter().map(|(name, value)| Change::Meta(name, Some(value))));
        changes.extend(damaged.readable_keys().into_iter().map(|(id, secret)| Change::Key(id, secret)));
        let (rows, unreadable) = damaged.readable_outbox();
        acts += unreadable;
        for row in rows {
            match Signed::decode(&row.entry) {
                Ok(signed) if signed.header.id == row.id && signed.space() == row.space => {
                    changes.push(Change::Signed(row))
                }
                _ => acts += 1,
            }
        }
        let mut store = store;
        store.commit(changes)?;
        let mut laptop = Laptop::open(store)?;
        let mut others = damaged.readable_spaces();
        others.retain(|space| *space != me.register);
        let mut cut = 0;
        for space in [me.register].into_iter().chain(others) {
            cut += usize::from(!laptop.read_again(space, damaged.readable_entries(space))?);
            laptop.mend_counter(space)?;
        }
        laptop.raise(Alarm::Damaged { space: me.register, acts: acts as u32, spaces: cut as u32 })?;
        Ok(laptop)
    }

    /// Says whether all of a space that was there is here.
    fn read_again(&mut self, space: SpaceId, entries: Vec<StampedV1>) -> Result<bool, VaultError> {
        for some in entries.chunks(limits::PAGE_ENTRIES_MAX) {
            let page = PageV1 { entries: some.to_vec(), head_seq: 0, head: None };
            match self.receive(space, &page) {
                Ok(received) if received.stopped.is_none() => {}
                Ok(_) | Err(VaultError::Ledger(_)) => return Ok(false),
                Err(other) => return Err(other),
            }
        }
        Ok(true)
    }

    /// This laptop's counter in a space is never below what it has signed there.
    fn mend_counter(&mut self, space: SpaceId) -> Result<(), VaultError> {
        let Some(device) = self.me.as_ref().map(|me| me.device) else { return Ok(()) };
        let kept = self.store.entries(space, 0)?.into_iter().map(|row| row.entry);
        let waiting = self.outbox.iter().filter(|row| row.space == space).map(|row| row.entry.clone());
        let own = kept.chain(waiting).filter_map(|entry| Signed::decode(&entry).ok());
        let last = own.filter(|s| s.header.device() == Some(device)).max_by_key(|s| s.header.counter);
        match last {
            Some(last) if last.header.counter > self.counted(space)?.0 => {
                self.commit(vec![Change::Meta(counter_name(space), Some(count(&last)))])
            }
            _ => Ok(()),
        }
    }

    /// Whether everything that is kept can be read and says what it said when it came.
    pub(crate) fn is_whole(&self) -> bool {
        self.arrived.iter().all(|space| self.is_space_whole(*space).unwrap_or(false))
    }

    fn is_space_whole(&self, space: SpaceId) -> Result<bool, VaultError> {
        let me = self.me()?;
        let rows = self.store.entries(space, 0)?;
        let mut registered = RegisterThread::new(me.org, me.register);
        let mut thread = Thread::new(me.org, space);
        for kept in &rows {
            let verified = match self.register() {
                _ if space == me.register => registered.replay_next(&kept.entry, &kept.stamp)?,
                Some(register) => thread.replay_next(&kept.entry, &kept.stamp, register)?,
                None => return Ok(false),
            };
            let stamped = StampedV1 { entry: kept.entry.clone().into(), stamp: kept.stamp.clone().into() };
            let (body, missing_key) = (kept.body.clone(), kept.missing_key);
            let is_same = EntryRow { body, missing_key, ..row(space, &verified, &stamped) } == *kept;
            if !is_same || !is_body_of(kept.body.as_deref(), &verified.signed) {
                return Ok(false);
            }
        }
        let head = if space == me.register { registered.chain.head } else { thread.chain.head };
        Ok(self.chains.get(&space).is_some_and(|chain| chain.head == head))
    }
}

/// Whether an opened body is what its entry commits to. An empty one was opened and is not what was signed.
fn is_body_of(body: Option<&[u8]>, signed: &Signed) -> bool {
    let Some(body) = body.filter(|body| !body.is_empty()) else { return true };
    let parts = body.split_first_chunk::<32>();
    parts.is_some_and(|(salt, content)| signed.header.place().commitment(salt, content) == signed.header.commitment)
}

/// An entry that was verified when it came and is not what it was.
pub(super) fn damaged(error: LedgerError) -> VaultError {
    match error {
        // The register must come first; nothing is wrong with what is here.
        LedgerError::RegisterBehind { .. } | LedgerError::NeedsNewerApp => VaultError::Ledger(error),
        _ => VaultError::Damaged("an entry that was kept"),
    }
}

//! States as they were last folded. Lists, views, pages and what a laptop does by itself ask for the same one many times between two changes; and
//! what arrives is folded on from where the state stood.

use super::Laptop;
use super::facts::ReadUpTo;
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_domain::{EntryId, Fact};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{SpaceId, control_kind};
use cabinet_meaning::{Matter, domain_person};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// What a fault of the simulator's does to all facts of a space at once.
type Distort<'a, M> = &'a dyn Fn(&mut Vec<Fact<M>>);

/// The states of one kind of space.
pub struct Folded<M: Matter> {
    stamped: RefCell<HashMap<SpaceId, Known<M>>>,
    pending: RefCell<HashMap<SpaceId, Arc<M::State>>>,
}

struct Known<M: Matter> {
    read: ReadUpTo,
    state: Arc<M::State>,
    /// What this person's own entries say, which the state may leave sealed.
    own: HashMap<EntryId, M>,
}

impl<M: Matter> Default for Folded<M> {
    fn default() -> Self {
        Folded { stamped: RefCell::default(), pending: RefCell::default() }
    }
}

impl<M: Matter> Default for Known<M> {
    fn default() -> Self {
        Known { read: ReadUpTo::default(), state: Arc::default(), own: HashMap::new() }
    }
}

impl<M: Matter> Folded<M> {
    /// Forgets them all.
    pub(super) fn forget(&mut self) {
        *self = Folded::default();
    }

    /// Forgets what a change may touch: an entry adds to what was folded, while keys, roles and who is in a space say anew what earlier
    /// entries mean.
    pub(super) fn heed(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Meta(..) | Change::View(..) | Change::Text { .. } | Change::Chain(..) => {}
                Change::Entry(row) if control_kind(row.kind) => self.forget(),
                Change::Key(..) | Change::Body(..) | Change::Cut(..) => self.forget(),
                Change::Entry(_)
                | Change::Signed(_)
                | Change::Receipt(..)
                | Change::Unreceipted(_)
                | Change::Refusal(..)
                | Change::Settled(_) => self.pending.get_mut().clear(),
            }
        }
    }

    /// What an entry of this person's says that has its place.
    pub(super) fn own(&self, space: SpaceId, entry: EntryId) -> Option<M> {
        self.stamped.borrow().get(&space)?.own.get(&entry).cloned()
    }

    /// Whether this person has said the very same there, whatever the rules made of it: to say it again would change nothing.
    pub(super) fn has_said(&self, space: SpaceId, act: &M) -> bool
    where
        M: PartialEq,
    {
        self.stamped.borrow().get(&space).is_some_and(|known| known.own.values().any(|own| own == act))
    }

    /// How far a space was read.
    pub(super) fn with_read<T>(&self, space: SpaceId, of: impl FnOnce(&ReadUpTo) -> T) -> T {
        let none = ReadUpTo::default();
        of(self.stamped.borrow().get(&space).map_or(&none, |known| &known.read))
    }
}

impl<S: Store> Laptop<S> {
    /// The state of a space from stamped entries only: the same on every laptop that holds them and the same keys. Under a fault, nothing is
    /// kept.
    pub(super) fn folded<M: Matter>(
        &self,
        folded: &Folded<M>,
        space: SpaceId,
        distort: Option<Distort<'_, M>>,
    ) -> Result<Arc<M::State>, VaultError> {
        // Taken out while it is worked on: what fails halfway is folded anew.
        let known = folded.stamped.borrow_mut().remove(&space).filter(|_| distort.is_none());
        let mut known = known.unwrap_or_default();
        if known.read.seq < self.head_seq(space) {
            let mut facts = self.facts_after(space, &mut known.read)?;
            if let Some(distort) = distort {
                distort(&mut facts);
            }
            M::extend(Arc::make_mut(&mut known.state), &facts, self.law());
            let me = domain_person(self.me()?.person);
            known.own.extend(facts.into_iter().filter(|f| f.author == me).map(|f| (f.id, f.act)));
        }
        let state = known.state.clone();
        folded.stamped.borrow_mut().insert(space, known);
        Ok(state)
    }

    /// The state as this person left it: own entries that have no place yet come last.
    pub(super) fn folded_with_pending<M: Matter>(
        &self,
        folded: &Folded<M>,
        space: SpaceId,
        stamped: Arc<M::State>,
    ) -> Result<Arc<M::State>, VaultError> {
        if self.outbox().iter().all(|row| row.space != space) {
            return Ok(stamped);
        }
        if let Some(known) = folded.pending.borrow().get(&space) {
            return Ok(known.clone());
        }
        let mut state = stamped;
        let pending = folded.with_read(space, |read| self.pending_facts(space, read))?;
        match is_off(Fault::AwaitClosing) {
            false => M::extend_with_pending(Arc::make_mut(&mut state), &pending, self.law()),
            true => M::extend(Arc::make_mut(&mut state), &pending, self.law()),
        }
        folded.pending.borrow_mut().insert(space, state.clone());
        Ok(state)
    }

    pub(super) fn head_seq(&self, space: SpaceId) -> u64 {
        self.chains.get(&space).map_or(0, |chain| chain.head.seq)
    }
}

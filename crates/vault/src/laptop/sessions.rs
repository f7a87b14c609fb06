//! Sessions as this laptop knows them: their facts, and the fold.

use super::facts::ReadUpTo;
use super::{Laptop, Pending};
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_domain::{
    Ballot, DeviceId, Fact, Millis, PersonId, Presence, Roles, SessionAct, SessionRefusal, SessionState, Under,
};
use cabinet_ledger::{EntryId, SpaceId, control_kind};
use cabinet_meaning::{Matter, domain_entry, domain_person};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Sessions as they were last folded. Lists, views, pages and what a laptop does by itself ask for the same one many times between
/// two changes; and what arrives is folded on from where the session stood.
#[derive(Default)]
pub(super) struct Folded {
    stamped: RefCell<HashMap<SpaceId, Stamped>>,
    pending: RefCell<HashMap<SpaceId, Arc<SessionState>>>,
}

#[derive(Default)]
struct Stamped {
    read: ReadUpTo,
    state: Arc<SessionState>,
    /// What this person's own ballots say, which the state leaves sealed.
    own: HashMap<cabinet_domain::EntryId, Ballot>,
}

impl Folded {
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
                Change::Key(..) | Change::Body(..) => self.forget(),
                Change::Entry(_)
                | Change::Signed(_)
                | Change::Receipt(..)
                | Change::Unreceipted(_)
                | Change::Refusal(..)
                | Change::Settled(_) => self.pending.get_mut().clear(),
            }
        }
    }
}

impl<S: Store> Laptop<S> {
    /// A session's state from stamped entries only: the same on every laptop that holds them and the same keys.
    pub fn session(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        // Taken out while it is worked on: what fails halfway is folded anew.
        let known = self.folded.stamped.borrow_mut().remove(&space).filter(|_| !self.distorts_sessions());
        let mut known = known.unwrap_or_default();
        if known.read.seq < self.head_seq(space) {
            let mut facts = self.facts_after(space, &mut known.read)?;
            self.distort_session(&mut facts);
            Arc::make_mut(&mut known.state).extend(&facts, self.law());
            let me: PersonId = domain_person(self.me()?.person);
            known.own.extend(facts.into_iter().filter_map(|fact| match fact.act {
                SessionAct::Balloted(ballot) if fact.author == me => Some((fact.id, ballot)),
                _ => None,
            }));
        }
        let state = known.state.clone();
        self.folded.stamped.borrow_mut().insert(space, known);
        Ok(state)
    }

    /// What a ballot of this person's says that has its place.
    pub fn own_ballot(&self, space: SpaceId, entry: cabinet_domain::EntryId) -> Result<Option<Ballot>, VaultError> {
        self.session(space)?;
        let stamped = self.folded.stamped.borrow();
        Ok(stamped.get(&space).and_then(|known| known.own.get(&entry).cloned()))
    }

    /// A session's state as this person left it: own entries that have no place yet come last.
    pub fn session_with_pending(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        if self.outbox.iter().all(|row| row.space != space) {
            return self.session(space);
        }
        if let Some(known) = self.folded.pending.borrow().get(&space) {
            return Ok(known.clone());
        }
        let mut state = self.session(space)?;
        let pending = self.with_read(space, |read| self.pending_facts(space, read))?;
        match self.protections.awaits_closing {
            true => SessionAct::extend_with_pending(Arc::make_mut(&mut state), &pending, self.law()),
            false => SessionAct::extend(Arc::make_mut(&mut state), &pending, self.law()),
        }
        self.folded.pending.borrow_mut().insert(space, state.clone());
        Ok(state)
    }

    /// What the rules would make of an act of this person's, were it the next: asked before anything is signed.
    pub fn would(
        &self,
        space: SpaceId,
        act: SessionAct,
        about: Option<EntryId>,
        replaces: &[EntryId],
        now_ms: u64,
    ) -> Result<Result<(), SessionRefusal>, VaultError> {
        let state = self.session_with_pending(space)?;
        let mut fact = self.next_fact(space, act, about, replaces, now_ms)?;
        if let SessionAct::Balloted(ballot) = &fact.act {
            fact.under = state.vote(ballot.vote).map_or(Under::Space, |vote| Under::Pair(vote.opening.pair));
        }
        self.judge(Arc::unwrap_or_clone(state), self.law(), fact)
    }

    /// An act of this person's as the fact that it would be, behind all that wait.
    pub(super) fn next_fact<M>(
        &self,
        space: SpaceId,
        act: M,
        about: Option<EntryId>,
        replaces: &[EntryId],
        now_ms: u64,
    ) -> Result<Fact<M>, VaultError> {
        let me = self.me()?;
        Ok(Fact {
            id: domain_entry(EntryId([0; 16])),
            seq: self.head_seq(space) + self.outbox.len() as u64 + 1,
            at: Millis(now_ms as i64),
            author: domain_person(me.person),
            device: DeviceId(Uuid::from_bytes(me.device.0)),
            counter: u64::MAX,
            roles: Roles(self.my_roles()),
            about: about.map(domain_entry),
            under: Under::Space,
            replaces: replaces.iter().copied().map(domain_entry).collect(),
            act,
        })
    }

    fn with_read<T>(&self, space: SpaceId, of: impl FnOnce(&ReadUpTo) -> T) -> T {
        let none = ReadUpTo::default();
        of(self.folded.stamped.borrow().get(&space).map_or(&none, |known| &known.read))
    }

    /// The facts of a session, in sequence.
    pub fn session_facts(&self, space: SpaceId) -> Result<Vec<Fact<SessionAct>>, VaultError> {
        let mut facts = self.facts_after(space, &mut ReadUpTo::default())?;
        self.distort_session(&mut facts);
        Ok(facts)
    }

    pub(super) fn head_seq(&self, space: SpaceId) -> u64 {
        self.chains.get(&space).map_or(0, |chain| chain.head.seq)
    }

    /// Whether a fault is on that looks at all facts at once.
    fn distorts_sessions(&self) -> bool {
        let of = &self.protections;
        !(of.heeds_absence && of.closes_votes && of.keeps_unnamed_writes)
    }

    /// What the simulator's faults do to the facts.
    fn distort_session(&self, facts: &mut Vec<Fact<SessionAct>>) {
        if !self.protections.heeds_absence {
            facts.retain(|f| !matches!(f.act, SessionAct::Marked { presence: Presence::Absent, .. }));
        }
        if !self.protections.closes_votes {
            // Ballots come first, as if nothing had closed.
            let is_end = |f: &Fact<SessionAct>| {
                matches!(
                    f.act,
                    SessionAct::VoteClosed { .. } | SessionAct::BallotsOpened(_) | SessionAct::BallotSpoiled { .. }
                )
            };
            facts.sort_by_key(|f| is_end(f));
        }
        if !self.protections.keeps_unnamed_writes {
            let ids: Vec<_> = facts.iter().map(|f| f.id).collect();
            let edits =
                facts.iter_mut().filter_map(|f| if let SessionAct::Edited(w) = &mut f.act { Some(w) } else { None });
            edits.flatten().for_each(|write| write.on.clone_from(&ids));
        }
    }

    /// Own entries of a session that have no place in it yet.
    pub fn session_pending(&self, space: SpaceId) -> Result<Vec<Pending<SessionAct>>, VaultError> {
        self.session(space)?;
        self.with_read(space, |read| self.pending_of(space, read))
    }
}

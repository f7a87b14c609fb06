//! Sessions as this laptop knows them: their facts, and the fold.

use super::facts::ReadUpTo;
use super::{Laptop, Pending};
use crate::VaultError;
use crate::store::Store;
use cabinet_domain::{Ballot, Fact, Millis, Presence, Roles, SessionAct, SessionRefusal, SessionState, Under};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{EntryId, SpaceId};
use cabinet_meaning::{domain_device, domain_entry, domain_person};
use std::sync::Arc;

impl<S: Store> Laptop<S> {
    /// A session's state from stamped entries only: the same on every laptop that holds them and the same keys.
    pub fn session(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        let distort = |facts: &mut Vec<Fact<SessionAct>>| self.distort_session(facts);
        self.folded(&self.sessions, space, self.distorts_sessions().then_some(&distort))
    }

    /// What a ballot of this person's says that has its place.
    pub fn own_ballot(&self, space: SpaceId, entry: cabinet_domain::EntryId) -> Result<Option<Ballot>, VaultError> {
        self.session(space)?;
        Ok(match self.sessions.own(space, entry) {
            Some(SessionAct::Balloted(ballot)) => Some(ballot),
            _ => None,
        })
    }

    /// Whether this person has said the very same in a session, whatever the rules made of it.
    pub fn has_said_in_session(&self, space: SpaceId, act: &SessionAct) -> bool {
        self.sessions.has_said(space, act)
    }

    /// A session's state as this person left it: own entries that have no place yet come last.
    pub fn session_with_pending(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        self.folded_with_pending(&self.sessions, space, self.session(space)?)
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
            device: domain_device(me.device),
            counter: u64::MAX,
            roles: Roles(self.my_roles()),
            about: about.map(domain_entry),
            under: Under::Space,
            replaces: replaces.iter().copied().map(domain_entry).collect(),
            act,
        })
    }

    /// The facts of a session, in sequence.
    pub fn session_facts(&self, space: SpaceId) -> Result<Vec<Fact<SessionAct>>, VaultError> {
        let mut facts = self.facts_after(space, &mut ReadUpTo::default())?;
        self.distort_session(&mut facts);
        Ok(facts)
    }

    /// Whether a fault is on that looks at all facts at once.
    fn distorts_sessions(&self) -> bool {
        [Fault::Absence, Fault::VoteClosing, Fault::NamedWrites].into_iter().any(is_off)
    }

    /// What the simulator's faults do to the facts.
    fn distort_session(&self, facts: &mut Vec<Fact<SessionAct>>) {
        if is_off(Fault::Absence) {
            facts.retain(|f| !matches!(f.act, SessionAct::Marked { presence: Presence::Absent, .. }));
        }
        if is_off(Fault::VoteClosing) {
            // Ballots come first, as if nothing had closed.
            let is_end = |f: &Fact<SessionAct>| {
                matches!(
                    f.act,
                    SessionAct::VoteClosed { .. } | SessionAct::BallotsOpened(_) | SessionAct::BallotSpoiled { .. }
                )
            };
            facts.sort_by_key(|f| is_end(f));
        }
        if is_off(Fault::NamedWrites) {
            let ids: Vec<_> = facts.iter().map(|f| f.id).collect();
            let edits =
                facts.iter_mut().filter_map(|f| if let SessionAct::Edited(w) = &mut f.act { Some(w) } else { None });
            edits.flatten().for_each(|write| write.on.clone_from(&ids));
        }
    }

    /// Own entries of a session that have no place in it yet.
    pub fn session_pending(&self, space: SpaceId) -> Result<Vec<Pending<SessionAct>>, VaultError> {
        self.session(space)?;
        self.sessions.with_read(space, |read| self.pending_of(space, read))
    }
}

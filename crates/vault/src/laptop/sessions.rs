//! Sessions as this laptop knows them: their facts, and the fold.

use super::facts::ReadAct;
use super::forms::law;
use super::{Laptop, Pending};
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_acts::{Body, Opening, read_session_act};
use cabinet_domain::{
    DeviceId, Fact, Millis, PersonId, Presence, Roles, SessionAct, SessionRefusal, SessionState, SessionVerdict,
};
use cabinet_ledger::{EntryId, SpaceId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

type States = RefCell<HashMap<SpaceId, Arc<SessionState>>>;

/// Sessions as they were last folded. Lists, views, pages and what a laptop does by itself ask for the same one many times between
/// two changes.
#[derive(Default)]
pub(super) struct Folded {
    stamped: States,
    pending: States,
}

impl Folded {
    fn get(
        &self,
        states: &States,
        space: SpaceId,
        facts: impl FnOnce() -> Result<Vec<Fact<SessionAct>>, VaultError>,
    ) -> Result<Arc<SessionState>, VaultError> {
        if let Some(known) = states.borrow().get(&space) {
            return Ok(known.clone());
        }
        let (book, calendar) = law();
        let state = Arc::new(SessionState::fold(&facts()?, book, calendar));
        states.borrow_mut().insert(space, state.clone());
        Ok(state)
    }

    /// Forgets them all.
    pub(super) fn forget(&mut self) {
        *self = Folded::default();
    }

    /// Forgets them if a change may touch what they rest on: entries, keys, roles, or own entries on their way.
    pub(super) fn heed(&mut self, changes: &[Change]) {
        if changes.iter().any(|c| !matches!(c, Change::Meta(..) | Change::View(..) | Change::Text { .. })) {
            self.forget();
        }
    }
}

impl ReadAct for SessionAct {
    fn read(kind: u16, body: Body<'_>, is_for_me: bool, is_genuine: &dyn Fn(&Opening) -> bool) -> Self {
        read_session_act(kind, body, is_for_me, is_genuine)
    }
}

impl<S: Store> Laptop<S> {
    /// A session's state from stamped entries only: the same on every laptop that holds them and the same keys.
    pub fn session(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        self.folded.get(&self.folded.stamped, space, || self.session_facts(space))
    }

    /// A session's state as this person left it: own entries that have no place yet come last.
    pub fn session_with_pending(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        if self.outbox.iter().all(|row| row.space != space) {
            return self.session(space);
        }
        self.folded.get(&self.folded.pending, space, || self.with_pending(space, self.session_facts(space)?))
    }

    /// What the rules would make of an act of this person's, were it the next: asked before anything is signed.
    pub fn would(
        &self,
        space: SpaceId,
        act: SessionAct,
        replaces: &[EntryId],
        now_ms: u64,
    ) -> Result<SessionVerdict, VaultError> {
        let (book, calendar) = law();
        let me = self.me()?;
        let mut facts = self.with_pending(space, self.session_facts(space)?)?;
        let id = cabinet_domain::EntryId(Uuid::nil());
        facts.push(Fact {
            id,
            seq: facts.last().map_or(0, |f| f.seq) + 1,
            at: Millis(now_ms as i64),
            author: PersonId(Uuid::from_bytes(me.person.0)),
            device: DeviceId(Uuid::from_bytes(me.device.0)),
            counter: u64::MAX,
            roles: Roles(self.my_roles()),
            replaces: replaces.iter().map(|e| cabinet_domain::EntryId(Uuid::from_bytes(e.0))).collect(),
            act,
        });
        let state = SessionState::fold(&facts, book, calendar);
        let unreadable = SessionVerdict::Refused { reason: SessionRefusal::Unreadable };
        Ok(state.verdict(id).cloned().unwrap_or(unreadable))
    }

    /// The facts of a session, in sequence.
    pub fn session_facts(&self, space: SpaceId) -> Result<Vec<Fact<SessionAct>>, VaultError> {
        let mut facts = self.facts_of(space)?;
        self.distort_session(&mut facts);
        Ok(facts)
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
                    SessionAct::VoteClosed { .. } | SessionAct::BallotOpened { .. } | SessionAct::BallotSpoiled { .. }
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
        self.pending_of(space)
    }
}

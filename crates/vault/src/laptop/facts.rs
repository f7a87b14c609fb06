//! Facts out of verified entries, for the folds of forms and sessions alike.

use super::Laptop;
use crate::VaultError;
use crate::store::{EntryRow, OutboxRow, Store};
use cabinet_acts::{Body, Opening};
use cabinet_domain::{Fact, FormAct, Millis, Roles};
use cabinet_ledger::wire::RefusalV1;
use cabinet_ledger::*;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An act that a space's entries carry.
pub(super) trait ReadAct: Sized {
    /// What an entry means: see [`cabinet_acts::read_session_act`].
    fn read(kind: u16, body: Body<'_>, is_for_me: bool, is_genuine: &dyn Fn(&Opening) -> bool) -> Self;
}

/// Where one of this laptop's own entries is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// Signed, waiting to be sent.
    Waiting,
    /// The hub has given it a place; it has not come back in its space yet.
    Received {
        /// The hub's time.
        at_ms: u64,
    },
    /// The hub will not take it.
    Refused {
        /// Its reason.
        reason: wire::RefusalReason,
    },
}

/// One of this laptop's own entries that has no place in its space yet.
#[derive(Clone, Debug)]
pub struct Pending<A = FormAct> {
    /// Its id.
    pub id: EntryId,
    /// What it says.
    pub fact: Fact<A>,
    /// When it was signed.
    pub signed_ms: u64,
    /// Where it is.
    pub state: PendingState,
}

/// How far the facts of a space were read, and what reading on takes.
#[derive(Default)]
pub(super) struct ReadUpTo {
    /// The last entry.
    pub seq: u64,
    /// What the answers and ballots up to there promised: an opening comes after what it opens.
    commitments: BTreeMap<EntryId, Hash>,
}

impl<S: Store> Laptop<S> {
    /// The facts of a space, in sequence.
    pub(super) fn facts_of<A: ReadAct>(&self, space: SpaceId) -> Result<Vec<Fact<A>>, VaultError> {
        self.facts_after(space, &mut ReadUpTo::default())
    }

    /// The facts of a space that follow those that were read.
    pub(super) fn facts_after<A: ReadAct>(
        &self,
        space: SpaceId,
        read: &mut ReadUpTo,
    ) -> Result<Vec<Fact<A>>, VaultError> {
        let control = self.stamped_control(space)?;
        let mut facts = Vec::new();
        for row in self.store.entries(space, read.seq)? {
            read.seq = row.seq;
            let (false, Some(person)) = (control_kind(row.kind), row.person) else { continue };
            let signed = Signed::decode(&row.entry)?;
            let is_genuine = |o: &Opening| {
                let promised = read.commitments.get(&EntryId(*o.entry.0.as_bytes()));
                promised == Some(&EntryV1::commitment(&o.salt, &o.body))
            };
            let is_for_me = self.is_for_me(control.as_deref(), &signed);
            let act = A::read(row.kind, body_of(&row, &signed), is_for_me, &is_genuine);
            if matches!(signed.header.sealing, SealingV1::Answer(_)) {
                read.commitments.insert(row.id, signed.header.commitment);
            }
            facts.push(fact(&signed, row.seq, row.at_ms, person, row.roles, act));
        }
        Ok(facts)
    }

    /// Own entries of a space that have no place in it yet.
    pub(super) fn pending_of<A: ReadAct>(&self, space: SpaceId) -> Result<Vec<Pending<A>>, VaultError> {
        let me = self.me()?;
        let rows = self.outbox.iter().filter(|r| r.space == space);
        let mut pending = Vec::new();
        for row in rows {
            let signed = Signed::decode(&row.entry)?;
            if control_kind(signed.header.kind) {
                continue;
            }
            let state = pending_state(row)?;
            let at = match state {
                PendingState::Received { at_ms } => at_ms,
                _ => row.signed_ms,
            };
            let body = Body::Open(row.body.get(32..).unwrap_or_default());
            let act = A::read(signed.header.kind, body, true, &|_| true);
            let fact = fact(&signed, 0, at, me.person, self.my_roles(), act);
            pending.push(Pending { id: row.id, fact, signed_ms: row.signed_ms, state });
        }
        Ok(pending)
    }

    /// This laptop's own entries as facts behind the stamped ones, as if they had arrived last.
    pub(super) fn pending_facts<A: ReadAct>(&self, space: SpaceId, last: u64) -> Result<Vec<Fact<A>>, VaultError> {
        let pending = self.pending_of(space)?.into_iter();
        let pending = pending.filter(|p| !matches!(p.state, PendingState::Refused { .. }));
        Ok(pending.enumerate().map(|(i, p)| Fact { seq: last + 1 + i as u64, ..p.fact }).collect())
    }

    /// Answers and ballots that this laptop can read, with salt and body for opening them.
    pub fn readable(&self, space: SpaceId) -> Result<Vec<Opening>, VaultError> {
        let rows = self.store.entries(space, 0)?;
        let mut readable = Vec::new();
        for row in &rows {
            let is_answer = matches!(Signed::decode(&row.entry)?.header.sealing, SealingV1::Answer(_));
            if let Some((salt, body)) =
                row.body.as_deref().and_then(|b| b.split_first_chunk::<32>()).filter(|_| is_answer)
            {
                let entry = cabinet_domain::EntryId(Uuid::from_bytes(row.id.0));
                readable.push(Opening { entry, salt: *salt, body: body.to_vec() });
            }
        }
        Ok(readable)
    }

    /// Whether this person should hold the key of an entry: what is sealed for others is not missing.
    fn is_for_me(&self, control: Option<&Space>, signed: &Signed) -> bool {
        let (Some(control), Ok(me)) = (control, self.me()) else { return true };
        match signed.header.sealing {
            SealingV1::Key(key) => control.is_for(key, me.person, self.my_roles()).unwrap_or(true),
            SealingV1::Clear | SealingV1::Answer(_) => true,
        }
    }
}

fn pending_state(row: &OutboxRow) -> Result<PendingState, VaultError> {
    if let Some(refusal) = &row.refusal {
        return Ok(PendingState::Refused { reason: decode::<RefusalV1>(refusal)?.reason });
    }
    match &row.stamp {
        Some(stamp) => Ok(PendingState::Received { at_ms: decode::<SignedStampV1>(stamp)?.verify()?.at_ms }),
        None => Ok(PendingState::Waiting),
    }
}

fn body_of<'a>(row: &'a EntryRow, signed: &Signed) -> Body<'a> {
    match (&row.body, signed.header.sealing) {
        (Some(salted), _) if salted.len() >= 32 => Body::Open(&salted[32..]),
        (Some(_), _) => Body::Broken,
        (None, SealingV1::Answer(_)) => Body::SealedAnswer,
        (None, _) => Body::KeyMissing,
    }
}

fn fact<A>(signed: &Signed, seq: u64, at_ms: u64, person: PersonId, roles: u16, act: A) -> Fact<A> {
    let entry = |id: EntryId| cabinet_domain::EntryId(Uuid::from_bytes(id.0));
    Fact {
        id: entry(signed.header.id),
        seq,
        at: Millis(at_ms as i64),
        author: cabinet_domain::PersonId(Uuid::from_bytes(person.0)),
        device: cabinet_domain::DeviceId(Uuid::from_bytes(signed.header.device.0)),
        counter: signed.header.counter,
        roles: Roles(roles),
        replaces: signed.header.replaces.iter().copied().map(entry).collect(),
        act,
    }
}

//! Facts out of verified entries, for the folds of every kind of space.

use super::{Laptop, damaged};
use crate::VaultError;
use crate::store::{EntryRow, OutboxRow, Store};
use cabinet_acts::{Body, Opening};
use cabinet_domain::{Fact, FormAct};
use cabinet_ledger::wire::RefusalV1;
use cabinet_ledger::*;
use cabinet_meaning::{Matter, Read, Reader, domain_entry};

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
#[derive(Clone, Default)]
pub(super) struct ReadUpTo {
    /// The last entry.
    pub seq: u64,
    reader: Reader,
}

impl<S: Store> Laptop<S> {
    /// The facts of a space that follow those that were read.
    pub(super) fn facts_after<M: Matter>(
        &self,
        space: SpaceId,
        read: &mut ReadUpTo,
    ) -> Result<Vec<Fact<M>>, VaultError> {
        let (Some(control), Some(register)) = (self.stamped_control(space)?, self.register()) else {
            return Ok(Vec::new());
        };
        let mut facts = Vec::new();
        for row in self.store.entries(space, read.seq)? {
            read.seq = row.seq;
            // Void: it counts for nothing.
            let Some(person) = row.person else { continue };
            let signed = Signed::decode(&row.entry).map_err(damaged)?;
            let stamp = decode::<SignedStampV1>(&row.stamp).and_then(|s| s.read()).map_err(damaged)?;
            let entry = Read {
                signed: &signed,
                seq: row.seq,
                at_ms: row.at_ms,
                person,
                roles: row.roles,
                register_seq: stamp.register.seq,
                body: body_of(&row, &signed),
                is_for_me: self.is_for_me(&control, &signed),
            };
            facts.extend(read.reader.read(&entry, &control, register));
        }
        Ok(facts)
    }

    /// Own entries of a space that have no place in it yet.
    pub(super) fn pending_of<M: Matter>(&self, space: SpaceId, read: &ReadUpTo) -> Result<Vec<Pending<M>>, VaultError> {
        let person = self.me()?.person;
        let (Some(control), Some(register)) = (self.control(space)?, self.register()) else { return Ok(Vec::new()) };
        let mut pending = Vec::new();
        for row in self.outbox.iter().filter(|r| r.space == space) {
            let signed = Signed::decode(&row.entry)?;
            let state = pending_state(row)?;
            let entry = Read {
                signed: &signed,
                seq: 0,
                at_ms: if let PendingState::Received { at_ms } = state { at_ms } else { row.signed_ms },
                person,
                roles: self.my_roles(),
                register_seq: register.head().seq,
                body: Body::Open(row.body.get(32..).unwrap_or_default()),
                is_for_me: true,
            };
            if let Some(fact) = read.reader.read_own(&entry, &control, register) {
                pending.push(Pending { id: row.id, fact, signed_ms: row.signed_ms, state });
            }
        }
        Ok(pending)
    }

    /// This laptop's own entries as facts behind the stamped ones, as if they had arrived last.
    pub(super) fn pending_facts<M: Matter>(&self, space: SpaceId, read: &ReadUpTo) -> Result<Vec<Fact<M>>, VaultError> {
        let pending = self.pending_of(space, read)?.into_iter();
        let pending = pending.filter(|p| !matches!(p.state, PendingState::Refused { .. }));
        Ok(pending.enumerate().map(|(i, p)| Fact { seq: read.seq + 1 + i as u64, ..p.fact }).collect())
    }

    /// Answers and ballots that this laptop can read, with salt and content for opening them.
    pub fn readable(&self, space: SpaceId) -> Result<Vec<Opening>, VaultError> {
        let rows = self.store.entries(space, 0)?;
        let mut readable = Vec::new();
        for row in rows.iter().filter(|row| row.person.is_some()) {
            let is_answer = matches!(Signed::decode(&row.entry)?.header.sealing, SealingV1::Pair(_));
            if let Some((salt, body)) =
                row.body.as_deref().and_then(|b| b.split_first_chunk::<32>()).filter(|_| is_answer)
            {
                readable.push(Opening { entry: domain_entry(row.id), salt: *salt, body: body.to_vec() });
            }
        }
        Ok(readable)
    }

    /// Whether this person should hold the key of an entry: what is sealed for others is not missing.
    fn is_for_me(&self, control: &Space, signed: &Signed) -> bool {
        let Ok(me) = self.me() else { return true };
        match signed.header.sealing {
            SealingV1::Key(key) | SealingV1::Outside(key) => {
                control.is_for(key, me.person, self.my_roles()).unwrap_or(true)
            }
            SealingV1::Clear | SealingV1::Pair(_) => true,
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
        (None, SealingV1::Pair(_)) => Body::SealedAnswer,
        (None, _) => Body::KeyMissing,
    }
}

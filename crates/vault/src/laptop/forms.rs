//! Forms as this laptop knows them: their facts, and the fold.

use super::facts::ReadUpTo;
use super::{Laptop, Pending, Secret};
use crate::VaultError;
use crate::store::Store;
use cabinet_acts::{Opening, read_answer};
use cabinet_domain::{Answer, Fact, FormAct, FormState, Hash, Refusal, Under};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::*;
use cabinet_meaning::ledger_key;
use std::sync::Arc;

impl<S: Store> Laptop<S> {
    /// A form's state from stamped entries only: the same on every laptop that holds them.
    pub fn form(&self, space: SpaceId) -> Result<Arc<FormState>, VaultError> {
        let distort = |facts: &mut Vec<Fact>| self.distort(facts);
        let is_on = is_off(Fault::DeviceOrder) || is_off(Fault::CloseByEntry);
        self.folded(&self.forms, space, is_on.then_some(&distort))
    }

    /// Whether this person has said the very same on a form, whatever the rules made of it.
    pub fn has_said_on_form(&self, space: SpaceId, act: &FormAct) -> bool {
        self.forms.has_said(space, act)
    }

    /// Whether this person has written here to an audience that they are outside of: they don't read it back.
    pub fn has_written_outside(&self, space: SpaceId) -> Result<bool, VaultError> {
        let me = self.me()?.person;
        let rows = self.store.entries(space, 0)?;
        let stamped = rows.iter().filter(|row| row.person == Some(me)).map(|row| &row.entry);
        let waiting =
            self.outbox.iter().filter(|row| row.space == space && row.refusal.is_none()).map(|row| &row.entry);
        for entry in stamped.chain(waiting) {
            if matches!(Signed::decode(entry)?.header.sealing, SealingV1::Outside(_)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A form's state as this person left it: own entries that have no place yet come last.
    pub fn form_with_pending(&self, space: SpaceId) -> Result<Arc<FormState>, VaultError> {
        self.folded_with_pending(&self.forms, space, self.form(space)?)
    }

    /// What the rules would make of an act of this person's on a form, were it the next: asked before anything is signed.
    pub fn would_form(
        &self,
        space: SpaceId,
        act: FormAct,
        about: Option<EntryId>,
        replaces: &[EntryId],
        now_ms: u64,
    ) -> Result<Result<(), Refusal>, VaultError> {
        let state = self.form_with_pending(space)?;
        let mut fact = self.next_fact(space, act, about, replaces, now_ms)?;
        if let (FormAct::Answered(_), Some(issue)) = (&fact.act, &state.issue) {
            fact.under = Under::Pair(issue.answer_pair);
        }
        self.judge(Arc::unwrap_or_clone(state), self.law(), fact)
    }

    /// Own entries of a form that have no place in it yet.
    pub fn pending(&self, space: SpaceId) -> Result<Vec<Pending>, VaultError> {
        self.form(space)?;
        self.forms.with_read(space, |read| self.pending_of(space, read))
    }

    /// The facts of a form, in sequence.
    pub fn facts(&self, space: SpaceId) -> Result<Vec<Fact>, VaultError> {
        let mut facts = self.facts_after(space, &mut ReadUpTo::default())?;
        self.distort(&mut facts);
        Ok(facts)
    }

    /// Answers that this laptop can read, with salt and content for opening them.
    pub fn readable_answers(&self, space: SpaceId) -> Result<Vec<(Opening, Answer)>, VaultError> {
        let readable = self.readable(space)?.into_iter();
        Ok(readable.filter_map(|opening| read_answer(&opening.body).map(|answer| (opening, answer))).collect())
    }

    /// The private half of a pair, if it is here: of a form's answers, of a vote's ballots.
    pub fn private_half(&self, pair: Hash) -> Option<&Secret> {
        self.keys.get(&ledger_key(pair))
    }

    /// What the simulator's faults do to the facts.
    fn distort(&self, facts: &mut Vec<Fact>) {
        if is_off(Fault::DeviceOrder) {
            facts.iter_mut().for_each(|f| f.counter = f.seq);
            facts.iter_mut().for_each(|f| f.replaces.clear());
        }
        if let Some(clock_ms) = self.me.as_ref().and_then(|me| cabinet_fault::clock_of(me.device.0)) {
            facts.retain(|f| !matches!(f.act, FormAct::Closed { .. }) && f.at.0 <= clock_ms as i64);
        }
    }
}

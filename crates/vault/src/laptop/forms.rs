//! Forms as this laptop knows them: their facts, and the fold.

use super::facts::ReadAct;
use super::{Laptop, Pending, Secret, recipient_key_id};
use crate::VaultError;
use crate::store::Store;
use cabinet_acts::{Body, Opening, read_answer, read_form_act};
use cabinet_domain::{Answer, Fact, FormAct, FormState, Law};
use cabinet_ledger::*;
use std::sync::OnceLock;

/// The law that ships with this program, read once.
pub fn law() -> &'static Law {
    static LAW: OnceLock<Law> = OnceLock::new();
    LAW.get_or_init(Law::shipped)
}

impl ReadAct for FormAct {
    fn read(kind: u16, body: Body<'_>, is_for_me: bool, is_genuine: &dyn Fn(&Opening) -> bool) -> Self {
        read_form_act(kind, body, is_for_me, is_genuine)
    }
}

impl<S: Store> Laptop<S> {
    /// A form's state from stamped entries only: the same on every laptop that holds them.
    pub fn form(&self, space: SpaceId) -> Result<FormState, VaultError> {
        Ok(FormState::fold(&self.facts(space)?, law()))
    }

    /// A form's state as this person left it: own entries that have no place yet come last.
    pub fn form_with_pending(&self, space: SpaceId) -> Result<FormState, VaultError> {
        let facts = self.facts(space)?;
        let pending = self.pending_facts(space, facts.last().map_or(0, |f| f.seq))?;
        if !self.protections.awaits_closing {
            return Ok(FormState::fold(facts.iter().chain(&pending), law()));
        }
        Ok(FormState::fold_with_pending(&facts, &pending, law()))
    }

    /// Own entries of a form that have no place in it yet.
    pub fn pending(&self, space: SpaceId) -> Result<Vec<Pending>, VaultError> {
        self.pending_of(space)
    }

    /// The facts of a form, in sequence.
    pub fn facts(&self, space: SpaceId) -> Result<Vec<Fact>, VaultError> {
        let mut facts = self.facts_of(space)?;
        self.distort(&mut facts);
        Ok(facts)
    }

    /// Answers that this laptop can read, with salt and body for opening them.
    pub fn readable_answers(&self, space: SpaceId) -> Result<Vec<(Opening, Answer)>, VaultError> {
        let readable = self.readable(space)?.into_iter();
        Ok(readable.filter_map(|opening| read_answer(&opening.body).map(|answer| (opening, answer))).collect())
    }

    /// Whether this laptop holds the private half of a key pair: of a form's answers, of a vote's ballots.
    pub fn holds_answer_key(&self, answer_key: &str) -> bool {
        matches!(self.keys.get(&recipient_key_id(answer_key)), Some(Secret::Identity(_)))
    }

    /// What the simulator's faults do to the facts.
    fn distort(&self, facts: &mut Vec<Fact>) {
        if !self.protections.keeps_device_order {
            facts.iter_mut().for_each(|f| f.counter = f.seq);
            facts.iter_mut().for_each(|f| f.replaces.clear());
        }
        if let Some(clock_ms) = self.protections.closes_by_clock_ms {
            facts.retain(|f| f.act != FormAct::Closed && f.at.0 <= clock_ms as i64);
        }
    }
}

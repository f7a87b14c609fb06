//! What is done with opinion forms: the rule is asked first, then the act is signed. Generic over the store, so that the simulator
//! acts through the same functions.

mod answer;
mod close;
mod issue;
mod write;

pub use answer::answer_form;
pub use close::{close_form, confirm_form, extend_form, open_answers, publish_counts, recall_form, settle_form};
pub use issue::{IssuePlan, issue_form, lay_answer_pair, plan_issue};
pub use write::paper_names;
pub use write::{approve_form, draft_form};

use crate::WorkError;
use cabinet_acts::write_form_act;
use cabinet_domain::{FormAct, FormState, Refusal};
use cabinet_ledger::{EntryId, SpaceId};
pub use cabinet_meaning::{domain_device, domain_person as person, ledger_entry, ledger_person};
use cabinet_vault::{Laptop, NewEntry, Store};
use std::sync::Arc;

/// Signs an act for everybody in the form's space, if the rules take it now.
fn sign_act<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    act: &FormAct,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let new = written(space, act)?;
    sign(laptop, act, new, now_ms)
}

/// An act as a new entry for everybody in the form's space.
fn written(space: SpaceId, act: &FormAct) -> Result<NewEntry, WorkError> {
    let written = write_form_act(act).ok_or(WorkError::Refused(Refusal::Unreadable))?;
    Ok(NewEntry::act(space, written))
}

/// Signs what an act says, if the rules take it now.
fn sign<S: Store>(laptop: &mut Laptop<S>, act: &FormAct, new: NewEntry, now_ms: u64) -> Result<EntryId, WorkError> {
    let space = new.space.ok_or(WorkError::NotFound)?;
    laptop.would(space, act.clone(), new.about, &new.replaces, now_ms)?.map_err(WorkError::Refused)?;
    Ok(laptop.sign(new, now_ms)?.0)
}

fn refuse<T>(reason: Refusal) -> Result<T, WorkError> {
    Err(WorkError::Refused(reason))
}

/// A form that exists here, own pending acts included.
fn state<S: Store>(laptop: &Laptop<S>, space: SpaceId) -> Result<Arc<FormState>, WorkError> {
    let state = laptop.form_with_pending(space)?;
    match state.needs_newer_app {
        Some(_) => Err(WorkError::NeedsNewerApp),
        None => Ok(state),
    }
}

//! What is done with opinion forms: the rule is asked first, then the act is signed. Generic over the store, so that the simulator
//! acts through the same functions.

mod answer;
mod close;
mod issue;
mod write;

pub use answer::answer_form;
pub use close::{close_form, extend_form, open_answers, recall_form};
pub use issue::{IssuePlan, issue_form, plan_issue};
pub use write::paper_names;
pub use write::{approve_form, draft_form};

use crate::WorkError;
use cabinet_acts::write_form_act;
use cabinet_domain::{FormAct, FormState, Refusal, Roles};
use cabinet_ledger::{EntryId, SpaceId};
pub use cabinet_vault::law;
use cabinet_vault::{Laptop, NewEntry, Store};
use uuid::Uuid;

/// Ledger names as the rules' names, and back: the same bytes.
pub fn person(id: cabinet_ledger::PersonId) -> cabinet_domain::PersonId {
    cabinet_domain::PersonId(Uuid::from_bytes(id.0))
}

pub fn ledger_person(id: cabinet_domain::PersonId) -> cabinet_ledger::PersonId {
    cabinet_ledger::PersonId(*id.0.as_bytes())
}

pub fn ledger_entry(id: cabinet_domain::EntryId) -> EntryId {
    EntryId(*id.0.as_bytes())
}

/// Signs an act for everybody in the form's space.
fn sign_act<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    act: &FormAct,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let written = write_form_act(act).ok_or(WorkError::Refused(Refusal::Unreadable))?;
    Ok(laptop.sign(NewEntry::act(space, written), now_ms)?.0)
}

/// Whoever holds none of the roles is told at once: the entry would be refused everywhere else.
fn expect_role<S: Store>(laptop: &Laptop<S>, roles: Roles) -> Result<(), WorkError> {
    let mine = Roles(laptop.my_roles());
    if roles.0 & mine.0 != 0 { Ok(()) } else { refuse(Refusal::NotAllowed) }
}

fn refuse<T>(reason: Refusal) -> Result<T, WorkError> {
    Err(WorkError::Refused(reason))
}

/// A form that exists here, own pending acts included.
fn state<S: Store>(laptop: &Laptop<S>, space: SpaceId) -> Result<FormState, WorkError> {
    let state = laptop.form_with_pending(space)?;
    match state.needs_newer_app {
        Some(_) => Err(WorkError::NeedsNewerApp),
        None => Ok(state),
    }
}

//! Writing a form: each saved text is an entry that names the one it was made on.

use super::{expect_role, ledger_entry, refuse, sign_act, state};
use crate::WorkError;
use cabinet_acts::write_form_act;
use cabinet_domain::{FormAct, FormContent, FormPhase, Refusal, Roles, check_content};
use cabinet_ledger::{Hash, PaperNameV1, SpaceId, SpaceKind};
use cabinet_vault::{Laptop, NewEntry, Store};

/// Saves the text of a form; without a space, of a new one. `base` is the draft it was made on.
pub fn draft_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: Option<SpaceId>,
    content: FormContent,
    base: Option<cabinet_domain::EntryId>,
    now_ms: u64,
) -> Result<SpaceId, WorkError> {
    expect_role(laptop, Roles::SECRETARY)?;
    check_content(&content).map_err(WorkError::Refused)?;
    let space = match space {
        Some(space) => match state(laptop, space)?.phase {
            FormPhase::Empty | FormPhase::Draft | FormPhase::Approved => space,
            _ => return refuse(Refusal::WrongPhase),
        },
        None => laptop.open_space(SpaceKind::Form, vec![], now_ms)?,
    };
    let papers = paper_names(&content);
    let written = write_form_act(&FormAct::Drafted(content)).ok_or(WorkError::Refused(Refusal::Unreadable))?;
    let replaces = base.into_iter().map(ledger_entry).collect();
    laptop.sign(NewEntry { replaces, papers, ..NewEntry::act(space, written) }, now_ms)?;
    Ok(space)
}

/// Records that the draft may be sent, and by whose word.
pub fn approve_form<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, by: &str, now_ms: u64) -> Result<(), WorkError> {
    expect_role(laptop, Roles::SECRETARY.and(Roles::CHAIR))?;
    if by.trim().is_empty() {
        return refuse(Refusal::OrderMissing);
    }
    if state(laptop, space)?.phase != FormPhase::Draft {
        return refuse(Refusal::WrongPhase);
    }
    sign_act(laptop, space, &FormAct::Approved { by: by.to_owned() }, now_ms)?;
    Ok(())
}

/// The papers of a form as headers name them.
pub fn paper_names(content: &FormContent) -> Vec<PaperNameV1> {
    let name = |p: &cabinet_domain::Paper| PaperNameV1 {
        hash: Hash(p.hash.0),
        size_bytes: p.size_bytes,
        pieces: Hash(p.pieces.0),
    };
    content.papers.iter().map(name).collect()
}

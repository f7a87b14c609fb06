//! Writing a form: each saved text is an entry that names the one it was made on.

use super::issue::opening_audience;
use super::{ledger_entry, refuse, sign, state, written};
use crate::WorkError;
use cabinet_domain::{FormAct, FormContent, OpeningAudience, Refusal, Roles, check_content};
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
    if !Roles(laptop.my_roles()).has(Roles::SECRETARY) {
        return refuse(Refusal::NotAllowed);
    }
    check_content(&content).map_err(WorkError::Refused)?;
    let space = match space {
        Some(space) => space,
        None => laptop.open_space(SpaceKind::Form, vec![], now_ms)?,
    };
    // Who sees its openings is known before tellers lay its pair by.
    if content.openings == OpeningAudience::TellersAndChair {
        opening_audience(laptop, space, now_ms)?;
    }
    let papers = paper_names(&content);
    let act = FormAct::Drafted(content);
    let replaces = base.into_iter().map(ledger_entry).collect();
    let new = NewEntry { replaces, papers, ..written(space, &act)? };
    sign(laptop, &act, new, now_ms)?;
    Ok(space)
}

/// Records that the draft may be sent, and by whose word.
pub fn approve_form<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, by: &str, now_ms: u64) -> Result<(), WorkError> {
    if by.trim().is_empty() {
        return refuse(Refusal::OrderMissing);
    }
    let about = state(laptop, space)?.draft.map(ledger_entry);
    let act = FormAct::Approved { by: by.to_owned() };
    let new = NewEntry { about, ..written(space, &act)? };
    sign(laptop, &act, new, now_ms)?;
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

//! What is done in sessions: the rule is asked first, then the act is signed. Generic over the store, so that the simulator acts
//! through the same functions.

mod agenda;
mod issue;
mod publish;
mod vote;

pub use agenda::{NewItem, add_items, create_session, edit_session, move_item, session_papers};
pub use issue::{issue_agenda, open_session};
pub use vote::{cast_ballot, lay_ballot_pairs, open_ballots, open_vote, settle_votes};

use crate::WorkError;
use cabinet_acts::write_session_act;
use cabinet_domain::{Audience, SessionAct, SessionRefusal, SessionState};
use cabinet_ledger::{EntryId, SpaceId};
use cabinet_vault::{Laptop, NewEntry, Store};
use std::sync::Arc;

/// Signs an act, if the rules take it now: for everybody in the session, or, where something is said of an item, for those who may see it.
pub fn act<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    act: SessionAct,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let written = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    let item = match &act {
        SessionAct::Positioned { item, .. } | SessionAct::Concluded { item, .. } => Some(*item),
        _ => None,
    };
    check(laptop, space, act, None, &[], now_ms)?;
    let audience = match (item, state(laptop, space)?.issued()) {
        (Some(item), Some(issued)) => publish::audience_of(&issued.content, item),
        _ => Audience::All,
    };
    let sealing = publish::sealing(laptop, space, &audience, now_ms)?;
    Ok(laptop.sign(NewEntry { sealing, ..NewEntry::act(space, written) }, now_ms)?.0)
}

/// Asks the rules.
fn check<S: Store>(
    laptop: &Laptop<S>,
    space: SpaceId,
    act: SessionAct,
    about: Option<EntryId>,
    replaces: &[EntryId],
    now_ms: u64,
) -> Result<(), WorkError> {
    laptop.would(space, act, about, replaces, now_ms)?.map_err(WorkError::SessionRefused)
}

fn refuse<T>(reason: SessionRefusal) -> Result<T, WorkError> {
    Err(WorkError::SessionRefused(reason))
}

/// A session that exists here, own pending acts included.
pub fn state<S: Store>(laptop: &Laptop<S>, space: SpaceId) -> Result<Arc<SessionState>, WorkError> {
    let state = laptop.session_with_pending(space)?;
    match state.needs_newer_app {
        Some(_) => Err(WorkError::NeedsNewerApp),
        None => Ok(state),
    }
}

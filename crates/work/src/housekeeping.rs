//! What a laptop does by itself after each sync: hand on keys, close what is due, open what is closed, of forms and sessions.

use crate::WorkError;
use crate::forms::{close_form, confirm_form, lay_answer_pair, open_answers, publish_counts, settle_form};
use crate::sessions::{lay_ballot_pairs, open_ballots, settle_votes};
use cabinet_domain::{FormAct, FormPhase, Millis, OpeningAudience, Roles, SessionAct};
use cabinet_ledger::{SpaceId, SpaceKind};
use cabinet_vault::{Laptop, Store};

/// How long a member's laptop leaves it to the tellers to close a form that is due.
const LEFT_TO_TELLERS_MS: i64 = 10 * 60_000;
/// How long a laptop leaves its person's own answer to the tellers to open.
const OPENED_BY_AUTHORS_AFTER_MS: i64 = 60 * 60_000;
/// How long one laptop leaves it to the one before it to replace a key that is due.
const TURN_MS: u64 = 10 * 60_000;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Keys handed on.
    pub granted: usize,
    /// Forms closed.
    pub closed: usize,
    /// Entries that open answers and ballots.
    pub opened: usize,
    /// Results fixed, or confirmed.
    pub settled: usize,
    /// Pairs laid by.
    pub pairs: usize,
    /// Keys replaced.
    pub rotated: usize,
}

/// Replaces keys that somebody holds who may not any more, when it is this laptop's turn.
fn rotate_due<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<usize, WorkError> {
    let mut count = 0;
    for key in laptop.due_keys(space)? {
        let since = laptop.register().and_then(|r| r.time_of(r.head().seq)).unwrap_or(0);
        if now_ms >= since + laptop.turn(space, key)? * TURN_MS {
            laptop.rotate(space, key, now_ms)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Spaces in which keys are still replaced: what is over is read by nobody anew.
fn under_way<S: Store>(laptop: &Laptop<S>) -> Result<Vec<SpaceId>, WorkError> {
    let mut spaces = vec![laptop.me()?.register];
    let is_open = |phase: &FormPhase| {
        matches!(phase, FormPhase::Empty | FormPhase::Draft | FormPhase::Approved | FormPhase::Issued)
    };
    spaces.extend(laptop.briefs::<FormAct>().filter(|(_, b)| is_open(&b.phase)).map(|(space, _)| space));
    spaces.extend(laptop.briefs::<SessionAct>().filter(|(_, b)| !b.phase.is_over()).map(|(space, _)| space));
    spaces.extend(laptop.spaces(SpaceKind::Desk)?);
    Ok(spaces)
}

/// Whether a key is due that this laptop may replace, be it another's turn first.
pub fn has_due_keys<S: Store>(laptop: &Laptop<S>) -> Result<bool, WorkError> {
    for space in under_way(laptop)? {
        if !laptop.due_keys(space)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Does what is due in the given spaces. `hub_said_ms` is the time that the hub has said last, and no reckoning from it: what is due by it is
/// due by the stamp that follows.
pub fn keep_house<S: Store>(laptop: &mut Laptop<S>, spaces: &[SpaceId], hub_said_ms: u64) -> Result<Kept, WorkError> {
    let mut kept = Kept::default();
    if !laptop.is_admitted() {
        return Ok(kept);
    }
    laptop.atomically(|laptop| laptop.open_desk(hub_said_ms))?;
    if spaces.contains(&laptop.me()?.register) {
        laptop.sign_own_name(hub_said_ms)?;
        for space in under_way(laptop)? {
            kept.rotated += laptop.atomically(|laptop| rotate_due(laptop, space, hub_said_ms))?;
        }
    }
    for space in spaces {
        laptop.atomically(|laptop| keep_space(laptop, *space, hub_said_ms, &mut kept))?;
    }
    Ok(kept)
}

fn keep_space<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    hub_said_ms: u64,
    kept: &mut Kept,
) -> Result<(), WorkError> {
    kept.granted += laptop.grant_missing(space, hub_said_ms)?;
    match laptop.control(space)?.and_then(|c| c.kind) {
        Some(SpaceKind::Form) => keep_form(laptop, space, hub_said_ms, kept),
        Some(SpaceKind::Session) => {
            kept.pairs += lay_ballot_pairs(laptop, space, hub_said_ms)?;
            kept.opened += open_ballots(laptop, space, OPENED_BY_AUTHORS_AFTER_MS, hub_said_ms)?;
            kept.settled += settle_votes(laptop, space, LEFT_TO_TELLERS_MS, hub_said_ms)?;
            Ok(())
        }
        Some(SpaceKind::Desk) | None => Ok(()),
    }
}

fn keep_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    hub_said_ms: u64,
    kept: &mut Kept,
) -> Result<(), WorkError> {
    let state = laptop.form_with_pending(space)?;
    if state.needs_newer_app.is_some() {
        return Ok(());
    }
    match (&state.phase, &state.content) {
        (FormPhase::Draft | FormPhase::Approved, Some(content)) => {
            let is_for_few = content.openings == OpeningAudience::TellersAndChair;
            kept.pairs += usize::from(lay_answer_pair(laptop, space, is_for_few, hub_said_ms)?.is_some());
        }
        (FormPhase::Issued, _) => kept.closed += usize::from(close_if_due(laptop, space, hub_said_ms)?),
        (FormPhase::Closed { .. }, _) => {
            kept.opened += open_answers(laptop, space, OPENED_BY_AUTHORS_AFTER_MS, hub_said_ms)?;
            publish_counts(laptop, space, hub_said_ms)?;
            kept.settled += usize::from(settle_form(laptop, space, LEFT_TO_TELLERS_MS, hub_said_ms)?);
            kept.settled += usize::from(confirm_form(laptop, space, hub_said_ms)?);
        }
        _ => {}
    }
    Ok(())
}

fn close_if_due<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, hub_said_ms: u64) -> Result<bool, WorkError> {
    let state = laptop.form_with_pending(space)?;
    let Some(deadline) = state.deadline.filter(|_| state.phase == FormPhase::Issued) else { return Ok(false) };
    let is_teller = Roles(laptop.my_roles()).has(Roles::TELLER);
    let patience = if is_teller { 0 } else { LEFT_TO_TELLERS_MS };
    if state.needs_newer_app.is_some() || hub_said_ms as i64 <= Millis(deadline.0 + patience).0 {
        return Ok(false);
    }
    close_form(laptop, space, hub_said_ms)?;
    Ok(true)
}

//! The end of a form: extended, recalled, closed, and its answers opened.

use super::{ledger_entry, refuse, sign_act, state, written};
use crate::WorkError;
use crate::opening::{self, Due, Words};
use cabinet_acts::{read_answer, write_openings, write_spoiled};
use cabinet_domain::{FormAct, FormPhase, FormState, QuestionResult, Refusal, Roles};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{ControlV1, SpaceId};
use cabinet_meaning::{domain_person, ledger_key};
use cabinet_vault::{Laptop, NewEntry, Sealing, Store};

const WORDS: Words =
    Words { is_one: |body| read_answer(body).is_some(), opened: |part| write_openings(part), spoiled: write_spoiled };

/// Moves the deadline; working days are counted from the first issue.
pub fn extend_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    working_days: u32,
    reason: &str,
    now_ms: u64,
) -> Result<(), WorkError> {
    let state = state(laptop, space)?;
    let (Some(pinned), Some(issued)) = (state.pinned(laptop.law()), state.issued_at) else {
        return refuse(Refusal::WrongPhase);
    };
    if reason.trim().is_empty() {
        return Err(WorkError::ReasonMissing);
    }
    let deadline = pinned.rules.deadline(issued, working_days, &pinned.calendar);
    let deadline = deadline.map_err(|_| WorkError::Refused(Refusal::CalendarUnknown))?;
    sign_act(laptop, space, &FormAct::Extended { working_days, deadline, reason: reason.to_owned() }, now_ms)?;
    Ok(())
}

/// Takes a form back; one that was never sent is thrown away, and needs no reason.
pub fn recall_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    reason: &str,
    now_ms: u64,
) -> Result<(), WorkError> {
    if reason.trim().is_empty() && state(laptop, space)?.phase == FormPhase::Issued {
        return Err(WorkError::ReasonMissing);
    }
    sign_act(laptop, space, &FormAct::Recalled { reason: reason.to_owned() }, now_ms)?;
    Ok(())
}

/// Closes a form: anybody from its deadline on, a teller earlier when all have answered.
pub fn close_form<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    sign_act(laptop, space, &FormAct::Closed { prevented: vec![] }, now_ms)?;
    Ok(())
}

/// How what is opened of a form is sealed: for all, or for the few that its pair names, whom an author outside them can write to.
fn opening_sealing<S: Store>(laptop: &Laptop<S>, space: SpaceId, state: &FormState) -> Result<Sealing, WorkError> {
    let control = laptop.control(space)?.ok_or(WorkError::NotFound)?;
    let pair = state.issue.as_ref().and_then(|issue| control.pair(ledger_key(issue.answer_pair)));
    let Some(few) = pair.and_then(|pair| pair.openings) else { return Ok(Sealing::Audience) };
    let is_among = control.is_for(few, laptop.me()?.person, laptop.my_roles()) == Some(true);
    Ok(if is_among { Sealing::Part(few) } else { Sealing::Outside(few) })
}

/// Opens the answers of a closed form that this laptop can read: all of them on a teller's, after `patience_ms` one's own on any other. An
/// author who doesn't see what tellers open does so unless the counts are out. Returns how many entries say so.
pub fn open_answers<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    patience_ms: i64,
    now_ms: u64,
) -> Result<usize, WorkError> {
    let stamped = laptop.form(space)?;
    let FormPhase::Closed { at } = stamped.phase else { return Ok(0) };
    let (me, is_teller) = (domain_person(laptop.me()?.person), Roles(laptop.my_roles()).has(Roles::TELLER));
    let is_time = now_ms as i64 > at.0 + patience_ms && !is_off(Fault::AuthorsOpen);
    let known: Vec<_> = stamped.answers.iter().map(|a| a.entry).collect();
    let state = state(laptop, space)?;
    let may_open = |person| is_teller || (is_time && person == me && state.published.is_empty());
    let unopened = state.unopened().filter(|a| known.contains(&a.entry) && may_open(a.person));
    let Some(pair) = state.issue.as_ref().map(|issue| issue.answer_pair) else { return Ok(0) };
    let due: Vec<_> = unopened.map(|a| Due { entry: a.entry, pair, may_spoil: is_teller }).collect();
    if due.is_empty() || state.settled.is_some() {
        return Ok(0);
    }
    let sealing = opening_sealing(laptop, space, &state)?;
    if matches!(sealing, Sealing::Outside(_)) && laptop.has_written_outside(space)? {
        return Ok(0);
    }
    opening::open(laptop, space, due, &WORDS, &sealing, now_ms)
}

/// Tells the counts to those who don't see the openings, once everything is opened; each teller's word stands.
pub fn publish_counts<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    let (state, me) = (state(laptop, space)?, domain_person(laptop.me()?.person));
    let is_mine = Roles(laptop.my_roles()).has(Roles::TELLER) && state.is_for_few();
    let has_said = state.published.iter().any(|(by, _)| *by == me);
    let Some(result) = state.result.as_ref().filter(|_| is_mine && !has_said) else { return Ok(()) };
    let act = FormAct::Published(result.questions.iter().map(QuestionResult::counts).collect());
    if !laptop.has_said(space, &act) {
        sign_act(laptop, space, &act, now_ms)?;
    }
    Ok(())
}

/// Fixes what counts, once everything is opened where all see it: at once on a teller's laptop, after `patience_ms` on any other. Says whether
/// it did.
pub fn settle_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    patience_ms: i64,
    now_ms: u64,
) -> Result<bool, WorkError> {
    let stamped = laptop.form(space)?;
    let (Some(settlement), FormPhase::Closed { at }) = (stamped.settlement(), &stamped.phase) else { return Ok(false) };
    let is_teller = Roles(laptop.my_roles()).has(Roles::TELLER);
    let is_mine = is_teller || (!stamped.is_for_few() && now_ms as i64 > at.0 + patience_ms);
    if !is_mine || state(laptop, space)?.settled.is_some() {
        return Ok(false);
    }
    let act = FormAct::Settled(settlement);
    if laptop.has_said(space, &act) {
        return Ok(false);
    }
    let sealing = opening_sealing(laptop, space, &stamped)?;
    Ok(laptop.sign_by_itself(NewEntry { sealing, ..written(space, &act)? }, now_ms)?)
}

/// Stands behind what somebody else settled among few, if this laptop finds the same: the fold takes no other.
pub fn confirm_form<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<bool, WorkError> {
    let state = state(laptop, space)?;
    let me = domain_person(laptop.me()?.person);
    let Some(settled) = state.settled.as_ref().filter(|s| state.is_for_few() && s.by != me && s.confirmed_by.is_none())
    else {
        return Ok(false);
    };
    if !Roles(laptop.my_roles()).has(Roles::TELLER) && !Roles(laptop.my_roles()).has(Roles::CHAIR) {
        return Ok(false);
    }
    let Some(entry) = laptop.entry_hash(space, ledger_entry(settled.entry))? else { return Ok(false) };
    Ok(laptop.sign_by_itself(NewEntry::control(Some(space), &ControlV1::Confirmed { entry }), now_ms)?)
}

//! The end of a form: extended, recalled, closed, and its answers opened.

use super::issue::opening_audience;
use super::{expect_role, law, refuse, sign_act, state};
use crate::WorkError;
use cabinet_acts::{write_form_act, write_opening};
use cabinet_domain::{FormAct, FormPhase, Millis, OpeningAudience, QuestionResult, Refusal, Roles, check_extension};
use cabinet_ledger::SpaceId;
use cabinet_vault::{Laptop, NewEntry, Sealing, Store};
use std::collections::BTreeSet;

/// Moves the deadline; working days are counted from the first issue.
pub fn extend_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    working_days: u32,
    reason: &str,
    now_ms: u64,
) -> Result<(), WorkError> {
    expect_role(laptop, Roles::SECRETARY)?;
    let state = state(laptop, space)?;
    let (Some(pinned), Some(issued), Some(previous)) = (state.pinned(law()), state.issued_at, state.deadline) else {
        return refuse(Refusal::WrongPhase);
    };
    if state.phase != FormPhase::Issued {
        return refuse(Refusal::WrongPhase);
    }
    if reason.trim().is_empty() {
        return Err(WorkError::ReasonMissing);
    }
    if Millis(now_ms as i64) > previous {
        return refuse(Refusal::Late);
    }
    let deadline = pinned.rules.deadline(issued, working_days, &pinned.calendar);
    let deadline = deadline.map_err(|_| WorkError::Refused(Refusal::CalendarUnknown))?;
    check_extension(deadline, previous, issued, pinned.rules, &pinned.calendar).map_err(WorkError::Refused)?;
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
    expect_role(laptop, Roles::SECRETARY)?;
    match state(laptop, space)?.phase {
        FormPhase::Draft | FormPhase::Approved => {}
        FormPhase::Issued if reason.trim().is_empty() => return Err(WorkError::ReasonMissing),
        FormPhase::Issued => {}
        _ => return refuse(Refusal::WrongPhase),
    }
    sign_act(laptop, space, &FormAct::Recalled { reason: reason.to_owned() }, now_ms)?;
    Ok(())
}

/// Closes a form: anybody from its deadline on, a teller earlier when all have answered.
pub fn close_form<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    let state = state(laptop, space)?;
    if state.phase != FormPhase::Issued {
        return refuse(Refusal::WrongPhase);
    }
    let is_due = state.deadline.is_some_and(|d| Millis(now_ms as i64) >= d);
    if !is_due {
        expect_role(laptop, Roles::TELLER)?;
    }
    if !is_due && !state.has_all_answers() {
        return refuse(Refusal::TooEarly);
    }
    sign_act(laptop, space, &FormAct::Closed, now_ms)?;
    Ok(())
}

/// Opens the answers of a closed form, if this laptop holds its private half. Returns how many were opened.
pub fn open_answers<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<usize, WorkError> {
    let stamped = laptop.form(space)?;
    let answer_key = stamped.issue.as_ref().map(|i| i.answer_key.clone());
    let is_closed = matches!(stamped.phase, FormPhase::Closed { .. });
    let holds = answer_key.is_some_and(|k| laptop.holds_answer_key(&k));
    if !is_closed || !holds || !Roles(laptop.my_roles()).has(Roles::TELLER) {
        return Ok(0);
    }
    let state = state(laptop, space)?;
    let unopened: BTreeSet<_> = state.unopened().map(|a| a.entry).collect();
    let openings = state.issue.as_ref().map(|i| i.content.openings);
    let sealing = match openings {
        Some(OpeningAudience::TellersAndChair) => Sealing::Part(opening_audience(laptop, space, now_ms)?),
        _ => Sealing::Audience,
    };
    let readable = laptop.readable_answers(space)?;
    let mut opened = 0;
    for entry in unopened {
        let written = match readable.iter().find(|(o, _)| o.entry == entry) {
            Some((opening, _)) => write_opening(opening),
            None => write_form_act(&FormAct::Spoiled { entry }).ok_or(WorkError::Refused(Refusal::Unreadable))?,
        };
        laptop.sign(NewEntry { sealing: sealing.clone(), ..NewEntry::act(space, written) }, now_ms)?;
        opened += 1;
    }
    if openings == Some(OpeningAudience::TellersAndChair) {
        publish(laptop, space, now_ms)?;
    }
    Ok(opened)
}

/// Tells the counts to those who don't see the openings, once everything is opened; the first teller's stand.
fn publish<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    let state = state(laptop, space)?;
    let (Some(result), None) = (&state.result, &state.published) else { return Ok(()) };
    let counts = result.questions.iter().map(QuestionResult::counts).collect();
    sign_act(laptop, space, &FormAct::Published(counts), now_ms)?;
    Ok(())
}

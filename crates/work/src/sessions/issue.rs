//! Sending an agenda, and opening the session: who is invited gets the keys, who is not any more loses them, the law of the day is pinned.

use super::publish::publish;
use super::{act, check, session_papers, state};
use crate::WorkError;
use crate::forms::ledger_person;
use cabinet_acts::write_session_act;
use cabinet_domain::{Millis, SESSION_FOLD_VERSION, SessionAct, SessionRefusal, Version, vietnam_date};
use cabinet_ledger::{ControlV1, PersonId, SpaceId};
use cabinet_vault::{Laptop, NewEntry, Store};
use std::collections::BTreeSet;

/// Sends the agenda as it stands as the next version.
pub fn issue_agenda<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    laptop.atomically(|laptop| issue(laptop, space, now_ms))
}

fn issue<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    let state = state(laptop, space)?;
    let fields = state.agenda.conflicts().count() as u32;
    if fields > 0 {
        return Err(WorkError::AgendaConflicts { fields });
    }
    let upto = laptop.heads().find(|(s, _)| *s == space).map_or(0, |(_, seq)| seq);
    let content = state.agenda.version();
    let issued = SessionAct::Issued { upto };
    invite(laptop, space, &content, now_ms)?;
    publish(laptop, space, &state, now_ms)?;
    check(laptop, space, issued.clone(), None, &[], now_ms)?;
    let written = write_session_act(&issued).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    laptop.sign(NewEntry { papers: session_papers(&content), ..NewEntry::act(space, written) }, now_ms)?;
    Ok(())
}

/// Brings the members of the space to those invited. Who leaves opens nothing that is written from here on.
fn invite<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, content: &Version, now_ms: u64) -> Result<(), WorkError> {
    let control = laptop.control(space)?.ok_or(WorkError::NotFound)?;
    let invited = content.invited().iter().copied().chain(content.chair());
    let wanted: BTreeSet<PersonId> = invited.map(ledger_person).collect();
    let added: Vec<PersonId> = wanted.difference(&control.members).copied().collect();
    let removed: Vec<PersonId> = control.members.difference(&wanted).copied().collect();
    if !added.is_empty() {
        laptop.sign(NewEntry::control(Some(space), &ControlV1::MembersAdded { members: added }), now_ms)?;
    }
    if !removed.is_empty() {
        laptop.sign(NewEntry::control(Some(space), &ControlV1::MembersRemoved { members: removed }), now_ms)?;
        laptop.rotate_due(space, now_ms)?;
    }
    laptop.grant_missing(space, now_ms)?;
    Ok(())
}

/// Opens the session under the law and the roster of the day.
pub fn open_session<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<(), WorkError> {
    let day = vietnam_date(Millis(now_ms as i64));
    let rules = laptop.law().on(day).map_err(|_| WorkError::SessionRefused(SessionRefusal::RuleSetUnknown))?;
    let roster = laptop.roster_on(day).ok_or(WorkError::NoRoster)?.clone();
    let pins = laptop.law().pin(rules, roster, day, day, SESSION_FOLD_VERSION);
    act(laptop, space, SessionAct::Opened(pins), now_ms)?;
    Ok(())
}

//! In the room: opened and closed, who is there, items and speakers.

use super::SessionState;
use crate::session::*;
use crate::{Fact, ItemId, Law, Millis, PaperId, PersonId, Pins, vietnam_date};

impl SessionState {
    pub(super) fn opened(&mut self, fact: &Fact<SessionAct>, pins: &Pins, law: &Law) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        if self.phase != SessionPhase::Issued {
            return Err(SessionRefusal::WrongPhase);
        }
        check_pins(pins, fact.at, law)?;
        self.opening = Some(pins.clone());
        self.opened_at = Some(fact.at);
        self.phase = SessionPhase::Open { since: fact.at };
        Ok(())
    }

    pub(super) fn closed(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        if self.votes.iter().any(|v| v.phase == VotePhase::Open) {
            return Err(SessionRefusal::VoteUnderWay);
        }
        self.end_current(fact.at);
        self.phase = SessionPhase::Closed { at: fact.at };
        Ok(())
    }

    pub(super) fn checked_in(&mut self, fact: &Fact<SessionAct>, is_elsewhere: bool) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        self.expect_meeting()?;
        self.mark(fact.author, fact.at, if is_elsewhere { Presence::Elsewhere } else { Presence::Present });
        Ok(())
    }

    pub(super) fn marked(
        &mut self,
        fact: &Fact<SessionAct>,
        person: PersonId,
        presence: &Presence,
    ) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_meeting()?;
        self.mark(person, fact.at, presence.clone());
        Ok(())
    }

    pub(super) fn item_begun(&mut self, fact: &Fact<SessionAct>, item: ItemId) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        self.end_current(fact.at);
        self.course.push(ItemCourse::begun(item, fact.at));
        Ok(())
    }

    /// A page is shown, or put away.
    pub(super) fn showed(
        &mut self,
        fact: &Fact<SessionAct>,
        page: Option<(PaperId, u32)>,
    ) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        self.shown = page;
        Ok(())
    }

    /// Concludes the item under way, with who speaks on it and what is shown: another begins, or the session ends.
    pub(super) fn end_current(&mut self, at: Millis) {
        self.shown = None;
        if let Some(current) = self.course.iter_mut().rfind(|c| c.ended.is_none()) {
            current.ended = Some((at, ItemOutcome::Concluded));
        }
        self.end_speech(at);
    }

    pub(super) fn item_ended(
        &mut self,
        fact: &Fact<SessionAct>,
        item: ItemId,
        outcome: ItemOutcome,
    ) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        // Another may be postponed while somebody speaks to the one under way.
        if self.current().is_some_and(|c| c.item == item) {
            self.shown = None;
            self.end_speech(fact.at);
        }
        match self.course.iter_mut().rfind(|c| c.item == item) {
            Some(course) => course.ended = Some((fact.at, outcome)),
            // Postponed or taken off before it was taken up.
            None => {
                self.course.push(ItemCourse { ended: Some((fact.at, outcome)), ..ItemCourse::begun(item, fact.at) })
            }
        }
        Ok(())
    }

    pub(super) fn concluded(
        &mut self,
        fact: &Fact<SessionAct>,
        item: ItemId,
        text: &str,
    ) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        let is_closed = matches!(self.phase, SessionPhase::Closed { .. });
        if !is_closed {
            self.expect_open()?;
        } else if text.trim().is_empty() {
            return Err(SessionRefusal::ReasonMissing);
        }
        let course = self.course.iter_mut().rfind(|c| c.item == item).ok_or(SessionRefusal::NoSuchItem)?;
        match is_closed {
            false => text.clone_into(&mut course.conclusion),
            true => course.corrections.push(Correction { person: fact.author, at: fact.at, text: text.to_owned() }),
        }
        Ok(())
    }

    pub(super) fn speech_asked(&mut self, fact: &Fact<SessionAct>, item: ItemId) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        self.expect_meeting()?;
        let waits = |s: &Speech| s.person == fact.author && s.item == Some(item) && s.begun_at.is_none();
        if !self.speeches.iter().any(waits) {
            let (person, asked_at) = (fact.author, fact.at);
            self.speeches.push(Speech { person, item: Some(item), asked_at, begun_at: None, ended_at: None });
        }
        Ok(())
    }

    pub(super) fn speech_withdrawn(&mut self, fact: &Fact<SessionAct>, item: ItemId) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        let waits = |s: &Speech| s.person == fact.author && s.item == Some(item) && s.begun_at.is_none();
        let at = self.speeches.iter().position(waits).ok_or(SessionRefusal::WrongPhase)?;
        self.speeches.remove(at);
        Ok(())
    }

    pub(super) fn speech_begun(&mut self, fact: &Fact<SessionAct>, person: PersonId) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        self.end_speech(fact.at);
        let item = self.current().map(|c| c.item);
        match self.speeches.iter_mut().find(|s| s.person == person && s.begun_at.is_none()) {
            Some(speech) => speech.begun_at = Some(fact.at),
            None => {
                self.speeches.push(Speech { person, item, asked_at: fact.at, begun_at: Some(fact.at), ended_at: None })
            }
        }
        Ok(())
    }

    pub(super) fn speech_ended(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.end_speech(fact.at);
        Ok(())
    }

    pub(super) fn end_speech(&mut self, at: Millis) {
        self.speeches
            .iter_mut()
            .filter(|s| s.begun_at.is_some() && s.ended_at.is_none())
            .for_each(|s| s.ended_at = Some(at));
    }
}

/// Checks what an opening pins, at an instant.
fn check_pins(pins: &Pins, at: Millis, law: &Law) -> Result<(), SessionRefusal> {
    pins.roster.check().map_err(|_| SessionRefusal::RosterInvalid)?;
    let pinned = law.pinned(pins, SESSION_FOLD_VERSIONS).map_err(|_| SessionRefusal::NeedsNewerApp)?;
    if pinned.rules.is_in_force(vietnam_date(at)) { Ok(()) } else { Err(SessionRefusal::RuleSetUnknown) }
}

//! Before the session: the draft edited and sent, replies, consents, positions.

use super::{SessionState, allow};
use crate::session::check::check_writes;
use crate::session::*;
use crate::{Fact, ItemId, PersonId, Roles, Under};

impl SessionState {
    /// What those see of an edit who can't open it: so no more than its author and its place decides whether it is one.
    pub(super) fn saw_edit(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        allow(fact, Roles::SECRETARY)?;
        self.expect_to_come()?;
        self.edits.push((fact.seq, fact.device));
        Ok(())
    }

    pub(super) fn edited(&mut self, fact: &Fact<SessionAct>, writes: &[Write]) -> Result<(), SessionRefusal> {
        self.saw_edit(fact)?;
        check_writes(writes)?;
        // Who leads is for all to see: what says so stands under no narrower key.
        let leads = |write: &Write| {
            !matches!(write.field, Field::Item(_, field) if field != ItemField::Chair)
                && !matches!(write.field, Field::Paper(_))
        };
        if fact.under == Under::Items && writes.iter().any(leads) {
            return Err(SessionRefusal::WrongKey);
        }
        writes.iter().for_each(|write| self.agenda.write(fact.id, write));
        if fact.under != Under::Drafts {
            self.published.fields.extend(writes.iter().map(|write| (write.field, write.value.clone())));
        }
        Ok(())
    }

    /// What is sent is what the sender had read: an edit of somebody else that came in between would go out unseen.
    pub(super) fn sent(&mut self, fact: &Fact<SessionAct>, upto: u64) -> Result<(), SessionRefusal> {
        allow(fact, Roles::SECRETARY)?;
        self.expect_to_come()?;
        if self.edits.iter().any(|(seq, device)| *seq > upto && *device != fact.device) {
            return Err(SessionRefusal::AgendaChanged);
        }
        let content = self.published.clone();
        if content.title().is_empty() || content.starts_at().0 == 0 || content.chair().is_none() {
            return Err(SessionRefusal::FrameIncomplete);
        }
        self.versions.push(IssuedVersion { entry: fact.id, at: fact.at, content });
        if self.phase == SessionPhase::Draft {
            self.phase = SessionPhase::Issued;
        }
        Ok(())
    }

    pub(super) fn called_off(&mut self, fact: &Fact<SessionAct>, reason: &str) -> Result<(), SessionRefusal> {
        allow(fact, Roles::SECRETARY)?;
        match self.phase {
            SessionPhase::Draft => {}
            SessionPhase::Issued if reason.trim().is_empty() => return Err(SessionRefusal::ReasonMissing),
            SessionPhase::Issued => {}
            _ => return Err(SessionRefusal::WrongPhase),
        }
        self.called_off_because = Some(reason.to_owned());
        self.phase = SessionPhase::CalledOff { at: fact.at };
        Ok(())
    }

    pub(super) fn replied(&mut self, fact: &Fact<SessionAct>, reply: &Reply) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        if self.phase != SessionPhase::Issued {
            return Err(SessionRefusal::WrongPhase);
        }
        if matches!(reply, Reply::Absent { reason, .. } if reason.trim().is_empty()) {
            return Err(SessionRefusal::ReasonMissing);
        }
        self.replies.retain(|r| r.person != fact.author);
        self.replies.push(MemberReply { person: fact.author, reply: reply.clone(), at: fact.at, consent: None });
        Ok(())
    }

    pub(super) fn consented(
        &mut self,
        fact: &Fact<SessionAct>,
        person: PersonId,
        is_granted: bool,
    ) -> Result<(), SessionRefusal> {
        // The rule names the Prime Minister, not whoever leads.
        allow(fact, Roles::CHAIR)?;
        let reply = self.replies.iter_mut().find(|r| r.person == person && matches!(r.reply, Reply::Absent { .. }));
        reply.ok_or(SessionRefusal::WrongPhase)?.consent = Some(is_granted);
        Ok(())
    }

    pub(super) fn positioned(
        &mut self,
        fact: &Fact<SessionAct>,
        item: ItemId,
        position: &Position,
    ) -> Result<(), SessionRefusal> {
        allow(fact, Roles::MEMBER)?;
        self.expect_invited(fact.author)?;
        if self.phase != SessionPhase::Issued {
            return Err(SessionRefusal::WrongPhase);
        }
        if matches!(position, Position::Objection { reason } if reason.trim().is_empty()) {
            return Err(SessionRefusal::ReasonMissing);
        }
        self.positions.retain(|p| p.person != fact.author || p.item != item);
        self.positions.push(MemberPosition { person: fact.author, item, position: position.clone() });
        Ok(())
    }
}

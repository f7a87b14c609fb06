//! What a person may do with a session as it stands, by the rules that the fold judges with.

use super::{SessionPhase, SessionState};
use crate::{PersonId, Roles};

/// What a person may do with a session now. A test holds each against the fold's own verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionMay {
    /// Edit and send the agenda.
    pub edit: bool,
    /// Say that it is not held, or throw the draft away.
    pub call_off: bool,
    /// Lead the meeting.
    pub lead: bool,
    /// Put right what was recorded, beside it.
    pub correct: bool,
    /// Consent to an absence.
    pub consent: bool,
    /// Open a vote.
    pub open_vote: bool,
    /// Vote without a quorum.
    pub override_quorum: bool,
    /// Count hands.
    pub count: bool,
    /// Say whether they come.
    pub reply: bool,
    /// Leave positions.
    pub position: bool,
    /// Say that they are there, and have not said yet.
    pub check_in: bool,
}

impl SessionState {
    /// What a person with such roles may do now.
    pub fn may(&self, person: PersonId, roles: Roles) -> SessionMay {
        let is_secretary = roles.has(Roles::SECRETARY);
        let leads = self.expect_lead(person, roles).is_ok();
        let is_invited = self.expect_invited(person).is_ok();
        let is_issued = self.phase == SessionPhase::Issued;
        let (is_open, is_meeting) = (self.expect_open().is_ok(), self.expect_meeting().is_ok());
        SessionMay {
            edit: is_secretary && self.expect_to_come().is_ok(),
            call_off: is_secretary && (is_issued || self.phase == SessionPhase::Draft),
            lead: leads && is_meeting,
            correct: leads && matches!(self.phase, SessionPhase::Closed { .. }),
            consent: roles.has(Roles::CHAIR) && self.issued().is_some(),
            open_vote: leads && is_open,
            override_quorum: self.leads(person, roles) && is_open,
            count: roles.has(Roles::TELLER) && is_open,
            reply: is_invited && is_issued,
            position: is_invited && is_issued && roles.has(Roles::MEMBER),
            check_in: is_invited && is_meeting && !self.is_there(person),
        }
    }
}

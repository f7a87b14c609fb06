//! What a person may do with a form as it stands, by the rules that the fold judges with.

use super::{FormPhase, FormState};
use crate::{PersonId, Roles};

/// What a person may do with a form now. A test holds each act against the fold's own verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormMay {
    /// Answer, or change their answer.
    pub answer: bool,
    /// Extend, recall.
    pub run: bool,
    /// Close before the deadline.
    pub close: bool,
    /// See the answers as they come.
    pub watch: bool,
}

impl FormState {
    /// What a person with such roles may do now.
    pub fn may(&self, person: PersonId, roles: Roles) -> FormMay {
        let is_issued = self.phase == FormPhase::Issued;
        let is_secretary = roles.has(Roles::SECRETARY);
        FormMay {
            answer: is_issued && self.check_asked(person, roles).is_ok(),
            run: is_issued && is_secretary,
            close: is_issued && roles.has(Roles::TELLER) && self.has_all_answers(),
            watch: is_secretary || roles.has(Roles::TELLER),
        }
    }
}

//! The rules of cabinet business, pure: the law as dated data, and the fold that turns stamped facts into a form's state.
//!
//! Entry points: [`RuleBook`], [`Calendar`], [`FormState::fold`], [`decide`].
//! Must never: read a clock, draw a random number, do I/O, or know how a fact was signed or sealed.

mod calendar;
mod decide;
mod dossier;
mod form;
mod ids;
mod roster;
mod rules;
mod time;
mod vote;

pub use calendar::{Calendar, CalendarError};
pub use decide::{Ballots, Decision, Grounds, PrimeMinister, decide};
pub use dossier::{Dossier, DossierError};
pub use form::{
    Answer, AnswerStatus, Choice, FORM_FOLD_VERSION, Fact, FormAct, FormContent, FormPhase, FormResult, FormState,
    Issue, MemberAnswer, OpeningAudience, Paper, Question, QuestionAnswer, QuestionResult, Refusal, Roles, Share,
    Verdict, check_answer, check_content, check_extension, check_issue,
};
pub use ids::{DeviceId, EntryId, FormId, Hash, PersonId};
pub use roster::{Member, Roster, RosterError};
pub use rules::{RuleBook, RuleError, RuleSet};
pub use time::{Millis, VIETNAM_OFFSET_S, vietnam_date, vietnam_instant};
pub use vote::{SessionVote, VoteError};

//! The rules of cabinet business, pure: the law as dated data, and the fold that turns stamped facts into a form's state.
//!
//! Entry points: [`RuleBook`], [`Calendar`], [`FormState::fold`], [`SessionState::fold`], [`decide`].
//! Must never: read a clock, draw a random number, do I/O, or know how a fact was signed or sealed.

mod answers;
mod calendar;
mod decide;
mod dossier;
mod excess;
mod fact;
mod form;
mod ids;
mod law;
mod lease;
mod letterhead;
mod roster;
mod rules;
mod search;
mod session;
mod text;
mod time;
mod verdict;
mod vote;

pub use answers::{AnswerStatus, MemberAnswer, replaced_by_new};
pub use calendar::{Calendar, CalendarError};
pub use decide::{Ballots, Decision, Grounds, PrimeMinister, decide};
pub use dossier::{Dossier, DossierError};
pub use excess::{Excess, Limited};
pub use fact::{Fact, PairFacts, Roles, Under};
pub use form::{
    Answer, Choice, FORM_FOLD_VERSION, FORM_FOLD_VERSIONS, FormAct, FormContent, FormMay, FormPhase, FormResult,
    FormState, Issue, OpeningAudience, Paper, PublishedCounts, Question, QuestionAnswer, QuestionResult, Refusal,
    Share, Verdict, check_answer, check_content, check_extension, check_issue,
};
pub use ids::{DeviceId, EntryId, FormId, Hash, ItemId, PaperId, PersonId};
pub use law::{Added, CalendarPin, EditionUnknown, Law, LawError, PinnedLaw, Pins};
pub use lease::{LEASE_DAYS_MAX, Lease, LeaseState};
pub use letterhead::Letterhead;
pub use roster::{Member, Roster, RosterError};
pub use rules::{RuleBook, RuleError, RuleSet};
pub use search::{excerpt, fold_for_search};
pub use session::{
    Agenda, Attendance, Audience, Ballot, BallotChoice, COPIES_MAX, Change, Correction, Count, Field, Filed,
    ITEM_MINUTES_MAX, IssuedVersion, Item, ItemCourse, ItemField, ItemKind, ItemOutcome, MemberPosition, MemberReply,
    OnScreen, OptionCount, OutlineLine, PaperContent, PaperCopy, Position, Presence, Proposal, Quorum, Reply,
    SESSION_FOLD_VERSION, SESSION_FOLD_VERSIONS, SessionAct, SessionKind, SessionMay, SessionPhase, SessionRefusal,
    SessionState, SessionVerdict, Shared, Speech, Spot, Standing, Stay, Value, Version, Vote, VoteOpening, VoteOptions,
    VoteOutcome, VotePhase, VoteResult, Write, check_write, compare, match_files, order_between, propose, read_outline,
};
pub use text::{TEXT_CHARS_MAX, TextFault, check_text, clean_text};
pub use time::{Millis, VIETNAM_OFFSET_S, vietnam_date, vietnam_instant};
pub use verdict::{Counted, Settled, Settlement};
pub use vote::{SessionVote, VoteError};

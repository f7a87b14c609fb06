//! The fold: stamped facts in, one state out, the same on every laptop.

use super::*;
use crate::answers::settle;
use crate::{AnswerStatus, EntryId, Fact, Hash, Law, MemberAnswer, Millis, PersonId, PinnedLaw, Roles};
use serde::{Deserialize, Serialize};

/// Where a form stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FormPhase {
    /// Nothing but its space exists.
    Empty,
    /// Being written.
    Draft,
    /// May be sent.
    Approved,
    /// Takes answers.
    Issued,
    /// Takes no more answers.
    Closed {
        /// When.
        at: Millis,
    },
    /// Taken back.
    Recalled {
        /// Why.
        reason: String,
        /// When.
        at: Millis,
    },
}

/// Why the rules refuse an act. Refused entries stay in the ledger, with this beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Refusal {
    #[error("the form has no title")]
    TitleMissing,
    #[error("a question has no text")]
    QuestionMissing,
    #[error("more questions, papers or text than a form may have")]
    TooMuch,
    #[error("it is not said who ordered the form")]
    OrderMissing,
    #[error("no member is asked")]
    NobodyAsked,
    #[error("a member is asked twice")]
    AskedTwice,
    #[error("somebody asked is not on the roster of the day")]
    AskedNotOnRoster,
    #[error("the roster is not valid")]
    RosterInvalid,
    #[error("no rule set is known for the day")]
    RuleSetUnknown,
    #[error("it was made under law, or by a version of the rules, that only a newer app has")]
    NeedsNewerApp,
    #[error("the rule set is not in force on the day of issue")]
    RuleSetNotInForce,
    #[error("no calendar is known for one of the days")]
    CalendarUnknown,
    #[error("{days} working days to answer; the rule is {rule} ({min} to {max})")]
    WorkingDays { days: u32, min: u32, max: u32, rule: String },
    #[error("the deadline is not at {hour}:00")]
    DeadlineHour { hour: u32 },
    #[error("the deadline falls on a day off")]
    DeadlineOnDayOff,
    #[error("the new deadline is not later")]
    DeadlineNotLater,
    #[error("{answered} of {asked} questions are answered")]
    QuestionsUnanswered { answered: u32, asked: u32 },
    #[error("another opinion on question {question} has no text")]
    OpinionWithoutText { question: u32 },
    #[error("the author's role does not allow it")]
    NotAllowed,
    #[error("the form is not in a state that allows it")]
    WrongPhase,
    #[error("the author is not asked")]
    NotAsked,
    #[error("received after the deadline")]
    Late,
    #[error("the deadline has not come and not all have answered")]
    TooEarly,
    #[error("the draft was written on another draft than the current one")]
    DraftCrossed,
    #[error("a reason is missing")]
    ReasonMissing,
    #[error("there is no such answer")]
    NoSuchAnswer,
    #[error("the entry can't be read")]
    Unreadable,
}

/// What the fold made of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Verdict {
    /// It changed the state.
    Accepted,
    /// It stays in the ledger and changes nothing.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

/// A form's shared state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormState {
    /// Where it stands.
    pub phase: FormPhase,
    /// The latest text.
    pub content: Option<FormContent>,
    /// The entry of that text.
    pub draft: Option<EntryId>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// What was issued.
    pub issue: Option<Issue>,
    /// When the hub stamped the issue.
    pub issued_at: Option<Millis>,
    /// The deadline in force.
    pub deadline: Option<Millis>,
    /// Reasons of extensions, oldest first.
    pub extensions: Vec<String>,
    /// All answers, in sequence.
    pub answers: Vec<MemberAnswer>,
    /// The result, once closed and opened.
    pub result: Option<FormResult>,
    /// What a teller said that it came to, where this person may not see the openings.
    pub published: Option<(PersonId, FormResult)>,
    /// What became of each entry.
    pub log: Vec<(EntryId, Verdict)>,
    /// Entries whose key has not arrived: the state is incomplete.
    pub waiting_for_keys: u32,
    /// The first entry that this program does not understand; nothing after it is folded.
    pub needs_newer_app: Option<EntryId>,
}

impl FormState {
    /// Folds facts in sequence. Needs no clock: only entries and their stamps change state.
    pub fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact>, law: &Law) -> Self {
        let mut state = FormState {
            phase: FormPhase::Empty,
            content: None,
            draft: None,
            approved_by: None,
            issue: None,
            issued_at: None,
            deadline: None,
            extensions: Vec::new(),
            answers: Vec::new(),
            result: None,
            published: None,
            log: Vec::new(),
            waiting_for_keys: 0,
            needs_newer_app: None,
        };
        for fact in facts {
            let verdict = match state.apply(fact, law) {
                Ok(()) => Verdict::Accepted,
                // Only an act that its author may do, where it may be done, stops a form: so nobody else can.
                Err(Refusal::NeedsNewerApp) => {
                    state.needs_newer_app = Some(fact.id);
                    break;
                }
                Err(reason) => Verdict::Refused { reason },
            };
            state.log.push((fact.id, verdict));
        }
        if let (FormPhase::Closed { .. }, Some(issue), Some(pinned)) = (&state.phase, &state.issue, state.pinned(law)) {
            state.result = result::compute(&state, issue, pinned.rules);
        }
        state
    }

    /// Folds facts that have their place, then a person's own that have none yet. Invariant: no result rests on a closing that has no place, since
    /// answers may stand before it that this laptop has not seen.
    pub fn fold_with_pending(facts: &[Fact], pending: &[Fact], law: &Law) -> Self {
        let mut state = FormState::fold(facts.iter().chain(pending), law);
        let closes = |f: &Fact| f.act == FormAct::Closed && state.verdict(f.id) == Some(&Verdict::Accepted);
        if pending.iter().any(closes) {
            state.result = None;
        }
        state
    }

    /// A hash of the whole state: equal on all laptops that hold the same entries.
    pub fn hash(&self) -> Hash {
        Hash::of(&serde_json::to_vec(self).expect("a state has string keys only"))
    }

    /// The law that its issue pinned.
    pub fn pinned<'a>(&self, law: &'a Law) -> Option<PinnedLaw<'a>> {
        law.pinned(&self.issue.as_ref()?.pins, FORM_FOLD_VERSIONS).ok()
    }

    /// Whether an answer's own time lies before the deadline.
    pub fn is_signed_in_time(&self, answer: &Answer) -> bool {
        self.deadline.is_some_and(|d| answer.signed_at <= d)
    }

    /// A person's standing answer.
    pub fn standing(&self, person: PersonId) -> Option<&MemberAnswer> {
        self.answers.iter().find(|a| a.person == person && a.status == AnswerStatus::Standing)
    }

    /// Whether every member who was asked has an answer in time.
    pub fn has_all_answers(&self) -> bool {
        self.issue.as_ref().is_some_and(|i| i.content.asked.iter().all(|p| self.standing(*p).is_some()))
    }

    /// Answers that no entry has opened or declared unreadable yet.
    pub fn unopened(&self) -> impl Iterator<Item = &MemberAnswer> {
        self.answers.iter().filter(|a| a.opened.is_none() && !a.is_spoiled)
    }

    /// What the fold made of an entry.
    pub fn verdict(&self, entry: EntryId) -> Option<&Verdict> {
        self.log.iter().find(|(id, _)| *id == entry).map(|(_, v)| v)
    }

    fn apply(&mut self, fact: &Fact, law: &Law) -> Result<(), Refusal> {
        match &fact.act {
            FormAct::Drafted(content) => self.drafted(fact, content),
            FormAct::Approved { by } => self.approved(fact, by),
            FormAct::Issued(issue) => self.issued(fact, issue, law),
            FormAct::Extended { deadline, reason, .. } => self.extended(fact, *deadline, reason, law),
            FormAct::Recalled { reason } => self.recalled(fact, reason),
            FormAct::Closed => self.closed(fact),
            FormAct::Answered(_) | FormAct::AnsweredSealed => self.answered(fact),
            FormAct::Opened { entry, answer } => self.opened(fact, *entry, answer),
            FormAct::Spoiled { entry } => self.spoiled(fact, *entry),
            FormAct::Published(counts) => self.published(fact, counts, law),
            FormAct::NotForMe => Ok(()),
            FormAct::Unreadable | FormAct::UnknownKind(_) => Err(Refusal::Unreadable),
            FormAct::KeyMissing => {
                self.waiting_for_keys += 1;
                Ok(())
            }
        }
    }

    fn drafted(&mut self, fact: &Fact, content: &FormContent) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY)?;
        if !matches!(self.phase, FormPhase::Empty | FormPhase::Draft | FormPhase::Approved) {
            return Err(Refusal::WrongPhase);
        }
        if self.draft.is_some_and(|current| !fact.replaces.contains(&current)) {
            return Err(Refusal::DraftCrossed);
        }
        self.content = Some(content.clone());
        self.draft = Some(fact.id);
        self.approved_by = None;
        self.phase = FormPhase::Draft;
        Ok(())
    }

    fn approved(&mut self, fact: &Fact, by: &str) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY).or_else(|_| allow(fact, Roles::CHAIR))?;
        self.expect_phase(|p| *p == FormPhase::Draft)?;
        self.approved_by = Some(by.to_owned());
        self.phase = FormPhase::Approved;
        Ok(())
    }

    fn issued(&mut self, fact: &Fact, issue: &Issue, law: &Law) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY)?;
        self.expect_phase(|p| *p == FormPhase::Approved)?;
        check_issue(issue, fact.at, law)?;
        self.content = Some(issue.content.clone());
        self.deadline = Some(issue.deadline);
        self.issue = Some(issue.clone());
        self.issued_at = Some(fact.at);
        self.phase = FormPhase::Issued;
        Ok(())
    }

    fn extended(&mut self, fact: &Fact, deadline: Millis, reason: &str, law: &Law) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY)?;
        self.expect_phase(|p| *p == FormPhase::Issued)?;
        let (Some(previous), Some(issued)) = (self.deadline, self.issued_at) else { return Err(Refusal::WrongPhase) };
        if fact.at > previous {
            return Err(Refusal::Late);
        }
        let pinned = self.pinned(law).ok_or(Refusal::WrongPhase)?;
        check_extension(deadline, previous, issued, pinned.rules, &pinned.calendar)?;
        self.deadline = Some(deadline);
        self.extensions.push(reason.to_owned());
        Ok(())
    }

    fn recalled(&mut self, fact: &Fact, reason: &str) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY)?;
        // A draft is thrown away without one, unless somebody has sent it meanwhile.
        if self.phase == FormPhase::Issued && reason.trim().is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        self.expect_phase(|p| matches!(p, FormPhase::Draft | FormPhase::Approved | FormPhase::Issued))?;
        self.phase = FormPhase::Recalled { reason: reason.to_owned(), at: fact.at };
        Ok(())
    }

    /// Any device in the space may close from the deadline on; a teller earlier, when all have answered.
    fn closed(&mut self, fact: &Fact) -> Result<(), Refusal> {
        self.expect_phase(|p| *p == FormPhase::Issued)?;
        let is_due = self.deadline.is_some_and(|d| fact.at >= d);
        if !is_due {
            allow(fact, Roles::TELLER)?;
            if !self.has_all_answers() {
                return Err(Refusal::TooEarly);
            }
        }
        self.phase = FormPhase::Closed { at: fact.at };
        Ok(())
    }

    fn answered(&mut self, fact: &Fact) -> Result<(), Refusal> {
        let issue = self.issue.as_ref().ok_or(Refusal::WrongPhase)?;
        if !issue.content.asked.contains(&fact.author) || !fact.roles.has(Roles::MEMBER) {
            return Err(Refusal::NotAsked);
        }
        if matches!(self.phase, FormPhase::Recalled { .. }) {
            return Err(Refusal::WrongPhase);
        }
        let is_late = self.phase != FormPhase::Issued || self.deadline.is_none_or(|d| fact.at > d);
        self.answers.push(MemberAnswer::received(fact, is_late));
        settle(&mut self.answers, fact.author);
        if is_late { Err(Refusal::Late) } else { Ok(()) }
    }

    fn opened(&mut self, fact: &Fact, entry: EntryId, answer: &Answer) -> Result<(), Refusal> {
        self.expect_phase(|p| matches!(p, FormPhase::Closed { .. }))?;
        let is_in_time = self.is_signed_in_time(answer);
        let found = self.answers.iter_mut().find(|a| a.entry == entry).ok_or(Refusal::NoSuchAnswer)?;
        if found.person != fact.author {
            allow(fact, Roles::TELLER)?;
        }
        if let AnswerStatus::Late { signed_in_time } = &mut found.status {
            *signed_in_time = Some(is_in_time);
        }
        found.opened = Some(answer.clone());
        Ok(())
    }

    fn spoiled(&mut self, fact: &Fact, entry: EntryId) -> Result<(), Refusal> {
        allow(fact, Roles::TELLER)?;
        self.expect_phase(|p| matches!(p, FormPhase::Closed { .. }))?;
        let found = self.answers.iter_mut().find(|a| a.entry == entry).ok_or(Refusal::NoSuchAnswer)?;
        found.is_spoiled = true;
        Ok(())
    }

    /// The counts are the teller's word; the decision is computed from them here, under the pinned rule.
    fn published(&mut self, fact: &Fact, counts: &[PublishedCounts], law: &Law) -> Result<(), Refusal> {
        allow(fact, Roles::TELLER)?;
        self.expect_phase(|p| matches!(p, FormPhase::Closed { .. }))?;
        let issue = self.issue.as_ref().ok_or(Refusal::WrongPhase)?;
        let rules = self.pinned(law).ok_or(Refusal::WrongPhase)?.rules;
        let is_whole =
            issue.content.openings == OpeningAudience::TellersAndChair && counts.len() == issue.content.questions.len();
        // The first word stands: who takes it back would have to do so where all see it.
        if !is_whole || self.published.is_some() {
            return Err(Refusal::WrongPhase);
        }
        self.published = Some((fact.author, result::of_counts(issue, rules, counts)));
        Ok(())
    }

    fn expect_phase(&self, allowed: impl Fn(&FormPhase) -> bool) -> Result<(), Refusal> {
        if allowed(&self.phase) { Ok(()) } else { Err(Refusal::WrongPhase) }
    }
}

fn allow(fact: &Fact, role: Roles) -> Result<(), Refusal> {
    if fact.roles.has(role) { Ok(()) } else { Err(Refusal::NotAllowed) }
}

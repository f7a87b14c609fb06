//! The fold: stamped facts in, one state out, the same on every laptop.

use super::*;
use crate::answers::settle;
use crate::{
    AnswerStatus, Counted, EntryId, Excess, Fact, Hash, Law, MemberAnswer, Millis, PairFacts, PersonId, PinnedLaw,
    Roles, Settled, Settlement, TextFault, Under, check_text,
};
use cabinet_fault::{Fault, is_off};
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
    #[error(transparent)]
    TooMuch(#[from] Excess),
    #[error("a text has signs that are not seen, or turn around what is")]
    NotPlain,
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
    #[error("what is sent is not what was approved")]
    NotAsApproved,
    #[error("it names no key pair that a teller laid by for it")]
    PairUnfit,
    #[error("it is sealed under a key that is not the one for it")]
    WrongKey,
    #[error("the result is fixed already")]
    Settled,
    #[error("it is not what the answers come to")]
    ResultDiffers,
    #[error("a reason is missing")]
    ReasonMissing,
    #[error("there is no such answer")]
    NoSuchAnswer,
    #[error("the entry can't be read")]
    Unreadable,
}

impl From<TextFault> for Refusal {
    fn from(fault: TextFault) -> Self {
        match fault {
            TextFault::TooLong(excess) => Refusal::TooMuch(excess),
            TextFault::NotPlain => Refusal::NotPlain,
        }
    }
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
    /// The entry of that approval.
    pub approval: Option<EntryId>,
    /// What was issued.
    pub issue: Option<Issue>,
    /// The issuing entry: answers are about it.
    pub issued_as: Option<EntryId>,
    /// When the hub stamped the issue.
    pub issued_at: Option<Millis>,
    /// The deadline in force.
    pub deadline: Option<Millis>,
    /// Reasons of extensions, oldest first.
    pub extensions: Vec<String>,
    /// All answers, in sequence.
    pub answers: Vec<MemberAnswer>,
    /// Members whose laptops were all shut out while the form was open.
    pub prevented: Vec<PersonId>,
    /// Answers that tellers had left sealed and their authors opened.
    pub opened_by_authors: Vec<EntryId>,
    /// The result, once closed and opened.
    pub result: Option<FormResult>,
    /// That the result is fixed.
    pub settled: Option<Settled>,
    /// What each teller said that it came to, where this person may not see the openings.
    pub published: Vec<(PersonId, FormResult)>,
    /// What became of each entry.
    pub log: Vec<(EntryId, Verdict)>,
    /// Entries whose key has not arrived: the state is incomplete, and no result is shown.
    pub waiting_for_keys: u32,
    /// The first entry that this program does not understand; nothing after it is folded.
    pub needs_newer_app: Option<EntryId>,
}

impl Default for FormState {
    /// Before the first entry.
    fn default() -> Self {
        FormState {
            phase: FormPhase::Empty,
            content: None,
            draft: None,
            approved_by: None,
            approval: None,
            issue: None,
            issued_as: None,
            issued_at: None,
            deadline: None,
            extensions: Vec::new(),
            answers: Vec::new(),
            prevented: Vec::new(),
            opened_by_authors: Vec::new(),
            result: None,
            settled: None,
            published: Vec::new(),
            log: Vec::new(),
            waiting_for_keys: 0,
            needs_newer_app: None,
        }
    }
}

impl FormState {
    /// Folds facts in sequence. Needs no clock: only entries and their stamps change state.
    pub fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact>, law: &Law) -> Self {
        let mut state = FormState::default();
        state.extend(facts, law);
        state
    }

    /// Folds the facts that follow. Invariant: in however many parts they come, the state is the same.
    pub fn extend<'a>(&mut self, facts: impl IntoIterator<Item = &'a Fact>, law: &Law) {
        for fact in facts {
            if self.needs_newer_app.is_some() {
                break;
            }
            let verdict = match self.apply(fact, law) {
                Ok(()) => Verdict::Accepted,
                // Only an act that its author may do, where it may be done, stops a form: so nobody else can.
                Err(Refusal::NeedsNewerApp) => {
                    self.needs_newer_app = Some(fact.id);
                    break;
                }
                Err(reason) => Verdict::Refused { reason },
            };
            self.log.push((fact.id, verdict));
        }
        if self.settled.is_none() {
            self.result = self.compute(law);
        }
    }

    /// Folds a person's own facts that have no place yet. Invariant: no result rests on a closing among them, since answers may stand before it
    /// that this laptop has not seen.
    pub fn extend_with_pending(&mut self, pending: &[Fact], law: &Law) {
        let was_open = !matches!(self.phase, FormPhase::Closed { .. });
        self.extend(pending, law);
        if was_open {
            self.result = None;
        }
    }

    fn compute(&self, law: &Law) -> Option<FormResult> {
        let is_closed = matches!(self.phase, FormPhase::Closed { .. }) && self.waiting_for_keys == 0;
        let (issue, pinned) = (self.issue.as_ref()?, self.pinned(law)?);
        is_closed.then(|| result::compute(self, issue, pinned.rules))?
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

    /// Answers that no entry has opened or proven unreadable yet.
    pub fn unopened(&self) -> impl Iterator<Item = &MemberAnswer> {
        self.answers.iter().filter(|a| a.opened.is_none() && !a.is_spoiled)
    }

    /// Whether few see what is opened.
    pub fn is_for_few(&self) -> bool {
        self.issue.as_ref().is_some_and(|i| i.content.openings == OpeningAudience::TellersAndChair)
    }

    /// What would fix the result now; none while there is none, or where it is fixed already.
    pub fn settlement(&self) -> Option<Settlement> {
        let (result, None) = (self.result.as_ref()?, &self.settled) else { return None };
        let counted = |a: &&MemberAnswer| a.opened.is_some() || a.is_spoiled;
        let state = |a: &MemberAnswer| if a.opened.is_some() { Counted::Opened } else { Counted::Spoiled };
        let standing = self.answers.iter().filter(|a| a.status == AnswerStatus::Standing).filter(counted);
        Some(Settlement { counted: standing.map(|a| (a.entry, state(a))).collect(), result: result.hash() })
    }

    /// Whether the result is fixed: where few see the openings, a second of them stands behind it.
    pub fn is_settled(&self) -> bool {
        self.settled.as_ref().is_some_and(|s| s.confirmed_by.is_some() || !self.is_for_few())
    }

    /// What the tellers said, where they agree; none where they don't, or have said nothing.
    pub fn tellers_word(&self) -> Option<&FormResult> {
        let (_, first) = self.published.first()?;
        self.published.iter().all(|(_, word)| word == first).then_some(first)
    }

    /// What the fold made of an entry.
    pub fn verdict(&self, entry: EntryId) -> Option<&Verdict> {
        self.log.iter().find(|(id, _)| *id == entry).map(|(_, v)| v)
    }

    fn apply(&mut self, fact: &Fact, law: &Law) -> Result<(), Refusal> {
        fact.act.texts().into_iter().try_for_each(check_text)?;
        match &fact.act {
            FormAct::Drafted(content) => self.drafted(fact, content),
            FormAct::Approved { by } => self.approved(fact, by),
            FormAct::Issued { issue, pair } => self.issued(fact, issue, *pair, law),
            FormAct::Extended { deadline, reason, .. } => self.extended(fact, *deadline, reason, law),
            FormAct::Recalled { reason } => self.recalled(fact, reason),
            FormAct::Closed { prevented } => self.closed(fact, prevented),
            FormAct::Answered(_) | FormAct::AnsweredSealed => self.answered(fact),
            FormAct::Opened(answers) => self.opened(fact, answers),
            FormAct::Spoiled { entry } => self.spoiled(fact, *entry),
            FormAct::Published(counts) => self.published(fact, counts, law),
            FormAct::Settled(settlement) => self.settled(fact, settlement, law),
            FormAct::Confirmed { entry } => self.confirmed(fact, *entry),
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
        (self.approved_by, self.approval) = (None, None);
        self.phase = FormPhase::Draft;
        Ok(())
    }

    /// An approval is of the draft that it names, and of no other.
    fn approved(&mut self, fact: &Fact, by: &str) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY).or_else(|_| allow(fact, Roles::CHAIR))?;
        self.expect_phase(|p| *p == FormPhase::Draft)?;
        if fact.about.is_none() || fact.about != self.draft {
            return Err(Refusal::DraftCrossed);
        }
        (self.approved_by, self.approval) = (Some(by.to_owned()), Some(fact.id));
        self.phase = FormPhase::Approved;
        Ok(())
    }

    /// What is sent is what was approved, to the letter.
    fn issued(&mut self, fact: &Fact, issue: &Issue, pair: Option<PairFacts>, law: &Law) -> Result<(), Refusal> {
        allow(fact, Roles::SECRETARY)?;
        self.expect_phase(|p| *p == FormPhase::Approved)?;
        if fact.about != self.approval || self.content.as_ref() != Some(&issue.content) {
            return Err(Refusal::NotAsApproved);
        }
        check_issue(issue, fact.at, law)?;
        let is_for_few = issue.content.openings == OpeningAudience::TellersAndChair;
        if pair != Some(PairFacts { is_tellers: true, is_for_few }) {
            return Err(Refusal::PairUnfit);
        }
        self.deadline = Some(issue.deadline);
        self.issue = Some(issue.clone());
        (self.issued_as, self.issued_at) = (Some(fact.id), Some(fact.at));
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
    fn closed(&mut self, fact: &Fact, prevented: &[PersonId]) -> Result<(), Refusal> {
        self.expect_phase(|p| *p == FormPhase::Issued)?;
        let is_due = self.deadline.is_some_and(|d| fact.at >= d);
        if !is_due {
            allow(fact, Roles::TELLER)?;
            if !self.has_all_answers() {
                return Err(Refusal::TooEarly);
            }
        }
        let asked = self.issue.iter().flat_map(|i| &i.content.asked).copied();
        self.prevented = asked.filter(|p| prevented.contains(p) && self.standing(*p).is_none()).collect();
        self.phase = FormPhase::Closed { at: fact.at };
        Ok(())
    }

    /// An answer is about this issue and sealed to its pair; any other is nobody's.
    fn answered(&mut self, fact: &Fact) -> Result<(), Refusal> {
        let issue = self.issue.as_ref().ok_or(Refusal::WrongPhase)?;
        if fact.about != self.issued_as || fact.under != Under::Pair(issue.answer_pair) {
            return Err(Refusal::WrongKey);
        }
        self.check_asked(fact.author, fact.roles)?;
        if matches!(self.phase, FormPhase::Recalled { .. }) {
            return Err(Refusal::WrongPhase);
        }
        let is_late = self.phase != FormPhase::Issued || self.deadline.is_none_or(|d| fact.at > d);
        self.answers.push(MemberAnswer::received(fact, is_late));
        settle(&mut self.answers, fact.author);
        if is_late { Err(Refusal::Late) } else { Ok(()) }
    }

    /// What concerns openings is said after closing, before the result is fixed, and under the one key for it.
    fn expect_opening(&self, fact: &Fact) -> Result<(), Refusal> {
        self.expect_phase(|p| matches!(p, FormPhase::Closed { .. }))?;
        let under = if self.is_for_few() { Under::Openings } else { Under::Space };
        match (&self.settled, fact.under == under) {
            (_, false) => Err(Refusal::WrongKey),
            (Some(_), true) => Err(Refusal::Settled),
            (None, true) => Ok(()),
        }
    }

    /// All of them or none, by tellers or each by its author.
    fn opened(&mut self, fact: &Fact, answers: &[(EntryId, Answer)]) -> Result<(), Refusal> {
        self.expect_opening(fact)?;
        for (entry, _) in answers {
            let found = self.answers.iter().find(|a| a.entry == *entry).ok_or(Refusal::NoSuchAnswer)?;
            if found.person != fact.author {
                allow(fact, Roles::TELLER)?;
            }
        }
        for (entry, answer) in answers {
            let is_in_time = self.is_signed_in_time(answer);
            let Some(found) = self.answers.iter_mut().find(|a| a.entry == *entry) else { continue };
            if let AnswerStatus::Late { signed_in_time } = &mut found.status {
                *signed_in_time = Some(is_in_time);
            }
            if found.opened.is_none() && !fact.roles.has(Roles::TELLER) {
                self.opened_by_authors.push(*entry);
            }
            found.opened = Some(answer.clone());
        }
        Ok(())
    }

    fn spoiled(&mut self, fact: &Fact, entry: EntryId) -> Result<(), Refusal> {
        allow(fact, Roles::TELLER)?;
        self.expect_opening(fact)?;
        let found = self.answers.iter_mut().find(|a| a.entry == entry).ok_or(Refusal::NoSuchAnswer)?;
        found.is_spoiled = true;
        Ok(())
    }

    /// The counts are the teller's word, within the number of those asked; the decision is computed from them here, under the pinned rule. The
    /// first word of each teller stands: who takes it back would have to do so where all see it.
    fn published(&mut self, fact: &Fact, counts: &[PublishedCounts], law: &Law) -> Result<(), Refusal> {
        allow(fact, Roles::TELLER)?;
        self.expect_phase(|p| matches!(p, FormPhase::Closed { .. }))?;
        let issue = self.issue.as_ref().ok_or(Refusal::WrongPhase)?;
        let rules = self.pinned(law).ok_or(Refusal::WrongPhase)?.rules;
        if !self.is_for_few() || counts.len() != issue.content.questions.len() {
            return Err(Refusal::WrongPhase);
        }
        if self.published.iter().any(|(teller, _)| *teller == fact.author) {
            return Err(Refusal::Settled);
        }
        let asked = issue.content.asked.len().saturating_sub(self.prevented.len()) as u64;
        if counts.iter().any(|c| c.total() > asked) {
            return Err(Refusal::ResultDiffers);
        }
        let word = result::of_counts(issue, rules, counts, self.prevented.len() as u32);
        self.published.push((fact.author, word));
        Ok(())
    }

    /// Fixes what counts: exactly what this fold finds, or nothing.
    fn settled(&mut self, fact: &Fact, settlement: &Settlement, law: &Law) -> Result<(), Refusal> {
        self.expect_opening(fact)?;
        if self.is_for_few() {
            allow(fact, Roles::TELLER)?;
        }
        self.result = self.compute(law);
        if self.settlement().as_ref() != Some(settlement) && !is_off(Fault::SettledWhole) {
            return Err(Refusal::ResultDiffers);
        }
        self.settled = Some(Settled { entry: fact.id, by: fact.author, at: fact.at, confirmed_by: None });
        Ok(())
    }

    fn confirmed(&mut self, fact: &Fact, entry: EntryId) -> Result<(), Refusal> {
        let sees = fact.roles.has(Roles::TELLER) || fact.roles.has(Roles::CHAIR);
        match &mut self.settled {
            Some(settled) if settled.entry == entry && sees && settled.by != fact.author => {
                settled.confirmed_by.get_or_insert(fact.author);
                Ok(())
            }
            _ => Err(Refusal::NotAllowed),
        }
    }

    /// Who was asked answers, as long as they are a member.
    pub(super) fn check_asked(&self, person: PersonId, roles: Roles) -> Result<(), Refusal> {
        let is_asked = self.issue.as_ref().is_some_and(|i| i.content.asked.contains(&person));
        if is_asked && roles.has(Roles::MEMBER) { Ok(()) } else { Err(Refusal::NotAsked) }
    }

    fn expect_phase(&self, allowed: impl Fn(&FormPhase) -> bool) -> Result<(), Refusal> {
        if allowed(&self.phase) { Ok(()) } else { Err(Refusal::WrongPhase) }
    }
}

fn allow(fact: &Fact, role: Roles) -> Result<(), Refusal> {
    if fact.roles.has(role) { Ok(()) } else { Err(Refusal::NotAllowed) }
}

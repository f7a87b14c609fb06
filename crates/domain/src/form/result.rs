//! The result of a closed form, computed from opened answers only; the rule and its numbers stand beside it.

use super::{Choice, FormState, Issue, PublishedCounts};
use crate::{
    Answer, AnswerStatus, Ballots, Decision, Grounds, Hash, MemberAnswer, PersonId, PrimeMinister, RuleSet, decide,
};
use serde::{Deserialize, Serialize};

/// A part of a whole, as two counts; the screen makes it a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The part.
    pub count: u32,
    /// The whole.
    pub of: u32,
}

/// Counts and decision of one question. "Agreed by answering" and "deemed agreed" are always apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionResult {
    /// Members on the roster.
    pub members: u32,
    /// Members asked.
    pub asked: u32,
    /// Agreed by answering.
    pub agreed: u32,
    /// No answer in time: deemed agreed.
    pub deemed: u32,
    /// All laptops shut out while the form was open: neither answered nor deemed.
    pub prevented: u32,
    /// Disagreed.
    pub disagreed: u32,
    /// Gave another opinion, unreadable answers included.
    pub other: u32,
    /// Asked for their opinion to be reserved.
    pub reserved: u32,
    /// No answer in time where silence is not agreement.
    pub silent: u32,
    /// Agreement of all forms sent, deemed agreement included.
    pub of_sent: Share,
    /// Agreement of all forms answered.
    pub of_answered: Share,
    /// The Prime Minister's part in it.
    pub prime_minister: PrimeMinister,
    /// The outcome.
    pub decision: Decision,
    /// Why.
    pub grounds: Grounds,
}

impl QuestionResult {
    /// Its counts, for those who may not see the openings.
    pub fn counts(&self) -> PublishedCounts {
        PublishedCounts {
            agreed: self.agreed,
            deemed: self.deemed,
            disagreed: self.disagreed,
            other: self.other,
            reserved: self.reserved,
            prime_minister: self.prime_minister,
        }
    }
}

/// The result of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormResult {
    /// Rule set it rests on.
    pub rule_set: String,
    /// The act's name.
    pub act: String,
    /// One for each question.
    pub questions: Vec<QuestionResult>,
    /// Members whose answer was signed in time and received late: beside the result, never only "deemed".
    pub signed_in_time: Vec<PersonId>,
    /// Members who answered late.
    pub late: Vec<PersonId>,
}

impl FormResult {
    /// Frozen: a hash of what was counted and decided, which settles it.
    pub fn hash(&self) -> Hash {
        let line = |q: &QuestionResult| {
            let numbers =
                [q.members, q.asked, q.agreed, q.deemed, q.prevented, q.disagreed, q.other, q.reserved, q.silent];
            format!("{numbers:?} {:?} {:?}\n", q.prime_minister, q.decision)
        };
        let lines: String = self.questions.iter().map(line).collect();
        Hash::of(format!("{}\n{lines}", self.rule_set).as_bytes())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Said {
    Choice(Choice, bool),
    Nothing,
    Prevented,
}

/// Computes the result; none while an answer that counts is neither opened nor spoiled.
pub(super) fn compute(state: &FormState, issue: &Issue, rules: &RuleSet) -> Option<FormResult> {
    let counted: Vec<(PersonId, Option<&Answer>)> =
        issue.content.asked.iter().map(|p| standing(state, rules, *p)).collect::<Option<_>>()?;
    let questions = (0..issue.content.questions.len()).map(|q| question(state, issue, rules, &counted, q)).collect();
    let (mut late, mut signed_in_time) = (Vec::new(), Vec::new());
    for answer in &state.answers {
        if let AnswerStatus::Late { .. } = answer.status {
            let in_time = answer.opened.as_ref().is_some_and(|a| state.is_signed_in_time(a));
            let list = if in_time { &mut signed_in_time } else { &mut late };
            if !list.contains(&answer.person) {
                list.push(answer.person);
            }
        }
    }
    Some(FormResult { rule_set: rules.id.clone(), act: rules.act.clone(), questions, signed_in_time, late })
}

/// A person's counted answer: outer none = not opened yet, inner none = no answer, or one that nobody can read.
fn standing<'a>(state: &'a FormState, rules: &RuleSet, person: PersonId) -> Option<(PersonId, Option<&'a Answer>)> {
    static UNREADABLE: Answer = Answer { questions: Vec::new(), signed_at: crate::Millis(0) };
    let in_time = state.answers.iter().find(|a| a.person == person && a.status == AnswerStatus::Standing);
    let found = in_time.or_else(|| {
        let late = |a: &&MemberAnswer| a.person == person && matches!(a.status, AnswerStatus::Late { .. });
        let counts = |a: &&MemberAnswer| a.opened.as_ref().is_some_and(|o| state.is_signed_in_time(o));
        rules.form.count_signed_in_time_received_late.then(|| state.answers.iter().filter(late).rfind(counts))?
    });
    match found {
        None => Some((person, None)),
        Some(answer) if answer.opened.is_some() => Some((person, answer.opened.as_ref())),
        Some(answer) if answer.is_spoiled => Some((person, Some(&UNREADABLE))),
        Some(_) => None,
    }
}

fn said(answer: Option<&Answer>, question: usize, of: usize) -> Said {
    match answer {
        None => Said::Nothing,
        Some(a) if super::check_answer(a, of).is_err() => Said::Choice(Choice::Other, false),
        Some(a) => Said::Choice(a.questions[question].choice, a.questions[question].is_reserved),
    }
}

fn question(
    state: &FormState,
    issue: &Issue,
    rules: &RuleSet,
    counted: &[(PersonId, Option<&Answer>)],
    question: usize,
) -> QuestionResult {
    let of = issue.content.questions.len();
    let of_person = |(person, answer): &(PersonId, Option<&Answer>)| match said(*answer, question, of) {
        Said::Nothing if state.prevented.contains(person) => (*person, Said::Prevented),
        said => (*person, said),
    };
    let all: Vec<(PersonId, Said)> = counted.iter().map(of_person).collect();
    let count = |choice| all.iter().filter(|(_, s)| matches!(s, Said::Choice(c, _) if *c == choice)).count() as u32;
    let silent = all.iter().filter(|(_, s)| *s == Said::Nothing).count() as u32;
    let deemed = if rules.form.silence_is_agreement { silent } else { 0 };
    let (agreed, disagreed, other) = (count(Choice::Agree), count(Choice::Disagree), count(Choice::Other));
    let pm = issue.pins.roster.prime_minister().and_then(|pm| all.iter().find(|(p, _)| *p == pm));
    let prime_minister = match pm.map(|(_, s)| *s) {
        Some(Said::Choice(Choice::Agree, _)) => PrimeMinister::Yes,
        Some(Said::Choice(Choice::Disagree, _)) => PrimeMinister::No,
        Some(Said::Nothing) if rules.form.silence_is_agreement => PrimeMinister::Yes,
        _ => PrimeMinister::Neither,
    };
    let reserved = all.iter().filter(|(_, s)| matches!(s, Said::Choice(_, true))).count() as u32;
    let counts = PublishedCounts { agreed, deemed, disagreed, other, reserved, prime_minister };
    weigh(issue, rules, &counts, state.prevented.len() as u32)
}

/// The result that a teller's counts come to under a form's rule.
pub(super) fn of_counts(issue: &Issue, rules: &RuleSet, counts: &[PublishedCounts], prevented: u32) -> FormResult {
    let questions = counts.iter().map(|c| weigh(issue, rules, c, prevented)).collect();
    let (rule_set, act) = (rules.id.clone(), rules.act.clone());
    FormResult { rule_set, act, questions, signed_in_time: vec![], late: vec![] }
}

fn weigh(issue: &Issue, rules: &RuleSet, counts: &PublishedCounts, prevented: u32) -> QuestionResult {
    let PublishedCounts { agreed, deemed, disagreed, other, reserved, prime_minister } = *counts;
    let (members, asked) = (issue.pins.roster.size(), issue.content.asked.len() as u32);
    let yes = agreed.saturating_add(deemed);
    let answered = agreed.saturating_add(disagreed).saturating_add(other);
    let (decision, grounds) = decide(Ballots { members, yes, no: disagreed, prime_minister }, rules);
    QuestionResult {
        members,
        asked,
        agreed,
        deemed,
        prevented,
        disagreed,
        other,
        reserved,
        silent: asked.saturating_sub(answered.saturating_add(deemed).saturating_add(prevented)),
        of_sent: Share { count: yes, of: asked },
        of_answered: Share { count: agreed, of: answered },
        prime_minister,
        decision,
        grounds,
    }
}

//! The checks that the app makes before an act and the fold makes after it: one place for both.

use super::{Answer, Choice, FORM_FOLD_VERSIONS, FormContent, Issue, Refusal};
use crate::{Calendar, Law, Limited, Millis, RuleSet, check_text, vietnam_date, vietnam_instant};
use std::collections::BTreeSet;

/// Limit: a form with more questions is two forms.
pub const QUESTIONS_MAX: usize = 50;
/// Limit: the largest packet measured had 496 files.
pub const PAPERS_MAX: usize = 1_000;
/// Limit: the remarks of one answer, in bytes, so that what opens it fits into an entry.
pub const ANSWER_BYTES_MAX: usize = 200_000;

/// Checks a form's text.
pub fn check_content(content: &FormContent) -> Result<(), Refusal> {
    if content.title.trim().is_empty() {
        return Err(Refusal::TitleMissing);
    }
    if content.questions.is_empty() || content.questions.iter().any(|q| q.text.trim().is_empty()) {
        return Err(Refusal::QuestionMissing);
    }
    Limited::Questions.within(content.questions.len(), QUESTIONS_MAX)?;
    Limited::Papers.within(content.papers.len(), PAPERS_MAX)?;
    if content.ordered_by.trim().is_empty() {
        return Err(Refusal::OrderMissing);
    }
    if content.asked.is_empty() {
        return Err(Refusal::NobodyAsked);
    }
    let mut seen = BTreeSet::new();
    match content.asked.iter().find(|p| !seen.insert(**p)) {
        Some(_) => Err(Refusal::AskedTwice),
        None => Ok(()),
    }
}

/// Checks an issue against the rule set of the day it is stamped.
pub fn check_issue(issue: &Issue, at: Millis, law: &Law) -> Result<(), Refusal> {
    check_content(&issue.content)?;
    let roster = &issue.pins.roster;
    roster.check().map_err(|_| Refusal::RosterInvalid)?;
    if issue.content.asked.iter().any(|p| !roster.has(*p)) {
        return Err(Refusal::AskedNotOnRoster);
    }
    let pinned = law.pinned(&issue.pins, FORM_FOLD_VERSIONS).map_err(|_| Refusal::NeedsNewerApp)?;
    if !pinned.rules.is_in_force(vietnam_date(at)) {
        return Err(Refusal::RuleSetNotInForce);
    }
    check_deadline(issue.deadline, at, pinned.rules, &pinned.calendar)
}

/// Checks an extension: later than before, within the law's time counted from the first issue.
pub fn check_extension(
    deadline: Millis,
    previous: Millis,
    issued: Millis,
    rules: &RuleSet,
    calendar: &Calendar,
) -> Result<(), Refusal> {
    if deadline <= previous {
        return Err(Refusal::DeadlineNotLater);
    }
    if !rules.form.extension_within_maximum {
        return check_due_hour(deadline, rules);
    }
    check_deadline(deadline, issued, rules, calendar)
}

/// Checks an answer against the number of questions.
pub fn check_answer(answer: &Answer, questions: usize) -> Result<(), Refusal> {
    if answer.questions.len() != questions {
        return Err(Refusal::QuestionsUnanswered { answered: answer.questions.len() as u32, asked: questions as u32 });
    }
    for (index, question) in answer.questions.iter().enumerate() {
        let remark = question.remark.as_deref().unwrap_or("").trim();
        if question.choice == Choice::Other && remark.is_empty() {
            return Err(Refusal::OpinionWithoutText { question: index as u32 + 1 });
        }
        question.remark.as_deref().map_or(Ok(()), check_text)?;
    }
    let bytes: usize = answer.questions.iter().filter_map(|q| q.remark.as_ref()).map(String::len).sum();
    Ok(Limited::AnswerBytes.within(bytes, ANSWER_BYTES_MAX)?)
}

fn check_due_hour(deadline: Millis, rules: &RuleSet) -> Result<(), Refusal> {
    match vietnam_instant(vietnam_date(deadline), rules.form.due_hour) == deadline {
        true => Ok(()),
        false => Err(Refusal::DeadlineHour { hour: rules.form.due_hour }),
    }
}

/// Working days are counted from the day of the stamp, so a form that lay in an outbox too long is refused.
fn check_deadline(deadline: Millis, from: Millis, rules: &RuleSet, calendar: &Calendar) -> Result<(), Refusal> {
    check_due_hour(deadline, rules)?;
    let (first, last) = (vietnam_date(from), vietnam_date(deadline));
    let days = calendar.working_days_between(first, last).map_err(|_| Refusal::CalendarUnknown)?;
    let (min, max) = (rules.form.working_days_min, rules.form.working_days_max);
    if days < min || days > max {
        return Err(Refusal::WorkingDays { days, min, max, rule: rules.form.source_deadline.clone() });
    }
    match calendar.is_working_day(last) {
        Ok(true) => Ok(()),
        _ => Err(Refusal::DeadlineOnDayOff),
    }
}

//! Issuing: the law of the day is pinned, the form gets a key pair of its own, the members get the keys, and then it is sent.

use super::{expect_role, law, ledger_person, refuse, state, write::paper_names};
use crate::AppError;
use cabinet_acts::write_form_act;
use cabinet_domain::{
    FORM_FOLD_VERSION, FormAct, FormContent, FormPhase, Issue, Millis, OpeningAudience, Refusal, Roles, Roster,
    RuleSet, check_issue, vietnam_date,
};
use cabinet_ledger::{ControlV1, KeyId, SpaceId, role};
use cabinet_seal::Identity;
use cabinet_vault::{Laptop, NewEntry, Secret, Store};

/// What issuing now would fix: shown before it is done.
pub struct IssuePlan {
    /// The rule set of the day.
    pub rules: &'static RuleSet,
    /// The roster of the day.
    pub roster: Roster,
    /// The deadline.
    pub deadline: Millis,
}

/// Works out the deadline and picks roster and rule set of the day.
pub fn plan_issue<S: Store>(laptop: &Laptop<S>, working_days: u32, now_ms: u64) -> Result<IssuePlan, AppError> {
    let (book, calendar) = law();
    let now = Millis(now_ms as i64);
    let day = vietnam_date(now);
    let rules = book.on(day).map_err(|_| AppError::Refused(Refusal::RuleSetNotInForce))?;
    let roster = laptop.roster_on(day).ok_or(AppError::NoRoster)?.clone();
    let deadline = rules.deadline(now, working_days, calendar);
    let deadline = deadline.map_err(|_| AppError::Refused(Refusal::CalendarUnknown))?;
    Ok(IssuePlan { rules, roster, deadline })
}

/// Sends an approved form.
pub fn issue_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    working_days: u32,
    now_ms: u64,
) -> Result<(), AppError> {
    expect_role(laptop, Roles::SECRETARY)?;
    let state = state(laptop, space)?;
    let Some(content) = state.content.filter(|_| state.phase == FormPhase::Approved) else {
        return refuse(Refusal::WrongPhase);
    };
    let plan = plan_issue(laptop, working_days, now_ms)?;
    let answer_key = Identity::make();
    let issue = pin(content, plan, working_days, &answer_key);
    let (book, calendar) = law();
    check_issue(&issue, Millis(now_ms as i64), book, calendar).map_err(AppError::Refused)?;
    let members = issue.content.asked.iter().copied().map(ledger_person).collect();
    laptop.sign(NewEntry::control(Some(space), &ControlV1::MembersAdded { members }), now_ms)?;
    laptop.grant_missing(space, now_ms)?;
    if issue.content.openings == OpeningAudience::TellersAndChair {
        opening_audience(laptop, space, now_ms)?;
    }
    let secret = Secret::Identity(answer_key);
    laptop.keep_key(secret.clone())?;
    laptop.grant_new(space, &secret, now_ms)?;
    let papers = paper_names(&issue.content);
    let written = write_form_act(&FormAct::Issued(issue)).ok_or(AppError::Refused(Refusal::Unreadable))?;
    laptop.sign(NewEntry { papers, ..NewEntry::act(space, written) }, now_ms)?;
    Ok(())
}

/// The key under which answers are opened to tellers and whoever chairs.
pub(super) fn opening_audience<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    now_ms: u64,
) -> Result<KeyId, AppError> {
    Ok(laptop.open_audience(space, role::TELLER | role::CHAIR, &[], now_ms)?)
}

fn pin(content: FormContent, plan: IssuePlan, working_days: u32, answer_key: &Identity) -> Issue {
    Issue {
        content,
        rule_set: plan.rules.id.clone(),
        rule_set_hash: plan.rules.hash(),
        calendar_hash: law().1.hash(),
        roster: plan.roster,
        working_days,
        deadline: plan.deadline,
        fold_version: FORM_FOLD_VERSION,
        answer_key: answer_key.recipient().text().to_owned(),
    }
}

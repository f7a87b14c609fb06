//! Issuing: the law of the day is pinned, the form gets a key pair of its own, the members get the keys, and then it is sent.

use super::{expect_role, law, ledger_person, refuse, state, write::paper_names};
use crate::WorkError;
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
pub fn plan_issue<S: Store>(laptop: &Laptop<S>, working_days: u32, now_ms: u64) -> Result<IssuePlan, WorkError> {
    let now = Millis(now_ms as i64);
    let day = vietnam_date(now);
    let rules = law().on(day).map_err(|_| WorkError::Refused(Refusal::RuleSetNotInForce))?;
    let roster = laptop.roster_on(day).ok_or(WorkError::NoRoster)?.clone();
    let deadline = rules.deadline(now, working_days, &law().calendar);
    let deadline = deadline.map_err(|_| WorkError::Refused(Refusal::CalendarUnknown))?;
    Ok(IssuePlan { rules, roster, deadline })
}

/// Sends an approved form.
pub fn issue_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    working_days: u32,
    now_ms: u64,
) -> Result<(), WorkError> {
    expect_role(laptop, Roles::SECRETARY)?;
    let state = state(laptop, space)?;
    let Some(content) = state.content.filter(|_| state.phase == FormPhase::Approved) else {
        return refuse(Refusal::WrongPhase);
    };
    let plan = plan_issue(laptop, working_days, now_ms)?;
    let answer_key = Identity::make();
    let now = Millis(now_ms as i64);
    let issue = pin(content, plan, working_days, now, &answer_key);
    check_issue(&issue, now, law()).map_err(WorkError::Refused)?;
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
    let written = write_form_act(&FormAct::Issued(issue)).ok_or(WorkError::Refused(Refusal::Unreadable))?;
    laptop.sign(NewEntry { papers, ..NewEntry::act(space, written) }, now_ms)?;
    Ok(())
}

/// The key under which answers are opened to tellers and whoever chairs.
pub(super) fn opening_audience<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    now_ms: u64,
) -> Result<KeyId, WorkError> {
    Ok(laptop.open_audience(space, role::TELLER | role::CHAIR, &[], now_ms)?)
}

/// Pins the law of the days from the issue to the last that an extension may reach.
fn pin(content: FormContent, plan: IssuePlan, working_days: u32, now: Millis, answer_key: &Identity) -> Issue {
    let latest = plan.rules.deadline(now, plan.rules.form.working_days_max, &law().calendar).unwrap_or(plan.deadline);
    let (from, to) = (vietnam_date(now), vietnam_date(latest));
    Issue {
        content,
        pins: law().pin(plan.rules, plan.roster, from, to, FORM_FOLD_VERSION),
        working_days,
        deadline: plan.deadline,
        answer_key: answer_key.recipient().text().to_owned(),
    }
}

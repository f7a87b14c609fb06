//! Issuing: the law of the day is pinned, the form gets a pair that a teller laid by, the members get the keys, and then it is sent.

use super::{ledger_entry, ledger_person, refuse, sign, state, write::paper_names, written};
use crate::WorkError;
use cabinet_domain::{
    FORM_FOLD_VERSION, FormAct, FormContent, FormPhase, Hash, Issue, Law, Millis, OpeningAudience, PairFacts, Refusal,
    Roles, Roster, RuleSet, vietnam_date,
};
use cabinet_ledger::{ControlV1, KeyId, PairUse, Purpose, SpaceId};
use cabinet_meaning::FEW;
use cabinet_vault::{Laptop, NewEntry, Store};

/// What issuing now would fix: shown before it is done.
pub struct IssuePlan {
    /// The rule set of the day.
    pub rules: RuleSet,
    /// The roster of the day.
    pub roster: Roster,
    /// The deadline.
    pub deadline: Millis,
}

/// Works out the deadline and picks roster and rule set of the day.
pub fn plan_issue<S: Store>(laptop: &Laptop<S>, working_days: u32, now_ms: u64) -> Result<IssuePlan, WorkError> {
    let now = Millis(now_ms as i64);
    let day = vietnam_date(now);
    let law = laptop.law();
    let rules = law.on(day).map_err(|_| WorkError::Refused(Refusal::RuleSetNotInForce))?;
    let roster = laptop.roster_on(day).ok_or(WorkError::NoRoster)?.clone();
    let deadline = rules.deadline(now, working_days, &law.calendar);
    let deadline = deadline.map_err(|_| WorkError::Refused(Refusal::CalendarUnknown))?;
    Ok(IssuePlan { rules: rules.clone(), roster, deadline })
}

/// Sends an approved form.
pub fn issue_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    working_days: u32,
    now_ms: u64,
) -> Result<(), WorkError> {
    laptop.atomically(|laptop| issue(laptop, space, working_days, now_ms))
}

fn issue<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, working_days: u32, now_ms: u64) -> Result<(), WorkError> {
    let state = state(laptop, space)?;
    let Some(content) = state.content.clone().filter(|_| state.phase == FormPhase::Approved) else {
        return refuse(Refusal::WrongPhase);
    };
    let plan = plan_issue(laptop, working_days, now_ms)?;
    let is_for_few = content.openings == OpeningAudience::TellersAndChair;
    let pair = answer_pair(laptop, space, is_for_few, now_ms)?;
    let issue = pin(content, plan, working_days, Millis(now_ms as i64), pair, laptop.law());
    let members = issue.content.asked.iter().copied().map(ledger_person).collect();
    let papers = paper_names(&issue.content);
    let act = FormAct::Issued { issue, pair: Some(PairFacts { is_tellers: true, is_for_few }) };
    let about = state.approval.map(ledger_entry);
    laptop.would(space, act.clone(), about, &[], now_ms)?.map_err(WorkError::Refused)?;
    laptop.sign(NewEntry::control(Some(space), &ControlV1::MembersAdded { members }), now_ms)?;
    laptop.grant_missing(space, now_ms)?;
    let new = NewEntry { papers, about, ..written(space, &act)? };
    sign(laptop, &act, new, now_ms)?;
    Ok(())
}

/// The pair that a teller laid by for this form; a teller who issues makes one on the spot.
fn answer_pair<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    is_for_few: bool,
    now_ms: u64,
) -> Result<KeyId, WorkError> {
    if let Some(pair) = laptop.fit_pairs(space, PairUse::Answers, is_for_few)?.pop() {
        return Ok(pair);
    }
    match lay_answer_pair(laptop, space, is_for_few, now_ms)? {
        Some(pair) => Ok(pair),
        None => refuse(Refusal::PairUnfit),
    }
}

/// Lays a pair by for a form, if this laptop is a teller's and none is there.
pub fn lay_answer_pair<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    is_for_few: bool,
    now_ms: u64,
) -> Result<Option<KeyId>, WorkError> {
    let is_teller = Roles(laptop.my_roles()).has(Roles::TELLER);
    if !is_teller || !laptop.fit_pairs(space, PairUse::Answers, is_for_few)?.is_empty() {
        return Ok(None);
    }
    let openings = match is_for_few {
        false => None,
        true => match laptop.openings_for_few(space)? {
            None => return Ok(None),
            some => some,
        },
    };
    Ok(Some(laptop.open_pair(space, PairUse::Answers, openings, now_ms)?))
}

/// The key under which answers are opened to tellers and whoever chairs.
pub(super) fn opening_audience<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    now_ms: u64,
) -> Result<KeyId, WorkError> {
    Ok(laptop.open_audience(space, Purpose::Openings, FEW, &[], now_ms)?)
}

/// Pins the law of the days from the issue to the last that an extension may reach.
fn pin(content: FormContent, plan: IssuePlan, working_days: u32, now: Millis, pair: KeyId, law: &Law) -> Issue {
    let latest = plan.rules.deadline(now, plan.rules.form.working_days_max, &law.calendar).unwrap_or(plan.deadline);
    let (from, to) = (vietnam_date(now), vietnam_date(latest));
    Issue {
        content,
        pins: law.pin(&plan.rules, plan.roster, from, to, FORM_FOLD_VERSION),
        working_days,
        deadline: plan.deadline,
        answer_pair: Hash(pair.0),
    }
}

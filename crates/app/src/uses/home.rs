//! Home and the list of forms: what I owe and by when, what is new, what was decided, which session is next.

use super::named::SessionPhaseName;
use super::session::list::{self, SessionItem};
use super::{is_staff, kept};
use crate::{App, AppError};
use cabinet_acts::kind;
use cabinet_domain::{Decision, FormAct, FormPhase};
use cabinet_ledger::{Signed, SpaceId};
use cabinet_vault::{FormBrief, Laptop, Store};
use serde::Serialize;
use std::collections::BTreeSet;
use ts_rs::TS;

/// This laptop warns of an answer without receipt when its deadline is nearer than this.
const ALARM_MS: i64 = 4 * 3_600_000;
/// A form is "due soon" when its deadline is nearer than this.
const SOON_MS: i64 = 24 * 3_600_000;

/// Where a form stands for me.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Being written.
    Draft,
    /// May be sent.
    Approved,
    /// I am asked and have not answered.
    ToAnswer,
    /// I signed an answer that has no receipt.
    Waiting,
    /// My answer is with the Office.
    Answered,
    /// Others are asked.
    Running,
    /// Closed; answers are being opened.
    Closed,
    /// There is a result.
    Decided,
    /// Taken back.
    Recalled,
}

/// A form in a list.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FormItem {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who submits.
    pub submitted_by: String,
    /// Where it stands for me.
    pub standing: Standing,
    /// The deadline.
    #[ts(type = "number | null")]
    pub deadline: Option<i64>,
    /// When it was issued.
    #[ts(type = "number | null")]
    pub issued_at: Option<i64>,
    /// Past its deadline.
    pub is_overdue: bool,
    /// Due within a day.
    pub is_due_soon: bool,
    /// Members asked.
    pub asked: u32,
    /// Members who answered.
    pub answered: u32,
    /// Papers.
    pub papers: u32,
    /// Pages.
    pub pages: u32,
    /// Questions adopted, of all, once there is a result.
    pub adopted: Option<u32>,
    /// Questions.
    pub questions: u32,
    /// Whether I have answered it.
    pub is_answered_by_me: bool,
    /// Whether a change of my answer was begun here and not signed: what the Office holds is the one before.
    pub has_unsigned_change: bool,
    /// Whether a key is still missing.
    pub is_incomplete: bool,
}

/// What home shows.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HomeView {
    /// To answer, nearest deadline first.
    pub to_answer: Vec<FormItem>,
    /// Everything else, newest first.
    pub others: Vec<FormItem>,
    /// How many are due within a day.
    pub due_soon: u32,
    /// How many are overdue.
    pub overdue: u32,
    /// How many I have answered.
    pub answered: u32,
    /// Forms whose deadline is near while my answer has no receipt.
    pub alarms: Vec<FormItem>,
    /// Sessions under way or to come, the nearest first.
    pub sessions: Vec<SessionItem>,
    /// Now, by the hub's time.
    #[ts(type = "number")]
    pub now: u64,
}

/// Home.
pub fn home(app: &App) -> Result<HomeView, AppError> {
    let now = app.hub_now();
    let (items, mut sessions) = app.with_laptop(|laptop, _| Ok((items(laptop, now as i64)?, list::items(laptop)?)))?;
    // One that was called off stays until the time when people would have come.
    sessions.retain(|s| {
        s.phase != SessionPhaseName::Closed && (s.phase != SessionPhaseName::CalledOff || s.starts_at > now as i64)
    });
    // The running one is what one came for, though another may begin sooner.
    sessions.sort_by_key(|s| (s.phase != SessionPhaseName::Open, s.starts_at));
    let (mut to_answer, mut others): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|i| i.standing == Standing::ToAnswer && !i.is_overdue);
    to_answer.sort_by_key(|i| i.deadline);
    others.sort_by_key(|i| std::cmp::Reverse(i.issued_at.unwrap_or(i64::MAX)));
    let is_alarm =
        |i: &&FormItem| i.standing == Standing::Waiting && i.deadline.is_some_and(|d| d - (now as i64) < ALARM_MS);
    Ok(HomeView {
        due_soon: to_answer.iter().filter(|i| i.is_due_soon).count() as u32,
        overdue: others.iter().filter(|i| i.standing == Standing::ToAnswer).count() as u32,
        answered: others.iter().filter(|i| i.is_answered_by_me).count() as u32,
        alarms: others.iter().filter(is_alarm).cloned().collect(),
        to_answer,
        others,
        sessions,
        now,
    })
}

/// All forms, pending ones included.
pub(crate) fn items<S: Store>(laptop: &Laptop<S>, now: i64) -> Result<Vec<FormItem>, AppError> {
    let mut items: Vec<FormItem> = Vec::new();
    let is_staff = is_staff(laptop);
    for (space, brief) in laptop.briefs::<FormAct>() {
        let is_pending = laptop.outbox().iter().any(|r| r.space == space && r.refusal.is_none());
        let left = if is_pending { laptop.brief_with_pending::<FormAct>(space)? } else { None };
        let brief = left.as_ref().unwrap_or(brief);
        if is_shown(brief, is_staff) {
            items.push(item(laptop, space, brief, now)?);
        }
    }
    let unknown: BTreeSet<SpaceId> = laptop.outbox().iter().map(|r| r.space).collect();
    for space in unknown {
        if !laptop.briefs::<FormAct>().any(|(known, _)| known == space)
            && let Some(brief) = laptop.brief_with_pending::<FormAct>(space)?.filter(|brief| is_shown(brief, is_staff))
        {
            items.push(item(laptop, space, &brief, now)?);
        }
    }
    Ok(items)
}

/// A form that was not sent is its writers'; one that they threw away is nobody's.
fn is_shown(brief: &FormBrief, is_staff: bool) -> bool {
    brief.issued_at.is_some() || (is_staff && !matches!(brief.phase, FormPhase::Recalled { .. }))
}

fn item<S: Store>(laptop: &Laptop<S>, space: SpaceId, brief: &FormBrief, now: i64) -> Result<FormItem, AppError> {
    let is_waiting = laptop.outbox().iter().any(|r| {
        let is_answer = |e: &Signed| e.header.kind == kind::ANSWERED;
        r.space == space
            && r.refusal.is_none()
            && r.stamp.is_none()
            && Signed::decode(&r.entry).is_ok_and(|e| is_answer(&e))
    });
    let standing = match &brief.phase {
        FormPhase::Empty | FormPhase::Draft => Standing::Draft,
        FormPhase::Approved => Standing::Approved,
        FormPhase::Issued if is_waiting => Standing::Waiting,
        FormPhase::Issued if brief.answered_at.is_some() => Standing::Answered,
        FormPhase::Issued if brief.is_asked => Standing::ToAnswer,
        FormPhase::Issued => Standing::Running,
        FormPhase::Closed { .. } if brief.decisions.is_empty() => Standing::Closed,
        FormPhase::Closed { .. } => Standing::Decided,
        FormPhase::Recalled { .. } => Standing::Recalled,
    };
    let left = brief.deadline.map(|d| d.0 - now);
    let is_decided = !brief.decisions.is_empty();
    let is_answered_by_me = is_waiting || brief.answered_at.is_some();
    let may_change = is_answered_by_me && brief.phase == FormPhase::Issued;
    Ok(FormItem {
        id: space.to_string(),
        number: brief.number.clone(),
        title: brief.title.clone(),
        submitted_by: brief.submitted_by.clone(),
        standing,
        deadline: brief.deadline.map(|d| d.0),
        issued_at: brief.issued_at.map(|d| d.0),
        is_overdue: left.is_some_and(|l| l < 0),
        is_due_soon: left.is_some_and(|l| (0..SOON_MS).contains(&l)),
        asked: brief.asked,
        answered: brief.answered,
        papers: brief.papers,
        pages: brief.pages,
        adopted: is_decided.then(|| brief.decisions.iter().filter(|d| **d == Decision::Adopted).count() as u32),
        questions: brief.questions,
        is_answered_by_me,
        has_unsigned_change: may_change && kept::has_begun_answer(laptop.store(), space)?,
        is_incomplete: brief.is_incomplete,
    })
}

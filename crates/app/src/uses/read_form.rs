//! One form, as a member answers it and as a secretary watches it.

use super::answer::{QuestionAnswerView, view};
use super::form_id;
use super::named::{FormPhaseName, GroundsName};
use super::returned::{ReturnedView, by_hub, by_rule};
use crate::{App, AppError, HubReason};
use cabinet_domain::{
    Answer, AnswerStatus, Decision, FormAct, FormMay, FormPhase, FormState, Grounds, MemberAnswer, Verdict,
};
use cabinet_ledger::SpaceId;
use cabinet_vault::{Laptop, PendingState, SqlStore};
use cabinet_work::WorkError;
use cabinet_work::forms;
use cabinet_work::forms::person;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which form.
#[derive(Deserialize, TS)]
pub struct FormRequest {
    /// Its id.
    pub form: String,
}

/// A paper of a form.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PaperItem {
    /// Its hash.
    pub hash: String,
    /// Its title.
    pub title: String,
    /// Pages.
    pub pages: u32,
    /// Bytes, sealed.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Part of it that is on this laptop, 0 to 1.
    pub here: f32,
}

/// A member's seat.
#[derive(Clone, Debug, Serialize, TS)]
pub struct SeatView {
    /// Who.
    pub person: String,
    /// The office.
    pub office: String,
    /// Its short sign.
    pub short: String,
    /// Whether this is the Prime Minister.
    pub is_prime_minister: bool,
    /// Whether asked.
    pub is_asked: bool,
    /// When the answer was received, if there is one in time.
    #[ts(type = "number | null")]
    pub answered_at: Option<i64>,
    /// What it says, where this laptop may read it.
    pub answer: Option<Vec<QuestionAnswerView>>,
    /// Received after the deadline: whether it was signed in time, where that is known.
    pub late: Option<LateView>,
}

/// A late answer.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LateView {
    /// Signed before the deadline, by its laptop's clock.
    SignedInTime,
    /// Signed after it.
    SignedLate,
    /// Sealed.
    Unknown,
}

/// My own answer.
#[derive(Clone, Debug, Serialize, TS)]
pub struct MyAnswerView {
    /// What it says, where it could be opened.
    pub questions: Option<Vec<QuestionAnswerView>>,
    /// Where it is on its way.
    pub state: MyAnswerState,
    /// When: signed, received, or refused.
    #[ts(type = "number")]
    pub at: i64,
    /// Another of my answers did not know of this one.
    pub is_crossed: bool,
    /// The hub's reason, if it refused.
    pub reason: Option<HubReason>,
}

/// Where my answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MyAnswerState {
    /// Signed, waiting to be sent.
    Waiting,
    /// Received at the hub's time.
    Received,
    /// The form is closed and this answer counts.
    Counted,
    /// A later one of mine took its place.
    Replaced,
    /// Received too late: recorded and not counted.
    NotCounted,
    /// The hub refused it.
    Refused,
}

/// A question's counts and outcome.
#[derive(Clone, Debug, Serialize, TS)]
pub struct QuestionResultView {
    /// Agreed by answering.
    pub agreed: u32,
    /// Deemed agreed.
    pub deemed: u32,
    /// Disagreed.
    pub disagreed: u32,
    /// Other opinions.
    pub other: u32,
    /// Neither answered nor deemed: all their laptops were shut out.
    pub prevented: u32,
    /// Reserved opinions.
    pub reserved: u32,
    /// Members on the roster.
    pub members: u32,
    /// Members asked.
    pub asked: u32,
    /// Needed to adopt.
    pub needed: u32,
    /// Whether adopted.
    pub is_adopted: bool,
    /// What it rests on.
    pub grounds: GroundsName,
}

/// The rule that the form rests on.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RuleView {
    /// The act.
    pub act: String,
    /// Members on the roster.
    pub members: u32,
    /// Needed to adopt.
    pub needed: u32,
    /// Shortest time to answer.
    pub days_min: u32,
    /// Longest time to answer.
    pub days_max: u32,
    /// Whether the setting about ties is on.
    pub tie_overrides_majority: bool,
    /// Whether silence is agreement.
    pub silence_is_agreement: bool,
}

/// What I may do with this form now.
#[derive(Clone, Debug, Default, Serialize, TS)]
pub struct FormMayView {
    /// Answer, or change my answer.
    pub answer: bool,
    /// Extend, recall.
    pub run: bool,
    /// Close now.
    pub close: bool,
    /// See the answers as they come.
    pub watch: bool,
}

impl From<FormMay> for FormMayView {
    fn from(FormMay { answer, run, close, watch }: FormMay) -> Self {
        FormMayView { answer, run, close, watch }
    }
}

/// A form.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FormView {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who submits.
    pub submitted_by: String,
    /// What it is about.
    pub summary: String,
    /// Who ordered it.
    pub ordered_by: String,
    /// On which day, `YYYY-MM-DD`.
    pub ordered_on: String,
    /// `draft`, `approved`, `issued`, `closed`, `recalled`.
    pub phase: FormPhaseName,
    /// Why it was recalled.
    pub recalled_because: Option<String>,
    /// When it was issued.
    #[ts(type = "number | null")]
    pub issued_at: Option<i64>,
    /// The deadline in force.
    #[ts(type = "number | null")]
    pub deadline: Option<i64>,
    /// Reasons of extensions.
    pub extensions: Vec<String>,
    /// The rule, once issued.
    pub rule: Option<RuleView>,
    /// Its questions.
    pub questions: Vec<String>,
    /// Its papers.
    pub papers: Vec<PaperItem>,
    /// The roster's seats, or those asked while it is a draft.
    pub seats: Vec<SeatView>,
    /// My answers, the newest first.
    pub my_answers: Vec<MyAnswerView>,
    /// The result: from opened answers, or the tellers' word.
    pub result: Option<Vec<QuestionResultView>>,
    /// Whether it is the tellers' word, since the openings are not for this person.
    pub is_tellers_word: bool,
    /// Whether tellers say different things of it: then nothing is shown.
    pub do_tellers_differ: bool,
    /// Whether the result is fixed: nothing changes it any more.
    pub is_settled: bool,
    /// Answers that tellers left sealed and their authors opened.
    pub opened_by_authors: u32,
    /// Answers that nobody has opened yet, once closed.
    pub sealed: u32,
    /// What I may do.
    pub may: FormMayView,
    /// Some of my acts here have no receipt.
    pub is_unsent: bool,
    /// What was done here and came to nothing.
    pub returned: Vec<ReturnedView>,
    /// A key is still missing.
    pub is_incomplete: bool,
    /// Made by a newer app.
    pub needs_newer_app: bool,
    /// Now, by the hub's time.
    #[ts(type = "number")]
    pub now: u64,
}

/// Reads a form.
pub fn form(app: &App, request: FormRequest) -> Result<FormView, AppError> {
    let space = form_id(&request.form)?;
    let mut view = app.with_laptop(|laptop, now| build(laptop, space, now))?;
    for paper in &mut view.papers {
        let hash = paper.hash.parse().map_err(|_| WorkError::NotFound)?;
        paper.here = app.paper_here(hash);
    }
    Ok(view)
}

fn build(laptop: &mut Laptop<SqlStore>, space: SpaceId, now: u64) -> Result<FormView, AppError> {
    let state = laptop.form_with_pending(space)?;
    let content = state.content.clone().ok_or(WorkError::NotFound)?;
    let id = space.to_string();
    let pending = laptop.pending::<FormAct>(space)?;
    let phase = match &state.phase {
        FormPhase::Empty | FormPhase::Draft => FormPhaseName::Draft,
        FormPhase::Approved => FormPhaseName::Approved,
        FormPhase::Issued => FormPhaseName::Issued,
        FormPhase::Closed { .. } if laptop.form(space)?.phase == FormPhase::Issued => FormPhaseName::Closing,
        FormPhase::Closed { .. } => FormPhaseName::Closed,
        FormPhase::Recalled { .. } => FormPhaseName::Recalled,
    };
    let recalled_because = match &state.phase {
        FormPhase::Recalled { reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let readable: BTreeMap<_, _> =
        laptop.readable_answers(space)?.into_iter().map(|(opening, answer)| (opening.entry, answer)).collect();
    Ok(FormView {
        number: content.number.clone(),
        title: content.title.clone(),
        submitted_by: content.submitted_by.clone(),
        summary: content.summary.clone(),
        ordered_by: content.ordered_by.clone(),
        ordered_on: content.ordered_on.to_string(),
        phase,
        recalled_because,
        issued_at: state.issued_at.map(|t| t.0),
        deadline: state.deadline.map(|t| t.0),
        extensions: state.extensions.clone(),
        rule: rule(&state, laptop.law()),
        questions: content.questions.iter().map(|q| q.text.clone()).collect(),
        papers: content
            .papers
            .iter()
            .map(|p| PaperItem {
                hash: p.hash.to_string(),
                title: p.title.clone(),
                pages: p.pages,
                size_bytes: p.size_bytes,
                here: 0.0,
            })
            .collect(),
        seats: seats(laptop, &state, &readable)?,
        my_answers: my_answers(laptop, &state, space, &readable)?,
        result: result(&state),
        is_tellers_word: state.result.is_none() && state.tellers_word().is_some(),
        do_tellers_differ: !state.published.is_empty() && state.tellers_word().is_none(),
        is_settled: laptop.form(space)?.is_settled(),
        opened_by_authors: state.opened_by_authors.len() as u32,
        sealed: sealed(&state),
        may: laptop.may::<FormAct>(&state)?.into(),
        is_unsent: pending.iter().any(|p| p.state == PendingState::Waiting),
        returned: returned(laptop, &state, space)?,
        is_incomplete: state.waiting_for_keys > 0,
        needs_newer_app: state.needs_newer_app.is_some(),
        now,
        id,
    })
}

fn rule(state: &FormState, law: &cabinet_domain::Law) -> Option<RuleView> {
    let rules = state.pinned(law)?.rules;
    let members = state.issue.as_ref()?.pins.roster.size();
    Some(RuleView {
        act: rules.act.clone(),
        members,
        needed: rules.adopts_at(members),
        days_min: rules.form.working_days_min,
        days_max: rules.form.working_days_max,
        tie_overrides_majority: rules.majority.tie_overrides_majority,
        silence_is_agreement: rules.form.silence_is_agreement,
    })
}

fn seats(
    laptop: &Laptop<SqlStore>,
    state: &FormState,
    readable: &BTreeMap<cabinet_domain::EntryId, Answer>,
) -> Result<Vec<SeatView>, AppError> {
    let asked = state.content.as_ref().map(|c| c.asked.clone()).unwrap_or_default();
    let members: Vec<(cabinet_domain::PersonId, bool)> = match &state.issue {
        Some(issue) => issue.pins.roster.members.iter().map(|m| (m.person, m.is_prime_minister)).collect(),
        None => asked.iter().map(|p| (*p, false)).collect(),
    };
    let seat = |(person, is_prime_minister): (cabinet_domain::PersonId, bool)| {
        let named = laptop.people().get(&forms::ledger_person(person));
        let standing = state.standing(person);
        let late = state.answers.iter().rfind(|a| a.person == person && matches!(a.status, AnswerStatus::Late { .. }));
        let said = standing.or(late).and_then(|a| a.opened.as_ref().or_else(|| readable.get(&a.entry)));
        SeatView {
            person: forms::ledger_person(person).to_string(),
            office: named.map(|n| n.office.clone()).unwrap_or_default(),
            short: named.map(|n| n.short.clone()).unwrap_or_default(),
            is_prime_minister,
            is_asked: asked.contains(&person),
            answered_at: standing.map(|a| a.received_at.0),
            answer: said.map(|a| a.questions.iter().map(view).collect()),
            late: late.filter(|_| standing.is_none()).map(late_view),
        }
    };
    Ok(members.into_iter().map(seat).collect())
}

fn late_view(answer: &MemberAnswer) -> LateView {
    match answer.status {
        AnswerStatus::Late { signed_in_time: Some(true) } => LateView::SignedInTime,
        AnswerStatus::Late { signed_in_time: Some(false) } => LateView::SignedLate,
        _ => LateView::Unknown,
    }
}

/// Newest first. What has no receipt says so, whatever the fold makes of it.
fn my_answers(
    laptop: &Laptop<SqlStore>,
    state: &FormState,
    space: SpaceId,
    readable: &BTreeMap<cabinet_domain::EntryId, Answer>,
) -> Result<Vec<MyAnswerView>, AppError> {
    let me = person(laptop.me()?.person);
    let pending = laptop.pending::<FormAct>(space)?;
    let is_closed = matches!(state.phase, FormPhase::Closed { .. });
    let mut mine: Vec<MyAnswerView> = Vec::new();
    for answer in state.answers.iter().rev().filter(|a| a.person == me) {
        let waiting = pending.iter().find(|p| p.fact.id == answer.entry);
        let said = waiting.and_then(|p| match &p.fact.act {
            cabinet_domain::FormAct::Answered(a) => Some(a),
            _ => None,
        });
        let said = said.or(answer.opened.as_ref()).or_else(|| readable.get(&answer.entry));
        let settled = match answer.status {
            AnswerStatus::Standing if is_closed => MyAnswerState::Counted,
            AnswerStatus::Standing => MyAnswerState::Received,
            AnswerStatus::Replaced { .. } => MyAnswerState::Replaced,
            AnswerStatus::Late { .. } => MyAnswerState::NotCounted,
        };
        let (shown, at) = match waiting.map(|p| (&p.state, p.signed_ms)) {
            Some((PendingState::Waiting, signed)) => (MyAnswerState::Waiting, signed as i64),
            _ => (settled, answer.received_at.0),
        };
        let questions = said.map(|a| a.questions.iter().map(view).collect());
        mine.push(MyAnswerView { questions, state: shown, at, is_crossed: answer.is_crossed, reason: None });
    }
    for refused in pending.iter().filter(|p| matches!(p.fact.act, cabinet_domain::FormAct::Answered(_))) {
        if let PendingState::Refused { reason } = refused.state {
            let (state, reason) = (MyAnswerState::Refused, Some(HubReason::from(reason)));
            let at = refused.signed_ms as i64;
            mine.push(MyAnswerView { questions: None, state, at, is_crossed: false, reason });
        }
    }
    Ok(mine)
}

fn sealed(state: &FormState) -> u32 {
    let is_closed = matches!(state.phase, FormPhase::Closed { .. });
    let standing = state.unopened().filter(|a| a.status == AnswerStatus::Standing);
    if is_closed { standing.count() as u32 } else { 0 }
}

fn result(state: &FormState) -> Option<Vec<QuestionResultView>> {
    let result = state.result.as_ref().or(state.tellers_word())?;
    let question = |q: &cabinet_domain::QuestionResult| {
        let needed = match q.grounds {
            Grounds::Majority { needed, .. }
            | Grounds::TooFew { needed, .. }
            | Grounds::TieBroken { needed, .. }
            | Grounds::TieNotBroken { needed, .. }
            | Grounds::NoQuorum { needed, .. } => needed,
        };
        QuestionResultView {
            agreed: q.agreed,
            deemed: q.deemed,
            disagreed: q.disagreed,
            other: q.other,
            prevented: q.prevented,
            reserved: q.reserved,
            members: q.members,
            asked: q.asked,
            needed,
            is_adopted: q.decision == Decision::Adopted,
            grounds: (&q.grounds).into(),
        }
    };
    Some(result.questions.iter().map(question).collect())
}

/// Own acts that came to nothing. Late answers and a second closing are shown where they belong.
fn returned(laptop: &Laptop<SqlStore>, state: &FormState, space: SpaceId) -> Result<Vec<ReturnedView>, AppError> {
    use FormAct::{Approved, Drafted, Extended, Issued, Recalled};
    let refused = state.log.iter().filter_map(|(id, verdict)| match verdict {
        Verdict::Refused { reason } => Some((*id, AppError::from(WorkError::Refused(reason.clone())).view())),
        Verdict::Accepted => None,
    });
    let is_told_here =
        |act: &FormAct| matches!(act, Drafted(_) | Approved { .. } | Issued { .. } | Extended { .. } | Recalled { .. });
    let by_rule = by_rule::<FormAct, _>(laptop, space, refused.collect(), is_told_here)?;
    Ok([by_hub(laptop, Some(space))?, by_rule].concat())
}

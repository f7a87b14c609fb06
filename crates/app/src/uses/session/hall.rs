//! A session on the screen of the hall. What may stand there, `cabinet-domain` says; what is not, this window never gets.

use super::read::{Names, Reading};
use super::view::{QuorumView, SpeechView, VoteView};
use super::{SessionRequest, session_id, vote};
use crate::uses::named::SessionPhaseName;
use crate::{App, AppError};
use cabinet_domain::{Item, OnScreen};
use cabinet_work::WorkError;
use cabinet_work::forms::person;
use cabinet_work::sessions::state;
use serde::Serialize;
use ts_rs::TS;

/// An item on the screen of the hall.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HallItemView {
    /// Its id.
    pub id: String,
    /// "3".
    pub number: String,
    /// What it is about.
    pub title: String,
    /// Who presents it.
    pub presenter: String,
    /// Minutes planned.
    pub minutes: u32,
    /// Whether it is over.
    pub is_done: bool,
}

/// A session as a room reads it.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HallView {
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub phase: SessionPhaseName,
    /// Who is there, once the rule is known.
    pub quorum: Option<QuorumView>,
    /// Items for all.
    pub items: Vec<HallItemView>,
    /// The one under way, by its place among them.
    pub current: Option<u32>,
    /// When it was taken up.
    #[ts(type = "number | null")]
    pub current_since: Option<i64>,
    /// One is under way that is not for all.
    pub is_behind_doors: bool,
    /// The one that comes next, by its place.
    pub next: Option<u32>,
    /// The vote to be read.
    pub vote: Option<VoteView>,
    /// The paper and page that whoever leads shows.
    pub page: Option<(String, u32)>,
    /// Who speaks.
    pub speaking: Option<SpeechView>,
    /// How many asked for the floor.
    pub waiting: u32,
    /// The hub's time now, as well as it is known.
    #[ts(type = "number")]
    pub now: u64,
}

/// The session as the hall sees it.
pub fn hall(app: &App, request: SessionRequest) -> Result<HallView, AppError> {
    let space = session_id(&request.session)?;
    let now = app.hub_now();
    app.with_laptop(|laptop, _| {
        let state = state(laptop, space)?;
        Reading { laptop, space, state: &state, names: Names(laptop), now }.hall()
    })
}

impl Reading<'_> {
    fn hall(&self) -> Result<HallView, AppError> {
        let state = self.state;
        let sent = &state.issued().ok_or(WorkError::NotFound)?.content;
        let shown = state.on_screen(sent);
        let place = |id| shown.items.iter().position(|item| item.id == id).map(|at| at as u32);
        let begun = self.speeches();
        Ok(HallView {
            title: sent.title().to_owned(),
            phase: (&state.phase).into(),
            quorum: self.quorum(),
            items: shown.items.iter().map(|item| self.hall_item(item)).collect(),
            current: shown.current.and_then(place),
            current_since: shown.current.and(state.current()).map(|course| course.begun_at.0),
            is_behind_doors: shown.is_behind_doors,
            next: shown.next.and_then(place),
            vote: self.hall_vote(&shown)?,
            page: shown.page.and_then(|(paper, page)| self.paper_hash(paper).map(|hash| (hash, page))),
            speaking: begun.iter().find(|s| s.begun_at.is_some() && s.ended_at.is_none()).cloned(),
            waiting: begun.iter().filter(|s| s.begun_at.is_none()).count() as u32,
            now: self.now,
        })
    }

    fn hall_item(&self, item: &Item) -> HallItemView {
        let course = self.state.course.iter().rfind(|course| course.item == item.id);
        HallItemView {
            id: item.id.to_string(),
            number: item.number.clone(),
            title: item.title.clone(),
            presenter: item.presenter.clone(),
            minutes: item.minutes,
            is_done: course.is_some_and(|course| course.ended.is_some()),
        }
    }

    /// A vote without what only its voter or a teller knows.
    fn hall_vote(&self, shown: &OnScreen<'_>) -> Result<Option<VoteView>, AppError> {
        let Some(vote) = shown.vote else { return Ok(None) };
        let views = vote::votes(self, person(self.laptop.me()?.person))?;
        let view = views.into_iter().find(|view| view.id == vote.id.to_string());
        Ok(view.map(|view| VoteView { mine: None, may_vote: false, hands: vec![], hands_named: vec![], ..view }))
    }
}

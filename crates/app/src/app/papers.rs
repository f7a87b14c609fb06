//! Which papers to fetch next, and which are on their way.

use super::{App, lock};
use crate::{AppError, Event};
use cabinet_domain::{FormAct, SessionAct};
use cabinet_ledger::{Hash, PaperNameV1, SpaceId};
use cabinet_vault::{ArrivingPaper, Laptop, SqlStore};
use cabinet_work::Exchange;
use cabinet_work::sessions::session_papers;
use std::collections::BTreeSet;

impl App {
    /// Larger papers are fetched only when somebody opens them: for a laptop on a dear network.
    pub fn fetch_papers_up_to(&self, bytes: u64) {
        lock(&self.0.state).fetches_up_to_bytes = Some(bytes);
    }

    pub(super) fn fetches(&self, paper: &PaperNameV1, limit: Option<u64>) -> bool {
        limit.is_none_or(|limit| paper.size_bytes <= limit) && !self.0.profile.papers().has(paper.hash)
    }

    /// The paper to fetch next.
    pub(crate) fn next_paper(&self) -> Option<PaperNameV1> {
        let mut state = lock(&self.0.state);
        if !state.hub.is_logged_in {
            return None;
        }
        // Round and round, so that one that can't be had holds up no other.
        let paper = state.papers.pop_front()?;
        state.papers.push_back(paper);
        Some(paper)
    }

    /// Somebody looks at a paper that is not here: it goes first.
    pub(crate) fn want_paper(&self, paper: PaperNameV1) {
        let mut state = lock(&self.0.state);
        state.papers.retain(|p| p.hash != paper.hash);
        state.papers.push_front(paper);
        drop(state);
        self.0.paper_wake.notify_one();
    }

    /// The part of a paper that is on this laptop, 0 to 1.
    pub(crate) fn paper_here(&self, hash: Hash) -> f32 {
        if self.0.profile.papers().has(hash) { 1.0 } else { self.arriving(hash).map_or(0.0, |a| a.progress()) }
    }

    pub(crate) fn arriving(&self, hash: Hash) -> Option<ArrivingPaper> {
        lock(&self.0.state).arriving.get(&hash).cloned()
    }

    pub(crate) fn paper_arrives(&self, hash: Hash, arriving: ArrivingPaper) {
        lock(&self.0.state).arriving.insert(hash, arriving);
        self.emit(Event::Sync);
    }

    /// A paper is here; or what came under a name was not it, and whoever named it so is not believed again.
    pub(crate) fn paper_arrived(&self, paper: PaperNameV1, is_here: bool) {
        let mut state = lock(&self.0.state);
        state.arriving.remove(&paper.hash);
        state.papers.retain(|p| if is_here { p.hash != paper.hash } else { *p != paper });
        drop(state);
        self.emit(Event::Changed(vec![]));
    }
}

/// Papers of these spaces that are to be fetched and are not here.
pub(super) fn missing(
    app: &App,
    laptop: &Laptop<SqlStore>,
    spaces: &BTreeSet<SpaceId>,
    limit: Option<u64>,
) -> Result<Vec<PaperNameV1>, AppError> {
    let mut missing = Vec::new();
    for (space, brief) in laptop.briefs::<FormAct>() {
        if brief.papers > 0
            && spaces.contains(&space)
            && let Some(content) = &laptop.form(space)?.content
        {
            missing.extend(cabinet_work::forms::paper_names(content).into_iter().filter(|p| app.fetches(p, limit)));
        }
    }
    for (space, brief) in laptop.briefs::<SessionAct>() {
        if brief.papers > 0 && spaces.contains(&space) {
            let state = laptop.session(space)?;
            let draft = state.agenda.version();
            let content = state.issued().map_or(&draft, |v| &v.content);
            missing.extend(session_papers(content).into_iter().filter(|p| app.fetches(p, limit)));
        }
    }
    Ok(missing)
}

/// After a restart nobody remembers which uploads were done; the hub is asked for each of the forms and sessions that are still open.
pub(super) fn upload_own(app: &App, exchange: &mut Exchange, laptop: &Laptop<SqlStore>) -> Result<(), AppError> {
    use cabinet_domain::FormPhase::{Approved, Draft, Issued};
    let folder = app.0.profile.papers();
    let is_staff = laptop.my_roles() & cabinet_ledger::role::SECRETARY != 0;
    for (space, brief) in laptop.briefs::<FormAct>() {
        if is_staff
            && matches!(brief.phase, Draft | Approved | Issued)
            && let Some(content) = &laptop.form(space)?.content
        {
            let here = cabinet_work::forms::paper_names(content).into_iter().filter(|p| folder.has(p.hash));
            here.for_each(|p| exchange.sync.upload(p, space));
        }
    }
    for (space, brief) in laptop.briefs::<SessionAct>() {
        if is_staff && !brief.phase.is_over() {
            let papers = session_papers(&laptop.session(space)?.agenda.version());
            let here = papers.into_iter().filter(|p| folder.has(p.hash));
            here.for_each(|p| exchange.sync.upload(p, space));
        }
    }
    Ok(())
}

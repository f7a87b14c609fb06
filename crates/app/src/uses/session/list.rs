//! All sessions, the next one first.

use crate::uses::is_staff;
use crate::uses::named::{SessionKindName, SessionPhaseName};
use crate::{App, AppError};
use cabinet_domain::SessionAct;
use cabinet_ledger::{SpaceId, role};
use cabinet_vault::{Laptop, SessionBrief, Store};
use cabinet_work::forms::ledger_person;
use serde::Serialize;
use std::collections::BTreeSet;
use ts_rs::TS;

/// A session in a list.
#[derive(Clone, Debug, Serialize, TS)]
pub struct SessionItem {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What kind of session.
    pub kind: SessionKindName,
    /// Where.
    pub place: String,
    /// Who chairs.
    pub chair_person: Option<String>,
    /// When it begins.
    #[ts(type = "number")]
    pub starts_at: i64,
    /// Where it is.
    pub phase: SessionPhaseName,
    /// The newest version's letter.
    pub letter: Option<String>,
    /// Items.
    pub items: u32,
    /// Papers.
    pub papers: u32,
    /// Whether I am invited.
    pub is_invited: bool,
    /// Whether I said that I come; none if I have not said.
    pub attends: Option<bool>,
    /// Absences that wait for my consent.
    pub absences_waiting: u32,
    /// Decisions on which I have said nothing.
    pub without_position: u32,
    /// Open votes that wait for my ballot.
    pub ballots_due: Vec<String>,
    /// Fields on which two people disagree unknowingly.
    pub conflicts: u32,
    /// Whether a key is still missing.
    pub is_incomplete: bool,
}

/// All sessions that this person may see.
pub fn sessions(app: &App) -> Result<Vec<SessionItem>, AppError> {
    app.with_laptop(|laptop, _| items(laptop))
}

pub(crate) fn items<S: Store>(laptop: &Laptop<S>) -> Result<Vec<SessionItem>, AppError> {
    let mut briefs: Vec<_> = laptop.briefs::<SessionAct>().map(|(space, brief)| (space, brief.clone())).collect();
    let pending: BTreeSet<SpaceId> = laptop.outbox().iter().filter(|r| r.refusal.is_none()).map(|r| r.space).collect();
    for space in pending {
        let known = briefs.iter().position(|(s, _)| *s == space);
        match (known, laptop.brief_with_pending::<SessionAct>(space)?) {
            (Some(at), Some(brief)) => briefs[at].1 = brief,
            (None, Some(brief)) => briefs.push((space, brief)),
            (_, None) => {}
        }
    }
    let is_staff = is_staff(laptop);
    // A draft is the secretariat's own, and one that was thrown away is nobody's.
    briefs.retain(|(_, b)| b.versions > 0 || (is_staff && !b.phase.is_over()));
    // What is open or to come first, the nearest first; then what was held, the latest first.
    briefs.sort_by_key(|(_, b)| match b.phase {
        phase if phase.is_over() => (1, -b.starts_at.0),
        _ => (0, b.starts_at.0),
    });
    let consents = laptop.my_roles() & role::CHAIR != 0;
    Ok(briefs.iter().map(|(space, brief)| item(*space, brief, consents)).collect())
}

fn item(space: SpaceId, brief: &SessionBrief, consents: bool) -> SessionItem {
    let newest = (brief.versions as usize).checked_sub(1);
    SessionItem {
        id: space.to_string(),
        title: brief.title.clone(),
        kind: (&brief.kind).into(),
        place: brief.place.clone(),
        chair_person: brief.chair.map(|p| ledger_person(p).to_string()),
        starts_at: brief.starts_at.0,
        phase: (&brief.phase).into(),
        letter: newest.map(cabinet_domain::SessionState::letter),
        items: brief.items,
        papers: brief.papers,
        is_invited: brief.is_invited,
        attends: brief.attends,
        absences_waiting: if consents && !brief.phase.is_over() { brief.absences_waiting } else { 0 },
        without_position: brief.without_position,
        ballots_due: brief.ballots_due.iter().map(ToString::to_string).collect(),
        conflicts: brief.conflicts,
        is_incomplete: brief.is_incomplete,
    }
}

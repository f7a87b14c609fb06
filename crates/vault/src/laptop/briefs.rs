//! What lists show of forms and sessions without folding them again, and what search finds of them.

use super::Laptop;
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_domain::{
    Decision, FormPhase, FormState, Millis, PersonId, Reply, SessionKind, SessionPhase, SessionState, Version,
    VotePhase,
};
use cabinet_ledger::{SpaceId, SpaceKind};
use cabinet_meaning::{FEW, domain_person};
use serde::{Deserialize, Serialize};

/// What lists show of a form without folding it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormBrief {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who submits.
    pub submitted_by: String,
    /// Where it stands.
    pub phase: FormPhase,
    /// When it was issued.
    pub issued_at: Option<Millis>,
    /// Its deadline.
    pub deadline: Option<Millis>,
    /// Whether this person is asked.
    pub is_asked: bool,
    /// When the hub received this person's standing answer.
    pub answered_at: Option<Millis>,
    /// How many are asked.
    pub asked: u32,
    /// How many have answered in time.
    pub answered: u32,
    /// Number of questions.
    pub questions: u32,
    /// Number of papers.
    pub papers: u32,
    /// Pages of all papers.
    pub pages: u32,
    /// The decision on each question, once there is a result.
    pub decisions: Vec<Decision>,
    /// Whether a key is still missing.
    pub is_incomplete: bool,
    /// Closed, and something is left that this laptop may have to do: open an answer, fix the result.
    pub is_unfinished: bool,
}

/// What lists show of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionBrief {
    /// Its title: as issued, or of the draft.
    pub title: String,
    /// Its kind.
    pub kind: SessionKind,
    /// Where.
    pub place: String,
    /// When it begins.
    pub starts_at: Millis,
    /// Where it stands.
    pub phase: SessionPhase,
    /// How many versions were issued.
    pub versions: u32,
    /// Items that this person may see.
    pub items: u32,
    /// Their papers.
    pub papers: u32,
    /// Whether this person is invited.
    pub is_invited: bool,
    /// Whether this person attends, if they have said so.
    pub attends: Option<bool>,
    /// Decisions on which this person has said nothing.
    pub without_position: u32,
    /// Open votes in which this person may vote and has not, by their opening entries.
    pub ballots_due: Vec<cabinet_domain::EntryId>,
    /// Whether two people disagree unknowingly on a field.
    pub conflicts: u32,
    /// Whether a key is still missing.
    pub is_incomplete: bool,
    /// Whether a vote is closed and its result not fixed.
    pub is_unfinished: bool,
}

/// Version of what is kept for lists: a view of another is folded anew, and so is one that can't be read.
const VIEW_VERSION: u32 = 1;

/// What is kept of a space for lists.
#[derive(Serialize, Deserialize)]
struct Kept<V> {
    version: u32,
    view: V,
}

/// What lists show of a space.
#[derive(Serialize, Deserialize)]
pub(super) enum View {
    Form(FormBrief),
    Session(SessionBrief),
    /// It rests on law, a fold or a kind of space that this program does not have.
    NeedsNewerApp,
}

/// A space in the lists, with what search finds of it: of what, and the text.
struct Listed {
    view: View,
    text: Option<(&'static str, String)>,
}

impl Kept<View> {
    fn read(bytes: &[u8]) -> Option<View> {
        let kept: Self = serde_json::from_slice(bytes).ok()?;
        (kept.version == VIEW_VERSION).then_some(kept.view)
    }
}

impl Kept<&View> {
    fn write(view: &View) -> Vec<u8> {
        serde_json::to_vec(&Kept { version: VIEW_VERSION, view }).expect("a brief has string keys only")
    }
}

impl<S: Store> Laptop<S> {
    /// All forms with what lists show of them.
    pub fn briefs(&self) -> impl Iterator<Item = (SpaceId, &FormBrief)> {
        self.views.iter().filter_map(|(space, view)| match view {
            View::Form(brief) => Some((*space, brief)),
            View::Session(_) | View::NeedsNewerApp => None,
        })
    }

    /// All sessions with what lists show of them.
    pub fn session_briefs(&self) -> impl Iterator<Item = (SpaceId, &SessionBrief)> {
        self.views.iter().filter_map(|(space, view)| match view {
            View::Session(brief) => Some((*space, brief)),
            View::Form(_) | View::NeedsNewerApp => None,
        })
    }

    /// Spaces that only a newer program can show.
    pub fn needing_newer_app(&self) -> impl Iterator<Item = SpaceId> {
        self.views.iter().filter(|(_, view)| matches!(view, View::NeedsNewerApp)).map(|(space, _)| *space)
    }

    /// Reads what the store keeps for lists. Returns the spaces whose view another version of the program kept.
    pub(super) fn load_views(&mut self) -> Result<Vec<SpaceId>, VaultError> {
        let mut stale = Vec::new();
        self.views.clear();
        self.searched.clear();
        for (space, bytes) in self.store.views()? {
            match Kept::read(&bytes) {
                Some(view) => drop(self.views.insert(space, view)),
                None => stale.push(space),
            }
        }
        Ok(stale)
    }

    /// What lists show of a form with own pending entries on top; none for a space that is no form.
    pub fn brief_with_pending(&self, space: SpaceId) -> Result<Option<FormBrief>, VaultError> {
        Ok(self.brief(&*self.form_with_pending(space)?))
    }

    /// What lists show of a session with own pending entries on top; none before anything was written.
    pub fn session_brief_with_pending(&self, space: SpaceId) -> Result<Option<SessionBrief>, VaultError> {
        let state = self.session_with_pending(space)?;
        Ok(self.session_brief(&state))
    }

    /// Brings lists and the search index up to date with the spaces that changed.
    pub(super) fn refresh_views(&mut self, touched: &[SpaceId]) -> Result<(), VaultError> {
        let (mut changes, mut views, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for space in touched {
            let Some(Listed { view, text }) = self.view(*space)? else { continue };
            if let Some((source, text)) = text.filter(|(_, text)| self.searched.get(space) != Some(text)) {
                texts.push((*space, text.clone()));
                changes.push(Change::Text { space: *space, source: source.into(), pages: vec![(0, text)] });
            }
            changes.push(Change::View(*space, Kept::write(&view)));
            views.push((*space, view));
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.commit(changes)?;
        // What is shown is never ahead of the disk.
        self.views.extend(views);
        self.searched.extend(texts);
        Ok(())
    }

    /// What lists show of a space, and what search finds of it; none for what is in no list.
    fn view(&self, space: SpaceId) -> Result<Option<Listed>, VaultError> {
        let Some(control) = self.stamped_control(space)? else { return Ok(None) };
        let newer = Ok(Some(Listed { view: View::NeedsNewerApp, text: None }));
        Ok(match control.kind {
            _ if !control.is_known() => return newer,
            Some(SpaceKind::Form) => {
                let state = self.form(space)?;
                if state.needs_newer_app.is_some() {
                    return newer;
                }
                let text = Some(("form", searchable(&state)));
                self.brief(&state).map(|brief| Listed { view: View::Form(brief), text })
            }
            Some(SpaceKind::Session) => {
                let state = self.session(space)?;
                if state.needs_newer_app.is_some() {
                    return newer;
                }
                let text = Some(("session", searchable_session(&state)));
                self.session_brief(&state).map(|brief| Listed { view: View::Session(brief), text })
            }
            Some(SpaceKind::Desk) | None => None,
        })
    }

    fn brief(&self, state: &FormState) -> Option<FormBrief> {
        let content = state.content.as_ref()?;
        let me = self.my_person()?;
        let answered = content.asked.iter().filter(|p| state.standing(**p).is_some()).count();
        let result = state.result.as_ref().or(state.tellers_word());
        let decisions = result.iter().flat_map(|r| r.questions.iter().map(|q| q.decision)).collect();
        Some(FormBrief {
            number: content.number.clone(),
            title: content.title.clone(),
            submitted_by: content.submitted_by.clone(),
            phase: state.phase.clone(),
            issued_at: state.issued_at,
            deadline: state.deadline,
            is_asked: content.asked.contains(&me),
            answered_at: state.standing(me).map(|a| a.received_at),
            asked: content.asked.len() as u32,
            answered: answered as u32,
            questions: content.questions.len() as u32,
            papers: content.papers.len() as u32,
            pages: content.papers.iter().map(|p| p.pages).sum(),
            decisions,
            is_incomplete: state.waiting_for_keys > 0,
            is_unfinished: self.is_unfinished(state),
        })
    }

    /// Who is outside the few that see openings opens their own answer at most, unless the counts are out.
    fn is_unfinished(&self, state: &FormState) -> bool {
        let is_closed = matches!(state.phase, FormPhase::Closed { .. });
        let has_answered = self.my_person().is_some_and(|me| state.standing(me).is_some());
        let is_left = match state.is_for_few() && self.my_roles() & FEW == 0 {
            true => state.published.is_empty() && has_answered,
            false => !state.is_settled(),
        };
        is_closed && is_left
    }

    fn session_brief(&self, state: &SessionState) -> Option<SessionBrief> {
        let draft = state.agenda.version();
        let content = state.issued().map_or(&draft, |v| &v.content);
        if content.title().is_empty() {
            return None;
        }
        let me = self.my_person();
        let items = content.items();
        let reply = state.replies.iter().find(|r| Some(r.person) == me);
        let is_mine = |item: &&cabinet_domain::Item| {
            item.kind == cabinet_domain::ItemKind::Decision
                && !state.positions.iter().any(|p| p.item == item.id && Some(p.person) == me)
        };
        let is_due = |vote: &&cabinet_domain::Vote| {
            let owes =
                |me| state.check_voter(me).is_ok() && vote.standing(me).is_none() && !vote.is_counted_by_name(me);
            vote.phase == VotePhase::Open && me.is_some_and(owes)
        };
        Some(SessionBrief {
            title: content.title().to_owned(),
            kind: content.kind(),
            place: content.place().to_owned(),
            starts_at: content.starts_at(),
            phase: state.phase,
            versions: state.versions.len() as u32,
            papers: items.iter().map(|i| i.papers.len() as u32).sum(),
            is_invited: me.is_some_and(|me| content.invited().contains(&me)),
            attends: reply.map(|r| r.reply == Reply::Attends),
            ballots_due: state.votes.iter().filter(is_due).map(|v| v.id).collect(),
            without_position: items.iter().filter(is_mine).count() as u32,
            items: items.iter().filter(|i| i.kind != cabinet_domain::ItemKind::Section).count() as u32,
            conflicts: state.agenda.conflicts().count() as u32,
            is_incomplete: state.waiting_for_keys > 0,
            is_unfinished: state.votes.iter().any(|v| v.phase != VotePhase::Open && v.settled.is_none()),
        })
    }

    fn my_person(&self) -> Option<PersonId> {
        Some(domain_person(self.me.as_ref()?.person))
    }
}

fn searchable(state: &FormState) -> String {
    let Some(content) = &state.content else { return String::new() };
    let questions = content.questions.iter().map(|q| q.text.as_str());
    let papers = content.papers.iter().map(|p| p.title.as_str());
    let own = [content.number.as_str(), &content.title, &content.submitted_by, &content.summary];
    own.into_iter().chain(questions).chain(papers).collect::<Vec<_>>().join("\n")
}

/// What may be found of a session: titles of what this laptop can read, as issued.
fn searchable_session(state: &SessionState) -> String {
    let draft;
    let content: &Version = match state.issued() {
        Some(issued) => &issued.content,
        None => {
            draft = state.agenda.version();
            &draft
        }
    };
    let items = content.items();
    let of_items = items.iter().flat_map(|item| {
        let papers = item.papers.iter().map(|(_, filed)| filed.content.title());
        [item.title.as_str(), item.presenter.as_str()].into_iter().chain(papers)
    });
    [content.title(), content.place()].into_iter().chain(of_items).collect::<Vec<_>>().join("\n")
}

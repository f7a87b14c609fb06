//! Sessions as this laptop holds them.

use super::briefs::View;
use super::folded::Folded;
use super::{Held, Laptop};
use crate::VaultError;
use crate::store::Store;
use cabinet_domain::{
    Fact, Item, ItemKind, MemberReply, Millis, Paper, PaperContent, PersonId, Presence, Reply, SessionAct, SessionKind,
    SessionPhase, SessionState, Under, Version, Vote, VotePhase,
};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{Hash, SpaceId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What lists show of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionBrief {
    /// Its title: as issued, or of the draft.
    pub title: String,
    /// Its kind.
    pub kind: SessionKind,
    /// Where.
    pub place: String,
    /// Who chairs.
    pub chair: Option<PersonId>,
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
    /// Others' absences that nobody has consented to, or refused.
    pub absences_waiting: u32,
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

impl Held for SessionAct {
    type Brief = SessionBrief;
    const NAME: &'static str = "session";

    fn folded<S>(laptop: &Laptop<S>) -> &Folded<Self> {
        &laptop.sessions
    }

    fn under(&self, state: &SessionState) -> Under {
        let SessionAct::Balloted(ballot) = self else { return Under::Space };
        state.vote(ballot.vote).map_or(Under::Space, |vote| Under::Pair(vote.opening.pair))
    }

    fn needs_newer_app(state: &SessionState) -> bool {
        state.needs_newer_app.is_some()
    }

    fn brief<S: Store>(laptop: &Laptop<S>, state: &SessionState) -> Option<SessionBrief> {
        let draft = state.agenda.version();
        let content = state.issued().map_or(&draft, |v| &v.content);
        if content.title().is_empty() {
            return None;
        }
        let me = laptop.my_person();
        let items = content.items();
        let reply = state.replies.iter().find(|r| Some(r.person) == me);
        let waits =
            |r: &&MemberReply| matches!(r.reply, Reply::Absent { .. }) && r.consent.is_none() && Some(r.person) != me;
        let is_mine = |item: &&Item| {
            item.kind == ItemKind::Decision
                && !state.positions.iter().any(|p| p.item == item.id && Some(p.person) == me)
        };
        let is_due = |vote: &&Vote| {
            let owes =
                |me| state.check_voter(me).is_ok() && vote.standing(me).is_none() && !vote.is_counted_by_name(me);
            vote.phase == VotePhase::Open && me.is_some_and(owes)
        };
        Some(SessionBrief {
            title: content.title().to_owned(),
            kind: content.kind(),
            place: content.place().to_owned(),
            chair: content.chair(),
            starts_at: content.starts_at(),
            phase: state.phase,
            versions: state.versions.len() as u32,
            papers: items.iter().map(|i| i.papers.len() as u32).sum(),
            is_invited: me.is_some_and(|me| content.invited().contains(&me)),
            attends: reply.map(|r| r.reply == Reply::Attends),
            absences_waiting: state.replies.iter().filter(waits).count() as u32,
            ballots_due: state.votes.iter().filter(is_due).map(|v| v.id).collect(),
            without_position: items.iter().filter(is_mine).count() as u32,
            items: items.iter().filter(|i| i.kind != ItemKind::Section).count() as u32,
            conflicts: state.agenda.conflicts().count() as u32,
            is_incomplete: state.waiting_for_keys > 0,
            is_unfinished: state.votes.iter().any(|v| v.phase != VotePhase::Open && v.settled.is_none()),
        })
    }

    fn into_view(brief: SessionBrief) -> View {
        View::Session(brief)
    }

    fn of_view(view: &View) -> Option<&SessionBrief> {
        if let View::Session(brief) = view { Some(brief) } else { None }
    }

    /// Titles of what this laptop can read, as issued.
    fn text(state: &SessionState) -> String {
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

    fn paper(state: &SessionState, hash: Hash) -> Option<Paper> {
        let draft = state.agenda.version();
        let versions = [&draft].into_iter().chain(state.versions.iter().rev().map(|v| &v.content));
        versions.flat_map(|v| v.papers()).find_map(|(_, filed)| match &filed.content {
            PaperContent::Sealed(paper) if paper.hash.0 == hash.0 => Some(paper.clone()),
            _ => None,
        })
    }

    fn is_distorted() -> bool {
        [Fault::Absence, Fault::VoteClosing, Fault::NamedWrites].into_iter().any(is_off)
    }

    fn distort(facts: &mut Vec<Fact<SessionAct>>, _: Option<u64>) {
        if is_off(Fault::Absence) {
            facts.retain(|f| !matches!(f.act, SessionAct::Marked { presence: Presence::Absent, .. }));
        }
        if is_off(Fault::VoteClosing) {
            // Ballots come first, as if nothing had closed.
            let is_end = |f: &Fact<SessionAct>| {
                matches!(
                    f.act,
                    SessionAct::VoteClosed { .. } | SessionAct::BallotsOpened(_) | SessionAct::BallotSpoiled { .. }
                )
            };
            facts.sort_by_key(|f| is_end(f));
        }
        if is_off(Fault::NamedWrites) {
            let ids: Vec<_> = facts.iter().map(|f| f.id).collect();
            let edits =
                facts.iter_mut().filter_map(|f| if let SessionAct::Edited(w) = &mut f.act { Some(w) } else { None });
            edits.flatten().for_each(|write| write.on.clone_from(&ids));
        }
    }
}

impl<S: Store> Laptop<S> {
    /// A session's state from stamped entries only.
    pub fn session(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        self.state::<SessionAct>(space)
    }

    /// A session's state as this person left it.
    pub fn session_with_pending(&self, space: SpaceId) -> Result<Arc<SessionState>, VaultError> {
        self.state_with_pending::<SessionAct>(space)
    }
}

//! What a room reads from its screen. Guests and whoever stands at the door read it too: nothing of what only some may see.

use super::{Audience, Item, ItemKind, SessionState, Version, Vote, VotePhase};
use crate::{ItemId, PaperId};

/// What may stand on a projector, of the version that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnScreen<'a> {
    /// Items for all, without headings, in the order of the agenda.
    pub items: Vec<Item>,
    /// The one under way, if it is among them.
    pub current: Option<ItemId>,
    /// One is under way that is not for all: the room sees that, and no more.
    pub is_behind_doors: bool,
    /// The one that comes next.
    pub next: Option<ItemId>,
    /// The last vote that takes ballots or is about the item under way, if all that it names is for all.
    pub vote: Option<&'a Vote>,
    /// The page that whoever leads shows, if its paper is one of the item under way.
    pub page: Option<(PaperId, u32)>,
}

impl SessionState {
    /// What may stand on a projector.
    pub fn on_screen(&self, sent: &Version) -> OnScreen<'_> {
        let is_for_all = |item: &Item| item.kind != ItemKind::Section && item.audience == Audience::All;
        let items: Vec<Item> = sent.items().into_iter().filter(is_for_all).collect();
        let is_shown = |id: ItemId| items.iter().any(|item| item.id == id);
        let under_way = self.current().map(|course| course.item);
        let current = under_way.filter(|id| is_shown(*id));
        let vote = self.votes.iter().rfind(|vote| {
            let is_now = vote.phase == VotePhase::Open || current.is_some_and(|item| vote.items().any(|i| i == item));
            is_now && vote.opening.items.iter().all(|item| is_shown(*item))
        });
        let papers = items.iter().filter(|item| Some(item.id) == current).flat_map(|item| &item.papers);
        let is_of_item = |paper: PaperId| papers.clone().any(|(id, _)| *id == paper);
        OnScreen {
            current,
            is_behind_doors: under_way.is_some() && current.is_none(),
            next: self.still_to_come(&items).first().copied(),
            vote,
            page: self.shown.filter(|(paper, _)| is_of_item(*paper)),
            items,
        }
    }
}

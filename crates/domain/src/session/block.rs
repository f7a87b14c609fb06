//! What needs no discussion: items on which nobody objects or wishes to speak are adopted together, the others are discussed.

use super::{Item, ItemKind, Position, SessionState, Standing};
use crate::{ItemId, PersonId};

/// The secretary's proposal for the session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// *Nội dung thông qua không thảo luận*: decisions with no objection, no wish to speak, and at least one position.
    pub block: Vec<ItemId>,
    /// Of these, those that no vote has named yet.
    pub block_left: Vec<ItemId>,
    /// *Nội dung thảo luận*: with those who object or wish to speak, in the order in which they said so.
    pub to_discuss: Vec<(ItemId, Vec<PersonId>)>,
    /// Decisions on which nobody has said anything yet: silence before a session is not agreement.
    pub unanswered: Vec<ItemId>,
}

/// Sorts the items of the newest issued version.
pub fn propose(state: &SessionState) -> Proposal {
    let mut proposal = Proposal::default();
    let items: Vec<Item> = state.issued().map(|v| v.content.items()).unwrap_or_default();
    let is_meant = |i: &&Item| i.kind != ItemKind::Section && i.standing == Standing::Planned;
    for item in items.iter().filter(is_meant) {
        let positions: Vec<_> = state.positions.iter().filter(|p| p.item == item.id).collect();
        let speakers: Vec<PersonId> =
            positions.iter().filter(|p| p.position != Position::NoObjection).map(|p| p.person).collect();
        match (item.kind, positions.is_empty()) {
            _ if !speakers.is_empty() => proposal.to_discuss.push((item.id, speakers)),
            (ItemKind::Decision, true) => proposal.unanswered.push(item.id),
            (ItemKind::Decision, false) => {
                proposal.block.push(item.id);
                if !state.votes.iter().any(|vote| vote.items().any(|named| named == item.id)) {
                    proposal.block_left.push(item.id);
                }
            }
            // Opinions are asked for, so it is discussed; what is only told is not.
            (ItemKind::Opinion, _) => proposal.to_discuss.push((item.id, vec![])),
            _ => {}
        }
    }
    proposal
}

impl SessionState {
    /// Items still to come, in the order of the agenda: meant to be taken up, and neither under way nor over.
    pub fn still_to_come(&self, items: &[Item]) -> Vec<ItemId> {
        let is_begun = |id: ItemId| self.course.iter().any(|course| course.item == id);
        let is_meant = |i: &&Item| i.kind != ItemKind::Section && i.standing == Standing::Planned;
        items.iter().filter(is_meant).map(|item| item.id).filter(|id| !is_begun(*id)).collect()
    }
}

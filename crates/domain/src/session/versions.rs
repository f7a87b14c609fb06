//! What changed between two versions of an agenda.

use super::{Field, ItemField, PaperContent, Standing, Value, Version};
use crate::{ItemId, PaperId};
use std::collections::BTreeSet;

/// One difference, as a member is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A field of the session itself.
    Session(Field),
    /// A new item.
    Added(ItemId),
    /// Fields of an item.
    Changed(ItemId, Vec<ItemField>),
    /// It stands elsewhere.
    Moved(ItemId),
    /// Taken off.
    Withdrawn(ItemId),
    /// To a later session.
    Postponed(ItemId),
    /// Postponed or taken off before, and back now.
    Restored(ItemId),
    /// A new paper.
    PaperAdded(PaperId),
    /// A new version of a paper, or another title.
    PaperReplaced(PaperId),
    /// A paper that belongs to another item now.
    PaperMoved(PaperId),
    /// A paper taken off.
    PaperWithdrawn(PaperId),
}

/// Everything that differs, session first, then items and papers. Fields that one side may not see are in neither.
pub fn compare(old: &Version, new: &Version) -> Vec<Change> {
    let own = [Field::Title, Field::Kind, Field::Place, Field::IsOnline, Field::StartsAt, Field::Chair, Field::Invited];
    let differs = |field: &Field| old.fields.get(field) != new.fields.get(field);
    let mut changes: Vec<Change> = own.into_iter().filter(differs).map(Change::Session).collect();
    let known: BTreeSet<ItemId> = old.item_ids().collect();
    // In the agenda's own order; what stands on it no more comes last.
    let mut ids: Vec<ItemId> = new.items().iter().map(|i| i.id).collect();
    ids.extend(new.item_ids().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
    for id in ids {
        match known.contains(&id) {
            true => item(id, old, new, &mut changes),
            false if standing(new, id) == Standing::Withdrawn => {}
            false => changes.push(Change::Added(id)),
        }
    }
    changes.extend(new.papers().filter_map(|(id, _)| paper(id, old, new)));
    changes
}

fn standing(version: &Version, id: ItemId) -> Standing {
    match version.fields.get(&Field::Item(id, ItemField::Standing)) {
        Some(Value::Standing(standing)) => *standing,
        _ => Standing::Planned,
    }
}

fn item(id: ItemId, old: &Version, new: &Version, changes: &mut Vec<Change>) {
    match (standing(old, id), standing(new, id)) {
        (before, after) if before == after => {}
        (_, Standing::Withdrawn) => changes.push(Change::Withdrawn(id)),
        (_, Standing::Postponed) => changes.push(Change::Postponed(id)),
        (_, Standing::Planned) => changes.push(Change::Restored(id)),
    }
    let differs = |name: ItemField| old.fields.get(&Field::Item(id, name)) != new.fields.get(&Field::Item(id, name));
    if differs(ItemField::Spot) {
        changes.push(Change::Moved(id));
    }
    use ItemField::{Audience, Chair, Kind, Minutes, Presenter, Title};
    let fields: Vec<ItemField> =
        [Title, Kind, Presenter, Minutes, Chair, Audience].into_iter().filter(|f| differs(*f)).collect();
    if !fields.is_empty() {
        changes.push(Change::Changed(id, fields));
    }
}

fn paper(id: PaperId, old: &Version, new: &Version) -> Option<Change> {
    let find = |version: &Version| match version.fields.get(&Field::Paper(id)) {
        Some(Value::Paper(filed)) => Some(filed.clone()),
        _ => None,
    };
    let hash = |content: &PaperContent| match content {
        PaperContent::Sealed(paper) => Some(paper.hash),
        PaperContent::OnPaper { .. } => None,
    };
    match (find(old).filter(|f| !f.is_withdrawn), find(new)?) {
        (None, now) => (!now.is_withdrawn).then_some(Change::PaperAdded(id)),
        (Some(_), now) if now.is_withdrawn => Some(Change::PaperWithdrawn(id)),
        (Some(was), now) if was.item != now.item => Some(Change::PaperMoved(id)),
        (Some(was), now) => {
            let is_other = hash(&was.content) != hash(&now.content) || was.content.title() != now.content.title();
            is_other.then_some(Change::PaperReplaced(id))
        }
    }
}

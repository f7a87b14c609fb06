//! Writing an agenda: each field is written on what its author saw, and sealed for the secretariat.

use super::{check, refuse, state};
use crate::WorkError;
use cabinet_acts::write_session_act;
use cabinet_domain::{
    Field, Item, ItemField, ItemId, ItemKind, PaperContent, SessionAct, SessionRefusal, Spot, Value, Version, Write,
    check_write, order_between,
};
use cabinet_ledger::{EntryId, Hash, PaperNameV1, Purpose, SpaceId, SpaceKind, role};
use cabinet_vault::{Laptop, NewEntry, Sealing, Store};
use std::collections::BTreeMap;

/// Limit: writes in one entry, so that a pasted agenda stays far below the size of an entry.
pub(super) const WRITES_AT_ONCE: usize = 200;

/// Who reads drafts, and everything else.
pub(super) const STAFF: u16 = role::SECRETARY | role::TELLER;

/// An item to add, with what is known of it.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Its id, made by the caller.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub kind: ItemKind,
    /// Who presents.
    pub presenter: String,
    /// What it stands below.
    pub parent: Option<ItemId>,
}

/// Begins a session with its own fields.
pub fn create_session<S: Store>(
    laptop: &mut Laptop<S>,
    fields: Vec<(Field, Value)>,
    now_ms: u64,
) -> Result<SpaceId, WorkError> {
    let writes: Vec<Write> = fields.into_iter().map(|(field, value)| Write { field, value, on: vec![] }).collect();
    writes.iter().try_for_each(check_write).map_err(WorkError::SessionRefused)?;
    let space = laptop.open_space(SpaceKind::Session, vec![], now_ms)?;
    edit_session(laptop, space, writes, now_ms)?;
    Ok(space)
}

/// Signs writes of the draft, which is the secretariat's own until it is sent.
pub fn edit_session<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    writes: Vec<Write>,
    now_ms: u64,
) -> Result<(), WorkError> {
    let sealing = Sealing::Part(laptop.open_audience(space, Purpose::Drafts, STAFF, &[], now_ms)?);
    for part in writes.chunks(WRITES_AT_ONCE) {
        sign_writes(laptop, space, part.to_vec(), sealing.clone(), now_ms)?;
    }
    Ok(())
}

/// Signs writes under one sealing.
pub(super) fn sign_writes<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    writes: Vec<Write>,
    sealing: Sealing,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let papers = writes.iter().filter_map(|w| paper_name(&w.value)).collect();
    let act = SessionAct::Edited(writes);
    let written = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    check(laptop, space, act, None, &[], now_ms)?;
    Ok(laptop.sign(NewEntry { papers, sealing, ..NewEntry::act(space, written) }, now_ms)?.0)
}

/// Adds items below each other's like, in the order given. `after` is the item that the first one follows; none puts them last.
pub fn add_items<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    items: &[NewItem],
    after: Option<ItemId>,
    now_ms: u64,
) -> Result<(), WorkError> {
    let agenda = &state(laptop, space)?.agenda;
    let known = agenda.version().items();
    let mut last: BTreeMap<Option<ItemId>, String> = BTreeMap::new();
    let mut writes = Vec::new();
    for item in items {
        let next = last.get(&item.parent).cloned();
        let (before, behind) = match next {
            Some(order) => (Some(order), follower(&known, item.parent, after)),
            None => neighbours(&known, item.parent, after.filter(|_| writes.is_empty())),
        };
        let order = order_between(before.as_deref(), behind.as_deref());
        last.insert(item.parent, order.clone());
        let mut write = |field, value| writes.push(Write { field: Field::Item(item.id, field), value, on: vec![] });
        write(ItemField::Title, Value::Text(item.title.clone()));
        write(ItemField::Kind, Value::Item(item.kind));
        write(ItemField::Spot, Value::Spot(Spot { parent: item.parent, order }));
        if !item.presenter.is_empty() {
            write(ItemField::Presenter, Value::Text(item.presenter.clone()));
        }
    }
    edit_session(laptop, space, writes, now_ms)
}

/// Orders between which something new stands: behind `after`, or last.
fn neighbours(known: &[Item], parent: Option<ItemId>, after: Option<ItemId>) -> (Option<String>, Option<String>) {
    let of_parent: Vec<&Item> = known.iter().filter(|i| i.parent == parent).collect();
    match after.and_then(|after| of_parent.iter().position(|i| i.id == after)) {
        Some(at) => (Some(of_parent[at].order.clone()), of_parent.get(at + 1).map(|i| i.order.clone())),
        None => (of_parent.last().map(|i| i.order.clone()), None),
    }
}

fn follower(known: &[Item], parent: Option<ItemId>, after: Option<ItemId>) -> Option<String> {
    neighbours(known, parent, after).1.filter(|_| after.is_some())
}

/// Moves an item behind another one below the same parent; `after` none puts it first.
pub fn move_item<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    item: ItemId,
    parent: Option<ItemId>,
    after: Option<ItemId>,
    now_ms: u64,
) -> Result<(), WorkError> {
    let agenda = &state(laptop, space)?.agenda;
    let items = agenda.version().items();
    // An item does not go below itself or what hangs below it.
    let mut above = parent;
    // Others may have hung items in a circle.
    for _ in 0..=items.len() {
        let Some(id) = above else { break };
        if id == item {
            return refuse(SessionRefusal::WrongValue);
        }
        above = items.iter().find(|i| i.id == id).ok_or(WorkError::SessionRefused(SessionRefusal::NoSuchItem))?.parent;
    }
    let others: Vec<&Item> = items.iter().filter(|i| i.parent == parent && i.id != item).collect();
    let at = after.and_then(|after| others.iter().position(|i| i.id == after)).map_or(0, |at| at + 1);
    let before = at.checked_sub(1).map(|i| others[i].order.as_str());
    let order = order_between(before, others.get(at).map(|i| i.order.as_str()));
    let write = agenda.write_of(Field::Item(item, ItemField::Spot), Value::Spot(Spot { parent, order }));
    edit_session(laptop, space, vec![write], now_ms)
}

/// The sealed papers of a version as headers name them.
pub fn session_papers(version: &Version) -> Vec<PaperNameV1> {
    version.fields.values().filter_map(paper_name).collect()
}

fn paper_name(value: &Value) -> Option<PaperNameV1> {
    match value {
        Value::Paper(filed) if !filed.is_withdrawn => match &filed.content {
            PaperContent::Sealed(paper) => Some(PaperNameV1 {
                hash: Hash(paper.hash.0),
                size_bytes: paper.size_bytes,
                pieces: Hash(paper.pieces.0),
            }),
            PaperContent::OnPaper { .. } => None,
        },
        _ => None,
    }
}

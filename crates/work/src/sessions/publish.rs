//! What is sent leaves the draft: what differs from the last version is written again, each field for those who may see its item.

use super::agenda::{STAFF, WRITES_AT_ONCE, sign_writes};
use crate::WorkError;
use crate::forms::ledger_person;
use cabinet_domain::{
    Audience, EntryId, Field, ItemField, ItemId, SessionState, Shared, Standing, Value, Version, Write,
};
use cabinet_ledger::{PersonId, Purpose, SpaceId, role};
use cabinet_vault::{Laptop, Sealing, Store};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Signs what a version that is about to be issued changes.
pub(super) fn publish<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    state: &SessionState,
    now_ms: u64,
) -> Result<(), WorkError> {
    let (old, new) = (&state.published, &state.agenda.version());
    let mut taken_away: BTreeMap<Audience, Vec<Write>> = BTreeMap::new();
    let mut sent: BTreeMap<Audience, Vec<Write>> = BTreeMap::new();
    let mut fields = state.agenda.fields.clone();
    // What takes an item away from those who lose it is its standing, which may never have been written.
    let standing = |id| (Field::Item(id, ItemField::Standing), Value::Standing(Standing::Planned));
    for (field, value) in old.item_ids().map(standing) {
        let unwritten = Shared { writes: vec![(EntryId(Uuid::nil()), value)] };
        fields.entry(field).or_insert(unwritten);
    }
    for (field, shared) in &fields {
        let value = shared.value();
        let is_new_standing = !state.agenda.fields.contains_key(field);
        let was = old.fields.get(field).or(is_new_standing.then_some(value));
        let before = was.map(|value| (value, audience(old, *field, value)));
        let now = audience(new, *field, value);
        if before == Some((value, now.clone())) {
            continue;
        }
        let on = if is_new_standing { vec![] } else { shared.on() };
        // Whoever could see it and may not any more is told that it is gone, and no more.
        if let Some((was, audience)) = before.filter(|(_, audience)| *audience != now)
            && let Some(gone) = gone(*field, was)
        {
            taken_away.entry(audience).or_default().push(Write { field: *field, value: gone, on: on.clone() });
        }
        sent.entry(now).or_default().push(Write { field: *field, value: value.clone(), on });
    }
    let gone = sign(laptop, space, taken_away, &BTreeMap::new(), now_ms)?;
    sign(laptop, space, sent, &gone, now_ms)?;
    Ok(())
}

/// What a narrower audience leaves behind for the wider one.
fn gone(field: Field, was: &Value) -> Option<Value> {
    match (field, was) {
        (Field::Item(_, ItemField::Standing), _) => Some(Value::Standing(Standing::Withdrawn)),
        (Field::Paper(_), Value::Paper(filed)) => {
            let mut filed = filed.clone();
            filed.is_withdrawn = true;
            Some(Value::Paper(filed))
        }
        _ => None,
    }
}

/// For whom a field is: for whoever may see its item.
fn audience(version: &Version, field: Field, value: &Value) -> Audience {
    let item = match (field, value) {
        // Who leads is for all to see.
        (Field::Item(_, ItemField::Chair), _) => return Audience::All,
        (Field::Item(id, _), _) => id,
        (Field::Paper(_), Value::Paper(filed)) => filed.item,
        _ => return Audience::All,
    };
    audience_of(version, item)
}

/// For whom an item is.
pub(super) fn audience_of(version: &Version, item: ItemId) -> Audience {
    match version.fields.get(&Field::Item(item, ItemField::Audience)) {
        Some(Value::Audience(audience)) => audience.clone(),
        _ => Audience::All,
    }
}

/// Signs writes for each audience. Returns the entry of each field, which a later write must name.
fn sign<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    parts: BTreeMap<Audience, Vec<Write>>,
    named: &BTreeMap<Field, EntryId>,
    now_ms: u64,
) -> Result<BTreeMap<Field, EntryId>, WorkError> {
    let mut signed = BTreeMap::new();
    for (audience, mut writes) in parts {
        writes.iter_mut().for_each(|w| w.on.extend(named.get(&w.field)));
        let sealing = sealing(laptop, space, &audience, now_ms)?;
        for part in writes.chunks(WRITES_AT_ONCE) {
            let entry = sign_writes(laptop, space, part.to_vec(), sealing.clone(), now_ms)?;
            signed.extend(part.iter().map(|w| (w.field, EntryId(Uuid::from_bytes(entry.0)))));
        }
    }
    Ok(signed)
}

/// How to seal for an audience.
pub(super) fn sealing<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    audience: &Audience,
    now_ms: u64,
) -> Result<Sealing, WorkError> {
    Ok(match audience {
        Audience::All => Sealing::Audience,
        Audience::Members => {
            Sealing::Part(laptop.open_audience(space, Purpose::Items, STAFF | role::MEMBER, &[], now_ms)?)
        }
        Audience::Named(people) => {
            let people: Vec<PersonId> = people.iter().copied().map(ledger_person).collect();
            Sealing::Part(laptop.open_audience(space, Purpose::Items, STAFF, &people, now_ms)?)
        }
    })
}

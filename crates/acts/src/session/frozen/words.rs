//! Frozen: numbers and ids in the place of names.

use crate::form::IdV1;
use cabinet_domain as domain;
use domain::{ItemId, PersonId};
use uuid::Uuid;

/// Frozen: numbers of things that are one of a few. Each list is in the order of its numbers, from 1.
pub(super) const ITEM_FIELDS: [domain::ItemField; 8] = {
    use domain::ItemField::*;
    [Title, Kind, Presenter, Minutes, Spot, Chair, Audience, Standing]
};
pub(super) const SESSION_KINDS: [domain::SessionKind; 3] =
    [domain::SessionKind::Regular, domain::SessionKind::Thematic, domain::SessionKind::Extraordinary];
pub(super) const ITEM_KINDS: [domain::ItemKind; 4] =
    [domain::ItemKind::Section, domain::ItemKind::Decision, domain::ItemKind::Opinion, domain::ItemKind::Information];
pub(super) const STANDINGS: [domain::Standing; 3] =
    [domain::Standing::Planned, domain::Standing::Postponed, domain::Standing::Withdrawn];
pub(super) const OUTCOMES: [domain::ItemOutcome; 3] =
    [domain::ItemOutcome::Concluded, domain::ItemOutcome::Postponed, domain::ItemOutcome::Withdrawn];
/// Frozen: an option of one of n is its place plus this.
pub(super) const OPTIONS_FROM: u32 = 16;

pub(super) fn number<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|v| v == value).map_or(0, |at| at as u8 + 1)
}

pub(super) fn named<T: Copy>(all: &[T], number: u8) -> Option<T> {
    all.get(usize::from(number).checked_sub(1)?).copied()
}

pub(super) fn choice_number(choice: domain::BallotChoice) -> u32 {
    match choice {
        domain::BallotChoice::Yes => 1,
        domain::BallotChoice::No => 2,
        domain::BallotChoice::Other => 3,
        domain::BallotChoice::Option(n) => n.saturating_add(OPTIONS_FROM),
    }
}

pub(super) fn choice(number: u32) -> Option<domain::BallotChoice> {
    Some(match number {
        1 => domain::BallotChoice::Yes,
        2 => domain::BallotChoice::No,
        3 => domain::BallotChoice::Other,
        n => domain::BallotChoice::Option(n.checked_sub(OPTIONS_FROM)?),
    })
}

pub(super) fn id(id: Uuid) -> IdV1 {
    IdV1(*id.as_bytes())
}

pub(super) fn person(id: IdV1) -> PersonId {
    PersonId(Uuid::from_bytes(id.0))
}

pub(super) fn item(id: IdV1) -> ItemId {
    ItemId(Uuid::from_bytes(id.0))
}

pub(super) fn people_v1(people: &[PersonId]) -> Vec<IdV1> {
    people.iter().map(|p| id(p.0)).collect()
}

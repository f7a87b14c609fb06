//! One file a use case: request and view types, and the function.

pub mod answer;
pub mod devices;
pub mod enrol;
pub mod export;
pub mod found;
pub mod histories;
pub mod home;
pub mod hub_key;
pub mod kept;
pub mod law;
pub mod lease;
pub mod named;
pub mod pages;
pub mod people;
pub mod print;
pub mod read_form;
pub mod recover;
pub mod returned;
pub mod run_form;
pub mod search;
pub mod session;
pub mod status;
pub mod troubles;
pub mod unlock;
pub mod write_form;

use crate::AppError;
use cabinet_ledger::{PersonId, SpaceId, role};
use cabinet_vault::{Laptop, Store};

/// Who runs the register of people and laptops.
pub(crate) const OFFICIAL: u16 = role::OFFICER | role::SECRETARY;

/// Whether this person writes and runs forms and sessions: drafts are theirs alone.
pub(crate) fn is_staff<S: Store>(laptop: &Laptop<S>) -> bool {
    laptop.my_roles() & (role::SECRETARY | role::TELLER) != 0
}

/// Whoever holds none of the roles is told at once: the hub would refuse the entry.
pub(crate) fn expect_role<S: Store>(laptop: &Laptop<S>, roles: u16) -> Result<(), AppError> {
    if laptop.my_roles() & roles != 0 { Ok(()) } else { Err(AppError::NotAllowed) }
}

/// An official, or the person whom it concerns.
pub(crate) fn expect_own_or_official<S: Store>(laptop: &Laptop<S>, person: PersonId) -> Result<(), AppError> {
    if laptop.me()?.person == person { Ok(()) } else { expect_role(laptop, OFFICIAL) }
}

/// Reads the id of a form as the screen holds it.
pub(crate) fn form_id(text: &str) -> Result<SpaceId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("form".into()))
}

/// A person's id as the screen holds it.
pub(crate) fn person_id(text: &str) -> Result<PersonId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("person".into()))
}

//! One file a use case: request and view types, and the function.

pub mod answer;
pub mod devices;
pub mod enrol;
pub mod export;
pub mod found;
pub mod home;
pub mod hub_key;
pub mod kept;
pub mod lease;
pub mod pages;
pub mod people;
pub mod print;
pub mod read_form;
pub mod recover;
pub mod run_form;
pub mod search;
pub mod session;
pub mod status;
pub mod troubles;
pub mod unlock;
pub mod write_form;

use crate::AppError;
use cabinet_ledger::SpaceId;

/// Reads the id of a form as the screen holds it.
pub(crate) fn form_id(text: &str) -> Result<SpaceId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("form".into()))
}

/// A person's id as the screen holds it.
pub(crate) fn person_id(text: &str) -> Result<cabinet_ledger::PersonId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("person".into()))
}

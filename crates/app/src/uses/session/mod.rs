//! Sessions: listed, read, prepared, held, voted in, exported. One file a step of its life.

pub mod agenda;
pub mod before;
pub mod export;
pub mod files;
pub mod hall;
pub mod list;
pub mod read;
pub mod room;
pub mod view;
pub mod vote;

use crate::{App, AppError};
use cabinet_domain::{EntryId, ItemId, PaperId, PersonId, SessionAct};
use cabinet_ledger::SpaceId;
use cabinet_work::forms::person;
use cabinet_work::sessions;
use serde::Deserialize;
use ts_rs::TS;

/// Which session.
#[derive(Deserialize, TS)]
pub struct SessionRequest {
    /// Its id.
    pub session: String,
}

pub(crate) fn session_id(text: &str) -> Result<SpaceId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("session".into()))
}

fn item_id(text: &str) -> Result<ItemId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("item".into()))
}

fn paper_id(text: &str) -> Result<PaperId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("paper".into()))
}

fn entry_id(text: &str) -> Result<EntryId, AppError> {
    text.parse().map_err(|_| AppError::BadRequest("entry".into()))
}

fn person_of(text: &str) -> Result<PersonId, AppError> {
    super::person_id(text).map(person)
}

fn people_of(texts: &[String]) -> Result<Vec<PersonId>, AppError> {
    texts.iter().map(|t| person_of(t)).collect()
}

/// Signs an act of the open laptop, and tells the screens.
fn act(app: &App, session: &str, act: SessionAct) -> Result<(), AppError> {
    let space = session_id(session)?;
    app.work(|laptop, now| sessions::act(laptop, space, act, now))?;
    app.changed(&[space]);
    Ok(())
}

//! What is being typed on a screen, kept on this laptop until it is saved or signed: walking away, a lock or a dead battery loses none of it.

use crate::{App, AppError};
use cabinet_vault::{Change, Store};
use serde::Deserialize;
use ts_rs::TS;

/// Limit: characters of a place's name.
const PLACE_CHARS_MAX: usize = 120;
/// Limit: bytes that are kept in one place; more is no typing.
const KEPT_BYTES_MAX: usize = 1024 * 1024;

/// Where something is being typed.
#[derive(Deserialize, TS)]
pub struct KeptRequest {
    /// The screen's own name for it: a form, an item's objection.
    pub place: String,
}

/// What is to be kept there.
#[derive(Deserialize, TS)]
pub struct KeepRequest {
    /// The screen's own name for it.
    pub place: String,
    /// As the screen writes it; none to keep nothing more.
    pub what: Option<String>,
}

/// What was being typed there.
pub fn kept(app: &App, request: KeptRequest) -> Result<Option<String>, AppError> {
    let name = name(&request.place)?;
    app.with_laptop(|laptop, _| {
        let bytes = laptop.store().meta(&name)?;
        Ok(bytes.and_then(|b| String::from_utf8(b).ok()))
    })
}

/// Keeps what is being typed.
pub fn keep(app: &App, request: KeepRequest) -> Result<(), AppError> {
    let name = name(&request.place)?;
    if request.what.as_ref().is_some_and(|what| what.len() > KEPT_BYTES_MAX) {
        return Err(AppError::BadRequest("what".into()));
    }
    let bytes = request.what.map(String::into_bytes);
    app.with_laptop(|laptop, _| Ok(laptop.store_mut().commit(vec![Change::Meta(name, bytes)])?))
}

fn name(place: &str) -> Result<String, AppError> {
    if place.is_empty() || place.chars().count() > PLACE_CHARS_MAX {
        return Err(AppError::BadRequest("place".into()));
    }
    Ok(format!("typed {place}"))
}

//! What is being typed on a screen, kept on this laptop until it is saved or signed: walking away, a lock or a dead battery loses none of it.

use crate::{App, AppError};
use cabinet_ledger::SpaceId;
use cabinet_vault::{Change, Store};
use serde::Deserialize;
use ts_rs::TS;

/// Before the place, in the name of its value.
const PREFIX: &str = "typed ";
/// Limit: characters of a place's name.
const PLACE_CHARS_MAX: usize = 120;
/// Limit: bytes that are kept in one place; more is no typing.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// What nobody came back to in this time is forgotten: its form or vote is long over.
const KEPT_MS_MAX: u64 = 90 * 24 * 3_600_000;

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
        let kept = laptop.store().meta(&name)?;
        Ok(kept.as_deref().and_then(read).map(|(_, text)| text.to_owned()))
    })
}

/// Keeps what is being typed.
pub fn keep(app: &App, request: KeepRequest) -> Result<(), AppError> {
    let name = name(&request.place)?;
    if request.what.as_ref().is_some_and(|what| what.len() > KEPT_BYTES_MAX) {
        return Err(AppError::BadRequest("what".into()));
    }
    app.with_laptop(|laptop, now_ms| {
        let kept = request.what.map(|text| [now_ms.to_le_bytes().as_slice(), text.as_bytes()].concat());
        let mut changes = forgotten(laptop.store(), now_ms)?;
        changes.push(Change::Meta(name, kept));
        Ok(laptop.store_mut().commit(changes)?)
    })
}

/// Whether an answer to a form, or a change of one, was begun here and not signed.
pub(crate) fn has_begun_answer<S: Store>(store: &S, form: SpaceId) -> Result<bool, AppError> {
    Ok(store.meta(&format!("{PREFIX}answer {form}"))?.is_some())
}

/// What has been kept too long.
fn forgotten<S: Store>(store: &S, now_ms: u64) -> Result<Vec<Change>, AppError> {
    let mut changes = Vec::new();
    for name in store.meta_names(PREFIX)? {
        let kept = store.meta(&name)?.unwrap_or_default();
        if read(&kept).is_none_or(|(at_ms, _)| at_ms + KEPT_MS_MAX < now_ms) {
            changes.push(Change::Meta(name, None));
        }
    }
    Ok(changes)
}

/// When it was kept, and the text.
fn read(kept: &[u8]) -> Option<(u64, &str)> {
    let (at_ms, text) = kept.split_first_chunk()?;
    Some((u64::from_le_bytes(*at_ms), std::str::from_utf8(text).ok()?))
}

fn name(place: &str) -> Result<String, AppError> {
    if place.is_empty() || place.chars().count() > PLACE_CHARS_MAX {
        return Err(AppError::BadRequest("place".into()));
    }
    Ok(format!("{PREFIX}{place}"))
}

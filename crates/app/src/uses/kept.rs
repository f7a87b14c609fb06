//! The text of a form as it was last typed, kept on this laptop until it is saved: walking away, a lock or a dead battery loses none of it.

use super::write_form::FormText;
use crate::{App, AppError};
use cabinet_vault::{Change, Store};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Limit: characters of a place's name.
const PLACE_CHARS_MAX: usize = 80;

/// A form as the screen holds it: its text, and what sending will need.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct KeptForm {
    /// The text.
    pub text: FormText,
    /// Working days to answer.
    pub working_days: u32,
    /// Who approved it.
    pub approved_by: String,
}

/// Where a text is being typed.
#[derive(Deserialize, TS)]
pub struct KeptFormRequest {
    /// The form's id, or the screen's own word for a form that has none yet.
    pub place: String,
}

/// What is to be kept there.
#[derive(Deserialize, TS)]
pub struct KeepFormRequest {
    /// The form's id, or the screen's own word for a form that has none yet.
    pub place: String,
    /// As typed; none to keep nothing more.
    pub typed: Option<KeptForm>,
}

/// What was being typed.
pub fn kept_form(app: &App, request: KeptFormRequest) -> Result<Option<KeptForm>, AppError> {
    let name = name(&request.place)?;
    app.with_laptop(|laptop, _| {
        let bytes = laptop.store().meta(&name)?;
        Ok(bytes.and_then(|b| serde_json::from_slice(&b).ok()))
    })
}

/// Keeps what is being typed.
pub fn keep_form(app: &App, request: KeepFormRequest) -> Result<(), AppError> {
    let name = name(&request.place)?;
    let bytes = request.typed.map(|typed| serde_json::to_vec(&typed).expect("a text has string keys only"));
    app.with_laptop(|laptop, _| Ok(laptop.store_mut().commit(vec![Change::Meta(name, bytes)])?))
}

fn name(place: &str) -> Result<String, AppError> {
    if place.is_empty() || place.chars().count() > PLACE_CHARS_MAX {
        return Err(AppError::BadRequest("place".into()));
    }
    Ok(format!("form text {place}"))
}

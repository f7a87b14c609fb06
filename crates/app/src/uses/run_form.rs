//! Run an issued form: extend, recall, close.

use super::form_id;
use super::read_form::FormRequest;
use crate::{App, AppError};
use cabinet_work::forms;
use serde::Deserialize;
use ts_rs::TS;

/// A later deadline.
#[derive(Deserialize, TS)]
pub struct ExtendRequest {
    /// The form.
    pub form: String,
    /// Working days from the first issue.
    pub working_days: u32,
    /// Why.
    pub reason: String,
}

/// Taking it back.
#[derive(Deserialize, TS)]
pub struct RecallRequest {
    /// The form.
    pub form: String,
    /// Why.
    pub reason: String,
}

/// Moves the deadline.
pub fn extend(app: &App, request: ExtendRequest) -> Result<(), AppError> {
    let form = form_id(&request.form)?;
    app.work(|l, now| forms::extend_form(l, form, request.working_days, &request.reason, now))?;
    app.changed(&[form]);
    Ok(())
}

/// Takes the form back.
pub fn recall(app: &App, request: RecallRequest) -> Result<(), AppError> {
    let form = form_id(&request.form)?;
    app.work(|l, now| forms::recall_form(l, form, &request.reason, now))?;
    app.changed(&[form]);
    Ok(())
}

/// Closes the form.
pub fn close(app: &App, request: FormRequest) -> Result<(), AppError> {
    let form = form_id(&request.form)?;
    app.work(|l, now| forms::close_form(l, form, now))?;
    app.changed(&[form]);
    Ok(())
}

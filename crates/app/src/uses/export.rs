//! Export a result: CSV for the file, the record for whoever wants to recount.

use super::form_id;
use super::read_form::{FormRequest, FormView, form};
use crate::{App, AppError};
use cabinet_disk::write_whole;
use cabinet_vault::VaultError;
use cabinet_work::record_of;
use serde::Deserialize;
use std::path::Path;
use ts_rs::TS;

/// What to write where.
#[derive(Deserialize, TS)]
pub struct ExportRequest {
    /// The form.
    pub form: String,
    /// `csv` or `record`.
    pub kind: String,
    /// Path of the new file.
    pub path: String,
}

/// Writes the file.
pub fn export(app: &App, request: ExportRequest) -> Result<(), AppError> {
    let bytes = match request.kind.as_str() {
        "record" => record(app, &request.form)?,
        "csv" => csv(&form(app, FormRequest { form: request.form })?),
        other => return Err(AppError::BadRequest(other.to_owned())),
    };
    Ok(write_whole(Path::new(&request.path), &bytes).map_err(VaultError::from)?)
}

/// The recountable record of a form.
pub fn record(app: &App, form: &str) -> Result<Vec<u8>, AppError> {
    let space = form_id(form)?;
    app.with_laptop(|laptop, _| Ok(record_of(laptop, space)?))
}

/// A cell that no spreadsheet runs: text that begins like a formula begins with an apostrophe.
pub(super) fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// One row a member and question, with what the result rests on in front. A byte order mark lets spreadsheets read it.
fn csv(view: &FormView) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let mut row =
        |fields: &[&str]| writer.write_record(fields.iter().map(|f| cell(f))).expect("all rows have seven fields");
    row(&["question", "office", "asked", "answer", "remark", "reserved", "received_ms"]);
    for (index, _) in view.questions.iter().enumerate() {
        for seat in &view.seats {
            let said = seat.answer.as_ref().and_then(|a| a.get(index)).filter(|_| seat.late.is_none());
            let choice = match said.and_then(|s| s.choice) {
                Some(choice) => format!("{choice:?}").to_lowercase(),
                None if !seat.is_asked => "not_asked".to_owned(),
                None if seat.late.is_some() => "deemed_agreed_answered_late".to_owned(),
                None => "deemed_agreed".to_owned(),
            };
            let reserved = said.is_some_and(|s| s.is_reserved).to_string();
            let remark = said.map(|s| s.remark.as_str()).unwrap_or_default();
            let received = seat.answered_at.map(|t| t.to_string()).unwrap_or_default();
            let asked = seat.is_asked.to_string();
            row(&[&(index + 1).to_string(), &seat.office, &asked, &choice, remark, &reserved, &received]);
        }
    }
    writer.into_inner().expect("writing to memory does not fail")
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe() {
        for formula in ["=1+1", "+84", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        assert_eq!(cell("Đồng ý = nhất trí"), "Đồng ý = nhất trí");
    }
}

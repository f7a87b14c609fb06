//! Export a session: its votes as a table, and the record for whoever wants to recount.

use super::read::{ReadSessionRequest, session};
use super::view::SessionView;
use crate::uses::export::{ExportRequest, cell, record};
use crate::uses::named::word;
use crate::{App, AppError};
use cabinet_disk::write_whole;
use cabinet_vault::VaultError;
use std::path::Path;

/// Writes the file. The request's `form` is the session's id.
pub fn export(app: &App, request: ExportRequest) -> Result<(), AppError> {
    let bytes = match request.kind.as_str() {
        "record" => record(app, &request.form)?,
        "csv" => {
            let read = ReadSessionRequest { session: request.form, is_draft: false, version: None, since: None };
            csv(&session(app, read)?)
        }
        other => return Err(AppError::BadRequest(other.to_owned())),
    };
    Ok(write_whole(Path::new(&request.path), &bytes).map_err(VaultError::from)?)
}

/// One row a vote and seat. A byte order mark lets spreadsheets read it.
fn csv(view: &SessionView) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let mut row =
        |fields: &[&str]| writer.write_record(fields.iter().map(|f| cell(f))).expect("all rows have eight fields");
    row(&["vote", "question", "office", "attended", "choice", "reserved", "remark", "result"]);
    for (index, vote) in view.votes.iter().enumerate() {
        let number = (index + 1).to_string();
        let result = vote.result.as_ref().map_or_else(|| "open".to_owned(), |r| word(r.outcome));
        for seat in &vote.seats {
            let choice = seat.choice.as_deref().unwrap_or("none");
            let (attended, reserved) = (seat.is_there.to_string(), seat.is_reserved.to_string());
            row(&[&number, &vote.question, &seat.office, &attended, choice, &reserved, &seat.remark, &result]);
        }
        if vote.is_counted_by_hand && vote.seats.iter().all(|s| s.choice.is_none()) {
            for (choice, count) in &vote.counts {
                row(&[&number, &vote.question, "counted", &count.to_string(), choice, "", "", &result]);
            }
        }
    }
    writer.into_inner().expect("writing to memory does not fail")
}

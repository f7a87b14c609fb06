//! Export a result: CSV for the file, the record for whoever wants to recount.

use super::form_id;
use super::read_form::{FormRequest, FormView, form};
use crate::{App, AppError};
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{RecordKeyV1, RecordV1, SpaceId, SpaceKind, encode};
use cabinet_vault::{EntryRow, Laptop, Secret, Store, VaultError};
use cabinet_work::WorkError;
use serde::Deserialize;
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
    std::fs::write(&request.path, bytes).map_err(|e| AppError::Vault(VaultError::from(e)))
}

/// The recountable record of a form.
pub fn record(app: &App, form: &str) -> Result<Vec<u8>, AppError> {
    let space = form_id(form)?;
    app.with_laptop(|laptop, _| record_of(laptop, space))
}

/// The same, of any laptop.
pub fn record_of<S: Store>(laptop: &mut Laptop<S>, space: SpaceId) -> Result<Vec<u8>, AppError> {
    let me = laptop.me()?.clone();
    let control = laptop.control(space)?.ok_or(WorkError::NotFound)?;
    let rows = laptop.store().entries(space, 0)?;
    // The hub's word on where the space ends came with its last entries.
    let head = laptop.signed_head(space)?.ok_or(WorkError::NotFound)?;
    // Of a form also the key of its openings, where this laptop may see them. A session's narrower audiences keep their drafts and items.
    let of_openings = control.audiences.iter().filter(|_| control.kind == Some(SpaceKind::Form)).flat_map(|a| &a.keys);
    let keys = control.keys.iter().chain(of_openings).filter_map(|key| match laptop.secret(key.id) {
        Some(Secret::Body(secret)) => Some(RecordKeyV1 { id: key.id, key: secret.bytes().to_vec().into() }),
        _ => None,
    });
    let record = RecordV1 {
        version: 1,
        org: me.org,
        register: me.register,
        register_entries: stamped(laptop.store().entries(me.register, 0)?),
        space,
        head,
        entries: stamped(rows),
        keys: keys.collect(),
        laws: laptop.law_openings()?,
    };
    Ok(encode(&record))
}

fn stamped(rows: Vec<EntryRow>) -> Vec<StampedV1> {
    rows.into_iter().map(|r| StampedV1 { entry: r.entry.into(), stamp: r.stamp.into() }).collect()
}

/// One row a member and question, with what the result rests on in front. A byte order mark lets spreadsheets read it.
fn csv(view: &FormView) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
    let mut row = |fields: &[&str]| writer.write_record(fields).expect("all rows have seven fields");
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

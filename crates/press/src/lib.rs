//! PDFs that we write, laid out as Nghị định 30/2020/NĐ-CP asks: agenda, count sheet, minutes, result of an opinion form.
//!
//! Entry points: [`print`], [`Document`]. Must never: decide anything, read a clock, open a file; it sets what it is given.

mod document;
mod world;

pub use document::{
    Agenda, AgendaEntry, Attendee, CountSheet, Document, FormOutcome, Head, Minutes, MinutesItem, QuestionOutcome,
    SeatLine, Tally,
};

use typst::diag::SourceDiagnostic;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// Why a document could not be set.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The content can't be handed to a template.
    #[error("the content can't be written down")]
    Content(#[from] serde_json::Error),
    /// A template does not compile with this content, or PDF/A does not allow it.
    #[error("the document can't be set: {0}")]
    Set(String),
}

/// Sets a document: PDF/A-2b, its fonts embedded. The same document gives the same bytes.
pub fn print(document: &Document) -> Result<Vec<u8>, PressError> {
    let world = world::Desk::new(document.template(), serde_json::to_string(document)?);
    let set = typst::compile::<PagedDocument>(&world).output.map_err(|errors| failed(errors.iter()))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2b]).map_err(|e| PressError::Set(e.message().to_string()))?;
    let head = document.head();
    let options = PdfOptions { timestamp: world::timestamp(head.date), standards, ..PdfOptions::default() };
    typst_pdf::pdf(&set, &options).map_err(|errors| failed(errors.iter()))
}

fn failed<'a>(errors: impl Iterator<Item = &'a SourceDiagnostic>) -> PressError {
    PressError::Set(errors.map(|e| e.message.to_string()).collect::<Vec<_>>().join("; "))
}

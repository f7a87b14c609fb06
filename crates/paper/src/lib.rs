//! Pages out of PDFs, drawn in a locked process: a PDF is hostile input, and PDFium is large.
//!
//! Entry points: [`Worker`] in the app, the binary `cabinet-paper-worker` beside it. The worker gets no file, no network and no
//! secret: it asks its parent for bytes and hands back bitmaps and text. Whatever happens to it costs a page, never the app.

pub mod escapes;
mod fonts;
pub mod lock;
mod pdf;
mod picture;
pub mod pipe;
mod worker;

pub use pdf::{BarePdfium, pipes, serve};
pub use worker::{DocumentShape, PaperBytes, PaperError, Worker, WorkerPaths};

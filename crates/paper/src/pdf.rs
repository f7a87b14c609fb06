//! The worker's side: PDFium over bytes that the parent hands in.

use crate::picture::{PIXELS_MAX, Picture};
use crate::pipe::{Failure, FromWorker, ToWorker, receive, send};
use pdfium_render::prelude::*;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes asked for at once: one chunk of a sealed paper.
pub(crate) const READ_BYTES: usize = 64 * 1024;

/// Limit: chunks kept in the worker, 1 MiB.
const HELD_CHUNKS_MAX: usize = 16;

/// Where the parent's words come in and ours go out, unbuffered: the standard output would look for ends of lines in pictures.
type Pipes = Arc<Mutex<(File, File)>>;

/// What comes in and what goes out.
pub fn pipes() -> io::Result<(File, File)> {
    #[cfg(unix)]
    use std::os::fd::AsFd as _;
    #[cfg(unix)]
    let (from, to) = (io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?);
    #[cfg(windows)]
    use std::os::windows::io::AsHandle as _;
    #[cfg(windows)]
    let (from, to) = (io::stdin().as_handle().try_clone_to_owned()?, io::stdout().as_handle().try_clone_to_owned()?);
    Ok((from.into(), to.into()))
}

fn held(pipes: &Pipes) -> MutexGuard<'_, (File, File)> {
    pipes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Loads PDFium with its fonts, locks the process, and serves until the pipes close.
pub fn serve(library: &Path) -> Result<(), String> {
    let pdfium = load(library)?;
    let pipes = pipes().map_err(|e| e.to_string())?;
    crate::lock::lock(&pipes)?;
    let pipes: Pipes = Arc::new(Mutex::new(pipes));
    let say = |message: &FromWorker, bytes: &[u8]| send(&mut held(&pipes).1, message, bytes).map_err(|e| e.to_string());
    say(&FromWorker::Ready, &[])?;
    let mut document: Option<PdfDocument<'_>> = None;
    loop {
        let Ok((asked, _)) = receive::<ToWorker>(&mut held(&pipes).0) else { return Ok(()) };
        let mut bytes = Vec::new();
        let answer = match (asked, &document) {
            (ToWorker::Open { bytes: length, password }, _) => {
                let reader = Asking { pipes: pipes.clone(), at: 0, bytes: length, held: VecDeque::new() };
                document = None;
                match pdfium.load_pdf_from_reader(reader, password.as_deref()) {
                    Ok(opened) => {
                        let shape = shape(&opened);
                        document = Some(opened);
                        FromWorker::Opened(shape)
                    }
                    Err(error) => FromWorker::Failed(failure(&error)),
                }
            }
            (ToWorker::Page { index, width }, Some(document)) => match draw(document, index, width) {
                Some(picture) => {
                    let Picture { width, height, is_grey, .. } = picture;
                    bytes = picture.bytes;
                    FromWorker::Picture { width, height, is_grey }
                }
                None => FromWorker::Failed(Failure::Page),
            },
            (ToWorker::Text { index }, Some(document)) => match text(document, index) {
                Some(text) => FromWorker::Text(text),
                None => FromWorker::Failed(Failure::Page),
            },
            _ => FromWorker::Failed(Failure::Page),
        };
        say(&answer, &bytes)?;
    }
}

/// PDFium in this very process, without worker or lock: what the bench and the corpus compare with.
pub struct BarePdfium(Pdfium);

impl BarePdfium {
    /// Loads the library.
    pub fn load(library: &Path) -> Result<Self, String> {
        load(library).map(BarePdfium)
    }

    /// The first page of a plain file: PNG.
    pub fn first_page(&self, file: &Path, width: u32) -> Result<Vec<u8>, String> {
        let document = self.0.load_pdf_from_file(&file, None).map_err(|e| e.to_string())?;
        draw(&document, 0, width).and_then(|picture| picture.png()).ok_or_else(|| "page".to_owned())
    }
}

fn load(library: &Path) -> Result<Pdfium, String> {
    let mut pdfium = Pdfium::new(Pdfium::bind_to_library(library).map_err(|e| e.to_string())?);
    pdfium.set_custom_font_provider(Box::new(crate::fonts::Fonts));
    Ok(pdfium)
}

/// The first page's size for all: asking each page would read the whole file. The reader corrects a page when it is drawn.
fn shape(document: &PdfDocument<'_>) -> Vec<(f32, f32)> {
    let pages = document.pages();
    let first = pages.get(0).map(|p| (p.width().value, p.height().value));
    first.map_or(Vec::new(), |size| vec![size; pages.len() as usize])
}

fn draw(document: &PdfDocument<'_>, index: u32, width: u32) -> Option<Picture> {
    let page = document.pages().get(i32::try_from(index).ok()?).ok()?;
    let config = PdfRenderConfig::new()
        .set_target_width(width.clamp(16, PIXELS_MAX) as i32)
        .set_maximum_height(PIXELS_MAX as i32)
        // PDFium's form-fill module runs for ever on some files of the corpus; without it a field shows what its page says.
        .render_form_data(false);
    let bitmap = page.render_with_config(&config).ok()?;
    let (width, height) = (bitmap.width() as u32, bitmap.height() as u32);
    Some(Picture::of_rgba(&bitmap.as_rgba_bytes(), width, height))
}

fn text(document: &PdfDocument<'_>, index: u32) -> Option<String> {
    Some(document.pages().get(i32::try_from(index).ok()?).ok()?.text().ok()?.all())
}

fn failure(error: &PdfiumError) -> Failure {
    match error {
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::PasswordError) => Failure::Password,
        PdfiumError::PdfiumLibraryInternalError(PdfiumInternalError::SecurityError) => Failure::Security,
        _ => Failure::Format,
    }
}

/// A document that lies with the parent. Holds the chunks used last, since PDFium reads a few bytes at a time, here and there.
struct Asking {
    pipes: Pipes,
    at: u64,
    bytes: u64,
    /// Start and content, the last used first.
    held: VecDeque<(u64, Vec<u8>)>,
}

impl Asking {
    /// Brings the chunk around a place to the front.
    fn hold(&mut self, at: u64) -> io::Result<()> {
        let start = at - at % READ_BYTES as u64;
        if let Some(known) = self.held.iter().position(|(s, _)| *s == start) {
            self.held.swap(0, known);
            return Ok(());
        }
        let length = (self.bytes - start).min(READ_BYTES as u64) as u32;
        let mut pipes = held(&self.pipes);
        send(&mut pipes.1, &FromWorker::Need { offset: start, length }, &[])?;
        match receive(&mut pipes.0)? {
            (ToWorker::Bytes, bytes) if bytes.len() == length as usize => {
                self.held.push_front((start, bytes));
                self.held.truncate(HELD_CHUNKS_MAX);
                Ok(())
            }
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl Read for Asking {
    /// Fills all of `out` unless the file ends. PDFium asks once and takes what it gets for all there is: a read that stopped at
    /// a chunk's end left the rest of a scanned page black.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < out.len() && self.at < self.bytes {
            self.hold(self.at)?;
            let (start, chunk) = &self.held[0];
            let from = (self.at - start) as usize;
            let part = (chunk.len() - from).min(out.len() - done);
            out[done..done + part].copy_from_slice(&chunk[from..from + part]);
            done += part;
            self.at += part as u64;
        }
        Ok(done)
    }
}

impl Seek for Asking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

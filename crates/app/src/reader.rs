//! Pages for the screen: one locked worker for each open paper, the last few kept warm.

use crate::AppError;
use cabinet_ledger::Hash;
use cabinet_paper::{DocumentShape, PaperBytes, PaperError, Worker, WorkerPaths};
use cabinet_seal::{Identity, PaperReader, PaperSource};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Limit: papers with a worker of their own. A reader goes back and forth between a few; each costs about 30 MB.
const OPEN_PAPERS_MAX: usize = 3;

struct OpenPaper {
    worker: Mutex<Worker>,
    shape: DocumentShape,
}

/// Open papers, the last used first.
pub(crate) struct Reader {
    paths: Option<WorkerPaths>,
    open: Mutex<VecDeque<(Hash, Arc<OpenPaper>)>>,
}

/// A sealed paper's plain bytes for the worker; they are in memory only.
pub struct Unsealed(pub PaperReader);

impl PaperBytes for Unsealed {
    fn part(&mut self, offset: u64, length: usize) -> Option<Cow<'_, [u8]>> {
        self.0.part(offset, length).ok()
    }

    fn length(&self) -> u64 {
        self.0.plain_bytes()
    }
}

impl Reader {
    pub(crate) fn new() -> Self {
        Reader { paths: WorkerPaths::find(), open: Mutex::default() }
    }

    /// Ends all workers: nothing readable stays in any process.
    pub(crate) fn forget(&self) {
        lock(&self.open).clear();
    }

    /// Width and height of each page, in points.
    pub(crate) fn shape(
        &self,
        paper: Hash,
        key: &Identity,
        source: impl FnOnce() -> Result<Box<dyn PaperSource>, AppError>,
    ) -> Result<DocumentShape, AppError> {
        Ok(self.opened(paper, key, source)?.shape.clone())
    }

    /// A page as PNG.
    pub(crate) fn page(
        &self,
        paper: Hash,
        key: &Identity,
        source: impl FnOnce() -> Result<Box<dyn PaperSource>, AppError>,
        index: u32,
        width: u32,
    ) -> Result<Vec<u8>, AppError> {
        let opened = self.opened(paper, key, source)?;
        let drawn = lock(&opened.worker).page(index, width);
        drawn.map_err(|error| {
            if matches!(error, PaperError::WorkerDied | PaperError::TimedOut) {
                lock(&self.open).retain(|(hash, _)| *hash != paper);
            }
            error.into()
        })
    }

    /// Opens a plain PDF that a secretary is about to add: its shape, and the text of its first pages.
    pub(crate) fn inspect(&self, plain: Vec<u8>, pages: u32) -> Result<(DocumentShape, String), AppError> {
        let mut worker = Worker::start(self.paths()?)?;
        let shape = worker.open(Box::new(plain), None)?;
        let count = pages.min(shape.len() as u32);
        let text = (0..count).map(|i| worker.text(i).unwrap_or_default()).collect::<Vec<_>>().join("\n");
        Ok((shape, text))
    }

    fn opened(
        &self,
        paper: Hash,
        key: &Identity,
        source: impl FnOnce() -> Result<Box<dyn PaperSource>, AppError>,
    ) -> Result<Arc<OpenPaper>, AppError> {
        let known = self.known(paper);
        if let Some(known) = known {
            return Ok(known);
        }
        let unsealed = PaperReader::open(source()?, key).map_err(|_| AppError::PaperUnreadable)?;
        let mut worker = Worker::start(self.paths()?)?;
        let shape = worker.open(Box::new(Unsealed(unsealed)), None)?;
        let opened = Arc::new(OpenPaper { worker: Mutex::new(worker), shape });
        let mut open = lock(&self.open);
        open.push_front((paper, opened.clone()));
        open.truncate(OPEN_PAPERS_MAX);
        Ok(opened)
    }

    /// A paper that is open already moves to the front.
    fn known(&self, paper: Hash) -> Option<Arc<OpenPaper>> {
        let mut open = lock(&self.open);
        let at = open.iter().position(|(hash, _)| *hash == paper)?;
        let found = open.remove(at)?;
        open.push_front(found.clone());
        Some(found.1)
    }

    fn paths(&self) -> Result<&WorkerPaths, AppError> {
        self.paths.as_ref().ok_or(AppError::ReaderMissing)
    }
}

impl From<PaperError> for AppError {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::Password | PaperError::Security => AppError::PaperNeedsPassword,
            _ => AppError::PaperUnreadable,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

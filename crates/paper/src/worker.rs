//! The parent's side: one locked process for one document.

use crate::picture::Picture;
use crate::pipe::{Failure, FromWorker, ToWorker, receive, send};
use std::borrow::Cow;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Limit: the longest that one page may take; then the worker is ended and the page is an error.
const PAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// What Linux lets anybody have.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1024 * 1024;

/// A page's pixels are 11 MB; given back to the system after each page, they cost half its time to be had again.
const MEMORY: [(&str, &str); 2] = [("MALLOC_MMAP_THRESHOLD_", "33554432"), ("MALLOC_TRIM_THRESHOLD_", "134217728")];

/// What went wrong with a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// It has a password.
    #[error("the paper needs a password")]
    Password,
    /// Not a PDF, or too damaged.
    #[error("the paper is damaged, or not a PDF")]
    Format,
    /// This page can't be drawn.
    #[error("the page can't be drawn")]
    Page,
    /// Protected in a way that can't be opened.
    #[error("the paper is protected")]
    Security,
    /// The worker ended.
    #[error("drawing ended unexpectedly")]
    WorkerDied,
    /// The worker took too long.
    #[error("drawing took too long")]
    TimedOut,
    /// The worker can't be started.
    #[error("the drawing process can't be started")]
    NoWorker,
}

/// A document's bytes, wherever they come from.
pub trait PaperBytes: Send {
    /// So many bytes from an offset, borrowed where they lie together; none if they can't be had.
    fn part(&mut self, offset: u64, length: usize) -> Option<Cow<'_, [u8]>>;
    /// Bytes of the document.
    fn length(&self) -> u64;
}

impl PaperBytes for Vec<u8> {
    fn part(&mut self, offset: u64, length: usize) -> Option<Cow<'_, [u8]>> {
        let from = usize::try_from(offset).ok()?;
        self.get(from..from.checked_add(length)?).map(Cow::Borrowed)
    }

    fn length(&self) -> u64 {
        self.len() as u64
    }
}

/// Where the worker's program and PDFium are.
#[derive(Clone, Debug)]
pub struct WorkerPaths {
    /// `cabinet-paper-worker`.
    pub program: PathBuf,
    /// `libpdfium`.
    pub library: PathBuf,
}

impl WorkerPaths {
    /// Beside the running program, as installed; else where a build of this tree puts them.
    pub fn find() -> Option<Self> {
        let exe = std::env::current_exe().ok()?;
        let folders: Vec<PathBuf> = exe.ancestors().skip(1).take(3).map(Path::to_path_buf).collect();
        let program_name = if cfg!(windows) { "cabinet-paper-worker.exe" } else { "cabinet-paper-worker" };
        let program = folders.iter().map(|f| f.join(program_name)).find(|p| p.exists())?;
        let library_name = match std::env::consts::OS {
            "windows" => "pdfium.dll",
            "macos" => "libpdfium.dylib",
            _ => "libpdfium.so",
        };
        let mut libraries: Vec<PathBuf> = folders.iter().map(|f| f.join(library_name)).collect();
        libraries.extend(exe.ancestors().map(|f| f.join("assets/pdfium").join(library_name)));
        let library = libraries.into_iter().find(|p| p.exists())?;
        Some(WorkerPaths { program, library })
    }
}

/// The pages of an open document: width and height in points.
pub type DocumentShape = Vec<(f32, f32)>;

/// What the worker says, and the bytes that go with it.
type Answer = (FromWorker, Vec<u8>);

/// A locked process, with at most one document open in it.
pub struct Worker {
    child: Child,
    to: SyncSender<(ToWorker, Vec<u8>)>,
    from: Receiver<Answer>,
    bytes: Option<Box<dyn PaperBytes>>,
}

impl Worker {
    /// Starts a worker and waits until it is locked.
    pub fn start(paths: &WorkerPaths) -> Result<Self, PaperError> {
        let mut child = Command::new(&paths.program)
            .arg(&paths.library)
            .env_clear()
            .envs(MEMORY)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| PaperError::NoWorker)?;
        let stdin = child.stdin.take().ok_or(PaperError::NoWorker)?;
        let stdout = child.stdout.take().ok_or(PaperError::NoWorker)?;
        widen(&stdin);
        widen(&stdout);
        // A worker that does not read what it is sent holds up a thread of its own, never the parent.
        let (to, messages) = sync_channel::<(ToWorker, Vec<u8>)>(1);
        std::thread::spawn(move || {
            let mut stdin = stdin;
            while let Ok((message, bytes)) = messages.recv() {
                if send(&mut stdin, &message, &bytes).is_err() {
                    return;
                }
            }
        });
        let (sender, from) = sync_channel(4);
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Ok(answer) = receive(&mut stdout) {
                if sender.send(answer).is_err() {
                    return;
                }
            }
        });
        let mut worker = Worker { child, to, from, bytes: None };
        match worker.answer(Instant::now() + PAGE_TIMEOUT)? {
            (FromWorker::Ready, _) => Ok(worker),
            _ => Err(PaperError::NoWorker),
        }
    }

    /// Opens a document.
    pub fn open(&mut self, bytes: Box<dyn PaperBytes>, password: Option<&str>) -> Result<DocumentShape, PaperError> {
        let length = bytes.length();
        self.bytes = Some(bytes);
        match self.ask(ToWorker::Open { bytes: length, password: password.map(str::to_owned) })? {
            (FromWorker::Opened(shape), _) => Ok(shape),
            _ => Err(PaperError::WorkerDied),
        }
    }

    /// Draws a page, from 0, at a width in pixels: PNG.
    pub fn page(&mut self, index: u32, width: u32) -> Result<Vec<u8>, PaperError> {
        match self.ask(ToWorker::Page { index, width })? {
            (FromWorker::Picture { width, height, is_grey }, bytes) => {
                Picture { width, height, is_grey, bytes }.png().ok_or(PaperError::Page)
            }
            _ => Err(PaperError::WorkerDied),
        }
    }

    /// The text of a page, from 0.
    pub fn text(&mut self, index: u32) -> Result<String, PaperError> {
        match self.ask(ToWorker::Text { index })? {
            (FromWorker::Text(text), _) => Ok(text),
            _ => Err(PaperError::WorkerDied),
        }
    }

    fn ask(&mut self, message: ToWorker) -> Result<Answer, PaperError> {
        let until = Instant::now() + PAGE_TIMEOUT;
        self.say(message, Vec::new())?;
        loop {
            match self.answer(until)? {
                (FromWorker::Need { offset, length }, _) => {
                    // Security: the worker may be in a stranger's hands; it gets no more than it ever has reason to ask for.
                    let length = Some(length as usize).filter(|l| *l <= crate::pdf::READ_BYTES);
                    let part = length.and_then(|l| self.bytes.as_mut()?.part(offset, l));
                    let part = part.unwrap_or_default().into_owned();
                    self.say(ToWorker::Bytes, part)?;
                }
                (FromWorker::Failed(failure), _) => return Err(failure.into()),
                answer => return Ok(answer),
            }
        }
    }

    /// An honest worker has read what it was sent before it asks for more; one that has not is ended.
    fn say(&mut self, message: ToWorker, bytes: Vec<u8>) -> Result<(), PaperError> {
        self.to.try_send((message, bytes)).map_err(|_| {
            let _ = self.child.kill();
            PaperError::WorkerDied
        })
    }

    fn answer(&mut self, until: Instant) -> Result<Answer, PaperError> {
        let left = until.saturating_duration_since(Instant::now());
        self.from.recv_timeout(left).map_err(|error| {
            // Whatever it is still doing, it does no more.
            let _ = self.child.kill();
            match error {
                RecvTimeoutError::Timeout => PaperError::TimedOut,
                RecvTimeoutError::Disconnected => PaperError::WorkerDied,
            }
        })
    }
}

/// Room in a pipe for a chunk, or a page, without the other side's help in between. Where it can't be had it is only slower.
#[cfg(target_os = "linux")]
fn widen(pipe: &impl std::os::fd::AsFd) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
}

#[cfg(not(target_os = "linux"))]
fn widen<T>(_: &T) {}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl From<Failure> for PaperError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Password => PaperError::Password,
            Failure::Format => PaperError::Format,
            Failure::Page => PaperError::Page,
            Failure::Security => PaperError::Security,
        }
    }
}

//! What this process is to others of this machine: its files are nobody else's, nothing reads its memory, and a profile has one window.

use anyhow::Result;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Where the first of a profile is called.
#[cfg(unix)]
const SOCKET: &str = "window";

/// What is written from now on is this user's alone; after a crash no memory with keys in it lies on a disk, and no other process of this user
/// looks into it.
pub fn close_to_others() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit, umask};
        umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Whether this process is the first of a profile, from now until it ends. Another brings the first one's window to the front, by `come` there;
/// on Windows it only ends.
pub fn is_first(folder: &Path, come: impl Fn() + Send + 'static) -> Result<bool> {
    std::fs::create_dir_all(folder)?;
    let held = File::options().create(true).truncate(false).write(true).open(folder.join("window.lock"))?;
    match held.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            call_first(folder);
            return Ok(false);
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    // The system lets go of it when the process ends, however it ends.
    std::mem::forget(held);
    // Whoever can't be called, on a disk that is full, is the first all the same.
    let _ = listen(folder, come);
    Ok(true)
}

#[cfg(unix)]
fn call_first(folder: &Path) {
    // It may just be beginning, or ending.
    let _ = std::os::unix::net::UnixStream::connect(folder.join(SOCKET));
}

#[cfg(not(unix))]
fn call_first(_: &Path) {}

#[cfg(unix)]
fn listen(folder: &Path, come: impl Fn() + Send + 'static) -> Result<()> {
    let path = folder.join(SOCKET);
    // Of a process that is gone.
    let _ = std::fs::remove_file(&path);
    let listener = std::os::unix::net::UnixListener::bind(&path)?;
    std::thread::spawn(move || listener.incoming().flatten().for_each(|_| come()));
    Ok(())
}

#[cfg(not(unix))]
fn listen(_: &Path, _: impl Fn() + Send + 'static) -> Result<()> {
    Ok(())
}

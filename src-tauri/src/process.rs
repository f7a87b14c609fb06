//! What this process is to others of this machine: its files are nobody else's, nothing reads its memory, and a profile has one window.

use anyhow::Result;
use std::path::Path;

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

/// Whether this process is the first of a profile; another brings the first one's window to the front, by `come` there.
#[cfg(unix)]
pub fn is_first(folder: &Path, come: impl Fn() + Send + 'static) -> Result<bool> {
    use std::os::unix::net::{UnixListener, UnixStream};
    let path = folder.join("window");
    if UnixStream::connect(&path).is_ok() {
        return Ok(false);
    }
    // Of a process that is gone.
    let _ = std::fs::remove_file(&path);
    std::fs::create_dir_all(folder)?;
    let listener = UnixListener::bind(&path)?;
    std::thread::spawn(move || listener.incoming().flatten().for_each(|_| come()));
    Ok(true)
}

/// Not told apart here yet.
#[cfg(not(unix))]
pub fn is_first(_: &Path, _: impl Fn() + Send + 'static) -> Result<bool> {
    Ok(true)
}

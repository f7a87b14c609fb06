//! A disk with so many bytes of room, without a mount and for every user: what this process writes below a folder takes room, as on a disk that
//! copies on writing, and the write that does not fit is cut short and then refused. The C library's functions for writing are replaced in
//! test programs; what is written elsewhere goes straight to the kernel.
//!
//! With `SMALL_DISKS` set, [`crate::org::call`] does every command on such a disk: first with no room at all, then with more and more until it
//! is done. Each try that finds no room must say so, and whatever test it is must end as it always does. `every` takes each write at its
//! first byte, its second, its middle, its last and whole; `some` fewer of them.
#![allow(unsafe_code, reason = "these stand in for functions of the C library")]

use cabinet_app::{App, ErrorView, rpc};
use libc::{c_char, c_int, c_uint, c_void, off_t, size_t, ssize_t};
use serde_json::Value;
use std::ffi::CStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// A write that found no room: how much was written before it, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub at: u64,
    pub length: u64,
}

#[derive(Default)]
struct Room {
    /// None: as much as one likes.
    left: Option<u64>,
    written: u64,
    first_cut: Option<Cut>,
}

/// A folder that is a small disk until this is dropped.
pub struct SmallDisk {
    room: Arc<Mutex<Room>>,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);
static DISKS: Mutex<Vec<(PathBuf, Arc<Mutex<Room>>)>> = Mutex::new(Vec::new());

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SmallDisk {
    /// With as much room as one likes, for now.
    pub fn at(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let folder = folder.canonicalize().unwrap();
        let room = Arc::new(Mutex::new(Room::default()));
        lock(&DISKS).push((folder, room.clone()));
        COUNT.fetch_add(1, Ordering::SeqCst);
        SmallDisk { room }
    }

    /// So many bytes more fit on it.
    pub fn leave(&self, bytes: u64) {
        *lock(&self.room) = Room { left: Some(bytes), ..Room::default() };
    }

    /// Whether something has found no room.
    pub fn is_full(&self) -> bool {
        lock(&self.room).first_cut.is_some()
    }

    /// Room again. Returns the first write that found none since [`SmallDisk::leave`].
    pub fn make_room(&self) -> Option<Cut> {
        std::mem::take(&mut *lock(&self.room)).first_cut
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::SeqCst);
        lock(&DISKS).retain(|(_, room)| !Arc::ptr_eq(room, &self.room));
    }
}

fn room_of(path: &Path) -> Option<Arc<Mutex<Room>>> {
    lock(&DISKS).iter().find(|(folder, _)| path.starts_with(folder)).map(|(_, room)| room.clone())
}

/// Which bytes of a write are the last that fit, while room grows.
#[derive(Clone, Copy, PartialEq)]
pub enum Steps {
    /// None of it, one byte, half, all but one, and all.
    Every,
    /// Twice as much each time.
    Some,
}

impl Steps {
    /// The next room to try after a try with less.
    pub fn next(self, room: u64, cut: Cut) -> u64 {
        let (at, end) = (cut.at, cut.at + cut.length);
        match self {
            Steps::Every => {
                [at + 1, at + cut.length / 2, end - 1, end].into_iter().find(|r| *r > room).unwrap_or(room + 1)
            }
            Steps::Some => (at + cut.length / 2).max(2 * room + 1),
        }
    }
}

static STEPS: LazyLock<Option<Steps>> = LazyLock::new(|| match std::env::var("SMALL_DISKS").ok()?.as_str() {
    "every" => Some(Steps::Every),
    "some" => Some(Steps::Some),
    other => panic!("SMALL_DISKS is every or some, not {other}"),
});

/// Commands that write to a path that they are told, not to the profile.
const WRITING_ELSEWHERE: [&str; 3] = ["print", "export_form", "export_session"];

/// Commands that write nothing.
const READING: [&str; 20] = [
    "status",
    "home",
    "sessions",
    "people",
    "letterhead",
    "lease",
    "law",
    "devices",
    "heads",
    "troubles",
    "form",
    "form_text",
    "kept",
    "plan_form",
    "session",
    "hall",
    "plan_files",
    "search",
    "paper",
    "lock",
];

/// Does a command, on a small disk if that is asked for.
pub async fn command(app: &App, name: &str, mut arguments: Value) -> Result<Value, ErrorView> {
    let Some(steps) = STEPS.filter(|_| !READING.contains(&name)) else { return rpc(app, name, arguments).await };
    let told = arguments["path"].as_str().filter(|_| WRITING_ELSEWHERE.contains(&name)).map(PathBuf::from);
    let folder = told.as_deref().and_then(Path::parent).unwrap_or(app.folder());
    let (disk, mut room, mut tries) = (SmallDisk::at(folder), 0, 0);
    loop {
        disk.leave(room);
        let done = rpc(app, name, arguments.clone()).await;
        let cut = disk.make_room();
        let is_full = match &done {
            Ok(answer) if name == "file_files" => !keep_unfiled(answer, &mut arguments),
            Ok(_) => false,
            Err(error) => error.code == "disk_full",
        };
        let Some(cut) = cut.filter(|_| is_full) else {
            println!("no room: {name} {tries}");
            return done;
        };
        (room, tries) = (steps.next(room, cut), tries + 1);
    }
}

/// Of many files each is filed or not: those that found no room are filed with the next try. Says whether all are filed.
fn keep_unfiled(answer: &Value, arguments: &mut Value) -> bool {
    let (Some(unfiled), Some(files)) = (answer.as_array(), arguments["files"].as_array_mut()) else { return true };
    let has_no_room =
        |file: &Value| unfiled.iter().any(|u| u["path"] == file["path"] && u["error"]["code"] == "disk_full");
    files.retain(has_no_room);
    files.is_empty()
}

/// The small disk that an open file lies on.
fn room_of_file(file: c_int) -> Option<Arc<Mutex<Room>>> {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return None;
    }
    room_of(&std::fs::read_link(format!("/proc/self/fd/{file}")).ok()?)
}

/// How many bytes of a write may be written; the error that it meets, if it meets one.
fn taken(room: &Mutex<Room>, length: u64) -> Result<u64, c_int> {
    let mut room = lock(room);
    let fits = length.min(room.left.unwrap_or(u64::MAX));
    if fits < length && room.first_cut.is_none() {
        room.first_cut = Some(Cut { at: room.written, length });
    }
    if fits == 0 && length > 0 {
        return Err(libc::ENOSPC);
    }
    room.written += fits;
    room.left = room.left.map(|left| left - fits);
    Ok(fits)
}

/// Refuses a new name in a folder where nothing more fits.
fn named(path: *const c_char) -> Result<(), c_int> {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let path = Path::new(std::ffi::OsStr::from_bytes(unsafe { CStr::from_ptr(path) }.to_bytes()));
    let Some(room) = room_of(path).filter(|_| std::fs::symlink_metadata(path).is_err()) else { return Ok(()) };
    let mut room = lock(&room);
    if room.left != Some(0) {
        return Ok(());
    }
    let at = room.written;
    room.first_cut.get_or_insert(Cut { at, length: 1 });
    Err(libc::ENOSPC)
}

fn fail(error: c_int) -> ssize_t {
    unsafe { *libc::__errno_location() = error };
    -1
}

fn written(file: c_int, length: size_t, write: impl FnOnce(size_t) -> ssize_t) -> ssize_t {
    match room_of_file(file).map_or(Ok(length as u64), |room| taken(&room, length as u64)) {
        Ok(fits) => write(fits as size_t),
        Err(error) => fail(error),
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn write(file: c_int, from: *const c_void, length: size_t) -> ssize_t {
    written(file, length, |n| unsafe { libc::syscall(libc::SYS_write, file, from, n) as ssize_t })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite(file: c_int, from: *const c_void, length: size_t, at: off_t) -> ssize_t {
    written(file, length, |n| unsafe { libc::syscall(libc::SYS_pwrite64, file, from, n, at) as ssize_t })
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pwrite64(file: c_int, from: *const c_void, length: size_t, at: off_t) -> ssize_t {
    unsafe { pwrite(file, from, length, at) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    if flags & libc::O_CREAT != 0
        && let Err(error) = named(path)
    {
        return fail(error) as c_int;
    }
    unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags, mode) as c_int }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    unsafe { open(path, flags, mode) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn mkdir(path: *const c_char, mode: c_uint) -> c_int {
    match named(path) {
        Err(error) => fail(error) as c_int,
        Ok(()) => unsafe { libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, mode) as c_int },
    }
}

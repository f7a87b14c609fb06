//! A disk in memory that loses what was not synced, for SQLite to write to. It can be cut at any write or sync, or be full.
#![allow(unsafe_code, reason = "SQLite asks for its file system in C")]

use rusqlite::ffi;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Arc, Mutex, MutexGuard, Once};

const NAME: &CStr = c"power";

/// When the power goes, or the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Never,
    /// In the middle of the k-th write, from 1.
    Write(u64),
    /// At the k-th sync, from 1: nothing of it is done.
    Sync(u64),
    /// The k-th write and all after it find no room.
    Full(u64),
}

/// What of the writes that were never synced is on the disk afterwards. A disk may keep any of them.
#[derive(Clone, Copy, Debug)]
pub enum Survives {
    Nothing,
    Everything,
    EverySecond,
}

impl Survives {
    pub const ALL: [Survives; 3] = [Survives::Nothing, Survives::Everything, Survives::EverySecond];
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    seen: Vec<u8>,
    unsynced: Vec<Change>,
}

impl File {
    fn apply(bytes: &mut Vec<u8>, change: &Change) {
        match change {
            Change::Write(at, data) => {
                let end = at + data.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*at..end].copy_from_slice(data);
            }
            Change::Truncate(size) => bytes.resize(*size, 0),
        }
    }

    fn change(&mut self, change: Change) {
        Self::apply(&mut self.seen, &change);
        self.unsynced.push(change);
    }
}

struct State {
    files: BTreeMap<String, File>,
    writes: u64,
    syncs: u64,
    cut: Cut,
    is_off: bool,
}

/// A disk. Clones are the same one.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<State>>);

/// The disk that SQLite opens files on. One at a time: a test that uses it runs alone in its thread.
static MOUNTED: Mutex<Option<Disk>> = Mutex::new(None);
static REGISTERED: Once = Once::new();

impl Disk {
    /// An empty disk with a fate.
    pub fn new(cut: Cut) -> Self {
        Self::with(BTreeMap::new(), cut)
    }

    fn with(files: BTreeMap<String, File>, cut: Cut) -> Self {
        let state = State { files, writes: 0, syncs: 0, cut, is_off: false };
        Disk(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// From now on SQLite's files named by [`Disk::path`] are on this disk.
    pub fn mount(&self) {
        REGISTERED.call_once(register);
        *MOUNTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(self.clone());
    }

    /// Where a vault's database lies on it.
    pub fn path() -> &'static std::path::Path {
        std::path::Path::new("file:/vault.db?vfs=power")
    }

    /// Writes and syncs so far.
    pub fn counts(&self) -> (u64, u64) {
        let state = self.state();
        (state.writes, state.syncs)
    }

    /// Whether the power went.
    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// Room again.
    pub fn make_room(&self) {
        self.state().cut = Cut::Never;
    }

    /// The disk as it is found when the power is back.
    pub fn after(&self, survives: Survives) -> Disk {
        let mut files = self.state().files.clone();
        for file in files.values_mut() {
            for (n, change) in std::mem::take(&mut file.unsynced).iter().enumerate() {
                let is_kept = match survives {
                    Survives::Nothing => false,
                    Survives::Everything => true,
                    Survives::EverySecond => n % 2 == 1,
                };
                if is_kept {
                    File::apply(&mut file.durable, change);
                }
            }
            file.seen = file.durable.clone();
        }
        Disk::with(files, Cut::Never)
    }
}

impl State {
    /// A write of any kind; the error that it meets, if it meets one.
    fn write(&mut self, name: &str, change: Change) -> c_int {
        if self.is_off {
            return ffi::SQLITE_IOERR_WRITE;
        }
        self.writes += 1;
        match self.cut {
            Cut::Full(k) if self.writes >= k => return ffi::SQLITE_FULL,
            Cut::Write(k) if self.writes == k => {
                // Half of it reaches the disk.
                if let Change::Write(at, data) = change {
                    let half = data[..data.len() / 2].to_vec();
                    self.files.entry(name.to_owned()).or_default().change(Change::Write(at, half));
                }
                self.is_off = true;
                return ffi::SQLITE_IOERR_WRITE;
            }
            _ => {}
        }
        self.files.entry(name.to_owned()).or_default().change(change);
        ffi::SQLITE_OK
    }

    fn sync(&mut self, name: &str) -> c_int {
        if self.is_off {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        self.syncs += 1;
        if self.cut == Cut::Sync(self.syncs) {
            self.is_off = true;
            return ffi::SQLITE_IOERR_FSYNC;
        }
        if let Some(file) = self.files.get_mut(name) {
            file.durable = file.seen.clone();
            file.unsynced.clear();
        }
        ffi::SQLITE_OK
    }
}

/// What SQLite holds of an open file.
#[repr(C)]
struct Open {
    base: ffi::sqlite3_file,
    file: *mut Handle,
}

struct Handle {
    disk: Disk,
    name: String,
}

/// Safety: SQLite passes back the very pointer that `open` filled, and never after `close`.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    unsafe { &*(*file.cast::<Open>()).file }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Without shared memory, which a vault does not use.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let Some(disk) = MOUNTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone() else {
        return ffi::SQLITE_CANTOPEN;
    };
    let name = if name.is_null() { "temporary".to_owned() } else { unsafe { text(name) } };
    if disk.is_off() {
        return ffi::SQLITE_CANTOPEN;
    }
    disk.state().files.entry(name.clone()).or_default();
    unsafe {
        let open = file.cast::<Open>();
        (*open).base.pMethods = &METHODS;
        (*open).file = Box::into_raw(Box::new(Handle { disk, name }));
        if !out.is_null() {
            *out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe { drop(Box::from_raw((*file.cast::<Open>()).file)) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, count: c_int, at: i64) -> c_int {
    let handle = unsafe { handle(file) };
    let state = handle.disk.state();
    if state.is_off {
        return ffi::SQLITE_IOERR_READ;
    }
    let into = unsafe { std::slice::from_raw_parts_mut(into.cast::<u8>(), count as usize) };
    into.fill(0);
    let bytes = state.files.get(&handle.name).map_or(&[][..], |f| f.seen.get(at as usize..).unwrap_or_default());
    let there = bytes.len().min(into.len());
    into[..there].copy_from_slice(&bytes[..there]);
    if there == into.len() { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_SHORT_READ }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, count: c_int, at: i64) -> c_int {
    let handle = unsafe { handle(file) };
    let data = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), count as usize) }.to_vec();
    handle.disk.state().write(&handle.name, Change::Write(at as usize, data))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    let handle = unsafe { handle(file) };
    handle.disk.state().write(&handle.name, Change::Truncate(size as usize))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let handle = unsafe { handle(file) };
    handle.disk.state().sync(&handle.name)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    let handle = unsafe { handle(file) };
    let length = handle.disk.state().files.get(&handle.name).map_or(0, |f| f.seen.len());
    unsafe { *size = length as i64 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

/// A log stays when its database is closed; nothing else is known here.
unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    if operation != ffi::SQLITE_FCNTL_PERSIST_WAL {
        return ffi::SQLITE_NOTFOUND;
    }
    unsafe { *argument.cast::<c_int>() = 1 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// Promises nothing: a write may tear, and may reach the disk in any order.
unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    0
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int) -> c_int {
    let name = unsafe { text(name) };
    let Some(disk) = MOUNTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone() else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let mut state = disk.state();
    if state.is_off {
        return ffi::SQLITE_IOERR_DELETE;
    }
    match state.files.remove(&name) {
        Some(_) => ffi::SQLITE_OK,
        None => ffi::SQLITE_IOERR_DELETE_NOENT,
    }
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    let name = unsafe { text(name) };
    let mounted = MOUNTED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let is_there = mounted.is_some_and(|d| d.state().files.contains_key(&name));
    unsafe { *out = c_int::from(is_there) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path(_: *mut ffi::sqlite3_vfs, name: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if bytes.len() > room as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

/// Safety: SQLite passes names that end in a zero.
unsafe fn text(name: *const c_char) -> String {
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

/// Time and chance are the system's; files are ours.
fn register() {
    unsafe {
        let system = ffi::sqlite3_vfs_find(std::ptr::null());
        let mut vfs = *system;
        vfs.iVersion = 1;
        vfs.szOsFile = size_of::<Open>() as c_int;
        vfs.pNext = std::ptr::null_mut();
        vfs.zName = NAME.as_ptr();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_path);
        ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0);
    }
}

//! Small files that are whole or not there, on laptops and on the hub alike.
//!
//! Entry points: [`write_whole`], [`has_no_room`]. Must never: know what is in a file.

use std::fs::File;
use std::io::{ErrorKind, Result, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file, readable by nobody else: a power cut or a full disk leaves the old one or the new one, and nothing beside them.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = NamedTempFile::new_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    sync_folder(path)
}

/// Puts on disk that a file has its name in its folder.
pub fn sync_folder(file: &Path) -> Result<()> {
    #[cfg(unix)]
    File::open(folder_of(file))?.sync_all()?;
    Ok(())
}

/// Asks the disk that a file lies on whether anything more fits: SQLite says of some of its files only that it can't open them.
pub fn has_no_room(beside: &Path) -> bool {
    let written = NamedTempFile::new_in(folder_of(beside)).and_then(|mut file| file.write_all(&[0; 4096]));
    written.is_err_and(|error| error.kind() == ErrorKind::StorageFull)
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| *folder != "").unwrap_or(Path::new("."))
}

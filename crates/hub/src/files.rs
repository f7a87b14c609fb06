//! Small files that are whole or not there: a power cut or a full disk leaves the old one or the new one, and nothing beside them.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file, readable by nobody else.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    sync_folder(path)
}

/// What was named in a file's folder is on disk.
pub(crate) fn sync_folder(file: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Asks the disk that a file lies on whether anything more fits.
pub(crate) fn has_no_room(beside: &Path) -> bool {
    let folder = beside.parent().unwrap_or(Path::new("."));
    let written = NamedTempFile::new_in(folder).and_then(|mut file| file.write_all(&[0; 4096]));
    written.is_err_and(|error| error.kind() == std::io::ErrorKind::StorageFull)
}

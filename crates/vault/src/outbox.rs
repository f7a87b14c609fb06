//! The outbox beside the vault: signed and sealed entries as files, so that they are sent while the vault is locked. The vault's own
//! table is the truth; this folder mirrors what of it still has to go out.

use crate::VaultError;
use crate::store::OutboxRow;
use cabinet_disk::write_whole;
use cabinet_ledger::{EntryId, Signed};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A folder of entries, `NNNNNN-<id>.entry`, and of the hub's answers to them, `<id>.answer`.
#[derive(Clone, Debug)]
pub struct OutboxFolder(PathBuf);

impl OutboxFolder {
    pub(crate) fn new(folder: &Path) -> Self {
        OutboxFolder(folder.to_owned())
    }

    /// Makes the folder hold exactly what the vault has still to send.
    pub fn mirror(&self, rows: &[OutboxRow]) -> Result<(), VaultError> {
        std::fs::create_dir_all(&self.0)?;
        let unsent = rows.iter().filter(|r| r.is_unsent());
        let wanted: BTreeSet<EntryId> = unsent.clone().map(|r| r.id).collect();
        let present: BTreeSet<EntryId> = self.waiting()?.into_iter().map(|(id, _)| id).collect();
        let next = self.files("entry")?.last().map_or(0, |(name, _)| number(name)) + 1;
        for (index, row) in unsent.filter(|r| !present.contains(&r.id)).enumerate() {
            // Not synced: the vault's table is, and what a power cut takes from here is written again at the next unlock.
            let path = self.0.join(format!("{:06}-{}.entry", next + index, row.id));
            let mut file = NamedTempFile::new_in(&self.0)?;
            file.write_all(&row.entry)?;
            file.persist(path).map_err(|failed| failed.error)?;
        }
        for (name, path) in self.files("entry")? {
            if id_of(&name).is_none_or(|id| !wanted.contains(&id)) {
                std::fs::remove_file(path)?;
            }
        }
        for (_, path) in self.files("answer")? {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }

    /// What waits, in the order of signing. A file that is no entry is left alone.
    pub fn waiting(&self) -> Result<Vec<(EntryId, Vec<u8>)>, VaultError> {
        let mut waiting = Vec::new();
        for (_, path) in self.files("entry")? {
            let bytes = std::fs::read(path)?;
            if let Ok(signed) = Signed::decode(&bytes) {
                waiting.push((signed.header.id, bytes));
            }
        }
        Ok(waiting)
    }

    /// Keeps the hub's answer to an entry until the vault is unlocked.
    pub fn answered(&self, entry: EntryId, answer: &[u8]) -> Result<(), VaultError> {
        Ok(write_whole(&self.0.join(format!("{entry}.answer")), answer)?)
    }

    /// Answers that came while the vault was locked.
    pub fn answers(&self) -> Result<Vec<(EntryId, Vec<u8>)>, VaultError> {
        let files = self.files("answer")?.into_iter();
        files
            .filter_map(|(name, path)| Some((name.parse().ok()?, path)))
            .map(|(id, p)| Ok((id, std::fs::read(p)?)))
            .collect()
    }

    fn files(&self, ending: &str) -> Result<Vec<(String, PathBuf)>, VaultError> {
        let listed = match std::fs::read_dir(&self.0) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut files = Vec::new();
        for file in listed {
            let path = file?.path();
            if path.extension().is_some_and(|e| e == ending) {
                let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                files.push((name, path));
            }
        }
        files.sort();
        Ok(files)
    }
}

fn number(name: &str) -> usize {
    name.split('-').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn id_of(name: &str) -> Option<EntryId> {
    name.split_once('-')?.1.parse().ok()
}

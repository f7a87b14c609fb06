//! Sealed papers as files: received piece by piece, kept under the hash of their ciphertext.

use crate::store::StoreError;
use cabinet_ledger::wire::{PaperStateV1, RefusalReason};
use cabinet_ledger::{Hash, PaperNameV1};
use cabinet_seal::PieceList;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A store of sealed papers.
pub trait PaperStore: Send + Sync {
    /// How much of a paper is here.
    fn state(&self, paper: &PaperNameV1) -> Result<PaperStateV1, StoreError>;
    /// Adds bytes at the end of what is here; completes the paper when its size is reached and its hash is right.
    fn append(
        &self,
        paper: &PaperNameV1,
        offset: u64,
        bytes: &[u8],
    ) -> Result<Result<PaperStateV1, RefusalReason>, StoreError>;
    /// Keeps the list of pieces, if it is the one the entry names.
    fn put_pieces(&self, paper: &PaperNameV1, bytes: &[u8]) -> Result<Result<(), RefusalReason>, StoreError>;
    /// The list of pieces.
    fn pieces(&self, paper: &PaperNameV1) -> Result<Option<Vec<u8>>, StoreError>;
    /// Bytes of a complete paper.
    fn read(&self, paper: &PaperNameV1, offset: u64, length: usize) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Papers in a folder: `ab/abcd….age`, with `.part` while they arrive and `.pieces` beside.
pub struct FolderPaperStore(PathBuf);

impl FolderPaperStore {
    /// Opens or creates a folder.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        Ok(FolderPaperStore(folder.to_owned()))
    }

    fn path(&self, hash: Hash, ending: &str) -> PathBuf {
        let name = hash.to_string();
        self.0.join(&name[..2]).join(format!("{name}.{ending}"))
    }

    fn received(&self, paper: &PaperNameV1) -> u64 {
        let length = |ending| self.path(paper.hash, ending).metadata().map(|m| m.len());
        length("age").or_else(|_| length("part")).unwrap_or(0)
    }

    /// The file is whole: check its hash, sync it, give it its name. A wrong one starts again from nothing.
    fn complete(&self, paper: &PaperNameV1) -> Result<Result<(), RefusalReason>, StoreError> {
        let part = self.path(paper.hash, "part");
        let mut hasher = blake3::Hasher::new();
        let mut file = File::open(&part)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            };
        }
        if hasher.finalize().as_bytes() != &paper.hash.0 {
            std::fs::remove_file(&part)?;
            return Ok(Err(RefusalReason::HashDiffers));
        }
        file.sync_all()?;
        std::fs::rename(&part, self.path(paper.hash, "age"))?;
        sync_folder(&part)?;
        Ok(Ok(()))
    }
}

impl PaperStore for FolderPaperStore {
    fn state(&self, paper: &PaperNameV1) -> Result<PaperStateV1, StoreError> {
        Ok(PaperStateV1 {
            received_bytes: self.received(paper),
            is_complete: self.path(paper.hash, "age").exists(),
            has_pieces: self.path(paper.hash, "pieces").exists(),
        })
    }

    fn append(
        &self,
        paper: &PaperNameV1,
        offset: u64,
        bytes: &[u8],
    ) -> Result<Result<PaperStateV1, RefusalReason>, StoreError> {
        let state = self.state(paper)?;
        if state.is_complete {
            return Ok(Ok(state));
        }
        if offset != state.received_bytes || offset + bytes.len() as u64 > paper.size_bytes {
            return Ok(Err(RefusalReason::OutOfRange));
        }
        let part = self.path(paper.hash, "part");
        std::fs::create_dir_all(part.parent().unwrap_or(&self.0))?;
        let mut file = OpenOptions::new().create(true).append(true).open(&part)?;
        file.write_all(bytes)?;
        if offset + bytes.len() as u64 == paper.size_bytes
            && let Err(reason) = self.complete(paper)?
        {
            return Ok(Err(reason));
        }
        self.state(paper).map(Ok)
    }

    fn put_pieces(&self, paper: &PaperNameV1, bytes: &[u8]) -> Result<Result<(), RefusalReason>, StoreError> {
        if PieceList::parse(bytes, &paper.pieces.0).is_err() {
            return Ok(Err(RefusalReason::HashDiffers));
        }
        let path = self.path(paper.hash, "pieces");
        std::fs::create_dir_all(path.parent().unwrap_or(&self.0))?;
        let fresh = path.with_extension("pieces-new");
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)?;
        sync_folder(&path)?;
        Ok(Ok(()))
    }

    fn pieces(&self, paper: &PaperNameV1) -> Result<Option<Vec<u8>>, StoreError> {
        match std::fs::read(self.path(paper.hash, "pieces")) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    fn read(&self, paper: &PaperNameV1, offset: u64, length: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let file = match File::open(self.path(paper.hash, "age")) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let length = (length as u64).min(paper.size_bytes.saturating_sub(offset)) as usize;
        let mut bytes = vec![0; length];
        cabinet_seal::PaperSource::read_at(&file, offset, &mut bytes)?;
        Ok(Some(bytes))
    }
}

fn sync_folder(file: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => StoreError::DiskFull,
            kind => StoreError::Failed(kind.to_string()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paper_arrives_in_parts_and_a_wrong_one_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderPaperStore::open(folder.path()).unwrap();
        let bytes: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        let paper = PaperNameV1 {
            hash: Hash(*blake3::hash(&bytes).as_bytes()),
            size_bytes: bytes.len() as u64,
            pieces: Hash([0; 32]),
        };
        assert_eq!(store.append(&paper, 5, &bytes[5..]).unwrap(), Err(RefusalReason::OutOfRange));
        assert_eq!(store.append(&paper, 0, &bytes[..70_000]).unwrap().unwrap().received_bytes, 70_000);
        let mut wrong = bytes[70_000..].to_vec();
        wrong[9] ^= 1;
        assert_eq!(store.append(&paper, 70_000, &wrong).unwrap(), Err(RefusalReason::HashDiffers));
        assert_eq!(store.state(&paper).unwrap().received_bytes, 0);
        store.append(&paper, 0, &bytes[..70_000]).unwrap().unwrap();
        assert!(store.append(&paper, 70_000, &bytes[70_000..]).unwrap().unwrap().is_complete);
        assert_eq!(store.read(&paper, 199_990, 100).unwrap().unwrap(), bytes[199_990..]);
        assert_eq!(store.put_pieces(&paper, b"x").unwrap(), Err(RefusalReason::HashDiffers));
    }
}

//! Sealed papers as files: each device brings what it has named, piece by piece, each checked when it comes; what is whole and has the right
//! hash is everybody's, under the hash of its ciphertext.

use crate::store::{Named, StoreError};
use cabinet_disk::{sync_folder, write_whole};
use cabinet_ledger::wire::{PaperStateV1, RefusalReason};
use cabinet_ledger::{Hash, limits};
use cabinet_seal::{PIECE_BYTES, PieceList};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// A store of sealed papers.
pub trait PaperStore: Send + Sync {
    /// How much of a paper is here, whole or of a device's own upload; who brings nothing is told whether it is whole.
    fn state(&self, hash: Hash, own: Option<&Named>) -> Result<PaperStateV1, StoreError>;
    /// Adds whole pieces at the end of what this device has brought; completes the paper when its size is reached and its hash is right.
    fn append(
        &self,
        named: &Named,
        offset: u64,
        bytes: &[u8],
    ) -> Result<Result<PaperStateV1, RefusalReason>, StoreError>;
    /// Keeps the list of pieces by which this device's upload is checked, if it is the one that the device has named.
    fn put_pieces(&self, named: &Named, bytes: &[u8]) -> Result<Result<(), RefusalReason>, StoreError>;
    /// The list of pieces of a whole paper.
    fn pieces(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError>;
    /// Bytes of a whole paper, as far as it goes.
    fn read(&self, hash: Hash, offset: u64, length: usize) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Locks of papers: uploads of one paper wait for each other, those of others hardly ever.
const LOCKS: usize = 64;

/// Papers in a folder: `ab/abcd….age` with `.pieces` beside; while they arrive, `abcd….<device>.part` and `.list`.
pub struct FolderPaperStore {
    folder: PathBuf,
    locks: [Mutex<()>; LOCKS],
}

impl FolderPaperStore {
    /// Opens or creates a folder. What was left half-finished long ago goes.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let store = FolderPaperStore { folder: folder.to_owned(), locks: [const { Mutex::new(()) }; LOCKS] };
        store.sweep()?;
        Ok(store)
    }

    fn sweep(&self) -> Result<(), StoreError> {
        for shelf in std::fs::read_dir(&self.folder)?.flatten().filter(|s| s.path().is_dir()) {
            for file in std::fs::read_dir(shelf.path())?.flatten() {
                let is_whole = file.path().extension().is_some_and(|e| e == "age" || e == "pieces");
                let age = file.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok());
                if !is_whole && age.is_some_and(|age| age > limits::PART_KEPT) {
                    std::fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    fn lock(&self, hash: Hash) -> MutexGuard<'_, ()> {
        self.locks[usize::from(hash.0[0]) % LOCKS].lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn path(&self, hash: Hash, ending: &str) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(format!("{name}.{ending}"))
    }

    fn own(&self, named: &Named, ending: &str) -> PathBuf {
        self.path(named.paper.hash, &format!("{}.{ending}", named.device))
    }

    /// Whole pieces that a device has brought; a torn one at the end does not count.
    fn received(&self, named: &Named) -> u64 {
        let length = self.own(named, "part").metadata().map_or(0, |m| m.len());
        if length == named.paper.size_bytes { length } else { length - length % PIECE_BYTES }
    }

    /// The device's part has its size: it gets its name if its hash is right, else the device starts again from nothing.
    fn complete(&self, named: &Named) -> Result<Result<(), RefusalReason>, StoreError> {
        let (part, list) = (self.own(named, "part"), self.own(named, "list"));
        let file = File::open(&part)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&file)?;
        if hasher.finalize().as_bytes() != &named.paper.hash.0 {
            std::fs::remove_file(&part)?;
            return Ok(Err(RefusalReason::HashDiffers));
        }
        file.sync_all()?;
        // The list first: each piece was checked by it, so it is the right one for this hash.
        std::fs::rename(&list, self.path(named.paper.hash, "pieces"))?;
        std::fs::rename(&part, self.path(named.paper.hash, "age"))?;
        sync_folder(&part)?;
        self.drop_parts(named.paper.hash)?;
        Ok(Ok(()))
    }

    /// What others have brought of a paper that is whole now.
    fn drop_parts(&self, hash: Hash) -> Result<(), StoreError> {
        let whole = self.path(hash, "age");
        let Some(shelf) = whole.parent() else { return Ok(()) };
        for file in std::fs::read_dir(shelf)?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            if name.starts_with(&hash.to_string()) && (name.ends_with(".part") || name.ends_with(".list")) {
                std::fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    fn list(&self, named: &Named) -> Result<Option<PieceList>, StoreError> {
        let bytes = read_if_there(&self.own(named, "list"))?;
        Ok(bytes.and_then(|bytes| PieceList::parse(&bytes, &named.paper.pieces.0).ok()))
    }
}

impl PaperStore for FolderPaperStore {
    fn state(&self, hash: Hash, own: Option<&Named>) -> Result<PaperStateV1, StoreError> {
        if let Ok(whole) = self.path(hash, "age").metadata() {
            return Ok(PaperStateV1 { received_bytes: whole.len(), is_complete: true, has_pieces: true });
        }
        let has_pieces = own.map(|own| self.list(own)).transpose()?.flatten().is_some();
        let received_bytes = own.map_or(0, |own| self.received(own));
        Ok(PaperStateV1 { received_bytes, is_complete: false, has_pieces })
    }

    fn append(
        &self,
        named: &Named,
        offset: u64,
        bytes: &[u8],
    ) -> Result<Result<PaperStateV1, RefusalReason>, StoreError> {
        let _lock = self.lock(named.paper.hash);
        let state = self.state(named.paper.hash, Some(named))?;
        if state.is_complete {
            return Ok(Ok(state));
        }
        let end = offset + bytes.len() as u64;
        let is_even = end.is_multiple_of(PIECE_BYTES) || end == named.paper.size_bytes;
        // Nothing is brought only where nothing is missing: the hub was stopped after the last piece and before it was looked at.
        let is_some = !bytes.is_empty() || end == named.paper.size_bytes;
        let Some(list) = self
            .list(named)?
            .filter(|_| offset == state.received_bytes && end <= named.paper.size_bytes && is_even && is_some)
        else {
            return Ok(Err(RefusalReason::OutOfRange));
        };
        let first = offset / PIECE_BYTES;
        let mut pieces = (first..).zip(bytes.chunks(PIECE_BYTES as usize));
        if pieces.any(|(index, piece)| list.check(index, piece).is_err()) {
            return Ok(Err(RefusalReason::HashDiffers));
        }
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(self.own(named, "part"))?;
        file.set_len(offset)?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        if end == named.paper.size_bytes
            && let Err(reason) = self.complete(named)?
        {
            return Ok(Err(reason));
        }
        self.state(named.paper.hash, Some(named)).map(Ok)
    }

    fn put_pieces(&self, named: &Named, bytes: &[u8]) -> Result<Result<(), RefusalReason>, StoreError> {
        let _lock = self.lock(named.paper.hash);
        let list = PieceList::parse(bytes, &named.paper.pieces.0).ok();
        if list.is_none_or(|list| list.count() != named.paper.size_bytes.div_ceil(PIECE_BYTES)) {
            return Ok(Err(RefusalReason::HashDiffers));
        }
        if self.path(named.paper.hash, "age").exists() {
            return Ok(Ok(()));
        }
        let path = self.own(named, "list");
        std::fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
        write_whole(&path, bytes)?;
        Ok(Ok(()))
    }

    fn pieces(&self, hash: Hash) -> Result<Option<Vec<u8>>, StoreError> {
        if !self.path(hash, "age").exists() {
            return Ok(None);
        }
        Ok(read_if_there(&self.path(hash, "pieces"))?)
    }

    fn read(&self, hash: Hash, offset: u64, length: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let file = match File::open(self.path(hash, "age")) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let length = (length as u64).min(file.metadata()?.len().saturating_sub(offset)) as usize;
        let mut bytes = vec![0; length];
        cabinet_seal::PaperSource::read_at(&file, offset, &mut bytes)?;
        Ok(Some(bytes))
    }
}

fn read_if_there(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
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
    use cabinet_ledger::{DeviceId, PaperNameV1, SpaceId};

    const PIECE: usize = PIECE_BYTES as usize;

    /// A paper of three pieces and a bit, its list, and what a device says of it.
    fn paper(device: u8) -> (Vec<u8>, Vec<u8>, Named) {
        let bytes: Vec<u8> = (0..3 * PIECE as u32 + 99).map(|i| (i / 7) as u8).collect();
        let list: Vec<u8> = bytes.chunks(PIECE).flat_map(|piece| *blake3::hash(piece).as_bytes()).collect();
        let paper = PaperNameV1 {
            hash: Hash(*blake3::hash(&bytes).as_bytes()),
            size_bytes: bytes.len() as u64,
            pieces: Hash(*blake3::hash(&list).as_bytes()),
        };
        (bytes, list, Named { space: SpaceId([1; 32]), device: DeviceId([device; 16]), paper })
    }

    #[test]
    fn paper_arrives_in_pieces_and_a_wrong_one_is_refused_when_it_comes() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderPaperStore::open(folder.path()).unwrap();
        let (bytes, list, named) = paper(1);
        assert_eq!(store.append(&named, 0, &bytes[..PIECE]).unwrap(), Err(RefusalReason::OutOfRange), "no list yet");
        assert_eq!(store.put_pieces(&named, b"x").unwrap(), Err(RefusalReason::HashDiffers));
        store.put_pieces(&named, &list).unwrap().unwrap();
        let out_of_range = [(0, PIECE + 1), (0, 0), (5, PIECE), (PIECE, 2 * PIECE)];
        for (from, to) in out_of_range {
            let refused = store.append(&named, from as u64, &bytes[from.min(to)..to]).unwrap();
            assert_eq!(refused, Err(RefusalReason::OutOfRange), "{from}..{to}");
        }
        let state = store.append(&named, 0, &bytes[..PIECE]).unwrap().unwrap();
        assert_eq!((state.received_bytes, state.is_complete), (PIECE_BYTES, false));
        let mut wrong = bytes[PIECE..2 * PIECE].to_vec();
        wrong[9] ^= 1;
        assert_eq!(store.append(&named, PIECE_BYTES, &wrong).unwrap(), Err(RefusalReason::HashDiffers));
        assert_eq!(
            store.state(named.paper.hash, Some(&named)).unwrap().received_bytes,
            PIECE_BYTES,
            "what was good stays"
        );
        // A power cut left half a piece.
        let part = store.own(&named, "part");
        OpenOptions::new().append(true).open(&part).unwrap().write_all(&bytes[PIECE..PIECE + 9]).unwrap();
        assert_eq!(store.state(named.paper.hash, Some(&named)).unwrap().received_bytes, PIECE_BYTES);
        assert!(store.append(&named, PIECE_BYTES, &bytes[PIECE..]).unwrap().unwrap().is_complete);
        assert_eq!(
            store.read(named.paper.hash, bytes.len() as u64 - 9, 100).unwrap().unwrap(),
            bytes[bytes.len() - 9..]
        );
        assert_eq!(store.pieces(named.paper.hash).unwrap().unwrap(), list);
    }

    #[test]
    fn paper_is_completed_after_a_stop_at_any_step_of_its_end() {
        let (bytes, list, named) = paper(1);
        let stops: [fn(&FolderPaperStore, &Named); 2] = [
            |_, _| {},
            |store, named| std::fs::rename(store.own(named, "list"), store.path(named.paper.hash, "pieces")).unwrap(),
        ];
        for stop in stops {
            let folder = tempfile::tempdir().unwrap();
            let store = FolderPaperStore::open(folder.path()).unwrap();
            store.put_pieces(&named, &list).unwrap().unwrap();
            std::fs::write(store.own(&named, "part"), &bytes).unwrap();
            stop(&store, &named);
            // As a laptop goes on after it has asked how far the hub is.
            let state = store.state(named.paper.hash, Some(&named)).unwrap();
            assert_eq!((state.received_bytes, state.is_complete), (bytes.len() as u64, false));
            if !state.has_pieces {
                store.put_pieces(&named, &list).unwrap().unwrap();
            }
            let rest = &bytes[state.received_bytes as usize..];
            assert!(store.append(&named, state.received_bytes, rest).unwrap().unwrap().is_complete);
            assert_eq!(store.pieces(named.paper.hash).unwrap().unwrap(), list);
        }
    }

    #[test]
    fn what_another_says_and_brings_of_a_paper_hinders_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderPaperStore::open(folder.path()).unwrap();
        let (bytes, list, honest) = paper(1);
        // The same hash, of size 1, with a list that fits a byte of theirs.
        let junk_list = *blake3::hash(b"x").as_bytes();
        let said = PaperNameV1 { size_bytes: 1, pieces: Hash(*blake3::hash(&junk_list).as_bytes()), ..honest.paper };
        let stranger = Named { paper: said, device: DeviceId([2; 16]), space: SpaceId([2; 32]) };
        store.put_pieces(&honest, &list).unwrap().unwrap();
        store.append(&honest, 0, &bytes[..PIECE]).unwrap().unwrap();
        store.put_pieces(&stranger, &junk_list).unwrap().unwrap();
        assert_eq!(store.append(&stranger, 0, b"x").unwrap(), Err(RefusalReason::HashDiffers), "not the paper");
        assert_eq!(store.state(honest.paper.hash, Some(&honest)).unwrap().received_bytes, PIECE_BYTES);
        assert!(store.append(&honest, PIECE_BYTES, &bytes[PIECE..]).unwrap().unwrap().is_complete);
        assert_eq!(store.read(honest.paper.hash, 0, usize::MAX).unwrap().unwrap().len(), bytes.len(), "whole for all");
        store.put_pieces(&stranger, &junk_list).unwrap().unwrap();
        assert_eq!(store.pieces(honest.paper.hash).unwrap().unwrap(), list, "the right list stays");
        let left = std::fs::read_dir(store.path(honest.paper.hash, "age").parent().unwrap()).unwrap().count();
        assert_eq!(left, 2, "nothing half-finished is left");
    }

    #[test]
    fn uploads_of_one_paper_by_two_devices_at_once_leave_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderPaperStore::open(folder.path()).unwrap();
        std::thread::scope(|scope| {
            for device in 1..=4 {
                let store = &store;
                scope.spawn(move || {
                    let (bytes, list, named) = paper(device);
                    store.put_pieces(&named, &list).unwrap().unwrap();
                    while !store.state(named.paper.hash, Some(&named)).unwrap().is_complete {
                        let from = store.state(named.paper.hash, Some(&named)).unwrap().received_bytes as usize;
                        let to = (from + PIECE).min(bytes.len());
                        let _ = store.append(&named, from as u64, &bytes[from.min(to)..to]).unwrap();
                    }
                });
            }
        });
        let (bytes, list, named) = paper(1);
        assert_eq!(store.read(named.paper.hash, 0, usize::MAX).unwrap().unwrap(), bytes);
        assert_eq!(store.pieces(named.paper.hash).unwrap().unwrap(), list);
    }
}

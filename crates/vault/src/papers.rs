//! Sealed papers on the laptop, and papers that are still arriving: read as far as they are here, the wanted pieces first.

use crate::VaultError;
use cabinet_disk::write_whole;
use cabinet_ledger::{Hash, PaperNameV1};
use cabinet_seal::{PIECE_BYTES, PaperSource, PieceList, SealError, SealedPaper, seal_paper};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;
use tempfile::NamedTempFile;

/// Limit: how long a reader waits for a piece that is still to come, before the screen says so.
const PIECE_WAIT: Duration = Duration::from_secs(20);

/// `ab/abcd….age`; `.part` while a paper arrives, `.pieces` beside.
#[derive(Clone, Debug)]
pub struct PaperFolder(PathBuf);

/// A paper that is arriving. Shared by who reads it and who fetches it.
#[derive(Clone)]
pub struct ArrivingPaper(Arc<Arriving>);

struct Arriving {
    name: PaperNameV1,
    pieces: PieceList,
    file: File,
    folder: PaperFolder,
    state: Mutex<State>,
    arrived: Condvar,
}

struct State {
    has: Vec<bool>,
    wanted: Vec<u64>,
}

impl PaperFolder {
    pub(crate) fn new(folder: &Path) -> Self {
        PaperFolder(folder.to_owned())
    }

    fn path(&self, hash: Hash, ending: &str) -> Result<PathBuf, VaultError> {
        let name = hash.to_string();
        let folder = self.0.join(&name[..2]);
        std::fs::create_dir_all(&folder)?;
        Ok(folder.join(format!("{name}.{ending}")))
    }

    /// Whether a paper is wholly here.
    pub fn has(&self, hash: Hash) -> bool {
        self.path(hash, "age").is_ok_and(|p| p.exists())
    }

    /// Seals a paper into the folder. Security: the plain bytes pass through memory only.
    pub fn seal(&self, plain: &mut dyn Read) -> Result<SealedPaper, VaultError> {
        std::fs::create_dir_all(&self.0)?;
        // What is not finished goes by itself: a disk that it filled has room again.
        let mut file = NamedTempFile::new_in(&self.0)?;
        let sealed = seal_paper(plain, &mut file)?;
        file.as_file().sync_all()?;
        write_whole(&self.path(Hash(sealed.hash), "pieces")?, &sealed.pieces.bytes())?;
        file.persist(self.path(Hash(sealed.hash), "age")?).map_err(|failed| failed.error)?;
        Ok(sealed)
    }

    /// A whole paper, for reading or sending.
    pub fn open(&self, hash: Hash) -> Result<File, VaultError> {
        Ok(File::open(self.path(hash, "age")?)?)
    }

    /// The list of a paper's pieces, if it is here and right.
    pub fn pieces(&self, name: &PaperNameV1) -> Result<Option<PieceList>, VaultError> {
        match std::fs::read(self.path(name.hash, "pieces")?) {
            Ok(bytes) => Ok(PieceList::parse(&bytes, &name.pieces.0).ok()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Goes on with a paper that is arriving. Pieces that an earlier run received are checked and kept.
    pub fn arriving(&self, name: PaperNameV1, pieces: &[u8]) -> Result<ArrivingPaper, VaultError> {
        let list = PieceList::parse(pieces, &name.pieces.0)?;
        if list.count() != name.size_bytes.div_ceil(PIECE_BYTES) {
            return Err(SealError::BadPieceList.into());
        }
        write_whole(&self.path(name.hash, "pieces")?, pieces)?;
        let path = self.path(name.hash, "part")?;
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        let kept = file.metadata()?.len() == name.size_bytes;
        file.set_len(name.size_bytes)?;
        let mut has = vec![false; list.count() as usize];
        if kept {
            let mut piece = Vec::new();
            for (index, has) in has.iter_mut().enumerate() {
                piece.resize(piece_bytes(&name, index as u64), 0);
                file.read_at(index as u64 * PIECE_BYTES, &mut piece)?;
                *has = list.check(index as u64, &piece).is_ok();
            }
        }
        let state = Mutex::new(State { has, wanted: Vec::new() });
        let arriving = Arriving { name, pieces: list, file, folder: self.clone(), state, arrived: Condvar::new() };
        Ok(ArrivingPaper(Arc::new(arriving)))
    }
}

impl ArrivingPaper {
    /// The bytes to fetch next, as first piece, offset and length: from what a reader waits for, else from the first that is
    /// missing, at most `pieces_max` pieces that follow each other. None: all is here.
    pub fn next_run(&self, pieces_max: usize) -> Option<(u64, u64, usize)> {
        let mut state = self.state();
        let wanted = std::mem::take(&mut state.wanted);
        state.wanted = wanted.into_iter().filter(|i| state.has.get(*i as usize) == Some(&false)).collect();
        let first = state.wanted.first().map(|i| *i as usize).or_else(|| state.has.iter().position(|has| !has))?;
        let count = state.has[first..].iter().take(pieces_max).take_while(|has| !**has).count();
        let offset = first as u64 * PIECE_BYTES;
        let end = ((first + count) as u64 * PIECE_BYTES).min(self.0.name.size_bytes);
        Some((first as u64, offset, (end - offset) as usize))
    }

    /// Checks a run of pieces and keeps those that are right.
    pub fn put_run(&self, first: u64, bytes: &[u8]) -> Result<(), VaultError> {
        for (n, piece) in bytes.chunks(PIECE_BYTES as usize).enumerate() {
            self.put(first + n as u64, piece)?;
        }
        Ok(())
    }

    /// Checks a piece and keeps it. A wrong one is refused and can be fetched again.
    pub fn put(&self, index: u64, piece: &[u8]) -> Result<(), VaultError> {
        self.0.pieces.check(index, piece)?;
        write_at(&self.0.file, index * PIECE_BYTES, piece)?;
        self.state().has[index as usize] = true;
        self.0.arrived.notify_all();
        Ok(())
    }

    /// Part of the paper that is here, from 0 to 1.
    pub fn progress(&self) -> f32 {
        let state = self.state();
        state.has.iter().filter(|h| **h).count() as f32 / state.has.len().max(1) as f32
    }

    /// Gives the whole paper its name, if it is the one. Its list was somebody's word: pieces that fit a false one are thrown away.
    pub fn finish(&self) -> Result<(), VaultError> {
        let (folder, name) = (&self.0.folder, &self.0.name);
        let part = folder.path(name.hash, "part")?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(&part)?)?;
        if hasher.finalize().as_bytes() != &name.hash.0 {
            std::fs::remove_file(&part)?;
            return Err(VaultError::Damaged("a paper that arrived"));
        }
        self.0.file.sync_all()?;
        std::fs::rename(part, folder.path(name.hash, "age")?)?;
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl PaperSource for ArrivingPaper {
    fn has(&self, offset: u64, length: usize) -> bool {
        let state = self.state();
        let has = |i: u64| state.has.get(i as usize) == Some(&true);
        (offset / PIECE_BYTES..(offset + length as u64).div_ceil(PIECE_BYTES)).all(has)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        let pieces = offset / PIECE_BYTES..(offset + out.len() as u64).div_ceil(PIECE_BYTES);
        let mut state = self.state();
        loop {
            let missing: Vec<u64> =
                pieces.clone().filter(|i| !state.has.get(*i as usize).copied().unwrap_or(false)).collect();
            if missing.is_empty() {
                break;
            }
            state.wanted.extend(missing);
            let (next, waited) = self.0.arrived.wait_timeout(state, PIECE_WAIT).unwrap_or_else(|e| e.into_inner());
            if waited.timed_out() {
                return Err(std::io::ErrorKind::TimedOut.into());
            }
            state = next;
        }
        drop(state);
        self.0.file.read_at(offset, out)
    }

    fn size_bytes(&self) -> u64 {
        self.0.name.size_bytes
    }
}

fn piece_bytes(name: &PaperNameV1, index: u64) -> usize {
    (name.size_bytes - index * PIECE_BYTES).min(PIECE_BYTES) as usize
}

fn write_at(file: &File, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::write_all_at(file, bytes, offset);
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            done += std::os::windows::fs::FileExt::seek_write(file, &bytes[done..], offset + done as u64)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use cabinet_seal::PaperReader;

    #[test]
    fn paper_that_could_not_be_finished_leaves_nothing_on_the_disk() {
        /// A file on a stick that is pulled out.
        struct Pulled(usize);
        impl Read for Pulled {
            fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
                let length = out.len().min(self.0);
                self.0 -= length;
                if length == 0 { Err(std::io::ErrorKind::NotConnected.into()) } else { Ok(length) }
            }
        }
        let here = tempfile::tempdir().unwrap();
        assert!(PaperFolder::new(here.path()).seal(&mut Pulled(700_000)).is_err());
        assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_fits_a_false_list_never_gets_the_name_of_a_paper() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let honest = PaperFolder::new(there.path()).seal(&mut &[7u8; 100_000][..]).unwrap();
        let junk = vec![9u8; 70_000];
        let list: Vec<u8> = junk.chunks(PIECE_BYTES as usize).flat_map(|p| *blake3::hash(p).as_bytes()).collect();
        let size_bytes = junk.len() as u64;
        let said = PaperNameV1 { hash: Hash(honest.hash), size_bytes, pieces: Hash(*blake3::hash(&list).as_bytes()) };
        let folder = PaperFolder::new(here.path());
        let arriving = folder.arriving(said, &list).unwrap();
        arriving.put_run(0, &junk).unwrap();
        assert!(arriving.finish().is_err() && !folder.has(said.hash));
        let name = PaperNameV1 { size_bytes: honest.size_bytes, pieces: Hash(honest.pieces.hash()), ..said };
        let arriving = folder.arriving(name, &honest.pieces.bytes()).unwrap();
        let bytes = std::fs::read(PaperFolder::new(there.path()).path(name.hash, "age").unwrap()).unwrap();
        arriving.put_run(0, &bytes).unwrap();
        arriving.finish().unwrap();
        assert!(folder.has(name.hash));
    }

    #[test]
    fn paper_is_read_while_it_arrives_and_resumes_after_a_restart() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let plain: Vec<u8> = (0..400_000u32).map(|i| (i * 7) as u8).collect();
        let sealed = PaperFolder::new(there.path()).seal(&mut &plain[..]).unwrap();
        let name =
            PaperNameV1 { hash: Hash(sealed.hash), size_bytes: sealed.size_bytes, pieces: Hash(sealed.pieces.hash()) };
        let bytes = std::fs::read(PaperFolder::new(there.path()).path(name.hash, "age").unwrap()).unwrap();
        let folder = PaperFolder::new(here.path());
        let arriving = folder.arriving(name, &sealed.pieces.bytes()).unwrap();
        assert!(!arriving.has(300_000, 1_000));
        let reader = std::thread::spawn({
            let (arriving, key) = (arriving.clone(), sealed.key.clone());
            move || {
                let mut reader = PaperReader::open(Box::new(arriving), &key).unwrap();
                let mut part = vec![0; 1_000];
                reader.read_at(300_000, &mut part).unwrap();
                part
            }
        });
        let mut fetched = 0;
        while !reader.is_finished() {
            if let Some((index, offset, length)) = arriving.next_run(1) {
                let mut wrong = bytes[offset as usize..][..length].to_vec();
                wrong[0] ^= 1;
                assert!(arriving.put(index, &wrong).is_err());
                arriving.put(index, &bytes[offset as usize..][..length]).unwrap();
                fetched += 1;
            }
        }
        assert_eq!(reader.join().unwrap(), plain[300_000..301_000]);
        assert!(arriving.has(300_000, 1_000));
        drop(arriving);
        let again = folder.arriving(name, &sealed.pieces.bytes()).unwrap();
        let mut rest = 0;
        while let Some((index, offset, length)) = again.next_run(2) {
            again.put_run(index, &bytes[offset as usize..][..length]).unwrap();
            rest += length.div_ceil(PIECE_BYTES as usize);
        }
        assert_eq!(fetched + rest, bytes.len().div_ceil(PIECE_BYTES as usize));
        again.finish().unwrap();
        assert!(folder.has(name.hash));
    }
}

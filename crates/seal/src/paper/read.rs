//! Reading a sealed paper at random. age's own seekable reader opens a chunk anew for each small read; PDFium makes thousands of
//! those, so opened chunks are kept.

use super::header::{HEADER_BYTES_MAX, Header};
use super::{CHUNK_BYTES, NONCE_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES};
use crate::{Identity, SealError};
use rayon::prelude::*;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use std::borrow::Cow;
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Limit: opened chunks kept, 4 MiB; a page of a scan is one to three.
const OPENED_CHUNKS_MAX: usize = 64;

/// Chunks opened one after the other before it is taken for reading through: a page of a scan is fewer, and no more than it shows is to be
/// opened for it.
const IN_A_ROW_MIN: u64 = 4;

/// Chunks that are then opened at once, on all cores.
const RUN_CHUNKS: u64 = 16;

/// Where the ciphertext comes from. A source that is still arriving waits for, or refuses, bytes it has not got.
pub trait PaperSource: Send + Sync {
    /// Whether [`PaperSource::read_at`] would fill so many bytes without waiting.
    fn has(&self, _offset: u64, _length: usize) -> bool {
        true
    }
    /// Fills `out` from an offset of the ciphertext.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()>;
    /// Bytes of the ciphertext.
    fn size_bytes(&self) -> u64;
}

impl PaperSource for Vec<u8> {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        let range = offset as usize..offset as usize + out.len();
        out.copy_from_slice(self.get(range).ok_or(std::io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn size_bytes(&self) -> u64 {
        self.len() as u64
    }
}

impl PaperSource for std::fs::File {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_exact_at(self, out, offset);
        #[cfg(windows)]
        {
            let mut done = 0;
            while done < out.len() {
                match std::os::windows::fs::FileExt::seek_read(self, &mut out[done..], offset + done as u64)? {
                    0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                    n => done += n,
                }
            }
            Ok(())
        }
    }

    fn size_bytes(&self) -> u64 {
        self.metadata().map_or(0, |m| m.len())
    }
}

/// The plain bytes of a sealed paper. They live in this reader's memory only.
pub struct PaperReader {
    source: Box<dyn PaperSource>,
    key: LessSafeKey,
    payload_at: u64,
    chunks: u64,
    plain_bytes: u64,
    opened: HashMap<u64, (u64, Zeroizing<Vec<u8>>)>,
    clock: u64,
    unsealed_bytes: u64,
    /// The chunk behind those opened last, and how many were opened in a row before it.
    next: u64,
    in_a_row: u64,
}

impl PaperReader {
    /// Opens a paper: reads and checks its header, and its last chunk, which fixes the length.
    pub fn open(source: Box<dyn PaperSource>, identity: &Identity) -> Result<Self, SealError> {
        Self::open_for(source, &identity.0)
    }

    pub(super) fn open_for(source: Box<dyn PaperSource>, identity: &dyn age::Identity) -> Result<Self, SealError> {
        let size = source.size_bytes();
        let mut start = vec![0; size.min(HEADER_BYTES_MAX as u64) as usize];
        source.read_at(0, &mut start)?;
        let header = Header::open(&start, identity)?;
        let payload_at = header.length as u64 + NONCE_BYTES;
        let nonce = start.get(header.length..payload_at as usize).ok_or(SealError::BadLength)?;
        let key = header.payload_key(nonce);
        let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).expect("32 bytes"));
        let payload = size.checked_sub(payload_at).filter(|n| *n >= TAG_BYTES).ok_or(SealError::BadLength)?;
        let chunks = payload.div_ceil(SEALED_CHUNK_BYTES);
        let last = payload - (chunks - 1) * SEALED_CHUNK_BYTES;
        if last < TAG_BYTES || (last == TAG_BYTES && chunks > 1) {
            return Err(SealError::BadLength);
        }
        let plain_bytes = payload - chunks * TAG_BYTES;
        let opened = HashMap::new();
        let (clock, unsealed_bytes, next, in_a_row) = (0, 0, 0, 0);
        let mut reader =
            PaperReader { source, key, payload_at, chunks, plain_bytes, opened, clock, unsealed_bytes, next, in_a_row };
        reader.chunk(chunks - 1)?;
        Ok(reader)
    }

    /// Bytes of the plain paper.
    pub fn plain_bytes(&self) -> u64 {
        self.plain_bytes
    }

    /// Plain bytes opened so far, for measuring.
    pub fn unsealed_bytes(&self) -> u64 {
        self.unsealed_bytes
    }

    /// So many bytes from an offset of the plain paper: borrowed where one chunk holds them, as whoever reads chunk by chunk asks.
    pub fn part(&mut self, offset: u64, length: usize) -> Result<Cow<'_, [u8]>, SealError> {
        let end = offset.checked_add(length as u64).ok_or(SealError::BadLength)?;
        let within = (offset % CHUNK_BYTES) as usize;
        if length > 0 && end <= self.plain_bytes && within + length <= CHUNK_BYTES as usize {
            return Ok(Cow::Borrowed(&self.chunk(offset / CHUNK_BYTES)?[within..within + length]));
        }
        let mut out = vec![0; length];
        self.read_at(offset, &mut out)?;
        Ok(Cow::Owned(out))
    }

    /// Fills `out` from an offset of the plain paper.
    pub fn read_at(&mut self, offset: u64, out: &mut [u8]) -> Result<(), SealError> {
        let end = offset.checked_add(out.len() as u64).ok_or(SealError::BadLength)?;
        if end > self.plain_bytes {
            return Err(SealError::BadLength);
        }
        let mut done = 0;
        while done < out.len() {
            let at = offset + done as u64;
            let (index, within) = (at / CHUNK_BYTES, (at % CHUNK_BYTES) as usize);
            let chunk = self.chunk(index)?;
            let part = (chunk.len() - within).min(out.len() - done);
            out[done..done + part].copy_from_slice(&chunk[within..within + part]);
            done += part;
        }
        Ok(())
    }

    fn chunk(&mut self, index: u64) -> Result<&[u8], SealError> {
        self.clock += 1;
        if !self.opened.contains_key(&index) {
            self.in_a_row = if index == self.next { self.in_a_row } else { 0 };
            let ahead = if self.in_a_row >= IN_A_ROW_MIN { RUN_CHUNKS - 1 } else { 0 };
            self.open_run(index, ahead)?;
        }
        let (used, plain) = self.opened.get_mut(&index).expect("opened above");
        *used = self.clock;
        Ok(plain)
    }

    /// Opens a chunk, and up to so many behind it that are there already. What is wrong with one of those is said when it is asked for.
    fn open_run(&mut self, index: u64, ahead: u64) -> Result<(), SealError> {
        let is_wanted = |i: &u64| !self.opened.contains_key(i) && self.source.has(self.at(*i), self.length(*i));
        let run = (index + 1..self.chunks.min(index + 1 + ahead)).take_while(is_wanted);
        let run: Vec<u64> = std::iter::once(index).chain(run).collect();
        let run: Vec<(u64, Zeroizing<Vec<u8>>)> = run.into_iter().map(|i| (i, self.room())).collect();
        let mut opened: Vec<_> = match run.len() {
            1 => run.into_iter().map(|(i, room)| (i, self.open_chunk(i, room))).collect(),
            _ => run.into_par_iter().map(|(i, room)| (i, self.open_chunk(i, room))).collect(),
        };
        let (_, first) = opened.remove(0);
        for (i, plain) in std::iter::once((index, Ok(first?))).chain(opened) {
            let Ok(plain) = plain else { break };
            self.unsealed_bytes += plain.len() as u64;
            self.opened.insert(i, (self.clock, plain));
            (self.next, self.in_a_row) = (i + 1, self.in_a_row + 1);
        }
        Ok(())
    }

    /// Memory for a chunk. The oldest chunk's is taken: wiping and asking for 64 KiB each time costs more than opening them.
    fn room(&mut self) -> Zeroizing<Vec<u8>> {
        if self.opened.len() < OPENED_CHUNKS_MAX {
            return Zeroizing::default();
        }
        let oldest = self.opened.iter().min_by_key(|(_, (used, _))| *used).map(|(i, _)| *i);
        oldest.and_then(|i| self.opened.remove(&i)).map(|(_, chunk)| chunk).unwrap_or_default()
    }

    fn at(&self, index: u64) -> u64 {
        self.payload_at + index * SEALED_CHUNK_BYTES
    }

    fn length(&self, index: u64) -> usize {
        (self.source.size_bytes() - self.at(index)).min(SEALED_CHUNK_BYTES) as usize
    }

    fn open_chunk(&self, index: u64, room: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut bytes = room;
        bytes.resize(self.length(index), 0);
        self.source.read_at(self.at(index), &mut bytes)?;
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&index.to_be_bytes());
        nonce[11] = u8::from(index + 1 == self.chunks);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let plain = self.key.open_in_place(nonce, Aad::empty(), &mut bytes).map_err(|_| SealError::DoesNotOpen)?;
        let length = plain.len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

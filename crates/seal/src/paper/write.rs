//! Sealing a paper, in one pass.

use super::{PIECE_BYTES, PieceList};
use crate::{Identity, SealError};
use std::io::{Read, Write};

/// What the entry that brings a paper must say of it.
pub struct SealedPaper {
    /// The identity made for this paper alone.
    pub key: Identity,
    /// BLAKE3 of the ciphertext.
    pub hash: [u8; 32],
    /// Bytes of the ciphertext.
    pub size_bytes: u64,
    /// Hashes of its pieces.
    pub pieces: PieceList,
}

/// Seals everything from `plain` into `out`, for a new key.
pub fn seal_paper(plain: &mut dyn Read, out: &mut dyn Write) -> Result<SealedPaper, SealError> {
    let key = Identity::make();
    let recipient = key.0.recipient();
    let recipient: &dyn age::Recipient = &recipient;
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient)).map_err(|_| SealError::BadKey)?;
    let mut tap = Tap::new(out);
    let written = encryptor.wrap_output(&mut tap).and_then(|mut writer| {
        std::io::copy(plain, &mut writer)?;
        writer.finish().map(drop)
    });
    // What the disk said; the format's own writer forgets which error it was.
    tap.failed.take().map_or(Ok(()), Err)?;
    written?;
    let (hash, size_bytes, pieces) = tap.finish();
    Ok(SealedPaper { key, hash, size_bytes, pieces })
}

/// Hashes what flows through it, as a whole and piece by piece.
struct Tap<'a> {
    out: &'a mut dyn Write,
    whole: blake3::Hasher,
    piece: blake3::Hasher,
    in_piece: u64,
    size_bytes: u64,
    hashes: Vec<[u8; 32]>,
    failed: Option<std::io::Error>,
}

impl<'a> Tap<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        let (whole, piece) = (blake3::Hasher::new(), blake3::Hasher::new());
        Tap { out, whole, piece, in_piece: 0, size_bytes: 0, hashes: Vec::new(), failed: None }
    }

    fn end_piece(&mut self) {
        self.hashes.push(*self.piece.finalize().as_bytes());
        self.piece.reset();
        self.in_piece = 0;
    }

    fn finish(mut self) -> ([u8; 32], u64, PieceList) {
        if self.in_piece > 0 {
            self.end_piece();
        }
        (*self.whole.finalize().as_bytes(), self.size_bytes, PieceList::new(self.hashes))
    }
}

impl Write for Tap<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = (PIECE_BYTES - self.in_piece).min(bytes.len() as u64) as usize;
        if let Err(error) = self.out.write_all(&bytes[..room]) {
            let kind = error.kind();
            self.failed = Some(error);
            return Err(kind.into());
        }
        self.whole.update(&bytes[..room]);
        self.piece.update(&bytes[..room]);
        self.in_piece += room as u64;
        self.size_bytes += room as u64;
        if self.in_piece == PIECE_BYTES {
            self.end_piece();
        }
        Ok(room)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with so much room.
    struct Small(usize);

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let fits = bytes.len().min(self.0);
            self.0 -= fits;
            if fits == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(fits) }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn disk_that_is_full_is_told_wherever_it_is_full() {
        // A header has another length each time.
        let seal = |room| seal_paper(&mut &[7; 1000][..], &mut Small(room)).map(|s| s.size_bytes as usize);
        for room in 0..4_000 {
            match seal(room) {
                Ok(size) => assert!(size <= room),
                Err(error) => assert_eq!(error, SealError::Io(std::io::ErrorKind::StorageFull), "room for {room}"),
            }
        }
        assert!(seal(4_000).is_ok());
    }
}

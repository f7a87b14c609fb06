//! The hashes of a sealed file's pieces: a paper may be read while it is still arriving, and each piece is checked before it
//! is opened.

use crate::SealError;

/// Frozen: bytes of a piece of ciphertext.
pub const PIECE_BYTES: u64 = 64 * 1024;

/// BLAKE3 of each piece, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceList(Vec<[u8; 32]>);

impl PieceList {
    /// Collects hashes; used while sealing.
    pub(super) fn new(hashes: Vec<[u8; 32]>) -> Self {
        PieceList(hashes)
    }

    /// Reads a list and checks it against the hash that the signed entry names.
    pub fn parse(bytes: &[u8], hash: &[u8; 32]) -> Result<Self, SealError> {
        if blake3::hash(bytes).as_bytes() != hash || !bytes.len().is_multiple_of(32) {
            return Err(SealError::BadPieceList);
        }
        Ok(PieceList(bytes.as_chunks::<32>().0.to_vec()))
    }

    /// Its bytes: 32 a piece.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// The hash by which a signed entry names it.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.bytes()).as_bytes()
    }

    /// Number of pieces.
    pub fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Checks one piece.
    pub fn check(&self, index: u64, piece: &[u8]) -> Result<(), SealError> {
        let expected = self.0.get(index as usize).ok_or(SealError::BadPiece(index))?;
        if blake3::hash(piece).as_bytes() == expected { Ok(()) } else { Err(SealError::BadPiece(index)) }
    }
}

//! Sealed papers: one age v1 file, made once, read at random 64 KiB at a time.

mod header;
mod pieces;
mod read;
#[cfg(test)]
mod vectors;
mod write;

pub use pieces::{PIECE_BYTES, PieceList};
pub use read::{PaperReader, PaperSource};
pub use write::{SealedPaper, seal_paper};

/// Frozen by age v1: plain bytes of a chunk.
const CHUNK_BYTES: u64 = 64 * 1024;
/// Frozen by age v1: bytes of a chunk's tag.
const TAG_BYTES: u64 = 16;
/// Frozen by age v1: bytes of a sealed chunk.
const SEALED_CHUNK_BYTES: u64 = CHUNK_BYTES + TAG_BYTES;
/// Frozen by age v1: bytes of the nonce between header and payload.
const NONCE_BYTES: u64 = 16;

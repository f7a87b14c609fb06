//! Keys, signatures and sealing. Everything that turns readable bytes into sealed ones, and back, is here.
//!
//! Entry points: [`SigningKey`], [`VerifyingKey`], [`BodyKey`], [`Identity`], [`seal_paper`], [`PaperReader`],
//! [`PassphraseParameters`]. `make_*` draws from the system's random source; everything else is deterministic.
//! Must never: know what an entry means, write a secret to disk or to a log.

mod body;
mod error;
mod hybrid;
mod paper;
mod passphrase;
mod random;
mod sign;
mod wrap;

pub use body::{BodyKey, BodyKeyId, pad, unpad};
pub use error::SealError;
pub use paper::{PIECE_BYTES, PaperReader, PaperSource, PieceList, SealedPaper, seal_paper};
pub use passphrase::{PassphraseParameters, VaultKey};
pub use random::{make_bytes, make_uuid_v7};
pub use sign::{Signature, SigningKey, VerifyingKey};
pub use wrap::{Identity, Recipient, seal_to};

/// BLAKE3 under a purpose: bytes hashed for one thing never equal those hashed for another.
pub fn hash(context: &str, bytes: &[u8]) -> [u8; 32] {
    blake3::derive_key(context, bytes)
}

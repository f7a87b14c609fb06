//! Bodies of entries: ChaCha20-Poly1305 under a key of its own for each entry, derived from the audience's key.

use crate::{SealError, make_bytes};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

/// Frozen: salt in front of each sealed body.
const SALT_BYTES: usize = 32;
/// Frozen: smallest step that a body is padded to.
const STEP_BYTES_MIN: usize = 256;
/// Frozen: above this, steps are multiples of it.
const STEP_BYTES: usize = 4096;

/// Names a body key: the hash of the key.
pub type BodyKeyId = [u8; 16];

/// A symmetric key of an audience. Wiped when dropped.
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct BodyKey([u8; 32]);

impl BodyKey {
    /// A new key.
    pub fn make() -> Self {
        BodyKey(make_bytes())
    }

    /// The key of stored bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        BodyKey(bytes)
    }

    /// Its bytes, for the vault and for grants. Security: the only way out.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its name.
    pub fn id(&self) -> BodyKeyId {
        let hash = crate::hash("ecabinet 2026-11 body key id v1", &self.0);
        hash[..16].try_into().expect("16 of 32 bytes")
    }

    /// Seals bytes to a place: the same bytes do not open under another `aad`.
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let salt: [u8; SALT_BYTES] = make_bytes();
        let mut out = plain.to_vec();
        let tag = self.derive(&salt).seal_in_place_separate_tag(zero_nonce(), Aad::from(aad), &mut out);
        let tag = tag.expect("bodies are far below the cipher's limit");
        [&salt[..], &out, tag.as_ref()].concat()
    }

    /// Opens what [`BodyKey::seal`] made.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (salt, rest) = sealed.split_at_checked(SALT_BYTES).ok_or(SealError::DoesNotOpen)?;
        let mut out = rest.to_vec();
        let salt = salt.try_into().expect("split at the salt's length");
        let plain = self.derive(salt).open_in_place(zero_nonce(), Aad::from(aad), &mut out);
        let length = plain.map_err(|_| SealError::DoesNotOpen)?.len();
        out.truncate(length);
        Ok(out)
    }

    fn derive(&self, salt: &[u8; SALT_BYTES]) -> LessSafeKey {
        let key = blake3::Hasher::new_keyed(&self.0).update(b"ecabinet entry body v1").update(salt).finalize();
        LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.as_bytes()).expect("32 bytes"))
    }
}

/// Each derived key seals one body only, so its nonce may be constant.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// Frozen: length as 4 bytes big-endian, the body, zeros up to 256, 512, 1024, 2048, 4096 or a multiple of 4096.
pub fn pad(body: &[u8]) -> Vec<u8> {
    let length = body.len() + 4;
    let step = match length {
        0..=STEP_BYTES => length.next_power_of_two().max(STEP_BYTES_MIN),
        _ => length.next_multiple_of(STEP_BYTES),
    };
    let mut out = Vec::with_capacity(step);
    out.extend_from_slice(&(body.len() as u32).to_be_bytes());
    out.extend_from_slice(body);
    out.resize(step, 0);
    out
}

/// The body in [`pad`]'s output; any other padding is an error.
pub fn unpad(padded: &[u8]) -> Result<&[u8], SealError> {
    let (length, rest) = padded.split_at_checked(4).ok_or(SealError::BadPadding)?;
    let length = u32::from_be_bytes(length.try_into().expect("4 bytes")) as usize;
    let body = rest.get(..length).ok_or(SealError::BadPadding)?;
    if pad(body) == padded { Ok(body) } else { Err(SealError::BadPadding) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_byte_of_a_sealed_body_is_refused() {
        let key = BodyKey::make();
        let sealed = key.seal(b"place", &pad(b"body"));
        let flipped = (0..sealed.len()).filter(|i| {
            let mut bad = sealed.clone();
            bad[*i] ^= 1;
            key.open(b"place", &bad) == Err(SealError::DoesNotOpen)
        });
        assert_eq!(flipped.count(), sealed.len());
        assert_eq!(key.open(b"elsewhere", &sealed), Err(SealError::DoesNotOpen));
        assert_eq!(key.open(b"place", &sealed).and_then(|p| Ok(unpad(&p)?.to_vec())), Ok(b"body".to_vec()));
    }

    #[test]
    fn short_bodies_have_one_length() {
        assert_eq!(pad(b"").len(), pad(&[1; 252]).len());
        assert_eq!(pad(&[1; 253]).len(), 512);
        assert_eq!(pad(&[1; 4093]).len(), 8192);
    }

    #[test]
    fn any_other_padding_is_refused() {
        let mut padded = pad(b"body");
        padded[255] = 1;
        assert_eq!(unpad(&padded), Err(SealError::BadPadding));
        assert_eq!(unpad(&[0, 0, 0, 9, 1]), Err(SealError::BadPadding));
    }
}

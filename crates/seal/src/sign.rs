//! Ed25519 with a context in front of every message, and one verification rule: strict, one by one.

use crate::{SealError, make_bytes};
use ed25519_dalek::Signer;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

/// Limit: keys that a thread keeps as points: the laptops of a Government, and its hub.
const POINTS_MAX: usize = 256;

/// A signature, 64 bytes.
pub type Signature = [u8; 64];

/// A private signing key. Wiped when dropped; has no `Debug`.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// A public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifyingKey(pub [u8; 32]);

impl SigningKey {
    /// A new key.
    pub fn make() -> Self {
        Self::from_seed(&make_bytes())
    }

    /// The key of a stored seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Its seed, for the vault. Security: the only way out.
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes for one purpose.
    pub fn sign(&self, context: &'static str, bytes: &[u8]) -> Signature {
        self.0.sign(&message(context, bytes)).to_bytes()
    }
}

impl VerifyingKey {
    /// Checks a signature made for the same purpose.
    pub fn verify(&self, context: &'static str, bytes: &[u8], signature: &Signature) -> Result<(), SealError> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.point()?.verify_strict(&message(context, bytes), &signature).map_err(|_| SealError::BadSignature)
    }

    /// The key as a point of its curve, which costs a fifth of a check to find: the last ones are kept.
    fn point(&self) -> Result<ed25519_dalek::VerifyingKey, SealError> {
        thread_local! {
            static POINTS: RefCell<HashMap<VerifyingKey, ed25519_dalek::VerifyingKey>> = RefCell::default();
        }
        POINTS.with_borrow_mut(|points| {
            if let Some(point) = points.get(self) {
                return Ok(*point);
            }
            let point = ed25519_dalek::VerifyingKey::from_bytes(&self.0).map_err(|_| SealError::BadKey)?;
            if points.len() >= POINTS_MAX {
                points.clear();
            }
            points.insert(*self, point);
            Ok(point)
        })
    }

    /// What people compare: the key's hash in groups of four hex digits.
    pub fn fingerprint(&self) -> String {
        let hash = crate::hash("ecabinet 2026-11 fingerprint v1", &self.0);
        let hex: String = hash[..20].iter().map(|b| format!("{b:02x}")).collect();
        let groups: Vec<&str> = (0..10).map(|i| &hex[i * 4..i * 4 + 4]).collect();
        groups.join("-")
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

/// Frozen: context, a zero byte, then the bytes. Contexts hold no zero byte, so no message is one of another purpose.
fn message(context: &str, bytes: &[u8]) -> Vec<u8> {
    debug_assert!(!context.contains('\0'));
    [context.as_bytes(), &[0], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_for_one_purpose_does_not_pass_for_another() {
        let key = SigningKey::make();
        let signature = key.sign("one", b"bytes");
        assert_eq!(key.public().verify("one", b"bytes", &signature), Ok(()));
        assert_eq!(key.public().verify("two", b"bytes", &signature), Err(SealError::BadSignature));
    }

    #[test]
    fn weak_key_is_refused() {
        let identity_point = VerifyingKey([
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        let mut forged = [0; 64];
        forged[0] = 1;
        assert_eq!(identity_point.verify("x", b"anything", &forged), Err(SealError::BadSignature));
    }
}

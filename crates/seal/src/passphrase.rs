//! The vault's key, wrapped once under Argon2id of the passphrase.

use crate::{SealError, make_bytes};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// Security: the floor of DESIGN "Trust"; weaker stored parameters are refused, so that nobody can lower them on disk.
const MEMORY_KIB_MIN: u32 = 64 * 1024;
const ROUNDS_MIN: u32 = 3;
const LANES: u32 = 4;
/// Limit: parameters above this would only stop the app from opening.
const MEMORY_KIB_MAX: u32 = 4 * 1024 * 1024;
const ROUNDS_MAX: u32 = 100;

/// The random key of a vault, 256 bits. Wiped when dropped.
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct VaultKey([u8; 32]);

/// How a passphrase was stretched; stored beside the wrapped key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassphraseParameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub rounds: u32,
    /// Random salt.
    pub salt: [u8; 16],
}

impl VaultKey {
    /// A new key.
    pub fn make() -> Self {
        VaultKey(make_bytes())
    }

    /// Its bytes, for SQLCipher. Security: the only way out.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PassphraseParameters {
    /// The floor with a new salt.
    pub fn make() -> Self {
        PassphraseParameters { memory_kib: MEMORY_KIB_MIN, rounds: ROUNDS_MIN, salt: make_bytes() }
    }

    /// Wraps a key: 48 bytes.
    pub fn wrap(&self, passphrase: &str, key: &VaultKey) -> Result<Vec<u8>, SealError> {
        let mut out = key.0.to_vec();
        let cipher = self.cipher(passphrase)?;
        cipher.seal_in_place_append_tag(nonce(), Aad::from(b"ecabinet vault key v1"), &mut out).expect("32 bytes");
        Ok(out)
    }

    /// Unwraps a key; a wrong passphrase is [`SealError::DoesNotOpen`].
    pub fn unwrap(&self, passphrase: &str, wrapped: &[u8]) -> Result<VaultKey, SealError> {
        let mut out = Zeroizing::new(wrapped.to_vec());
        let plain = self
            .cipher(passphrase)?
            .open_in_place(nonce(), Aad::from(b"ecabinet vault key v1"), &mut out)
            .map_err(|_| SealError::DoesNotOpen)?;
        Ok(VaultKey(plain.as_ref().try_into().map_err(|_| SealError::DoesNotOpen)?))
    }

    fn cipher(&self, passphrase: &str) -> Result<LessSafeKey, SealError> {
        let is_allowed = (MEMORY_KIB_MIN..=MEMORY_KIB_MAX).contains(&self.memory_kib)
            && (ROUNDS_MIN..=ROUNDS_MAX).contains(&self.rounds);
        if !is_allowed {
            return Err(SealError::BadParameters);
        }
        let parameters = argon2::Params::new(self.memory_kib, self.rounds, LANES, Some(32));
        let parameters = parameters.map_err(|_| SealError::BadParameters)?;
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters);
        let mut key = Zeroizing::new([0; 32]);
        argon.hash_password_into(passphrase.as_bytes(), &self.salt, &mut *key).map_err(|_| SealError::BadParameters)?;
        Ok(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &*key).expect("32 bytes")))
    }
}

/// The salt is new at each wrapping, so the derived key seals once.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_passphrase_and_lowered_parameters_are_refused() {
        let parameters = PassphraseParameters::make();
        let key = VaultKey::make();
        let wrapped = parameters.wrap("đúng mật khẩu", &key).expect("wraps");
        assert_eq!(parameters.unwrap("đúng mật khẩu", &wrapped).map(|k| *k.bytes()), Ok(*key.bytes()));
        assert!(matches!(parameters.unwrap("sai", &wrapped), Err(SealError::DoesNotOpen)));
        let lowered = PassphraseParameters { memory_kib: 8, ..parameters };
        assert!(matches!(lowered.unwrap("đúng mật khẩu", &wrapped), Err(SealError::BadParameters)));
    }
}

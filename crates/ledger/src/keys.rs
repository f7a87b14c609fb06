//! Keys and signatures as they are named: with the suite that says what they are, so that another generation can follow.

use crate::{EntryId, KeyId, LedgerError, OrgId};
use cabinet_seal::{Recipient, SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Frozen: Ed25519, 32 bytes, signatures of 64.
const ED25519: u8 = 1;
/// Frozen: age's hybrid of ML-KEM-768 and X25519, 1,216 bytes.
const HYBRID: u8 = 2;
const KEY_ID: &str = "ecabinet 2026-11 key id v1";

/// Frozen: a public key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct PublicKeyV1 {
    #[n(0)]
    suite: u8,
    #[n(1)]
    bytes: ByteVec,
}

/// Frozen: a signature; its length is its key's suite's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct SignatureV1(#[n(0)] ByteVec);

/// What a key is for. Its id binds it, so that a key of one kind never passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Of everybody in a space.
    Space,
    /// Of a narrower audience.
    Audience,
    /// A pair, by its public half.
    Pair,
}

impl PublicKeyV1 {
    /// A key that signs.
    pub fn signing(key: VerifyingKey) -> Self {
        PublicKeyV1 { suite: ED25519, bytes: key.0.to_vec().into() }
    }

    /// A key that things are sealed to.
    pub fn receiving(recipient: &Recipient) -> Self {
        PublicKeyV1 { suite: HYBRID, bytes: recipient.bytes().into() }
    }

    /// The key that signs; an error for any other.
    pub fn verifying(&self) -> Result<VerifyingKey, LedgerError> {
        match (self.suite, <[u8; 32]>::try_from(self.bytes.as_slice())) {
            (ED25519, Ok(bytes)) => Ok(VerifyingKey(bytes)),
            _ => Err(LedgerError::BadKey),
        }
    }

    /// The key that things are sealed to; an error for any other.
    pub fn recipient(&self) -> Result<Recipient, LedgerError> {
        match self.suite {
            HYBRID => Recipient::of_bytes(&self.bytes).map_err(|_| LedgerError::BadKey),
            _ => Err(LedgerError::BadKey),
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checks a signature.
    pub fn verify(&self, context: &'static str, bytes: &[u8], signature: &SignatureV1) -> Result<(), LedgerError> {
        signature.verify(context, bytes, &self.verifying()?)
    }
}

impl SignatureV1 {
    /// Stands where the bytes that a signature covers are made.
    pub(crate) fn none() -> Self {
        SignatureV1(Vec::new().into())
    }

    pub(crate) fn sign(key: &SigningKey, context: &'static str, bytes: &[u8]) -> Self {
        SignatureV1(key.sign(context, bytes).to_vec().into())
    }

    pub(crate) fn verify(&self, context: &'static str, bytes: &[u8], key: &VerifyingKey) -> Result<(), LedgerError> {
        let signature = self.0.as_slice().try_into().map_err(|_| LedgerError::BadSignature)?;
        Ok(key.verify(context, bytes, &signature)?)
    }
}

impl KeyId {
    /// Names a key: `material` is the key of an audience itself, or the public half of a pair; `entry` introduces it.
    pub fn of(kind: KeyKind, org: OrgId, entry: EntryId, material: &[u8]) -> Self {
        // Frozen: 1 space, 2 audience, 3 pair.
        let number = match kind {
            KeyKind::Space => 1,
            KeyKind::Audience => 2,
            KeyKind::Pair => 3,
        };
        KeyId(cabinet_seal::hash(KEY_ID, &[&[number], &org.0[..], &entry.0, material].concat()))
    }
}

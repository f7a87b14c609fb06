//! A stamp: the hub's signed word on an entry's place and time. It is the receipt. A signed head says how far a space had come at a time.

use crate::{Hash, Head, LedgerError, OrgId, SignatureV1, SpaceId, decode, encode};
use cabinet_seal::{SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

const VERSION: u8 = 1;
const STAMP_CONTEXT: &str = "ecabinet stamp v1";
const STAMP_HASH: &str = "ecabinet 2026-11 stamp v1";
const HEAD_CONTEXT: &str = "ecabinet head v1";

/// Frozen: what a stamp says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StampV1 {
    /// Always 1.
    #[n(0)]
    pub version: u8,
    /// The organisation.
    #[n(1)]
    pub org: OrgId,
    /// The space.
    #[n(2)]
    pub space: SpaceId,
    /// Place in the space, from 1.
    #[n(3)]
    pub seq: u64,
    /// When the hub received it, milliseconds since 1970.
    #[n(4)]
    pub at_ms: u64,
    /// Hash of the stamp before.
    #[n(5)]
    pub previous: Hash,
    /// Hash of the entry.
    #[n(6)]
    pub entry: Hash,
    /// The ordering key.
    #[n(7)]
    pub key: Hash,
    /// Its term.
    #[n(8)]
    pub term: u32,
    /// The head of the register in force, by which author, seat and role are judged.
    #[n(9)]
    pub register: Head,
    /// The stamp that the entry had before a restore lost it: the earlier time counts.
    #[n(10)]
    pub earlier: Option<ByteVec>,
}

/// Frozen: a stamp with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedStampV1 {
    #[n(0)]
    stamp: ByteVec,
    #[n(1)]
    signature: SignatureV1,
}

impl StampV1 {
    /// A stamp of the only version there is.
    pub const VERSION: u8 = VERSION;

    /// Signs it. The key must be the one it names.
    pub fn sign(&self, key: &SigningKey) -> SignedStampV1 {
        let stamp = encode(self);
        let signature = SignatureV1::sign(key, STAMP_CONTEXT, &stamp);
        SignedStampV1 { stamp: stamp.into(), signature }
    }
}

impl SignedStampV1 {
    /// What it says, once its signature was checked against the key it names. Whether the root named that key is for
    /// [`crate::Thread`] to judge.
    pub fn verify(&self) -> Result<StampV1, LedgerError> {
        let stamp = self.read()?;
        self.signature.verify(STAMP_CONTEXT, &self.stamp, &VerifyingKey(stamp.key.0))?;
        Ok(stamp)
    }

    /// What it says, unchecked: only for stamps that were verified before they were stored.
    pub fn read(&self) -> Result<StampV1, LedgerError> {
        let stamp: StampV1 = decode(&self.stamp)?;
        if stamp.version != VERSION {
            return Err(LedgerError::UnknownVersion(stamp.version));
        }
        Ok(stamp)
    }

    /// The hash that the next stamp names.
    pub fn hash(&self) -> Hash {
        Hash(cabinet_seal::hash(STAMP_HASH, &encode(self)))
    }
}

/// Frozen: the hub's word that a space ends at a place at a time. Whoever leaves the end of a space out of a record has no such word
/// for the place where it was cut.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedHeadV1 {
    /// The organisation.
    #[n(0)]
    pub org: OrgId,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// Its last place.
    #[n(2)]
    pub head: Head,
    /// The register's.
    #[n(3)]
    pub register: Head,
    /// The hub's time.
    #[n(4)]
    pub at_ms: u64,
    /// The ordering key.
    #[n(5)]
    pub key: Hash,
    /// Its term.
    #[n(6)]
    pub term: u32,
    #[n(7)]
    signature: SignatureV1,
}

impl SignedHeadV1 {
    /// Signs a head.
    #[allow(clippy::too_many_arguments, reason = "it is the list of what a head says")]
    pub fn sign(
        org: OrgId,
        space: SpaceId,
        head: Head,
        register: Head,
        at_ms: u64,
        term: u32,
        key: &SigningKey,
    ) -> Self {
        let named = Hash(key.public().0);
        let unsigned =
            SignedHeadV1 { org, space, head, register, at_ms, key: named, term, signature: SignatureV1::none() };
        let signature = SignatureV1::sign(key, HEAD_CONTEXT, &encode(&unsigned));
        SignedHeadV1 { signature, ..unsigned }
    }

    /// Checks it against the key it names.
    pub fn verify(&self) -> Result<(), LedgerError> {
        let unsigned = SignedHeadV1 { signature: SignatureV1::none(), ..self.clone() };
        self.signature.verify(HEAD_CONTEXT, &encode(&unsigned), &VerifyingKey(self.key.0))
    }
}

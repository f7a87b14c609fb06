//! A stamp: the hub's signed word on an entry's place and time. It is the receipt.

use crate::ids::SignatureBytes;
use crate::{Hash, Head, LedgerError, OrgId, SpaceId, decode, encode};
use cabinet_seal::{SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

const VERSION: u8 = 1;
const STAMP_CONTEXT: &str = "ecabinet stamp v1";
const STAMP_HASH: &str = "ecabinet 2026-11 stamp v1";

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
}

/// Frozen: a stamp with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedStampV1 {
    #[cbor(n(0), with = "minicbor::bytes")]
    stamp: Vec<u8>,
    #[n(1)]
    signature: SignatureBytes,
}

impl StampV1 {
    /// A stamp of the only version there is.
    pub const VERSION: u8 = VERSION;

    /// Signs it. The key must be the one it names.
    pub fn sign(&self, key: &SigningKey) -> SignedStampV1 {
        let stamp = encode(self);
        let signature = SignatureBytes(key.sign(STAMP_CONTEXT, &stamp));
        SignedStampV1 { stamp, signature }
    }
}

impl SignedStampV1 {
    /// What it says, once its signature was checked against the key it names. Whether the root named that key is for
    /// [`crate::Chain`] to judge.
    pub fn verify(&self) -> Result<StampV1, LedgerError> {
        let stamp = self.read()?;
        VerifyingKey(stamp.key.0).verify(STAMP_CONTEXT, &self.stamp, &self.signature.0)?;
        Ok(stamp)
    }

    /// What it says, unchecked: only for stamps that were verified before they were stored.
    pub(crate) fn read(&self) -> Result<StampV1, LedgerError> {
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

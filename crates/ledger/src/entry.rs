//! An entry: a small signed fact appended to a space.

use crate::ids::SignatureBytes;
use crate::{DeviceId, EntryId, Hash, KeyId, LedgerError, OrgId, SpaceId, control_kind, decode, encode, limits};
use cabinet_seal::{SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};
use std::sync::OnceLock;

const VERSION: u8 = 1;
const ENTRY_CONTEXT: &str = "ecabinet entry v1";
const ENTRY_HASH: &str = "ecabinet 2026-11 entry v1";
const SPACE_HASH: &str = "ecabinet 2026-11 space v1";
const BODY_HASH: &str = "ecabinet 2026-11 entry body v1";
const COMMITMENT: &str = "ecabinet 2026-11 body commitment v1";

/// How a body is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum SealingV1 {
    /// Not at all: control entries.
    #[n(0)]
    Clear,
    /// Under an audience's key.
    #[n(1)]
    Key(#[n(0)] KeyId),
    /// To the public half of a form's own key pair, and to its author's own key.
    #[n(2)]
    Answer(#[n(0)] KeyId),
}

/// The last stamp that the author had seen in the space; zero before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SeenV1 {
    /// Its sequence number.
    #[n(0)]
    pub seq: u64,
    /// Its hash.
    #[n(1)]
    pub stamp: Hash,
}

/// A paper that an entry brings into its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct PaperNameV1 {
    /// BLAKE3 of the ciphertext.
    #[n(0)]
    pub hash: Hash,
    /// Bytes of the ciphertext.
    #[n(1)]
    pub size_bytes: u64,
    /// BLAKE3 of its list of piece hashes.
    #[n(2)]
    pub pieces: Hash,
}

/// Frozen: the clear header. The signature covers its exact bytes, and it covers the body by two hashes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HeaderV1 {
    /// Always 1.
    #[n(0)]
    pub version: u8,
    /// The organisation.
    #[n(1)]
    pub org: OrgId,
    /// The space; none if this entry founds it.
    #[n(2)]
    pub space: Option<SpaceId>,
    /// The entry's id.
    #[n(3)]
    pub id: EntryId,
    /// What it is.
    #[n(4)]
    pub kind: u16,
    /// How its body is sealed.
    #[n(5)]
    pub sealing: SealingV1,
    /// Who signed.
    #[n(6)]
    pub device: DeviceId,
    /// The device's own counter in this space, from 1.
    #[n(7)]
    pub counter: u64,
    /// The last stamp its author had seen here.
    #[n(8)]
    pub seen: SeenV1,
    /// Entries it replaces or was made on.
    #[n(9)]
    pub replaces: Vec<EntryId>,
    /// Papers it brings.
    #[n(10)]
    pub papers: Vec<PaperNameV1>,
    /// Salted hash of the plain body.
    #[n(11)]
    pub commitment: Hash,
    /// Hash of the body as sent.
    #[n(12)]
    pub body_hash: Hash,
}

/// Frozen: an entry as it is sent and kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EntryV1 {
    #[cbor(n(0), with = "minicbor::bytes")]
    header: Vec<u8>,
    #[n(1)]
    signature: SignatureBytes,
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
}

/// A decoded entry with the bytes it came from. Not verified until [`Signed::verify`] says so.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The header.
    pub header: HeaderV1,
    /// The body as sent.
    pub body: Vec<u8>,
    /// The exact bytes.
    pub bytes: Vec<u8>,
    entry: EntryV1,
    /// The key under which the signature was found good: who checks early, on another core, need not check again.
    verified_by: OnceLock<VerifyingKey>,
}

impl PartialEq for Signed {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Signed {}

/// What a laptop decides before it signs; hashes are filled in by [`EntryV1::sign`].
#[derive(Clone, Debug)]
pub struct Unsigned {
    /// The organisation.
    pub org: OrgId,
    /// The space; none if this entry founds it.
    pub space: Option<SpaceId>,
    /// The entry's id.
    pub id: EntryId,
    /// What it is.
    pub kind: u16,
    /// How its body is sealed.
    pub sealing: SealingV1,
    /// The device that signs.
    pub device: DeviceId,
    /// Its counter in this space.
    pub counter: u64,
    /// The last stamp seen here.
    pub seen: SeenV1,
    /// Entries it replaces.
    pub replaces: Vec<EntryId>,
    /// Papers it brings.
    pub papers: Vec<PaperNameV1>,
}

impl EntryV1 {
    /// Signs an entry: `commitment` is [`EntryV1::commitment`] of the plain body, `body` the bytes to send.
    pub fn sign(unsigned: Unsigned, commitment: Hash, body: Vec<u8>, key: &SigningKey) -> Signed {
        let u = unsigned;
        let header = HeaderV1 {
            version: VERSION,
            org: u.org,
            space: u.space,
            id: u.id,
            kind: u.kind,
            sealing: u.sealing,
            device: u.device,
            counter: u.counter,
            seen: u.seen,
            replaces: u.replaces,
            papers: u.papers,
            commitment,
            body_hash: Hash(cabinet_seal::hash(BODY_HASH, &body)),
        };
        let header_bytes = encode(&header);
        let signature = SignatureBytes(key.sign(ENTRY_CONTEXT, &header_bytes));
        let entry = EntryV1 { header: header_bytes, signature, body: body.clone() };
        Signed { header, body, bytes: encode(&entry), entry, verified_by: OnceLock::new() }
    }

    /// The salted hash of a plain body, by which it can be published later.
    pub fn commitment(salt: &[u8; 32], body: &[u8]) -> Hash {
        Hash(cabinet_seal::hash(COMMITMENT, &[&salt[..], body].concat()))
    }

    /// The commitment of a clear body: nothing is hidden, so the salt is zero.
    pub fn clear_commitment(body: &[u8]) -> Hash {
        Self::commitment(&[0; 32], body)
    }
}

impl Signed {
    /// Decodes an entry and checks all that needs no key: encoding, limits, body hash, clear exactly where control is.
    pub fn decode(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > limits::ENTRY_BYTES_MAX {
            return Err(LedgerError::TooLarge);
        }
        let entry: EntryV1 = decode(bytes)?;
        let header: HeaderV1 = decode(&entry.header)?;
        if header.version != VERSION {
            return Err(LedgerError::UnknownVersion(header.version));
        }
        let is_too_large = header.papers.len() > limits::PAPERS_MAX
            || header.replaces.len() > limits::REPLACES_MAX
            || header.papers.iter().any(|p| p.size_bytes > limits::PAPER_BYTES_MAX);
        if is_too_large {
            return Err(LedgerError::TooLarge);
        }
        if Hash(cabinet_seal::hash(BODY_HASH, &entry.body)) != header.body_hash {
            return Err(LedgerError::BodyDiffers);
        }
        let is_clear = header.sealing == SealingV1::Clear;
        if is_clear != control_kind(header.kind)
            || (is_clear && EntryV1::clear_commitment(&entry.body) != header.commitment)
        {
            return Err(LedgerError::Malformed);
        }
        Ok(Signed { header, body: entry.body.clone(), bytes: bytes.to_vec(), entry, verified_by: OnceLock::new() })
    }

    /// Checks the signature: strict Ed25519 over the exact header bytes.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), LedgerError> {
        if self.verified_by.get() != Some(key) {
            key.verify(ENTRY_CONTEXT, &self.entry.header, &self.entry.signature.0)?;
            let _ = self.verified_by.set(*key);
        }
        Ok(())
    }

    /// Takes the signature to be good under a key: only for entries that were verified before they were stored.
    pub(crate) fn remember(&self, key: VerifyingKey) {
        let _ = self.verified_by.set(key);
    }

    /// The hash that stamps name.
    pub fn hash(&self) -> Hash {
        Hash(cabinet_seal::hash(ENTRY_HASH, &self.bytes))
    }

    /// The space it belongs to: its own hash if it founds one.
    pub fn space(&self) -> SpaceId {
        self.header.space.unwrap_or_else(|| SpaceId(cabinet_seal::hash(SPACE_HASH, &self.bytes)))
    }

    /// What a sealed body is bound to: it opens in its own place only.
    pub fn aad(org: OrgId, id: EntryId, kind: u16) -> Vec<u8> {
        [&org.0[..], &id.0, &kind.to_be_bytes()].concat()
    }
}

//! An entry: a small signed fact appended to a space.

use crate::{
    DeviceId, EntryId, Hash, Head, KeyId, LedgerError, OrgId, SignatureV1, SpaceId, control_kind, decode, encode,
    limits,
};
use cabinet_seal::{SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
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
    /// Under the key of the space or of an audience.
    #[n(1)]
    Key(#[n(0)] KeyId),
    /// To the public half of a pair, and to its author's own keys.
    #[n(2)]
    Pair(#[n(0)] KeyId),
    /// To the public half of an audience that its author is outside of.
    #[n(3)]
    Outside(#[n(0)] KeyId),
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(flat)]
pub enum AuthorV1 {
    /// A laptop.
    #[n(0)]
    Device(#[n(0)] DeviceId),
    /// Somebody who has a token for one vote and says no more: secret ballots, later. Refused until they exist.
    #[n(1)]
    Token {
        /// The vote's opening entry.
        #[n(0)]
        vote: EntryId,
        /// The token's key.
        #[n(1)]
        key: Hash,
        /// The tellers' word for it.
        #[n(2)]
        proof: ByteVec,
    },
}

/// The last stamp that the author had seen in the space; zero before the first. It names its term, since a restore may have cut that
/// term before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SeenV1 {
    /// Its sequence number.
    #[n(0)]
    pub seq: u64,
    /// Its hash.
    #[n(1)]
    pub stamp: Hash,
    /// Its term.
    #[n(2)]
    pub term: u32,
}

impl SeenV1 {
    /// Nothing yet.
    pub const NOTHING: SeenV1 = SeenV1 { seq: 0, stamp: Hash::NONE, term: 0 };
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
    /// Who signed.
    #[n(5)]
    pub author: AuthorV1,
    /// The device's own counter in this space, from 1.
    #[n(6)]
    pub counter: u64,
    /// Hash of the device's own entry before this one here; zeros for the first. So one that was dropped shows.
    #[n(7)]
    pub previous: Hash,
    /// The last stamp its author had seen here.
    #[n(8)]
    pub seen: SeenV1,
    /// The head of the register that its author went by; no stamp names an older one.
    #[n(9)]
    pub register: Head,
    /// The entry that it answers or is about: an answer's issue, a ballot's vote, an approval's draft.
    #[n(10)]
    pub about: Option<EntryId>,
    /// Entries it replaces or was made on.
    #[n(11)]
    pub replaces: Vec<EntryId>,
    /// Papers it brings.
    #[n(12)]
    pub papers: Vec<PaperNameV1>,
    /// How its body is sealed.
    #[n(13)]
    pub sealing: SealingV1,
    /// Salted hash of the plain body and of the place it was said in.
    #[n(14)]
    pub commitment: Hash,
    /// Hash of the body as sent.
    #[n(15)]
    pub body_hash: Hash,
}

/// Frozen: an entry as it is sent and kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EntryV1 {
    #[n(0)]
    header: ByteVec,
    #[n(1)]
    signature: SignatureV1,
    #[n(2)]
    body: ByteVec,
}

/// Frozen: what is inside a sealed body, behind its salt.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BodyV1 {
    /// What is said.
    #[n(0)]
    pub content: ByteVec,
    /// What else stands behind it.
    #[n(1)]
    pub extras: Vec<ExtraV1>,
}

/// Frozen: a second signature by a certificate, over what the commitment binds. None is made yet.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ExtraV1 {
    /// How it is signed.
    #[n(0)]
    pub scheme: u16,
    /// The certificates behind it.
    #[n(1)]
    pub chain: Vec<ByteVec>,
    /// The signature.
    #[n(2)]
    pub signature: ByteVec,
}

/// Where a body is said: a copy elsewhere, by somebody else or of another kind matches no commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The organisation.
    pub org: OrgId,
    /// The space; none if the entry founds it.
    pub space: Option<SpaceId>,
    /// The entry.
    pub id: EntryId,
    /// Its kind.
    pub kind: u16,
    /// Its author.
    pub author: AuthorV1,
    /// What it answers.
    pub about: Option<EntryId>,
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
    /// Where it is said.
    pub place: Place,
    /// Its counter in this space.
    pub counter: u64,
    /// The device's own entry before it here.
    pub previous: Hash,
    /// The last stamp seen here.
    pub seen: SeenV1,
    /// The register's head.
    pub register: Head,
    /// Entries it replaces.
    pub replaces: Vec<EntryId>,
    /// Papers it brings.
    pub papers: Vec<PaperNameV1>,
    /// How its body is sealed.
    pub sealing: SealingV1,
}

impl Place {
    /// Frozen: the salted hash of what is said here, by which it can be published later.
    pub fn commitment(&self, salt: &[u8; 32], content: &[u8]) -> Hash {
        let place = encode(&(&self.org, &self.space, &self.id, &self.kind, &self.author, &self.about));
        Hash(cabinet_seal::hash(COMMITMENT, &[&salt[..], &place, content].concat()))
    }

    /// What a sealed body is bound to: it opens in its own place only.
    pub fn aad(&self) -> Vec<u8> {
        [&self.org.0[..], &self.id.0, &self.kind.to_be_bytes()].concat()
    }
}

impl HeaderV1 {
    /// Where it is said.
    pub fn place(&self) -> Place {
        let HeaderV1 { org, space, id, kind, author, about, .. } = self.clone();
        Place { org, space, id, kind, author, about }
    }

    /// The laptop that signed; none for a token.
    pub fn device(&self) -> Option<DeviceId> {
        if let AuthorV1::Device(device) = self.author { Some(device) } else { None }
    }
}

impl EntryV1 {
    /// Signs an entry: `commitment` is [`Place::commitment`] of the plain content, `body` the bytes to send.
    pub fn sign(unsigned: Unsigned, commitment: Hash, body: Vec<u8>, key: &SigningKey) -> Signed {
        let Unsigned { place, counter, previous, seen, register, replaces, papers, sealing } = unsigned;
        let Place { org, space, id, kind, author, about } = place;
        let header = HeaderV1 {
            version: VERSION,
            org,
            space,
            id,
            kind,
            author,
            counter,
            previous,
            seen,
            register,
            about,
            replaces,
            papers,
            sealing,
            commitment,
            body_hash: Hash(cabinet_seal::hash(BODY_HASH, &body)),
        };
        let header_bytes = encode(&header);
        let signature = SignatureV1::sign(key, ENTRY_CONTEXT, &header_bytes);
        let entry = EntryV1 { header: header_bytes.into(), signature, body: body.clone().into() };
        Signed { header, body, bytes: encode(&entry), entry, verified_by: OnceLock::new() }
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
            || header.papers.iter().any(|p| p.size_bytes > limits::PAPER_BYTES_MAX)
            || matches!(&header.author, AuthorV1::Token { proof, .. } if proof.len() > limits::PROOF_BYTES_MAX);
        if is_too_large {
            return Err(LedgerError::TooLarge);
        }
        if Hash(cabinet_seal::hash(BODY_HASH, &entry.body)) != header.body_hash {
            return Err(LedgerError::BodyDiffers);
        }
        let is_clear = header.sealing == SealingV1::Clear;
        let is_committed = || header.place().commitment(&[0; 32], &entry.body) == header.commitment;
        if is_clear != control_kind(header.kind) || (is_clear && !is_committed()) {
            return Err(LedgerError::Malformed);
        }
        let body = entry.body.to_vec();
        Ok(Signed { header, body, bytes: bytes.to_vec(), entry, verified_by: OnceLock::new() })
    }

    /// Checks the signature: strict Ed25519 over the exact header bytes.
    pub fn verify(&self, key: &VerifyingKey) -> Result<(), LedgerError> {
        if self.verified_by.get() != Some(key) {
            self.entry.signature.verify(ENTRY_CONTEXT, &self.entry.header, key)?;
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
}

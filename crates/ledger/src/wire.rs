//! What laptop and hub say to each other, frozen. Every body is deterministic CBOR; each endpoint is one of this version.

use crate::{DeviceId, Hash, LedgerError, OrgId, SignatureV1, SpaceId, decode, encode};
use cabinet_seal::{SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::fmt;

const LOGIN_CONTEXT: &str = "ecabinet login v1";
const REFUSAL_CONTEXT: &str = "ecabinet refusal v1";

/// Why the hub refuses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[allow(missing_docs, reason = "the names say it")]
pub enum RefusalReason {
    #[n(1)]
    Malformed,
    #[n(2)]
    TooLarge,
    #[n(3)]
    BadSignature,
    #[n(4)]
    DeviceNotAdmitted,
    #[n(5)]
    NotAllowed,
    #[n(6)]
    SpaceUnknown,
    #[n(7)]
    SameIdOtherBytes,
    #[n(8)]
    CounterUsed,
    #[n(9)]
    RegisterRefuses,
    #[n(10)]
    OtherOrganisation,
    #[n(11)]
    TooManyRequests,
    #[n(12)]
    DiskFull,
    #[n(13)]
    NotLoggedIn,
    #[n(14)]
    NotFound,
    #[n(15)]
    HashDiffers,
    #[n(16)]
    OutOfRange,
    #[n(17)]
    WrongToken,
    #[n(18)]
    ShuttingDown,
    #[n(19)]
    SeenUnknown,
    #[n(20)]
    HeadUnknown,
    #[n(21)]
    KindUnknown,
    #[n(22)]
    WrongKey,
    #[n(23)]
    NeedsNewer,
    #[n(24)]
    ClockWrong,
    #[n(25)]
    Forked,
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl RefusalReason {
    /// Whether sending the same thing again may succeed.
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Self::TooManyRequests
                | Self::DiskFull
                | Self::NotLoggedIn
                | Self::ShuttingDown
                | Self::SpaceUnknown
                | Self::ClockWrong
        )
    }
}

/// A refusal of an entry, signed by the hub; the author's laptop keeps and shows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RefusalV1 {
    /// The organisation.
    #[n(0)]
    pub org: OrgId,
    /// Hash of the entry.
    #[n(1)]
    pub entry: Hash,
    /// Why.
    #[n(2)]
    pub reason: RefusalReason,
    /// When.
    #[n(3)]
    pub at_ms: u64,
    #[n(4)]
    signature: SignatureV1,
}

impl RefusalV1 {
    /// Signs a refusal.
    pub fn sign(org: OrgId, entry: Hash, reason: RefusalReason, at_ms: u64, key: &SigningKey) -> Self {
        let unsigned = RefusalV1 { org, entry, reason, at_ms, signature: SignatureV1::none() };
        let signature = SignatureV1::sign(key, REFUSAL_CONTEXT, &encode(&unsigned));
        RefusalV1 { signature, ..unsigned }
    }

    /// Checks it against a stamp key.
    pub fn verify(&self, key: Hash) -> Result<(), LedgerError> {
        let unsigned = RefusalV1 { signature: SignatureV1::none(), ..self.clone() };
        self.signature.verify(REFUSAL_CONTEXT, &encode(&unsigned), &VerifyingKey(key.0))
    }
}

/// An entry on its way to the hub.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AppendV1 {
    /// Its bytes.
    #[n(0)]
    pub entry: ByteVec,
    /// The stamp that it had before the hub lost it: its time counts.
    #[n(1)]
    pub earlier: Option<ByteVec>,
}

/// Entries handed in together; each is answered for itself, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AppendsV1 {
    /// At most [`crate::limits::APPENDS_MAX`].
    #[n(0)]
    pub entries: Vec<AppendV1>,
}

/// The answers to [`AppendsV1`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AppendedAllV1 {
    /// One for each.
    #[n(0)]
    pub answers: Vec<AppendedV1>,
}

/// The hub's answer to an append.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum AppendedV1 {
    /// It has a place; the bytes of the stamp.
    #[n(0)]
    Stamped(#[n(0)] ByteVec),
    /// It has none.
    #[n(1)]
    Refused(#[n(0)] RefusalV1),
}

/// A plain error of the hub, for everything but appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ErrorV1 {
    /// Why.
    #[n(0)]
    pub reason: RefusalReason,
}

/// What the hub says of itself, to anyone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HelloV1 {
    /// Its stamp key.
    #[n(0)]
    pub stamp_key: Hash,
    /// Its time.
    #[n(1)]
    pub at_ms: u64,
    /// The organisation it serves; none before the founding.
    #[n(2)]
    pub org: Option<OrgId>,
    /// That organisation's register.
    #[n(3)]
    pub register: Option<SpaceId>,
}

/// Asks for the founding of an organisation on a fresh hub.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FoundV1 {
    /// The token that the hub printed at its first start.
    #[n(0)]
    pub token: String,
    /// The founding entry.
    #[n(1)]
    pub entry: ByteVec,
}

/// Asks for a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChallengeRequestV1 {
    /// Who will log in.
    #[n(0)]
    pub device: DeviceId,
}

/// A challenge.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ChallengeV1 {
    /// Random, used once.
    #[n(0)]
    pub nonce: Hash,
}

/// Answers a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct LoginV1 {
    /// The organisation.
    #[n(0)]
    pub org: OrgId,
    /// Who.
    #[n(1)]
    pub device: DeviceId,
    /// The hub's random value.
    #[n(2)]
    pub hub_nonce: Hash,
    /// The laptop's.
    #[n(3)]
    pub device_nonce: Hash,
    #[n(4)]
    signature: SignatureV1,
}

impl LoginV1 {
    /// Signs a login for one hub.
    pub fn sign(
        org: OrgId,
        device: DeviceId,
        hub_key: Hash,
        hub_nonce: Hash,
        device_nonce: Hash,
        key: &SigningKey,
    ) -> Self {
        let unsigned = LoginV1 { org, device, hub_nonce, device_nonce, signature: SignatureV1::none() };
        let signature = SignatureV1::sign(key, LOGIN_CONTEXT, &unsigned.covered(hub_key));
        LoginV1 { signature, ..unsigned }
    }

    /// Checks it.
    pub fn verify(&self, hub_key: Hash, key: &VerifyingKey) -> Result<(), LedgerError> {
        self.signature.verify(LOGIN_CONTEXT, &self.covered(hub_key), key)
    }

    fn covered(&self, hub_key: Hash) -> Vec<u8> {
        [&self.org.0[..], &self.device.0, &hub_key.0, &self.hub_nonce.0, &self.device_nonce.0].concat()
    }
}

/// A login that holds.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SessionV1 {
    /// Sent with each request as `Authorization: Bearer`.
    #[n(0)]
    pub token: String,
}

/// How far a space has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpaceHeadV1 {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// Its last sequence number.
    #[n(1)]
    pub seq: u64,
    /// The stamp there, so that two histories of one length show; zeros where only the number is told.
    #[n(2)]
    pub stamp: Hash,
}

impl SpaceHeadV1 {
    /// Only how far it has come.
    pub fn at(space: SpaceId, seq: u64) -> Self {
        SpaceHeadV1 { space, seq, stamp: Hash::NONE }
    }
}

/// All spaces that a device may read.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SpacesV1 {
    /// The heads, the register first.
    #[n(0)]
    pub spaces: Vec<SpaceHeadV1>,
    /// The hub's time.
    #[n(1)]
    pub at_ms: u64,
}

/// An entry with its stamp, as bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StampedV1 {
    /// The entry.
    #[n(0)]
    pub entry: ByteVec,
    /// The stamp.
    #[n(1)]
    pub stamp: ByteVec,
}

/// A page of a space.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PageV1 {
    /// In sequence, from the cursor on.
    #[n(0)]
    pub entries: Vec<StampedV1>,
    /// The space's last sequence number.
    #[n(1)]
    pub head_seq: u64,
    /// The hub's signed word on that place, for records; none where nobody asks for it.
    #[n(2)]
    pub head: Option<crate::SignedHeadV1>,
}

/// How much of a paper the hub has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct PaperStateV1 {
    /// Bytes received in order.
    #[n(0)]
    pub received_bytes: u64,
    /// Whether all is there and its hash is right.
    #[n(1)]
    pub is_complete: bool,
    /// Whether the list of pieces is there.
    #[n(2)]
    pub has_pieces: bool,
}

/// Reads a body of the wire.
pub fn read<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, LedgerError> {
    decode(bytes)
}

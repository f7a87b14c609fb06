//! The recountable record, frozen: one space's whole chain, the register it is judged by, and the keys that open its clear part.

use crate::wire::StampedV1;
use crate::{EntryId, Hash, KeyId, OrgId, SignedHeadV1, SpaceId};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// A file that anyone may recount.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecordV1 {
    /// Always 1.
    #[n(0)]
    pub version: u8,
    /// The organisation.
    #[n(1)]
    pub org: OrgId,
    /// Its register.
    #[n(2)]
    pub register: SpaceId,
    /// The register's entries, up to every head that the space names and one more, by whose time the last of those is judged.
    #[n(3)]
    pub register_entries: Vec<StampedV1>,
    /// The space.
    #[n(4)]
    pub space: SpaceId,
    /// Its entries, all of them.
    #[n(5)]
    pub entries: Vec<StampedV1>,
    /// The hub's last signed word on where the space ends, and when it was given.
    #[n(6)]
    pub head: SignedHeadV1,
    /// Keys of the space and its audiences. Answers are not opened by them: their openings are.
    #[n(7)]
    pub keys: Vec<RecordKeyV1>,
    /// Rule sets and calendars of the organisation's own that the space pins, as openings of the register's entries.
    #[n(8)]
    pub laws: Vec<RecordOpeningV1>,
}

/// A key with its name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecordKeyV1 {
    /// Its name.
    #[n(0)]
    pub id: KeyId,
    /// The key.
    #[n(1)]
    pub key: ByteVec,
}

/// What an entry says, with the salt by which its header promised it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecordOpeningV1 {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// The salt.
    #[n(1)]
    pub salt: Hash,
    /// What it says.
    #[n(2)]
    pub content: ByteVec,
}

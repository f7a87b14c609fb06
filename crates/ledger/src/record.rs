//! The recountable record, frozen: one space's whole chain, the register it is judged by, and the keys that open its clear part.

use crate::wire::StampedV1;
use crate::{Head, OrgId, SpaceId};
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
    /// The register's entries, up to every head that the space names.
    #[n(3)]
    pub register_entries: Vec<StampedV1>,
    /// The space.
    #[n(4)]
    pub space: SpaceId,
    /// Its entries, all of them.
    #[n(5)]
    pub entries: Vec<StampedV1>,
    /// The space's last place at export.
    #[n(6)]
    pub head: Head,
    /// Audience keys of the space. Answers are not opened by them: their openings are.
    #[n(7)]
    pub keys: Vec<ByteVec>,
}

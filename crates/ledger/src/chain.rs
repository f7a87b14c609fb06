//! Verifying a space entry by entry: signatures, sequence, time, heads, admission. What passes here is what the fold may see.

use crate::{
    Author, ControlV1, Hash, LedgerError, OrgId, Register, Signed, SignedStampV1, Space, SpaceId, StampV1, admit,
    decode,
};
use cabinet_seal::VerifyingKey;
use minicbor::{Decode, Encode};

/// A place in a space: sequence number and hash of the stamp there. (0, zeros) is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// Sequence number.
    #[n(0)]
    pub seq: u64,
    /// Hash of the stamp.
    #[n(1)]
    pub hash: Hash,
}

impl Head {
    /// Before the first entry.
    pub const START: Head = Head { seq: 0, hash: Hash::NONE };
}

/// An entry that passed, with what was verified of it.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// The entry.
    pub signed: Signed,
    /// Its stamp.
    pub stamp: StampV1,
    /// The stamp's hash.
    pub stamp_hash: Hash,
    /// Its author.
    pub author: Author,
}

/// How far a space has been verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Chain {
    /// The organisation.
    #[n(0)]
    pub org: OrgId,
    /// The space.
    #[n(1)]
    pub id: SpaceId,
    /// The last verified place.
    #[n(2)]
    pub head: Head,
    /// Its time.
    #[n(3)]
    pub at_ms: u64,
    /// Its term.
    #[n(4)]
    pub term: u32,
    /// The register head it named.
    #[n(5)]
    pub register: Head,
}

impl Chain {
    /// Before the first entry of a space.
    pub fn new(org: OrgId, id: SpaceId) -> Self {
        Chain { org, id, head: Head::START, at_ms: 0, term: 0, register: Head::START }
    }

    /// Verifies the next entry of a space other than the register. On success the chain has moved on; on any error it has not.
    pub fn verify_next(
        &mut self,
        entry: &[u8],
        stamp: &[u8],
        register: &Register,
        space: Option<&Space>,
    ) -> Result<Stamped, LedgerError> {
        let (signed, stamp, stamp_hash) = self.verify_stamp(entry, stamp, Source::Network)?;
        if !register.may_stamp(stamp.key, stamp.term) {
            return Err(LedgerError::StampKeyUnknown);
        }
        if stamp.register.seq > register.head().seq {
            return Err(LedgerError::RegisterBehind { needed: stamp.register.seq });
        }
        if stamp.register.seq < self.register.seq || !register.knows(stamp.register) {
            return Err(LedgerError::RegisterHeadUnknown);
        }
        let author = admit(&signed, register, stamp.register.seq, space, false).map_err(LedgerError::NotAdmitted)?;
        self.advance(&stamp, stamp_hash);
        Ok(Stamped { signed, stamp, stamp_hash, author })
    }

    /// All that a stamp and its entry say of themselves and of this chain.
    fn verify_stamp(&self, entry: &[u8], stamp: &[u8], source: Source) -> Result<(Signed, StampV1, Hash), LedgerError> {
        let signed = Signed::decode(entry)?;
        let signed_stamp: SignedStampV1 = decode(stamp)?;
        let stamp = match source {
            Source::Network => signed_stamp.verify()?,
            Source::OwnStore => signed_stamp.read()?,
        };
        if stamp.org != self.org || signed.header.org != self.org {
            return Err(LedgerError::OtherOrganisation);
        }
        if stamp.space != self.id || signed.space() != self.id {
            return Err(LedgerError::OtherSpace);
        }
        if stamp.entry != signed.hash() {
            return Err(LedgerError::OtherEntry);
        }
        if stamp.seq != self.head.seq + 1 {
            return Err(LedgerError::SequenceGap { expected: self.head.seq + 1, got: stamp.seq });
        }
        if stamp.previous != self.head.hash || stamp.term < self.term {
            return Err(LedgerError::ChainBroken { seq: stamp.seq });
        }
        if stamp.at_ms < self.at_ms {
            return Err(LedgerError::TimeGoesBack { seq: stamp.seq });
        }
        Ok((signed, stamp, signed_stamp.hash()))
    }

    fn advance(&mut self, stamp: &StampV1, hash: Hash) {
        self.head = Head { seq: stamp.seq, hash };
        self.at_ms = stamp.at_ms;
        self.term = stamp.term;
        self.register = stamp.register;
    }
}

/// Where an entry comes from.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    Network,
    /// Verified when it came, and kept since under the vault's own authenticated encryption.
    OwnStore,
}

/// Verifies the register's next entry and applies it. The first must found the organisation.
pub fn verify_register(
    chain: &mut Chain,
    register: &mut Option<Register>,
    entry: &[u8],
    stamp: &[u8],
) -> Result<Stamped, LedgerError> {
    extend_register(chain, register, entry, stamp, Source::Network)
}

/// The same for an entry out of this laptop's own vault: every rule and hash is checked again, no signature is. A register of
/// years would else hold up each unlocking.
pub fn replay_register(
    chain: &mut Chain,
    register: &mut Option<Register>,
    entry: &[u8],
    stamp: &[u8],
) -> Result<Stamped, LedgerError> {
    extend_register(chain, register, entry, stamp, Source::OwnStore)
}

fn extend_register(
    chain: &mut Chain,
    register: &mut Option<Register>,
    entry: &[u8],
    stamp: &[u8],
    source: Source,
) -> Result<Stamped, LedgerError> {
    let (signed, stamp, stamp_hash) = chain.verify_stamp(entry, stamp, source)?;
    let Some(known) = register else {
        let ControlV1::Founded(founded) = ControlV1::read(signed.header.kind, &signed.body)? else {
            return Err(LedgerError::NotFounded);
        };
        let mut begun = Register::found(&founded, &signed)?;
        if stamp.key != founded.stamp_key || stamp.register != Head::START {
            return Err(LedgerError::StampKeyUnknown);
        }
        begun.extend(stamp_hash);
        *register = Some(begun);
        chain.advance(&stamp, stamp_hash);
        let author = Author { person: Some(founded.officer), roles: founded.roles };
        return Ok(Stamped { signed, stamp, stamp_hash, author });
    };
    if !known.may_stamp(stamp.key, stamp.term) {
        return Err(LedgerError::StampKeyUnknown);
    }
    if stamp.register != known.head() {
        return Err(LedgerError::RegisterHeadUnknown);
    }
    if let (Source::OwnStore, Some(device)) = (source, known.devices.get(&signed.header.device)) {
        signed.remember(VerifyingKey(device.keys.signing.0));
    }
    let author = admit(&signed, known, stamp.register.seq, None, true).map_err(LedgerError::NotAdmitted)?;
    if crate::control_kind(signed.header.kind) {
        let control = ControlV1::read(signed.header.kind, &signed.body)?;
        // A refused control entry stays in the ledger and changes nothing; the hub refuses it before it is stamped.
        let _ = known.apply(&control, &signed, author.person, stamp.at_ms);
    }
    known.extend(stamp_hash);
    chain.advance(&stamp, stamp_hash);
    Ok(Stamped { signed, stamp, stamp_hash, author })
}

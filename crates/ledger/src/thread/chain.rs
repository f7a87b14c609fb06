//! Where a space has got to, and what each next stamp must say of that.

use crate::{Hash, Head, LedgerError, OrgId, Register, Signed, SignedStampV1, SpaceId, StampV1, decode};
use minicbor::{Decode, Encode};

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

    /// All that a stamp and its entry say of themselves and of this chain.
    pub(super) fn verify(
        &self,
        entry: &[u8],
        stamp: &[u8],
        source: Source,
    ) -> Result<(Signed, StampV1, Hash), LedgerError> {
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
        // An entry is stamped under the head that its author went by, or a later one.
        if stamp.register.seq < signed.header.register.seq {
            return Err(LedgerError::RegisterHeadUnknown);
        }
        Ok((signed, stamp, signed_stamp.hash()))
    }

    pub(super) fn advance(&mut self, stamp: &StampV1, hash: Hash) {
        self.head = Head { seq: stamp.seq, hash };
        self.at_ms = stamp.at_ms;
        self.term = stamp.term;
        self.register = stamp.register;
    }
}

/// Where an entry comes from.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Source {
    Network,
    /// Verified when it came, and kept since under the store's own protection.
    OwnStore,
}

impl Source {
    /// A signature that was good when the entry came is not checked again.
    pub(super) fn remember(self, signed: &Signed, register: &Register) {
        let Source::OwnStore = self else { return };
        let device = signed.header.device().and_then(|device| register.devices.get(&device));
        if let Some(key) = device.and_then(|d| d.keys.signing.verifying().ok()) {
            signed.remember(key);
        }
    }
}

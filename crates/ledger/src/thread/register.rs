//! The register: the space by which all others are judged, itself judged by what it said before.

use super::chain::{Chain, Source};
use super::index::Index;
use super::{Stamped, Void, control_of};
use crate::admit::Author;
use crate::wire::RefusalReason;
use crate::{ControlV1, Hash, Head, LedgerError, OrgId, Register, Signed, SpaceId, StampV1, admit};

/// The register, verified so far.
#[derive(Clone, Debug)]
pub struct RegisterThread {
    /// How far.
    pub chain: Chain,
    /// What it says; none before its first entry, which must found the organisation.
    pub register: Option<Register>,
    index: Index,
}

impl RegisterThread {
    /// Before the first entry.
    pub fn new(org: OrgId, id: SpaceId) -> Self {
        RegisterThread { chain: Chain::new(org, id), register: None, index: Index::default() }
    }

    /// Verifies the next entry and applies it. On success the thread has moved on; on any error it has not.
    pub fn verify_next(&mut self, entry: &[u8], stamp: &[u8]) -> Result<Stamped, LedgerError> {
        self.extend(entry, stamp, Source::Network)
    }

    /// The same for an entry out of one's own store: every rule and hash is checked again, no signature is. A register of years would else
    /// hold up each unlocking.
    pub fn replay_next(&mut self, entry: &[u8], stamp: &[u8]) -> Result<Stamped, LedgerError> {
        self.extend(entry, stamp, Source::OwnStore)
    }

    fn extend(&mut self, entry: &[u8], stamp: &[u8], source: Source) -> Result<Stamped, LedgerError> {
        let (signed, stamp, stamp_hash) = self.chain.verify(entry, stamp, source)?;
        let Some(register) = &self.register else { return self.found(signed, stamp, stamp_hash) };
        if !register.space.is_known() {
            return Err(LedgerError::NeedsNewerApp);
        }
        if !register.may_stamp(stamp.key, stamp.term) {
            return Err(LedgerError::StampKeyUnknown);
        }
        if stamp.register != register.head() {
            return Err(LedgerError::RegisterHeadUnknown);
        }
        source.remember(&signed, register);
        let judged = self.judge(&signed, register, stamp.term, stamp.at_ms);
        let (author, void) = match judged {
            Ok((author, next)) => {
                self.register = next.or(self.register.take());
                (author, None)
            }
            Err(void) => (Author::UNKNOWN, Some(void)),
        };
        Ok(self.take(signed, stamp, stamp_hash, author, void))
    }

    fn found(&mut self, signed: Signed, stamp: StampV1, stamp_hash: Hash) -> Result<Stamped, LedgerError> {
        let ControlV1::Founded(founded) = ControlV1::read(signed.header.kind, &signed.body)? else {
            return Err(LedgerError::NotFounded);
        };
        let begun = Register::found(&founded, &signed)?;
        if stamp.key != founded.stamp_key || stamp.register != Head::START {
            return Err(LedgerError::StampKeyUnknown);
        }
        self.register = Some(begun);
        let author = Author { person: Some(founded.officer), roles: founded.roles };
        Ok(self.take(signed, stamp, stamp_hash, author, None))
    }

    fn take(
        &mut self,
        signed: Signed,
        stamp: StampV1,
        stamp_hash: Hash,
        author: Author,
        void: Option<Void>,
    ) -> Stamped {
        self.index.add(&signed, &stamp, stamp_hash, void.is_some());
        self.chain.advance(&stamp, stamp_hash);
        if let Some(register) = &mut self.register {
            register.extend(stamp_hash, stamp.at_ms);
        }
        let at_ms = stamp.at_ms;
        Stamped { signed, stamp, stamp_hash, at_ms, author, void }
    }

    /// What a hub makes of an entry that it has not stamped yet. Changes nothing.
    pub fn would(&self, signed: &Signed, term: u32, at_ms: u64) -> Result<Author, Void> {
        let register = self.register.as_ref().ok_or(Void::NotAdmitted(RefusalReason::SpaceUnknown))?;
        self.judge(signed, register, term, at_ms).map(|(author, _)| author)
    }

    /// Takes the hub's own stamp of an entry that [`RegisterThread::would`] let pass.
    pub fn stamped(&mut self, signed: &Signed, stamp: &StampV1, stamp_hash: Hash) {
        if let Some(register) = &self.register
            && let Ok((_, Some(next))) = self.judge(signed, register, stamp.term, stamp.at_ms)
        {
            self.register = Some(next);
        }
        let _ = self.take(signed.clone(), stamp.clone(), stamp_hash, Author::UNKNOWN, None);
    }

    fn judge(
        &self,
        signed: &Signed,
        register: &Register,
        term: u32,
        at_ms: u64,
    ) -> Result<(Author, Option<Register>), Void> {
        self.index.check(signed, term)?;
        let author = admit(signed, register, register.head().seq, None, true).map_err(Void::NotAdmitted)?;
        let Some(control) = control_of(signed)? else { return Ok((author, None)) };
        let mut next = register.clone();
        next.apply(&control, signed, author, at_ms).map_err(Void::RegisterRefuses)?;
        Ok((author, Some(next)))
    }

    /// The hash of the stamp at a place.
    pub fn stamp_hash(&self, seq: u64) -> Option<Hash> {
        self.index.stamp_hash(seq)
    }
}

//! A space verified entry by entry: signatures, sequence, time, heads, admission, and the control state that comes of it. Hub, laptop and
//! recount run this one type. What passes here is what the fold may see; what does not is void, with the reason.

mod chain;
mod index;
mod register;

pub use chain::Chain;
pub use register::RegisterThread;

use crate::admit::Author;
use crate::space::Key;
use crate::wire::RefusalReason;
use crate::{
    ControlV1, Hash, LedgerError, OrgId, Register, RegisterRefusal, Signed, Space, SpaceId, SpaceKind, SpaceRefusal,
    StampV1, admit, control_kind,
};
use cabinet_fault::{Fault, is_off};
use chain::Source;
use index::Index;

/// Why a stamped entry counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum Void {
    #[error("an entry of this id stands here already")]
    SameId,
    #[error("this counter of its device was used here already")]
    SameCounter,
    #[error("its author had seen another chain than this")]
    SeenElsewhere,
    #[error("it is not admitted: {0}")]
    NotAdmitted(RefusalReason),
    #[error("the register refuses it: {0}")]
    RegisterRefuses(RegisterRefusal),
    #[error("the space refuses it: {0}")]
    SpaceRefuses(SpaceRefusal),
}

/// An entry that has its place, with what was verified of it.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// The entry.
    pub signed: Signed,
    /// Its stamp.
    pub stamp: StampV1,
    /// The stamp's hash.
    pub stamp_hash: Hash,
    /// When it counts as received: before a restore, if it had its place then already.
    pub at_ms: u64,
    /// Its author; unknown where it is void.
    pub author: Author,
    /// Why it counts for nothing, if it does.
    pub void: Option<Void>,
}

/// A space other than the register, verified so far.
#[derive(Clone, Debug)]
pub struct Thread {
    /// How far.
    pub chain: Chain,
    /// Its control state; none before its first entry.
    pub control: Option<Space>,
    index: Index,
}

impl Thread {
    /// Before the first entry of a space.
    pub fn new(org: OrgId, id: SpaceId) -> Self {
        Thread { chain: Chain::new(org, id), control: None, index: Index::default() }
    }

    /// Verifies the next entry and applies it. On success the thread has moved on; on any error it has not.
    pub fn verify_next(&mut self, entry: &[u8], stamp: &[u8], register: &Register) -> Result<Stamped, LedgerError> {
        self.extend(entry, stamp, register, Source::Network)
    }

    /// The same for an entry out of one's own store: every rule and hash is checked again, no signature is.
    pub fn replay_next(&mut self, entry: &[u8], stamp: &[u8], register: &Register) -> Result<Stamped, LedgerError> {
        self.extend(entry, stamp, register, Source::OwnStore)
    }

    fn extend(
        &mut self,
        entry: &[u8],
        stamp: &[u8],
        register: &Register,
        source: Source,
    ) -> Result<Stamped, LedgerError> {
        let (signed, stamp, stamp_hash) = self.chain.verify(entry, stamp, source)?;
        self.expect_known()?;
        if !register.may_stamp(stamp.key, stamp.term) {
            return Err(LedgerError::StampKeyUnknown);
        }
        if stamp.register.seq > register.head().seq {
            return Err(LedgerError::RegisterBehind { needed: stamp.register.seq });
        }
        if stamp.register.seq < self.chain.register.seq || !register.knows(stamp.register) {
            return Err(LedgerError::RegisterHeadUnknown);
        }
        // What was kept before the next head was known is told as wrong, and stays.
        if source == Source::Network && !is_off(Fault::StampTimes) {
            check_time(&stamp, register)?;
        }
        if self.chain.head.seq == 0 {
            check_version(&signed)?;
        }
        source.remember(&signed, register);
        let judged = self.judge(&signed, register, stamp.register.seq, stamp.term);
        let (author, void) = match judged {
            Ok((author, next)) => {
                self.control = next.or(self.control.take());
                (author, None)
            }
            Err(void) => (Author::UNKNOWN, Some(void)),
        };
        Ok(self.take(signed, stamp, stamp_hash, author, void, register))
    }

    fn take(
        &mut self,
        signed: Signed,
        stamp: StampV1,
        stamp_hash: Hash,
        author: Author,
        void: Option<Void>,
        register: &Register,
    ) -> Stamped {
        let at_ms = self.index.at_ms(&stamp, |e| register.may_stamp(e.key, e.term));
        self.index.add(&signed, &stamp, stamp_hash, void.is_some());
        self.chain.advance(&stamp, stamp_hash);
        Stamped { signed, stamp, stamp_hash, at_ms, author, void }
    }

    /// What a hub makes of an entry that it has not stamped yet: its author, or why it is refused. Changes nothing.
    pub fn would(&self, signed: &Signed, register: &Register, term: u32) -> Result<Author, Void> {
        self.judge(signed, register, register.head().seq, term).map(|(author, _)| author)
    }

    /// Takes the hub's own stamp of an entry that [`Thread::would`] let pass.
    pub fn stamped(&mut self, signed: &Signed, stamp: &StampV1, stamp_hash: Hash, register: &Register) {
        if let Ok((_, Some(next))) = self.judge(signed, register, stamp.register.seq, stamp.term) {
            self.control = Some(next);
        }
        self.index.add(signed, stamp, stamp_hash, false);
        self.chain.advance(stamp, stamp_hash);
    }

    /// Author of an entry and the control state after it, if it changes that.
    fn judge(
        &self,
        signed: &Signed,
        register: &Register,
        register_seq: u64,
        term: u32,
    ) -> Result<(Author, Option<Space>), Void> {
        self.index.check(signed, term)?;
        let author = admit(signed, register, register_seq, self.control.as_ref(), false).map_err(Void::NotAdmitted)?;
        let Some(control) = control_of(signed)? else { return Ok((author, None)) };
        let id = signed.header.id;
        let next = match (&self.control, &control) {
            (None, ControlV1::SpaceOpened { kind, version, members, key, public, .. }) => {
                let key = Key { id: *key, by: id, public: public.clone() };
                Space::open(SpaceKind::of(*kind), *version, members, key)
            }
            (Some(space), control) => {
                let mut next = space.clone();
                let at = register.at(register_seq);
                next.apply(control, id, author, at).map_err(Void::SpaceRefuses)?;
                next
            }
            (None, _) => return Err(Void::SpaceRefuses(SpaceRefusal::Misplaced)),
        };
        Ok((author, Some(next)))
    }

    /// Only a version that this program does not know stops a space.
    pub fn expect_known(&self) -> Result<(), LedgerError> {
        match &self.control {
            Some(space) if !space.is_known() => Err(LedgerError::NeedsNewerApp),
            _ => Ok(()),
        }
    }

    /// The hash of the stamp at a place.
    pub fn stamp_hash(&self, seq: u64) -> Option<Hash> {
        self.index.stamp_hash(seq)
    }
}

/// A space of a kind or version that only a newer program knows.
fn check_version(signed: &Signed) -> Result<(), LedgerError> {
    if signed.header.kind != ControlV1::SPACE_OPENED {
        return Err(LedgerError::NotFounded);
    }
    match ControlV1::read(signed.header.kind, &signed.body) {
        Ok(ControlV1::SpaceOpened { kind, version, .. })
            if SpaceKind::of(kind).is_some() && version == crate::SPACE_VERSION =>
        {
            Ok(())
        }
        _ => Err(LedgerError::NeedsNewerApp),
    }
}

/// A stamp's time lies between that of its register head and that of the next one, as far as that is known.
fn check_time(stamp: &StampV1, register: &Register) -> Result<(), LedgerError> {
    let from = register.time_of(stamp.register.seq).unwrap_or(0);
    let to = register.time_of(stamp.register.seq + 1).unwrap_or(u64::MAX);
    if (from..=to).contains(&stamp.at_ms) { Ok(()) } else { Err(LedgerError::TimeOutOfRegister { seq: stamp.seq }) }
}

/// What a control entry says; none of any other.
fn control_of(signed: &Signed) -> Result<Option<ControlV1>, Void> {
    if !control_kind(signed.header.kind) {
        return Ok(None);
    }
    let control = ControlV1::read(signed.header.kind, &signed.body);
    control.map(Some).map_err(|_| Void::NotAdmitted(RefusalReason::Malformed))
}

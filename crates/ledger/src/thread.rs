//! A space verified entry by entry: signatures, sequence, time, heads, admission, and the control state that comes of it. Hub, laptop and
//! recount run this one type. What passes here is what the fold may see; what does not is void, with the reason.

use crate::admit::Author;
use crate::space::Key;
use crate::wire::RefusalReason;
use crate::{
    ControlV1, DeviceId, EntryId, Hash, Head, LedgerError, OrgId, Register, RegisterRefusal, Signed, SignedStampV1,
    Space, SpaceId, SpaceKind, SpaceRefusal, StampV1, admit, control_kind, decode,
};
use cabinet_fault::{Fault, is_off};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

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
    fn verify(&self, entry: &[u8], stamp: &[u8], source: Source) -> Result<(Signed, StampV1, Hash), LedgerError> {
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
    /// Verified when it came, and kept since under the store's own protection.
    OwnStore,
}

/// What has stood in a space: nothing counts twice, and nothing from another place.
#[derive(Clone, Debug, Default)]
struct Index {
    stamps: Vec<Hash>,
    ids: BTreeSet<EntryId>,
    counters: BTreeMap<DeviceId, BTreeSet<u64>>,
    /// The last place of each term.
    ends: BTreeMap<u32, u64>,
}

impl Index {
    /// What an entry can't be, whatever the register says of its author.
    fn check(&self, signed: &Signed, term: u32) -> Result<(), Void> {
        let header = &signed.header;
        if self.ids.contains(&header.id) && !is_off(Fault::UniqueIds) {
            return Err(Void::SameId);
        }
        let own = header.device().and_then(|device| self.counters.get(&device));
        if own.is_some_and(|counters| counters.contains(&header.counter)) && !is_off(Fault::UniqueIds) {
            return Err(Void::SameCounter);
        }
        let seen = header.seen;
        let is_on_chain = match seen.seq {
            0 => seen.stamp == Hash::NONE,
            seq => self.stamps.get(seq as usize - 1) == Some(&seen.stamp),
        };
        // A restore cut the term that it names, before that place: it counts as that place.
        let is_cut = seen.term < term && self.ends.get(&seen.term).is_some_and(|end| seen.seq > *end);
        if is_on_chain || is_cut || is_off(Fault::SeenChain) { Ok(()) } else { Err(Void::SeenElsewhere) }
    }

    fn add(&mut self, signed: &Signed, stamp: &StampV1, stamp_hash: Hash, is_void: bool) {
        self.stamps.push(stamp_hash);
        self.ends.insert(stamp.term, stamp.seq);
        if is_void {
            return;
        }
        self.ids.insert(signed.header.id);
        if let Some(device) = signed.header.device() {
            self.counters.entry(device).or_default().insert(signed.header.counter);
        }
    }

    /// The time before a restore, where the hub gave it back: the stamp of a term that was cut before that place.
    fn at_ms(&self, stamp: &StampV1, may_stamp: impl Fn(&StampV1) -> bool) -> u64 {
        let earlier = stamp.earlier.as_deref().and_then(|bytes| decode::<SignedStampV1>(bytes).ok()?.verify().ok());
        let was_lost =
            |e: &StampV1| e.term < stamp.term && self.ends.get(&e.term).is_none_or(|end| e.seq > *end) && may_stamp(e);
        let of_this = |e: &StampV1| (e.org, e.space, e.entry) == (stamp.org, stamp.space, stamp.entry);
        earlier.filter(|e| of_this(e) && was_lost(e)).map_or(stamp.at_ms, |e| e.at_ms.min(stamp.at_ms))
    }
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
        if let (Source::OwnStore, Some(device)) = (source, signed.header.device())
            && let Some(key) = register.devices.get(&device).and_then(|d| d.keys.signing.verifying().ok())
        {
            signed.remember(key);
        }
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
        if !control_kind(signed.header.kind) {
            return Ok((author, None));
        }
        let control = ControlV1::read(signed.header.kind, &signed.body);
        let control = control.map_err(|_| Void::NotAdmitted(RefusalReason::Malformed))?;
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
        self.index.stamps.get((seq as usize).checked_sub(1)?).copied()
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
        if let (Source::OwnStore, Some(device)) = (source, signed.header.device())
            && let Some(key) = register.devices.get(&device).and_then(|d| d.keys.signing.verifying().ok())
        {
            signed.remember(key);
        }
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
        if !control_kind(signed.header.kind) {
            return Ok((author, None));
        }
        let control = ControlV1::read(signed.header.kind, &signed.body);
        let control = control.map_err(|_| Void::NotAdmitted(RefusalReason::Malformed))?;
        let mut next = register.clone();
        next.apply(&control, signed, author, at_ms).map_err(Void::RegisterRefuses)?;
        Ok((author, Some(next)))
    }

    /// The hash of the stamp at a place.
    pub fn stamp_hash(&self, seq: u64) -> Option<Hash> {
        self.index.stamps.get((seq as usize).checked_sub(1)?).copied()
    }
}

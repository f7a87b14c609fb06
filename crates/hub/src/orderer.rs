//! The core of the hub: judges entries, gives them places, and lets nothing out before it is on disk.

mod waking;

use crate::store::{LedgerStore, PageOf, StoreError, StoredEntry};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::wire::{AppendedV1, PageV1, RefusalReason, RefusalV1, SpaceHeadV1, StampedV1};
use cabinet_ledger::*;
use cabinet_seal::SigningKey;
use std::collections::{BTreeMap, HashMap};

/// Limit: how far the hub's clock may fall behind its own last stamp before it says that one of the two is wrong.
const CLOCK_BACK_MS: u64 = 60_000;

/// An entry that was handed in.
pub struct Incoming {
    /// It, read already; a signature that was found good then is not checked again.
    pub read: Result<Signed, LedgerError>,
    /// The stamp that it had before this hub lost it.
    pub earlier: Option<Vec<u8>>,
}

/// A space other than the register. What nothing was appended to since the start is known by its end and its control entries alone.
enum Place {
    Asleep { head: Head, control: Box<Space> },
    Awake(Box<Thread>),
}

impl Place {
    fn head(&self) -> Head {
        match self {
            Place::Asleep { head, .. } => *head,
            Place::Awake(thread) => thread.chain.head,
        }
    }

    /// Whether nothing was appended since it was known to end there.
    fn is_asleep_at(&self, end: Head) -> bool {
        matches!(self, Place::Asleep { head, .. } if *head == end)
    }

    fn control(&self) -> Option<&Space> {
        match self {
            Place::Asleep { control, .. } => Some(control),
            Place::Awake(thread) => thread.control.as_ref(),
        }
    }
}

/// All spaces of one organisation over a store.
pub struct Orderer<S> {
    store: S,
    key: SigningKey,
    next_key: Option<SigningKey>,
    term: u32,
    register: Option<RegisterThread>,
    places: BTreeMap<SpaceId, Place>,
    /// Spaces in the order in which they began, the register first.
    order: Vec<SpaceId>,
    /// The time of the last stamp in any space.
    last_ms: u64,
    /// Entries and bytes of all spaces.
    size: (u64, u64),
}

/// What a batch has staged and not written yet.
#[derive(Default)]
struct Staged {
    entries: Vec<StoredEntry>,
    places: HashMap<(SpaceId, DeviceId, u64), usize>,
}

impl<S: LedgerStore> Orderer<S> {
    /// Loads the control state of every space from the store.
    pub fn open(store: S, key: SigningKey) -> Result<Self, StoreError> {
        let mut orderer = Orderer {
            store,
            key,
            next_key: None,
            term: 1,
            register: None,
            places: BTreeMap::new(),
            order: Vec::new(),
            last_ms: 0,
            size: (0, 0),
        };
        orderer.load()?;
        Ok(orderer)
    }

    /// The key that stamps.
    pub fn stamp_key(&self) -> Hash {
        Hash(self.key.public().0)
    }

    /// The key that shall stamp next, once the root has named it. Says whether it has already: then it stamps from now on.
    pub fn set_next_key(&mut self, key: SigningKey) -> bool {
        self.next_key = Some(key);
        self.take_next_key()
    }

    fn take_next_key(&mut self) -> bool {
        let Some(next) = &self.next_key else { return false };
        let Some(term) = self.register().and_then(|(_, r)| r.term_of(Hash(next.public().0))) else { return false };
        self.key = next.clone();
        self.next_key = None;
        self.begin_term(term);
        true
    }

    /// The organisation's register, once founded.
    pub fn register(&self) -> Option<(SpaceId, &Register)> {
        let thread = self.register.as_ref()?;
        Some((thread.chain.id, thread.register.as_ref()?))
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Founds the organisation with its first entry.
    pub fn found(&mut self, entry: &[u8], now_ms: u64) -> Result<AppendedV1, StoreError> {
        let refuse = |reason| Ok(self.refusal(Signed::decode(entry).map_or(Hash::NONE, |s| s.hash()), reason, now_ms));
        if let Some((space, _)) = self.register() {
            let first = self.store.entries(space, 0, 1)?;
            return match first.first() {
                Some(f) if f.entry.as_slice() == entry => Ok(AppendedV1::Stamped(f.stamp.clone())),
                _ => refuse(RefusalReason::OtherOrganisation),
            };
        }
        let Ok(signed) = Signed::decode(entry) else { return refuse(RefusalReason::Malformed) };
        let (org, space) = (signed.header.org, signed.space());
        let stamp = StampV1 {
            version: StampV1::VERSION,
            org,
            space,
            seq: 1,
            at_ms: now_ms,
            previous: Hash::NONE,
            entry: signed.hash(),
            key: self.stamp_key(),
            term: self.term,
            register: Head::START,
            earlier: None,
        };
        let signed_stamp = encode(&stamp.sign(&self.key));
        let mut thread = RegisterThread::new(org, space);
        match thread.verify_next(entry, &signed_stamp) {
            Ok(_) => {}
            Err(LedgerError::StampKeyUnknown) => return refuse(RefusalReason::NotAllowed),
            Err(LedgerError::BadSignature) => return refuse(RefusalReason::BadSignature),
            Err(_) => return refuse(RefusalReason::Malformed),
        }
        let stored = stored(&signed, space, &stamp, signed_stamp).ok_or(StoreError::Damaged("an author is unknown"))?;
        self.store.commit(std::slice::from_ref(&stored))?;
        self.grown(std::slice::from_ref(&stored));
        (self.register, self.last_ms) = (Some(thread), now_ms);
        self.order.push(space);
        Ok(AppendedV1::Stamped(stored.stamp.into()))
    }

    /// Appends a batch: one commit, then all answers. An error leaves nothing of the batch behind.
    pub fn append(&mut self, batch: &[Vec<u8>], now_ms: u64) -> Result<Vec<AppendedV1>, StoreError> {
        let incoming = |bytes: &Vec<u8>| Incoming { read: Signed::decode(bytes), earlier: None };
        let requests: Vec<Vec<Incoming>> = batch.iter().map(|bytes| vec![incoming(bytes)]).collect();
        Ok(self.append_requests(&requests, now_ms)?.into_iter().flatten().collect())
    }

    /// The same, of requests with several entries each. Where one of a request is refused for now, so are those behind it: they may rest on it.
    pub fn append_requests(
        &mut self,
        requests: &[Vec<Incoming>],
        now_ms: u64,
    ) -> Result<Vec<Vec<AppendedV1>>, StoreError> {
        let mut staged = Staged::default();
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let mut passing = None;
            let mut answered = Vec::with_capacity(request.len());
            for incoming in request {
                let hash = incoming.read.as_ref().map_or(Hash::NONE, Signed::hash);
                let staged_one = match passing {
                    Some(reason) => Err(reason),
                    None => self.stage(incoming, hash, now_ms, &mut staged),
                };
                passing = staged_one.as_ref().err().copied().filter(|r| r.is_passing());
                answered.push(match staged_one {
                    Ok(stamp) => AppendedV1::Stamped(stamp.into()),
                    Err(reason) => self.refusal(hash, reason, now_ms),
                });
            }
            answers.push(answered);
        }
        if let Err(error) = self.store.commit(&staged.entries) {
            // What was staged in memory is not on disk: forget it all and read again what is.
            self.load()?;
            return Err(error);
        }
        self.grown(&staged.entries);
        self.take_next_key();
        Ok(answers)
    }

    /// Takes back entries that this hub stamped before it was restored from an older backup. Each must extend what is here, by
    /// its own stamp; the first that does not ends it. Returns how far the space has come.
    pub fn take_back(&mut self, space: SpaceId, entries: &[StampedV1]) -> Result<u64, StoreError> {
        let mut taken = Vec::new();
        for stamped in entries {
            match self.take_one_back(space, stamped)? {
                Some(entry) => taken.push(entry),
                None => break,
            }
        }
        if let Err(error) = self.store.commit(&taken) {
            self.load()?;
            return Err(error);
        }
        self.grown(&taken);
        Ok(self.head(space).seq)
    }

    fn grown(&mut self, by: &[StoredEntry]) {
        self.size.0 += by.len() as u64;
        self.size.1 += by.iter().map(|e| (e.entry.len() + e.stamp.len()) as u64).sum::<u64>();
    }

    fn take_one_back(&mut self, space: SpaceId, stamped: &StampedV1) -> Result<Option<StoredEntry>, StoreError> {
        let verified = if self.is_register(space) {
            self.register.as_mut().map(|thread| thread.verify_next(&stamped.entry, &stamped.stamp))
        } else {
            if self.register.is_none() {
                return Ok(None);
            }
            self.wake(space)?;
            let is_new = !self.places.contains_key(&space);
            let register = self.register.as_ref().and_then(|r| r.register.as_ref());
            let org = register.map(|r| r.org);
            let verified = match (self.places.get_mut(&space), register, org) {
                (Some(Place::Awake(thread)), Some(register), _) => {
                    Some(thread.verify_next(&stamped.entry, &stamped.stamp, register))
                }
                (None, Some(register), Some(org)) => {
                    let mut thread = Thread::new(org, space);
                    let verified = thread.verify_next(&stamped.entry, &stamped.stamp, register);
                    if verified.is_ok() {
                        self.places.insert(space, Place::Awake(Box::new(thread)));
                    }
                    Some(verified)
                }
                _ => None,
            };
            if is_new && self.places.contains_key(&space) {
                self.order.push(space);
            }
            verified
        };
        let Some(Ok(verified)) = verified else { return Ok(None) };
        self.term = self.term.max(verified.stamp.term);
        self.last_ms = self.last_ms.max(verified.stamp.at_ms);
        Ok(stored(&verified.signed, space, &verified.stamp, stamped.stamp.to_vec()))
    }

    /// The term of its stamps: one more after each restore from a backup.
    pub fn term(&self) -> u32 {
        self.term
    }

    /// Stamps in a later term from now on.
    pub fn begin_term(&mut self, term: u32) {
        self.term = self.term.max(term);
    }

    /// How far each space has come that a device may read, in the order of founding; so the register is first.
    pub fn heads(&self, device: DeviceId) -> Vec<SpaceHeadV1> {
        let Some((own, register)) = self.register() else { return Vec::new() };
        let is_readable = |space: &&SpaceId| {
            let control = self.places.get(space).and_then(Place::control);
            (**space == own || control.is_some()) && may_read(register, device, control)
        };
        let head = |space: &SpaceId| {
            let Head { seq, hash } = self.head(*space);
            SpaceHeadV1 { space: *space, seq, stamp: hash }
        };
        self.order.iter().filter(is_readable).map(head).collect()
    }

    fn is_register(&self, space: SpaceId) -> bool {
        self.register.as_ref().is_some_and(|thread| thread.chain.id == space)
    }

    fn head(&self, space: SpaceId) -> Head {
        match &self.register {
            Some(thread) if thread.chain.id == space => thread.chain.head,
            _ => self.places.get(&space).map_or(Head::START, Place::head),
        }
    }

    /// Whether a device may read a space.
    pub fn may_read(&self, device: DeviceId, space: SpaceId) -> Result<(), RefusalReason> {
        let (own, register) = self.register().ok_or(RefusalReason::SpaceUnknown)?;
        let control = self.places.get(&space).and_then(Place::control);
        if space != own && control.is_none() {
            return Err(RefusalReason::SpaceUnknown);
        }
        if may_read(register, device, control) { Ok(()) } else { Err(RefusalReason::NotAllowed) }
    }

    /// Where a space ends, with this hub's signed word on it if the time is known. Rights are the caller's to check, with [`Orderer::may_read`].
    pub fn end(&self, space: SpaceId, now_ms: Option<u64>) -> (Head, Option<SignedHeadV1>) {
        let head = self.head(space);
        let signed = self.register().zip(now_ms).map(|((_, register), now_ms)| {
            let at_ms = now_ms.max(self.last_ms);
            SignedHeadV1::sign(register.org, space, head, register.head(), at_ms, self.term, &self.key)
        });
        (head, signed)
    }

    /// A page of a space, with where it ends.
    pub fn page(&self, space: SpaceId, after: u64, now_ms: Option<u64>) -> Result<PageV1, StoreError> {
        let (end, head) = self.end(space, now_ms);
        let entries = self.store.page(&PageOf { space, after, until: end.seq, is_control: false })?;
        Ok(PageV1 { entries, head_seq: end.seq, head })
    }

    /// How many entries all spaces hold, and their bytes.
    pub fn size(&self) -> (u64, u64) {
        self.size
    }

    fn load(&mut self) -> Result<(), StoreError> {
        self.places.clear();
        self.order.clear();
        self.register = None;
        self.size = self.store.size()?;
        for (index, row) in self.store.spaces()?.into_iter().enumerate() {
            if index == 0 {
                self.load_register(row.space)?
            } else {
                self.load_space(row.space, row.seq)?
            }
            self.order.push(row.space);
        }
        Ok(())
    }

    fn load_register(&mut self, space: SpaceId) -> Result<(), StoreError> {
        let damaged = |_| StoreError::Damaged("the register does not verify");
        let entries = self.store.entries(space, 0, usize::MAX >> 1)?;
        let first = entries.first().ok_or(StoreError::Damaged("the register is empty"))?;
        let org = Signed::decode(&first.entry).map_err(damaged)?.header.org;
        let mut thread = RegisterThread::new(org, space);
        for stamped in &entries {
            thread.replay_next(&stamped.entry, &stamped.stamp).map_err(damaged)?;
        }
        let named = thread.register.as_ref().and_then(|r| r.term_of(self.stamp_key()));
        self.term = self.term.max(thread.chain.term).max(named.unwrap_or(0));
        self.last_ms = self.last_ms.max(thread.chain.at_ms);
        self.register = Some(thread);
        Ok(())
    }

    fn load_space(&mut self, space: SpaceId, seq: u64) -> Result<(), StoreError> {
        let broken = |_| StoreError::Damaged("a space does not verify");
        let Some((_, register)) = self.register() else { return Err(StoreError::Damaged("there is no register")) };
        let mut control: Option<Space> = None;
        for stamped in self.store.controls(space)? {
            let signed = Signed::decode(&stamped.entry).map_err(broken)?;
            let stamp = decode::<SignedStampV1>(&stamped.stamp).and_then(|s| s.read()).map_err(broken)?;
            let body = ControlV1::read(signed.header.kind, &signed.body).map_err(broken)?;
            let (id, at) = (signed.header.id, register.at(stamp.register.seq));
            match (&mut control, body) {
                (None, ControlV1::SpaceOpened { kind, version, members, key, public, .. }) => {
                    let key = Key { id: key, by: id, public };
                    control = Some(Space::open(SpaceKind::of(kind), version, &members, key));
                }
                (Some(space), body) => {
                    let author = signed.header.device().and_then(|device| at.author(device));
                    let author = author.map(|(person, roles)| Author { person: Some(person), roles });
                    // This hub let it pass; what does not pass now would be void for everybody.
                    let _ = space.apply(&body, id, author.unwrap_or(Author::UNKNOWN), at);
                }
                (None, _) => return Err(StoreError::Damaged("a space does not begin with its opening")),
            }
        }
        let control = Box::new(control.ok_or(StoreError::Damaged("a space has no opening"))?);
        let last = self.store.entries(space, seq - 1, 1)?.pop().ok_or(StoreError::Damaged("a space has a gap"))?;
        let last: SignedStampV1 = decode(&last.stamp).map_err(broken)?;
        let stamp = last.read().map_err(broken)?;
        self.term = self.term.max(stamp.term);
        self.last_ms = self.last_ms.max(stamp.at_ms);
        self.places.insert(space, Place::Asleep { head: Head { seq: stamp.seq, hash: last.hash() }, control });
        Ok(())
    }

    fn stage(
        &mut self,
        incoming: &Incoming,
        hash: Hash,
        now_ms: u64,
        staged: &mut Staged,
    ) -> Result<Vec<u8>, RefusalReason> {
        let signed = incoming.read.as_ref().map_err(|e| match e {
            LedgerError::TooLarge => RefusalReason::TooLarge,
            _ => RefusalReason::Malformed,
        })?;
        let failed = |_| RefusalReason::ShuttingDown;
        // Only laptops write yet; a vote's token would come without one.
        let device = signed.header.device().ok_or(RefusalReason::NotAllowed)?;
        let place = (signed.space(), device, signed.header.counter);
        let known = match staged.places.get(&place) {
            Some(index) => Some(staged.entries[*index].found()),
            None => self.store.find(place.0, place.1, place.2).map_err(failed)?,
        };
        if let Some(known) = known.filter(|_| !is_off(Fault::Dedup)) {
            return match known.id == signed.header.id {
                _ if known.hash == hash => Ok(known.stamp),
                true => Err(RefusalReason::SameIdOtherBytes),
                false => Err(RefusalReason::CounterUsed),
            };
        }
        self.wake(signed.space()).map_err(failed)?;
        let stamp = self.stamp(signed, hash, incoming.earlier.clone(), now_ms)?;
        let signed_stamp = stamp.sign(&self.key);
        let entry = stored(signed, stamp.space, &stamp, encode(&signed_stamp)).ok_or(RefusalReason::NotAllowed)?;
        self.take(signed, &stamp, signed_stamp.hash());
        let bytes = entry.stamp.clone();
        staged.places.insert(place, staged.entries.len());
        staged.entries.push(entry);
        Ok(bytes)
    }

    /// The stamp that an entry gets, or why it gets none. Changes nothing.
    fn stamp(
        &self,
        signed: &Signed,
        hash: Hash,
        earlier: Option<Vec<u8>>,
        now_ms: u64,
    ) -> Result<StampV1, RefusalReason> {
        let (own, register) = self.register().ok_or(RefusalReason::SpaceUnknown)?;
        if signed.header.org != register.org {
            return Err(RefusalReason::OtherOrganisation);
        }
        if now_ms + CLOCK_BACK_MS < self.last_ms {
            return Err(RefusalReason::ClockWrong);
        }
        // Time never falls, in no space: so each stamp lies between its register head's and the next one's.
        let at_ms = now_ms.max(self.last_ms);
        let space = signed.space();
        if space == own {
            self.judge_register(signed, at_ms)?;
        } else {
            self.judge_space(signed, register)?;
        }
        let head = self.head(space);
        let named = match !is_off(Fault::RegisterHead) || space == own {
            true => register.head(),
            // The fault: the head of a while ago, as if it were in force.
            false => match self.places.get(&space) {
                Some(Place::Awake(thread)) => thread.chain.register,
                _ => register.head(),
            },
        };
        let (key, term) = (self.stamp_key(), self.term);
        let (version, org, seq) = (StampV1::VERSION, register.org, head.seq + 1);
        let earlier = earlier.filter(|bytes| is_receipt(bytes, signed, hash, register)).map(Into::into);
        Ok(StampV1 {
            version,
            org,
            space,
            seq,
            at_ms,
            previous: head.hash,
            entry: hash,
            key,
            term,
            register: named,
            earlier,
        })
    }

    fn judge_register(&self, signed: &Signed, at_ms: u64) -> Result<(), RefusalReason> {
        let thread = self.register.as_ref().ok_or(RefusalReason::SpaceUnknown)?;
        self.judged(thread.would(signed, self.term, at_ms))?;
        if let Ok(ControlV1::StampKeyNamed { key, term, .. }) = ControlV1::read(signed.header.kind, &signed.body) {
            // A key that this hub has not got would silence it; in a term that has begun, the key in use has stamped already.
            let is_mine = self.next_key.as_ref().is_some_and(|next| Hash(next.public().0) == key);
            if !is_mine || term <= self.term {
                return Err(RefusalReason::RegisterRefuses);
            }
        }
        Ok(())
    }

    fn judge_space(&self, signed: &Signed, register: &Register) -> Result<(), RefusalReason> {
        match (self.places.get(&signed.space()), signed.header.space) {
            (Some(Place::Awake(thread)), _) => {
                if thread.expect_known().is_err() {
                    return Err(RefusalReason::NeedsNewer);
                }
                self.judged(thread.would(signed, register, self.term))
            }
            (None, None) => self.judged(Thread::new(register.org, signed.space()).would(signed, register, self.term)),
            _ => Err(RefusalReason::SpaceUnknown),
        }
    }

    fn judged(&self, judged: Result<Author, Void>) -> Result<(), RefusalReason> {
        judged.map(drop).or_else(|void| match void {
            Void::SameId | Void::SameCounter if is_off(Fault::Dedup) => Ok(()),
            Void::SameId => Err(RefusalReason::SameIdOtherBytes),
            Void::SameCounter => Err(RefusalReason::CounterUsed),
            Void::SeenElsewhere => Err(RefusalReason::SeenUnknown),
            Void::NotAdmitted(reason) => Err(reason),
            Void::RegisterRefuses(_) | Void::SpaceRefuses(_) => Err(RefusalReason::RegisterRefuses),
        })
    }

    /// What was stamped stands here from now on.
    fn take(&mut self, signed: &Signed, stamp: &StampV1, stamp_hash: Hash) {
        self.last_ms = stamp.at_ms;
        let Some(own) = &mut self.register else { return };
        if own.chain.id == stamp.space {
            own.stamped(signed, stamp, stamp_hash);
            return;
        }
        let Some(register) = &own.register else { return };
        let is_new = !self.places.contains_key(&stamp.space);
        let new = || Place::Awake(Box::new(Thread::new(stamp.org, stamp.space)));
        if let Place::Awake(thread) = self.places.entry(stamp.space).or_insert_with(new) {
            thread.stamped(signed, stamp, stamp_hash, register);
        }
        if is_new {
            self.order.push(stamp.space);
        }
    }

    fn org(&self) -> OrgId {
        self.register.as_ref().map_or(OrgId([0; 32]), |thread| thread.chain.org)
    }

    fn refusal(&self, entry: Hash, reason: RefusalReason, now_ms: u64) -> AppendedV1 {
        AppendedV1::Refused(RefusalV1::sign(self.org(), entry, reason, now_ms, &self.key))
    }
}

/// Whether this hub, or the one that it was restored from, gave an entry this stamp.
fn is_receipt(bytes: &[u8], signed: &Signed, hash: Hash, register: &Register) -> bool {
    let stamp = decode::<SignedStampV1>(bytes).and_then(|s| s.verify());
    stamp.is_ok_and(|s| s.entry == hash && s.space == signed.space() && register.may_stamp(s.key, s.term))
}

fn stored(signed: &Signed, space: SpaceId, stamp: &StampV1, stamp_bytes: Vec<u8>) -> Option<StoredEntry> {
    Some(StoredEntry {
        space,
        seq: stamp.seq,
        id: signed.header.id,
        hash: stamp.entry,
        kind: signed.header.kind,
        device: signed.header.device()?,
        counter: signed.header.counter,
        entry: signed.bytes.clone(),
        stamp: stamp_bytes,
        papers: signed.header.papers.clone(),
    })
}

//! The core of the hub: judges entries, gives them places, and lets nothing out before it is on disk.

use crate::store::{LedgerStore, StoreError, StoredEntry};
use cabinet_ledger::wire::{AppendedV1, PageV1, RefusalReason, RefusalV1, SpaceHeadV1, StampedV1};
use cabinet_ledger::*;
use cabinet_seal::SigningKey;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Protections that the simulator switches off one at a time, to show that it would notice.
#[derive(Clone, Copy, Debug)]
pub struct Protections {
    /// The same id twice is one entry.
    pub deduplicates: bool,
    /// A stamp names the newest head of the register.
    pub names_register_head: bool,
}

impl Default for Protections {
    fn default() -> Self {
        Protections { deduplicates: true, names_register_head: true }
    }
}

/// Where a space stands.
struct Place {
    /// How many spaces were founded before it.
    number: usize,
    head: Head,
    at_ms: u64,
    register: Head,
    control: Option<Space>,
}

/// All spaces of one organisation over a store.
pub struct Orderer<S> {
    store: S,
    key: SigningKey,
    next_key: Option<SigningKey>,
    term: u32,
    register: Option<(SpaceId, Register)>,
    places: BTreeMap<SpaceId, Place>,
    protections: Protections,
}

/// What a batch has staged and not written yet.
#[derive(Default)]
struct Staged {
    entries: Vec<StoredEntry>,
    ids: HashMap<EntryId, usize>,
    counters: HashSet<(SpaceId, DeviceId, u64)>,
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
            protections: Protections::default(),
        };
        orderer.load()?;
        Ok(orderer)
    }

    /// Switches protections off.
    pub fn set_protections(&mut self, protections: Protections) {
        self.protections = protections;
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
        let (Some((_, register)), Some(next)) = (&self.register, &self.next_key) else { return false };
        let Some(term) = register.term_of(Hash(next.public().0)) else { return false };
        self.key = next.clone();
        self.next_key = None;
        self.begin_term(term);
        true
    }

    /// The organisation's register, once founded.
    pub fn register(&self) -> Option<(SpaceId, &Register)> {
        self.register.as_ref().map(|(space, register)| (*space, register))
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Founds the organisation with its first entry.
    pub fn found(&mut self, entry: &[u8], now_ms: u64) -> Result<AppendedV1, StoreError> {
        let refuse = |reason| Ok(self.refusal(Signed::decode(entry).map_or(Hash::NONE, |s| s.hash()), reason, now_ms));
        if let Some((space, _)) = &self.register {
            let first = self.store.entries(*space, 0, 1)?;
            return match first.first() {
                Some(f) if f.entry.as_slice() == entry => Ok(AppendedV1::Stamped(f.stamp.clone())),
                _ => refuse(RefusalReason::OtherOrganisation),
            };
        }
        let Ok(signed) = Signed::decode(entry) else { return refuse(RefusalReason::Malformed) };
        let Ok(ControlV1::Founded(founded)) = ControlV1::read(signed.header.kind, &signed.body) else {
            return refuse(RefusalReason::Malformed);
        };
        if founded.stamp_key != self.stamp_key() {
            return refuse(RefusalReason::NotAllowed);
        }
        let Ok(mut register) = Register::found(&founded, &signed) else { return refuse(RefusalReason::BadSignature) };
        let space = signed.space();
        let stamp = register.next_stamp(signed.hash(), space, now_ms, self.stamp_key(), self.term);
        let signed_stamp = stamp.sign(&self.key);
        let stored = stored(&signed, space, &stamp, encode(&signed_stamp));
        self.store.commit(std::slice::from_ref(&stored))?;
        register.extend(signed_stamp.hash());
        let head = register.head();
        self.places.insert(space, Place { number: 0, head, at_ms: now_ms, register: Head::START, control: None });
        self.register = Some((space, register));
        Ok(AppendedV1::Stamped(stored.stamp.into()))
    }

    /// Appends a batch: one commit, then all answers. An error leaves nothing of the batch behind.
    pub fn append(&mut self, batch: &[Vec<u8>], now_ms: u64) -> Result<Vec<AppendedV1>, StoreError> {
        let read: Vec<_> = batch.iter().map(|bytes| Signed::decode(bytes)).collect();
        self.append_read(&read, now_ms)
    }

    /// The same, of entries that were read already; a signature that was found good then is not checked again.
    pub fn append_read(
        &mut self,
        batch: &[Result<Signed, LedgerError>],
        now_ms: u64,
    ) -> Result<Vec<AppendedV1>, StoreError> {
        let mut staged = Staged::default();
        let mut answers = Vec::with_capacity(batch.len());
        for read in batch {
            let answer = match self.stage(read, now_ms, &mut staged) {
                Ok(stamp) => AppendedV1::Stamped(stamp.into()),
                Err((hash, reason)) => self.refusal(hash, reason, now_ms),
            };
            answers.push(answer);
        }
        if let Err(error) = self.store.commit(&staged.entries) {
            // What was staged in memory is not on disk: forget it all and read again what is.
            self.load()?;
            return Err(error);
        }
        self.take_next_key();
        Ok(answers)
    }

    /// Takes back entries that this hub stamped before it was restored from an older backup. Each must extend what is here, by
    /// its own stamp; the first that does not ends it. Returns how far the space has come.
    pub fn take_back(&mut self, space: SpaceId, entries: &[StampedV1]) -> Result<u64, StoreError> {
        let taken: Vec<StoredEntry> = entries.iter().map_while(|stamped| self.take_one_back(space, stamped)).collect();
        if let Err(error) = self.store.commit(&taken) {
            self.load()?;
            return Err(error);
        }
        Ok(self.places.get(&space).map_or(0, |p| p.head.seq))
    }

    fn take_one_back(&mut self, space: SpaceId, stamped: &StampedV1) -> Option<StoredEntry> {
        let (register_space, register) = self.register.as_ref()?;
        let place = self.places.get(&space);
        let mut chain = Chain::new(register.org, space);
        if let Some(place) = place {
            (chain.head, chain.at_ms, chain.register) = (place.head, place.at_ms, place.register);
        }
        let verified = if space == *register_space {
            verify_register(&mut chain, &mut Some(register.clone()), &stamped.entry, &stamped.stamp)
        } else {
            chain.verify_next(&stamped.entry, &stamped.stamp, register, place.and_then(|p| p.control.as_ref()))
        };
        let verified = verified.ok()?;
        self.apply(&verified.signed, space, &verified.stamp, verified.stamp_hash).ok()?;
        self.term = self.term.max(verified.stamp.term);
        Some(stored(&verified.signed, space, &verified.stamp, stamped.stamp.to_vec()))
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
        let Some((_, register)) = &self.register else { return Vec::new() };
        let readable = |(_, place): &(&SpaceId, &Place)| may_read(register, device, place.control.as_ref());
        let mut places: Vec<_> = self.places.iter().filter(readable).collect();
        places.sort_by_key(|(_, place)| place.number);
        places.into_iter().map(|(space, place)| SpaceHeadV1 { space: *space, seq: place.head.seq }).collect()
    }

    /// Whether a device may read a space.
    pub fn may_read(&self, device: DeviceId, space: SpaceId) -> Result<(), RefusalReason> {
        let (_, register) = self.register.as_ref().ok_or(RefusalReason::SpaceUnknown)?;
        let place = self.places.get(&space).ok_or(RefusalReason::SpaceUnknown)?;
        if may_read(register, device, place.control.as_ref()) { Ok(()) } else { Err(RefusalReason::NotAllowed) }
    }

    /// A page of a space. Rights are the caller's to check, with [`Orderer::may_read`].
    pub fn page(&self, space: SpaceId, after: u64) -> Result<PageV1, StoreError> {
        let mut entries = self.store.entries(space, after, limits::PAGE_ENTRIES_MAX)?;
        let mut bytes = 0;
        let mut fits = |e: &StampedV1| {
            bytes += e.entry.len() + e.stamp.len();
            bytes <= limits::PAGE_BYTES_MAX + limits::ENTRY_BYTES_MAX
        };
        let count = entries.iter().map_while(|e| fits(e).then_some(())).count();
        entries.truncate(count.max(1));
        Ok(PageV1 { entries, head_seq: self.places.get(&space).map_or(0, |p| p.head.seq) })
    }

    fn load(&mut self) -> Result<(), StoreError> {
        self.places.clear();
        self.register = None;
        for (index, row) in self.store.spaces()?.into_iter().enumerate() {
            if index == 0 { self.load_register(row.space)? } else { self.load_space(row.space, row.seq)? }
        }
        Ok(())
    }

    fn load_register(&mut self, space: SpaceId) -> Result<(), StoreError> {
        let damaged = |_| StoreError::Damaged("the register does not verify");
        let mut entries = self.store.entries(space, 0, usize::MAX >> 1)?.into_iter();
        let first = entries.next().ok_or(StoreError::Damaged("the register is empty"))?;
        let org = Signed::decode(&first.entry).map_err(damaged)?.header.org;
        let (mut chain, mut register) = (Chain::new(org, space), None);
        for stamped in std::iter::once(first).chain(entries) {
            verify_register(&mut chain, &mut register, &stamped.entry, &stamped.stamp).map_err(damaged)?;
        }
        self.term = self.term.max(chain.term);
        let place = Place { number: 0, head: chain.head, at_ms: chain.at_ms, register: chain.register, control: None };
        self.places.insert(space, place);
        let named = register.as_ref().and_then(|r| r.term_of(self.stamp_key()));
        self.term = self.term.max(named.unwrap_or(0));
        self.register = register.map(|r| (space, r));
        Ok(())
    }

    fn load_space(&mut self, space: SpaceId, seq: u64) -> Result<(), StoreError> {
        let damaged = StoreError::Damaged("a space does not verify");
        let Some((_, register)) = &self.register else { return Err(damaged) };
        let mut control: Option<Space> = None;
        for stamped in self.store.controls(space)? {
            let broken = |_| StoreError::Damaged("a space does not verify");
            let signed = Signed::decode(&stamped.entry).map_err(broken)?;
            let stamp = decode::<SignedStampV1>(&stamped.stamp).and_then(|s| s.verify()).map_err(broken)?;
            let body = ControlV1::read(signed.header.kind, &signed.body).map_err(broken)?;
            let person = register.devices.get(&signed.header.device).map(|d| d.person);
            let person = person.ok_or(StoreError::Damaged("an author is unknown"))?;
            Space::fold(&mut control, &body, person, register.roles_at(person, stamp.register.seq));
        }
        let last = self.store.entries(space, seq - 1, 1)?.pop().ok_or(StoreError::Damaged("a space has a gap"))?;
        let last: SignedStampV1 = decode(&last.stamp).map_err(|_| StoreError::Damaged("a stamp"))?;
        let stamp = last.verify().map_err(|_| StoreError::Damaged("a stamp"))?;
        let head = Head { seq: stamp.seq, hash: last.hash() };
        self.term = self.term.max(stamp.term);
        let number = self.places.len();
        self.places.insert(space, Place { number, head, at_ms: stamp.at_ms, register: stamp.register, control });
        Ok(())
    }

    fn stage(
        &mut self,
        read: &Result<Signed, LedgerError>,
        now_ms: u64,
        staged: &mut Staged,
    ) -> Result<Vec<u8>, (Hash, RefusalReason)> {
        let signed = read.as_ref().map_err(|e| {
            let is_large = *e == LedgerError::TooLarge;
            (Hash::NONE, if is_large { RefusalReason::TooLarge } else { RefusalReason::Malformed })
        })?;
        let hash = signed.hash();
        self.place(signed, hash, now_ms, staged).map_err(|reason| (hash, reason))
    }

    fn place(
        &mut self,
        signed: &Signed,
        hash: Hash,
        now_ms: u64,
        staged: &mut Staged,
    ) -> Result<Vec<u8>, RefusalReason> {
        let failed = |_| RefusalReason::ShuttingDown;
        let known = match staged.ids.get(&signed.header.id) {
            Some(index) => Some((staged.entries[*index].hash, staged.entries[*index].stamp.clone())),
            None => self.store.find(signed.header.id).map_err(failed)?,
        };
        if let Some((known, stamp)) = known
            && self.protections.deduplicates
        {
            return if known == hash { Ok(stamp) } else { Err(RefusalReason::SameIdOtherBytes) };
        }
        let space = signed.space();
        let counter = (space, signed.header.device, signed.header.counter);
        let is_used = staged.counters.contains(&counter)
            || self.store.has_counter(counter.0, counter.1, counter.2).map_err(failed)?;
        if is_used && self.protections.deduplicates {
            return Err(RefusalReason::CounterUsed);
        }
        let stamp = self.judge(signed, hash, space, now_ms)?;
        let signed_stamp = stamp.sign(&self.key);
        self.apply(signed, space, &stamp, signed_stamp.hash())?;
        let entry = stored(signed, space, &stamp, encode(&signed_stamp));
        let bytes = entry.stamp.clone();
        staged.ids.insert(entry.id, staged.entries.len());
        staged.counters.insert(counter);
        staged.entries.push(entry);
        Ok(bytes)
    }

    /// The stamp that an entry gets, or why it gets none. Changes nothing.
    fn judge(&self, signed: &Signed, hash: Hash, space: SpaceId, now_ms: u64) -> Result<StampV1, RefusalReason> {
        let (register_space, register) = self.register.as_ref().ok_or(RefusalReason::SpaceUnknown)?;
        if signed.header.org != register.org {
            return Err(RefusalReason::OtherOrganisation);
        }
        let in_register = space == *register_space;
        let place = self.places.get(&space);
        if place.is_none() && signed.header.space.is_some() {
            return Err(RefusalReason::SpaceUnknown);
        }
        if signed.header.seen.seq > place.map_or(0, |p| p.head.seq) {
            return Err(RefusalReason::SeenUnknown);
        }
        let control_space = place.and_then(|p| p.control.as_ref());
        let author = admit(signed, register, register.head().seq, control_space, in_register)?;
        let at_ms = now_ms.max(place.map_or(0, |p| p.at_ms));
        if control_kind(signed.header.kind) {
            let control = ControlV1::read(signed.header.kind, &signed.body).map_err(|_| RefusalReason::Malformed)?;
            if in_register {
                let checked = register.check(&control, signed, author.person, at_ms);
                checked.map_err(|_| RefusalReason::RegisterRefuses)?;
                if let ControlV1::StampKeyNamed { key, term, .. } = &control {
                    // A key that this hub has not got would silence it; in a term that has begun, the key in use has stamped already.
                    let is_mine = self.next_key.as_ref().is_some_and(|next| Hash(next.public().0) == *key);
                    if !is_mine || *term <= self.term {
                        return Err(RefusalReason::RegisterRefuses);
                    }
                }
            } else if let Some(space) = control_space {
                let person = author.person.ok_or(RefusalReason::NotAllowed)?;
                space.check(&control, person, author.roles).map_err(|_| RefusalReason::RegisterRefuses)?;
            }
        }
        let (key, term) = (self.stamp_key(), self.term);
        if in_register {
            return Ok(register.next_stamp(hash, space, at_ms, key, term));
        }
        let head = place.map_or(Head::START, |p| p.head);
        let named = if self.protections.names_register_head {
            register.head()
        } else {
            // The fault: the head of a while ago, as if it were in force.
            place.map_or(register.head(), |p| p.register)
        };
        Ok(StampV1 {
            version: StampV1::VERSION,
            org: register.org,
            space,
            seq: head.seq + 1,
            at_ms,
            previous: head.hash,
            entry: hash,
            key,
            term,
            register: named,
        })
    }

    fn apply(
        &mut self,
        signed: &Signed,
        space: SpaceId,
        stamp: &StampV1,
        stamp_hash: Hash,
    ) -> Result<(), RefusalReason> {
        let Some((register_space, register)) = &mut self.register else { return Err(RefusalReason::SpaceUnknown) };
        let device = register.devices.get(&signed.header.device);
        let person = device.map(|d| d.person);
        let head = Head { seq: stamp.seq, hash: stamp_hash };
        let number = self.places.len();
        let place = self.places.entry(space).or_insert(Place {
            number,
            head,
            at_ms: stamp.at_ms,
            register: stamp.register,
            control: None,
        });
        (place.head, place.at_ms, place.register) = (head, stamp.at_ms, stamp.register);
        let control = match control_kind(signed.header.kind) {
            true => Some(ControlV1::read(signed.header.kind, &signed.body).map_err(|_| RefusalReason::Malformed)?),
            false => None,
        };
        if space == *register_space {
            if let Some(control) = &control {
                let author = person.filter(|_| !matches!(control, ControlV1::DeviceRequested(_)));
                let _ = register.apply(control, signed, author, stamp.at_ms);
            }
            register.extend(stamp_hash);
        } else if let (Some(control), Some(person)) = (&control, person) {
            Space::fold(&mut place.control, control, person, register.roles_at(person, stamp.register.seq));
        }
        Ok(())
    }

    fn refusal(&self, entry: Hash, reason: RefusalReason, now_ms: u64) -> AppendedV1 {
        AppendedV1::Refused(RefusalV1::sign(entry, reason, now_ms, &self.key))
    }
}

fn stored(signed: &Signed, space: SpaceId, stamp: &StampV1, stamp_bytes: Vec<u8>) -> StoredEntry {
    StoredEntry {
        space,
        seq: stamp.seq,
        id: signed.header.id,
        hash: stamp.entry,
        kind: signed.header.kind,
        device: signed.header.device,
        counter: signed.header.counter,
        entry: signed.bytes.clone(),
        stamp: stamp_bytes,
        papers: signed.header.papers.clone(),
    }
}

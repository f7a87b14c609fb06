//! Receiving: every entry is verified before it is stored, opened if its key is here, and folded into what lists show; all in one
//! transaction a page.

use super::alarms::Followed;
use super::{Laptop, damaged};
use crate::VaultError;
use crate::store::{Change, EntryRow, OutboxRow, Store};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::wire::{PageV1, RefusalV1, StampedV1};
use cabinet_ledger::*;
use cabinet_meaning::{Opened, Secret, open};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a page brought.
#[derive(Debug, Default, PartialEq)]
pub struct Received {
    /// How far the space is verified now.
    pub seq: u64,
    /// Spaces whose state may have changed: this one, and those whose missing keys came.
    pub touched: Vec<SpaceId>,
    /// Why it went no further, if it did not.
    pub stopped: Option<LedgerError>,
    /// Forked spaces of which the root has spoken, and from where each is to be read.
    pub reopened: Vec<(SpaceId, u64)>,
}

impl<S: Store> Laptop<S> {
    /// Verifies and stores a page of a space, with what lists show of it, in one transaction. What verified before an error is
    /// kept.
    pub fn receive(&mut self, space: SpaceId, page: &PageV1) -> Result<Received, VaultError> {
        self.atomically(|laptop| laptop.receive_page(space, page))
    }

    fn receive_page(&mut self, space: SpaceId, page: &PageV1) -> Result<Received, VaultError> {
        match self.me()?.register == space {
            true => self.receive_register(page),
            false => self.receive_space(space, page),
        }
    }

    fn receive_register(&mut self, page: &PageV1) -> Result<Received, VaultError> {
        let me = self.me()?.clone();
        let mut thread = self.register.clone().unwrap_or_else(|| RegisterThread::new(me.org, me.register));
        if let Some(stopped) = self.is_forked(&thread.chain.clone(), page)? {
            return Ok(stopped);
        }
        let (mut received, mut rows) = (Received::default(), Vec::new());
        for stamped in &page.entries {
            if is_off(Fault::HeadCheck) {
                forget_head(&mut thread.chain, stamped);
            }
            match thread.verify_next(&stamped.entry, &stamped.stamp) {
                Ok(verified) => rows.push((row(me.register, &verified, stamped), verified)),
                Err(error) => {
                    received.stopped = Some(error);
                    break;
                }
            }
        }
        let root = thread.register.as_ref().map(|r| r.founding_root);
        if root.is_some_and(|root| root != me.root) {
            return Err(LedgerError::NotFounded.into());
        }
        let control = thread.register.as_ref().map(|r| r.space.clone());
        let chain = thread.chain.clone();
        self.note_head(&chain, page)?;
        if root.is_some() {
            self.register = Some(thread);
        }
        self.keep(me.register, chain, control, rows, &mut received)?;
        self.compare_times()?;
        received.reopened = self.spoken_of()?;
        Ok(received)
    }

    fn receive_space(&mut self, space: SpaceId, page: &PageV1) -> Result<Received, VaultError> {
        let mut thread = self.take_thread(space)?;
        if let Some(received) = self.is_forked(&thread.chain.clone(), page)? {
            // After a cut its own thread stands there.
            self.threads.entry(space).or_insert(thread);
            return Ok(received);
        }
        let (mut received, mut rows) = (Received::default(), Vec::new());
        for stamped in &page.entries {
            if is_off(Fault::HeadCheck) {
                forget_head(&mut thread.chain, stamped);
            }
            let known = self.register().ok_or(LedgerError::RegisterBehind { needed: 1 });
            match known.and_then(|register| thread.verify_next(&stamped.entry, &stamped.stamp, register)) {
                Ok(verified) => rows.push((row(space, &verified, stamped), verified)),
                Err(error) => {
                    received.stopped = Some(error);
                    break;
                }
            }
        }
        let (chain, control) = (thread.chain.clone(), thread.control.clone());
        self.note_head(&chain, page)?;
        self.threads.insert(space, thread);
        self.keep(space, chain, control, rows, &mut received)?;
        Ok(received)
    }

    /// A space of which the hub has signed two histories goes no further until the root has named the one that holds.
    fn is_forked(&mut self, chain: &Chain, page: &PageV1) -> Result<Option<Received>, VaultError> {
        self.compare(chain, page)?;
        let Some(seq) = self.forked_at(chain.id)? else { return Ok(None) };
        let received = Received { seq: chain.head.seq, ..Received::default() };
        Ok(match self.follow_root(chain, page, seq)? {
            Followed::Holds => None,
            Followed::Waits => Some(Received { stopped: Some(LedgerError::Forked { seq }), ..received }),
            Followed::Cut(upto) => {
                Some(Received { seq: upto, touched: vec![chain.id], reopened: vec![(chain.id, upto)], ..received })
            }
        })
    }

    /// Keeps the hub's signed word on where a space ends, if it ends where this laptop has come to.
    fn note_head(&mut self, chain: &Chain, page: &PageV1) -> Result<(), VaultError> {
        match &page.head {
            Some(head) if head.head == chain.head && head.space == chain.id && head.verify().is_ok() => {
                self.commit(vec![Change::Meta(head_name(chain.id), Some(encode(head)))])
            }
            _ => Ok(()),
        }
    }

    /// The hub's last signed word on where a space ends, if that is where it ends here.
    pub fn signed_head(&self, space: SpaceId) -> Result<Option<SignedHeadV1>, VaultError> {
        let head = self.store.meta(&head_name(space))?.and_then(|bytes| decode::<SignedHeadV1>(&bytes).ok());
        Ok(head.filter(|h| self.chains.get(&space).is_some_and(|c| c.head == h.head)))
    }

    /// The hash of an entry that has its place.
    pub fn entry_hash(&self, space: SpaceId, entry: EntryId) -> Result<Option<Hash>, VaultError> {
        let row = self.store.entries(space, 0)?.into_iter().find(|row| row.id == entry && row.person.is_some());
        row.map(|row| Signed::decode(&row.entry).map(|signed| signed.hash()).map_err(damaged)).transpose()
    }

    /// Entries of a space whose device says that it signed another there before which is not here: dropped, refused, or still on its way.
    pub fn gaps(&self, space: SpaceId) -> Result<usize, VaultError> {
        let mut known = BTreeSet::from([Hash::NONE]);
        let mut gaps = 0;
        for row in self.store.entries(space, 0)?.iter().filter(|row| row.person.is_some()) {
            let signed = Signed::decode(&row.entry).map_err(damaged)?;
            gaps += usize::from(!known.contains(&signed.header.previous));
            known.insert(signed.hash());
        }
        Ok(gaps)
    }

    /// Rule sets and calendars that the register added, as openings for a record.
    pub fn law_openings(&self) -> Result<Vec<RecordOpeningV1>, VaultError> {
        let rows = self.store.entries(self.me()?.register, 0)?.into_iter();
        let rows = rows.filter(|row| row.kind == cabinet_acts::RegisterAct::LAW_ADDED && row.person.is_some());
        let opening = |row: EntryRow| {
            let body = row.body?;
            let (salt, content) = body.split_first_chunk::<32>()?;
            Some(RecordOpeningV1 { entry: row.id, salt: Hash(*salt), content: content.to_vec().into() })
        };
        Ok(rows.filter_map(opening).collect())
    }

    /// A space as far as it is verified; out of the store, whose entries were verified before they were kept.
    pub(super) fn take_thread(&mut self, space: SpaceId) -> Result<Thread, VaultError> {
        match self.threads.remove(&space) {
            Some(thread) => Ok(thread),
            None => self.stored_thread(space),
        }
    }

    /// The same, always out of the store.
    pub(super) fn stored_thread(&self, space: SpaceId) -> Result<Thread, VaultError> {
        let mut thread = Thread::new(self.me()?.org, space);
        if let Some(register) = self.register() {
            for row in self.store.entries(space, 0)? {
                thread.replay_next(&row.entry, &row.stamp, register).map_err(damaged)?;
            }
        }
        Ok(thread)
    }

    fn keep(
        &mut self,
        space: SpaceId,
        chain: Chain,
        control: Option<Space>,
        rows: Vec<(EntryRow, Stamped)>,
        received: &mut Received,
    ) -> Result<(), VaultError> {
        let mut changes = Vec::new();
        received.touched.push(space);
        // What an entry says of who may do what holds from the next one on; so keys come before bodies.
        self.controls.get_mut().extend(control.map(|c| (space, Arc::new(c))));
        let mut keys = Vec::new();
        for (_, verified) in rows.iter().filter(|(_, v)| v.void.is_none() && control_kind(v.signed.header.kind)) {
            let body = ControlV1::read(verified.signed.header.kind, &verified.signed.body)?;
            keys.extend(self.granted(space, &body)?);
        }
        self.new_keys(keys, &mut changes, &mut received.touched)?;
        for (mut row, verified) in rows {
            if row.person.is_some() {
                self.open_body(&mut row)?;
            }
            self.learn(&row);
            if let Some(own) = self.settle_own(&verified)? {
                // What was written to others from outside is theirs: all who are outside see the same.
                if !matches!(verified.signed.header.sealing, SealingV1::Outside(_)) {
                    row.body = row.body.take().or(Some(own.body));
                    row.missing_key = None;
                }
                changes.push(Change::Settled(row.id));
                self.outbox.retain(|o| o.id != own.id);
            }
            changes.push(Change::Entry(row));
        }
        changes.push(Change::Chain(space, encode(&chain)));
        received.seq = chain.head.seq;
        self.commit(changes)?;
        if self.chains.insert(space, chain).is_none() {
            self.arrived.push(space);
        }
        received.touched.sort_unstable();
        received.touched.dedup();
        self.refresh_views(&received.touched)?;
        if self.me.as_ref().is_some_and(|me| me.register == space) {
            self.take_added_law()?;
        }
        Ok(())
    }

    /// Keeps keys that came outside a page. Returns how many were new.
    pub(super) fn take_keys(&mut self, keys: Vec<(KeyId, Secret)>) -> Result<usize, VaultError> {
        self.atomically(|laptop| {
            let (mut changes, mut touched) = (Vec::new(), Vec::new());
            let count = laptop.new_keys(keys, &mut changes, &mut touched)?;
            laptop.commit(changes)?;
            touched.sort_unstable();
            touched.dedup();
            laptop.refresh_views(&touched)?;
            laptop.take_added_law()?;
            Ok(count)
        })
    }

    /// Adds keys, and opens what waited for them.
    fn new_keys(
        &mut self,
        keys: Vec<(KeyId, Secret)>,
        changes: &mut Vec<Change>,
        touched: &mut Vec<SpaceId>,
    ) -> Result<usize, VaultError> {
        let mut count = 0;
        for (id, key) in keys {
            if self.keys.insert(id, key.clone()).is_some() {
                continue;
            }
            count += 1;
            changes.push(Change::Key(id, key.bytes().to_vec()));
            for mut waiting in self.store.waiting_for(id)? {
                self.open_body(&mut waiting)?;
                if let Some(body) = waiting.body.clone() {
                    changes.push(Change::Body(waiting.space, waiting.seq, body));
                    self.learn(&waiting);
                    touched.push(waiting.space);
                }
            }
        }
        Ok(count)
    }

    /// Opens a row's body if its key is here, else notes which key is missing.
    fn open_body(&self, row: &mut EntryRow) -> Result<(), VaultError> {
        let signed = Signed::decode(&row.entry)?;
        if signed.header.sealing == SealingV1::Clear {
            return Ok(());
        }
        let is_mine = self.me.as_ref().is_some_and(|me| row.person == Some(me.person));
        let own = self.keys.values().filter(|_| is_mine).filter_map(|s| match s {
            Secret::Identity(identity) => Some(&**identity),
            Secret::Body(_) => None,
        });
        // An empty body says: it was opened and is not what was signed.
        (row.body, row.missing_key) = match open(&signed, |key| self.keys.get(&key), own) {
            Opened::Plain(salted) => (Some(salted), None),
            Opened::Broken => (Some(Vec::new()), None),
            Opened::Missing(key) => (None, Some(key)),
        };
        Ok(())
    }

    /// Keys that a control entry holds for this laptop. One that is not what its name says is dropped.
    fn granted(&self, space: SpaceId, control: &ControlV1) -> Result<Vec<(KeyId, Secret)>, VaultError> {
        let (Some(me), Some(state)) = (&self.me, self.stamped_control(space)?) else { return Ok(Vec::new()) };
        let identity = me.identity()?;
        let to_me = GranteeV1::Device(me.device);
        let mine = control.grants().iter().filter(|g| g.to == to_me && !self.keys.contains_key(&g.key));
        let read = |g: &GrantV1| Secret::read(&identity.open(&g.wrapped).ok()?).filter(|s| s.is(g.key, me.org, &state));
        Ok(mine.filter_map(|g| Some((g.key, read(g)?))).collect())
    }

    /// Keeps the hub's stamp as the receipt of an entry, if it is for the very bytes that were sent.
    pub fn receipt(&mut self, entry: EntryId, stamp: &[u8]) -> Result<(), VaultError> {
        let Some(row) = self.outbox.iter().find(|r| r.id == entry) else { return Ok(()) };
        let signed_stamp: SignedStampV1 = decode(stamp)?;
        let said = signed_stamp.verify()?;
        let is_of_it = said.entry == Signed::decode(&row.entry)?.hash() && said.space == row.space;
        if !is_of_it && !is_off(Fault::ReceiptBytes) {
            return Err(LedgerError::OtherEntry.into());
        }
        if let Some(register) = self.register().filter(|r| !r.may_stamp(said.key, said.term)) {
            let is_behind = said.register.seq > register.head().seq;
            let needed = said.register.seq;
            return Err(
                if is_behind { LedgerError::RegisterBehind { needed } } else { LedgerError::StampKeyUnknown }.into()
            );
        }
        self.commit(vec![Change::Receipt(entry, stamp.to_vec())])?;
        self.outbox.iter_mut().filter(|r| r.id == entry).for_each(|r| r.stamp = Some(stamp.to_vec()));
        self.compare_receipt(said.space, stamp)
    }

    /// Keeps the hub's signed refusal of an entry.
    pub fn refused(&mut self, entry: EntryId, refusal: &RefusalV1) -> Result<(), VaultError> {
        if !self.outbox.iter().any(|r| r.id == entry) {
            return Ok(());
        }
        if let Some(register) = self.register() {
            let is_hubs = register.stamp_keys.iter().any(|(_, key)| refusal.verify(*key).is_ok());
            if !is_hubs {
                return Err(LedgerError::StampKeyUnknown.into());
            }
        }
        let bytes = encode(refusal);
        self.commit(vec![Change::Refusal(entry, bytes.clone())])?;
        self.outbox.iter_mut().filter(|r| r.id == entry).for_each(|r| r.refusal = Some(bytes.clone()));
        Ok(())
    }

    /// The hub lost what it stamped after a place of a space: entries with such a receipt wait again, until they have a new one.
    pub fn forget_receipts(&mut self, space: SpaceId, seq: u64) -> Result<(), VaultError> {
        let is_lost = |row: &OutboxRow| {
            let stamp = row.stamp.as_deref().and_then(|s| decode::<SignedStampV1>(s).ok()?.verify().ok());
            row.space == space && stamp.is_some_and(|s| s.seq > seq)
        };
        let lost: Vec<EntryId> = self.outbox.iter().filter(|r| is_lost(r)).map(|r| r.id).collect();
        if lost.is_empty() {
            return Ok(());
        }
        self.commit(lost.iter().map(|id| Change::Unreceipted(*id)).collect())?;
        self.outbox.iter_mut().filter(|r| lost.contains(&r.id)).for_each(OutboxRow::unreceipted);
        Ok(())
    }

    /// What came after a place of a space, with its stamps, to hand back to a hub that lost it.
    pub fn stamped_after(&self, space: SpaceId, after: u64, bytes_max: usize) -> Result<Vec<StampedV1>, VaultError> {
        let mut bytes = 0;
        let rows = self.store.entries(space, after)?.into_iter().map_while(|row| {
            bytes += row.entry.len() + row.stamp.len();
            (bytes <= bytes_max).then(|| StampedV1 { entry: row.entry.into(), stamp: row.stamp.into() })
        });
        Ok(rows.collect())
    }

    /// Takes a refused entry away, once the person has seen it.
    pub fn dismiss(&mut self, entry: EntryId) -> Result<(), VaultError> {
        self.commit(vec![Change::Settled(entry)])?;
        self.outbox.retain(|r| r.id != entry || r.refusal.is_none());
        Ok(())
    }
}

fn head_name(space: SpaceId) -> String {
    format!("head {space}")
}

pub(super) fn row(space: SpaceId, verified: &Stamped, stamped: &StampedV1) -> EntryRow {
    EntryRow {
        space,
        seq: verified.stamp.seq,
        id: verified.signed.header.id,
        kind: verified.signed.header.kind,
        person: verified.author.person,
        roles: verified.author.roles,
        at_ms: verified.at_ms,
        entry: stamped.entry.to_vec(),
        stamp: stamped.stamp.to_vec(),
        missing_key: None,
        body: None,
    }
}

/// The fault that a missing head check would be: whatever arrives is taken to follow.
fn forget_head(chain: &mut Chain, stamped: &StampedV1) {
    if let Ok(stamp) = decode::<SignedStampV1>(&stamped.stamp).and_then(|s| s.verify()) {
        let claimed = Head { seq: stamp.seq - 1, hash: stamp.previous };
        (chain.head, chain.at_ms, chain.term, chain.register) = (claimed, 0, 0, Head::START);
    }
}

//! Receiving: every entry is verified before it is stored, opened if its key is here, and folded into what lists show; all in one
//! transaction a page.

use super::{Laptop, Secret, fold_control};
use crate::VaultError;
use crate::store::{Change, EntryRow, OutboxRow, Store};
use cabinet_ledger::wire::{PageV1, RefusalV1, StampedV1};
use cabinet_ledger::*;
use cabinet_seal::unpad;
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
}

impl<S: Store> Laptop<S> {
    /// Verifies and stores a page of a space, with what lists show of it, in one transaction. What verified before an error is
    /// kept.
    pub fn receive(&mut self, space: SpaceId, page: &PageV1) -> Result<Received, VaultError> {
        self.atomically(|laptop| laptop.receive_page(space, page))
    }

    fn receive_page(&mut self, space: SpaceId, page: &PageV1) -> Result<Received, VaultError> {
        let me = self.me()?.clone();
        let is_register = space == me.register;
        let mut chain = self.chains.get(&space).cloned().unwrap_or_else(|| Chain::new(me.org, space));
        let mut register = self.register.clone().filter(|_| is_register);
        let mut control = if is_register { None } else { self.stamped_control(space)? };
        let mut received = Received::default();
        let (mut rows, mut keys) = (Vec::new(), Vec::new());
        for stamped in &page.entries {
            if !self.protections.checks_heads {
                forget_head(&mut chain, stamped);
            }
            let verified = if is_register {
                verify_register(&mut chain, &mut register, &stamped.entry, &stamped.stamp)
            } else {
                let known = self.register.as_ref().ok_or(LedgerError::RegisterBehind { needed: 1 });
                known.and_then(|r| chain.verify_next(&stamped.entry, &stamped.stamp, r, control.as_deref()))
            };
            let verified = match verified {
                Ok(verified) => verified,
                Err(error) => {
                    received.stopped = Some(error);
                    break;
                }
            };
            if let (true, Some(root)) = (is_register && verified.stamp.seq == 1, &register)
                && root.founding_root != me.root
            {
                return Err(LedgerError::NotFounded.into());
            }
            if is_control(verified.signed.header.kind) {
                let body = ControlV1::read(verified.signed.header.kind, &verified.signed.body)?;
                if let (false, Some(person)) = (is_register, verified.author.person) {
                    fold_control(&mut control, &body, person, verified.author.roles);
                }
                keys.extend(self.granted(&body));
            }
            rows.push(row(space, verified, stamped));
        }
        self.keep(space, chain, register, control, rows, keys, &mut received)?;
        Ok(received)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one transaction")]
    fn keep(
        &mut self,
        space: SpaceId,
        chain: Chain,
        register: Option<Register>,
        control: Option<Arc<Space>>,
        mut rows: Vec<EntryRow>,
        keys: Vec<Secret>,
        received: &mut Received,
    ) -> Result<(), VaultError> {
        let mut changes = Vec::new();
        received.touched.push(space);
        self.new_keys(keys, &mut changes, &mut received.touched)?;
        for row in &mut rows {
            self.open_body(row)?;
            self.learn(row);
            let own = self.outbox.iter().position(|o| o.id == row.id);
            if let Some(own) = own.filter(|_| self.protections.settles_by_id) {
                row.body = row.body.take().or_else(|| Some(self.outbox[own].body.clone()));
                row.missing_key = None;
                changes.push(Change::Settled(row.id));
                self.outbox.remove(own);
            }
        }
        changes.extend(rows.into_iter().map(Change::Entry));
        changes.push(Change::Chain(space, encode(&chain)));
        received.seq = chain.head.seq;
        self.commit(changes)?;
        if self.chains.insert(space, chain).is_none() {
            self.arrived.push(space);
        }
        if register.is_some() {
            self.register = register;
            self.controls.get_mut().remove(&space);
        }
        self.controls.get_mut().extend(control.map(|c| (space, c)));
        received.touched.sort_unstable();
        received.touched.dedup();
        self.refresh_views(&received.touched)
    }

    /// Keeps keys that came outside a page. Returns how many were new.
    pub(super) fn take_keys(&mut self, keys: Vec<Secret>) -> Result<usize, VaultError> {
        self.atomically(|laptop| {
            let (mut changes, mut touched) = (Vec::new(), Vec::new());
            let count = laptop.new_keys(keys, &mut changes, &mut touched)?;
            laptop.commit(changes)?;
            touched.sort_unstable();
            touched.dedup();
            laptop.refresh_views(&touched)?;
            Ok(count)
        })
    }

    /// Adds keys, and opens what waited for them.
    fn new_keys(
        &mut self,
        keys: Vec<Secret>,
        changes: &mut Vec<Change>,
        touched: &mut Vec<SpaceId>,
    ) -> Result<usize, VaultError> {
        let mut count = 0;
        for key in keys {
            if self.keys.insert(key.id(), key.clone()).is_some() {
                continue;
            }
            count += 1;
            changes.push(Change::Key(key.id(), key.bytes().to_vec()));
            for mut waiting in self.store.waiting_for(key.id())? {
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
        let aad = Signed::aad(signed.header.org, row.id, row.kind);
        let (key, opened) = match signed.header.sealing {
            SealingV1::Clear => return Ok(()),
            SealingV1::Key(key) => match self.keys.get(&key) {
                Some(Secret::Body(secret)) => (key, Some(secret.open(&aad, &signed.body))),
                _ => (key, None),
            },
            SealingV1::Answer(key) => (key, self.open_answer(key, &signed)),
        };
        row.missing_key = opened.is_none().then_some(key);
        row.body = opened.map(|padded| {
            let salted = padded.and_then(|p| unpad(&p).map(<[u8]>::to_vec)).unwrap_or_default();
            let is_genuine = salted
                .split_first_chunk::<32>()
                .is_some_and(|(salt, body)| EntryV1::commitment(salt, body) == signed.header.commitment);
            // An empty body says: it was opened and is not what was signed.
            if is_genuine { salted } else { Vec::new() }
        });
        Ok(())
    }

    /// With the form's private half (tellers), or with this person's own.
    fn open_answer(&self, key: KeyId, signed: &Signed) -> Option<Result<Vec<u8>, cabinet_seal::SealError>> {
        if let Some(Secret::Identity(identity)) = self.keys.get(&key) {
            return Some(identity.open(&signed.body));
        }
        let own = self.keys.values().filter_map(|s| match s {
            Secret::Identity(identity) => identity.open(&signed.body).ok(),
            Secret::Body(_) => None,
        });
        let is_mine = self
            .me
            .as_ref()
            .and_then(|me| Some(self.register.as_ref()?.devices.get(&signed.header.device)?.person == me.person));
        if is_mine == Some(true) { { own }.next().map(Ok) } else { None }
    }

    /// Keys that a grant holds for this laptop. One that does not hash to its name is dropped.
    fn granted(&self, control: &ControlV1) -> Vec<Secret> {
        let (ControlV1::Granted { grants }, Some(me)) = (control, &self.me) else { return Vec::new() };
        let Ok(identity) = me.identity() else { return Vec::new() };
        let mine = grants.iter().filter(|g| g.to == GranteeV1::Device(me.device) && !self.keys.contains_key(&g.key));
        mine.filter_map(|g| Secret::read(&identity.open(&g.wrapped).ok()?).filter(|s| s.id() == g.key)).collect()
    }

    /// Keeps the hub's stamp as the receipt of an entry, if it is for the very bytes that were sent.
    pub fn receipt(&mut self, entry: EntryId, stamp: &[u8]) -> Result<(), VaultError> {
        let Some(row) = self.outbox.iter().find(|r| r.id == entry) else { return Ok(()) };
        let signed_stamp: SignedStampV1 = decode(stamp)?;
        let said = signed_stamp.verify()?;
        if said.entry != Signed::decode(&row.entry)?.hash() || said.space != row.space {
            return Err(LedgerError::OtherEntry.into());
        }
        if let Some(register) = self.register.as_ref().filter(|r| !r.may_stamp(said.key, said.term)) {
            let is_behind = said.register.seq > register.head().seq;
            let needed = said.register.seq;
            return Err(
                if is_behind { LedgerError::RegisterBehind { needed } } else { LedgerError::StampKeyUnknown }.into()
            );
        }
        self.commit(vec![Change::Receipt(entry, stamp.to_vec())])?;
        self.outbox.iter_mut().filter(|r| r.id == entry).for_each(|r| r.stamp = Some(stamp.to_vec()));
        Ok(())
    }

    /// Keeps the hub's signed refusal of an entry.
    pub fn refused(&mut self, entry: EntryId, refusal: &RefusalV1) -> Result<(), VaultError> {
        if !self.outbox.iter().any(|r| r.id == entry) {
            return Ok(());
        }
        if let Some(register) = &self.register {
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
        self.outbox.iter_mut().filter(|r| lost.contains(&r.id)).for_each(|r| r.stamp = None);
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

fn row(space: SpaceId, verified: Stamped, stamped: &StampedV1) -> EntryRow {
    EntryRow {
        space,
        seq: verified.stamp.seq,
        id: verified.signed.header.id,
        kind: verified.signed.header.kind,
        person: verified.author.person,
        roles: verified.author.roles,
        at_ms: verified.stamp.at_ms,
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

//! What no honest hub does, and own acts that count for nothing: kept with the evidence until the root has spoken or somebody has looked.

use super::Laptop;
use crate::VaultError;
use crate::store::{Change, EntryRow, OutboxRow, Store};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::wire::{PageV1, StampedV1};
use cabinet_ledger::*;
use cabinet_seal::Identity;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

const ALARMS: &str = "alarms";

/// Limit: a hub that forks again and again fills no vault.
const ALARMS_MAX: usize = 200;

/// What came of a fork of which the root may have spoken.
pub(super) enum Followed {
    /// Nothing yet.
    Waits,
    /// The history that stands here holds.
    Holds,
    /// Another one holds: this one is kept up to a place.
    Cut(u64),
}

/// What somebody must know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Alarm {
    /// The hub signed two histories of a space: `kept` is the stamp that stands here at that place, `other` what contradicts it. The space
    /// waits until the root names the branch that holds.
    #[n(0)]
    Forked {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// The place.
        #[n(1)]
        seq: u64,
        /// The stamp that stands here.
        #[n(2)]
        kept: ByteVec,
        /// The other stamp, or the signed head.
        #[n(3)]
        other: ByteVec,
    },
    /// An act of this laptop's stands where it counts for nothing.
    #[n(1)]
    Void {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// The act.
        #[n(1)]
        entry: EntryId,
        /// Why.
        #[n(2)]
        reason: VoidReason,
    },
    /// The hub's times contradict the register's.
    #[n(2)]
    TimeFell {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// The place.
        #[n(1)]
        seq: u64,
    },
    /// The vault was damaged and made anew from what could be read.
    #[n(3)]
    Damaged {
        /// The register.
        #[n(0)]
        space: SpaceId,
        /// Own acts that waited and could not be read.
        #[n(1)]
        acts: u32,
        /// Spaces of which a part is read from the hub again.
        #[n(2)]
        spaces: u32,
    },
}

/// Why an own act counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum VoidReason {
    /// The hub stamped it, or its number, twice.
    #[n(0)]
    Twice,
    /// It stands in a history that does not hold.
    #[n(1)]
    OtherBranch,
    /// The laptop was not admitted, or the kind of entry or its key not legal.
    #[n(2)]
    NotAdmitted,
    /// Register or space refuse it.
    #[n(3)]
    Refused,
}

impl Alarm {
    /// The space that it is about.
    pub fn space(&self) -> SpaceId {
        match self {
            Alarm::Forked { space, .. }
            | Alarm::Void { space, .. }
            | Alarm::TimeFell { space, .. }
            | Alarm::Damaged { space, .. } => *space,
        }
    }

    /// The space that it says is forked.
    pub fn forked(&self) -> Option<SpaceId> {
        if let Alarm::Forked { space, .. } = self { Some(*space) } else { None }
    }

    fn is_of_same(&self, other: &Alarm) -> bool {
        match (self, other) {
            (Alarm::Forked { space: a, .. }, Alarm::Forked { space: b, .. }) => a == b,
            _ => self == other,
        }
    }
}

impl<S: Store> Laptop<S> {
    /// Everything that is to be told, the oldest first.
    pub fn alarms(&self) -> Result<Vec<Alarm>, VaultError> {
        let stored = self.store.meta(ALARMS)?;
        Ok(stored.and_then(|bytes| decode::<Vec<Alarm>>(&bytes).ok()).unwrap_or_default())
    }

    pub(super) fn raise(&mut self, alarm: Alarm) -> Result<(), VaultError> {
        let mut alarms = self.alarms()?;
        if alarms.iter().any(|a| a.is_of_same(&alarm)) || alarms.len() >= ALARMS_MAX {
            return Ok(());
        }
        alarms.push(alarm);
        self.keep_alarms(alarms)
    }

    fn keep_alarms(&mut self, alarms: Vec<Alarm>) -> Result<(), VaultError> {
        self.commit(vec![Change::Meta(ALARMS.into(), (!alarms.is_empty()).then(|| encode(&alarms)))])
    }

    /// The person has seen what was told of a space. A fork stays until the root has named its branch.
    pub fn dismiss_alarms(&mut self, space: SpaceId) -> Result<(), VaultError> {
        let mut alarms = self.alarms()?;
        alarms.retain(|a| a.space() != space || matches!(a, Alarm::Forked { .. }));
        self.keep_alarms(alarms)
    }

    /// Where a space is forked, if it is.
    pub fn forked_at(&self, space: SpaceId) -> Result<Option<u64>, VaultError> {
        let alarms = self.alarms()?;
        Ok(alarms.iter().find_map(|a| match a {
            Alarm::Forked { space: of, seq, .. } if *of == space => Some(*seq),
            _ => None,
        }))
    }

    /// The stamp at a place of a space.
    fn stamp_at(&self, space: SpaceId, seq: u64) -> Result<Option<Vec<u8>>, VaultError> {
        let Some(before) = seq.checked_sub(1) else { return Ok(None) };
        let row = self.store.entries(space, before)?.into_iter().next().filter(|row| row.seq == seq);
        Ok(row.map(|row| row.stamp))
    }

    /// Looks whether what the hub shows contradicts what stands here: another stamp of a place, or one that goes on from another.
    pub(super) fn compare(&mut self, chain: &Chain, page: &PageV1) -> Result<(), VaultError> {
        if is_off(Fault::Forks) {
            return Ok(());
        }
        // Where the root has said that this history holds, another one of the same places is no news.
        let settled = self.named(chain.id).filter(|named| self.is_on(chain.id, *named)).map_or(0, |named| named.seq);
        for stamped in &page.entries {
            let Some((stamp, hash)) = self.hubs(chain, stamped) else { continue };
            if stamp.seq > chain.head.seq + 1 {
                break;
            }
            let (seq, here) = if stamp.seq == chain.head.seq + 1 {
                (chain.head.seq, stamp.previous == chain.head.hash)
            } else {
                let known = self.stamp_at(chain.id, stamp.seq)?;
                (stamp.seq, known.is_none_or(|known| stamp_hash(&known) == Some(hash)))
            };
            if !here && seq > settled {
                return self.forked(chain.id, seq, stamped.stamp.to_vec());
            }
        }
        let Some(head) = &page.head else { return Ok(()) };
        let is_hubs = head.verify().is_ok() && head.org == chain.org && head.space == chain.id;
        let is_news = is_hubs && head.head.seq > settled;
        let known = if is_news { self.stamp_at(chain.id, head.head.seq)? } else { None };
        if known.is_some_and(|known| stamp_hash(&known) != Some(head.head.hash)) {
            self.forked(chain.id, head.head.seq, encode(head))?;
        }
        Ok(())
    }

    /// A stamp of this space under a key that the root named, with its hash.
    fn hubs(&self, chain: &Chain, stamped: &StampedV1) -> Option<(StampV1, Hash)> {
        let signed = decode::<SignedStampV1>(&stamped.stamp).ok()?;
        let stamp = signed.verify().ok()?;
        let is_named = self.register().is_none_or(|register| register.may_stamp(stamp.key, stamp.term));
        (is_named && stamp.org == chain.org && stamp.space == chain.id).then(|| (stamp, signed.hash()))
    }

    pub(super) fn forked(&mut self, space: SpaceId, seq: u64, other: Vec<u8>) -> Result<(), VaultError> {
        let kept = self.stamp_at(space, seq)?.unwrap_or_default();
        self.raise(Alarm::Forked { space, seq, kept: kept.into(), other: other.into() })
    }

    /// A receipt for a place where something else stands: lost in a restore, or the other half of a fork. Says whether it was lost.
    pub(super) fn receipt_differs(
        &mut self,
        space: SpaceId,
        receipt: &[u8],
        stands: &StampV1,
        hash: Hash,
    ) -> Result<bool, VaultError> {
        let Ok(said) = decode::<SignedStampV1>(receipt).and_then(|s| s.read()) else { return Ok(false) };
        if said.seq != stands.seq || stamp_hash(receipt) == Some(hash) {
            return Ok(false);
        }
        if said.term < stands.term {
            return Ok(true);
        }
        if !is_off(Fault::Forks) {
            self.forked(space, said.seq, receipt.to_vec())?;
        }
        Ok(false)
    }

    /// The same, when the receipt comes after what stands there.
    pub(super) fn compare_receipt(&mut self, space: SpaceId, receipt: &[u8]) -> Result<(), VaultError> {
        let said = decode::<SignedStampV1>(receipt)?.read()?;
        let Some(stands) = self.stamp_at(space, said.seq)? else { return Ok(()) };
        let signed = decode::<SignedStampV1>(&stands)?;
        self.receipt_differs(space, receipt, &signed.read()?, signed.hash())?;
        Ok(())
    }

    /// Each space whose last stamp is later than the register entry that followed the head it named.
    pub(super) fn compare_times(&mut self) -> Result<(), VaultError> {
        let Some(register) = self.register() else { return Ok(()) };
        let own = register.head().seq;
        let late = |chain: &&Chain| {
            chain.register.seq < own && register.time_of(chain.register.seq + 1).is_some_and(|to| chain.at_ms > to)
        };
        let me = self.me()?.register;
        let late: Vec<_> =
            self.chains.values().filter(|c| c.id != me).filter(late).map(|c| (c.id, c.head.seq)).collect();
        late.into_iter().try_for_each(|(space, seq)| self.raise(Alarm::TimeFell { space, seq }))
    }

    /// Has the root say that the branch that stands here holds. The recovery key opens the root for this one signature and is not kept.
    pub fn name_branch(&mut self, space: SpaceId, recovery: &Identity, now_ms: u64) -> Result<(), VaultError> {
        let seq = self.forked_at(space)?.ok_or(VaultError::SpaceUnknown)?;
        let kept = self.stamp_at(space, seq)?.and_then(|stamp| stamp_hash(&stamp)).ok_or(VaultError::SpaceUnknown)?;
        let (root, org) = (self.root(recovery)?, self.me()?.org);
        let named = ControlV1::name_branch(org, space, Head { seq, hash: kept }, &root);
        let register = self.me()?.register;
        self.sign(super::NewEntry::control(Some(register), &named), now_ms)?;
        Ok(())
    }

    /// The branch that the root named last in a space.
    fn named(&self, space: SpaceId) -> Option<Head> {
        self.register()?.branches.get(&space).copied()
    }

    /// Whether what stands here goes through a place.
    fn is_on(&self, space: SpaceId, head: Head) -> bool {
        let stands = self.stamp_at(space, head.seq).ok().flatten();
        stands.is_some_and(|stamp| stamp_hash(&stamp) == Some(head.hash))
    }

    /// Forked spaces of which the root has spoken: each is read again from its last place, to see which history holds. Returns from where.
    pub(super) fn spoken_of(&self) -> Result<Vec<(SpaceId, u64)>, VaultError> {
        let mut spoken = Vec::new();
        for alarm in self.alarms()? {
            let Alarm::Forked { space, seq, .. } = alarm else { continue };
            let Some(named) = self.named(space) else { continue };
            if named.seq >= seq || !self.is_on(space, named) {
                let head = self.chains.get(&space).map_or(0, |chain| chain.head.seq);
                spoken.push((space, head.min(named.seq).saturating_sub(1)));
            }
        }
        Ok(spoken)
    }

    /// Follows what the root said of a forked space. Where this history holds, it goes on; where the page leads to the place that the root
    /// named and this history does not, what stood here goes from the fork on, and is told to whoever said it here: how far the space is kept then.
    /// A fork that began earlier is found with the next page, and followed the same way.
    pub(super) fn follow_root(&mut self, chain: &Chain, page: &PageV1, fork: u64) -> Result<Followed, VaultError> {
        let space = chain.id;
        let Some(named) = self.named(space) else { return Ok(Followed::Waits) };
        match self.is_on(space, named) {
            // What the root said is of an earlier fork.
            true if named.seq < fork => Ok(Followed::Waits),
            true => {
                self.forget_fork(space)?;
                Ok(Followed::Holds)
            }
            false if !self.leads_to(chain, page, named) => Ok(Followed::Waits),
            false => {
                let from = fork.min(named.seq);
                self.cut(space, from)?;
                self.forget_fork(space)?;
                Ok(Followed::Cut(from - 1))
            }
        }
    }

    /// Whether a page goes without a gap, under the hub's key, to a place.
    fn leads_to(&self, chain: &Chain, page: &PageV1, head: Head) -> bool {
        let mut before: Option<Head> = None;
        for stamped in &page.entries {
            let Some((stamp, hash)) = self.hubs(chain, stamped) else { return false };
            let follows = before.is_none_or(|b| stamp.seq == b.seq + 1 && stamp.previous == b.hash);
            let here = Head { seq: stamp.seq, hash };
            if !follows || here == head {
                return follows;
            }
            before = Some(here);
        }
        false
    }

    fn forget_fork(&mut self, space: SpaceId) -> Result<(), VaultError> {
        let mut alarms = self.alarms()?;
        alarms.retain(|a| a.forked() != Some(space));
        self.keep_alarms(alarms)
    }

    /// Forgets a space from a place on.
    fn cut(&mut self, space: SpaceId, from: u64) -> Result<(), VaultError> {
        let lost = self.store.entries(space, from.saturating_sub(1))?;
        let own: Vec<EntryRow> = lost.into_iter().filter(|row| self.is_mine(row)).collect();
        self.commit(vec![Change::Cut(space, from)])?;
        self.threads.remove(&space);
        self.controls.get_mut().remove(&space);
        self.forms.forget();
        self.sessions.forget();
        let thread = self.take_thread(space)?;
        self.commit(vec![Change::Chain(space, encode(&thread.chain))])?;
        self.chains.insert(space, thread.chain.clone());
        self.threads.insert(space, thread);
        for row in own {
            let reason = VoidReason::OtherBranch;
            self.raise(Alarm::Void { space, entry: row.id, reason })?;
        }
        self.refresh_views(&[space])
    }

    fn is_mine(&self, row: &EntryRow) -> bool {
        let device = Signed::decode(&row.entry).ok().and_then(|signed| signed.header.device());
        self.me.as_ref().is_some_and(|me| device == Some(me.device))
    }

    /// Own acts that have just got their places: those that are void are told, and receipts are held against what stands.
    pub(super) fn settle_own(&mut self, verified: &Stamped) -> Result<Option<OutboxRow>, VaultError> {
        let (stamp, space) = (&verified.stamp, verified.stamp.space);
        let rows: Vec<OutboxRow> = self.outbox.iter().filter(|o| o.space == space).cloned().collect();
        for row in &rows {
            let Some(receipt) = &row.stamp else { continue };
            let is_other = row.entry != verified.signed.bytes;
            if is_other && self.receipt_differs(space, receipt, stamp, verified.stamp_hash)? {
                self.commit(vec![Change::Unreceipted(row.id)])?;
                self.outbox.iter_mut().filter(|o| o.id == row.id).for_each(OutboxRow::unreceipted);
            }
        }
        let own = rows.into_iter().find(|row| row.entry == verified.signed.bytes);
        if let (Some(row), Some(void)) = (&own, verified.void) {
            self.raise(Alarm::Void { space, entry: row.id, reason: void.into() })?;
        }
        Ok(own)
    }
}

impl From<Void> for VoidReason {
    fn from(void: Void) -> Self {
        match void {
            Void::SameId | Void::SameCounter => VoidReason::Twice,
            Void::SeenElsewhere => VoidReason::OtherBranch,
            Void::NotAdmitted(_) => VoidReason::NotAdmitted,
            Void::RegisterRefuses(_) | Void::SpaceRefuses(_) => VoidReason::Refused,
        }
    }
}

fn stamp_hash(stamp: &[u8]) -> Option<Hash> {
    decode::<SignedStampV1>(stamp).ok().map(|signed| signed.hash())
}

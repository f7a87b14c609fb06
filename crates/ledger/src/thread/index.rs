//! What has stood in a space, by id, by its device's counter, and by place.

use super::Void;
use crate::{DeviceId, EntryId, Hash, Signed, SignedStampV1, StampV1, decode};
use cabinet_fault::{Fault, is_off};
use std::collections::{BTreeMap, BTreeSet};

/// What has stood in a space: nothing counts twice, and nothing from another place.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    stamps: Vec<Hash>,
    ids: BTreeSet<EntryId>,
    counters: BTreeMap<DeviceId, BTreeSet<u64>>,
    /// The last place of each term.
    ends: BTreeMap<u32, u64>,
}

impl Index {
    /// What an entry can't be, whatever the register says of its author.
    pub(super) fn check(&self, signed: &Signed, term: u32) -> Result<(), Void> {
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

    pub(super) fn add(&mut self, signed: &Signed, stamp: &StampV1, stamp_hash: Hash, is_void: bool) {
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
    pub(super) fn at_ms(&self, stamp: &StampV1, may_stamp: impl Fn(&StampV1) -> bool) -> u64 {
        let earlier = stamp.earlier.as_deref().and_then(|bytes| decode::<SignedStampV1>(bytes).ok()?.verify().ok());
        let was_lost =
            |e: &StampV1| e.term < stamp.term && self.ends.get(&e.term).is_none_or(|end| e.seq > *end) && may_stamp(e);
        let of_this = |e: &StampV1| (e.org, e.space, e.entry) == (stamp.org, stamp.space, stamp.entry);
        earlier.filter(|e| of_this(e) && was_lost(e)).map_or(stamp.at_ms, |e| e.at_ms.min(stamp.at_ms))
    }

    /// The hash of the stamp at a place.
    pub(super) fn stamp_hash(&self, seq: u64) -> Option<Hash> {
        self.stamps.get((seq as usize).checked_sub(1)?).copied()
    }
}

//! What the world does for a hub that plays false.

use super::World;
use crate::insiders::Misrule;
use cabinet_hub::{LedgerStore, StoredEntry};
use cabinet_ledger::*;

impl World {
    /// The hub stamps an entry that it should refuse, where everybody sees it: then it is for every laptop to find it void.
    pub(super) fn stamp_unjudged(&mut self, bytes: &[u8]) -> Option<wire::AppendedV1> {
        let signed = Signed::decode(bytes).ok()?;
        let (space, last) = (signed.space(), self.last_stamp(signed.space())?);
        let (_, register) = self.hub.as_ref()?.register()?;
        let head = register.head();
        let here = self.hub_store.entries(space, 0, usize::MAX).ok()?;
        let is_known = here.iter().any(|e| Signed::decode(&e.entry).is_ok_and(|s| s.header.id == signed.header.id));
        if signed.header.org != last.org || signed.header.register.seq > head.seq || is_known {
            return None;
        }
        let stamp = StampV1 {
            seq: last.seq + 1,
            previous: last.clone().sign(&self.hub_key).hash(),
            at_ms: self.now.max(register.time_of(head.seq)?).max(last.at_ms),
            entry: signed.hash(),
            register: head,
            earlier: None,
            ..last
        };
        let stamped = encode(&stamp.sign(&self.hub_key));
        let stored = StoredEntry {
            space,
            seq: last.seq + 1,
            id: signed.header.id,
            hash: signed.hash(),
            kind: signed.header.kind,
            device: signed.header.device()?,
            counter: signed.header.counter,
            entry: signed.bytes.clone(),
            stamp: stamped.clone(),
            papers: signed.header.papers.clone(),
        };
        self.hub_store.commit(&[stored]).ok()?;
        self.start_hub();
        Some(wire::AppendedV1::Stamped(stamped.into()))
    }

    pub(super) fn last_stamp(&self, space: SpaceId) -> Option<StampV1> {
        let all = self.hub_store.entries(space, 0, usize::MAX >> 1).unwrap();
        decode::<SignedStampV1>(&all.last()?.stamp).ok()?.read().ok()
    }

    /// The hub turns hostile.
    pub fn misrule(&mut self, seed: u64) {
        self.misrule = Some(Misrule::new(seed, self.hub_key.clone()));
    }

    /// From here on the hub shows some laptops another history.
    pub fn fork(&mut self) {
        let (store, laptops) = (self.hub_store.clone(), self.laptops.len());
        if let Some(misrule) = self.misrule.as_mut().filter(|m| m.branch.is_none()) {
            misrule.fork(&store, laptops);
        }
    }
}

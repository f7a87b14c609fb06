//! A hub that plays false: it withholds, cuts, reorders and alters what it shows, stamps what nobody may say, promises places that it does not
//! give, and shows two histories.

use crate::chance::Chance;
use cabinet_hub::{MemoryLedgerStore, Orderer};
use cabinet_ledger::wire::{AppendedV1, PageV1, RefusalReason, RefusalV1, StampedV1};
use cabinet_ledger::*;
use cabinet_seal::SigningKey;
use cabinet_sync::{Reply, Request};
use std::collections::{BTreeMap, BTreeSet};

/// What such a hub does, by name.
pub const TRICKS: [&str; 17] = [
    "hub: a stamp outside the register's times",
    "hub: what it should refuse, stamped for all",
    "hub: a space kept from a laptop",
    "hub: a head left behind",
    "hub: an entry left out",
    "hub: a bit of an entry turned",
    "hub: entries in another order",
    "hub: a page cut short",
    "hub: nothing answered",
    "hub: a receipt for something else",
    "hub: a receipt and no entry",
    "hub: a refusal of what is right",
    "hub: an entry stamped again",
    "hub: an entry that nobody may say, stamped",
    "hub: a stamp back in time",
    "hub: a stamp under another key",
    "hub: two histories",
];

/// A hub's bad will, and what it has done.
pub struct Misrule {
    pub done: BTreeMap<&'static str, u64>,
    /// Another history, for some laptops.
    pub branch: Option<Branch>,
    /// Entries of hostile people, which it stamps unjudged.
    pub forged: Vec<Vec<u8>>,
    /// The register's last place and its time.
    pub register: (Head, u64),
    /// It plays no more tricks.
    pub rests: bool,
    key: SigningKey,
    chance: Chance,
}

/// A second history with those who see it.
pub struct Branch {
    pub hub: Orderer<MemoryLedgerStore>,
    pub laptops: BTreeSet<usize>,
}

impl Misrule {
    pub fn new(seed: u64, key: SigningKey) -> Self {
        Misrule {
            done: BTreeMap::new(),
            branch: None,
            forged: Vec::new(),
            register: (Head::START, 0),
            rests: false,
            key,
            chance: Chance::new(seed ^ 0xbad),
        }
    }

    /// Whether it stamps now what it should refuse, of those who see the history that all see.
    pub fn stamps_all(&mut self, laptop: usize) -> bool {
        let is_on_branch = self.branch.as_ref().is_some_and(|b| b.laptops.contains(&laptop));
        !self.rests && !is_on_branch && self.chance.percent(50)
    }

    pub fn count(&mut self, trick: &'static str) {
        *self.done.entry(trick).or_default() += 1;
    }

    /// From here on some laptops see another history.
    pub fn fork(&mut self, store: &MemoryLedgerStore, laptops: usize) {
        let Ok(hub) = Orderer::open(store.copy(), self.key.clone()) else { return };
        let chosen = (1..laptops).filter(|_| self.chance.percent(50)).collect();
        self.count("hub: two histories");
        self.branch = Some(Branch { hub, laptops: chosen });
    }

    /// What it answers to an append without having appended anything.
    pub fn instead_of(
        &mut self,
        request: &Request,
        head: impl Fn(SpaceId) -> Option<StampV1>,
    ) -> Option<Vec<AppendedV1>> {
        let Request::Append { appends, .. } = request else { return None };
        if self.rests || !self.chance.percent(4) {
            return None;
        }
        let entries: Vec<Signed> =
            appends.entries.iter().map(|a| Signed::decode(&a.entry)).collect::<Result<_, _>>().ok()?;
        let trick = self.chance.below(3);
        let answers = entries.iter().map(|signed| {
            let last = head(signed.space())?;
            Some(match trick {
                0 => AppendedV1::Refused(RefusalV1::sign(
                    signed.header.org,
                    signed.hash(),
                    RefusalReason::NotAllowed,
                    last.at_ms,
                    &self.key,
                )),
                1 => AppendedV1::Stamped(encode(&last.clone().sign(&self.key)).into()),
                _ => AppendedV1::Stamped(self.after(&last, signed, |_| {})?.stamp),
            })
        });
        let answers: Vec<_> = answers.collect::<Option<_>>()?;
        self.count(
            ["hub: a refusal of what is right", "hub: a receipt for something else", "hub: a receipt and no entry"]
                [trick as usize],
        );
        Some(answers)
    }

    /// An entry stamped behind a stamp, whoever may say it.
    fn after(&self, last: &StampV1, signed: &Signed, bend: impl FnOnce(&mut StampV1)) -> Option<StampedV1> {
        let previous = last.clone().sign(&self.key).hash();
        let mut stamp = StampV1 {
            seq: last.seq + 1,
            previous,
            entry: signed.hash(),
            earlier: None,
            at_ms: last.at_ms + 1,
            ..last.clone()
        };
        if stamp.space == signed.space() && stamp.register.seq < signed.header.register.seq {
            stamp.register = signed.header.register;
        }
        bend(&mut stamp);
        Some(StampedV1 { entry: signed.bytes.clone().into(), stamp: encode(&stamp.sign(&self.key)).into() })
    }

    /// Bends an answer, now and then. None: nothing is answered.
    pub fn bend(&mut self, reply: Reply) -> Option<Reply> {
        if self.rests || !self.chance.percent(6) {
            return Some(reply);
        }
        match reply {
            Reply::Spaces(mut spaces) if !spaces.spaces.is_empty() => {
                let at = self.chance.below(spaces.spaces.len() as u64) as usize;
                if self.chance.percent(50) {
                    spaces.spaces.remove(at);
                    self.count("hub: a space kept from a laptop");
                } else {
                    spaces.spaces[at].seq = spaces.spaces[at].seq.saturating_sub(1);
                    self.count("hub: a head left behind");
                }
                Some(Reply::Spaces(spaces))
            }
            Reply::Page(page) => Some(Reply::Page(Box::new(self.bend_page(*page)))),
            Reply::Appended(_) => {
                self.count("hub: nothing answered");
                None
            }
            other => Some(other),
        }
    }

    fn bend_page(&mut self, mut page: PageV1) -> PageV1 {
        let Some(last) = page.entries.last().cloned() else { return page };
        let Ok(stamp) = decode::<SignedStampV1>(&last.stamp).and_then(|s| s.verify()) else { return page };
        let Ok(signed) = Signed::decode(&last.entry) else { return page };
        match self.chance.below(9) {
            0 => {
                self.count("hub: an entry left out");
                page.entries.remove(0);
            }
            1 => {
                self.count("hub: a bit of an entry turned");
                let mut bytes = last.entry.to_vec();
                let at = self.chance.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1;
                page.entries.last_mut().unwrap().entry = bytes.into();
            }
            2 => {
                self.count("hub: entries in another order");
                page.entries.reverse();
            }
            3 => {
                self.count("hub: a page cut short");
                page.entries.truncate(page.entries.len() / 2);
            }
            4 => {
                self.count("hub: an entry stamped again");
                page.entries.extend(self.after(&stamp, &signed, |_| {}));
            }
            5 => {
                let space = stamp.space;
                let forged = self.forged.iter().rev().filter_map(|bytes| Signed::decode(bytes).ok());
                let Some(forged) = forged.into_iter().find(|signed| signed.space() == space) else { return page };
                self.count("hub: an entry that nobody may say, stamped");
                page.entries.extend(self.after(&stamp, &forged, |_| {}));
            }
            7 => {
                let (head, at_ms) = self.register;
                if stamp.register.seq >= head.seq || stamp.at_ms + 1 >= at_ms {
                    return page;
                }
                self.count("hub: a stamp outside the register's times");
                page.entries.extend(self.after(&stamp, &signed, |stamp| stamp.register = head));
            }
            6 => {
                self.count("hub: a stamp back in time");
                let back = stamp.at_ms.saturating_sub(3_600_000);
                page.entries.extend(self.after(&stamp, &signed, |stamp| stamp.at_ms = back));
            }
            _ => {
                self.count("hub: a stamp under another key");
                let other = SigningKey::make();
                let mine = std::mem::replace(&mut self.key, other);
                let key = Hash(self.key.public().0);
                let forged = self.after(&stamp, &signed, |stamp| stamp.key = key);
                self.key = mine;
                page.entries.extend(forged);
            }
        }
        page
    }
}

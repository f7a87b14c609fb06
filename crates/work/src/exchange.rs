//! Between the laptop and the sync machine: what the hub said becomes what the laptop holds. Generic over the store, so that the
//! simulator exchanges through the same code.

use crate::WorkError;
use cabinet_acts::{kind, session_kind};
use cabinet_ledger::wire::SpaceHeadV1;
use cabinet_ledger::{EntryId, LedgerError, Signed, SignedStampV1, SpaceId, decode};
use cabinet_sync::{Effect, Outgoing, Reply, Sync};
use cabinet_vault::{Alarm, Laptop, Store};

/// What a reply changed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Spaces whose state may have changed.
    pub touched: Vec<SpaceId>,
    /// Entries that now have a receipt.
    pub received: Vec<EntryId>,
    /// Entries that the hub will not take.
    pub refused: Vec<EntryId>,
    /// Whether the hub answered.
    pub online: Option<bool>,
    /// The login no longer holds.
    pub is_login_needed: bool,
    /// Spaces that can't be followed any further, with the reason.
    pub stopped: Vec<(SpaceId, LedgerError)>,
}

/// The sync machine of an open laptop.
pub struct Exchange {
    /// The machine.
    pub sync: Sync,
}

impl Exchange {
    /// Begins where the laptop stands.
    pub fn new<S: Store>(laptop: &Laptop<S>) -> Result<Self, WorkError> {
        let mut sync = Sync::new(laptop.me().ok().map(|me| me.register));
        laptop.heads().for_each(|(space, seq)| sync.stored(space, seq));
        let mut exchange = Exchange { sync };
        exchange.refill(laptop)?;
        Ok(exchange)
    }

    /// Takes over what was signed since. What is issued waits for its papers.
    pub fn refill<S: Store>(&mut self, laptop: &Laptop<S>) -> Result<(), WorkError> {
        // A forked space waits, for the root to name its branch.
        let forked: Vec<SpaceId> = laptop.alarms()?.iter().filter_map(Alarm::forked).collect();
        let waiting = laptop.outbox().iter().filter(|r| r.is_unsent());
        for row in waiting.filter(|row| !forked.contains(&row.space)) {
            let header = Signed::decode(&row.entry).map_err(cabinet_vault::VaultError::from)?.header;
            let is_issue = matches!(header.kind, kind::ISSUED | session_kind::ISSUED);
            let after = if is_issue { header.papers.clone() } else { vec![] };
            if matches!(header.kind, kind::DRAFTED | session_kind::EDITED) {
                header.papers.iter().for_each(|p| self.sync.upload(*p, row.space));
            }
            let (bytes, earlier) = (row.entry.clone(), row.earlier.clone());
            self.sync.enqueue(Outgoing { entry: row.id, space: row.space, bytes, earlier, after });
        }
        Ok(())
    }

    /// Takes the reply to what the machine asked. What can't be kept here, for want of room, say, is asked and sent again after a while.
    pub fn take<S: Store>(&mut self, laptop: &mut Laptop<S>, reply: Reply, now_ms: u64) -> Result<Outcome, WorkError> {
        let effects = self.sync.done(reply, now_ms);
        let outcome = self.apply(laptop, effects);
        if outcome.is_err() {
            self.sync.not_kept(now_ms);
            self.refill(laptop)?;
        }
        outcome
    }

    /// Carries out what the machine says of a reply.
    fn apply<S: Store>(&mut self, laptop: &mut Laptop<S>, effects: Vec<Effect>) -> Result<Outcome, WorkError> {
        let mut outcome = Outcome::default();
        for effect in effects {
            match effect {
                Effect::Online(online) => outcome.online = Some(online),
                Effect::LoginNeeded => outcome.is_login_needed = true,
                Effect::Uploaded { .. } => {}
                Effect::HubBehind { space, seq } => {
                    laptop.forget_receipts(space, seq)?;
                    self.refill(laptop)?;
                }
                Effect::Ends(ends) => {
                    let differs = |end: &&SpaceHeadV1| {
                        let mut heads = laptop.chain_heads();
                        heads.any(|(space, head)| space == end.space && head.seq == end.seq && head.hash != end.stamp)
                    };
                    ends.iter().filter(differs).for_each(|end| self.sync.read_again(end.space));
                    // A receipt for a place that the hub no longer has, and nobody else fills: what it was for goes out again.
                    for end in &ends {
                        laptop.forget_receipts(end.space, end.seq)?;
                    }
                    self.refill(laptop)?;
                }
                Effect::HubForgot { space, seq } => {
                    outcome.stopped.push((space, LedgerError::ChainBroken { seq: seq + 1 }));
                }
                Effect::Receipt { entry, stamp } => match laptop.receipt(entry, &stamp) {
                    Ok(()) => {
                        self.heard_of(&stamp);
                        outcome.received.push(entry);
                    }
                    // Not a receipt for what was sent, or under a key that the register may have named meanwhile: the entry goes
                    // out again, once the register is read.
                    Err(cabinet_vault::VaultError::Ledger(error)) => {
                        if let LedgerError::RegisterBehind { needed } = error {
                            self.read_register_to(laptop, needed);
                        }
                        self.refill(laptop)?;
                    }
                    Err(error) => return Err(error.into()),
                },
                Effect::Refused { entry, refusal } => match laptop.refused(entry, &refusal) {
                    Ok(()) => outcome.refused.push(entry),
                    Err(cabinet_vault::VaultError::Ledger(_)) => self.refill(laptop)?,
                    Err(error) => return Err(error.into()),
                },
                Effect::Entries { space, page } => {
                    let received = laptop.receive(space, &page)?;
                    self.sync.stored(space, received.seq);
                    outcome.touched.extend(received.touched);
                    for (space, seq) in received.reopened {
                        self.sync.reopen(space, seq);
                        self.refill(laptop)?;
                    }
                    self.stopped(laptop, space, received.stopped, &mut outcome);
                }
            }
        }
        Ok(outcome)
    }

    /// What was received has its place: it is read back at once, and what came before it.
    fn heard_of(&mut self, stamp: &[u8]) {
        if let Ok(stamp) = decode::<SignedStampV1>(stamp).and_then(|signed| signed.read()) {
            self.sync.heard(SpaceHeadV1::at(stamp.space, stamp.seq));
        }
    }

    fn read_register_to<S: Store>(&mut self, laptop: &Laptop<S>, seq: u64) {
        if let Ok(me) = laptop.me() {
            self.sync.heard(SpaceHeadV1::at(me.register, seq));
        }
    }

    fn stopped<S: Store>(
        &mut self,
        laptop: &Laptop<S>,
        space: SpaceId,
        stopped: Option<LedgerError>,
        outcome: &mut Outcome,
    ) {
        match stopped {
            // The register must come first; this space is read again after it.
            Some(LedgerError::RegisterBehind { needed }) => self.read_register_to(laptop, needed),
            // An old answer that came late: the cursor stands where it stood, and the space is read on from there.
            None | Some(LedgerError::SequenceGap { .. }) => {}
            Some(error) => {
                self.sync.give_up(space);
                outcome.stopped.push((space, error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use cabinet_ledger::wire::{AppendedAllV1, AppendedV1, PageV1, SpacesV1, StampedV1};
    use cabinet_ledger::*;
    use cabinet_seal::SigningKey;
    use cabinet_sync::{Reply, Request};
    use cabinet_vault::{MemoryStore, NewEntry};

    fn stamp(key: &SigningKey, chain: &Chain, entry: &[u8]) -> SignedStampV1 {
        let stamp = StampV1 {
            version: StampV1::VERSION,
            org: chain.org,
            space: chain.id,
            seq: chain.head.seq + 1,
            at_ms: 1,
            previous: chain.head.hash,
            entry: Signed::decode(entry).unwrap().hash(),
            key: Hash(key.public().0),
            term: 1,
            register: chain.head,
            earlier: None,
        };
        stamp.sign(key)
    }

    /// A hub was restored to just before the last act, which nobody had read back: no later place contradicts its receipt.
    #[test]
    fn act_whose_receipt_a_restore_lost_goes_out_again_although_nothing_takes_its_place() {
        let (mut laptop, key) = (Laptop::open(MemoryStore::default()).unwrap(), SigningKey::make());
        let stamp_key = Hash(key.public().0);
        let founding = Laptop::<MemoryStore>::found("http://hub", Hash::NONE, stamp_key, role::OFFICER, 1).unwrap();
        laptop.founded(&founding).unwrap();
        let (org, register) = laptop.me().map(|me| (me.org, me.register)).unwrap();
        let mut chain = Chain::new(org, register);
        let first = stamp(&key, &chain, &founding.entry);
        chain.head = Head { seq: 1, hash: first.hash() };
        let entries = vec![StampedV1 { entry: founding.entry.clone().into(), stamp: encode(&first).into() }];
        laptop.receive(register, &PageV1 { entries, head_seq: 1, head: None }).unwrap();
        let act = ControlV1::RolesSet { person: PersonId([9; 16]), roles: role::GUEST };
        laptop.sign(NewEntry::control(Some(register), &act), 1).unwrap();

        let mut exchange = Exchange::new(&laptop).unwrap();
        let sent = laptop.outbox()[0].entry.clone();
        assert!(matches!(exchange.sync.next(0), Some(Request::Append { .. })));
        let receipt = AppendedV1::Stamped(encode(&stamp(&key, &chain, &sent)).into());
        let reply = Reply::Appended(AppendedAllV1 { answers: vec![receipt] });
        exchange.take(&mut laptop, reply, 0).unwrap();
        assert!(laptop.outbox()[0].stamp.is_some(), "it has a receipt");

        // What was stamped is read back at once, and the hub has nothing there; it lists what it has, and is asked once more.
        exchange.sync.set_logged_in(true);
        let end = SpaceHeadV1 { space: register, seq: 1, stamp: chain.head.hash };
        for asked in
            [Request::Read { space: register, after: 1 }, Request::Spaces, Request::Read { space: register, after: 1 }]
        {
            assert_eq!(exchange.sync.next(0), Some(asked.clone()));
            let reply = match asked {
                Request::Spaces => Reply::Spaces(SpacesV1 { spaces: vec![end], at_ms: 2 }),
                _ => Reply::Page(Box::new(PageV1 { entries: vec![], head_seq: 1, head: None })),
            };
            exchange.take(&mut laptop, reply, 0).unwrap();
        }
        let Some(Request::Append { appends, .. }) = exchange.sync.next(0) else { panic!("nothing goes out") };
        let again = &appends.entries[0];
        assert_eq!(again.entry.to_vec(), sent);
        assert!(again.earlier.is_some(), "its receipt goes with it");
    }
}

//! What a hub does that no honest hub does, and what its laptop tells.

use cabinet_ledger::wire::{PageV1, StampedV1};
use cabinet_ledger::*;
use cabinet_seal::SigningKey;
use cabinet_vault::{Alarm, Laptop, MemoryStore, NewEntry, VoidReason};

const START_MS: u64 = 1_780_275_600_000;

/// A hub that stamps whatever it is given.
struct Hub {
    key: SigningKey,
    chain: Chain,
}

impl Hub {
    fn stamp(&mut self, entry: &[u8]) -> StampedV1 {
        let stamp = StampV1 {
            version: StampV1::VERSION,
            org: self.chain.org,
            space: self.chain.id,
            seq: self.chain.head.seq + 1,
            at_ms: START_MS + self.chain.head.seq,
            previous: self.chain.head.hash,
            entry: Signed::decode(entry).expect("an entry").hash(),
            key: Hash(self.key.public().0),
            term: 1,
            register: self.chain.head,
            earlier: None,
        };
        let seq = stamp.seq;
        let signed = stamp.sign(&self.key);
        self.chain.head = Head { seq, hash: signed.hash() };
        StampedV1 { entry: entry.to_vec().into(), stamp: encode(&signed).into() }
    }
}

/// An officer's laptop, and the hub that it was founded at.
fn founded() -> (Laptop<MemoryStore>, Hub) {
    let (mut laptop, key) = (Laptop::open(MemoryStore::default()).expect("an empty vault"), SigningKey::make());
    let stamp_key = Hash(key.public().0);
    let founding = Laptop::<MemoryStore>::found("http://hub", Hash::NONE, stamp_key, role::OFFICER, START_MS);
    let founding = founding.expect("a founding");
    laptop.founded(&founding).expect("founded");
    let me = laptop.me().expect("enrolled").clone();
    let mut hub = Hub { key, chain: Chain::new(me.org, me.register) };
    let first = hub.stamp(&founding.entry);
    receive(&mut laptop, vec![first]);
    (laptop, hub)
}

fn receive(laptop: &mut Laptop<MemoryStore>, entries: Vec<StampedV1>) {
    let register = laptop.me().expect("enrolled").register;
    let head_seq = entries.len() as u64;
    laptop.receive(register, &PageV1 { entries, head_seq, head: None }).expect("received");
}

fn sign(laptop: &mut Laptop<MemoryStore>, control: &ControlV1) -> (EntryId, Vec<u8>) {
    let register = laptop.me().expect("enrolled").register;
    let (id, _) = laptop.sign(NewEntry::control(Some(register), control), START_MS).expect("signed");
    let row = laptop.outbox().iter().find(|row| row.id == id).expect("it waits").entry.clone();
    (id, row)
}

#[test]
fn own_act_that_the_hub_stamped_where_it_counts_for_nothing_is_told() {
    let (mut laptop, mut hub) = founded();
    // Officers are the root's: the hub should have refused it.
    let (id, entry) = sign(&mut laptop, &ControlV1::RolesSet { person: PersonId([9; 16]), roles: role::OFFICER });
    let stamped = hub.stamp(&entry);
    receive(&mut laptop, vec![stamped]);
    let register = laptop.me().expect("enrolled").register;
    let told = Alarm::Void { space: register, entry: id, reason: VoidReason::Refused };
    assert_eq!(laptop.alarms().expect("read"), [told]);
    // It stays told after the vault was closed, and until somebody has seen it.
    let mut again = Laptop::open(laptop.store().clone()).expect("opens");
    assert_eq!(again.alarms().expect("read").len(), 1);
    again.dismiss_alarms(register).expect("seen");
    assert_eq!(again.alarms().expect("read"), []);
}

#[test]
fn two_stamps_of_one_place_are_kept_and_stay_until_the_root_has_spoken() {
    let (mut laptop, mut hub) = founded();
    let roles = |n| ControlV1::RolesSet { person: PersonId([n; 16]), roles: role::GUEST };
    let ((_, first), (_, second)) = (sign(&mut laptop, &roles(1)), sign(&mut laptop, &roles(2)));
    let before = hub.chain.clone();
    let here = hub.stamp(&first);
    hub.chain = before;
    let other = hub.stamp(&second);
    receive(&mut laptop, vec![here.clone()]);
    assert_eq!(laptop.alarms().expect("read"), []);
    receive(&mut laptop, vec![other.clone()]);
    let register = laptop.me().expect("enrolled").register;
    let told = Alarm::Forked { space: register, seq: 2, kept: here.stamp, other: other.stamp };
    assert_eq!(laptop.alarms().expect("read"), [told]);
    laptop.dismiss_alarms(register).expect("seen");
    assert_eq!(laptop.forked_at(register).expect("read"), Some(2));
}

#[test]
fn act_that_a_hub_dropped_shows_by_the_next_of_the_same_laptop() {
    let (mut laptop, mut hub) = founded();
    let register = laptop.me().expect("enrolled").register;
    let entries =
        [1, 2, 3].map(|n| sign(&mut laptop, &ControlV1::RolesSet { person: PersonId([n; 16]), roles: role::GUEST }).1);
    let page = [hub.stamp(&entries[0]), hub.stamp(&entries[2])];
    receive(&mut laptop, page[..1].to_vec());
    assert_eq!(laptop.gaps(register).expect("read"), 0);
    receive(&mut laptop, page[1..].to_vec());
    assert_eq!(laptop.gaps(register).expect("read"), 1);
}

//! What a laptop signs is within the limits by which everybody reads.
#![allow(clippy::unwrap_used)]

use cabinet_ledger::*;
use cabinet_seal::SigningKey;
use cabinet_vault::{Laptop, MemoryStore, NewEntry, VaultError};

const START_MS: u64 = 1_780_275_600_000;

#[test]
fn what_nobody_could_read_is_not_signed_and_leaves_nothing() {
    let stamp_key = Hash(SigningKey::make().public().0);
    let founding = Laptop::<MemoryStore>::found("http://hub", Hash::NONE, stamp_key, role::OFFICER, START_MS).unwrap();
    let mut laptop = Laptop::open(MemoryStore::default()).unwrap();
    laptop.founded(&founding).unwrap();
    let register = laptop.me().unwrap().register;
    let before = laptop.outbox().to_vec();
    let roles = ControlV1::RolesSet { person: PersonId([1; 16]), roles: role::MEMBER };
    let replacing =
        |count| NewEntry { replaces: vec![EntryId([7; 16]); count], ..NewEntry::control(Some(register), &roles) };
    let refused = laptop.sign(replacing(limits::REPLACES_MAX + 1), START_MS);
    assert_eq!(refused, Err(VaultError::Ledger(LedgerError::TooLarge)));
    let people = ControlV1::MembersAdded { members: vec![PersonId([2; 16]); limits::PEOPLE_MAX + 1] };
    let refused = laptop.sign(NewEntry::control(Some(register), &people), START_MS);
    assert_eq!(refused, Err(VaultError::Ledger(LedgerError::TooLarge)));
    assert_eq!(laptop.outbox(), before);
    assert!(laptop.sign(replacing(limits::REPLACES_MAX), START_MS).is_ok());
}

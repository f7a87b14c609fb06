//! The vault when the power goes or the disk is full.

/// Every how many-th point; `EVERY_POINT=1` takes all.
const STEP: usize = 3;

#[test]
fn vault_is_whole_whenever_the_power_goes() {
    let step = if std::env::var_os("EVERY_POINT").is_some() { 1 } else { STEP };
    let (writes, syncs, full) = ecabinet_tests::power::all(step);
    println!("cut at {writes} writes and {syncs} syncs, three disks each; no room at {full} writes; all whole");
    assert!(writes > 10 && syncs > 5);
}

/// A use case that panics leaves nothing, and what is done after it is on disk.
#[test]
fn panic_within_a_use_case_takes_nothing_else_with_it() {
    use cabinet_ledger::{ControlV1, Hash, PersonId, role};
    use cabinet_seal::{SigningKey, VaultKey};
    use cabinet_vault::{Laptop, NewEntry, SqlStore, VaultError};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("vault.db"), VaultKey::make());
    let open = || Laptop::open(SqlStore::open(&path, &key).unwrap()).unwrap();
    let mut laptop = open();
    let stamp_key = Hash(SigningKey::make().public().0);
    let founding = Laptop::<SqlStore>::found("http://x", Hash::NONE, stamp_key, role::OFFICER, 1).unwrap();
    laptop.founded(&founding).unwrap();
    let register = laptop.me().unwrap().register;
    let roles = ControlV1::RolesSet { person: PersonId([7; 16]), roles: role::MEMBER };
    let entry = || NewEntry::control(Some(register), &roles);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        laptop.atomically(|l| -> Result<(), VaultError> {
            l.sign(entry(), 2)?;
            panic!("as a defect would")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(laptop.outbox().len(), 1, "nothing of it is left here");
    laptop.atomically(|l| l.sign(entry(), 3)).unwrap();
    drop(laptop);
    assert_eq!(open().outbox().len(), 2, "what was done after it is on disk");
}

/// After its restart a hub reads a space again for who writes there, beside what others do.
#[test]
fn space_that_grows_while_the_hub_reads_it_again_is_not_set_back() {
    use cabinet_hub::MemoryLedgerStore;
    use cabinet_work::forms::recall_form;
    use ecabinet_tests::power::Office;
    let ledger = MemoryLedgerStore::default();
    let mut office = Office::on(ledger.clone());
    let space = office.send_form();
    office.restart_hub(ledger);
    let read = |office: &Office<MemoryLedgerStore>| {
        let mut waking = office.hub.waking(space).expect("nothing was written there since");
        while !waking.is_whole() {
            waking.read(&office.hub.page_of(&waking).unwrap()).unwrap();
        }
        waking
    };
    let (first, late) = (read(&office), read(&office));
    office.hub.woken(first);
    assert!(office.hub.waking(space).is_none(), "it is awake");
    recall_form(&mut office.secretary, space, "sửa lại", office.now).unwrap();
    office.sync_secretary();
    let end = office.hub.end(space, None).0.seq;
    office.hub.woken(late);
    assert_eq!(office.hub.end(space, None).0.seq, end);
    assert!(office.secretary.outbox().is_empty(), "all of it was taken");
}

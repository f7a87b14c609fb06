//! The contract that every store keeps.
#![allow(clippy::unwrap_used)]

use super::*;

fn entry(space: u8, seq: u64, kind: u16) -> StoredEntry {
    StoredEntry {
        space: SpaceId([space; 32]),
        seq,
        id: EntryId([seq as u8; 16]),
        hash: Hash([seq as u8; 32]),
        kind,
        device: DeviceId([1; 16]),
        counter: seq,
        entry: vec![seq as u8],
        stamp: vec![space],
        papers: vec![PaperNameV1 { hash: Hash([7; 32]), size_bytes: 9, pieces: Hash([8; 32]) }],
    }
}

fn contract(store: &mut dyn LedgerStore) {
    store.commit(&[entry(1, 1, 1), entry(1, 2, 110), entry(2, 1, 7)]).unwrap();
    store.commit(&[entry(1, 3, 9)]).unwrap();
    let spaces: Vec<_> = store.spaces().unwrap().iter().map(|r| (r.space.0[0], r.seq)).collect();
    assert_eq!(spaces, [(1, 3), (2, 1)]);
    let after = |after, limit| store.entries(SpaceId([1; 32]), after, limit).unwrap().len();
    assert_eq!((after(0, 10), after(1, 10), after(0, 2), after(3, 10)), (3, 2, 2, 0));
    assert_eq!(store.controls(SpaceId([1; 32])).unwrap().len(), 2);
    let page = |after, until, is_control| {
        let of = PageOf { space: SpaceId([1; 32]), after, until, is_control };
        store.page(&of).unwrap().iter().map(|e| e.entry[0]).collect::<Vec<_>>()
    };
    assert_eq!((page(0, 3, false), page(1, 2, false), page(0, 3, true)), (vec![1, 2, 3], vec![2], vec![1, 3]));
    let find = |space, counter| store.find(SpaceId([space; 32]), DeviceId([1; 16]), counter).unwrap();
    let found = |n: u8, space| Some(Found { id: EntryId([n; 16]), hash: Hash([n; 32]), stamp: vec![space] });
    assert_eq!(
        (find(1, 2), find(2, 1), find(2, 2)),
        (found(2, 1), found(1, 2), None),
        "a counter belongs to its space"
    );
    assert_eq!(store.find(SpaceId([1; 32]), DeviceId([2; 16]), 2).unwrap(), None, "and to its device");
    assert_eq!(store.size().unwrap(), (4, 8));
    let other = |device, size_bytes| {
        let paper = PaperNameV1 { hash: Hash([7; 32]), size_bytes, pieces: Hash([8; 32]) };
        let (id, counter) = (EntryId([device; 16]), 1);
        StoredEntry {
            id,
            counter,
            device: DeviceId([device; 16]),
            papers: vec![paper],
            ..entry(2, 1 + u64::from(device), 110)
        }
    };
    store.commit(&[other(5, 1)]).unwrap();
    let named = store.named(Hash([7; 32])).unwrap();
    let size = |space, device| {
        named.iter().find(|n| (n.space.0[0], n.device.0[0]) == (space, device)).map(|n| n.paper.size_bytes)
    };
    assert_eq!((size(1, 1), size(2, 1), size(2, 5), size(1, 5)), (Some(9), Some(9), Some(1), None), "each for itself");
    assert_eq!(store.named_bytes(SpaceId([2; 32]), DeviceId([5; 16])).unwrap(), 1);
}

fn pages_end_by_count_and_by_bytes(store: &mut dyn LedgerStore) {
    let of = |space| PageOf { space: SpaceId([space; 32]), after: 0, until: u64::MAX >> 1, is_control: false };
    let many: Vec<_> = (1..=limits::PAGE_ENTRIES_MAX as u64 + 1).map(|seq| entry(3, seq, 110)).collect();
    store.commit(&many).unwrap();
    assert_eq!(store.page(&of(3)).unwrap().len(), limits::PAGE_ENTRIES_MAX);
    let heavy = |seq| StoredEntry { entry: vec![0; limits::PAGE_BYTES_MAX / 2], ..entry(4, seq, 110) };
    store.commit(&[heavy(1), heavy(2), heavy(3)]).unwrap();
    assert_eq!(store.page(&of(4)).unwrap().len(), 1, "two and their stamps are more than a page");
    let heavier = StoredEntry { entry: vec![0; limits::PAGE_BYTES_MAX + 1], ..entry(5, 1, 110) };
    store.commit(&[heavier]).unwrap();
    assert_eq!(store.page(&of(5)).unwrap().len(), 1, "one goes out whatever it weighs");
}

#[test]
fn memory_keeps_the_contract() {
    pages_end_by_count_and_by_bytes(&mut MemoryLedgerStore::default());
    contract(&mut MemoryLedgerStore::default());
}

#[test]
fn sqlite_keeps_the_contract_and_keeps_it_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    pages_end_by_count_and_by_bytes(&mut SqliteLedgerStore::open(&folder.path().join("pages.db")).unwrap());
    contract(&mut SqliteLedgerStore::open(&path).unwrap());
    assert_eq!(SqliteLedgerStore::open(&path).unwrap().size().unwrap().0, 5);
}

#[test]
fn batch_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteLedgerStore::open(&folder.path().join("ledger.db")).unwrap();
    store.commit(&[entry(1, 1, 1)]).unwrap();
    assert!(store.commit(&[entry(1, 2, 110), entry(1, 1, 1)]).is_err());
    assert_eq!(store.size().unwrap().0, 1);
}

#[test]
fn file_that_is_no_database_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    assert!(matches!(SqliteLedgerStore::open(&path), Err(StoreError::Damaged(_))));
}

#[test]
fn newer_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(SqliteLedgerStore::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(
        SqliteLedgerStore::open(&path),
        Err(StoreError::Damaged("written by a newer version of the hub"))
    ));
}

#[test]
fn file_of_every_earlier_version_is_brought_up_to_date_and_loses_nothing() {
    for version in 1..super::sqlite::VERSIONS.len() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let old = rusqlite::Connection::open(&path).unwrap();
        super::sqlite::VERSIONS[..version].iter().for_each(|change| old.execute_batch(change).unwrap());
        old.pragma_update(None, "user_version", version as i64).unwrap();
        let written = "INSERT INTO entry VALUES (1, ?1, 1, ?2, ?3, 7, ?2, 4, x'05', x'06')";
        old.execute(written, rusqlite::params![[1u8; 32], [9u8; 16], [3u8; 32]]).unwrap();
        drop(old);
        let mut store = SqliteLedgerStore::open(&path).unwrap();
        let found = store.find(SpaceId([1; 32]), DeviceId([9; 16]), 4).unwrap();
        let written = Found { id: EntryId([9; 16]), hash: Hash([3; 32]), stamp: vec![6] };
        assert_eq!(found, Some(written), "from version {version}");
        store.commit(&[entry(1, 2, 110), entry(2, 1, 7)]).unwrap();
        assert_eq!(SqliteLedgerStore::open(&path).unwrap().size().unwrap().0, 3);
    }
}

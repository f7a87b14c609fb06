//! The contract that both stores keep, and what only a disk can do wrong.
#![allow(clippy::unwrap_used)]

use super::*;
use cabinet_seal::VaultKey;

fn entry(seq: u64, kind: u16, missing_key: Option<KeyId>) -> EntryRow {
    EntryRow {
        space: SpaceId([1; 32]),
        seq,
        id: EntryId([seq as u8; 16]),
        kind,
        person: Some(PersonId([5; 16])),
        roles: 2,
        at_ms: 77,
        entry: vec![1],
        stamp: vec![2],
        missing_key,
        body: missing_key.is_none().then(|| vec![3]),
    }
}

fn signed(n: u8) -> OutboxRow {
    OutboxRow {
        id: EntryId([n; 16]),
        space: SpaceId([1; 32]),
        entry: vec![n],
        body: vec![],
        signed_ms: 5,
        stamp: None,
        refusal: None,
        earlier: None,
    }
}

fn contract(store: &mut dyn Store) {
    let (space, key) = (SpaceId([1; 32]), KeyId([4; 32]));
    let text = |source: &str, text: &str| Change::Text { space, source: source.into(), pages: vec![(1, text.into())] };
    store
        .commit(vec![
            Change::Meta("a".into(), Some(vec![1])),
            Change::Meta("typed b".into(), Some(vec![2])),
            Change::Meta("typed a%".into(), Some(vec![3])),
            Change::Meta("typedness".into(), Some(vec![4])),
            Change::Entry(entry(1, 7, None)),
            Change::Entry(entry(2, 110, Some(key))),
            Change::Signed(signed(8)),
            Change::Signed(signed(9)),
            Change::Key(key, vec![6]),
            Change::Chain(space, vec![1, 2]),
            Change::View(space, vec![7]),
            text("form", "Giải ngân vốn đầu tư công quý IV"),
            text("other", "Dâu tư nhân"),
        ])
        .unwrap();
    assert_eq!(store.meta("a").unwrap(), Some(vec![1]));
    assert_eq!(store.meta_names("typed ").unwrap(), ["typed a%", "typed b"]);
    assert_eq!(store.entries(space, 0).unwrap(), [entry(1, 7, None), entry(2, 110, Some(key))]);
    assert_eq!(store.controls(space).unwrap().len(), 1);
    assert_eq!(store.waiting_for(key).unwrap().len(), 1);
    store
        .commit(vec![
            Change::Body(space, 2, vec![3]),
            Change::Receipt(EntryId([8; 16]), vec![1]),
            Change::Settled(EntryId([9; 16])),
            Change::Meta("a".into(), None),
        ])
        .unwrap();
    assert_eq!(store.waiting_for(key).unwrap(), []);
    assert_eq!(store.outbox().unwrap(), [OutboxRow { stamp: Some(vec![1]), ..signed(8) }]);
    assert_eq!(store.meta("a").unwrap(), None);
    assert_eq!((store.keys().unwrap().len(), store.chains().unwrap().len(), store.views().unwrap().len()), (1, 1, 1));
    let sources = |words: &str| store.search(words, 9).unwrap().into_iter().map(|h| h.source).collect::<Vec<_>>();
    assert_eq!(sources("dau tu cong"), ["form"]);
    assert_eq!(sources("khong co"), [""; 0]);
    assert_eq!(sources("\"đầu"), ["form", "other"]);
    assert_eq!(store.search("tu cong", 9).unwrap()[0].snippet, "Giải ngân vốn đầu tư công quý IV");
}

#[test]
fn memory_keeps_the_contract() {
    contract(&mut MemoryStore::default());
}

#[test]
fn sqlcipher_keeps_the_contract_and_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("vault.db"), VaultKey::make());
    contract(&mut SqlStore::open(&path, &key).unwrap());
    let store = SqlStore::open(&path, &key).unwrap();
    assert_eq!(store.entries(SpaceId([1; 32]), 0).unwrap().len(), 2);
    store.check().unwrap();
}

#[test]
fn damaged_file_says_so_wherever_it_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("vault.db"), VaultKey::make());
    contract(&mut SqlStore::open(&path, &key).unwrap());
    let whole = std::fs::read(&path).unwrap();
    assert!(whole.len() > 40_000, "{}", whole.len());
    for at in (0..whole.len()).step_by(whole.len() / 23) {
        let mut bad = whole.clone();
        bad[at] ^= 1;
        std::fs::write(&path, &bad).unwrap();
        let outcome = SqlStore::open(&path, &key).and_then(|s| s.check());
        assert!(matches!(outcome, Err(VaultError::Damaged(_))), "byte {at}: {outcome:?}");
    }
}

#[test]
fn nothing_of_the_content_is_readable_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault.db");
    let mut store = SqlStore::open(&path, &VaultKey::make()).unwrap();
    store.commit(vec![Change::Meta("name".into(), Some(b"a secret of the cabinet".to_vec()))]).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(8).any(|w| w == b"a secret"));
        assert!(!bytes.starts_with(b"SQLite format 3"));
    }
}

#[test]
fn vault_of_every_version_is_brought_up_to_date_and_loses_nothing_and_a_newer_one_is_refused() {
    use super::sql::VERSIONS;
    let key = VaultKey::make();
    for version in 1..=VERSIONS.len() + 1 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.db");
        {
            let old = rusqlite::Connection::open(&path).unwrap();
            let hex: String = key.bytes().iter().map(|b| format!("{b:02x}")).collect();
            let cipher = "PRAGMA cipher_hmac_algorithm = HMAC_SHA256;";
            old.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"; {cipher}")).unwrap();
            VERSIONS.iter().take(version).for_each(|change| old.execute_batch(change).unwrap());
            old.execute("INSERT INTO meta VALUES ('a', x'05')", []).unwrap();
            old.pragma_update(None, "user_version", version as i64).unwrap();
        }
        let opened = SqlStore::open(&path, &key);
        match version > VERSIONS.len() {
            true => assert_eq!(opened.err(), Some(VaultError::NewerVersion)),
            false => assert_eq!(opened.unwrap().meta("a").unwrap(), Some(vec![5]), "from version {version}"),
        }
    }
}

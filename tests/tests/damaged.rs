//! One bad row never closes a vault: each row of each table is damaged in turn, in several ways.

use cabinet_domain::{Choice, QuestionAnswer};
use cabinet_hub::MemoryLedgerStore;
use cabinet_ledger::SpaceId;
use cabinet_seal::VaultKey;
use cabinet_vault::{Alarm, Laptop, Profile, SqlStore, Store, VaultError};
use cabinet_work::forms;
use ecabinet_tests::power::{Office, receive, send};
use rusqlite::Connection;
use std::path::Path;

/// Table, what names a row, what is damaged.
const TABLES: [(&str, &str, &[&str]); 6] = [
    ("meta", "name", &["value"]),
    ("entry", "rowid", &["entry", "stamp", "id", "kind", "person", "roles", "at_ms", "body"]),
    ("outbox", "n", &["id", "space", "entry", "body"]),
    ("key", "id", &["secret"]),
    ("chain", "n", &["state"]),
    ("view", "space", &["data"]),
];
/// What becomes of a value.
const DAMAGES: [&str; 3] = ["substr({}, 1, length({}) / 2)", "'đổi'", "zeroblob(40)"];

fn answer(choice: Choice) -> Vec<QuestionAnswer> {
    vec![QuestionAnswer { choice, remark: Some("Đề nghị rà soát".into()), is_reserved: false }]
}

fn database(path: &Path, key: &VaultKey) -> Connection {
    let connection = Connection::open(path).unwrap();
    let hex: String = key.bytes().iter().map(|b| format!("{b:02x}")).collect();
    connection
        .execute_batch(&format!("PRAGMA key = \"x'{hex}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;"))
        .unwrap();
    connection
}

/// What the laptop shows of the form, and what it holds of every space.
fn shown<S: Store>(laptop: &Laptop<S>, form: SpaceId) -> String {
    let heads: Vec<_> = laptop.chain_heads().collect();
    format!("{:?} {heads:?} {:?}", laptop.form(form).unwrap(), laptop.people())
}

#[test]
fn vault_opens_with_any_row_damaged_says_so_and_is_whole_again_from_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let (profile, path) = (Profile::new(folder.path()), folder.path().join("vault.db"));
    let key = VaultKey::make();
    let mut office = Office::on(MemoryLedgerStore::default());
    let mut member = Laptop::open(SqlStore::open(&path, &key).unwrap()).unwrap();
    let code = office.invite();
    member.enrol(&code, office.now + 1_000_000, office.now).unwrap();
    send(&mut office.hub, &mut member, office.now).unwrap();
    office.admit();
    receive(&mut office.hub, &mut member, office.now).unwrap();
    let form = office.send_form();
    receive(&mut office.hub, &mut member, office.now).unwrap();
    forms::answer_form(&mut member, form, answer(Choice::Agree), office.now).unwrap();
    send(&mut office.hub, &mut member, office.now).unwrap();
    receive(&mut office.hub, &mut member, office.now).unwrap();
    // One act more waits.
    forms::answer_form(&mut member, form, answer(Choice::Disagree), office.now).unwrap();
    assert_eq!(member.outbox().len(), 1);
    let before = shown(&member, form);
    drop(member);
    let whole = std::fs::read(&path).unwrap();

    // All in one go take a minute and more; else each value gets one of them.
    let is_every = std::env::var_os("EVERY_POINT").is_some();
    let (mut seen, mut tried, mut told) = (0, 0, 0);
    let restore = || {
        for name in ["vault.db-wal", "vault.db-shm", "vault-damaged.db"] {
            let _ = std::fs::remove_file(folder.path().join(name));
        }
        std::fs::write(&path, &whole).unwrap();
    };
    for (table, name, columns) in TABLES {
        restore();
        let rows: i64 = {
            let connection = database(&path, &key);
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap()
        };
        assert!(rows > 0, "{table} has rows");
        for row in 0..rows {
            for column in columns {
                seen += 1;
                let some =
                    DAMAGES.iter().enumerate().filter(|(n, _)| is_every || n % DAMAGES.len() == seen % DAMAGES.len());
                for (_, damage) in some {
                    restore();
                    let what = format!("{table} {row} {column} {damage}");
                    let is_me = {
                        let connection = database(&path, &key);
                        let of = format!("{name} = (SELECT {name} FROM {table} ORDER BY {name} LIMIT 1 OFFSET {row})");
                        let set = damage.replace("{}", column);
                        connection
                            .execute(&format!("UPDATE OR IGNORE {table} SET {column} = {set} WHERE {of}"), [])
                            .unwrap();
                        let is_me = format!("SELECT count(*) FROM meta WHERE {of} AND name = 'me'");
                        table == "meta" && connection.query_row(&is_me, [], |r| r.get::<_, i64>(0)).unwrap() == 1
                    };
                    profile.suspect().unwrap();
                    tried += 1;
                    let opened = profile.open(key.clone());
                    if is_me {
                        assert_eq!(opened.err(), Some(VaultError::Damaged("the identity of this laptop")), "{what}");
                        continue;
                    }
                    let mut laptop = opened.unwrap_or_else(|e| panic!("{what}: {e}")).laptop;
                    let lost = laptop.alarms().unwrap().iter().find_map(|a| match a {
                        Alarm::Damaged { acts, .. } => Some(*acts),
                        _ => None,
                    });
                    told += usize::from(lost.is_some());
                    let waiting = laptop.outbox().iter().filter(|row| row.is_unsent()).count();
                    assert_eq!(
                        waiting + lost.unwrap_or(0) as usize,
                        1,
                        "{what}: an act that waits is here, or told as lost"
                    );
                    receive(&mut office.hub, &mut laptop, office.now).unwrap();
                    assert_eq!(shown(&laptop, form), before, "{what}: whole again from the hub");
                    assert!(
                        laptop.briefs::<cabinet_domain::FormAct>().any(|(space, _)| space == form),
                        "{what}: in its list"
                    );
                }
            }
        }
    }
    println!(
        "{tried} damages, {told} of them told, the others changed nothing that counts; the identity alone can't be had again"
    );
    assert!(told > tried / 2);
}

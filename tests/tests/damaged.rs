//! One bad row never closes a vault: each row of each table is damaged in turn, in several ways.

use cabinet_app::App;
use cabinet_domain::{Choice, FormAct, QuestionAnswer};
use cabinet_hub::MemoryLedgerStore;
use cabinet_ledger::SpaceId;
use cabinet_seal::VaultKey;
use cabinet_vault::{Alarm, Laptop, Profile, SqlStore, Store, VaultError};
use cabinet_work::forms;
use ecabinet_tests::org::*;
use ecabinet_tests::power::{Office, PAGE, damage_last_pages, receive, send};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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

/// A member's vault with a form, an answer that has its place, and one more that waits.
struct Story {
    folder: tempfile::TempDir,
    profile: Profile,
    path: PathBuf,
    key: VaultKey,
    office: Office<MemoryLedgerStore>,
    form: SpaceId,
    before: String,
    whole: Vec<u8>,
}

impl Story {
    fn new() -> Self {
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
        forms::answer_form(&mut member, form, answer(Choice::Disagree), office.now).unwrap();
        assert_eq!(member.outbox().len(), 1);
        let before = shown(&member, form);
        drop(member);
        let whole = std::fs::read(&path).unwrap();
        Story { folder, profile, path, key, office, form, before, whole }
    }

    fn restore(&self) {
        for name in ["vault.db-wal", "vault.db-shm", "vault-damaged.db"] {
            let _ = std::fs::remove_file(self.folder.path().join(name));
        }
        std::fs::write(&self.path, &self.whole).unwrap();
    }

    /// Opens the damaged vault and reads from the hub: nothing that had its place is missing, and what waits is here or told as lost. Says
    /// whether the damage was told; the error of a vault that can't be had again.
    fn heals(&mut self, what: &str) -> Result<bool, VaultError> {
        self.profile.suspect().unwrap();
        let mut laptop = self.profile.open(self.key.clone())?.laptop;
        let lost = laptop.alarms().unwrap().iter().find_map(|a| match a {
            Alarm::Damaged { acts, .. } => Some(*acts),
            _ => None,
        });
        let waiting = laptop.outbox().iter().filter(|row| row.is_unsent()).count();
        assert_eq!(waiting + lost.unwrap_or(0) as usize, 1, "{what}: an act that waits is here, or told as lost");
        receive(&mut self.office.hub, &mut laptop, self.office.now).unwrap();
        assert_eq!(shown(&laptop, self.form), self.before, "{what}: whole again from the hub");
        assert!(laptop.briefs::<FormAct>().any(|(space, _)| space == self.form), "{what}: in its list");
        Ok(lost.is_some())
    }
}

#[test]
fn vault_opens_with_any_row_damaged_says_so_and_is_whole_again_from_the_hub() {
    let mut story = Story::new();
    // All in one go take a minute and more; else each value gets one of them.
    let is_every = std::env::var_os("EVERY_POINT").is_some();
    let (mut seen, mut tried, mut told) = (0, 0, 0);
    for (table, name, columns) in TABLES {
        story.restore();
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = database(&story.path, &story.key).query_row(&count, [], |r| r.get(0)).unwrap();
        assert!(rows > 0, "{table} has rows");
        for (row, column) in (0..rows).flat_map(|row| columns.iter().map(move |column| (row, column))) {
            seen += 1;
            let some =
                DAMAGES.iter().enumerate().filter(|(n, _)| is_every || n % DAMAGES.len() == seen % DAMAGES.len());
            for (_, damage) in some {
                story.restore();
                tried += 1;
                let what = format!("{table} {row} {column} {damage}");
                let of = format!("{name} = (SELECT {name} FROM {table} ORDER BY {name} LIMIT 1 OFFSET {row})");
                let is_me = {
                    let connection = database(&story.path, &story.key);
                    let set = damage.replace("{}", column);
                    connection
                        .execute(&format!("UPDATE OR IGNORE {table} SET {column} = {set} WHERE {of}"), [])
                        .unwrap();
                    let is_me = format!("SELECT count(*) FROM meta WHERE {of} AND name = 'me'");
                    table == "meta" && connection.query_row(&is_me, [], |r| r.get::<_, i64>(0)).unwrap() == 1
                };
                match story.heals(&what) {
                    Err(error) if is_me => {
                        assert_eq!(error, VaultError::Damaged("the identity of this laptop"), "{what}")
                    }
                    healed => told += usize::from(healed.unwrap_or_else(|e| panic!("{what}: {e}"))),
                }
            }
        }
    }
    println!(
        "{tried} damages, {told} of them told, the others changed nothing that counts; the identity alone can't be had again"
    );
    assert!(told > tried / 2);
}

/// What a disk does: a page of the file is not what was written. Where the identity or the tables' names lay in it, the vault can't be had again.
#[test]
fn vault_opens_with_most_pages_of_its_file_damaged() {
    let mut story = Story::new();
    let (pages, mut healed, mut refused) = (story.whole.len() / PAGE, 0, 0);
    for page in 0..pages {
        story.restore();
        let mut bytes = story.whole.clone();
        bytes[page * PAGE + PAGE / 2] ^= 1;
        std::fs::write(&story.path, bytes).unwrap();
        match story.heals(&format!("page {page}")) {
            Ok(_) => healed += 1,
            Err(VaultError::Damaged(_)) => refused += 1,
            Err(other) => panic!("page {page}: {other}"),
        }
    }
    println!("{pages} pages damaged in turn: {healed} vaults whole again, {refused} said to be damaged");
    assert!(refused <= 4, "{refused} of {pages}");
}

/// Until a laptop shows each form, to be answered.
async fn all_shown(member: &App, forms: &[String]) {
    for id in forms {
        until("a form", async || {
            Ok(call(member, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true))
        })
        .await
        .unwrap();
    }
}

/// In the app: locked, damaged, unlocked. What came meanwhile and what was cut are both read from the hub.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn laptop_whose_vault_was_damaged_catches_up_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(1_780_275_600_000);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let member = org.members[0].clone();
    let mut forms = Vec::new();
    for n in 1..=8 {
        forms.push(org.send_form(FormDraft::plain(&format!("{n}/PLYK"), "2026-05-30")).await.unwrap());
    }
    all_shown(&member, &forms).await;
    call(&member, "lock", Value::Null).await.unwrap();
    let profile = folder.path().join("member-1");
    damage_last_pages(&profile.join("vault.db"), 20).unwrap();
    Profile::new(&profile).suspect().unwrap();
    forms.push(org.send_form(FormDraft::plain("9/PLYK", "2026-05-30")).await.unwrap());
    call(&member, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap();
    let troubles = call(&member, "troubles", Value::Null).await.unwrap();
    assert_eq!(troubles["alarms"][0]["kind"], "damaged", "{troubles}");
    all_shown(&member, &forms).await;
    let answer = json!({"form": forms[0], "questions": [says("agree", "")]});
    call(&member, "answer", answer).await.unwrap();
    org.all_sent(&member).await.unwrap();
    org.stop_hub().await.unwrap();
}

//! The vault's database: SQLCipher under a raw 256-bit key.

use super::{Change, EntryRow, Hit, OutboxRow, Store};
use crate::VaultError;
use cabinet_disk::has_no_room;
use cabinet_domain::{excerpt, fold_for_search};
use cabinet_ledger::{EntryId, KeyId, PersonId, SpaceId};
use cabinet_seal::VaultKey;
use rusqlite::{Connection, FileControl, MAIN_DB, OptionalExtension, Row, params};
use std::path::Path;
use zeroize::Zeroizing;

/// What makes each version of the tables from the one before, the first from nothing. What was released stays as it is.
pub(super) const VERSIONS: [&str; 1] = [FIRST];

const FIRST: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE entry (
        space BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, kind INTEGER NOT NULL,
        person BLOB, roles INTEGER NOT NULL, at_ms INTEGER NOT NULL,
        entry BLOB NOT NULL, stamp BLOB NOT NULL, missing_key BLOB, body BLOB,
        PRIMARY KEY (space, seq));
    CREATE INDEX entry_waiting ON entry (missing_key) WHERE missing_key IS NOT NULL;
    CREATE TABLE outbox (
        n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, space BLOB NOT NULL, entry BLOB NOT NULL, body BLOB NOT NULL,
        signed_ms INTEGER NOT NULL, stamp BLOB, refusal BLOB, earlier BLOB);
    CREATE TABLE key (id BLOB PRIMARY KEY, secret BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE chain (n INTEGER PRIMARY KEY, space BLOB NOT NULL UNIQUE, state BLOB NOT NULL);
    CREATE TABLE view (space BLOB PRIMARY KEY, data BLOB NOT NULL);
    CREATE VIRTUAL TABLE text USING fts5(
        body, folded, space UNINDEXED, source UNINDEXED, page UNINDEXED, tokenize = 'unicode61 remove_diacritics 0');
";

pub(super) const OUTBOX: &str =
    "SELECT id, space, entry, body, signed_ms, stamp, refusal, earlier FROM outbox ORDER BY n";

/// An id with its value.
type Pair<const N: usize> = ([u8; N], Vec<u8>);

/// A vault's database.
pub struct SqlStore(pub(super) Connection);

impl SqlStore {
    /// Opens or creates a database under its key. A wrong key and a damaged file look the same to SQLCipher; the caller knows
    /// which it is, since the key was unwrapped with its own check.
    pub fn open(path: &Path, key: &VaultKey) -> Result<Self, VaultError> {
        Self::open_file(path, key).map_err(|error| match error {
            // SQLite says only that it can't open one of its files.
            VaultError::Database(_) if has_no_room(path) => VaultError::DiskFull,
            error => error,
        })
    }

    fn open_file(path: &Path, key: &VaultKey) -> Result<Self, VaultError> {
        let connection = Connection::open(path)?;
        // Its own log goes to the terminal; what it would say comes back as an error anyway.
        connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
        let hex: Zeroizing<String> = Zeroizing::new(key.bytes().iter().map(|b| format!("{b:02x}")).collect());
        let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *hex));
        connection.execute_batch(&pragma)?;
        // On a disk that is full a vault still opens and is read: one program at a time has it (the lock of its window), so nothing needs the file
        // that programs share; and the log stays, with the room that it had, for the next time. First, since other settings read.
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        connection.file_control(Some(MAIN_DB), FileControl::PersistWal(&mut 1))?;
        // Measured: SHA-256 scans 1.7 times as fast as the default SHA-512. Security: temporary tables stay in memory.
        connection.execute_batch(
            "PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000; PRAGMA secure_delete = ON;",
        )?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
        let next = VERSIONS.get(version as usize..).ok_or(VaultError::NewerVersion)?;
        for (n, change) in (version + 1..).zip(next) {
            connection.execute_batch(&format!("BEGIN;{change}PRAGMA user_version={n};COMMIT;"))?;
        }
        Ok(SqlStore(connection))
    }

    /// Brings all that was written into the one file: the disk may have had room for the log beside it, and have none for this.
    pub fn into_one_file(self) -> Result<(), VaultError> {
        let is_done = |row: &Row<'_>| Ok(row.get::<_, i64>(0)? == 0 && row.get::<_, i64>(1)? == row.get::<_, i64>(2)?);
        match self.0.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_done)? {
            true => Ok(()),
            false => Err(VaultError::Database("the log is not in the file".into())),
        }
    }

    /// Reads every page and index; for "is it whole?".
    pub fn check(&self) -> Result<(), VaultError> {
        let mut statement = self.0.prepare("PRAGMA cipher_integrity_check")?;
        if statement.exists([])? {
            return Err(VaultError::Damaged("a page of the database was altered"));
        }
        let verdict: String = self.0.query_row("PRAGMA integrity_check", [], |r| r.get(0))?;
        if verdict == "ok" { Ok(()) } else { Err(VaultError::Damaged("the database is not consistent")) }
    }

    fn entries_where(&self, condition: &str, parameters: impl rusqlite::Params) -> Result<Vec<EntryRow>, VaultError> {
        let sql = format!(
            "SELECT space, seq, id, kind, person, roles, at_ms, entry, stamp, missing_key, body FROM entry
             WHERE {condition} ORDER BY space, seq"
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let rows = statement.query_map(parameters, entry_row)?;
        rows.map(|r| r?.ok_or(VaultError::Damaged("an id has another length"))).collect()
    }

    fn pairs<const N: usize>(&self, sql: &str) -> Result<Vec<Pair<N>>, VaultError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map([], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get(1)?)))?;
        rows.map(|row| {
            let (id, value) = row?;
            Ok((id.try_into().map_err(|_| VaultError::Damaged("an id has another length"))?, value))
        })
        .collect()
    }
}

fn entry_row(r: &Row<'_>) -> rusqlite::Result<Option<EntryRow>> {
    let person: Option<Vec<u8>> = r.get(4)?;
    let missing_key: Option<Vec<u8>> = r.get(9)?;
    let (Some(space), Some(id)) = (id(r.get(0)?), id(r.get(2)?)) else { return Ok(None) };
    Ok(Some(EntryRow {
        space: SpaceId(space),
        seq: r.get::<_, i64>(1)? as u64,
        id: EntryId(id),
        kind: r.get(3)?,
        person: person.and_then(self::id).map(PersonId),
        roles: r.get(5)?,
        at_ms: r.get::<_, i64>(6)? as u64,
        entry: r.get(7)?,
        stamp: r.get(8)?,
        missing_key: missing_key.and_then(self::id).map(KeyId),
        body: r.get(10)?,
    }))
}

pub(super) fn outbox_row(r: &Row<'_>) -> rusqlite::Result<Option<OutboxRow>> {
    let (Some(entry), Some(space)) = (id(r.get(0)?), id(r.get(1)?)) else { return Ok(None) };
    Ok(Some(OutboxRow {
        id: EntryId(entry),
        space: SpaceId(space),
        entry: r.get(2)?,
        body: r.get(3)?,
        signed_ms: r.get::<_, i64>(4)? as u64,
        stamp: r.get(5)?,
        refusal: r.get(6)?,
        earlier: r.get(7)?,
    }))
}

pub(super) fn id<const N: usize>(bytes: Vec<u8>) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn apply(t: &Connection, change: Change) -> Result<(), VaultError> {
    let execute = |sql: &str, parameters: &[&dyn rusqlite::ToSql]| t.prepare_cached(sql)?.execute(parameters);
    match change {
        Change::Meta(name, Some(value)) => execute("REPLACE INTO meta VALUES (?,?)", params![name, value])?,
        Change::Meta(name, None) => execute("DELETE FROM meta WHERE name = ?", params![name])?,
        Change::Entry(r) => execute(
            "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            params![
                r.space.0,
                r.seq as i64,
                r.id.0,
                r.kind,
                r.person.map(|p| p.0),
                r.roles,
                r.at_ms as i64,
                r.entry,
                r.stamp,
                r.missing_key.map(|k| k.0),
                r.body
            ],
        )?,
        Change::Body(space, seq, body) => execute(
            "UPDATE entry SET body = ?, missing_key = NULL WHERE space = ? AND seq = ?",
            params![body, space.0, seq as i64],
        )?,
        Change::Cut(space, from) => {
            execute("DELETE FROM entry WHERE space = ? AND seq >= ?", params![space.0, from as i64])?
        }
        Change::Signed(r) => execute(
            "INSERT INTO outbox (id, space, entry, body, signed_ms, stamp, refusal, earlier) VALUES (?,?,?,?,?,?,?,?)",
            params![r.id.0, r.space.0, r.entry, r.body, r.signed_ms as i64, r.stamp, r.refusal, r.earlier],
        )?,
        Change::Receipt(id, stamp) => execute("UPDATE outbox SET stamp = ? WHERE id = ?", params![stamp, id.0])?,
        Change::Unreceipted(id) => {
            execute("UPDATE outbox SET earlier = coalesce(earlier, stamp), stamp = NULL WHERE id = ?", params![id.0])?
        }
        Change::Refusal(id, refusal) => execute("UPDATE outbox SET refusal = ? WHERE id = ?", params![refusal, id.0])?,
        Change::Settled(id) => execute("DELETE FROM outbox WHERE id = ?", params![id.0])?,
        Change::Key(id, secret) => execute("REPLACE INTO key VALUES (?,?)", params![id.0, secret])?,
        Change::Chain(space, state) => execute(
            "INSERT INTO chain (space, state) VALUES (?,?) ON CONFLICT (space) DO UPDATE SET state = excluded.state",
            params![space.0, state],
        )?,
        Change::View(space, data) => execute("REPLACE INTO view VALUES (?,?)", params![space.0, data])?,
        Change::Text { space, source, pages } => {
            execute("DELETE FROM text WHERE space = ? AND source = ?", params![space.0, source])?;
            for (page, body) in pages {
                let folded = fold_for_search(&body);
                execute("INSERT INTO text VALUES (?,?,?,?,?)", params![body, folded, space.0, source, page])?;
            }
            0
        }
    };
    Ok(())
}

impl Store for SqlStore {
    fn begin(&mut self) -> Result<(), VaultError> {
        Ok(self.0.execute_batch("BEGIN")?)
    }

    fn end(&mut self, keeps: bool) -> Result<(), VaultError> {
        // SQLite ends a transaction by itself after some errors: then there is nothing left to keep.
        if self.0.is_autocommit() {
            return if keeps { Err(VaultError::Database("an error ended the transaction".into())) } else { Ok(()) };
        }
        let ended = self.0.execute_batch(if keeps { "COMMIT" } else { "ROLLBACK" });
        if keeps && ended.is_err() && !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
        Ok(ended?)
    }

    fn commit(&mut self, changes: Vec<Change>) -> Result<(), VaultError> {
        if !self.0.is_autocommit() {
            return changes.into_iter().try_for_each(|change| apply(&self.0, change));
        }
        let transaction = self.0.transaction()?;
        for change in changes {
            apply(&transaction, change)?;
        }
        Ok(transaction.commit()?)
    }

    fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let mut statement = self.0.prepare_cached("SELECT value FROM meta WHERE name = ?")?;
        Ok(statement.query_row([name], |r| r.get(0)).optional()?)
    }

    fn meta_names(&self, prefix: &str) -> Result<Vec<String>, VaultError> {
        let mut statement =
            self.0.prepare_cached("SELECT name FROM meta WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name")?;
        Ok(statement.query_map([prefix], |r| r.get(0))?.collect::<Result<_, _>>()?)
    }

    fn entries(&self, space: SpaceId, after: u64) -> Result<Vec<EntryRow>, VaultError> {
        self.entries_where("space = ? AND seq > ?", params![space.0, after as i64])
    }

    fn controls(&self, space: SpaceId) -> Result<Vec<EntryRow>, VaultError> {
        self.entries_where("space = ? AND kind < 100", params![space.0])
    }

    fn waiting_for(&self, key: KeyId) -> Result<Vec<EntryRow>, VaultError> {
        self.entries_where("missing_key = ?", params![key.0])
    }

    fn outbox(&self) -> Result<Vec<OutboxRow>, VaultError> {
        let mut statement = self.0.prepare_cached(OUTBOX)?;
        let rows = statement.query_map([], outbox_row)?;
        rows.map(|r| r?.ok_or(VaultError::Damaged("an id has another length"))).collect()
    }

    fn keys(&self) -> Result<Vec<(KeyId, Vec<u8>)>, VaultError> {
        Ok(self.pairs("SELECT id, secret FROM key")?.into_iter().map(|(k, v)| (KeyId(k), v)).collect())
    }

    fn chains(&self) -> Result<Vec<(SpaceId, Vec<u8>)>, VaultError> {
        Ok(self.pairs("SELECT space, state FROM chain ORDER BY n")?.into_iter().map(|(k, v)| (SpaceId(k), v)).collect())
    }

    fn views(&self) -> Result<Vec<(SpaceId, Vec<u8>)>, VaultError> {
        Ok(self.pairs("SELECT space, data FROM view")?.into_iter().map(|(k, v)| (SpaceId(k), v)).collect())
    }

    /// Words match without marks; what matches with its marks comes first.
    fn search(&self, words: &str, limit: u32) -> Result<Vec<Hit>, VaultError> {
        let quote = |text: String| {
            let words: Vec<String> = text.split_whitespace().map(|w| format!("\"{}\"*", w.replace('"', ""))).collect();
            words.join(" ")
        };
        let (folded, exact) = (quote(fold_for_search(words)), quote(words.to_lowercase()));
        if folded.is_empty() {
            return Ok(Vec::new());
        }
        let sql = "SELECT space, source, page, body,
                   rowid IN (SELECT rowid FROM text WHERE text MATCH 'body : (' || ?2 || ')') AS is_exact
                   FROM text WHERE text MATCH 'folded : (' || ?1 || ')' ORDER BY is_exact DESC, rank LIMIT ?3";
        let mut statement = self.0.prepare_cached(sql)?;
        let row = |r: &Row<'_>| {
            let Some(space) = id(r.get(0)?) else { return Ok(None) };
            Ok(Some(Hit {
                space: SpaceId(space),
                source: r.get(1)?,
                page: r.get(2)?,
                snippet: excerpt(&r.get::<_, String>(3)?, words),
            }))
        };
        let rows = statement.query_map(params![folded, exact, limit], row)?;
        rows.map(|r| r?.ok_or(VaultError::Damaged("an id has another length"))).collect()
    }
}

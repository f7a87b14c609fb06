//! Entries in one SQLite file: write-ahead log, synced at each commit.

use super::{Found, LedgerStore, Named, PageOf, SpaceRow, StoreError, StoredEntry, fitting};
use cabinet_disk::has_no_room;
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{DeviceId, EntryId, Hash, PaperNameV1, Signed, SpaceId};
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use std::path::Path;

/// What makes each version of the tables from the one before, the first from nothing. What was released stays as it is.
pub(super) const VERSIONS: [&str; 4] = [FIRST, IDS_OF_SPACES, IDS_IN_MEMORY, PAPERS_BY_DEVICE];

const FIRST: &str = "
    CREATE TABLE entry (
        n INTEGER PRIMARY KEY,
        space BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, hash BLOB NOT NULL,
        kind INTEGER NOT NULL, device BLOB NOT NULL, counter INTEGER NOT NULL,
        entry BLOB NOT NULL, stamp BLOB NOT NULL,
        UNIQUE (space, seq), UNIQUE (space, device, counter));
    CREATE INDEX entry_control ON entry (space, seq) WHERE kind < 100;
    CREATE TABLE paper (
        hash BLOB NOT NULL, space BLOB NOT NULL, size_bytes INTEGER NOT NULL, pieces BLOB NOT NULL,
        PRIMARY KEY (hash, space)) WITHOUT ROWID;
";

/// An id is unique within a space, not among all: nobody takes an id away from a space that they aren't in.
const IDS_OF_SPACES: &str = "
    ALTER TABLE entry RENAME TO entry_1;
    DROP INDEX entry_control;
    CREATE TABLE entry (
        n INTEGER PRIMARY KEY,
        space BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, hash BLOB NOT NULL,
        kind INTEGER NOT NULL, device BLOB NOT NULL, counter INTEGER NOT NULL,
        entry BLOB NOT NULL, stamp BLOB NOT NULL,
        UNIQUE (space, seq), UNIQUE (space, id), UNIQUE (space, device, counter));
    CREATE INDEX entry_control ON entry (space, seq) WHERE kind < 100;
    INSERT INTO entry SELECT * FROM entry_1;
    DROP TABLE entry_1;
";

/// That an id stands once is known to the space's thread before anything is written. An index of ids, which are random, costs a page for each
/// entry: half of all that a commit writes.
const IDS_IN_MEMORY: &str = "
    ALTER TABLE entry RENAME TO entry_2;
    DROP INDEX entry_control;
    CREATE TABLE entry (
        n INTEGER PRIMARY KEY,
        space BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, hash BLOB NOT NULL,
        kind INTEGER NOT NULL, device BLOB NOT NULL, counter INTEGER NOT NULL,
        entry BLOB NOT NULL, stamp BLOB NOT NULL,
        UNIQUE (space, seq), UNIQUE (space, device, counter));
    CREATE INDEX entry_control ON entry (space, seq) WHERE kind < 100;
    INSERT INTO entry SELECT * FROM entry_2;
    DROP TABLE entry_2;
";

/// What is said of a paper is said by a device: nobody's word overrides another's. Filled from the entries, by [`name_papers`].
const PAPERS_BY_DEVICE: &str = "
    DROP TABLE paper;
    CREATE TABLE paper (
        hash BLOB NOT NULL, space BLOB NOT NULL, device BLOB NOT NULL, size_bytes INTEGER NOT NULL, pieces BLOB NOT NULL,
        PRIMARY KEY (hash, space, device)) WITHOUT ROWID;
    CREATE INDEX paper_of_device ON paper (space, device, size_bytes);
";

/// A ledger in SQLite.
pub struct SqliteLedgerStore(Connection);

impl SqliteLedgerStore {
    /// Opens or creates a file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_file(path).map_err(|error| match error {
            // SQLite says only that it can't open one of its files.
            StoreError::Failed(_) if has_no_room(path) => StoreError::DiskFull,
            error => error,
        })
    }

    fn open_file(path: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "cache_size", -32_000)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
        let version = version as usize;
        let next = VERSIONS.get(version..).ok_or(StoreError::Damaged("written by a newer version of the hub"))?;
        for (n, change) in (version + 1..).zip(next) {
            let transaction = connection.transaction()?;
            transaction.execute_batch(change)?;
            if *change == PAPERS_BY_DEVICE {
                name_papers(&transaction)?;
            }
            transaction.pragma_update(None, "user_version", n as i64)?;
            transaction.commit()?;
        }
        Ok(SqliteLedgerStore(connection))
    }

    fn stamped(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<StampedV1>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_map(parameters, stamped)?.collect::<Result<_, _>>()?)
    }
}

fn stamped(row: &Row<'_>) -> rusqlite::Result<StampedV1> {
    Ok(StampedV1 { entry: row.get::<_, Vec<u8>>(0)?.into(), stamp: row.get::<_, Vec<u8>>(1)?.into() })
}

const NAME_PAPER: &str = "INSERT OR IGNORE INTO paper VALUES (?,?,?,?,?)";

/// Names the papers of all entries again.
fn name_papers(connection: &Connection) -> Result<(), StoreError> {
    let mut entries = connection.prepare("SELECT space, device, entry FROM entry ORDER BY n")?;
    let mut name = connection.prepare(NAME_PAPER)?;
    let mut rows = entries.query([])?;
    while let Some(row) = rows.next()? {
        let Ok(signed) = Signed::decode(&row.get::<_, Vec<u8>>(2)?) else { continue };
        for p in &signed.header.papers {
            let (space, device) = (row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?);
            name.execute(params![p.hash.0, space, device, p.size_bytes as i64, p.pieces.0])?;
        }
    }
    Ok(())
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::DiskFull,
            // What SQLite keeps beside a database finds no room, either.
            Some(_) if error.sqlite_error().is_some_and(|e| e.extended_code == SQLITE_IOERR_SHMSIZE) => {
                StoreError::DiskFull
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged("not a whole database"),
            _ => StoreError::Failed(error.to_string()),
        }
    }
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("a hash has another length"))
}

impl LedgerStore for SqliteLedgerStore {
    fn commit(&mut self, batch: &[StoredEntry]) -> Result<(), StoreError> {
        let transaction = self.0.transaction()?;
        {
            let mut entry = transaction.prepare_cached(
                "INSERT INTO entry (space, seq, id, hash, kind, device, counter, entry, stamp) VALUES (?,?,?,?,?,?,?,?,?)",
            )?;
            let mut paper = transaction.prepare_cached(NAME_PAPER)?;
            for e in batch {
                let (seq, counter) = (e.seq as i64, e.counter as i64);
                entry.execute(params![
                    e.space.0, seq, e.id.0, e.hash.0, e.kind, e.device.0, counter, e.entry, e.stamp
                ])?;
                for p in &e.papers {
                    paper.execute(params![p.hash.0, e.space.0, e.device.0, p.size_bytes as i64, p.pieces.0])?;
                }
            }
        }
        Ok(transaction.commit()?)
    }

    fn entries(&self, space: SpaceId, after: u64, limit: usize) -> Result<Vec<StampedV1>, StoreError> {
        let sql = "SELECT entry, stamp FROM entry WHERE space = ? AND seq > ? ORDER BY seq LIMIT ?";
        self.stamped(sql, params![space.0, after as i64, limit as i64])
    }

    fn page(&self, of: &PageOf) -> Result<Vec<StampedV1>, StoreError> {
        let sql = match of.is_control {
            true => {
                "SELECT entry, stamp FROM entry WHERE space = ? AND seq > ? AND seq <= ? AND kind < 100 ORDER BY seq"
            }
            false => "SELECT entry, stamp FROM entry WHERE space = ? AND seq > ? AND seq <= ? ORDER BY seq",
        };
        let mut statement = self.0.prepare_cached(sql)?;
        let (mut rows, mut fits, mut page) =
            (statement.query(params![of.space.0, of.after as i64, of.until as i64])?, fitting(), Vec::new());
        while let Some(row) = rows.next()? {
            let one = stamped(row)?;
            if !fits(&one) {
                break;
            }
            page.push(one);
        }
        Ok(page)
    }

    fn controls(&self, space: SpaceId) -> Result<Vec<StampedV1>, StoreError> {
        self.stamped("SELECT entry, stamp FROM entry WHERE space = ? AND kind < 100 ORDER BY seq", params![space.0])
    }

    fn spaces(&self) -> Result<Vec<SpaceRow>, StoreError> {
        let sql = "SELECT space, max(seq) FROM entry GROUP BY space ORDER BY min(n)";
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map([], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, i64>(1)?)))?;
        rows.map(|row| {
            let (space, seq) = row?;
            Ok(SpaceRow { space: SpaceId(hash(space)?), seq: seq as u64 })
        })
        .collect()
    }

    fn find(&self, space: SpaceId, device: DeviceId, counter: u64) -> Result<Option<Found>, StoreError> {
        let sql = "SELECT id, hash, stamp FROM entry WHERE space = ? AND device = ? AND counter = ?";
        let mut statement = self.0.prepare_cached(sql)?;
        let row = |r: &Row<'_>| Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, Vec<u8>>(1)?, r.get(2)?));
        let found = statement.query_row(params![space.0, device.0, counter as i64], row).optional()?;
        let read = |(id, bytes, stamp): (Vec<u8>, Vec<u8>, Vec<u8>)| {
            let id = id.try_into().map_err(|_| StoreError::Damaged("an id has another length"))?;
            Ok(Found { id: EntryId(id), hash: Hash(hash(bytes)?), stamp })
        };
        found.map(read).transpose()
    }

    fn named(&self, name: Hash) -> Result<Vec<Named>, StoreError> {
        let sql = "SELECT space, device, size_bytes, pieces FROM paper WHERE hash = ?";
        let mut statement = self.0.prepare_cached(sql)?;
        let (mut rows, mut named) = (statement.query([name.0])?, Vec::new());
        while let Some(row) = rows.next()? {
            let device: Vec<u8> = row.get(1)?;
            let device = device.try_into().map_err(|_| StoreError::Damaged("an id has another length"))?;
            let (size_bytes, pieces) = (row.get::<_, i64>(2)? as u64, Hash(hash(row.get(3)?)?));
            let paper = PaperNameV1 { hash: name, size_bytes, pieces };
            named.push(Named { space: SpaceId(hash(row.get(0)?)?), device: DeviceId(device), paper });
        }
        Ok(named)
    }

    fn named_bytes(&self, space: SpaceId, device: DeviceId) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(sum(size_bytes), 0) FROM paper WHERE space = ? AND device = ?";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row(params![space.0, device.0], |r| r.get::<_, i64>(0))? as u64)
    }

    fn size(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(length(entry) + length(stamp)), 0) FROM entry";
        Ok(self.0.query_row(sql, [], |r| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64)))?)
    }
}

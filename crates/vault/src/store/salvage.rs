//! Reading what is left of a damaged database, row by row.

use super::sql::{OUTBOX, id, outbox_row};
use super::{OutboxRow, Salvage, SqlStore};
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{KeyId, SpaceId};
use rusqlite::{Params, Row, params};

impl SqlStore {
    /// Rows as far as the database gives them, and how many of them are not what they were written as. Where it gives no more, there are none.
    fn readable<T>(
        &self,
        sql: &str,
        of: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<Option<T>>,
    ) -> (Vec<T>, usize) {
        let (mut found, mut lost) = (Vec::new(), 0);
        let Ok(mut statement) = self.0.prepare(sql) else { return (found, 1) };
        let Ok(mut rows) = statement.query(of) else { return (found, 1) };
        loop {
            match rows.next() {
                Ok(Some(row)) => match read(row) {
                    Ok(Some(value)) => found.push(value),
                    Ok(None) | Err(_) => lost += 1,
                },
                Ok(None) => return (found, lost),
                Err(_) => return (found, lost + 1),
            }
        }
    }
}

fn space(row: &Row<'_>) -> rusqlite::Result<Option<SpaceId>> {
    Ok(id(row.get(0)?).map(SpaceId))
}

impl Salvage for SqlStore {
    fn readable_metas(&self) -> Vec<(String, Vec<u8>)> {
        self.readable("SELECT name, value FROM meta", [], |r| Ok(Some((r.get(0)?, r.get(1)?)))).0
    }

    fn readable_keys(&self) -> Vec<(KeyId, Vec<u8>)> {
        let read = |r: &Row<'_>| {
            let (id, secret) = (id(r.get(0)?), r.get::<_, Vec<u8>>(1)?);
            Ok(id.map(KeyId).filter(|_| cabinet_meaning::Secret::read(&secret).is_some()).map(|id| (id, secret)))
        };
        self.readable("SELECT id, secret FROM key", [], read).0
    }

    fn readable_outbox(&self) -> (Vec<OutboxRow>, usize) {
        self.readable(OUTBOX, [], outbox_row)
    }

    fn readable_spaces(&self) -> Vec<SpaceId> {
        let mut spaces = self.readable("SELECT space FROM chain ORDER BY n", [], space).0;
        // Whose own row is the damaged one.
        let held = self.readable("SELECT DISTINCT space FROM entry", [], space).0;
        spaces.extend(held);
        let mut seen = std::collections::BTreeSet::new();
        spaces.retain(|space| seen.insert(*space));
        spaces
    }

    fn readable_entries(&self, space: SpaceId) -> Vec<StampedV1> {
        let read = |r: &Row<'_>| {
            Ok(Some(StampedV1 { entry: r.get::<_, Vec<u8>>(0)?.into(), stamp: r.get::<_, Vec<u8>>(1)?.into() }))
        };
        self.readable("SELECT entry, stamp FROM entry WHERE space = ? ORDER BY seq", params![space.0], read).0
    }
}

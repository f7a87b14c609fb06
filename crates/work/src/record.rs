//! The record of a form or session: everything that a stranger needs to recount it.

use crate::WorkError;
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{RecordKeyV1, RecordV1, SpaceId, SpaceKind, encode};
use cabinet_vault::{EntryRow, Laptop, Secret, Store};

/// The recountable record of a form or session, as far as this laptop may open it.
pub fn record_of<S: Store>(laptop: &mut Laptop<S>, space: SpaceId) -> Result<Vec<u8>, WorkError> {
    let me = laptop.me()?.clone();
    let control = laptop.control(space)?.ok_or(WorkError::NotFound)?;
    let rows = laptop.store().entries(space, 0)?;
    // The hub's word on where the space ends came with its last entries.
    let head = laptop.signed_head(space)?.ok_or(WorkError::NotFound)?;
    // Of a form also the key of its openings, where this laptop may see them. A session's narrower audiences keep their drafts and items.
    let of_openings = control.audiences.iter().filter(|_| control.kind == Some(SpaceKind::Form)).flat_map(|a| &a.keys);
    let keys = control.keys.iter().chain(of_openings).filter_map(|key| match laptop.secret(key.id) {
        Some(Secret::Body(secret)) => Some(RecordKeyV1 { id: key.id, key: secret.bytes().to_vec().into() }),
        _ => None,
    });
    let record = RecordV1 {
        version: 1,
        org: me.org,
        register: me.register,
        register_entries: stamped(laptop.store().entries(me.register, 0)?),
        space,
        head,
        entries: stamped(rows),
        keys: keys.collect(),
        laws: laptop.law_openings()?,
    };
    Ok(encode(&record))
}

fn stamped(rows: Vec<EntryRow>) -> Vec<StampedV1> {
    rows.into_iter().map(|r| StampedV1 { entry: r.entry.into(), stamp: r.stamp.into() }).collect()
}

//! Answers and ballots opened, or proven to open to nothing.

use crate::WorkError;
use cabinet_acts::Opening;
use cabinet_domain::{EntryId, Hash};
use cabinet_ledger::{SpaceId, limits};
use cabinet_vault::{Laptop, NewEntry, Sealing, Secret, Store};
use std::collections::BTreeMap;

/// Limit: bytes of openings in one entry, so that with its padding it stays below [`limits::ENTRY_BYTES_MAX`].
const OPENINGS_BYTES_MAX: usize = limits::ENTRY_BYTES_MAX / 2;

/// What an opening adds to its body, at most: id, salt, and their frames.
const OPENING_BYTES: usize = 64;

/// Something sealed that is to be opened.
pub(crate) struct Due {
    pub entry: EntryId,
    /// What it was sealed to.
    pub pair: Hash,
    /// Whether this laptop says so where it opens to nothing.
    pub may_spoil: bool,
}

/// How a kind of space says that something was opened.
pub(crate) struct Words {
    /// Whether a body is what is opened here.
    pub is_one: fn(&[u8]) -> bool,
    pub opened: fn(&[Opening]) -> (u16, Vec<u8>),
    pub spoiled: fn(EntryId, &[u8]) -> (u16, Vec<u8>),
}

/// Says of each that is due what this laptop knows: its opening, or the proof that it has none. Returns how many entries say so.
pub(crate) fn open<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    due: Vec<Due>,
    words: &Words,
    sealing: &Sealing,
    now_ms: u64,
) -> Result<usize, WorkError> {
    let readable = laptop.readable(space)?.into_iter().filter(|o| (words.is_one)(&o.body));
    let mut readable: BTreeMap<_, _> = readable.map(|o| (o.entry, o)).collect();
    let (mut openings, mut said) = (Vec::new(), Vec::new());
    for Due { entry, pair, may_spoil } in due {
        match (readable.remove(&entry), laptop.private_half(pair)) {
            (Some(opening), _) => openings.push(opening),
            // Whoever sees it tries for themselves; without the private half, which may still come, nothing is said of it.
            (None, Some(proof)) if may_spoil => said.push((words.spoiled)(entry, &Secret::bytes(proof))),
            (None, _) => {}
        }
    }
    let opened = parts(openings).into_iter().map(|part| (words.opened)(&part));
    let mut count = 0;
    for written in opened.chain(said) {
        let new = NewEntry { sealing: sealing.clone(), ..NewEntry::act(space, written) };
        count += usize::from(laptop.sign_by_itself(new, now_ms)?);
    }
    Ok(count)
}

/// Openings in as few entries as hold them.
fn parts(openings: Vec<Opening>) -> Vec<Vec<Opening>> {
    let mut parts: Vec<Vec<Opening>> = Vec::new();
    let mut bytes = 0;
    for opening in openings {
        let more = opening.body.len() + OPENING_BYTES;
        bytes += more;
        match parts.last_mut().filter(|_| bytes <= OPENINGS_BYTES_MAX) {
            Some(part) => part.push(opening),
            None => {
                bytes = more;
                parts.push(vec![opening]);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use cabinet_acts::write_ballot_openings;

    #[test]
    fn openings_of_a_hall_fit_into_entries_and_stay_in_order() {
        let opening = |n: u128| Opening {
            entry: cabinet_domain::EntryId(uuid::Uuid::from_u128(n)),
            salt: [0; 32],
            // The longest remark in every hundredth.
            body: vec![0; if n.is_multiple_of(100) { 60_000 } else { 64 }],
        };
        let all: Vec<Opening> = (0..1_000).map(opening).collect();
        let parts = parts(all.clone());
        assert_eq!(parts.len(), 4);
        for part in &parts {
            assert!(write_ballot_openings(part).1.len() <= OPENINGS_BYTES_MAX);
        }
        assert_eq!(parts.concat(), all);
    }
}

//! Openings of answers and ballots, in as few entries as hold them.

use cabinet_acts::Opening;
use cabinet_ledger::limits;

/// Limit: bytes of openings in one entry, so that with its padding it stays below [`limits::ENTRY_BYTES_MAX`].
const OPENINGS_BYTES_MAX: usize = limits::ENTRY_BYTES_MAX / 2;

/// What an opening adds to its body, at most: id, salt, and their frames.
const OPENING_BYTES: usize = 64;

/// Openings in as few entries as hold them.
pub(crate) fn parts(openings: Vec<Opening>) -> Vec<Vec<Opening>> {
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

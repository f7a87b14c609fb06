//! What fixes a result: the list of what counts, which every laptop that sees it must find the same, and a hash of what it comes to.

use crate::{EntryId, Hash, Millis, PersonId};
use serde::{Deserialize, Serialize};

/// How an answer or a ballot that counts was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Opened.
    Opened,
    /// Proven to be readable by nobody.
    Spoiled,
}

/// The list of what counts, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Every answer that counts, by its entry, in sequence.
    pub counted: Vec<(EntryId, Counted)>,
    /// Hash of the result.
    pub result: Hash,
}

/// That a result is fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// By which entry.
    pub entry: EntryId,
    /// Whose.
    pub by: PersonId,
    /// When.
    pub at: Millis,
    /// Who stands behind it besides; needed only where few see the openings.
    pub confirmed_by: Option<PersonId>,
}

//! Which of a person's answers to a form, or ballots in a vote, stands: the author's last, not the last to arrive.

use crate::{Answer, DeviceId, EntryId, Fact, Millis, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AnswerStatus {
    /// It is the member's answer.
    Standing,
    /// The same member gave a later one.
    Replaced {
        /// The later one.
        by: EntryId,
    },
    /// Received after the deadline: recorded and not counted.
    Late {
        /// Whether the laptop says it was signed before the deadline; none while the answer is sealed.
        signed_in_time: Option<bool>,
    },
}

/// One received answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAnswer<T = Answer> {
    /// Its entry.
    pub entry: EntryId,
    /// Who gave it.
    pub person: PersonId,
    /// On which laptop.
    pub device: DeviceId,
    /// That laptop's counter.
    pub counter: u64,
    /// Place in the space.
    pub seq: u64,
    /// When the hub received it.
    pub received_at: Millis,
    /// The answers it replaces.
    pub replaces: Vec<EntryId>,
    /// What became of it.
    pub status: AnswerStatus,
    /// Whether another answer of the same person did not know of this one: the person is told.
    pub is_crossed: bool,
    /// Its content, where it has been opened to all.
    pub opened: Option<T>,
    /// Whether a teller could not read it.
    pub is_spoiled: bool,
}

impl<T> MemberAnswer<T> {
    /// A received answer, not opened yet.
    pub(crate) fn received<A>(fact: &Fact<A>, is_late: bool) -> Self {
        MemberAnswer {
            entry: fact.id,
            person: fact.author,
            device: fact.device,
            counter: fact.counter,
            seq: fact.seq,
            received_at: fact.at,
            replaces: fact.replaces.clone(),
            status: if is_late { AnswerStatus::Late { signed_in_time: None } } else { AnswerStatus::Standing },
            is_crossed: false,
            opened: None,
            is_spoiled: false,
        }
    }
}

/// The answers that a new one of a person names as replaced: the last of each of their other laptops. What came before those, and what
/// this laptop said itself, lies behind them by its counter, so that the list stays as short as the person has laptops.
pub fn replaced_by_new<T>(answers: &[MemberAnswer<T>], person: PersonId, device: DeviceId) -> Vec<EntryId> {
    let mut last: BTreeMap<DeviceId, &MemberAnswer<T>> = BTreeMap::new();
    for answer in answers.iter().filter(|a| a.person == person && a.device != device) {
        last.entry(answer.device)
            .and_modify(|l| {
                if l.counter < answer.counter {
                    *l = answer
                }
            })
            .or_insert(answer);
    }
    last.values().map(|answer| answer.entry).collect()
}

/// Marks each of one person's answers in time as standing or replaced.
///
/// Invariant: the outcome does not depend on the order of entries of different devices that know of each other; only answers
/// that don't are ordered by stamp.
pub(crate) fn settle<T>(answers: &mut [MemberAnswer<T>], person: PersonId) {
    let mine: Vec<usize> = (0..answers.len())
        .filter(|i| answers[*i].person == person && !matches!(answers[*i].status, AnswerStatus::Late { .. }))
        .collect();
    let knows = |later: &MemberAnswer<T>, earlier: &MemberAnswer<T>| {
        later.replaces.contains(&earlier.entry) || (later.device == earlier.device && later.counter > earlier.counter)
    };
    let open: Vec<usize> =
        mine.iter().copied().filter(|i| !mine.iter().any(|j| j != i && knows(&answers[*j], &answers[*i]))).collect();
    let Some(last) = open.iter().copied().max_by_key(|i| answers[*i].seq) else { return };
    let by = answers[last].entry;
    for i in mine {
        answers[i].is_crossed = open.len() > 1 && open.contains(&i);
        answers[i].status = if i == last { AnswerStatus::Standing } else { AnswerStatus::Replaced { by } };
    }
}

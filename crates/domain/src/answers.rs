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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn answer(n: u128, device: u128, counter: u64) -> MemberAnswer {
        MemberAnswer {
            entry: EntryId(Uuid::from_u128(n)),
            person: PersonId(Uuid::from_u128(1)),
            device: DeviceId(Uuid::from_u128(device)),
            counter,
            seq: n as u64,
            received_at: Millis(0),
            replaces: vec![],
            status: AnswerStatus::Standing,
            is_crossed: false,
            opened: None,
            is_spoiled: false,
        }
    }

    #[test]
    fn answer_changed_a_hundred_times_names_one_of_each_other_laptop() {
        // In the order of arrival, which is not that of signing.
        let mut answers: Vec<_> = (0..100).map(|n| answer(n, 7, n as u64 + 1)).collect();
        answers.extend([answer(201, 8, 2), answer(200, 8, 1), answer(300, 9, 5)]);
        let named = replaced_by_new(&answers, answers[0].person, answers[0].device);
        assert_eq!(named, [EntryId(Uuid::from_u128(201)), EntryId(Uuid::from_u128(300))]);
        let mut all = answers.clone();
        all.push(MemberAnswer { replaces: named, ..answer(400, 7, 101) });
        settle(&mut all, answers[0].person);
        let standing: Vec<_> = all.iter().filter(|a| a.status == AnswerStatus::Standing).map(|a| a.seq).collect();
        assert_eq!(standing, [400]);
        assert!(all.iter().all(|a| !a.is_crossed), "nothing is left beside it");
    }

    #[test]
    fn answers_of_others_are_not_named() {
        let other = MemberAnswer { person: PersonId(Uuid::from_u128(2)), ..answer(1, 8, 1) };
        assert_eq!(replaced_by_new(&[other], PersonId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(7))), []);
    }
}

//! Answering: signed on the laptop and left in the outbox, network or not.

use super::{ledger_entry, person, sign, state};
use crate::WorkError;
use cabinet_acts::write_answer;
use cabinet_domain::{Answer, FormAct, Millis, QuestionAnswer, Refusal, check_answer, replaced_by_new};
use cabinet_ledger::{EntryId, SpaceId};
use cabinet_meaning::{domain_device, ledger_key};
use cabinet_vault::{Laptop, NewEntry, Sealing, Store};

/// Answers a form, or changes one's answer; names the earlier answers of this person that are known here.
pub fn answer_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    questions: Vec<QuestionAnswer>,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let state = state(laptop, space)?;
    let (me, device) = laptop.me().map(|me| (person(me.person), domain_device(me.device)))?;
    let issue = state.issue.as_ref().ok_or(WorkError::Refused(Refusal::WrongPhase))?;
    let answer = Answer { questions, signed_at: Millis(now_ms as i64) };
    check_answer(&answer, issue.content.questions.len()).map_err(WorkError::Refused)?;
    let replaces = replaced_by_new(&state.answers, me, device).into_iter().map(ledger_entry).collect();
    let new = NewEntry {
        about: state.issued_as.map(ledger_entry),
        sealing: Sealing::Pair(ledger_key(issue.answer_pair)),
        replaces,
        ..NewEntry::act(space, (cabinet_acts::kind::ANSWERED, write_answer(&answer)))
    };
    sign(laptop, &FormAct::Answered(answer), new, now_ms)
}

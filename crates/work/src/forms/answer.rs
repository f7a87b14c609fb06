//! Answering: signed on the laptop and left in the outbox, network or not.

use super::{ledger_entry, person, refuse, state};
use crate::WorkError;
use cabinet_acts::write_answer;
use cabinet_domain::{Answer, FormPhase, Millis, QuestionAnswer, Refusal, Roles, check_answer};
use cabinet_ledger::{EntryId, SpaceId};
use cabinet_seal::Recipient;
use cabinet_vault::{Laptop, NewEntry, Sealing, Store};

/// Answers a form, or changes one's answer; names every earlier answer of this person that is known here.
pub fn answer_form<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    questions: Vec<QuestionAnswer>,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let state = state(laptop, space)?;
    let me = person(laptop.me()?.person);
    let issue = state.issue.as_ref().ok_or(WorkError::Refused(Refusal::WrongPhase))?;
    if !issue.content.asked.contains(&me) || !Roles(laptop.my_roles()).has(Roles::MEMBER) {
        return refuse(Refusal::NotAsked);
    }
    if state.phase != FormPhase::Issued {
        return refuse(Refusal::WrongPhase);
    }
    let answer = Answer { questions, signed_at: Millis(now_ms as i64) };
    check_answer(&answer, issue.content.questions.len()).map_err(WorkError::Refused)?;
    let recipient = Recipient::parse(&issue.answer_key).map_err(|_| WorkError::Refused(Refusal::Unreadable))?;
    let replaces = state.answers.iter().filter(|a| a.person == me).map(|a| ledger_entry(a.entry)).collect();
    let new = NewEntry {
        space: Some(space),
        kind: cabinet_acts::kind::ANSWERED,
        body: write_answer(&answer),
        sealing: Sealing::Answer(recipient),
        replaces,
        papers: vec![],
    };
    Ok(laptop.sign(new, now_ms)?.0)
}

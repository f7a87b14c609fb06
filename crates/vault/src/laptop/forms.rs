//! Forms as this laptop holds them.

use super::briefs::View;
use super::folded::Folded;
use super::{Held, Laptop, Secret};
use crate::VaultError;
use crate::store::Store;
use cabinet_acts::{Opening, read_answer};
use cabinet_domain::{Answer, Decision, Fact, FormAct, FormPhase, FormState, Hash as FactHash, Millis, Paper, Under};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::*;
use cabinet_meaning::{FEW, ledger_key};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What lists show of a form without folding it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormBrief {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who submits.
    pub submitted_by: String,
    /// Where it stands.
    pub phase: FormPhase,
    /// When it was issued.
    pub issued_at: Option<Millis>,
    /// Its deadline.
    pub deadline: Option<Millis>,
    /// Whether this person is asked.
    pub is_asked: bool,
    /// When the hub received this person's standing answer.
    pub answered_at: Option<Millis>,
    /// How many are asked.
    pub asked: u32,
    /// How many have answered in time.
    pub answered: u32,
    /// Number of questions.
    pub questions: u32,
    /// Number of papers.
    pub papers: u32,
    /// Pages of all papers.
    pub pages: u32,
    /// The decision on each question, once there is a result.
    pub decisions: Vec<Decision>,
    /// Whether a key is still missing.
    pub is_incomplete: bool,
    /// Closed, and something is left that this laptop may have to do: open an answer, fix the result.
    pub is_unfinished: bool,
}

impl Held for FormAct {
    type Brief = FormBrief;
    const NAME: &'static str = "form";

    fn folded<S>(laptop: &Laptop<S>) -> &Folded<Self> {
        &laptop.forms
    }

    fn under(&self, state: &FormState) -> Under {
        match (self, &state.issue) {
            (FormAct::Answered(_), Some(issue)) => Under::Pair(issue.answer_pair),
            _ => Under::Space,
        }
    }

    fn needs_newer_app(state: &FormState) -> bool {
        state.needs_newer_app.is_some()
    }

    fn brief<S: Store>(laptop: &Laptop<S>, state: &FormState) -> Option<FormBrief> {
        let content = state.content.as_ref()?;
        let me = laptop.my_person()?;
        let answered = content.asked.iter().filter(|p| state.standing(**p).is_some()).count();
        let result = state.result.as_ref().or(state.tellers_word());
        let decisions = result.iter().flat_map(|r| r.questions.iter().map(|q| q.decision)).collect();
        Some(FormBrief {
            number: content.number.clone(),
            title: content.title.clone(),
            submitted_by: content.submitted_by.clone(),
            phase: state.phase.clone(),
            issued_at: state.issued_at,
            deadline: state.deadline,
            is_asked: content.asked.contains(&me),
            answered_at: state.standing(me).map(|a| a.received_at),
            asked: content.asked.len() as u32,
            answered: answered as u32,
            questions: content.questions.len() as u32,
            papers: content.papers.len() as u32,
            pages: content.papers.iter().map(|p| p.pages).sum(),
            decisions,
            is_incomplete: state.waiting_for_keys > 0,
            is_unfinished: laptop.is_unfinished(state),
        })
    }

    fn into_view(brief: FormBrief) -> View {
        View::Form(brief)
    }

    fn of_view(view: &View) -> Option<&FormBrief> {
        if let View::Form(brief) = view { Some(brief) } else { None }
    }

    fn text(state: &FormState) -> String {
        let Some(content) = &state.content else { return String::new() };
        let questions = content.questions.iter().map(|q| q.text.as_str());
        let papers = content.papers.iter().map(|p| p.title.as_str());
        let own = [content.number.as_str(), &content.title, &content.submitted_by, &content.summary];
        own.into_iter().chain(questions).chain(papers).collect::<Vec<_>>().join("\n")
    }

    fn paper(state: &FormState, hash: Hash) -> Option<Paper> {
        state.content.as_ref()?.papers.iter().find(|paper| paper.hash.0 == hash.0).cloned()
    }

    fn is_distorted() -> bool {
        is_off(Fault::DeviceOrder) || is_off(Fault::CloseByEntry)
    }

    fn distort(facts: &mut Vec<Fact>, clock_ms: Option<u64>) {
        if is_off(Fault::DeviceOrder) {
            facts.iter_mut().for_each(|f| f.counter = f.seq);
            facts.iter_mut().for_each(|f| f.replaces.clear());
        }
        if let Some(clock_ms) = clock_ms {
            facts.retain(|f| !matches!(f.act, FormAct::Closed { .. }) && f.at.0 <= clock_ms as i64);
        }
    }
}

impl<S: Store> Laptop<S> {
    /// A form's state from stamped entries only.
    pub fn form(&self, space: SpaceId) -> Result<Arc<FormState>, VaultError> {
        self.state::<FormAct>(space)
    }

    /// A form's state as this person left it.
    pub fn form_with_pending(&self, space: SpaceId) -> Result<Arc<FormState>, VaultError> {
        self.state_with_pending::<FormAct>(space)
    }

    /// Whether this person has written here to an audience that they are outside of: they don't read it back.
    pub fn has_written_outside(&self, space: SpaceId) -> Result<bool, VaultError> {
        let me = self.me()?.person;
        let rows = self.store.entries(space, 0)?;
        let stamped = rows.iter().filter(|row| row.person == Some(me)).map(|row| &row.entry);
        let waiting =
            self.outbox.iter().filter(|row| row.space == space && row.refusal.is_none()).map(|row| &row.entry);
        for entry in stamped.chain(waiting) {
            if matches!(Signed::decode(entry)?.header.sealing, SealingV1::Outside(_)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Answers that this laptop can read, with salt and content for opening them.
    pub fn readable_answers(&self, space: SpaceId) -> Result<Vec<(Opening, Answer)>, VaultError> {
        let readable = self.readable(space)?.into_iter();
        Ok(readable.filter_map(|opening| read_answer(&opening.body).map(|answer| (opening, answer))).collect())
    }

    /// The private half of a pair, if it is here: of a form's answers, of a vote's ballots.
    pub fn private_half(&self, pair: FactHash) -> Option<&Secret> {
        self.keys.get(&ledger_key(pair))
    }

    /// Who is outside the few that see openings opens their own answer at most, unless the counts are out.
    fn is_unfinished(&self, state: &FormState) -> bool {
        let is_closed = matches!(state.phase, FormPhase::Closed { .. });
        let has_answered = self.my_person().is_some_and(|me| state.standing(me).is_some());
        let is_left = match state.is_for_few() && self.my_roles() & FEW == 0 {
            true => state.published.is_empty() && has_answered,
            false => !state.is_settled(),
        };
        is_closed && is_left
    }
}

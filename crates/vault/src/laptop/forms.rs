//! Forms as this laptop knows them: facts out of verified entries, the fold, and what lists show.

use super::{Laptop, Secret, recipient_key_id};
use crate::VaultError;
use crate::store::{Change, EntryRow, OutboxRow, Store};
use cabinet_acts::{FormBody, Opening, kind, read_answer, read_form_act};
use cabinet_domain::{Answer, Calendar, Decision, Fact, FormAct, FormPhase, FormState, Millis, Roles, RuleBook};
use cabinet_ledger::wire::RefusalV1;
use cabinet_ledger::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use uuid::Uuid;

/// Where one of this laptop's own entries is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// Signed, waiting to be sent.
    Waiting,
    /// The hub has given it a place; it has not come back in its space yet.
    Received {
        /// The hub's time.
        at_ms: u64,
    },
    /// The hub will not take it.
    Refused {
        /// Its reason.
        reason: wire::RefusalReason,
    },
}

/// One of this laptop's own entries that has no place in its space yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its id.
    pub id: EntryId,
    /// What it says.
    pub fact: Fact,
    /// When it was signed.
    pub signed_ms: u64,
    /// Where it is.
    pub state: PendingState,
}

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
}

/// The law that ships with this program, read once.
pub fn law() -> &'static (RuleBook, Calendar) {
    static LAW: OnceLock<(RuleBook, Calendar)> = OnceLock::new();
    LAW.get_or_init(|| (RuleBook::shipped(), Calendar::shipped()))
}

impl<S: Store> Laptop<S> {
    /// A form's state from stamped entries only: the same on every laptop that holds them.
    pub fn form(&self, space: SpaceId) -> Result<FormState, VaultError> {
        let (book, calendar) = law();
        Ok(FormState::fold(&self.facts(space)?, book, calendar))
    }

    /// A form's state as this person left it: own entries that have no place yet come last.
    pub fn form_with_pending(&self, space: SpaceId) -> Result<FormState, VaultError> {
        let (book, calendar) = law();
        let mut facts = self.facts(space)?;
        let last = facts.last().map_or(0, |f| f.seq);
        let pending = self.pending(space)?.into_iter().filter(|p| !matches!(p.state, PendingState::Refused { .. }));
        facts.extend(pending.enumerate().map(|(i, p)| Fact { seq: last + 1 + i as u64, ..p.fact }));
        Ok(FormState::fold(&facts, book, calendar))
    }

    /// Own entries of a form that have no place in it yet.
    pub fn pending(&self, space: SpaceId) -> Result<Vec<Pending>, VaultError> {
        let me = self.me()?;
        let rows = self.outbox.iter().filter(|r| r.space == space);
        let mut pending = Vec::new();
        for row in rows {
            let signed = Signed::decode(&row.entry)?;
            if control_kind(signed.header.kind) {
                continue;
            }
            let state = pending_state(row)?;
            let at = match state {
                PendingState::Received { at_ms } => at_ms,
                _ => row.signed_ms,
            };
            let body = FormBody::Open(row.body.get(32..).unwrap_or_default());
            let fact =
                fact(&signed, 0, at, me.person, self.my_roles(), read_form_act(signed.header.kind, body, &|_| true));
            pending.push(Pending { id: row.id, fact, signed_ms: row.signed_ms, state });
        }
        Ok(pending)
    }

    /// The facts of a form, in sequence.
    pub fn facts(&self, space: SpaceId) -> Result<Vec<Fact>, VaultError> {
        let rows = self.store.entries(space, 0)?;
        let decoded =
            rows.iter().map(|r| Ok((r, Signed::decode(&r.entry)?))).collect::<Result<Vec<_>, VaultError>>()?;
        let commitments: BTreeMap<EntryId, Hash> = decoded
            .iter()
            .filter(|(r, _)| r.kind == kind::ANSWERED)
            .map(|(r, signed)| (r.id, signed.header.commitment))
            .collect();
        let is_genuine = |o: &Opening| {
            let entry = EntryId(*o.entry.0.as_bytes());
            commitments.get(&entry) == Some(&EntryV1::commitment(&o.salt, &o.body))
        };
        let acts = decoded.iter().filter(|(r, _)| !control_kind(r.kind));
        let facts = acts.filter_map(|(row, signed)| {
            let act = read_form_act(row.kind, body_of(row, signed), &is_genuine);
            Some(fact(signed, row.seq, row.at_ms, row.person?, row.roles, act))
        });
        let mut facts: Vec<Fact> = facts.collect();
        self.distort(&mut facts);
        Ok(facts)
    }

    /// Answers that this laptop can read, with salt and body for opening them.
    pub fn readable_answers(&self, space: SpaceId) -> Result<Vec<(Opening, Answer)>, VaultError> {
        let rows = self.store.entries(space, 0)?;
        let answers = rows.iter().filter(|r| r.kind == kind::ANSWERED).filter_map(|row| {
            let (salt, body) = row.body.as_deref()?.split_first_chunk::<32>()?;
            let entry = cabinet_domain::EntryId(Uuid::from_bytes(row.id.0));
            Some((Opening { entry, salt: *salt, body: body.to_vec() }, read_answer(body)?))
        });
        Ok(answers.collect())
    }

    /// Whether this laptop holds the private half of a form's key pair.
    pub fn holds_answer_key(&self, answer_key: &str) -> bool {
        matches!(self.keys.get(&recipient_key_id(answer_key)), Some(Secret::Identity(_)))
    }

    /// All forms with what lists show of them.
    pub fn briefs(&self) -> Result<Vec<(SpaceId, FormBrief)>, VaultError> {
        let read = |(space, bytes): (SpaceId, Vec<u8>)| Some((space, serde_json::from_slice(&bytes).ok()?));
        Ok(self.store.views()?.into_iter().filter_map(read).collect())
    }

    /// What lists show of a form with own pending entries on top; none for a space that is no form.
    pub fn brief_with_pending(&self, space: SpaceId) -> Result<Option<FormBrief>, VaultError> {
        Ok(self.brief(&self.form_with_pending(space)?))
    }

    /// Brings lists and the search index up to date with the spaces that changed.
    pub(super) fn refresh_views(&mut self, touched: &[SpaceId]) -> Result<(), VaultError> {
        let mut changes = Vec::new();
        for space in touched {
            let is_form = self.stamped_control(*space)?.is_some_and(|c| c.kind == Some(SpaceKind::Form));
            if !is_form {
                continue;
            }
            let state = self.form(*space)?;
            let Some(brief) = self.brief(&state) else { continue };
            let text = searchable(&state);
            changes.push(Change::Text { space: *space, source: "form".into(), pages: vec![(0, text)] });
            changes.push(Change::View(*space, serde_json::to_vec(&brief).expect("a brief has string keys only")));
        }
        if changes.is_empty() { Ok(()) } else { self.commit(changes) }
    }

    fn brief(&self, state: &FormState) -> Option<FormBrief> {
        let content = state.content.as_ref()?;
        let me = cabinet_domain::PersonId(Uuid::from_bytes(self.me.as_ref()?.person.0));
        let answered = content.asked.iter().filter(|p| state.standing(**p).is_some()).count();
        let decisions = state.result.iter().flat_map(|r| r.questions.iter().map(|q| q.decision)).collect();
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
        })
    }

    /// What the simulator's faults do to the facts.
    fn distort(&self, facts: &mut Vec<Fact>) {
        if !self.protections.keeps_device_order {
            facts.iter_mut().for_each(|f| f.counter = f.seq);
            facts.iter_mut().for_each(|f| f.replaces.clear());
        }
        if let Some(clock_ms) = self.protections.closes_by_clock_ms {
            facts.retain(|f| f.act != FormAct::Closed && f.at.0 <= clock_ms as i64);
        }
    }
}

fn pending_state(row: &OutboxRow) -> Result<PendingState, VaultError> {
    if let Some(refusal) = &row.refusal {
        return Ok(PendingState::Refused { reason: decode::<RefusalV1>(refusal)?.reason });
    }
    match &row.stamp {
        Some(stamp) => Ok(PendingState::Received { at_ms: decode::<SignedStampV1>(stamp)?.verify()?.at_ms }),
        None => Ok(PendingState::Waiting),
    }
}

fn body_of<'a>(row: &'a EntryRow, signed: &Signed) -> FormBody<'a> {
    match (&row.body, signed.header.sealing) {
        (Some(salted), _) if salted.len() >= 32 => FormBody::Open(&salted[32..]),
        (Some(_), _) => FormBody::Broken,
        (None, SealingV1::Answer(_)) => FormBody::SealedAnswer,
        (None, _) => FormBody::KeyMissing,
    }
}

fn fact(signed: &Signed, seq: u64, at_ms: u64, person: PersonId, roles: u16, act: FormAct) -> Fact {
    let entry = |id: EntryId| cabinet_domain::EntryId(Uuid::from_bytes(id.0));
    Fact {
        id: entry(signed.header.id),
        seq,
        at: Millis(at_ms as i64),
        author: cabinet_domain::PersonId(Uuid::from_bytes(person.0)),
        device: cabinet_domain::DeviceId(Uuid::from_bytes(signed.header.device.0)),
        counter: signed.header.counter,
        roles: Roles(roles),
        replaces: signed.header.replaces.iter().copied().map(entry).collect(),
        act,
    }
}

fn searchable(state: &FormState) -> String {
    let Some(content) = &state.content else { return String::new() };
    let questions = content.questions.iter().map(|q| q.text.as_str());
    let papers = content.papers.iter().map(|p| p.title.as_str());
    let own = [content.number.as_str(), &content.title, &content.submitted_by, &content.summary];
    own.into_iter().chain(questions).chain(papers).collect::<Vec<_>>().join("\n")
}

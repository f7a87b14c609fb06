//! Own acts that came to nothing: what the hub would not take, and what the rule made void. Each is told where it was done until it was seen.

use crate::{App, AppError, ErrorView, HubReason};
use cabinet_domain::{FormAct, SessionAct};
use cabinet_ledger::wire::RefusalV1;
use cabinet_ledger::{EntryId, SpaceId, decode};
use cabinet_vault::{Change, Held, Laptop, Store};
use cabinet_work::forms::{domain_device, ledger_entry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Where an act was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlaceName {
    /// In a form.
    Form,
    /// In a session.
    Session,
    /// In the organisation's register, on a desk, or in what is not known here yet.
    Other,
}

/// What was done, as people call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is what the screen has words for")]
pub enum ActName {
    Draft,
    Approval,
    Sending,
    Extension,
    TakingBack,
    Answer,
    Agenda,
    Reply,
    Consent,
    Position,
    Opening,
    Closing,
    Attendance,
    Item,
    Conclusion,
    Page,
    Floor,
    Vote,
    Ballot,
    Count,
    Other,
}

impl From<&FormAct> for ActName {
    fn from(act: &FormAct) -> Self {
        match act {
            FormAct::Drafted(_) => ActName::Draft,
            FormAct::Approved { .. } => ActName::Approval,
            FormAct::Issued { .. } => ActName::Sending,
            FormAct::Extended { .. } => ActName::Extension,
            FormAct::Recalled { .. } => ActName::TakingBack,
            FormAct::Closed { .. } => ActName::Closing,
            FormAct::Answered(_) | FormAct::AnsweredSealed => ActName::Answer,
            FormAct::Opened(_) | FormAct::Spoiled { .. } | FormAct::Published(_) => ActName::Count,
            FormAct::Settled(_) | FormAct::Confirmed { .. } => ActName::Count,
            FormAct::NotForMe | FormAct::Unreadable | FormAct::UnknownKind(_) | FormAct::KeyMissing => ActName::Other,
        }
    }
}

impl From<&SessionAct> for ActName {
    fn from(act: &SessionAct) -> Self {
        use SessionAct as Act;
        match act {
            Act::Edited(_) => ActName::Agenda,
            Act::Issued { .. } => ActName::Sending,
            Act::CalledOff { .. } => ActName::TakingBack,
            Act::Replied(_) => ActName::Reply,
            Act::Consented { .. } => ActName::Consent,
            Act::Positioned { .. } | Act::Pulled { .. } => ActName::Position,
            Act::Opened(_) => ActName::Opening,
            Act::Closed => ActName::Closing,
            Act::CheckedIn { .. } | Act::Marked { .. } => ActName::Attendance,
            Act::ItemBegun { .. } | Act::ItemEnded { .. } => ActName::Item,
            Act::Concluded { .. } => ActName::Conclusion,
            Act::Shown { .. } | Act::PutAway => ActName::Page,
            Act::SpeechAsked { .. } | Act::SpeechWithdrawn { .. } | Act::SpeechBegun { .. } | Act::SpeechEnded => {
                ActName::Floor
            }
            Act::VoteOpened { .. } | Act::VoteClosed { .. } => ActName::Vote,
            Act::Balloted(_) | Act::BallotSealed => ActName::Ballot,
            Act::BallotsOpened(_) | Act::BallotSpoiled { .. } | Act::Counted(_) | Act::VoteSettled { .. } => {
                ActName::Count
            }
            Act::Unreadable | Act::UnknownKind(_) | Act::KeyMissing | Act::NotForMe | Act::SaidToOthers => {
                ActName::Other
            }
        }
    }
}

/// An own act that came to nothing.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ReturnedView {
    /// The entry.
    pub entry: String,
    /// What it was.
    pub act: ActName,
    /// When: signed, or received if it was.
    #[ts(type = "number")]
    pub at: u64,
    /// Why.
    pub why: ErrorView,
    /// Where it was done.
    pub place: PlaceName,
    /// The form or session.
    pub space: String,
    /// Its title, where it is known.
    pub title: Option<String>,
}

/// Which act was seen to have come to nothing.
#[derive(Deserialize, TS)]
pub struct SeenReturnedRequest {
    /// The entry.
    pub entry: String,
}

/// What the hub would not take, in one space or in all.
pub(super) fn by_hub<S: Store>(laptop: &Laptop<S>, only: Option<SpaceId>) -> Result<Vec<ReturnedView>, AppError> {
    let mut all = Vec::new();
    for row in laptop.outbox().iter().filter(|row| only.is_none_or(|space| row.space == space)) {
        let Some(refusal) = &row.refusal else { continue };
        let refusal: RefusalV1 = decode(refusal).map_err(cabinet_vault::VaultError::from)?;
        let (place, title) = place(laptop, row.space);
        let act = match place {
            PlaceName::Form => unplaced::<FormAct, S>(laptop, row.space, row.id),
            PlaceName::Session => unplaced::<SessionAct, S>(laptop, row.space, row.id),
            PlaceName::Other => ActName::Other,
        };
        let why = HubReason::from(refusal.reason).view();
        let (entry, space) = (row.id.to_string(), row.space.to_string());
        all.push(ReturnedView { entry, act, at: row.signed_ms, why, place, space, title });
    }
    Ok(all)
}

/// What the hub took and the rule made void, of those acts of this laptop that are told nowhere else.
pub(super) fn by_rule<M: Held, S: Store>(
    laptop: &Laptop<S>,
    space: SpaceId,
    refused: BTreeMap<cabinet_domain::EntryId, ErrorView>,
    is_told_here: impl Fn(&M) -> bool,
) -> Result<Vec<ReturnedView>, AppError>
where
    ActName: for<'a> From<&'a M>,
{
    let mut all = Vec::new();
    if refused.is_empty() {
        return Ok(all);
    }
    let (device, (place, title)) = (domain_device(laptop.me()?.device), place(laptop, space));
    for fact in laptop.facts::<M>(space)?.iter().filter(|f| f.device == device && is_told_here(&f.act)) {
        let Some(why) = refused.get(&fact.id) else { continue };
        let entry = ledger_entry(fact.id);
        if laptop.store().meta(&seen_name(entry))?.is_none() {
            let (act, why) = (ActName::from(&fact.act), why.clone());
            let title = title.clone();
            let (entry, at, space) = (entry.to_string(), fact.at.0 as u64, space.to_string());
            all.push(ReturnedView { entry, act, at, why, place, space, title });
        }
    }
    Ok(all)
}

/// The person has seen that an act came to nothing. Of one that still waits nobody can say so: nothing is thrown away, nor hidden beforehand.
pub fn seen(app: &App, request: SeenReturnedRequest) -> Result<(), AppError> {
    let entry: EntryId = request.entry.parse().map_err(|_| AppError::BadRequest("entry".into()))?;
    app.with_laptop(|laptop, _| match laptop.outbox().iter().find(|row| row.id == entry) {
        Some(row) if row.refusal.is_some() => Ok(laptop.dismiss(entry)?),
        Some(_) => Err(AppError::BadRequest("entry".into())),
        None => Ok(laptop.store_mut().commit(vec![Change::Meta(seen_name(entry), Some(vec![]))])?),
    })
}

fn seen_name(entry: EntryId) -> String {
    format!("returned seen {entry}")
}

/// What a space is to people, and its title, where that is known.
fn place<S: Store>(laptop: &Laptop<S>, space: SpaceId) -> (PlaceName, Option<String>) {
    if let Some((_, form)) = laptop.briefs::<FormAct>().find(|(of, _)| *of == space) {
        return (PlaceName::Form, Some(form.title.clone()));
    }
    let session = laptop.briefs::<SessionAct>().find(|(of, _)| *of == space);
    session.map_or((PlaceName::Other, None), |(_, session)| (PlaceName::Session, Some(session.title.clone())))
}

/// What an act was that has no place; where its space can't be read, it is told without.
fn unplaced<M: Held, S: Store>(laptop: &Laptop<S>, space: SpaceId, entry: EntryId) -> ActName
where
    ActName: for<'a> From<&'a M>,
{
    let own = laptop.pending::<M>(space).unwrap_or_default();
    own.iter().find(|own| own.id == entry).map_or(ActName::Other, |own| ActName::from(&own.fact.act))
}

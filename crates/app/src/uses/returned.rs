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

/// An own act that came to nothing.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ReturnedView {
    /// The entry.
    pub entry: String,
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
        all.push(returned(laptop, row.space, row.id, HubReason::from(refusal.reason).view()));
    }
    Ok(all)
}

/// What the hub took and the rule made void, of those acts of this laptop that are told nowhere else.
pub(super) fn by_rule<M: Held, S: Store>(
    laptop: &Laptop<S>,
    space: SpaceId,
    refused: BTreeMap<cabinet_domain::EntryId, ErrorView>,
    is_told_here: impl Fn(&M) -> bool,
) -> Result<Vec<ReturnedView>, AppError> {
    let mut all = Vec::new();
    if refused.is_empty() {
        return Ok(all);
    }
    let device = domain_device(laptop.me()?.device);
    for fact in laptop.facts::<M>(space)?.iter().filter(|f| f.device == device && is_told_here(&f.act)) {
        let Some(why) = refused.get(&fact.id) else { continue };
        let entry = ledger_entry(fact.id);
        if laptop.store().meta(&seen_name(entry))?.is_none() {
            all.push(returned(laptop, space, entry, why.clone()));
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

fn returned<S: Store>(laptop: &Laptop<S>, space: SpaceId, entry: EntryId, why: ErrorView) -> ReturnedView {
    let form = laptop.briefs::<FormAct>().find(|(of, _)| *of == space).map(|(_, b)| (PlaceName::Form, b.title.clone()));
    let known = form.or_else(|| {
        let mut sessions = laptop.briefs::<SessionAct>();
        sessions.find(|(of, _)| *of == space).map(|(_, b)| (PlaceName::Session, b.title.clone()))
    });
    let (place, title) = known.map_or((PlaceName::Other, None), |(place, title)| (place, Some(title)));
    ReturnedView { entry: entry.to_string(), why, place, space: space.to_string(), title }
}

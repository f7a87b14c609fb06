//! What went wrong and needs somebody: shown on the home screen until it is over or was seen.

use super::histories::{AlarmView, alarms};
use super::law::missing_year;
use crate::{App, AppError, HubReason};
use cabinet_ledger::wire::RefusalV1;
use cabinet_ledger::{EntryId, LedgerError, SpaceId, SpaceKind, decode, role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// A key that fewer devices hold is lost with one laptop.
const HOLDERS_MIN: usize = 2;

/// Something signed here that the hub will not take.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RefusedView {
    /// The entry.
    pub entry: String,
    /// The hub's reason.
    pub reason: HubReason,
}

/// All of it.
#[derive(Clone, Debug, Default, Serialize, TS)]
pub struct TroublesView {
    /// Spaces that this laptop can't follow any further, since what the hub shows does not extend what it has seen.
    pub stopped: Vec<String>,
    /// What the hub did that no honest hub does, and own acts that count for nothing.
    pub alarms: Vec<AlarmView>,
    /// Forms, sessions and other spaces that only a newer version of the app can show.
    pub needing_newer_app: u32,
    /// Refused acts that were not looked at yet.
    pub refused: Vec<RefusedView>,
    /// Spaces whose key fewer than two devices hold; told to officials only.
    pub lone_spaces: u32,
    /// Next year, if its holidays are missing; told to officials only.
    pub missing_year: Option<i32>,
}

/// Which refused act was seen.
#[derive(Deserialize, TS)]
pub struct DismissRequest {
    /// The entry.
    pub entry: String,
}

/// What needs somebody now.
pub fn troubles(app: &App) -> Result<TroublesView, AppError> {
    // A fork is told as an alarm, with its place; what only a newer app reads is no hub that plays false.
    let is_told_otherwise = |e: &&LedgerError| matches!(e, LedgerError::Forked { .. } | LedgerError::NeedsNewerApp);
    let (stopped, needing_newer_app) = app.with_open(|open, _| {
        let stopped = open.stopped.values().filter(|e| !is_told_otherwise(e)).map(|e| format!("{e:?}")).collect();
        let at_newer = open.stopped.iter().filter(|(_, e)| **e == LedgerError::NeedsNewerApp);
        let mut newer: BTreeSet<SpaceId> = at_newer.map(|(space, _)| *space).collect();
        newer.extend(open.unlocked.laptop.needing_newer_app());
        Ok((stopped, newer.len() as u32))
    })?;
    app.with_laptop(|laptop, now_ms| {
        let mut refused = Vec::new();
        for row in laptop.outbox() {
            let Some(refusal) = &row.refusal else { continue };
            let refusal: RefusalV1 = decode(refusal).map_err(cabinet_vault::VaultError::from)?;
            refused.push(RefusedView { entry: row.id.to_string(), reason: refusal.reason.into() });
        }
        let mut lone_spaces = 0;
        if laptop.my_roles() & (role::OFFICER | role::SECRETARY) != 0 {
            // Not desks: those are one person's own.
            let mut spaces = laptop.spaces(SpaceKind::Form)?;
            spaces.extend(laptop.spaces(SpaceKind::Session)?);
            spaces.push(laptop.me()?.register);
            for space in spaces {
                lone_spaces += u32::from(laptop.holders(space)? < HOLDERS_MIN);
            }
        }
        Ok(TroublesView {
            stopped,
            alarms: alarms(laptop)?,
            needing_newer_app,
            refused,
            lone_spaces,
            missing_year: missing_year(laptop, now_ms),
        })
    })
}

/// The person has seen that an act was refused.
pub fn dismiss_refusal(app: &App, request: DismissRequest) -> Result<(), AppError> {
    let entry: EntryId = request.entry.parse().map_err(|_| AppError::BadRequest("entry".into()))?;
    app.with_laptop(|laptop, _| Ok(laptop.dismiss(entry)?))
}

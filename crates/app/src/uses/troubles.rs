//! What went wrong and needs somebody: shown on the home screen until it is over or was seen.

use super::histories::{AlarmView, alarms};
use super::law::missing_year;
use super::returned::{ReturnedView, by_hub};
use crate::{App, AppError};
use cabinet_ledger::{LedgerError, SpaceId, SpaceKind, role};
use serde::Serialize;
use std::collections::BTreeSet;
use ts_rs::TS;

/// A key that fewer devices hold is lost with one laptop.
const HOLDERS_MIN: usize = 2;

/// All of it.
#[derive(Clone, Debug, Default, Serialize, TS)]
pub struct TroublesView {
    /// Spaces that this laptop can't follow any further, since what the hub shows does not extend what it has seen.
    pub stopped: Vec<String>,
    /// What the hub did that no honest hub does, and own acts that count for nothing.
    pub alarms: Vec<AlarmView>,
    /// Forms, sessions and other spaces that only a newer version of the app can show.
    pub needing_newer_app: u32,
    /// What the hub would not take and nobody has looked at yet.
    pub refused: Vec<ReturnedView>,
    /// Spaces whose key fewer than two devices hold; told to officials only.
    pub lone_spaces: u32,
    /// Next year, if its holidays are missing; told to officials only.
    pub missing_year: Option<i32>,
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
            refused: by_hub(laptop, None)?,
            lone_spaces,
            missing_year: missing_year(laptop, now_ms),
        })
    })
}

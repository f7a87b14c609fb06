//! The lease: papers close on a laptop that has been out of contact for too long. Answers, votes and the way back stay open.

use super::expect_role;
use crate::{App, AppError};
use cabinet_acts::RegisterAct;
use cabinet_domain::{Lease, LeaseState, Millis};
use cabinet_ledger::role;
use cabinet_vault::{Laptop, NewEntry, SqlStore};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

const HOURS_A_DAY: u32 = 24;

/// The organisation's lease.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
pub struct LeaseView {
    /// Days out of contact after which papers close; none for never.
    pub days: Option<u32>,
}

/// The lease in force.
pub fn lease(app: &App) -> Result<LeaseView, AppError> {
    app.with_laptop(|laptop, _| Ok(LeaseView { days: laptop.lease().map(|l| l.hours() / HOURS_A_DAY) }))
}

/// Sets the lease.
pub fn set_lease(app: &App, request: LeaseView) -> Result<(), AppError> {
    let of_days = |days: u32| Lease::of_hours(days.saturating_mul(HOURS_A_DAY)).ok_or(AppError::LeaseLength);
    let lease = request.days.map(of_days).transpose()?;
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, role::OFFICER)?;
        let register = laptop.me()?.register;
        laptop.sign(NewEntry::act(register, RegisterAct::LeaseSet(lease).write()), now_ms)?;
        Ok(())
    })
}

/// Where the lease of this laptop stands; it runs where there is none, or where no contact is known.
pub(crate) fn standing(laptop: &Laptop<SqlStore>, contact_ms: Option<u64>, hub_now_ms: u64) -> LeaseState {
    match (laptop.lease(), contact_ms) {
        (Some(lease), Some(contact)) => lease.state(Millis(contact as i64), Millis(hub_now_ms as i64)),
        _ => LeaseState::Runs,
    }
}

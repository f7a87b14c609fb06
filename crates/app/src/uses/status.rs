//! Who I am and how sync stands: what the foot of the rail always shows.

use super::lease;
use super::named::RoleName;
use crate::{App, AppError, HubReason};
use cabinet_domain::{COPIES_MAX, ITEM_MINUTES_MAX, LEASE_DAYS_MAX, LeaseState, TEXT_CHARS_MAX};
use cabinet_ledger::wire::RefusalReason;
use serde::Serialize;
use ts_rs::TS;

/// Where this profile stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No vault: found an organisation, enrol, or recover.
    Empty,
    /// A vault that waits for its passphrase.
    Locked,
    /// Asked to be admitted.
    Waiting,
    /// In use.
    Ready,
}

/// The state of the app.
#[derive(Clone, Debug, Serialize, TS)]
pub struct StatusView {
    /// Where this profile stands.
    pub stage: Stage,
    /// The office, once it is known.
    pub office: Option<String>,
    /// Role names, in the order of the design.
    pub roles: Vec<RoleName>,
    /// Whether the hub answers.
    pub is_online: bool,
    /// Whether the hub no longer admits this laptop.
    pub is_shut_out: bool,
    /// Whether the network was switched off here.
    pub is_network_off: bool,
    /// Acts without a receipt.
    pub unsent: u32,
    /// The hub's time at the last contact.
    #[ts(type = "number | null")]
    pub synced_at: Option<u64>,
    /// When papers close here unless the hub is reached, from half of the organisation's lease on.
    #[ts(type = "number | null")]
    pub papers_close_at: Option<i64>,
    /// Whether they are closed.
    pub are_papers_closed: bool,
    /// Why the hub takes nothing for now.
    pub hub_waits: Option<HubReason>,
    /// Whether something that arrived finds no room on this laptop.
    pub is_disk_full: bool,
    /// Whether this laptop's clock is far from the hub's.
    pub is_clock_off: bool,
    /// The hub's time now, as well as it is known.
    #[ts(type = "number")]
    pub now: u64,
    /// The organisation's fingerprint.
    pub fingerprint: Option<String>,
    /// The fingerprint of this laptop's own key, which its person reads to whoever confirms it.
    pub device_fingerprint: Option<String>,
    /// When the recovery key was last used, as a count.
    pub recoveries: u32,
    /// What may be typed.
    pub limits: LimitsView,
}

/// Limits of what is typed, as the rules have them.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct LimitsView {
    /// A text, in characters.
    pub text_chars: u32,
    /// One item, in minutes.
    pub item_minutes: u32,
    /// Copies of one paper that is on paper only.
    pub paper_copies: u32,
    /// The lease, in days.
    pub lease_days: u32,
}

const LIMITS: LimitsView = LimitsView {
    text_chars: TEXT_CHARS_MAX as u32,
    item_minutes: ITEM_MINUTES_MAX as u32,
    paper_copies: COPIES_MAX as u32,
    lease_days: LEASE_DAYS_MAX,
};

/// The state of the app. Never waits for anything.
pub fn status(app: &App) -> Result<StatusView, AppError> {
    let clock = app.hub_clock();
    let now = clock.hub_now(app.now_ms());
    let mut view = StatusView {
        stage: if app.0.profile.exists() { Stage::Locked } else { Stage::Empty },
        office: None,
        roles: vec![],
        is_online: clock.is_online && !app.is_network_off(),
        is_shut_out: app.0.profile.has_left(),
        is_network_off: app.is_network_off(),
        unsent: app.unsent() as u32,
        synced_at: clock.last_contact_ms,
        papers_close_at: None,
        are_papers_closed: false,
        hub_waits: app.hub_waits().filter(|reason| is_told(*reason)).map(HubReason::from),
        is_disk_full: app.is_disk_full(),
        is_clock_off: clock.is_far_off(),
        now,
        fingerprint: None,
        device_fingerprint: None,
        recoveries: 0,
        limits: LIMITS,
    };
    let opened = app.with_laptop(|laptop, _| {
        let me = laptop.me().ok().cloned();
        let office = me.as_ref().and_then(|me| laptop.people().get(&me.person)).map(|p| p.office.clone());
        let recoveries = laptop.register().map_or(0, |r| r.recoveries.len() as u32);
        let lease = lease::standing(laptop, clock.last_contact_ms, now);
        Ok((me, office, laptop.my_roles(), laptop.is_admitted(), recoveries, lease))
    });
    if let Ok((me, office, roles, is_admitted, recoveries, lease)) = opened {
        (view.papers_close_at, view.are_papers_closed) = match lease {
            LeaseState::Runs => (None, false),
            LeaseState::EndsAt(end) => (Some(end.0), false),
            LeaseState::Over(end) => (Some(end.0), true),
        };
        view.stage = match (&me, is_admitted) {
            (None, _) => Stage::Empty,
            (Some(_), true) => Stage::Ready,
            (Some(_), false) => Stage::Waiting,
        };
        view.is_shut_out = clock.is_refused && office.is_some();
        view.office = office;
        view.roles = RoleName::of(roles);
        view.recoveries = recoveries;
        view.fingerprint = me.as_ref().map(|me| cabinet_seal::VerifyingKey(me.root.0).fingerprint());
        view.device_fingerprint = me.map(|me| me.signing_key().public().fingerprint());
    }
    Ok(view)
}

/// Whether people should know why the hub takes nothing; what passes by itself within seconds is not told.
fn is_told(reason: RefusalReason) -> bool {
    matches!(reason, RefusalReason::ClockWrong | RefusalReason::DiskFull | RefusalReason::ShuttingDown)
}

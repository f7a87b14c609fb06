//! What a laptop does by itself after each sync: hand on keys, close what is due, open what is closed, of forms and sessions.

use crate::WorkError;
use crate::forms::{close_form, open_answers};
use crate::sessions::open_ballots;
use cabinet_domain::{FormPhase, Millis, Roles};
use cabinet_ledger::{DeviceId, DeviceState, SpaceId, SpaceKind};
use cabinet_vault::{Change, Laptop, Store};

/// How long a member's laptop leaves it to the tellers to close a form that is due.
const LEFT_TO_TELLERS_MS: i64 = 10 * 60_000;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Keys handed on.
    pub granted: usize,
    /// Forms closed.
    pub closed: usize,
    /// Answers and ballots opened.
    pub opened: usize,
}

const ROTATE_FOR: &str = "rotate for";

/// Remembers to replace keys once the register says that a device is shut out: before that, the new keys would go to it too.
pub fn rotate_when_revoked<S: Store>(laptop: &mut Laptop<S>, device: DeviceId) -> Result<(), WorkError> {
    Ok(laptop.store_mut().commit(vec![Change::Meta(ROTATE_FOR.into(), Some(device.0.to_vec()))])?)
}

/// Replaces the keys of the register and of forms and sessions under way, if a device that held them was shut out by this laptop.
fn rotate_if_due<S: Store>(laptop: &mut Laptop<S>, now_ms: u64) -> Result<(), WorkError> {
    let Some(device) = laptop.store().meta(ROTATE_FOR)?.and_then(|d| d.try_into().ok()) else { return Ok(()) };
    let device = laptop.register().and_then(|r| r.devices.get(&DeviceId(device)));
    if device.is_none_or(|d| d.state() != DeviceState::Revoked) {
        return Ok(());
    }
    laptop.rotate(laptop.me()?.register, now_ms)?;
    for (space, brief) in laptop.briefs()? {
        if brief.phase == FormPhase::Issued {
            laptop.rotate(space, now_ms)?;
        }
    }
    for (space, brief) in laptop.session_briefs()? {
        if !brief.phase.is_over() {
            laptop.rotate(space, now_ms)?;
        }
    }
    Ok(laptop.store_mut().commit(vec![Change::Meta(ROTATE_FOR.into(), None)])?)
}

/// Does what is due in the given spaces. `hub_now_ms` is the hub's time as well as this laptop knows it.
pub fn keep_house<S: Store>(laptop: &mut Laptop<S>, spaces: &[SpaceId], hub_now_ms: u64) -> Result<Kept, WorkError> {
    let mut kept = Kept::default();
    if !laptop.is_admitted() {
        return Ok(kept);
    }
    laptop.atomically(|laptop| laptop.open_desk(hub_now_ms))?;
    laptop.atomically(|laptop| rotate_if_due(laptop, hub_now_ms))?;
    for space in spaces {
        laptop.atomically(|laptop| keep_space(laptop, *space, hub_now_ms, &mut kept))?;
    }
    Ok(kept)
}

fn keep_space<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    hub_now_ms: u64,
    kept: &mut Kept,
) -> Result<(), WorkError> {
    kept.granted += laptop.grant_missing(space, hub_now_ms)?;
    match laptop.control(space)?.and_then(|c| c.kind) {
        Some(SpaceKind::Form) => {
            kept.closed += usize::from(close_if_due(laptop, space, hub_now_ms)?);
            kept.opened += open_answers(laptop, space, hub_now_ms)?;
        }
        Some(SpaceKind::Session) => kept.opened += open_ballots(laptop, space, hub_now_ms)?,
        Some(SpaceKind::Desk) | None => {}
    }
    Ok(())
}

fn close_if_due<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, hub_now_ms: u64) -> Result<bool, WorkError> {
    let state = laptop.form_with_pending(space)?;
    let Some(deadline) = state.deadline.filter(|_| state.phase == FormPhase::Issued) else { return Ok(false) };
    let is_teller = Roles(laptop.my_roles()).has(Roles::TELLER);
    let patience = if is_teller { 0 } else { LEFT_TO_TELLERS_MS };
    if state.needs_newer_app.is_some() || hub_now_ms as i64 <= Millis(deadline.0 + patience).0 {
        return Ok(false);
    }
    close_form(laptop, space, hub_now_ms)?;
    Ok(true)
}

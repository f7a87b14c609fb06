//! The driver: asks the sync machine what to do, does it, tells it what came of it. Runs beside everything; nothing waits for it.

use super::HubClient;
use crate::AppError;
use crate::app::{App, Inner, Open};
use cabinet_domain::{FormAct, FormPhase, SessionAct};
use cabinet_ledger::wire::{AppendV1, AppendedV1, AppendsV1, RefusalReason};
use cabinet_ledger::{encode, limits};
use cabinet_sync::{Reply, Request};
use cabinet_vault::Me;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Limit: longest sleep between two looks; a wake ends it earlier.
const SLEEP_MS_MAX: u64 = 5_000;

/// Limit: entries handed back at once; what their encoding adds still fits into one upload.
const HAND_BACK_BYTES_MAX: usize = limits::UPLOAD_BYTES_MAX - 64 * 1024;

/// How exactly the vault knows the last contact, which a lease is counted from: not every poll is worth a write.
const CONTACT_NOTED_MS: u64 = 10 * 60_000;

/// How long to leave a form that is due and that others should close.
const LOOK_AGAIN_MS: u64 = 60_000;

/// Drives until the app is dropped.
pub(crate) async fn drive(inner: Weak<Inner>) {
    loop {
        let Some(app) = inner.upgrade().map(App) else { return };
        let worked = step(&app).await;
        let sleep = app.sleep_ms(SLEEP_MS_MAX);
        let wake = app.0.wake.clone();
        drop(app);
        if !worked {
            let _ = tokio::time::timeout(Duration::from_millis(sleep), wake.notified()).await;
        }
    }
}

/// One request, if there is one. Says whether there was.
async fn step(app: &App) -> bool {
    if app.is_network_off() {
        app.went_offline();
        return false;
    }
    let Some(client) = app.client() else { return false };
    if app.needs_login() {
        log_in(app, &client).await;
    }
    match app.next_request() {
        Some(request) => perform(app, &client, request).await,
        None if app.is_locked() => send_locked(app, &client).await,
        None => {
            if let Err(error) = tokio::task::block_in_place(|| close_what_is_due(app)) {
                app.failed("housekeeping", &error);
            }
        }
    }
    app.has_more()
}

async fn perform(app: &App, client: &HubClient, request: Request) {
    let reply = match request {
        Request::HandBack { space, after } => {
            let lost =
                app.with_open(|open, _| Ok(open.unlocked.laptop.stamped_after(space, after, HAND_BACK_BYTES_MAX)?));
            match lost {
                Ok(entries) => client.hand_back(space, entries).await,
                Err(_) => Reply::Unreachable,
            }
        }
        request => client.perform(request, &app.0.profile.papers()).await,
    };
    let needs_login = reply == Reply::Refused(RefusalReason::NotLoggedIn);
    let is_unreachable = reply == Reply::Unreachable;
    match tokio::task::block_in_place(|| take_reply(app, reply)) {
        Ok(()) => app.succeeded(),
        Err(error) => app.failed("sync", &error),
    }
    if needs_login {
        log_in(app, client).await;
    }
    if is_unreachable {
        app.went_offline();
    }
}

/// Logs in and begins to listen.
pub(crate) async fn log_in(app: &App, client: &HubClient) {
    let Some(me) = app.me() else { return };
    match client.log_in(&me).await {
        Ok(()) => {
            app.logged_in(true);
            let listening = tokio::spawn(super::listen(Arc::downgrade(&app.0), client.clone()));
            app.listens(listening.abort_handle());
        }
        Err(AppError::HubRefuses(RefusalReason::DeviceNotAdmitted)) => {
            app.not_admitted();
            if let Err(error) = leave_if_revoked(app, client, &me).await {
                app.failed("revocation", &error);
            }
        }
        Err(_) => app.went_offline(),
    }
}

/// Reads up to the entry that shut this laptop out. Security: only what verifies back to the root erases anything; a hub's mere
/// word does not.
async fn leave_if_revoked(app: &App, client: &HubClient, me: &Me) -> Result<(), AppError> {
    loop {
        let after = app.with_open(|open, _| {
            let mut heads = open.unlocked.laptop.heads();
            Ok(heads.find(|(space, _)| *space == me.register).map_or(0, |(_, seq)| seq))
        })?;
        let page = match client.revocation(me, after).await {
            Ok(page) if !page.entries.is_empty() => page,
            Ok(_) | Err(AppError::HubRefuses(_)) => break,
            Err(error) => return Err(error),
        };
        let received = tokio::task::block_in_place(|| {
            app.with_open(|open, _| Ok(open.unlocked.laptop.receive(me.register, &page)?))
        })?;
        if received.stopped.is_some() {
            break;
        }
    }
    // What was signed is handed in first; the hub answers each with a receipt or a signed refusal.
    let is_over = app.with_open(|open, _| Ok(open.unlocked.laptop.is_revoked()))? && app.unsent() == 0;
    if is_over { app.leave() } else { Ok(()) }
}

/// Takes a reply. The machine takes it first of all: one that was lost on the way to it would leave it waiting for ever.
fn take_reply(app: &App, reply: Reply) -> Result<(), AppError> {
    let (now_ms, running_ms) = (app.now_ms(), app.running_ms());
    let hub_said_ms = match &reply {
        Reply::Spaces(spaces) => Some(spaces.at_ms),
        _ => None,
    };
    let (is_news, touched, followed) = app.with_open(|open, clock| {
        let outcome = open.exchange.take(&mut open.unlocked.laptop, reply, running_ms)?;
        if let Some(hub_said_ms) = hub_said_ms {
            clock.heard(hub_said_ms, now_ms);
        }
        if let Some(online) = outcome.online {
            clock.is_online = online;
        }
        let is_stopped = !outcome.stopped.is_empty();
        open.stopped.extend(outcome.stopped);
        open.papers_due.extend(&outcome.touched);
        open.unkept.extend(&outcome.touched);
        if !outcome.touched.is_empty() {
            open.next_due_ms = None;
        }
        let is_news =
            is_stopped || !outcome.touched.is_empty() || !outcome.received.is_empty() || !outcome.refused.is_empty();
        Ok((is_news, outcome.touched, follow(open, clock.last_contact_ms)))
    })?;
    if is_news {
        app.changed(&touched);
    }
    followed
}

/// What follows from what arrived, by the time that the hub has said last. What fails is done with the next reply.
fn follow(open: &mut Open, hub_said_ms: Option<u64>) -> Result<(), AppError> {
    if let Some(hub_said_ms) = hub_said_ms {
        keep_house(open, hub_said_ms)?;
    }
    Ok(open.exchange.refill(&open.unlocked.laptop)?)
}

fn keep_house(open: &mut Open, hub_said_ms: u64) -> Result<(), AppError> {
    let laptop = &mut open.unlocked.laptop;
    if laptop.contact()?.is_none_or(|noted| noted.abs_diff(hub_said_ms) >= CONTACT_NOTED_MS) {
        laptop.note_contact(hub_said_ms)?;
    }
    if open.unkept.is_empty() {
        return Ok(());
    }
    laptop.take_recovered_keys()?;
    let mut spaces: Vec<_> = open.unkept.iter().copied().collect();
    // Whoever was admitted just now lacks the keys of every space.
    if laptop.me().is_ok_and(|me| spaces.contains(&me.register)) {
        spaces = laptop.heads().map(|(space, _)| space).collect();
    }
    cabinet_work::keep_house(laptop, &spaces, hub_said_ms)?;
    open.unkept.clear();
    Ok(())
}

/// A deadline passes without anything arriving, or tellers leave something undone: somebody must notice. Out of contact, or with something left
/// to read, nobody closes: the deadline may have been moved. By this laptop's clock the hub is only asked: what is done by itself goes by what
/// the hub has said last, else a clock that was set ahead would have it done too early, in vain, and again with each answer.
fn close_what_is_due(app: &App) -> Result<(), AppError> {
    let (now_ms, running_ms) = (app.now_ms(), app.running_ms());
    let closed = app.with_open(|open, clock| {
        let hub_now = clock.hub_now(now_ms);
        let is_early = open.next_due_ms.is_some_and(|due| hub_now <= due) && running_ms < open.look_again_ms;
        let Some(hub_said_ms) = clock.last_contact_ms.filter(|_| clock.is_online && !is_early) else {
            return Ok(vec![]);
        };
        let (mut due, mut next, mut is_asked) = (Vec::new(), u64::MAX, false);
        for (space, brief) in open.unlocked.laptop.briefs::<FormAct>() {
            match brief.deadline.filter(|_| brief.phase == FormPhase::Issued) {
                Some(deadline) if (deadline.0 as u64) < hub_said_ms => due.push(space),
                Some(deadline) => {
                    next = next.min(deadline.0 as u64);
                    is_asked |= (deadline.0 as u64) < hub_now;
                }
                // What is left to tellers at first, nothing that arrives need remind of.
                None if brief.is_unfinished => due.push(space),
                None => {}
            }
        }
        let sessions = open.unlocked.laptop.briefs::<SessionAct>();
        due.extend(sessions.filter(|(_, brief)| brief.is_unfinished).map(|(space, _)| space));
        if cabinet_work::has_due_keys(&open.unlocked.laptop)? {
            due.push(open.unlocked.laptop.me()?.register);
        }
        // What is left to others for now is looked at again soon.
        open.next_due_ms = Some(next);
        open.look_again_ms = if due.is_empty() { u64::MAX } else { running_ms + LOOK_AGAIN_MS };
        if is_asked {
            open.exchange.sync.poll();
        }
        let kept = cabinet_work::keep_house(&mut open.unlocked.laptop, &due, hub_said_ms)?;
        open.exchange.refill(&open.unlocked.laptop)?;
        Ok(if kept.closed + kept.opened + kept.settled + kept.rotated > 0 { due } else { vec![] })
    })?;
    if !closed.is_empty() {
        app.changed(&closed);
    }
    Ok(())
}

/// While the vault is locked, what was signed goes on being sent; answers wait beside it.
async fn send_locked(app: &App, client: &HubClient) {
    let outbox = app.0.profile.outbox();
    let (Ok(waiting), Ok(answers)) = (outbox.waiting(), outbox.answers()) else { return };
    for (entry, bytes) in waiting.into_iter().filter(|(id, _)| !answers.iter().any(|(a, _)| a == id)) {
        let appends = AppendsV1 { entries: vec![AppendV1 { entry: bytes.into(), earlier: None }] };
        match client.append(&appends).await.map(|all| all.answers.into_iter().next()) {
            Ok(Some(AppendedV1::Refused(refusal))) if refusal.reason.is_passing() => return,
            Ok(Some(answer)) => drop(outbox.answered(entry, &encode(&answer))),
            Ok(None) | Err(_) => return,
        }
    }
}

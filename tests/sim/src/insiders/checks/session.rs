//! A session: nobody did what they may not, and every honest ballot in time is in its result as it was cast.

use super::{has, honest, is_told, last_signed, record_recounts, void};
use crate::insiders::{Actor, Play};
use crate::story::STAFF;
use cabinet_acts::session_kind;
use cabinet_domain::{BallotChoice, Presence, SessionAct, SessionVerdict, Vote, VotePhase};
use cabinet_ledger::*;
use cabinet_meaning::{domain_entry, domain_person, ledger_entry, ledger_key, ledger_person};
use std::collections::{BTreeMap, BTreeSet};

/// The same of a session: acts within rights, and every honest ballot in time in its result as it was cast.
pub fn session_is_right(play: &Play, space: SpaceId, f: &mut Vec<String>) {
    let world = &play.world;
    let laptop = &world.laptops[STAFF].laptop;
    let Ok(state) = laptop.session(space) else { return f.push("a session can't be read".into()) };
    let Some(control) = laptop.control(space).ok().flatten() else { return };
    if !control.is_known() || state.needs_newer_app.is_some() {
        if !has(play, Actor::Secretary) {
            f.push("somebody who is no secretary stopped a session".into());
        }
        return;
    }
    let ledger = world.ledger(space);
    let register = laptop.register().unwrap();
    let accepted = |e: &EntryId| state.verdict(domain_entry(*e)) == Some(&SessionVerdict::Accepted);
    let mut seats: BTreeMap<EntryId, PersonId> = BTreeMap::new();
    for (signed, stamp) in &ledger {
        let Some(person) = signed.header.device().and_then(|d| register.devices.get(&d)).map(|d| d.person) else {
            continue;
        };
        seats.insert(signed.header.id, person);
        if !accepted(&signed.header.id) {
            continue;
        }
        let roles = register.roles_at(person, stamp.register.seq);
        // A hostile secretary may name anybody as who leads.
        let leads = roles & (role::SECRETARY | role::CHAIR) != 0
            || person == play.people[0]
            || (has(play, Actor::Secretary) && roles & role::MEMBER != 0);
        let (is_teller, is_member) = (roles & role::TELLER != 0, play.people.contains(&person));
        let may = match signed.header.kind {
            // The agenda written, sent, called off.
            session_kind::EDITED | session_kind::ISSUED | 152 => roles & role::SECRETARY != 0,
            // Consent is the Prime Minister's.
            133 => roles & role::CHAIR != 0,
            // The session and its items opened and ended, pages shown and put away, the floor, conclusions, votes opened.
            135 | 136 | 138..=141 | 143..=145 | session_kind::CONCLUDED | 156 => leads,
            // Replies, positions, check-ins, the floor asked for and wanted no longer, items taken out of a block.
            132 | session_kind::POSITIONED | 137 | 142 | 146 | 153 => is_member || roles & role::GUEST != 0,
            147 => leads || is_teller,
            session_kind::BALLOTED => is_member,
            session_kind::BALLOTS_OPENED => is_teller || is_member,
            session_kind::BALLOT_SPOILED | 151 => is_teller,
            155 => true,
            k => control_kind(k),
        };
        if !may {
            f.push(format!("an act of kind {} by somebody with roles {roles} counted", signed.header.kind));
        }
    }
    let honest_devices: BTreeSet<DeviceId> =
        honest(play).into_iter().map(|n| world.laptops[n].laptop.me().unwrap().device).collect();
    let void = void(play, space);
    for vote in &state.votes {
        let seq = |id: EntryId| ledger.iter().find(|(s, _)| s.header.id == id).map(|(_, stamp)| stamp.seq);
        let opened = seq(ledger_entry(vote.id)).unwrap();
        let closed = ledger.iter().find(|(s, stamp)| {
            // The first closing after the opening that the fold took; several votes may be open by turns.
            s.header.kind == 147
                && stamp.seq > opened
                && accepted(&s.header.id)
                && closes(play, space, &s.header.id, vote.id)
        });
        let closed = closed.map_or(u64::MAX, |(_, stamp)| stamp.seq);
        let counts = |(signed, stamp): &&(Signed, StampV1)| {
            let header = &signed.header;
            let is_of = header.kind == session_kind::BALLOTED && header.about == Some(ledger_entry(vote.id));
            let is_honest = header.device().is_some_and(|d| honest_devices.contains(&d));
            let is_in_time = stamp.seq < closed && world.signed.contains(&header.id) && !void.contains(&header.id);
            is_of && is_honest && is_in_time
        };
        let ballots = ledger.iter().filter(counts);
        let wanted = last_signed(ballots.map(|(signed, _)| (seats[&signed.header.id], signed)));
        for (person, entry) in &wanted {
            let is_substituted = matches!(state.presence(domain_person(*person)), Some(Presence::Substituted { .. }));
            let refused = !accepted(entry);
            if is_substituted || (refused && (has(play, Actor::Secretary) || has(play, Actor::Chair))) {
                continue;
            }
            let standing = vote.standing(domain_person(*person));
            // Who was put out, or told of a hub that plays false, and voted under the pair of a hostile teller: nobody else can open it. It
            // delays the result, and decides nothing.
            let is_out = !control.has(*person, register.roles(*person));
            let is_told = honest(play)
                .into_iter()
                .any(|n| play.world.laptops[n].laptop.me().unwrap().person == *person && is_told(play, n, space));
            let is_as_cast = standing.is_some_and(|b| b.entry == domain_entry(*entry) && !b.is_spoiled);
            if (is_out || is_told) && vote.result.is_none() && is_as_cast {
                continue;
            }
            let says = standing.and_then(|b| b.opened.as_ref()).map(|b| b.choice);
            let said = world
                .answers
                .get(&domain_entry(*entry))
                .map(|s| [BallotChoice::Yes, BallotChoice::No, BallotChoice::Other][*s as usize - 1]);
            if standing.map(|b| b.entry) != Some(domain_entry(*entry)) || says != said {
                f.push(format!("a ballot {said:?} counts as {says:?}"));
            }
        }
        if vote.phase == VotePhase::Open && !has(play, Actor::Hub) {
            f.push("a vote was never closed".into());
        }
        let Some(result) = &vote.result else {
            if withheld_by_hostile(play, &control, vote) || has(play, Actor::Hub) {
                continue;
            }
            f.push("a vote ended without a result".into());
            continue;
        };
        let counted: u32 = result.counts.iter().map(|c| c.count).sum();
        if counted as usize > play.people.len() {
            f.push(format!("{counted} votes of {} members", play.people.len()));
        }
        // What no laptop voted in waits for the session's end: paper ballots may still be counted.
        if vote.settled.is_none() && vote.cast() > 0 && !has(play, Actor::Hub) {
            f.push("a vote's result was never settled".into());
        }
    }
    // Whoever leads may open a vote again and again; what is not over has no record yet.
    let may_hold_up = has(play, Actor::Secretary) || has(play, Actor::Chair) || has(play, Actor::Hub);
    if !state.phase.is_over() || state.votes.iter().any(|v| v.settled.is_none()) {
        let phase = &state.phase;
        f.extend((!may_hold_up && state.opening.is_some()).then(|| format!("a session ended as {phase:?}")));
        return;
    }
    record_recounts(play, space, f, |found| found.session().is_some_and(|s| s.votes == state.votes));
}

/// Whether a vote waits for a ballot that hostile people alone can open, its author among them or put out: they can delay, not decide.
fn withheld_by_hostile(play: &Play, control: &Space, vote: &Vote) -> bool {
    let pair = ledger_key(vote.opening.pair);
    let register = play.world.laptops[STAFF].laptop.register().unwrap();
    let is_held = honest(play).iter().any(|n| play.world.laptops[*n].laptop.secret(pair).is_some());
    let opens = |person: PersonId| {
        let is_honest = honest(play).iter().any(|n| play.world.laptops[*n].laptop.me().unwrap().person == person);
        is_honest && control.has(person, register.roles(person))
    };
    !is_held && vote.unopened().all(|b| !opens(ledger_person(b.person)))
}

/// Whether a closing is of a vote.
fn closes(play: &Play, space: SpaceId, entry: &EntryId, vote: cabinet_domain::EntryId) -> bool {
    let facts = play.world.laptops[STAFF].laptop.facts::<SessionAct>(space).unwrap_or_default();
    facts.iter().any(|fact| {
        fact.id == domain_entry(*entry) && matches!(fact.act, SessionAct::VoteClosed { vote: of } if of == vote)
    })
}

//! What must hold when everything has settled: nothing lost, nothing twice, the same state everywhere, the oracle's result.

use crate::oracle::{Said, outcome};
use crate::world::{Shown, World};
use cabinet_acts::kind;
use cabinet_domain::{Decision, FormPhase, FormResult, FormState, OpeningAudience, PersonId};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{DeviceState, Signed, SpaceId, StampV1, role};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub fn check(world: &mut World) -> Vec<String> {
    let mut failures = Vec::new();
    if is_off(Fault::CloseByEntry) {
        world.break_closing();
    }
    if world.is_restless() {
        failures.push("the world does not come to rest".into());
    }
    nothing_lost_nothing_twice(world, &mut failures);
    for space in world.forms.clone() {
        same_state_everywhere(world, space, &mut failures);
        oracle_agrees(world, space, &mut failures);
    }
    crate::session_checks::check(world, &mut failures);
    shown_stands(world, &mut failures);
    failures
}

/// What a laptop once showed as a result is the result. A count of paper ballots may come after the closing.
fn shown_stands(world: &World, failures: &mut Vec<String>) {
    let laptop = &world.laptops[0].laptop;
    for shown in &world.shown {
        let stands = match shown {
            Shown::Form(space, questions) => {
                laptop.form(*space).is_ok_and(|s| s.result.as_ref().is_some_and(|r| r.questions == *questions))
            }
            Shown::Vote(space, vote, result) => laptop
                .session(*space)
                .is_ok_and(|s| s.vote(*vote).is_some_and(|v| v.count.is_some() || v.result.as_ref() == Some(result))),
        };
        if !stands {
            failures.push("a laptop showed a result that did not stand".into());
        }
    }
}

/// Invariants 1 and 2.
fn nothing_lost_nothing_twice(world: &mut World, failures: &mut Vec<String>) {
    for (index, sim) in world.laptops.iter().enumerate() {
        failures.extend(sim.stopped.iter().map(|s| format!("laptop {index} stopped {s}")));
        if sim.is_gone {
            continue;
        }
        // A laptop that was never admitted has nothing that anybody accepted.
        for row in sim.laptop.outbox().iter().filter(|r| r.refusal.is_none() && sim.laptop.is_admitted()) {
            failures.push(format!("laptop {index}: entry {} never settled (receipt {})", row.id, row.stamp.is_some()));
        }
    }
    let mut spaces = [world.forms.clone(), world.sessions.clone()].concat();
    spaces.push(world.laptops[0].laptop.me().unwrap().register);
    let mut seen = std::collections::BTreeMap::new();
    for space in spaces {
        for (signed, _) in world.ledger(space) {
            *seen.entry(signed.header.id).or_insert(0) += 1;
        }
    }
    failures.extend(seen.iter().filter(|(_, n)| **n > 1).map(|(id, n)| format!("entry {id} stands {n} times")));
}

/// What the forms of a seed came to.
pub fn held(world: &World) -> BTreeMap<&'static str, u64> {
    let mut held = BTreeMap::new();
    for space in &world.forms {
        let Ok(state) = world.laptops[0].laptop.form(*space) else { continue };
        let mut add = |name, count: u64| *held.entry(name).or_default() += count;
        add("answers opened", state.answers.iter().filter(|a| a.opened.is_some()).count() as u64);
        add("results settled", u64::from(state.is_settled()));
        add("results settled among few", u64::from(state.is_settled() && state.is_for_few()));
        add("members prevented", state.prevented.len() as u64);
    }
    held
}

/// Invariant 3: the same state for the same keys. Where openings are for the tellers, members have the tellers' word instead.
fn same_state_everywhere(world: &mut World, space: SpaceId, failures: &mut Vec<String>) {
    let mut seen: BTreeMap<bool, BTreeSet<cabinet_domain::Hash>> = BTreeMap::new();
    let register = world.laptops[0].laptop.register().unwrap().clone();
    let Ok(first) = world.laptops[0].laptop.form(space) else { return };
    let is_for_all = first.issue.as_ref().is_none_or(|i| i.content.openings == OpeningAudience::All);
    for (index, sim) in world.laptops.iter().enumerate().filter(|(_, s)| !s.is_gone) {
        let me = sim.laptop.me().unwrap();
        // An invitation that lapsed while its inviter was cut off admits nobody.
        if register.devices.get(&me.device).is_none_or(|d| d.state() != DeviceState::Admitted) {
            continue;
        }
        match sim.laptop.form(space) {
            Ok(state) if state.waiting_for_keys > 0 => {
                failures.push(format!("laptop {index}: a key of a form is missing"))
            }
            Ok(state) => {
                let is_teller = register.roles(me.person) & role::TELLER != 0;
                let counts = |r: &FormResult| r.questions.iter().map(|q| (q.counts(), q.decision)).collect::<Vec<_>>();
                let word = state.tellers_word().map(counts);
                if !is_for_all && first.result.is_some() && word != first.result.as_ref().map(counts) {
                    failures.push(format!("laptop {index}: the tellers' word is {word:?}"));
                }
                seen.entry(is_for_all || is_teller).or_default().insert(state.hash());
            }
            Err(error) => failures.push(format!("laptop {index}: {error}")),
        }
    }
    if seen.values().any(|hashes| hashes.len() != 1) {
        failures.push(format!("a form has {:?} states", seen.values().map(BTreeSet::len).collect::<Vec<_>>()));
    }
}

/// The result is the oracle's, from what the sim itself knows of each answer.
fn oracle_agrees(world: &mut World, space: SpaceId, failures: &mut Vec<String>) {
    let Ok(state) = world.laptops[0].laptop.form(space) else { return };
    world.note_result(&format!("{:?} {:?}", phase_name(&state), state.result.as_ref().map(|r| &r.questions)));
    match (&state.phase, &state.result) {
        (FormPhase::Recalled { .. }, _) => {}
        (FormPhase::Closed { .. }, Some(result)) => {
            let expected = expected(world, space, &state);
            for question in &result.questions {
                let got = (question.agreed, question.deemed, question.disagreed, question.other);
                let want = (expected.agreed, expected.deemed, expected.disagreed, expected.other);
                let adopted = question.decision == Decision::Adopted;
                if got != want || adopted != expected.adopted {
                    failures.push(format!("result {got:?} {adopted}, the oracle says {want:?} {}", expected.adopted));
                }
            }
        }
        // A form that could not be issued in time is refused and says so.
        (FormPhase::Approved, _) if state.log.iter().any(|(_, v)| format!("{v:?}").contains("WorkingDays")) => {}
        (phase, _) => failures.push(format!("a form ended as {phase:?} without a result")),
    }
}

fn phase_name(state: &FormState) -> String {
    format!("{:?}", state.phase).split_whitespace().next().unwrap_or_default().to_owned()
}

fn expected(world: &World, space: SpaceId, state: &FormState) -> crate::oracle::Outcome {
    let ledger = world.ledger(space);
    let issue = state.issue.as_ref().unwrap();
    let deadline = state.deadline.unwrap().0 as u64;
    let closed_at = closing(&ledger, state, deadline);
    let register = world.laptops[0].laptop.register().unwrap();
    let head_at = |seq: u64| ledger.iter().find(|(_, s)| s.seq == seq).map_or(u64::MAX, |(_, s)| s.register.seq);
    let issued_at =
        ledger.iter().filter(|(e, s)| e.header.kind == kind::ISSUED && s.seq < closed_at).map(|(_, s)| s.seq);
    let (before, after) = (head_at(issued_at.max().unwrap_or(0)), head_at(closed_at));
    let is_prevented = |person: PersonId| {
        let own = || register.devices.values().filter(|d| d.person.0 == *person.0.as_bytes());
        let works =
            |seq: u64| own().any(|d| d.admitted_seq.is_some_and(|s| s <= seq) && d.revoked_seq.is_none_or(|s| s > seq));
        works(before) && !works(after)
    };
    let said = |person: PersonId| {
        let mine: Vec<&(Signed, StampV1)> = ledger
            .iter()
            .filter(|(e, s)| e.header.kind == kind::ANSWERED && s.at_ms <= deadline && s.seq < closed_at)
            .filter(|(e, _)| register.devices[&e.header.device().unwrap()].person.0 == *person.0.as_bytes())
            .collect();
        let is_over = |(e, _): &&&(Signed, StampV1)| {
            mine.iter().any(|(o, _)| {
                let same_device = o.header.author == e.header.author && o.header.counter > e.header.counter;
                same_device || o.header.replaces.contains(&e.header.id)
            })
        };
        let last = mine.iter().filter(|m| !is_over(m)).max_by_key(|(_, s)| s.seq);
        match last.map(|(e, _)| world.answers[&cabinet_domain::EntryId(Uuid::from_bytes(e.header.id.0))]) {
            // All their laptops were shut out while they were asked: neither an answer nor silence.
            None if is_prevented(person) => Said::NotAsked,
            None => Said::Silent,
            Some(1) => Said::Yes,
            Some(2) => Said::No,
            Some(_) => Said::Other,
        }
    };
    let all: Vec<Said> = issue.pins.roster.members.iter().map(|m| said(m.person)).collect();
    let pm = issue.pins.roster.members.iter().position(|m| m.is_prime_minister);
    outcome(&all, pm, true)
}

/// The place of the entry that closed the form.
fn closing(ledger: &[(Signed, StampV1)], state: &FormState, deadline: u64) -> u64 {
    let accepted = |e: &Signed| {
        let id = cabinet_domain::EntryId(Uuid::from_bytes(e.header.id.0));
        state.verdict(id) == Some(&cabinet_domain::Verdict::Accepted)
    };
    let closed = ledger.iter().find(|(e, _)| e.header.kind == kind::CLOSED && accepted(e));
    closed.map_or(u64::MAX, |(_, s)| s.seq.min(if s.at_ms >= deadline { s.seq } else { u64::MAX }))
}

//! What must hold of sessions when everything has settled: the same state for the same keys, each tally the oracle's, no edit lost unnamed.

use crate::oracle::{Cast, Tallied, tally};
use crate::world::World;
use cabinet_acts::session_kind;
use cabinet_domain::{
    Audience, BallotChoice, Decision, EntryId, Fact, Field, ItemField, PersonId, Presence, SessionAct, SessionRefusal,
    SessionState, SessionVerdict, Value, Vote, VoteOutcome,
};
use cabinet_ledger::{DeviceState, Signed, SpaceId, StampV1, role};
use cabinet_vault::{Laptop, VaultError};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

pub fn check(world: &mut World, failures: &mut Vec<String>) {
    for space in world.sessions.clone() {
        same_state_for_same_keys(world, space, failures);
        no_edit_is_lost(world, space, failures);
        few_stay_few(world, space, failures);
        one_has_the_floor(world, space, failures);
        nothing_follows_calling_off(world, space, failures);
        let Ok(state) = world.laptops[0].laptop.session(space) else { continue };
        for vote in &state.votes {
            oracle_agrees(world, space, &state, vote, failures);
        }
    }
}

/// What the sessions of a seed came to.
pub fn held(world: &World) -> BTreeMap<&'static str, u64> {
    let mut held = BTreeMap::new();
    for space in &world.sessions {
        let Ok(state) = world.laptops[0].laptop.session(*space) else { continue };
        let refused = |reason: &SessionRefusal| {
            state.log.iter().filter(|(_, v)| matches!(v, SessionVerdict::Refused { reason: r } if r == reason)).count()
                as u64
        };
        let mut add = |name, count: u64| *held.entry(name).or_default() += count;
        let few = |v: &Value| matches!(v, Value::Audience(Audience::Members | Audience::Named(_)));
        add(
            "items for fewer than all",
            state.agenda.fields.values().filter(|shared| few(shared.value())).count() as u64,
        );
        add("floor asked for and not given yet", state.speeches.iter().filter(|s| s.begun_at.is_none()).count() as u64);
        add("speeches", state.speeches.iter().filter(|s| s.begun_at.is_some()).count() as u64);
        add("versions sent", state.versions.len() as u64);
        add("issues refused for an unseen edit", refused(&SessionRefusal::AgendaChanged));
        add("sessions called off", u64::from(state.called_off_because.is_some()));
        add("conflicts standing", state.agenda.conflicts().count() as u64);
        add("votes with a result", state.votes.iter().filter(|v| v.result.is_some()).count() as u64);
        add("ballots counted", state.votes.iter().map(|v| v.cast() as u64).sum());
        add("ballots after closing", refused(&SessionRefusal::Late));
        add("ballots of the absent", state.votes.iter().map(|v| v.despite_absence.len() as u64).sum());
        add("hands counted", state.votes.iter().filter(|v| v.count.is_some()).count() as u64);
    }
    held
}

/// Invariant 3: staff read drafts, members what was sent; within each the state is the same to the last byte.
fn same_state_for_same_keys(world: &World, space: SpaceId, failures: &mut Vec<String>) {
    let register = world.laptops[0].laptop.register().unwrap();
    // Who is in the same audiences holds the same keys.
    let mut seen: BTreeMap<Vec<bool>, BTreeSet<cabinet_domain::Hash>> = BTreeMap::new();
    for (index, sim) in world.laptops.iter().enumerate().filter(|(_, s)| !s.is_gone) {
        let me = sim.laptop.me().unwrap();
        if register.devices.get(&me.device).is_none_or(|d| d.state() != DeviceState::Admitted) {
            continue;
        }
        match sim.laptop.session(space) {
            Ok(state) if state.waiting_for_keys > 0 => {
                failures.push(format!("laptop {index}: a key of the session is missing"))
            }
            Ok(state) => {
                let Ok(Some(control)) = sim.laptop.control(space) else {
                    failures.push(format!("laptop {index}: a session without an opening entry"));
                    continue;
                };
                let roles = register.roles(me.person);
                let held = control.audiences.iter().map(|a| a.has(me.person, roles)).collect();
                let whole =
                    sim.laptop.facts::<SessionAct>(space).map(|facts| SessionState::fold(&facts, sim.laptop.law()));
                if whole.as_ref() != Ok(&*state) {
                    failures.push(format!("laptop {index}: a session grown entry by entry differs from the whole"));
                }
                seen.entry(held).or_default().insert(state.hash());
            }
            Err(error) => failures.push(format!("laptop {index}: {error}")),
        }
    }
    if seen.values().any(|hashes| hashes.len() != 1) {
        failures.push(format!("a session has {:?} states", seen.values().map(BTreeSet::len).collect::<Vec<_>>()));
    }
}

/// An item for named people has no title on anybody else's laptop.
fn few_stay_few(world: &World, space: SpaceId, failures: &mut Vec<String>) {
    let Ok(shown) = world.laptops[0].laptop.session(space) else { return };
    let named = shown.agenda.fields.iter().filter_map(|(field, shared)| match (field, shared.value()) {
        (Field::Item(item, ItemField::Audience), Value::Audience(Audience::Named(people))) => {
            Some((*item, people.clone()))
        }
        _ => None,
    });
    for (item, people) in named {
        for (index, sim) in world.laptops.iter().enumerate().filter(|(_, s)| !s.is_gone) {
            let (Ok(me), Ok(state)) = (sim.laptop.me(), sim.laptop.session(space)) else { continue };
            let is_staff = sim.laptop.my_roles() & (role::SECRETARY | role::TELLER) != 0;
            let is_named = people.contains(&cabinet_meaning::domain_person(me.person));
            let has_title =
                |v: &cabinet_domain::IssuedVersion| v.content.fields.contains_key(&Field::Item(item, ItemField::Title));
            if !is_staff && !is_named && state.versions.iter().any(has_title) {
                failures.push(format!("laptop {index}: an item for others is on its agenda"));
            }
        }
    }
}

/// One speaks at a time, and nobody waits twice for the same item.
fn one_has_the_floor(world: &World, space: SpaceId, failures: &mut Vec<String>) {
    let Ok(state) = world.laptops[0].laptop.session(space) else { return };
    let speak = state.speeches.iter().filter(|s| s.begun_at.is_some() && s.ended_at.is_none()).count();
    let waiting: Vec<_> = state.speeches.iter().filter(|s| s.begun_at.is_none()).map(|s| (s.person, s.item)).collect();
    let once: BTreeSet<_> = waiting.iter().collect();
    if speak > 1 || once.len() != waiting.len() {
        failures.push(format!("{speak} have the floor, {} of {} wait once", once.len(), waiting.len()));
    }
}

/// The facts as they are, with no protection switched off.
fn whole_facts(world: &World, space: SpaceId) -> Result<Vec<Fact<SessionAct>>, VaultError> {
    let laptop = Laptop::open(world.laptops[0].laptop.store().clone())?;
    cabinet_fault::with(None, || laptop.facts::<SessionAct>(space))
}

/// Every accepted write stands, or a later accepted write of its field names it.
fn no_edit_is_lost(world: &World, space: SpaceId, failures: &mut Vec<String>) {
    let (Ok(shown), Ok(facts)) = (world.laptops[0].laptop.session(space), whole_facts(world, space)) else { return };
    let accepted = |id: EntryId| shown.verdict(id) == Some(&SessionVerdict::Accepted);
    let mut standing = BTreeSet::new();
    for (place, fact) in facts.iter().enumerate() {
        let SessionAct::Edited(writes) = &fact.act else { continue };
        if !accepted(fact.id) {
            continue;
        }
        for write in writes {
            let is_named = facts[place + 1..].iter().any(|later| match &later.act {
                SessionAct::Edited(more) => more.iter().any(|w| w.field == write.field && w.on.contains(&fact.id)),
                _ => false,
            });
            if !is_named {
                standing.insert((write.field, fact.id));
            }
        }
    }
    for (field, entry) in standing {
        if !shown.agenda.fields.get(&field).is_some_and(|s| s.on().contains(&entry)) {
            failures.push(format!("an edit of {field:?} was overwritten in silence"));
        }
    }
}

/// What gets its place after a session was called off changes nothing, whenever it was signed.
fn nothing_follows_calling_off(world: &World, space: SpaceId, failures: &mut Vec<String>) {
    let laptop = &world.laptops[0].laptop;
    let (Ok(shown), Ok(facts)) = (laptop.session(space), laptop.facts::<SessionAct>(space)) else { return };
    let accepted = |id: EntryId| shown.verdict(id) == Some(&SessionVerdict::Accepted);
    let off = facts.iter().position(|f| matches!(f.act, SessionAct::CalledOff { .. }) && accepted(f.id));
    let later = off.map_or(&[][..], |at| &facts[at + 1..]);
    if let Some(fact) = later.iter().find(|f| accepted(f.id)) {
        failures.push(format!("accepted after the session was called off: {:?}", fact.act));
    }
}

/// The tally is the oracle's, from the ledger's order and what the sim itself knows of each ballot.
fn oracle_agrees(world: &mut World, space: SpaceId, state: &SessionState, vote: &Vote, failures: &mut Vec<String>) {
    let Some(result) = &vote.result else {
        failures.push(format!("a vote ended as {:?} without a result", vote.phase));
        return;
    };
    let roster: Vec<(PersonId, bool)> =
        state.opening.as_ref().unwrap().roster.members.iter().map(|m| (m.person, m.is_prime_minister)).collect();
    let want = expected(world, space, vote, &roster);
    let of = |choice| result.count(choice);
    let adopted = matches!(result.outcome, VoteOutcome::YesNo { decision: Decision::Adopted, .. });
    let got = Tallied {
        yes: of(BallotChoice::Yes),
        no: of(BallotChoice::No),
        other: of(BallotChoice::Other),
        attending: result.attending,
        adopted,
    };
    world.note_result(&format!("{got:?}"));
    if got != want {
        failures.push(format!("vote {got:?}, the oracle says {want:?}"));
    }
}

fn expected(world: &World, space: SpaceId, vote: &Vote, roster: &[(PersonId, bool)]) -> Tallied {
    let ledger = world.ledger(space);
    let register = world.laptops[0].laptop.register().unwrap();
    let facts = whole_facts(world, space).unwrap();
    let shown = world.laptops[0].laptop.session(space).unwrap();
    let accepted = |id: EntryId| shown.verdict(id) == Some(&SessionVerdict::Accepted);
    let mut closed = false;
    let (mut there, mut at_opening): (BTreeMap<PersonId, bool>, _) = (BTreeMap::new(), BTreeMap::new());
    let mut counted: BTreeMap<PersonId, u8> = BTreeMap::new();
    let mut ballots: Vec<Cast> = Vec::new();
    let header: BTreeMap<EntryId, &(Signed, StampV1)> =
        ledger.iter().map(|e| (EntryId(Uuid::from_bytes(e.0.header.id.0)), e)).collect();
    let mut is_open = false;
    for fact in &facts {
        match &fact.act {
            // After closing only a count of paper ballots matters, and only where the fold took it.
            SessionAct::Counted(count) if closed && count.vote == vote.id && accepted(fact.id) => {
                counted = count.named.iter().map(|(person, _)| (*person, 2)).collect();
            }
            _ if closed => {}
            SessionAct::CheckedIn { .. } if accepted(fact.id) => {
                there.insert(fact.author, true);
            }
            SessionAct::Marked { person, presence } if is_marked(fact.roles) => {
                there.insert(*person, matches!(presence, Presence::Present | Presence::Elsewhere));
            }
            SessionAct::VoteOpened { .. } if fact.id == vote.id => (is_open, at_opening) = (true, there.clone()),
            SessionAct::VoteClosed { vote: id } if *id == vote.id && is_open => closed = true,
            SessionAct::Counted(count) if count.vote == vote.id && accepted(fact.id) => {
                counted = count.named.iter().map(|(person, _)| (*person, 2)).collect();
            }
            SessionAct::Balloted(_) | SessionAct::BallotSealed if is_open => {
                let signed = &header[&fact.id].0;
                debug_assert_eq!(signed.header.kind, session_kind::BALLOTED);
                let device = signed.header.device().unwrap();
                let is_this = fact.about == Some(vote.id);
                let person = PersonId(Uuid::from_bytes(register.devices[&device].person.0));
                let may = roster.iter().any(|(p, _)| *p == person);
                if is_this && may {
                    ballots.push(Cast {
                        person: person.0.as_u128(),
                        id: fact.id.0.as_u128(),
                        device: u128::from_be_bytes(device.0),
                        counter: signed.header.counter,
                        replaces: signed.header.replaces.iter().map(|r| u128::from_be_bytes(r.0)).collect(),
                        says: world.answers[&fact.id],
                    });
                }
            }
            _ => {}
        }
    }
    let members: Vec<(u128, bool)> = roster.iter().map(|(p, pm)| (p.0.as_u128(), *pm)).collect();
    let present: Vec<u128> = at_opening.iter().filter(|(_, is)| **is).map(|(p, _)| p.0.as_u128()).collect();
    let by_hand: Vec<(u128, u8)> = counted.iter().map(|(p, says)| (p.0.as_u128(), *says)).collect();
    tally(&members, &present, &ballots, &by_hand)
}

fn is_marked(roles: cabinet_domain::Roles) -> bool {
    roles.has(cabinet_domain::Roles::SECRETARY)
}

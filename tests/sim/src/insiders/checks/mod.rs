//! What must hold whoever was hostile: agreement, every honest act counted and no other, nobody reads or changes more than the tables of
//! docs/SECURITY.md say, every vault opens, every record recounts, and what the hub did wrong is told. The tables stand here once more, by
//! hand: a check that asked the code what is allowed would agree with its faults.

mod form;
mod ledger;
mod rights;
mod session;

use super::{Actor, Play};
use crate::story::STAFF;
use cabinet_domain::Hash as DomainHash;
use cabinet_ledger::*;
use cabinet_vault::{Laptop, OutboxRow, Store};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(play: &mut Play) -> Vec<String> {
    let mut failures = Vec::new();
    let f = &mut failures;
    if play.world.is_restless() {
        f.push("the world does not come to rest".into());
    }
    vaults_open(play, f);
    rights::register_is_whole(play, f);
    rights::nobody_holds_more(play, f);
    agreed(play, f);
    ledger::honest_acts_stand(play, f);
    ledger::own_acts_are_told(play, f);
    ledger::times_fit(play, f);
    ledger::kinds_fit(play, f);
    ledger::nothing_counts_twice(play, f);
    for space in play.world.forms.clone().into_iter().filter(|space| !is_told(play, STAFF, *space)) {
        form::form_is_right(play, space, f);
    }
    for space in play.world.sessions.clone().into_iter().filter(|space| !is_told(play, STAFF, *space)) {
        session::session_is_right(play, space, f);
    }
    failures
}

/// Entries that a false hub stamped where they count for nothing: their authors are told, which is a check of its own.
fn void(play: &Play, space: SpaceId) -> BTreeSet<EntryId> {
    let rows = play.world.laptops[STAFF].laptop.store().entries(space, 0).unwrap();
    rows.into_iter().filter(|row| row.person.is_none() && has(play, Actor::Hub)).map(|row| row.id).collect()
}

/// Whether a laptop's person was told that something is wrong with a space, or with the register that it rests on.
fn is_told(play: &Play, n: usize, space: SpaceId) -> bool {
    let sim = &play.world.laptops[n];
    let register = sim.laptop.me().unwrap().register;
    let alarms = sim.laptop.alarms().unwrap();
    let is_alarmed = alarms.iter().any(|a| [space, register].contains(&a.space()));
    // What was refused, or has no receipt, is shown where it was signed.
    let is_open = |row: &&OutboxRow| row.stamp.is_none() || row.refusal.is_some();
    let waits = sim.laptop.outbox().iter().filter(is_open).any(|row| [space, register].contains(&row.space));
    has(play, Actor::Hub) && (is_alarmed || !sim.stopped.is_empty() || waits)
}

/// Laptops of honest people that nobody shut out: an official may, with any.
fn honest(play: &Play) -> Vec<usize> {
    let register = play.world.laptops[STAFF].laptop.register().unwrap();
    let works = |n: &usize| {
        let device = play.world.laptops[*n].laptop.me().unwrap().device;
        register.devices.get(&device).is_some_and(|d| d.state() == DeviceState::Admitted)
    };
    (0..play.world.laptops.len()).filter(|n| !play.is_hostile(*n)).filter(works).collect()
}

fn has(play: &Play, actor: Actor) -> bool {
    play.actors.contains(&actor)
}

fn vaults_open(play: &Play, f: &mut Vec<String>) {
    for n in honest(play) {
        if let Err(error) = Laptop::open(play.world.laptops[n].laptop.store().clone()) {
            f.push(format!("the vault of laptop {n} does not open: {error}"));
        }
    }
}

/// How far a laptop is in a space and in the register, and in which audiences it is: what its state follows from.
type Standing = (Vec<u8>, Hash, Vec<bool>);

/// Honest laptops at one head agree on every state.
fn agreed(play: &Play, f: &mut Vec<String>) {
    let mut registers: BTreeMap<Hash, BTreeSet<String>> = BTreeMap::new();
    for n in honest(play) {
        let register = play.world.laptops[n].laptop.register().unwrap();
        let said = format!("{:?} {:?} {:?}", register.people, register.devices.keys(), register.space);
        registers.entry(register.head().hash).or_default().insert(said);
    }
    if registers.values().any(|said| said.len() != 1) {
        f.push("the register has two states at one head".into());
    }
    for space in play.world.forms.iter().chain(&play.world.sessions) {
        let mut controls: BTreeMap<Vec<u8>, BTreeSet<String>> = BTreeMap::new();
        let mut states: BTreeMap<Standing, BTreeMap<DomainHash, usize>> = BTreeMap::new();
        for n in honest(play) {
            let laptop = &play.world.laptops[n].laptop;
            let chains = laptop.store().chains().unwrap();
            let Some((_, chain)) = chains.into_iter().find(|(id, _)| id == space) else { continue };
            let control = laptop.control(*space).unwrap();
            // What waits here is on top of the stamped state, here only.
            let waits = laptop.outbox().iter().any(|row| row.space == *space);
            let as_stamped = control.clone();
            let control = control.filter(|_| !waits);
            controls.entry(chain.clone()).or_default().extend(control.map(|c| format!("{c:?}")));
            let register = laptop.register().unwrap();
            // Who is in the same audiences holds the same keys.
            let (me, roles) = (laptop.me().unwrap().person, laptop.my_roles());
            let held: Vec<bool> = as_stamped.iter().flat_map(|c| &c.audiences).map(|a| a.has(me, roles)).collect();
            let (missing, hash) = match play.world.forms.contains(space) {
                true => {
                    let Ok(state) = laptop.form(*space) else { continue };
                    (state.waiting_for_keys, state.hash())
                }
                false => {
                    let Ok(state) = laptop.session(*space) else { continue };
                    (state.waiting_for_keys, state.hash())
                }
            };
            if missing > 0 {
                // A hub can keep a key from a laptop, which says so; no other can.
                f.extend(
                    (!has(play, Actor::Hub)).then(|| format!("laptop {n}: a key of a form or session is missing")),
                );
                continue;
            }
            states.entry((chain, register.head().hash, held)).or_default().insert(hash, n);
        }
        if controls.values().any(|said| said.len() > 1) {
            f.push("a space has two control states at one head".into());
        }
        if let Some((_, several)) = states.iter().find(|(_, hashes)| hashes.len() != 1) {
            f.push(format!("a space has several states at one head: laptops {:?}", several.values()));
        }
    }
}

/// A record that an honest laptop exports recounts to what the laptop shows; one that somebody altered does not, or to the same.
fn record_recounts(
    play: &Play,
    space: SpaceId,
    f: &mut Vec<String>,
    is_same: impl Fn(&cabinet_recount::Recounted) -> bool,
) {
    let mut laptop = Laptop::open(play.world.laptops[STAFF].laptop.store().clone()).unwrap();
    let record = match cabinet_work::record_of(&mut laptop, space) {
        Ok(record) => record,
        // A hub that keeps its word on where the space ends to itself.
        Err(_) if has(play, Actor::Hub) => return,
        Err(error) => return f.push(format!("no record could be exported: {error}")),
    };
    match cabinet_recount::recount(&record, None) {
        Ok(found) if is_same(&found) => {}
        Ok(_) => f.push("a record recounts to something else".into()),
        Err(error) => f.push(format!("a record does not recount: {error}")),
    }
    if !has(play, Actor::Exporter) {
        return;
    }
    let mut chance = crate::chance::Chance::new(record.len() as u64);
    for _ in 0..3 {
        let mut altered = record.clone();
        let at = chance.below(altered.len() as u64) as usize;
        altered[at] ^= 1 << chance.below(8);
        if cabinet_recount::recount(&altered, None).is_ok_and(|found| !is_same(&found)) {
            f.push("an altered record recounts to something else".into());
        }
    }
}

/// The last entry that each person signed, by their laptop's own counter: every honest person here has one laptop.
fn last_signed<'a>(entries: impl Iterator<Item = (PersonId, &'a Signed)>) -> BTreeMap<PersonId, EntryId> {
    let mut last: BTreeMap<PersonId, (u64, EntryId)> = BTreeMap::new();
    for (person, signed) in entries {
        let said = (signed.header.counter, signed.header.id);
        let known = last.entry(person).or_insert(said);
        *known = said.max(*known);
    }
    last.into_iter().map(|(person, (_, entry))| (person, entry)).collect()
}

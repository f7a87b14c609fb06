//! What stands where: every honest act has its place or its author was told; nothing counts twice, at a wrong time, or of a kind that is not there.

use super::{has, honest, is_told};
use crate::insiders::{Actor, Play};
use crate::story::STAFF;
use cabinet_ledger::*;
use cabinet_vault::{Alarm, Store};
use std::collections::BTreeSet;

/// What a laptop took for stamped and the others do not have, its person was told of.
pub fn own_acts_are_told(play: &Play, f: &mut Vec<String>) {
    let staff = play.world.laptops[STAFF].laptop.store();
    for n in honest(play).into_iter().filter(|n| *n != STAFF) {
        let laptop = &play.world.laptops[n].laptop;
        let me = laptop.me().unwrap();
        let spaces = play.world.forms.iter().chain(&play.world.sessions).chain([&me.register]);
        for space in spaces.copied().filter(|space| !is_told(play, n, *space) && !is_told(play, STAFF, *space)) {
            let others = staff.entries(space, 0).unwrap();
            for row in laptop.store().entries(space, 0).unwrap() {
                let is_mine = Signed::decode(&row.entry).unwrap().header.device() == Some(me.device)
                    && play.world.signed.contains(&row.id);
                let found = others.iter().find(|other| other.stamp == row.stamp);
                if is_mine && found.is_none_or(|other| other.person.is_none() && other.kind != 4) {
                    f.push(format!("laptop {n}: entry {} counts for nobody else, and nobody was told", row.id));
                }
            }
            let head = laptop.heads().find(|(of, _)| *of == space).map_or(0, |(_, seq)| seq);
            for row in laptop.outbox().iter().filter(|row| row.space == space) {
                let receipt = row.stamp.as_deref().and_then(|s| decode::<SignedStampV1>(s).ok()?.read().ok());
                if receipt.is_some_and(|stamp| stamp.seq <= head) {
                    f.push(format!(
                        "laptop {n}: the place of entry {} was given to another, and nobody was told",
                        row.id
                    ));
                }
            }
        }
    }
}

/// Nothing counts of a kind that its space does not have.
pub fn kinds_fit(play: &Play, f: &mut Vec<String>) {
    let staff = &play.world.laptops[STAFF].laptop;
    let register = [staff.me().unwrap().register];
    let kinds = [(&register[..], 100..=104), (&play.world.forms, 110..=120), (&play.world.sessions, 130..=156)];
    for (spaces, kinds) in kinds {
        for space in spaces {
            let rows = staff.store().entries(*space, 0).unwrap();
            let strange =
                rows.iter().filter(|row| row.person.is_some() && row.kind >= 100 && !kinds.contains(&row.kind));
            f.extend(strange.map(|row| format!("an entry of kind {} counts where there is none", row.kind)));
        }
    }
}

/// No id and no counter of a device counts twice in a space, and nothing whose author had seen another chain.
pub fn nothing_counts_twice(play: &Play, f: &mut Vec<String>) {
    for n in honest(play) {
        let store = play.world.laptops[n].laptop.store();
        let register = play.world.laptops[n].laptop.me().unwrap().register;
        for space in play.world.forms.iter().chain(&play.world.sessions).chain([&register]) {
            let (mut ids, mut counters) = (BTreeSet::new(), BTreeSet::new());
            let rows = store.entries(*space, 0).unwrap();
            let stamps: Vec<Hash> =
                rows.iter().map(|row| decode::<SignedStampV1>(&row.stamp).unwrap().hash()).collect();
            for row in rows.iter().filter(|row| row.person.is_some()) {
                let header = Signed::decode(&row.entry).unwrap().header;
                if !ids.insert(header.id) || !counters.insert((header.device(), header.counter)) {
                    f.push(format!("laptop {n}: entry {} counts twice", row.id));
                }
                let seen = header.seen;
                if seen.seq > 0 && seen.term > 0 && stamps.get(seen.seq as usize - 1) != Some(&seen.stamp) {
                    f.push(format!("laptop {n}: entry {} counts, whose author had seen another chain", row.id));
                }
            }
        }
    }
}

/// No stamp that a laptop goes by lies outside the times of the register's heads around it.
pub fn times_fit(play: &Play, f: &mut Vec<String>) {
    for n in honest(play) {
        let laptop = &play.world.laptops[n].laptop;
        let register = laptop.register().unwrap();
        let spaces = play.world.forms.iter().chain(&play.world.sessions).copied();
        let alarms = laptop.alarms().unwrap();
        let is_said = |space| alarms.iter().any(|a| matches!(a, Alarm::TimeFell { space: of, .. } if *of == space));
        for space in spaces.filter(|space| !is_said(*space)) {
            for row in laptop.store().entries(space, 0).unwrap() {
                let stamp = decode::<SignedStampV1>(&row.stamp).unwrap().read().unwrap();
                let from = register.time_of(stamp.register.seq).unwrap_or(0);
                let to = register.time_of(stamp.register.seq + 1).unwrap_or(u64::MAX);
                if !(from..=to).contains(&stamp.at_ms) {
                    f.push(format!("laptop {n}: a stamp's time contradicts the register, and nobody was told"));
                }
            }
        }
    }
}

/// With an honest hub every honest entry has its place and nothing stops. With another, whoever's act has none was told.
pub fn honest_acts_stand(play: &Play, f: &mut Vec<String>) {
    let is_hub_honest = !has(play, Actor::Hub);
    for n in honest(play) {
        let sim = &play.world.laptops[n];
        if is_hub_honest {
            f.extend(sim.stopped.iter().map(|stopped| format!("laptop {n} stopped {stopped}")));
            for row in sim.laptop.outbox() {
                let signed = Signed::decode(&row.entry).unwrap();
                let control = sim.laptop.control(row.space).unwrap();
                let is_stopped = control.as_ref().is_some_and(|c| !c.is_known());
                // Who was put out of a session sends what they may, and does not see it stand.
                let me = sim.laptop.me().unwrap();
                let as_it_is = play.world.laptops[STAFF].laptop.control(row.space).unwrap();
                let is_in = as_it_is.as_ref().is_some_and(|c| c.has(me.person, sim.laptop.my_roles()));
                match &row.refusal {
                    _ if is_stopped => {}
                    None if row.stamp.is_some() && !is_in => {}
                    None => f.push(format!(
                        "laptop {n}: entry {} of kind {} has no place (receipt {}, in {is_in})",
                        row.id,
                        signed.header.kind,
                        row.stamp.is_some()
                    )),
                    // Who was put out does not know it, and does once what laptops do by themselves.
                    Some(_) if !is_in => {}
                    // Two laptops did at once what either does by itself.
                    Some(_) if is_housekeeping(signed.header.kind) => {}
                    Some(refusal) => {
                        let reason = decode::<wire::RefusalV1>(refusal).map(|r| format!("{:?}", r.reason));
                        f.push(format!(
                            "laptop {n}: an honest act of kind {} was refused: {reason:?}",
                            signed.header.kind
                        ));
                    }
                }
            }
        }
    }
}

fn is_housekeeping(kind: u16) -> bool {
    matches!(kind, 9 | 10 | 15 | 16)
}

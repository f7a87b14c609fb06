//! Who has which seat, laptop and key: no more than the tables of docs/SECURITY.md give.

use super::{has, honest};
use crate::insiders::{Actor, Play, TELLER};
use crate::story::{SECOND, STAFF};
use cabinet_ledger::*;
use cabinet_meaning::ledger_key;
use std::collections::{BTreeMap, BTreeSet};

/// Seats, officers, laptops, names and rosters are those that honest officials made.
pub fn register_is_whole(play: &Play, f: &mut Vec<String>) {
    const SEATS: u16 = role::MEMBER | role::TELLER | role::SECRETARY | role::OFFICER | role::CHAIR;
    let staff = &play.world.laptops[STAFF].laptop;
    let register = staff.register().unwrap();
    let mut seats: BTreeMap<PersonId, u16> = BTreeMap::new();
    seats.insert(staff.me().unwrap().person, role::OFFICER | role::SECRETARY | role::TELLER);
    seats.insert(play.world.laptops[SECOND].laptop.me().unwrap().person, role::SECRETARY | role::TELLER);
    seats
        .extend(play.people.iter().enumerate().map(|(n, p)| (*p, role::MEMBER | if n == 0 { role::CHAIR } else { 0 })));
    seats.insert(TELLER, if has(play, Actor::Teller) { role::TELLER } else { 0 });
    for person in register.people.keys() {
        let (is, should) = (register.roles(*person) & SEATS, seats.get(person).copied().unwrap_or(0));
        if is != should {
            f.push(format!("a seat of {person} is {is}, and should be {should}"));
        }
    }
    let known: BTreeSet<DeviceId> =
        play.world.laptops.iter().filter_map(|sim| Some(sim.laptop.me().ok()?.device)).collect();
    let stranger = play.hostile.iter().filter(|(actor, _)| *actor == Actor::Stranger);
    let strangers: BTreeSet<DeviceId> =
        stranger.map(|(_, n)| play.world.laptops[*n].laptop.me().unwrap().device).collect();
    for (device, found) in &register.devices {
        // One official alone may let in a guest's laptop, which has no seat.
        let is_seat = register.device_roles(*device) & SEATS != 0;
        if (!known.contains(device) || strangers.contains(device)) && is_seat {
            f.push(format!("a laptop that nobody honest let in acts for {}", found.person));
        }
    }
    let is_by_staff = |d: &Device| {
        let invitation = d.invitation.and_then(|i| register.invitations.get(&i));
        invitation.is_some_and(|i| i.by == staff.me().unwrap().person)
    };
    if register.devices.values().any(|d| is_by_staff(d) && !known.contains(&d.keys.device)) {
        f.push("a laptop asks by an invitation whose code its owner never had".into());
    }
    if has(play, Actor::Secretary) {
        return;
    }
    let (people, letterhead) = (staff.people().len(), staff.letterhead());
    if people != 0 || letterhead != Default::default() {
        f.push("somebody who is no official gave names or a letterhead".into());
    }
    let day = "2026-06-01".parse().unwrap();
    let members = staff.roster_on(day).map(|r| r.members.len());
    if members != Some(play.people.len()) {
        f.push(format!("somebody who is no official changed the roster: {members:?}"));
    }
}

/// No hostile laptop has a key that the tables give to others.
pub fn nobody_holds_more(play: &Play, f: &mut Vec<String>) {
    let staff = &play.world.laptops[STAFF].laptop;
    let spaces: Vec<SpaceId> = play.world.forms.iter().chain(&play.world.sessions).copied().collect();
    let is_member = |n: &usize| {
        let me = play.world.laptops[*n].laptop.me().unwrap().person;
        play.people.contains(&me)
    };
    for n in honest(play).into_iter().filter(is_member) {
        for space in &spaces {
            let Ok(Some(control)) = staff.control(*space) else { continue };
            if control.pairs.iter().any(|pair| play.world.laptops[n].laptop.secret(pair.id).is_some()) {
                f.push(format!("laptop {n}, a member's, was given what opens answers or ballots"));
            }
        }
    }
    for (actor, n) in &play.hostile {
        let laptop = &play.world.laptops[*n].laptop;
        for space in &spaces {
            let Ok(Some(control)) = staff.control(*space) else { continue };
            let is_staff = matches!(actor, Actor::Secretary | Actor::Teller);
            let used: Vec<KeyId> = match staff.session(*space) {
                Ok(state) => state.votes.iter().map(|v| ledger_key(v.opening.pair)).collect(),
                Err(_) => Vec::new(),
            };
            let form = staff.form(*space).ok().and_then(|s| Some(s.issue.as_ref()?.answer_pair));
            let used: Vec<KeyId> = used.into_iter().chain(form.map(ledger_key)).collect();
            for pair in control.pairs.iter().filter(|pair| used.contains(&pair.id)) {
                let is_held = laptop.secret(pair.id).is_some() || is_own(play, *n, pair.by);
                if !is_staff && is_held {
                    f.push(format!("{actor:?} holds what opens answers or ballots"));
                }
            }
            let is_out = matches!(actor, Actor::Stranger | Actor::ShutOut | Actor::Guest);
            for key in control.keys.iter().filter(|key| is_out && laptop.secret(key.id).is_some()) {
                f.push(format!("{actor:?} holds a key of a space that they are not in ({})", key.id));
            }
            for audience in &control.audiences {
                let reads = |roles: u16| roles & audience.roles != 0;
                let may = match actor {
                    Actor::Secretary => reads(role::SECRETARY | role::TELLER),
                    Actor::Teller => reads(role::TELLER),
                    Actor::Chair => reads(role::CHAIR | role::MEMBER),
                    Actor::Member => reads(role::MEMBER),
                    _ => false,
                };
                let may = may || audience.members.contains(&laptop.me().unwrap().person);
                if !may && audience.keys.iter().any(|k| laptop.secret(k.id).is_some() && !is_own(play, *n, k.by)) {
                    f.push(format!("{actor:?} holds the key of an audience that they are not in"));
                }
            }
        }
    }
}

/// Whether an entry is the actor's own: who makes a key holds it.
fn is_own(play: &Play, laptop: usize, entry: EntryId) -> bool {
    let me = play.world.laptops[laptop].laptop.me().unwrap().device;
    let spaces = play.world.forms.iter().chain(&play.world.sessions);
    spaces.into_iter().any(|s| {
        play.world.ledger(*s).iter().any(|(signed, _)| signed.header.id == entry && signed.header.device() == Some(me))
    })
}

//! What must hold whoever was hostile: agreement, every honest act counted and no other, nobody reads or changes more than the tables of
//! docs/SECURITY.md say, every vault opens, every record recounts, and what the hub did wrong is told. The tables stand here once more, by
//! hand: a check that asked the code what is allowed would agree with its faults.

use super::{Actor, Play};
use crate::story::{SECOND, STAFF};
use cabinet_acts::{kind, session_kind};
use cabinet_domain::{AnswerStatus, Choice, FormPhase, Hash as DomainHash, SessionVerdict, Verdict, VotePhase};
use cabinet_ledger::*;
use cabinet_meaning::{domain_entry, ledger_entry, ledger_person};
use cabinet_vault::{Alarm, Laptop, Store};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(play: &mut Play) -> Vec<String> {
    let mut failures = Vec::new();
    let f = &mut failures;
    if play.world.is_restless() {
        f.push("the world does not come to rest".into());
    }
    vaults_open(play, f);
    register_is_whole(play, f);
    nobody_holds_more(play, f);
    agreed(play, f);
    honest_acts_stand(play, f);
    own_acts_are_told(play, f);
    times_fit(play, f);
    kinds_fit(play, f);
    nothing_counts_twice(play, f);
    for space in play.world.forms.clone().into_iter().filter(|space| !is_told(play, STAFF, *space)) {
        form_is_right(play, space, f);
    }
    for space in play.world.sessions.clone().into_iter().filter(|space| !is_told(play, STAFF, *space)) {
        session_is_right(play, space, f);
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
    let is_open = |row: &&cabinet_vault::OutboxRow| row.stamp.is_none() || row.refusal.is_some();
    let waits = sim.laptop.outbox().iter().filter(is_open).any(|row| [space, register].contains(&row.space));
    has(play, Actor::Hub) && (is_alarmed || !sim.stopped.is_empty() || waits)
}

/// What a laptop took for stamped and the others do not have, its person was told of.
fn own_acts_are_told(play: &Play, f: &mut Vec<String>) {
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
fn kinds_fit(play: &Play, f: &mut Vec<String>) {
    let staff = &play.world.laptops[STAFF].laptop;
    let register = [staff.me().unwrap().register];
    let kinds = [(&register[..], 100..=104), (&play.world.forms, 110..=120), (&play.world.sessions, 130..=155)];
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
fn nothing_counts_twice(play: &Play, f: &mut Vec<String>) {
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
fn times_fit(play: &Play, f: &mut Vec<String>) {
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

/// Seats, officers, laptops, names and rosters are those that honest officials made.
fn register_is_whole(play: &Play, f: &mut Vec<String>) {
    const SEATS: u16 = role::MEMBER | role::TELLER | role::SECRETARY | role::OFFICER | role::CHAIR;
    let staff = &play.world.laptops[STAFF].laptop;
    let register = staff.register().unwrap();
    let mut seats: BTreeMap<PersonId, u16> = BTreeMap::new();
    seats.insert(staff.me().unwrap().person, role::OFFICER | role::SECRETARY | role::TELLER);
    seats.insert(play.world.laptops[SECOND].laptop.me().unwrap().person, role::SECRETARY | role::TELLER);
    seats
        .extend(play.people.iter().enumerate().map(|(n, p)| (*p, role::MEMBER | if n == 0 { role::CHAIR } else { 0 })));
    seats.insert(super::TELLER, if has(play, Actor::Teller) { role::TELLER } else { 0 });
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
fn nobody_holds_more(play: &Play, f: &mut Vec<String>) {
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
                Ok(state) => state.votes.iter().map(|v| cabinet_meaning::ledger_key(v.opening.pair)).collect(),
                Err(_) => Vec::new(),
            };
            let form = staff.form(*space).ok().and_then(|s| Some(s.issue.as_ref()?.answer_pair));
            let used: Vec<KeyId> = used.into_iter().chain(form.map(cabinet_meaning::ledger_key)).collect();
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
            match play.world.forms.contains(space) {
                true => {
                    let Ok(state) = laptop.form(*space) else { continue };
                    if state.waiting_for_keys > 0 {
                        // A hub can keep a key from a laptop, which says so; no other can.
                        let is_withheld = has(play, Actor::Hub);
                        f.extend((!is_withheld).then(|| format!("laptop {n}: a key of a form is missing")));
                        continue;
                    }
                    states.entry((chain, register.head().hash, held)).or_default().insert(state.hash(), n);
                }
                false => {
                    let Ok(state) = laptop.session(*space) else { continue };
                    if state.waiting_for_keys > 0 {
                        // A hub can keep a key from a laptop, which says so; no other can.
                        let is_withheld = has(play, Actor::Hub);
                        f.extend((!is_withheld).then(|| format!("laptop {n}: a key of a session is missing")));
                        continue;
                    }
                    states.entry((chain, register.head().hash, held)).or_default().insert(state.hash(), n);
                }
            }
        }
        if controls.values().any(|said| said.len() > 1) {
            f.push("a space has two control states at one head".into());
        }
        if let Some((_, several)) = states.iter().find(|(_, hashes)| hashes.len() != 1) {
            f.push(format!("a space has several states at one head: laptops {:?}", several.values()));
        }
    }
}

/// With an honest hub every honest entry has its place and nothing stops. With another, whoever's act has none was told.
fn honest_acts_stand(play: &Play, f: &mut Vec<String>) {
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

/// Whether what a hostile act did to a form was within its author's rights, and every honest answer counts as it was given.
fn form_is_right(play: &Play, space: SpaceId, f: &mut Vec<String>) {
    let world = &play.world;
    let laptop = &world.laptops[STAFF].laptop;
    let Ok(state) = laptop.form(space) else { return f.push("a form can't be read".into()) };
    let Some(control) = laptop.control(space).ok().flatten() else { return };
    if !control.is_known() || state.needs_newer_app.is_some() {
        // A secretary may raise a version; nobody else can.
        if !has(play, Actor::Secretary) {
            f.push("somebody who is no secretary stopped a form".into());
        }
        return;
    }
    let ledger = world.ledger(space);
    let register = laptop.register().unwrap();
    let author = |device: DeviceId| register.devices.get(&device).map(|d| d.person);
    let accepted = |e: &EntryId| state.verdict(domain_entry(*e)) == Some(&Verdict::Accepted);
    for (signed, stamp) in ledger.iter().filter(|(s, _)| accepted(&s.header.id)) {
        let Some(person) = signed.header.device().and_then(author) else { continue };
        let roles = register.roles_at(person, stamp.register.seq);
        let may = match signed.header.kind {
            kind::DRAFTED | kind::ISSUED | kind::EXTENDED | kind::RECALLED => roles & role::SECRETARY != 0,
            kind::APPROVED => roles & (role::SECRETARY | role::CHAIR) != 0,
            kind::ANSWERED => play.people.contains(&person),
            kind::SPOILED | kind::PUBLISHED => roles & role::TELLER != 0,
            kind::OPENED => roles & (role::TELLER | role::MEMBER) != 0,
            kind::CLOSED | kind::SETTLED => true,
            k => control_kind(k),
        };
        if !may {
            f.push(format!("an act of kind {} by somebody with roles {roles} counted", signed.header.kind));
        }
    }
    if matches!(state.phase, FormPhase::Recalled { .. }) {
        return;
    }
    // A secretary or the chair may write and approve anew before it is sent; a hub may refuse what is right, which is told.
    let may_hold_up = has(play, Actor::Secretary) || has(play, Actor::Chair) || has(play, Actor::Hub);
    let Some(issue) = &state.issue else {
        return if may_hold_up {
        } else {
            f.push(format!("a form ended as {:?}", state.phase))
        };
    };
    let FormPhase::Closed { at } = state.phase else {
        return if has(play, Actor::Hub) {
        } else {
            f.push(format!("a form ended as {:?}", state.phase))
        };
    };
    let deadline = state.deadline.unwrap();
    let is_complete = play.people.iter().all(|p| state.standing(cabinet_meaning::domain_person(*p)).is_some());
    if at < deadline && !is_complete {
        f.push("a form was closed before its deadline".into());
    }
    if issue.content.title != "Dự thảo Nghị định 1" {
        f.push("other contents were sent than what was approved".into());
    }
    let closed = ledger.iter().find(|(s, _)| s.header.kind == kind::CLOSED && accepted(&s.header.id));
    let closed_seq = closed.map_or(u64::MAX, |(_, stamp)| stamp.seq);
    let issued = state.issued_as.map(ledger_entry);
    let void = void(play, space);
    // The last that each signed; every honest person here has one laptop.
    let mut wanted: BTreeMap<PersonId, (u64, EntryId)> = BTreeMap::new();
    let honest_devices: BTreeMap<DeviceId, usize> =
        honest(play).into_iter().map(|n| (world.laptops[n].laptop.me().unwrap().device, n)).collect();
    for (signed, stamp) in ledger.iter().filter(|(s, _)| s.header.kind == kind::ANSWERED && s.header.about == issued) {
        let Some(device) = signed.header.device().filter(|d| honest_devices.contains_key(d)) else { continue };
        let is_in_time = stamp.at_ms as i64 <= deadline.0 && stamp.seq < closed_seq;
        if is_in_time && !void.contains(&signed.header.id) && world.signed.contains(&signed.header.id) {
            let said = (signed.header.counter, signed.header.id);
            let last = wanted.entry(author(device).unwrap()).or_insert(said);
            *last = said.max(*last);
        }
    }
    let wanted: BTreeMap<PersonId, EntryId> = wanted.into_iter().map(|(person, (_, entry))| (person, entry)).collect();
    for (n, person) in play.people.iter().enumerate() {
        let standing = state.standing(cabinet_meaning::domain_person(*person));
        let is_out = register.devices_of(*person).next().is_none();
        let is_honest = honest_devices.values().any(|l| world.laptops[*l].laptop.me().unwrap().person == *person);
        match (wanted.get(person), standing) {
            _ if !is_honest || is_out => {}
            (None, None) => {}
            (Some(entry), Some(found)) if ledger_entry(found.entry) == *entry => {
                let says = found.opened.as_ref().map(|a| a.questions[0].choice);
                let said = [Choice::Agree, Choice::Disagree, Choice::Other][world.answers[&found.entry] as usize - 1];
                if says != Some(said) || found.is_spoiled {
                    f.push(format!(
                        "member {n} said {said:?}, and it counts as {says:?} (spoiled {})",
                        found.is_spoiled
                    ));
                }
            }
            (wanted, standing) => {
                let status =
                    wanted.map(|e| state.answers.iter().find(|a| ledger_entry(a.entry) == *e).map(|a| a.status));
                let standing = standing.map(|s| (s.entry, s.status == AnswerStatus::Standing));
                f.push(format!("member {n} answered as {wanted:?} ({status:?}), and {standing:?} counts"));
            }
        }
    }
    let Some(result) = &state.result else {
        return if has(play, Actor::Hub) {
        } else {
            f.push("a form ended without a result".into())
        };
    };
    // Among few a second of them stands behind it: who is hostile can hold that up, if nobody else is left.
    let is_left = |n: &usize| {
        let roles = world.laptops[*n].laptop.my_roles();
        *n != STAFF && roles & (role::TELLER | role::CHAIR) != 0
    };
    if !state.is_settled() && !has(play, Actor::Hub) && (!state.is_for_few() || honest(play).iter().any(is_left)) {
        f.push("a result was never settled".into());
    }
    let counted = |q: &cabinet_domain::QuestionResult| q.agreed + q.deemed + q.disagreed + q.other;
    let asked = play.people.len() - state.prevented.len();
    if result.questions.iter().any(|q| counted(q) as usize != asked) {
        f.push(format!("{asked} were asked, and the result is {:?}", result.questions));
    }
    let prevented_wrongly = state.prevented.iter().filter(|p| register.devices_of(ledger_person(**p)).next().is_some());
    f.extend(prevented_wrongly.map(|_| "a member whose laptop works counts as prevented".to_owned()));
    if state.is_settled() {
        record_recounts(play, space, f, |found| found.form_result() == Some(result));
    }
}

/// The same of a session: acts within rights, and every honest ballot in time in its result as it was cast.
fn session_is_right(play: &Play, space: SpaceId, f: &mut Vec<String>) {
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
        let leads = roles & (role::SECRETARY | role::CHAIR) != 0 || person == play.people[0];
        let may = match signed.header.kind {
            // Agenda, versions, calling off, consent, opening and ending, marks, items, speech, votes.
            session_kind::EDITED | session_kind::ISSUED => roles & role::SECRETARY != 0,
            132 | 133 | 135 | 136 | 139..=141 | 143..=147 | 152 | 154 => {
                leads || roles & role::TELLER != 0 || roles & role::MEMBER != 0
            }
            session_kind::BALLOTED => play.people.contains(&person),
            session_kind::BALLOTS_OPENED => roles & (role::TELLER | role::MEMBER) != 0,
            session_kind::BALLOT_SPOILED | 151 => roles & (role::TELLER | role::SECRETARY) != 0,
            138 => roles & role::SECRETARY != 0 || leads,
            _ => true,
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
        let mut wanted: BTreeMap<PersonId, (u64, EntryId)> = BTreeMap::new();
        for (signed, stamp) in &ledger {
            let is_of = signed.header.kind == session_kind::BALLOTED
                && signed.header.about == Some(ledger_entry(vote.id))
                && world.signed.contains(&signed.header.id);
            let is_honest = signed.header.device().is_some_and(|d| honest_devices.contains(&d));
            if is_of && is_honest && stamp.seq < closed && !void.contains(&signed.header.id) {
                let said = (signed.header.counter, signed.header.id);
                let last = wanted.entry(seats[&signed.header.id]).or_insert(said);
                *last = said.max(*last);
            }
        }
        for (person, (_, entry)) in &wanted {
            let is_substituted = matches!(
                state.presence(cabinet_meaning::domain_person(*person)),
                Some(cabinet_domain::Presence::Substituted { .. })
            );
            let refused = !accepted(entry);
            if is_substituted || (refused && has(play, Actor::Secretary) | has(play, Actor::Chair)) {
                continue;
            }
            let standing = vote.standing(cabinet_meaning::domain_person(*person));
            // Who was put out and voted under the pair of a hostile teller: nobody else can open it. It delays the result, and decides nothing.
            let is_out = !control.has(*person, register.roles(*person));
            if is_out && vote.result.is_none() && standing.is_some_and(|b| b.entry == domain_entry(*entry)) {
                continue;
            }
            let says = standing.and_then(|b| b.opened.as_ref()).map(|b| b.choice);
            let said = world.answers.get(&domain_entry(*entry)).map(|s| {
                [
                    cabinet_domain::BallotChoice::Yes,
                    cabinet_domain::BallotChoice::No,
                    cabinet_domain::BallotChoice::Other,
                ][*s as usize - 1]
            });
            if standing.map(|b| b.entry) != Some(domain_entry(*entry)) || says != said {
                f.push(format!("a ballot {said:?} counts as {says:?}"));
            }
        }
        if vote.phase == VotePhase::Open && !has(play, Actor::Hub) {
            f.push("a vote was never closed".into());
        }
        let Some(result) = &vote.result else {
            if withheld_by_hostile(play, vote) || has(play, Actor::Hub) {
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
        return if may_hold_up || state.opening.is_none() {
        } else {
            f.push(format!("a session ended as {phase:?}"))
        };
    }
    record_recounts(play, space, f, |found| found.session().is_some_and(|s| s.votes == state.votes));
}

/// Whether a vote waits for a ballot that hostile people alone can open, its author among them: they can delay, not decide.
fn withheld_by_hostile(play: &Play, vote: &cabinet_domain::Vote) -> bool {
    let pair = cabinet_meaning::ledger_key(vote.opening.pair);
    let is_held = honest(play).iter().any(|n| play.world.laptops[*n].laptop.secret(pair).is_some());
    let of_honest =
        |person: PersonId| honest(play).iter().any(|n| play.world.laptops[*n].laptop.me().unwrap().person == person);
    !is_held && vote.unopened().all(|b| !of_honest(ledger_person(b.person)))
}

/// Whether a closing is of a vote.
fn closes(play: &Play, space: SpaceId, entry: &EntryId, vote: cabinet_domain::EntryId) -> bool {
    let facts = play.world.laptops[STAFF].laptop.session_facts(space).unwrap_or_default();
    facts.iter().any(|fact| {
        fact.id == domain_entry(*entry)
            && matches!(fact.act, cabinet_domain::SessionAct::VoteClosed { vote: of } if of == vote)
    })
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

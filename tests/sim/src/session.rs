//! A session in a seed: two secretaries edit one agenda without always knowing of each other, it is sent in versions, members leave
//! positions, come and go, and vote, on laptops and by a teller's count.

use crate::world::{HOUR, MINUTE, World};
use cabinet_domain::{
    Audience, BallotChoice, Count, Field, ItemField, ItemId, ItemKind, Position, Presence, Reply, SessionAct,
    SessionKind, Value, VoteOpening, VoteOptions, VotePhase,
};
use cabinet_ledger::{PersonId, SpaceId};
use cabinet_meaning::{domain_entry, domain_person};
use cabinet_work::sessions::{self, NewItem};
use uuid::Uuid;

/// Laptops of the secretariat; both are tellers too.
const STAFF: [usize; 2] = [0, 1];

fn item(n: u64) -> ItemId {
    ItemId(Uuid::from_u128(u128::from(n) + 1))
}

/// Prepares and holds a session; `people` are the members of the roster.
pub fn play(world: &mut World, people: &[PersonId]) {
    let items = 2 + world.chance.below(3);
    let Some(space) = prepare(world, people, items) else { return };
    world.sessions.push(space);
    for _ in 0..6 + world.chance.below(8) {
        let pause = world.chance.below(HOUR);
        world.run_until(world.now + pause);
        before(world, space, people, items);
    }
    // The room: whoever is in the secretariat opens it, as soon as its laptop knows that it was sent.
    for _ in 0..30 {
        world.run_until(world.now + 20 * MINUTE);
        let opened = world.act(STAFF[0], "open session", |l, now| sessions::open_session(l, space, now).is_ok());
        if opened {
            break;
        }
    }
    arrive(world, space, people);
    for _ in 0..40 + world.chance.below(40) {
        // In the room every laptop hears at once that there is something new, if it is not cut off.
        (0..world.laptops.len()).for_each(|laptop| world.wake(laptop, 1));
        let pause = world.chance.below(MINUTE);
        world.run_until(world.now + pause);
        in_the_room(world, space, people, items);
    }
    call_off(world, people);
}

/// A second session, called off while others still edit, send and answer it.
fn call_off(world: &mut World, people: &[PersonId]) {
    let Some(space) = prepare(world, people, 2) else { return };
    world.sessions.push(space);
    let turn = world.chance.below(5);
    for n in 0..6 {
        let pause = world.chance.below(HOUR);
        world.run_until(world.now + pause);
        if n == turn {
            let staff = STAFF[world.chance.below(2) as usize];
            let act = SessionAct::CalledOff { reason: "Bão".into() };
            world.act(staff, "call off", |l, now| sessions::act(l, space, act, now).is_ok());
        }
        before(world, space, people, 2);
    }
}

/// The secretary marks most of those invited as they come in.
pub fn arrive(world: &mut World, space: SpaceId, people: &[PersonId]) {
    for who in people {
        if world.chance.percent(85) {
            let act = SessionAct::Marked { person: domain_person(*who), presence: Presence::Present };
            world.act(STAFF[0], "arrives", |l, now| sessions::act(l, space, act, now).is_ok());
        }
    }
}

pub fn prepare(world: &mut World, people: &[PersonId], items: u64) -> Option<SpaceId> {
    let invited: Vec<_> = people.iter().copied().map(domain_person).collect();
    let starts_at = (world.now + 24 * HOUR) as i64;
    let few = match world.chance.below(4) {
        0 => Some(Audience::Members),
        1 => Some(Audience::Named(vec![invited[1]])),
        _ => None,
    };
    let mut space = None;
    world.act(STAFF[0], "session", |laptop, now| {
        let fields = vec![
            (Field::Title, Value::Text("Phiên họp".into())),
            (Field::Kind, Value::Session(SessionKind::Regular)),
            (Field::StartsAt, Value::Number(starts_at)),
            (Field::Chair, Value::Person(Some(invited[0]))),
            (Field::Invited, Value::People(invited.clone())),
        ];
        let made = sessions::create_session(laptop, fields, now).unwrap();
        let new = |n| NewItem {
            id: item(n),
            title: format!("Nội dung {n}"),
            kind: ItemKind::Decision,
            presenter: String::new(),
            parent: None,
        };
        let all: Vec<NewItem> = (0..items).map(new).collect();
        sessions::add_items(laptop, made, &all, None, now).unwrap();
        space = Some(made);
        // The last item may be for fewer than all.
        if let Some(few) = few {
            let state = laptop.session_with_pending(made).unwrap();
            let write = state.agenda.write_of(Field::Item(item(items - 1), ItemField::Audience), Value::Audience(few));
            sessions::edit_session(laptop, made, vec![write], now).unwrap();
        }
        sessions::issue_agenda(laptop, made, now).is_ok()
    });
    space
}

/// An edit by one of two secretaries, a version, a reply or a position.
fn before(world: &mut World, space: SpaceId, people: &[PersonId], items: u64) {
    let which = item(world.chance.below(items));
    match world.chance.below(10) {
        0..=4 => edit(world, space, which),
        5 => settle(world, space),
        6 | 7 => {
            let staff = STAFF[world.chance.below(2) as usize];
            world.act(staff, "issue", |l, now| sessions::issue_agenda(l, space, now).is_ok());
        }
        8 => say(world, people, "reply", space, SessionAct::Replied(Reply::Attends)),
        _ => {
            let act = SessionAct::Positioned { item: which, position: Position::WishToSpeak };
            say(world, people, "position", space, act);
        }
    }
}

fn edit(world: &mut World, space: SpaceId, which: ItemId) {
    let staff = STAFF[world.chance.below(2) as usize];
    let field = Field::Item(which, if world.chance.percent(50) { ItemField::Title } else { ItemField::Presenter });
    let text = format!("Sửa {}", world.chance.below(1_000));
    world.act(staff, "edit", |laptop, now| {
        let Ok(state) = laptop.session_with_pending(space) else { return false };
        let write = state.agenda.write_of(field, Value::Text(text));
        sessions::edit_session(laptop, space, vec![write], now).is_ok()
    });
}

/// A conflict that is seen is settled.
fn settle(world: &mut World, space: SpaceId) {
    let staff = STAFF[world.chance.below(2) as usize];
    world.act(staff, "settle", |laptop, now| {
        let Ok(state) = laptop.session_with_pending(space) else { return false };
        let chosen = state.agenda.conflicts().next().map(|(field, shared)| (*field, shared.value().clone()));
        let Some((field, value)) = chosen else { return false };
        sessions::edit_session(laptop, space, vec![state.agenda.write_of(field, value)], now).is_ok()
    });
}

fn say(world: &mut World, people: &[PersonId], name: &str, space: SpaceId, act: SessionAct) {
    if let Some(laptop) = member(world, people) {
        world.act(laptop, name, |l, now| sessions::act(l, space, act, now).is_ok());
    }
}

/// A laptop of some member that is there.
fn member(world: &mut World, people: &[PersonId]) -> Option<usize> {
    let who = people[world.chance.below(people.len() as u64) as usize];
    let of = |world: &World, n: usize| world.laptops[n].laptop.me().is_ok_and(|me| me.person == who);
    (0..world.laptops.len()).rev().find(|n| of(world, *n) && world.is_alive(*n))
}

/// Check-ins and marks, votes opened, cast, counted and closed.
fn in_the_room(world: &mut World, space: SpaceId, people: &[PersonId], items: u64) {
    let staff = STAFF[world.chance.below(2) as usize];
    match world.chance.below(24) {
        20..=23 => speech(world, space, staff, people, items),
        0..=2 => say(world, people, "check in", space, SessionAct::CheckedIn { is_elsewhere: false }),
        3 => {
            let who = domain_person(people[world.chance.below(people.len() as u64) as usize]);
            let presence =
                [Presence::Present, Presence::Absent, Presence::Elsewhere][world.chance.below(3) as usize].clone();
            let act = SessionAct::Marked { person: who, presence };
            world.act(staff, "mark", |l, now| sessions::act(l, space, act, now).is_ok());
        }
        4 | 5 => open_vote(world, space, staff, items),
        6..=17 => cast(world, space, people),
        18 => count(world, space, staff, people),
        _ => close_one(world, space, staff),
    }
}

/// The floor is asked for, no longer wanted, given, and free again.
fn speech(world: &mut World, space: SpaceId, staff: usize, people: &[PersonId], items: u64) {
    let which = item(world.chance.below(items));
    match world.chance.below(6) {
        0..=2 => say(world, people, "ask for the floor", space, SessionAct::SpeechAsked { item: which }),
        3 => say(world, people, "want it no longer", space, SessionAct::SpeechWithdrawn { item: which }),
        4 => {
            let who = domain_person(people[world.chance.below(people.len() as u64) as usize]);
            let act = SessionAct::SpeechBegun { person: who };
            world.act(staff, "give the floor", |l, now| sessions::act(l, space, act, now).is_ok());
        }
        _ => {
            world.act(staff, "free the floor", |l, now| sessions::act(l, space, SessionAct::SpeechEnded, now).is_ok());
        }
    }
}

pub fn open_vote(world: &mut World, space: SpaceId, staff: usize, items: u64) {
    let which = item(world.chance.below(items));
    let is_live = world.chance.percent(30);
    world.act(staff, "open vote", |laptop, now| {
        let Ok(state) = laptop.session_with_pending(space) else { return false };
        let earlier = state.votes.iter().rfind(|v| v.opening.items == [which] && v.repeated_by.is_none());
        let opening = VoteOpening {
            items: vec![which],
            question: "Thông qua".into(),
            options: VoteOptions::YesNo,
            pair: cabinet_domain::Hash([0; 32]),
            is_live,
            without_quorum: None,
            repeats: earlier.map(|v| (v.id, "Đọc nhầm".into())),
        };
        sessions::open_vote(laptop, space, opening, now).is_ok()
    });
}

fn cast(world: &mut World, space: SpaceId, people: &[PersonId]) {
    if let Some(laptop) = member(world, people) {
        cast_on(world, space, laptop);
    }
}

/// A ballot on a laptop, or two at once.
pub fn cast_on(world: &mut World, space: SpaceId, laptop: usize) {
    let times = 1 + usize::from(world.chance.percent(20));
    let before = world.laptops[laptop].laptop.outbox().len();
    for _ in 0..times {
        let says = 1 + world.chance.below(3) as u8;
        let choice = [BallotChoice::Yes, BallotChoice::No, BallotChoice::Other][says as usize - 1];
        let mut signed = None;
        world.act(laptop, "ballot", |l, now| {
            let Ok(state) = l.session_with_pending(space) else { return false };
            let Some(vote) = state.votes.iter().rfind(|v| v.phase == VotePhase::Open).map(|v| v.id) else {
                return false;
            };
            let remark = Some("Đề nghị rà soát".to_owned());
            signed = sessions::cast_ballot(l, space, vote, choice, remark, false, now).ok();
            signed.is_some()
        });
        if let Some(entry) = signed {
            world.answers.insert(domain_entry(entry), says);
        }
    }
    let signed = world.laptops[laptop].laptop.outbox().len().saturating_sub(before);
    world.hand_in_newest_first(laptop, signed);
}

/// A teller writes down hands, sometimes of somebody who has voted already or is not there.
fn count(world: &mut World, space: SpaceId, staff: usize, people: &[PersonId]) {
    let who = domain_person(people[world.chance.below(people.len() as u64) as usize]);
    world.act(staff, "count", |laptop, now| {
        let Ok(state) = laptop.session_with_pending(space) else { return false };
        let Some(vote) = state.votes.iter().rfind(|v| v.phase == VotePhase::Open) else { return false };
        let count = Count { vote: vote.id, named: vec![(who, BallotChoice::No)], counts: vec![] };
        sessions::act(laptop, space, SessionAct::Counted(count), now).is_ok()
    });
}

pub fn close_one(world: &mut World, space: SpaceId, staff: usize) {
    world.act(staff, "close vote", |laptop, now| {
        let Ok(state) = laptop.session_with_pending(space) else { return false };
        let Some(vote) = state.votes.iter().find(|v| v.phase == VotePhase::Open).map(|v| v.id) else { return false };
        sessions::act(laptop, space, SessionAct::VoteClosed { vote }, now).is_ok()
    });
    world.remember_shown(staff);
}

/// Before the world rests every vote is closed, so that each has a result to compare.
pub fn close_votes(world: &mut World) {
    for space in world.sessions.clone() {
        for _ in 0..8 {
            close_one(world, space, STAFF[0]);
        }
    }
}

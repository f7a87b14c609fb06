//! Hostile actors beside honest laptops: people of every role, a stranger with an old code, a laptop that was shut out, somebody who alters
//! records, the hub. They play from a grammar of acts, and nothing that they reach may be more than docs/SECURITY.md says.

mod checks;
mod forge;
mod grammar;
mod hub;

pub use hub::Misrule;

use crate::story::{self, SECOND, STAFF};
use crate::world::{HOUR, MINUTE, World};
use crate::{Run, session};
use cabinet_domain::SessionAct;
use cabinet_ledger::{PersonId, SpaceId, role};
use cabinet_work::{forms, sessions};
use forge::Hand;
use grammar::{ACTS, Where};
use std::collections::BTreeMap;

/// Who may be hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    Hub,
    Secretary,
    Teller,
    Chair,
    Member,
    Guest,
    Stranger,
    ShutOut,
    Exporter,
}

impl Actor {
    const ALL: [(&'static str, Actor); 9] = [
        ("actor: hub", Actor::Hub),
        ("actor: secretary", Actor::Secretary),
        ("actor: teller", Actor::Teller),
        ("actor: chair", Actor::Chair),
        ("actor: member", Actor::Member),
        ("actor: guest", Actor::Guest),
        ("actor: stranger with an old code", Actor::Stranger),
        ("actor: laptop that was shut out", Actor::ShutOut),
        ("actor: exporter", Actor::Exporter),
    ];
}

const TELLER: PersonId = PersonId([201; 16]);
const GUEST: PersonId = PersonId([202; 16]);

/// A seed with its hostile actors.
pub struct Play {
    pub world: World,
    pub people: Vec<PersonId>,
    pub actors: Vec<Actor>,
    /// Their laptops.
    pub hostile: Vec<(Actor, usize)>,
    /// Entries that each has forged.
    forged: BTreeMap<usize, u64>,
    /// What is handed in later than it was signed.
    kept_back: Vec<(usize, Vec<Vec<u8>>)>,
    pub counts: BTreeMap<&'static str, u64>,
}

/// Runs one seed with up to three hostile actors.
pub fn run(seed: u64) -> Run {
    let mut play = begin(seed);
    if play.world.chance.percent(55) {
        form(&mut play)
    } else {
        meeting(&mut play)
    }
    play.late();
    // What a hub shows at last, all see: so what it hid or doubled comes out.
    if let Some(misrule) = &mut play.world.misrule {
        misrule.branch = None;
        misrule.rests = true;
    }
    play.world.heal();
    let done = play.world.misrule.as_ref().map(|m| m.done.clone()).unwrap_or_default();
    play.counts.extend(done);
    let failures = checks::check(&mut play);
    let (digest, entries) = (play.world.digest(), play.world.entry_count());
    let events = play.world.events();
    Run { seed, failures, digest, entries, events, counts: play.counts }
}

fn begin(seed: u64) -> Play {
    let mut world = World::new(seed);
    let mut actors: Vec<Actor> = Vec::new();
    for _ in 0..1 + world.chance.below(3) {
        let (_, actor) = *world.chance.pick(&Actor::ALL);
        if !actors.contains(&actor) {
            actors.push(actor);
        }
    }
    let has = |actor| actors.contains(&actor);
    let mut others = Vec::new();
    others.extend(has(Actor::Teller).then_some((TELLER, role::TELLER)));
    others.extend(has(Actor::Guest).then_some((GUEST, role::GUEST)));
    let people = story::found(&mut world, 3, role::CHAIR, &others);
    // An invitation that waits for its owner, who alone has the code.
    let invited = people[2];
    world.act(STAFF, "invite", |staff, clock| staff.invite(invited, clock + 20 * HOUR, clock).is_ok());
    let of = |world: &World, person: PersonId| {
        (0..world.laptops.len()).find(|n| world.laptops[*n].laptop.me().is_ok_and(|me| me.person == person))
    };
    let mut hostile = Vec::new();
    for actor in &actors {
        let laptop = match actor {
            Actor::Secretary => Some(SECOND),
            Actor::Teller => of(&world, TELLER),
            Actor::Chair => of(&world, people[0]),
            Actor::Member => of(&world, people[1]),
            Actor::Guest => of(&world, GUEST),
            Actor::Stranger => Some(stranger(&mut world)),
            Actor::ShutOut => Some(shut_out(&mut world, people[2])),
            Actor::Hub | Actor::Exporter => None,
        };
        hostile.extend(laptop.map(|laptop| (*actor, laptop)));
    }
    hostile.iter().for_each(|(_, laptop)| world.laptops[*laptop].is_hostile = true);
    let mut counts: BTreeMap<&'static str, u64> = ACTS.iter().map(|act| (act.name, 0)).collect();
    counts.extend(hub::TRICKS.iter().map(|trick| (*trick, 0)));
    if has(Actor::Hub) {
        world.misrule(seed);
    }
    counts.extend(Actor::ALL.iter().map(|(name, actor)| (*name, u64::from(actors.contains(actor)))));
    let (forged, kept_back) = (BTreeMap::new(), Vec::new());
    Play { world, people, actors, hostile, forged, kept_back, counts }
}

/// Somebody who found a code that was used long ago.
fn stranger(world: &mut World) -> usize {
    let laptop = world.add_laptop();
    let (code, clock) = (world.codes[0].clone(), world.clock(laptop));
    world.laptops[laptop].laptop.enrol(&code, clock + 20 * HOUR, clock).unwrap();
    world.start_laptop(laptop);
    laptop
}

/// A second laptop of a member, shut out before anything begins.
fn shut_out(world: &mut World, person: PersonId) -> usize {
    let laptop = world.add_laptop();
    story::enrol(world, laptop, person);
    story::revoke(world, laptop);
    world.run_until(world.now + 2 * MINUTE);
    world.laptops[laptop].is_gone = false;
    laptop
}

impl Play {
    /// One hostile act by one of the actors, in a space of this seed.
    fn attack(&mut self) {
        self.attack_in(None);
    }

    /// The same, of one kind of place where it is said.
    fn attack_in(&mut self, place: Option<Where>) {
        if self.world.misrule.is_some() && self.world.chance.percent(8) {
            self.world.fork();
        }
        if self.hostile.is_empty() {
            return;
        }
        let (_, index) = *self.world.chance.pick(&self.hostile.clone());
        let mut fitting = Vec::new();
        let forms = !self.world.forms.is_empty();
        let sessions = !self.world.sessions.is_empty();
        for act in ACTS {
            let fits = match act.place {
                Where::Register | Where::Anywhere => true,
                Where::Form | Where::Closed => forms,
                Where::Session => sessions,
            };
            fitting.extend((fits && place.is_none_or(|place| act.place == place)).then_some(act));
        }
        let act = *self.world.chance.pick(&fitting);
        let register = self.world.laptops[STAFF].laptop.me().unwrap().register;
        let matters: Vec<SpaceId> = self.world.forms.iter().chain(&self.world.sessions).copied().collect();
        let space = match act.place {
            Where::Register => register,
            Where::Anywhere if matters.is_empty() || self.world.chance.percent(20) => register,
            _ => *self.world.chance.pick(&matters),
        };
        let Some(entries) = self.make(index, space, act) else { return };
        *self.counts.entry(act.name).or_default() += 1;
        self.world.note_result(&format!("{index} {}", act.name));
        if let Some(misrule) = &mut self.world.misrule {
            misrule.forged.extend(entries.iter().cloned());
        }
        match self.world.chance.percent(12) {
            true => self.kept_back.push((index, entries)),
            false => self.world.hand_in(index, entries),
        }
    }

    fn make(&mut self, index: usize, space: SpaceId, act: &grammar::Act) -> Option<Vec<Vec<u8>>> {
        let ledger = self.world.ledger(space);
        let code = self.world.codes.first().cloned();
        let now = self.world.now;
        let laptop = &self.world.laptops[index].laptop;
        let me = laptop.me().ok()?.clone();
        let control = laptop.control(space).ok()?;
        let mut hand = Hand {
            laptop,
            me,
            space,
            ledger,
            control,
            people: &self.people,
            now,
            forged: self.forged.entry(index).or_default(),
            code,
            chance: &mut self.world.chance,
        };
        (act.make)(&mut hand)
    }

    /// What was signed long ago comes now, in any order.
    fn late(&mut self) {
        while !self.kept_back.is_empty() {
            let at = self.world.chance.below(self.kept_back.len() as u64) as usize;
            let (index, entries) = self.kept_back.remove(at);
            self.world.hand_in(index, entries);
        }
        self.world.run_until(self.world.now + MINUTE);
    }

    fn is_hostile(&self, laptop: usize) -> bool {
        self.world.laptops[laptop].is_hostile
    }

    /// A laptop of an honest member.
    fn honest_member(&mut self) -> Option<usize> {
        let who = *self.world.chance.pick(&self.people);
        let of = |n: &usize| self.world.laptops[*n].laptop.me().is_ok_and(|me| me.person == who);
        (0..self.world.laptops.len()).find(of).filter(|n| !self.is_hostile(*n))
    }
}

/// A form from its draft to its result.
fn form(play: &mut Play) {
    let is_for_tellers = play.world.chance.percent(30);
    let mut text = story::content(&play.people, 1, 1);
    if is_for_tellers {
        text.openings = cabinet_domain::OpeningAudience::TellersAndChair;
    }
    let mut space = None;
    play.world.act(STAFF, "write", |laptop, clock| {
        space = forms::draft_form(laptop, None, text, None, clock).ok();
        space.is_some()
    });
    let Some(space) = space else { return };
    play.world.forms.push(space);
    for _ in 0..play.world.chance.below(4) {
        play.attack();
        play.world.run_until(play.world.now + MINUTE);
    }
    play.world.act(STAFF, "issue", |laptop, clock| {
        let approved = forms::approve_form(laptop, space, "Thủ tướng Chính phủ", clock);
        approved.is_ok() && forms::issue_form(laptop, space, 2, clock).is_ok()
    });
    let end = play.world.now + 3 * 24 * HOUR;
    while play.world.now < end {
        let pause = 2 * HOUR + play.world.chance.below(8 * HOUR);
        play.world.run_until(play.world.now + pause);
        if let (true, Some(laptop)) = (play.world.chance.percent(60), play.honest_member()) {
            story::answer(&mut play.world, laptop, space, 1);
        }
        play.attack();
    }
    // Around the closing, where minutes count.
    let deadline = play.world.laptops[STAFF].laptop.form(space).ok().and_then(|s| s.deadline);
    let until = deadline.map_or(end, |d| d.0 as u64).saturating_sub(10 * MINUTE);
    play.world.run_until(until.max(play.world.now));
    // Honest tellers may be late: then whoever else is there has the first word.
    if play.world.chance.percent(50) {
        let back = play.world.now + 100 * MINUTE;
        [STAFF, SECOND].into_iter().for_each(|teller| play.world.shut_until(teller, back));
    }
    for n in 0..8 {
        let place = if n < 3 { Where::Form } else { Where::Closed };
        let place = play.world.chance.percent(70).then_some(place);
        play.attack_in(place);
        (0..play.world.laptops.len()).for_each(|laptop| play.world.wake(laptop, 1));
        let pause = if n < 4 { 4 * MINUTE } else { 20 * MINUTE };
        play.world.run_until(play.world.now + pause);
    }
}

/// A session from its agenda to its votes.
fn meeting(play: &mut Play) {
    let people = play.people.clone();
    let Some(space) = session::prepare(&mut play.world, &people, 2) else { return };
    play.world.sessions.push(space);
    for _ in 0..play.world.chance.below(5) {
        play.world.run_until(play.world.now + 10 * MINUTE);
        play.attack();
    }
    play.world.run_until(play.world.now + 30 * MINUTE);
    play.world.act(STAFF, "open session", |l, now| sessions::open_session(l, space, now).is_ok());
    session::arrive(&mut play.world, space, &people);
    for n in 0..30 {
        (0..play.world.laptops.len()).for_each(|laptop| play.world.wake(laptop, 1));
        let pause = play.world.chance.below(MINUTE);
        play.world.run_until(play.world.now + pause);
        match play.world.chance.below(10) {
            0 | 1 => session::open_vote(&mut play.world, space, STAFF, 2),
            2..=6 => {
                if let Some(laptop) = play.honest_member() {
                    session::cast_on(&mut play.world, space, laptop);
                }
            }
            7 if n > 10 => session::close_one(&mut play.world, space, STAFF),
            _ => {}
        }
        if play.world.chance.percent(60) {
            let place = play.world.chance.percent(40).then_some(Where::Session);
            play.attack_in(place);
        }
    }
    // The end: what no laptop voted in is settled now, too.
    for _ in 0..12 {
        session::close_one(&mut play.world, space, STAFF);
        play.world.run_until(play.world.now + MINUTE);
    }
    play.world.act(STAFF, "end session", |l, now| sessions::act(l, space, SessionAct::Closed, now).is_ok());
}

//! The simulated world: a queue of events in time, a hub, laptops, and everything that can go wrong between them.

mod hostile;

use crate::chance::Chance;
use crate::insiders::Misrule;
use cabinet_domain::{EntryId as DomainEntryId, QuestionResult, VoteResult};
use cabinet_fault::{Fault, is_off};
use cabinet_hub::{Incoming, LedgerStore, MemoryLedgerStore, Orderer};
use cabinet_ledger::wire::{AppendV1, AppendedAllV1, AppendsV1, RefusalReason, SpacesV1};
use cabinet_ledger::*;
use cabinet_seal::SigningKey;
use cabinet_sync::{Reply, Request};
use cabinet_vault::{Laptop, MemoryStore};
use cabinet_work::{Exchange, keep_house};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Monday 2026-06-01, 08:00 in Vietnam.
pub const START_MS: u64 = 1_780_275_600_000;
pub const MINUTE: u64 = 60_000;
pub const HOUR: u64 = 60 * MINUTE;
/// How long a laptop waits for an answer.
const TIMEOUT_MS: u64 = 20_000;

/// Limit: a world that needs more does not come to rest, which is a failure of its own.
pub const EVENTS_MAX: u64 = 60_000;

/// Injected faults by kind.
#[derive(Clone, Default)]
pub struct Faults(pub BTreeMap<&'static str, u64>);

impl Faults {
    pub const KINDS: [&'static str; 11] = [
        "dropped",
        "doubled",
        "delayed",
        "reordered",
        "partition",
        "clock jump",
        "laptop death",
        "hub death",
        "handed in newest first",
        "revoked device",
        "second laptop",
    ];

    pub fn count(&mut self, kind: &'static str) {
        *self.0.entry(kind).or_default() += 1;
    }
}

pub struct SimLaptop {
    store: MemoryStore,
    pub laptop: Laptop<MemoryStore>,
    exchange: Exchange,
    clock_offset: i64,
    /// None before the first answer.
    hub_said_ms: Option<u64>,
    cut_until: u64,
    dead_until: u64,
    ticket: u64,
    waits: bool,
    pub stopped: Vec<String>,
    pub is_gone: bool,
    /// Its owner does nothing of what laptops do by themselves.
    pub is_hostile: bool,
}

#[derive(Clone)]
enum Event {
    AtHub {
        laptop: usize,
        ticket: u64,
        request: Request,
    },
    AtLaptop {
        laptop: usize,
        ticket: u64,
        reply: Reply,
    },
    Timeout {
        laptop: usize,
        ticket: u64,
    },
    /// The laptop looks what there is to do.
    Wake {
        laptop: usize,
    },
    /// Something may happen to the laptop; each laptop has one such chain.
    Tick {
        laptop: usize,
    },
}

/// An event with its time; earlier first, then in the order of making.
struct Timed(u64, u64, Event);

impl PartialEq for Timed {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Timed {}
impl PartialOrd for Timed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.0, other.1).cmp(&(self.0, self.1))
    }
}

pub struct World {
    pub chance: Chance,
    pub now: u64,
    hub: Option<Orderer<MemoryLedgerStore>>,
    hub_store: MemoryLedgerStore,
    hub_key: SigningKey,
    hub_dead_until: u64,
    pub laptops: Vec<SimLaptop>,
    queue: BinaryHeap<Timed>,
    made: u64,
    handled: u64,
    pub faults: Faults,
    has_faults: bool,
    trace: blake3::Hasher,
    /// Forms in the order of their making.
    pub forms: Vec<SpaceId>,
    /// Sessions in the order of their making.
    pub sessions: Vec<SpaceId>,
    /// What each signed answer or ballot says, by its entry: 1 yes, 2 no, 3 other.
    pub answers: BTreeMap<DomainEntryId, u8>,
    /// Every entry that a laptop accepted from its person.
    pub signed: BTreeSet<EntryId>,
    /// Results that some laptop showed on the way.
    pub shown: Vec<Shown>,
    /// What the hub does beside its duty, if it is hostile.
    pub misrule: Option<Misrule>,
    /// Codes by which laptops were enrolled.
    pub codes: Vec<EnrolmentCode>,
}

/// A result as a laptop showed it, its own acts without a place included.
pub enum Shown {
    Form(SpaceId, Vec<QuestionResult>),
    Vote(SpaceId, DomainEntryId, VoteResult),
}

impl World {
    /// An empty hub.
    pub fn new(seed: u64) -> Self {
        let hub_store = MemoryLedgerStore::default();
        let hub_key = SigningKey::make();
        let mut world = World {
            chance: Chance::new(seed),
            now: START_MS,
            hub: None,
            hub_store,
            hub_key,
            hub_dead_until: 0,
            laptops: Vec::new(),
            queue: BinaryHeap::new(),
            made: 0,
            handled: 0,
            faults: Faults::default(),
            has_faults: false,
            trace: blake3::Hasher::new(),
            forms: Vec::new(),
            sessions: Vec::new(),
            answers: BTreeMap::new(),
            signed: BTreeSet::new(),
            shown: Vec::new(),
            misrule: None,
            codes: Vec::new(),
        };
        world.start_hub();
        world
    }

    fn start_hub(&mut self) {
        self.hub = Some(Orderer::open(self.hub_store.clone(), self.hub_key.clone()).unwrap());
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.handled
    }

    pub fn is_restless(&self) -> bool {
        self.handled >= EVENTS_MAX
    }

    pub fn hub(&mut self) -> &mut Orderer<MemoryLedgerStore> {
        self.hub.as_mut().unwrap()
    }

    pub fn stamp_key(&self) -> Hash {
        Hash(self.hub_key.public().0)
    }

    pub fn entry_count(&self) -> usize {
        self.hub_store.size().unwrap().0 as usize
    }

    /// All entries of a space with their stamps.
    pub fn ledger(&self, space: SpaceId) -> Vec<(Signed, StampV1)> {
        let entries = self.hub_store.entries(space, 0, usize::MAX >> 1).unwrap();
        let read = |e: &wire::StampedV1| {
            (Signed::decode(&e.entry).unwrap(), decode::<SignedStampV1>(&e.stamp).unwrap().verify().unwrap())
        };
        entries.iter().map(read).collect()
    }

    /// Adds a laptop with an empty store.
    pub fn add_laptop(&mut self) -> usize {
        let store = MemoryStore::default();
        let laptop = Laptop::open(store.clone()).unwrap();
        let exchange = Exchange::new(&laptop).unwrap();
        self.laptops.push(SimLaptop {
            store,
            laptop,
            exchange,
            clock_offset: 0,
            hub_said_ms: None,
            cut_until: 0,
            dead_until: 0,
            ticket: 0,
            waits: false,
            stopped: Vec::new(),
            is_gone: false,
            is_hostile: false,
        });
        let laptop = self.laptops.len() - 1;
        if self.has_faults {
            self.push(1_000, Event::Tick { laptop });
        }
        laptop
    }

    /// (Re)starts a laptop from what its store holds, as after a death or an enrolment.
    pub fn start_laptop(&mut self, index: usize) {
        let sim = &mut self.laptops[index];
        sim.laptop = Laptop::open(sim.store.clone()).unwrap();
        sim.exchange = Exchange::new(&sim.laptop).unwrap();
        sim.exchange.sync.set_logged_in(true);
        sim.ticket += 1;
        sim.waits = false;
        self.wake(index, 1);
    }

    /// The fault of closing by clock: each laptop judges by its own.
    pub fn break_closing(&mut self) {
        for index in 0..self.laptops.len() {
            let device = self.laptops[index].laptop.me().unwrap().device;
            cabinet_fault::set_clock(device.0, self.clock(index));
        }
    }

    pub fn start_faults(&mut self) {
        self.has_faults = true;
        for laptop in 0..self.laptops.len() {
            self.push(1_000 + laptop as u64, Event::Tick { laptop });
        }
        if is_off(Fault::AckBeforeFsync) {
            self.hub_store.skip_sync();
        }
    }

    /// A laptop's own clock.
    pub fn clock(&self, index: usize) -> u64 {
        self.now.saturating_add_signed(self.laptops[index].clock_offset)
    }

    pub fn is_alive(&self, index: usize) -> bool {
        self.laptops[index].dead_until <= self.now && !self.laptops[index].is_gone
    }

    /// Something is done on a laptop; whatever it signed is remembered and will be sent.
    pub fn act(&mut self, index: usize, name: &str, act: impl FnOnce(&mut Laptop<MemoryStore>, u64) -> bool) -> bool {
        let clock = self.clock(index);
        let done = act(&mut self.laptops[index].laptop, clock);
        self.note(&format!("{index} {name} {done}"));
        self.collect(index);
        self.wake(index, 1);
        done
    }

    /// Remembers the results that a laptop shows now.
    pub fn remember_shown(&mut self, index: usize) {
        let laptop = &self.laptops[index].laptop;
        for space in &self.forms {
            let result = laptop.form_with_pending(*space).ok().and_then(|state| state.result.clone());
            self.shown.extend(result.map(|r| Shown::Form(*space, r.questions)));
        }
        for space in &self.sessions {
            let Ok(state) = laptop.session_with_pending(*space) else { continue };
            let results = state.votes.iter().filter_map(|v| Some(Shown::Vote(*space, v.id, v.result.clone()?)));
            self.shown.extend(results);
        }
    }

    /// Hands the last `count` waiting entries of a laptop in as a file would be: newest first.
    pub fn hand_in_newest_first(&mut self, index: usize, count: usize) {
        let waiting = self.laptops[index].laptop.outbox().iter().filter(|r| r.is_unsent());
        let entries: Vec<_> = waiting.map(|r| (r.id, r.entry.clone())).collect();
        if entries.len() < count || count < 2 {
            return;
        }
        self.faults.count("handed in newest first");
        for (n, (entry, bytes)) in entries.iter().rev().take(count).cloned().enumerate() {
            let append = AppendV1 { entry: bytes.into(), earlier: None };
            let request = Request::Append { entries: vec![entry], appends: AppendsV1 { entries: vec![append] } };
            self.push(5 + n as u64, Event::AtHub { laptop: index, ticket: u64::MAX, request });
        }
    }

    /// Hands entries in past a laptop's own screens.
    pub fn hand_in(&mut self, laptop: usize, entries: Vec<Vec<u8>>) {
        for (n, bytes) in entries.into_iter().enumerate() {
            let append = AppendV1 { entry: bytes.into(), earlier: None };
            let request = Request::Append { entries: vec![], appends: AppendsV1 { entries: vec![append] } };
            self.push(5 + n as u64, Event::AtHub { laptop, ticket: u64::MAX, request });
        }
    }

    fn collect(&mut self, index: usize) {
        let sim = &mut self.laptops[index];
        self.signed.extend(sim.laptop.outbox().iter().map(|r| r.id));
        sim.exchange.refill(&sim.laptop).unwrap();
    }

    /// A laptop is shut until then.
    pub fn shut_until(&mut self, laptop: usize, until: u64) {
        self.laptops[laptop].dead_until = until;
    }

    pub fn wake(&mut self, laptop: usize, in_ms: u64) {
        self.push(in_ms, Event::Wake { laptop });
    }

    fn push(&mut self, in_ms: u64, event: Event) {
        self.made += 1;
        self.queue.push(Timed(self.now + in_ms, self.made, event));
    }

    fn note(&mut self, what: &str) {
        self.trace.update(format!("{} {what}\n", self.now).as_bytes());
    }

    /// Logical results belong to the digest, ciphertext does not.
    pub fn note_result(&mut self, what: &str) {
        self.note(what);
    }

    pub fn digest(&self) -> String {
        self.trace.finalize().to_hex()[..16].to_owned()
    }

    /// Lets the world run until a time.
    pub fn run_until(&mut self, until: u64) {
        while self.queue.peek().is_some_and(|t| t.0 <= until) && self.handled < EVENTS_MAX {
            self.handled += 1;
            let Timed(at, _, event) = self.queue.pop().unwrap();
            self.now = self.now.max(at);
            self.handle(event);
        }
        self.now = self.now.max(until);
    }

    /// Faults end, everybody is there, and the world runs until nothing moves.
    pub fn heal(&mut self) {
        self.has_faults = false;
        for sim in &mut self.laptops {
            (sim.cut_until, sim.dead_until) = (0, 0);
        }
        self.hub_dead_until = 0;
        if self.hub.is_none() {
            self.start_hub();
        }
        self.settle();
        let deadlines = self.forms.iter().filter_map(|f| self.laptops[0].laptop.form(*f).ok()?.deadline);
        let last = deadlines.map(|d| d.0 as u64).max().unwrap_or(0);
        self.run_until(self.now.max(last));
        self.settle();
        super::session::close_votes(self);
        self.settle();
    }

    /// Everybody looks what there is to do until nobody finds anything more.
    fn settle(&mut self) {
        for _ in 0..12 {
            for index in 0..self.laptops.len() {
                self.laptops[index].exchange.sync.wake();
                self.wake(index, 1);
            }
            self.run_until(self.now + 15 * MINUTE);
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Wake { laptop } => {
                if self.is_alive(laptop) {
                    self.keep_house(laptop);
                    self.drive(laptop);
                }
            }
            Event::Tick { laptop } => self.some_fault(laptop),
            Event::Timeout { laptop, ticket } => {
                if self.laptops[laptop].ticket == ticket && self.laptops[laptop].waits {
                    self.reply(laptop, Reply::Unreachable);
                }
            }
            Event::AtHub { laptop, ticket, request } => self.at_hub(laptop, ticket, request),
            Event::AtLaptop { laptop, ticket, reply } => self.at_laptop(laptop, ticket, reply),
        }
    }

    fn drive(&mut self, laptop: usize) {
        let clock = self.clock(laptop);
        let sim = &mut self.laptops[laptop];
        let Some(request) = sim.exchange.sync.next(clock) else { return };
        sim.ticket += 1;
        sim.waits = true;
        let ticket = sim.ticket;
        self.push(TIMEOUT_MS, Event::Timeout { laptop, ticket });
        self.send(laptop, |at| Event::AtHub { laptop: at, ticket, request: request.clone() });
    }

    /// One message over the network, with whatever the network does to it.
    fn send(&mut self, laptop: usize, event: impl Fn(usize) -> Event) {
        let is_cut = self.laptops[laptop].cut_until > self.now;
        if is_cut || (self.has_faults && self.chance.percent(6)) {
            self.faults.count("dropped");
            return;
        }
        let mut delay = 10 + self.chance.below(40);
        if self.has_faults && self.chance.percent(4) {
            self.faults.count("delayed");
            delay += self.chance.below(3 * TIMEOUT_MS);
        }
        self.push(delay, event(laptop));
        if self.has_faults && self.chance.percent(5) {
            self.faults.count("doubled");
            let again = delay + self.chance.below(40_000);
            self.push(again, event(laptop));
        }
    }

    fn at_hub(&mut self, laptop: usize, ticket: u64, request: Request) {
        let now = self.now;
        if self.hub.is_none() || self.hub_dead_until > now {
            return;
        }
        let device = self.laptops[laptop].laptop.me().unwrap().device;
        let mut misrule = self.misrule.take();
        if let Some(answers) = misrule.as_mut().and_then(|m| m.instead_of(&request, |space| self.last_stamp(space))) {
            self.misrule = misrule;
            let reply = Reply::Appended(AppendedAllV1 { answers });
            return self.send(laptop, |at| Event::AtLaptop { laptop: at, ticket, reply: reply.clone() });
        }
        let sent: Vec<Vec<u8>> = match &request {
            Request::Append { appends, .. } => appends.entries.iter().map(|a| a.entry.to_vec()).collect(),
            _ => Vec::new(),
        };
        let branch = misrule.as_mut().and_then(|m| m.branch.as_mut()).filter(|b| b.laptops.contains(&laptop));
        let hub = branch.map_or_else(|| self.hub.as_mut().unwrap(), |branch| &mut branch.hub);
        let reply = match request {
            Request::Spaces => Reply::Spaces(SpacesV1 { spaces: hub.heads(device), at_ms: now }),
            Request::Append { appends, .. } => {
                let incoming =
                    |a: AppendV1| Incoming { read: Signed::decode(&a.entry), earlier: a.earlier.map(Into::into) };
                let request = appends.entries.into_iter().map(incoming).collect();
                let answers = hub.append_requests(&[request], now).unwrap().remove(0);
                Reply::Appended(AppendedAllV1 { answers })
            }
            Request::Read { space, after } => match hub.may_read(device, space) {
                Ok(()) => Reply::Page(Box::new(hub.page(space, after, Some(now)).unwrap())),
                Err(reason) => Reply::Refused(reason),
            },
            Request::HandBack { .. } => Reply::Refused(RefusalReason::NotAllowed),
            Request::Upload { .. } => Reply::Refused(RefusalReason::NotFound),
        };
        if let (Some(misrule), Some((_, register))) = (&mut misrule, self.hub.as_ref().and_then(Orderer::register)) {
            let head = register.head();
            misrule.register = (head, register.time_of(head.seq).unwrap_or(0));
        }
        let stamps_all = misrule.as_mut().is_some_and(|m| m.stamps_all(laptop));
        let reply = match reply {
            Reply::Appended(mut all) if stamps_all => {
                for (answer, bytes) in all.answers.iter_mut().zip(&sent) {
                    if matches!(answer, wire::AppendedV1::Refused(_))
                        && let Some(stamped) = self.stamp_unjudged(bytes)
                    {
                        misrule.iter_mut().for_each(|m| m.count("hub: what it should refuse, stamped for all"));
                        *answer = stamped;
                    }
                }
                Reply::Appended(all)
            }
            reply => reply,
        };
        let reply = misrule.as_mut().map_or(Some(reply.clone()), |m| m.bend(reply));
        self.misrule = misrule;
        let Some(reply) = reply else { return };
        self.send(laptop, |at| Event::AtLaptop { laptop: at, ticket, reply: reply.clone() });
    }

    fn at_laptop(&mut self, laptop: usize, ticket: u64, reply: Reply) {
        if !self.is_alive(laptop) {
            return;
        }
        let sim = &mut self.laptops[laptop];
        if sim.ticket == ticket && sim.waits {
            return self.reply(laptop, reply);
        }
        // A page that comes late or twice is not dropped here: the laptop itself must notice.
        if let (Reply::Page(page), true) = (&reply, self.has_faults)
            && let Some(first) = page.entries.first()
        {
            self.faults.count("reordered");
            let space = Signed::decode(&first.entry).unwrap().space();
            let sim = &mut self.laptops[laptop];
            let received = sim.laptop.receive(space, page).unwrap();
            sim.exchange.sync.stored(space, received.seq);
            self.collect(laptop);
        }
    }

    fn reply(&mut self, laptop: usize, reply: Reply) {
        let (now, clock) = (self.now, self.clock(laptop));
        let sim = &mut self.laptops[laptop];
        sim.waits = false;
        if let Reply::Spaces(spaces) = &reply {
            sim.hub_said_ms = Some(spaces.at_ms);
        }
        let outcome = sim.exchange.take(&mut sim.laptop, reply, clock).unwrap();
        let stopped = outcome.stopped.iter().map(|(_, error)| format!("at {now}: {error}"));
        sim.stopped.extend(stopped);
        let line = format!("{laptop} touched {} received {}", outcome.touched.len(), outcome.received.len());
        self.note(&line);
        if !outcome.touched.is_empty() {
            self.keep_house(laptop);
        }
        self.drive(laptop);
    }

    fn keep_house(&mut self, laptop: usize) {
        let sim = &mut self.laptops[laptop];
        let (Ok(me), Some(hub_said_ms)) = (sim.laptop.me(), sim.hub_said_ms) else { return };
        if sim.is_hostile {
            return;
        }
        let mut spaces = vec![me.register];
        spaces.extend(self.forms.iter().chain(&self.sessions).copied());
        let desks = sim.laptop.spaces(SpaceKind::Desk).unwrap();
        spaces.extend(desks);
        let spaces: Vec<_> = spaces.into_iter().filter(|s| sim.laptop.control(*s).unwrap().is_some()).collect();
        let kept = keep_house(&mut sim.laptop, &spaces, hub_said_ms).unwrap();
        if kept.granted + kept.closed + kept.opened > 0 {
            self.note(&format!("{laptop} kept {kept:?}"));
        }
        if kept.closed + kept.opened > 0 {
            self.remember_shown(laptop);
        }
        self.collect(laptop);
    }

    /// Now and then something happens to a laptop or to the hub. Also sets the next wake.
    fn some_fault(&mut self, laptop: usize) {
        if !self.has_faults {
            return;
        }
        let next = 5 * MINUTE + self.chance.below(55 * MINUTE);
        self.push(next, Event::Tick { laptop });
        self.wake(laptop, 1);
        match self.chance.below(150) {
            0..=2 => {
                self.faults.count("partition");
                self.laptops[laptop].cut_until = self.now + self.chance.below(20 * HOUR);
            }
            3 => {
                self.faults.count("clock jump");
                self.laptops[laptop].clock_offset = self.chance.below(8 * HOUR) as i64 - 4 * HOUR as i64;
            }
            4 if !self.laptops[laptop].is_gone => {
                self.faults.count("laptop death");
                self.laptops[laptop].dead_until = self.now + self.chance.below(3 * HOUR);
                self.start_laptop(laptop);
                let until = self.laptops[laptop].dead_until - self.now;
                self.wake(laptop, until + 1);
            }
            6 => {
                self.faults.count("hub death");
                self.hub = None;
                let lost = self.hub_store.die();
                self.note(&format!("hub dies, {lost} lost"));
                self.hub_dead_until = self.now + self.chance.below(HOUR);
                self.start_hub();
            }
            _ => {}
        }
    }
}

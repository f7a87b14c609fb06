//! The session's rules by example, and by property.

mod before;
mod bombs;
mod hall;
mod may;
mod meeting;
mod voting;

use super::*;
use crate::*;
use uuid::Uuid;

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn item(n: u128) -> ItemId {
    ItemId(Uuid::from_u128(1_000 + n))
}

fn entry(n: u64) -> EntryId {
    EntryId(Uuid::from_u128(100_000 + u128::from(n)))
}

/// 2026-06-15 09:00 in Vietnam.
const START: i64 = 1_781_488_800_000;
const SECRETARY: u128 = 900;
const OTHER_SECRETARY: u128 = 902;
const TELLER: u128 = 901;
const PRIME_MINISTER: u128 = 1;

/// A session as its facts.
struct Story {
    facts: Vec<Fact<SessionAct>>,
    replaces: Vec<EntryId>,
    about: Option<EntryId>,
    under: Option<Under>,
}

fn roster() -> Roster {
    let member = |n| Member { person: person(n), is_prime_minister: n == PRIME_MINISTER };
    Roster { from: "2025-10-25".parse().expect("date"), members: (1..=27).map(member).collect() }
}

fn pins(roster: Roster) -> Pins {
    let (law, day) = (Law::shipped(), vietnam_date(Millis(START)));
    law.pin(law.on(day).expect("in force"), roster, day, day, SESSION_FOLD_VERSION)
}

fn roles(n: u128) -> Roles {
    match n {
        SECRETARY | OTHER_SECRETARY => Roles::SECRETARY,
        TELLER => Roles::TELLER,
        PRIME_MINISTER => Roles::MEMBER.and(Roles::CHAIR),
        n if n <= 27 => Roles::MEMBER,
        _ => Roles::GUEST,
    }
}

impl Story {
    fn new() -> Self {
        Story { facts: vec![], replaces: vec![], about: None, under: None }
    }

    /// Appends an act, each on a laptop of its own person. Returns its entry.
    fn act(&mut self, author: u128, act: SessionAct) -> EntryId {
        let seq = self.facts.len() as u64 + 1;
        self.facts.push(Fact {
            id: entry(seq),
            seq,
            at: Millis(START + seq as i64 * 1_000),
            author: person(author),
            device: DeviceId(Uuid::from_u128(author)),
            counter: seq,
            roles: roles(author),
            about: self.about.take(),
            under: self.under.take().unwrap_or(Under::Space),
            replaces: std::mem::take(&mut self.replaces),
            act,
        });
        entry(seq)
    }

    fn on(&mut self, entry: EntryId) -> &mut Self {
        self.replaces.push(entry);
        self
    }

    /// Folded as a whole, which must be what folding each fact as it comes makes of it.
    fn state(&self) -> SessionState {
        let law = Law::shipped();
        let mut grown = SessionState::default();
        self.facts.iter().for_each(|fact| grown.extend([fact], &law));
        let state = SessionState::fold(&self.facts, &law);
        assert_eq!(grown, state);
        state
    }

    fn last(&self) -> SessionVerdict {
        self.state().log.last().expect("an act").1.clone()
    }

    fn expect(&self, reason: SessionRefusal) {
        assert_eq!(self.last(), SessionVerdict::Refused { reason });
    }

    fn write(&mut self, author: u128, field: Field, value: Value) -> EntryId {
        let write = self.state().agenda.write_of(field, value);
        self.act(author, SessionAct::Edited(vec![write]))
    }

    fn issue(&mut self) -> EntryId {
        let upto = self.facts.len() as u64;
        self.act(SECRETARY, SessionAct::Issued { upto })
    }

    /// A session of three decisions with all members and one guest, issued as A.
    fn prepared() -> Self {
        let mut story = Story::new();
        let mut writes = vec![
            write(Field::Title, Value::Text("Phiên họp thường kỳ".into())),
            write(Field::StartsAt, Value::Number(START)),
            write(Field::Chair, Value::Person(Some(person(PRIME_MINISTER)))),
            write(Field::Invited, Value::People((1..=28).map(person).collect())),
        ];
        for n in 1..=3 {
            writes.push(write(Field::Item(item(n), ItemField::Title), Value::Text(format!("Nội dung {n}"))));
            writes.push(write(Field::Item(item(n), ItemField::Minutes), Value::Number(20)));
            let spot = Spot { parent: None, order: format!("{n}") };
            writes.push(write(Field::Item(item(n), ItemField::Spot), Value::Spot(spot)));
        }
        story.act(SECRETARY, SessionAct::Edited(writes));
        story.issue();
        story
    }

    /// The same, opened, with so many members in the room.
    fn opened(there: u128) -> Self {
        let mut story = Story::prepared();
        story.act(SECRETARY, SessionAct::Opened(pins(roster())));
        assert_eq!(story.last(), SessionVerdict::Accepted);
        for n in 1..=there {
            story.act(n, SessionAct::CheckedIn { is_elsewhere: false });
        }
        story
    }

    fn vote(&mut self, author: u128, items: Vec<ItemId>) -> EntryId {
        let opening = self.vote_on(items);
        self.act(author, opened(opening))
    }

    /// An opening with a pair of its own.
    fn vote_on(&self, items: Vec<ItemId>) -> VoteOpening {
        VoteOpening {
            items,
            question: "Thông qua".into(),
            options: VoteOptions::YesNo,
            pair: Hash([self.facts.len() as u8; 32]),
            is_live: false,
            without_quorum: None,
            repeats: None,
        }
    }

    fn ballot(&mut self, author: u128, vote: EntryId, choice: BallotChoice) -> EntryId {
        let remark = (choice == BallotChoice::Other).then(|| "Cần rà soát thêm".to_owned());
        let ballot = Ballot { vote, choice, remark, is_reserved: false, signed_at: Millis(START) };
        let pair = self.state().vote(vote).map_or(Hash([0; 32]), |v| v.opening.pair);
        (self.about, self.under) = (Some(vote), Some(Under::Pair(pair)));
        self.act(author, SessionAct::Balloted(ballot))
    }

    /// Closes a vote and opens its ballots as they say.
    fn close(&mut self, vote: EntryId) {
        self.act(TELLER, SessionAct::VoteClosed { vote });
        let taken: Vec<EntryId> =
            self.state().vote(vote).into_iter().flat_map(Vote::unopened).map(|b| b.entry).collect();
        let ballots = self
            .facts
            .iter()
            .filter_map(|f| if let SessionAct::Balloted(b) = &f.act { Some((f.id, b.clone())) } else { None })
            .filter(|(entry, _)| taken.contains(entry))
            .collect();
        self.act(TELLER, SessionAct::BallotsOpened(ballots));
    }

    fn outcome(&self, vote: EntryId) -> (Decision, Grounds) {
        let state = self.state();
        match &state.vote(vote).expect("a vote").result.as_ref().expect("a result").outcome {
            VoteOutcome::YesNo { decision, grounds } => (*decision, *grounds),
            other => panic!("{other:?}"),
        }
    }
}

fn write(field: Field, value: Value) -> Write {
    Write { field, value, on: vec![] }
}

/// A vote under a pair that a teller laid by.
fn opened(opening: VoteOpening) -> SessionAct {
    SessionAct::VoteOpened { opening, pair: Some(PairFacts { is_tellers: true, is_for_few: false }) }
}

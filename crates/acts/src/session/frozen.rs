//! Frozen: the bytes of acts in a session, and the way to the rules' types and back.

use super::{Opened, entry};
use crate::form::{IdV1, PaperV1};
use crate::register::RosterV1;
use cabinet_domain as domain;
use domain::{Hash, ItemId, Millis, PaperId, PersonId, SessionAct};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use uuid::Uuid;

/// Frozen: an act; its number is the entry's kind.
#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum ActV1 {
    #[n(130)]
    Edited(#[n(0)] Vec<WriteV1>),
    #[n(131)]
    Issued(#[n(0)] u64),
    /// Reason; none for who attends. Then the substitute.
    #[n(132)]
    Replied(#[n(0)] Option<String>, #[n(1)] Option<String>),
    #[n(133)]
    Consented(#[n(0)] IdV1, #[n(1)] bool),
    /// 1 no objection, 2 objection, 3 wish to speak; then the reason.
    #[n(134)]
    Positioned(#[n(0)] IdV1, #[n(1)] u8, #[n(2)] String),
    #[n(135)]
    Opened(#[n(0)] OpeningV1),
    #[n(136)]
    Closed,
    #[n(137)]
    CheckedIn(#[n(0)] bool),
    /// 1 present, 2 elsewhere, 3 substituted, 4 absent; then the substitute.
    #[n(138)]
    Marked(#[n(0)] IdV1, #[n(1)] u8, #[n(2)] String),
    #[n(139)]
    ItemBegun(#[n(0)] IdV1),
    /// 1 concluded, 2 postponed, 3 withdrawn; then the conclusion.
    #[n(140)]
    ItemEnded(#[n(0)] IdV1, #[n(1)] u8, #[n(2)] String),
    #[n(141)]
    Shown(#[n(0)] IdV1, #[n(1)] u32),
    #[n(142)]
    SpeechAsked(#[n(0)] IdV1),
    #[n(143)]
    SpeechBegun(#[n(0)] IdV1),
    #[n(144)]
    SpeechEnded,
    #[n(145)]
    VoteOpened(#[n(0)] VoteOpeningV1),
    #[n(146)]
    Pulled(#[n(0)] IdV1, #[n(1)] IdV1),
    #[n(147)]
    VoteClosed(#[n(0)] IdV1),
    #[n(148)]
    Balloted(#[n(0)] BallotV1),
    #[n(149)]
    BallotsOpened(#[n(0)] Vec<OpenedV1>),
    #[n(150)]
    BallotSpoiled(#[n(0)] IdV1),
    #[n(151)]
    Counted(#[n(0)] IdV1, #[n(1)] Vec<(IdV1, u32)>, #[n(2)] Vec<(u32, u32)>),
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct WriteV1 {
    #[n(0)]
    field: FieldV1,
    #[n(1)]
    value: ValueV1,
    #[n(2)]
    on: Vec<IdV1>,
}

/// Frozen: 1 to 7 are the session's own; 8 an item's, by its id and the field's number; 9 a paper.
#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum FieldV1 {
    #[n(1)]
    Title,
    #[n(2)]
    Kind,
    #[n(3)]
    Place,
    #[n(4)]
    IsOnline,
    #[n(5)]
    StartsAt,
    #[n(6)]
    Chair,
    #[n(7)]
    Invited,
    /// 1 title, 2 kind, 3 presenter, 4 minutes, 5 spot, 6 chair, 7 audience, 8 guests, 9 standing.
    #[n(8)]
    Item(#[n(0)] IdV1, #[n(1)] u8),
    #[n(9)]
    Paper(#[n(0)] IdV1),
}

#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum ValueV1 {
    #[n(1)]
    Text(#[n(0)] String),
    #[n(2)]
    Number(#[n(0)] i64),
    #[n(3)]
    Flag(#[n(0)] bool),
    /// 1 regular, 2 thematic, 3 extraordinary.
    #[n(4)]
    Session(#[n(0)] u8),
    /// 1 section, 2 decision, 3 opinion, 4 information.
    #[n(5)]
    Item(#[n(0)] u8),
    #[n(6)]
    Person(#[n(0)] Option<IdV1>),
    #[n(7)]
    People(#[n(0)] Vec<IdV1>),
    #[n(8)]
    Spot(#[n(0)] Option<IdV1>, #[n(1)] String),
    /// 1 all, 2 members, 3 named; then the people.
    #[n(9)]
    Audience(#[n(0)] u8, #[n(1)] Vec<IdV1>),
    /// 1 planned, 2 postponed, 3 withdrawn.
    #[n(10)]
    Standing(#[n(0)] u8),
    #[n(11)]
    Paper(#[n(0)] FiledV1),
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct FiledV1 {
    #[n(0)]
    item: IdV1,
    #[n(1)]
    order: String,
    #[n(2)]
    content: ContentV1,
    #[n(3)]
    is_withdrawn: bool,
}

#[derive(Encode, Decode)]
#[cbor(flat)]
pub enum ContentV1 {
    #[n(1)]
    Sealed(#[n(0)] PaperV1),
    /// Title, marking, and copies as number, holder, whether back.
    #[n(2)]
    OnPaper(#[n(0)] String, #[n(1)] String, #[n(2)] Vec<(u32, String, bool)>),
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct OpeningV1 {
    #[n(0)]
    rule_set: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    rule_set_hash: [u8; 32],
    #[cbor(n(2), with = "minicbor::bytes")]
    calendar_hash: [u8; 32],
    #[n(3)]
    roster: RosterV1,
    #[n(4)]
    fold_version: u32,
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct VoteOpeningV1 {
    #[n(0)]
    items: Vec<IdV1>,
    #[n(1)]
    question: String,
    /// None: yes, no, other.
    #[n(2)]
    options: Option<Vec<String>>,
    #[n(3)]
    ballot_key: String,
    #[n(4)]
    is_live: bool,
    #[n(5)]
    without_quorum: Option<String>,
    #[n(6)]
    repeats: Option<(IdV1, String)>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct BallotV1 {
    #[n(0)]
    vote: IdV1,
    #[n(1)]
    choice: u32,
    #[n(2)]
    remark: Option<String>,
    #[n(3)]
    is_reserved: bool,
    #[n(4)]
    signed_at: i64,
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub struct OpenedV1 {
    #[n(0)]
    entry: IdV1,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 32],
    #[n(2)]
    body: ByteVec,
}

impl OpenedV1 {
    pub fn new(opening: &Opened) -> Self {
        OpenedV1 { entry: IdV1(*opening.entry.0.as_bytes()), salt: opening.salt, body: opening.body.clone().into() }
    }

    pub fn read(self) -> Opened {
        Opened { entry: entry(self.entry.0), salt: self.salt, body: self.body.to_vec() }
    }
}

/// Frozen: numbers of things that are one of a few. Each list is in the order of its numbers, from 1.
const ITEM_FIELDS: [domain::ItemField; 8] = {
    use domain::ItemField::*;
    [Title, Kind, Presenter, Minutes, Spot, Chair, Audience, Standing]
};
const SESSION_KINDS: [domain::SessionKind; 3] =
    [domain::SessionKind::Regular, domain::SessionKind::Thematic, domain::SessionKind::Extraordinary];
const ITEM_KINDS: [domain::ItemKind; 4] =
    [domain::ItemKind::Section, domain::ItemKind::Decision, domain::ItemKind::Opinion, domain::ItemKind::Information];
const STANDINGS: [domain::Standing; 3] =
    [domain::Standing::Planned, domain::Standing::Postponed, domain::Standing::Withdrawn];
const OUTCOMES: [domain::ItemOutcome; 3] =
    [domain::ItemOutcome::Concluded, domain::ItemOutcome::Postponed, domain::ItemOutcome::Withdrawn];
/// Frozen: an option of one of n is its place plus this.
const OPTIONS_FROM: u32 = 16;

fn number<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|v| v == value).map_or(0, |at| at as u8 + 1)
}

fn named<T: Copy>(all: &[T], number: u8) -> Option<T> {
    all.get(usize::from(number).checked_sub(1)?).copied()
}

fn choice_number(choice: domain::BallotChoice) -> u32 {
    match choice {
        domain::BallotChoice::Yes => 1,
        domain::BallotChoice::No => 2,
        domain::BallotChoice::Other => 3,
        domain::BallotChoice::Option(n) => n.saturating_add(OPTIONS_FROM),
    }
}

fn choice(number: u32) -> Option<domain::BallotChoice> {
    Some(match number {
        1 => domain::BallotChoice::Yes,
        2 => domain::BallotChoice::No,
        3 => domain::BallotChoice::Other,
        n => domain::BallotChoice::Option(n.checked_sub(OPTIONS_FROM)?),
    })
}

fn id(id: Uuid) -> IdV1 {
    IdV1(*id.as_bytes())
}

fn person(id: IdV1) -> PersonId {
    PersonId(Uuid::from_bytes(id.0))
}

fn item(id: IdV1) -> ItemId {
    ItemId(Uuid::from_bytes(id.0))
}

fn people_v1(people: &[PersonId]) -> Vec<IdV1> {
    people.iter().map(|p| id(p.0)).collect()
}

impl ActV1 {
    /// The entry kind that carries it.
    pub fn kind(&self) -> u16 {
        match self {
            ActV1::Edited(..) => 130,
            ActV1::Issued(..) => 131,
            ActV1::Replied(..) => 132,
            ActV1::Consented(..) => 133,
            ActV1::Positioned(..) => 134,
            ActV1::Opened(..) => 135,
            ActV1::Closed => 136,
            ActV1::CheckedIn(..) => 137,
            ActV1::Marked(..) => 138,
            ActV1::ItemBegun(..) => 139,
            ActV1::ItemEnded(..) => 140,
            ActV1::Shown(..) => 141,
            ActV1::SpeechAsked(..) => 142,
            ActV1::SpeechBegun(..) => 143,
            ActV1::SpeechEnded => 144,
            ActV1::VoteOpened(..) => 145,
            ActV1::Pulled(..) => 146,
            ActV1::VoteClosed(..) => 147,
            ActV1::Balloted(..) => 148,
            ActV1::BallotsOpened(..) => 149,
            ActV1::BallotSpoiled(..) => 150,
            ActV1::Counted(..) => 151,
        }
    }

    /// None for acts that only the fold knows.
    pub fn new(act: &SessionAct) -> Option<Self> {
        use SessionAct as Act;
        Some(match act {
            Act::Edited(writes) => ActV1::Edited(writes.iter().map(WriteV1::new).collect()),
            Act::Issued { upto } => ActV1::Issued(*upto),
            Act::Replied(domain::Reply::Attends) => ActV1::Replied(None, None),
            Act::Replied(domain::Reply::Absent { reason, substitute }) => {
                ActV1::Replied(Some(reason.clone()), substitute.clone())
            }
            Act::Consented { person, is_granted } => ActV1::Consented(id(person.0), *is_granted),
            Act::Positioned { item, position } => {
                let (number, reason) = match position {
                    domain::Position::NoObjection => (1, String::new()),
                    domain::Position::Objection { reason } => (2, reason.clone()),
                    domain::Position::WishToSpeak => (3, String::new()),
                };
                ActV1::Positioned(id(item.0), number, reason)
            }
            Act::Opened(opening) => ActV1::Opened(OpeningV1::new(opening)),
            Act::Closed => ActV1::Closed,
            Act::CheckedIn { is_elsewhere } => ActV1::CheckedIn(*is_elsewhere),
            Act::Marked { person, presence } => {
                let (number, by) = match presence {
                    domain::Presence::Present => (1, String::new()),
                    domain::Presence::Elsewhere => (2, String::new()),
                    domain::Presence::Substituted { by } => (3, by.clone()),
                    domain::Presence::Absent => (4, String::new()),
                };
                ActV1::Marked(id(person.0), number, by)
            }
            Act::ItemBegun { item } => ActV1::ItemBegun(id(item.0)),
            Act::ItemEnded { item, outcome, conclusion } => {
                ActV1::ItemEnded(id(item.0), number(&OUTCOMES, outcome), conclusion.clone())
            }
            Act::Shown { paper, page } => ActV1::Shown(id(paper.0), *page),
            Act::SpeechAsked { item } => ActV1::SpeechAsked(id(item.0)),
            Act::SpeechBegun { person } => ActV1::SpeechBegun(id(person.0)),
            Act::SpeechEnded => ActV1::SpeechEnded,
            Act::VoteOpened(opening) => ActV1::VoteOpened(VoteOpeningV1::new(opening)),
            Act::Pulled { vote, item } => ActV1::Pulled(id(vote.0), id(item.0)),
            Act::VoteClosed { vote } => ActV1::VoteClosed(id(vote.0)),
            Act::Balloted(ballot) => ActV1::Balloted(BallotV1::new(ballot)),
            Act::BallotSpoiled { entry } => ActV1::BallotSpoiled(id(entry.0)),
            Act::Counted(count) => ActV1::Counted(
                id(count.vote.0),
                count.named.iter().map(|(person, c)| (id(person.0), choice_number(*c))).collect(),
                count.counts.iter().map(|(c, n)| (choice_number(*c), *n)).collect(),
            ),
            Act::BallotSealed
            | Act::BallotsOpened(_)
            | Act::Unreadable
            | Act::UnknownKind(_)
            | Act::KeyMissing
            | Act::NotForMe => return None,
        })
    }

    /// None for what no version of the rules ever wrote, and for openings, which are read with their ballot.
    pub fn read(self) -> Option<SessionAct> {
        use SessionAct as Act;
        Some(match self {
            ActV1::Edited(writes) => Act::Edited(writes.into_iter().map(WriteV1::read).collect::<Option<_>>()?),
            ActV1::Issued(upto) => Act::Issued { upto },
            ActV1::Replied(None, None) => Act::Replied(domain::Reply::Attends),
            ActV1::Replied(reason, substitute) => Act::Replied(domain::Reply::Absent { reason: reason?, substitute }),
            ActV1::Consented(who, is_granted) => Act::Consented { person: person(who), is_granted },
            ActV1::Positioned(on, number, reason) => {
                let position = match number {
                    1 => domain::Position::NoObjection,
                    2 => domain::Position::Objection { reason },
                    3 => domain::Position::WishToSpeak,
                    _ => return None,
                };
                Act::Positioned { item: item(on), position }
            }
            ActV1::Opened(opening) => Act::Opened(opening.read()?),
            ActV1::Closed => Act::Closed,
            ActV1::CheckedIn(is_elsewhere) => Act::CheckedIn { is_elsewhere },
            ActV1::Marked(who, number, by) => {
                let presence = match number {
                    1 => domain::Presence::Present,
                    2 => domain::Presence::Elsewhere,
                    3 => domain::Presence::Substituted { by },
                    4 => domain::Presence::Absent,
                    _ => return None,
                };
                Act::Marked { person: person(who), presence }
            }
            ActV1::ItemBegun(on) => Act::ItemBegun { item: item(on) },
            ActV1::ItemEnded(on, number, conclusion) => {
                Act::ItemEnded { item: item(on), outcome: named(&OUTCOMES, number)?, conclusion }
            }
            ActV1::Shown(paper, page) => Act::Shown { paper: PaperId(Uuid::from_bytes(paper.0)), page },
            ActV1::SpeechAsked(on) => Act::SpeechAsked { item: item(on) },
            ActV1::SpeechBegun(who) => Act::SpeechBegun { person: person(who) },
            ActV1::SpeechEnded => Act::SpeechEnded,
            ActV1::VoteOpened(opening) => Act::VoteOpened(opening.read()),
            ActV1::Pulled(vote, on) => Act::Pulled { vote: entry(vote.0), item: item(on) },
            ActV1::VoteClosed(vote) => Act::VoteClosed { vote: entry(vote.0) },
            ActV1::Balloted(ballot) => Act::Balloted(ballot.read()?),
            ActV1::BallotsOpened(_) => return None,
            ActV1::BallotSpoiled(ballot) => Act::BallotSpoiled { entry: entry(ballot.0) },
            ActV1::Counted(vote, named, counts) => Act::Counted(domain::Count {
                vote: entry(vote.0),
                named: named.into_iter().map(|(p, c)| Some((person(p), choice(c)?))).collect::<Option<_>>()?,
                counts: counts.into_iter().map(|(c, n)| Some((choice(c)?, n))).collect::<Option<_>>()?,
            }),
        })
    }
}

impl WriteV1 {
    fn new(write: &domain::Write) -> Self {
        use domain::Field;
        let field = match write.field {
            Field::Title => FieldV1::Title,
            Field::Kind => FieldV1::Kind,
            Field::Place => FieldV1::Place,
            Field::IsOnline => FieldV1::IsOnline,
            Field::StartsAt => FieldV1::StartsAt,
            Field::Chair => FieldV1::Chair,
            Field::Invited => FieldV1::Invited,
            Field::Item(on, field) => FieldV1::Item(id(on.0), number(&ITEM_FIELDS, &field)),
            Field::Paper(paper) => FieldV1::Paper(id(paper.0)),
        };
        WriteV1 { field, value: ValueV1::new(&write.value), on: write.on.iter().map(|e| id(e.0)).collect() }
    }

    fn read(self) -> Option<domain::Write> {
        use domain::Field;
        let field = match self.field {
            FieldV1::Title => Field::Title,
            FieldV1::Kind => Field::Kind,
            FieldV1::Place => Field::Place,
            FieldV1::IsOnline => Field::IsOnline,
            FieldV1::StartsAt => Field::StartsAt,
            FieldV1::Chair => Field::Chair,
            FieldV1::Invited => Field::Invited,
            FieldV1::Item(on, number) => Field::Item(item(on), named(&ITEM_FIELDS, number)?),
            FieldV1::Paper(paper) => Field::Paper(PaperId(Uuid::from_bytes(paper.0))),
        };
        Some(domain::Write { field, value: self.value.read()?, on: self.on.into_iter().map(|e| entry(e.0)).collect() })
    }
}

impl ValueV1 {
    fn new(value: &domain::Value) -> Self {
        use domain::Value;
        match value {
            Value::Text(text) => ValueV1::Text(text.clone()),
            Value::Number(number) => ValueV1::Number(*number),
            Value::Flag(flag) => ValueV1::Flag(*flag),
            Value::Session(kind) => ValueV1::Session(number(&SESSION_KINDS, kind)),
            Value::Item(kind) => ValueV1::Item(number(&ITEM_KINDS, kind)),
            Value::Person(person) => ValueV1::Person(person.map(|p| id(p.0))),
            Value::People(people) => ValueV1::People(people_v1(people)),
            Value::Spot(spot) => ValueV1::Spot(spot.parent.map(|p| id(p.0)), spot.order.clone()),
            Value::Audience(domain::Audience::All) => ValueV1::Audience(1, vec![]),
            Value::Audience(domain::Audience::Members) => ValueV1::Audience(2, vec![]),
            Value::Audience(domain::Audience::Named(people)) => ValueV1::Audience(3, people_v1(people)),
            Value::Standing(standing) => ValueV1::Standing(number(&STANDINGS, standing)),
            Value::Paper(filed) => ValueV1::Paper(FiledV1::new(filed)),
        }
    }

    fn read(self) -> Option<domain::Value> {
        use domain::Value;
        let people = |ids: Vec<IdV1>| ids.into_iter().map(person).collect::<Vec<_>>();
        Some(match self {
            ValueV1::Text(text) => Value::Text(text),
            ValueV1::Number(number) => Value::Number(number),
            ValueV1::Flag(flag) => Value::Flag(flag),
            ValueV1::Session(number) => Value::Session(named(&SESSION_KINDS, number)?),
            ValueV1::Item(number) => Value::Item(named(&ITEM_KINDS, number)?),
            ValueV1::Person(who) => Value::Person(who.map(person)),
            ValueV1::People(ids) => Value::People(people(ids)),
            ValueV1::Spot(parent, order) => Value::Spot(domain::Spot { parent: parent.map(item), order }),
            ValueV1::Audience(1, ids) if ids.is_empty() => Value::Audience(domain::Audience::All),
            ValueV1::Audience(2, ids) if ids.is_empty() => Value::Audience(domain::Audience::Members),
            ValueV1::Audience(3, ids) => Value::Audience(domain::Audience::Named(people(ids))),
            ValueV1::Audience(..) => return None,
            ValueV1::Standing(number) => Value::Standing(named(&STANDINGS, number)?),
            ValueV1::Paper(filed) => Value::Paper(filed.read()),
        })
    }
}

impl FiledV1 {
    fn new(filed: &domain::Filed) -> Self {
        let content = match &filed.content {
            domain::PaperContent::Sealed(paper) => ContentV1::Sealed(PaperV1::new(paper)),
            domain::PaperContent::OnPaper { title, marking, copies } => {
                let copies = copies.iter().map(|c| (c.number, c.holder.clone(), c.is_back)).collect();
                ContentV1::OnPaper(title.clone(), marking.clone(), copies)
            }
        };
        FiledV1 { item: id(filed.item.0), order: filed.order.clone(), content, is_withdrawn: filed.is_withdrawn }
    }

    fn read(self) -> domain::Filed {
        let content = match self.content {
            ContentV1::Sealed(paper) => domain::PaperContent::Sealed(paper.read()),
            ContentV1::OnPaper(title, marking, copies) => domain::PaperContent::OnPaper {
                title,
                marking,
                copies: copies
                    .into_iter()
                    .map(|(number, holder, is_back)| domain::PaperCopy { number, holder, is_back })
                    .collect(),
            },
        };
        domain::Filed { item: item(self.item), order: self.order, content, is_withdrawn: self.is_withdrawn }
    }
}

impl OpeningV1 {
    fn new(opening: &domain::SessionOpening) -> Self {
        OpeningV1 {
            rule_set: opening.rule_set.clone(),
            rule_set_hash: opening.rule_set_hash.0,
            calendar_hash: opening.calendar_hash.0,
            roster: RosterV1::new(&opening.roster),
            fold_version: opening.fold_version,
        }
    }

    fn read(self) -> Option<domain::SessionOpening> {
        Some(domain::SessionOpening {
            rule_set: self.rule_set,
            rule_set_hash: Hash(self.rule_set_hash),
            calendar_hash: Hash(self.calendar_hash),
            roster: self.roster.read()?,
            fold_version: self.fold_version,
        })
    }
}

impl VoteOpeningV1 {
    fn new(opening: &domain::VoteOpening) -> Self {
        VoteOpeningV1 {
            items: opening.items.iter().map(|i| id(i.0)).collect(),
            question: opening.question.clone(),
            options: match &opening.options {
                domain::VoteOptions::YesNo => None,
                domain::VoteOptions::OneOf(options) => Some(options.clone()),
            },
            ballot_key: opening.ballot_key.clone(),
            is_live: opening.is_live,
            without_quorum: opening.without_quorum.clone(),
            repeats: opening.repeats.as_ref().map(|(vote, reason)| (id(vote.0), reason.clone())),
        }
    }

    fn read(self) -> domain::VoteOpening {
        domain::VoteOpening {
            items: self.items.into_iter().map(item).collect(),
            question: self.question,
            options: self.options.map_or(domain::VoteOptions::YesNo, domain::VoteOptions::OneOf),
            ballot_key: self.ballot_key,
            is_live: self.is_live,
            without_quorum: self.without_quorum,
            repeats: self.repeats.map(|(vote, reason)| (entry(vote.0), reason)),
        }
    }
}

impl BallotV1 {
    fn new(ballot: &domain::Ballot) -> Self {
        BallotV1 {
            vote: id(ballot.vote.0),
            choice: choice_number(ballot.choice),
            remark: ballot.remark.clone(),
            is_reserved: ballot.is_reserved,
            signed_at: ballot.signed_at.0,
        }
    }

    fn read(self) -> Option<domain::Ballot> {
        Some(domain::Ballot {
            vote: entry(self.vote.0),
            choice: choice(self.choice)?,
            remark: self.remark,
            is_reserved: self.is_reserved,
            signed_at: Millis(self.signed_at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use cabinet_domain::*;

    fn check_reads_back(act: SessionAct) {
        let (kind, body) = write_session_act(&act).expect("has bytes");
        assert_eq!(read_session_act(kind, Body::Open(&body), true, &|_| true), act);
        let longer = [&body[..], &[0]].concat();
        assert_ne!(read_session_act(kind, Body::Open(&longer), true, &|_| true), act);
        assert_ne!(read_session_act(kind - 1, Body::Open(&body), true, &|_| true), act);
    }

    fn write(field: Field, value: Value) -> SessionAct {
        SessionAct::Edited(vec![Write { field, value, on: vec![EntryId(Uuid::from_u128(3))] }])
    }

    #[test]
    fn every_act_of_a_session_is_read_back_and_only_from_its_one_encoding() {
        let (person, item, vote) =
            (PersonId(Uuid::from_u128(1)), ItemId(Uuid::from_u128(2)), EntryId(Uuid::from_u128(3)));
        let ballot =
            Ballot { vote, choice: BallotChoice::Option(2), remark: None, is_reserved: true, signed_at: Millis(9) };
        let spot = Spot { parent: Some(item), order: "0i".into() };
        let copies = vec![PaperCopy { number: 1, holder: "Bộ Công an".into(), is_back: true }];
        let content = PaperContent::OnPaper { title: "Báo cáo".into(), marking: "Mật".into(), copies };
        let filed = Filed { item, order: "i".into(), content, is_withdrawn: false };
        let opening = VoteOpening {
            items: vec![item],
            question: "Thông qua".into(),
            options: VoteOptions::OneOf(vec!["A".into(), "B".into()]),
            ballot_key: "age1".into(),
            is_live: true,
            without_quorum: Some("Khẩn cấp".into()),
            repeats: Some((vote, "Đọc nhầm".into())),
        };
        let named = vec![(person, BallotChoice::No)];
        let absent = Reply::Absent { reason: "Công tác".into(), substitute: Some("Thứ trưởng".into()) };
        let acts = [
            write(Field::Item(item, ItemField::Spot), Value::Spot(spot)),
            write(Field::Item(item, ItemField::Audience), Value::Audience(Audience::Named(vec![person]))),
            write(Field::Kind, Value::Session(SessionKind::Extraordinary)),
            write(Field::Paper(PaperId(Uuid::from_u128(4))), Value::Paper(filed)),
            SessionAct::Issued { upto: 7 },
            SessionAct::Replied(Reply::Attends),
            SessionAct::Replied(absent),
            SessionAct::Consented { person, is_granted: true },
            SessionAct::Positioned { item, position: Position::Objection { reason: "Chưa rõ".into() } },
            SessionAct::Closed,
            SessionAct::CheckedIn { is_elsewhere: true },
            SessionAct::Marked { person, presence: Presence::Substituted { by: "Thứ trưởng".into() } },
            SessionAct::ItemBegun { item },
            SessionAct::ItemEnded { item, outcome: ItemOutcome::Postponed, conclusion: "Để sau".into() },
            SessionAct::Shown { paper: PaperId(Uuid::from_u128(4)), page: 3 },
            SessionAct::SpeechAsked { item },
            SessionAct::SpeechBegun { person },
            SessionAct::SpeechEnded,
            SessionAct::VoteOpened(opening),
            SessionAct::Pulled { vote, item },
            SessionAct::VoteClosed { vote },
            SessionAct::Balloted(ballot),
            SessionAct::BallotSpoiled { entry: vote },
            SessionAct::Counted(Count { vote, named, counts: vec![(BallotChoice::Yes, 4)] }),
        ];
        acts.into_iter().for_each(check_reads_back);
    }

    #[test]
    fn ballot_is_opened_only_by_what_was_signed_and_broken_it_is_still_a_ballot() {
        let vote = EntryId(Uuid::from_u128(3));
        let ballot = Ballot { vote, choice: BallotChoice::Yes, remark: None, is_reserved: false, signed_at: Millis(9) };
        let (kind, body) = write_session_act(&SessionAct::Balloted(ballot.clone())).expect("has bytes");
        let other = EntryId(Uuid::from_u128(4));
        let openings = [vote, other].map(|entry| Opened { entry, salt: [1; 32], body: body.clone() });
        let (opened_kind, opened) = write_ballot_openings(&openings);
        let read = |forged| read_session_act(opened_kind, Body::Open(&opened), true, &|o| Some(o.entry) != forged);
        assert_eq!(read(None), SessionAct::BallotsOpened(vec![(vote, ballot.clone()), (other, ballot)]));
        assert_eq!(read(Some(other)), SessionAct::Unreadable, "one that is not what was signed spoils the entry");
        assert_eq!(read_session_act(kind, Body::Open(b"x"), true, &|_| true), SessionAct::BallotSealed);
        assert_eq!(read_session_act(kind, Body::Broken, true, &|_| true), SessionAct::BallotSealed);
    }

    #[test]
    fn edit_for_others_is_known_from_a_key_that_is_late() {
        let edited = session_kind::EDITED;
        assert_eq!(read_session_act(edited, Body::KeyMissing, false, &|_| true), SessionAct::NotForMe);
        assert_eq!(read_session_act(edited, Body::KeyMissing, true, &|_| true), SessionAct::KeyMissing);
        assert_eq!(read_session_act(131, Body::KeyMissing, false, &|_| true), SessionAct::KeyMissing);
        assert_eq!(read_session_act(999, Body::Broken, true, &|_| true), SessionAct::UnknownKind(999));
    }
}

//! Frozen: the bytes of acts in a session, and the way to the rules' types and back.

mod agenda;
mod vote;
mod words;

use super::entry;
use crate::form::{IdV1, OpenedV1, SettlementV1, SpoiledV1};
use crate::register::PinsV1;
use agenda::WriteV1;
use cabinet_domain as domain;
use domain::{PaperId, SessionAct};
use minicbor::{Decode, Encode};
use uuid::Uuid;
use vote::{BallotV1, VoteOpeningV1};
use words::*;

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
    Opened(#[n(0)] PinsV1),
    #[n(136)]
    Closed,
    #[n(137)]
    CheckedIn(#[n(0)] bool),
    /// 1 present, 2 elsewhere, 3 substituted, 4 absent; then the substitute.
    #[n(138)]
    Marked(#[n(0)] IdV1, #[n(1)] u8, #[n(2)] String),
    #[n(139)]
    ItemBegun(#[n(0)] IdV1),
    /// 1 concluded, 2 postponed, 3 withdrawn.
    #[n(140)]
    ItemEnded(#[n(0)] IdV1, #[n(1)] u8),
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
    BallotSpoiled(#[n(0)] SpoiledV1),
    #[n(151)]
    Counted(#[n(0)] IdV1, #[n(1)] Vec<(IdV1, u32)>, #[n(2)] Vec<(u32, u32)>),
    #[n(152)]
    CalledOff(#[n(0)] String),
    #[n(153)]
    SpeechWithdrawn(#[n(0)] IdV1),
    #[n(154)]
    Concluded(#[n(0)] IdV1, #[n(1)] String),
    #[n(155)]
    VoteSettled(#[n(0)] IdV1, #[n(1)] SettlementV1),
    #[n(156)]
    PutAway,
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
            ActV1::CalledOff(..) => 152,
            ActV1::SpeechWithdrawn(..) => 153,
            ActV1::Concluded(..) => 154,
            ActV1::VoteSettled(..) => 155,
            ActV1::PutAway => 156,
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
            Act::Opened(pins) => ActV1::Opened(PinsV1::new(pins)),
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
            Act::ItemEnded { item, outcome } => ActV1::ItemEnded(id(item.0), number(&OUTCOMES, outcome)),
            Act::Concluded { item, text } => ActV1::Concluded(id(item.0), text.clone()),
            Act::Shown { paper, page } => ActV1::Shown(id(paper.0), *page),
            Act::PutAway => ActV1::PutAway,
            Act::SpeechAsked { item } => ActV1::SpeechAsked(id(item.0)),
            Act::SpeechBegun { person } => ActV1::SpeechBegun(id(person.0)),
            Act::SpeechEnded => ActV1::SpeechEnded,
            Act::VoteOpened { opening, .. } => ActV1::VoteOpened(VoteOpeningV1::new(opening)),
            Act::Pulled { vote, item } => ActV1::Pulled(id(vote.0), id(item.0)),
            Act::VoteClosed { vote } => ActV1::VoteClosed(id(vote.0)),
            Act::Balloted(ballot) => ActV1::Balloted(BallotV1::new(ballot)),
            Act::VoteSettled { vote, settlement } => ActV1::VoteSettled(id(vote.0), SettlementV1::new(settlement)),
            Act::Counted(count) => ActV1::Counted(
                id(count.vote.0),
                count.named.iter().map(|(person, c)| (id(person.0), choice_number(*c))).collect(),
                count.counts.iter().map(|(c, n)| (choice_number(*c), *n)).collect(),
            ),
            Act::CalledOff { reason } => ActV1::CalledOff(reason.clone()),
            Act::SpeechWithdrawn { item } => ActV1::SpeechWithdrawn(id(item.0)),
            Act::BallotSealed
            | Act::BallotsOpened(_)
            | Act::BallotSpoiled { .. }
            | Act::Unreadable
            | Act::UnknownKind(_)
            | Act::KeyMissing
            | Act::NotForMe
            | Act::SaidToOthers => return None,
        })
    }

    /// None for what no version of the rules ever wrote, and for what is read with more than its own bytes.
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
            ActV1::Opened(pins) => Act::Opened(pins.read()?),
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
            ActV1::ItemEnded(on, number) => Act::ItemEnded { item: item(on), outcome: named(&OUTCOMES, number)? },
            ActV1::Concluded(on, text) => Act::Concluded { item: item(on), text },
            ActV1::Shown(paper, page) => Act::Shown { paper: PaperId(Uuid::from_bytes(paper.0)), page },
            ActV1::PutAway => Act::PutAway,
            ActV1::SpeechAsked(on) => Act::SpeechAsked { item: item(on) },
            ActV1::SpeechBegun(who) => Act::SpeechBegun { person: person(who) },
            ActV1::SpeechEnded => Act::SpeechEnded,
            ActV1::Pulled(vote, on) => Act::Pulled { vote: entry(vote.0), item: item(on) },
            ActV1::VoteClosed(vote) => Act::VoteClosed { vote: entry(vote.0) },
            ActV1::Balloted(ballot) => Act::Balloted(ballot.read()?),
            ActV1::VoteOpened(_) | ActV1::BallotsOpened(_) | ActV1::BallotSpoiled(_) => return None,
            ActV1::VoteSettled(vote, settlement) => {
                Act::VoteSettled { vote: entry(vote.0), settlement: settlement.read()? }
            }
            ActV1::Counted(vote, named, counts) => Act::Counted(domain::Count {
                vote: entry(vote.0),
                named: named.into_iter().map(|(p, c)| Some((person(p), choice(c)?))).collect::<Option<_>>()?,
                counts: counts.into_iter().map(|(c, n)| Some((choice(c)?, n))).collect::<Option<_>>()?,
            }),
            ActV1::CalledOff(reason) => Act::CalledOff { reason },
            ActV1::SpeechWithdrawn(on) => Act::SpeechWithdrawn { item: item(on) },
        })
    }
}

#[cfg(test)]
mod tests;

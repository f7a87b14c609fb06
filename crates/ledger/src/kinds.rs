//! Which kinds of entry exist in a kind of space, under which keys each is legal, and who may write those of the register. Frozen for each
//! version of a kind of space: what is not in the table is refused by the hub and void on every laptop.

use crate::admit::role;

/// What a space is for, as far as this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpaceKind {
    /// An opinion form.
    Form,
    /// One person's desk.
    Desk,
    /// A session.
    Session,
}

impl SpaceKind {
    /// Frozen: its number. 4 shared marks, 5 document, 6 number series and 7 tasks are reserved.
    pub fn number(self) -> u16 {
        match self {
            SpaceKind::Form => 1,
            SpaceKind::Desk => 2,
            SpaceKind::Session => 3,
        }
    }

    /// The kind of a number; none for one that only a newer program knows.
    pub fn of(number: u16) -> Option<Self> {
        [SpaceKind::Form, SpaceKind::Desk, SpaceKind::Session].into_iter().find(|kind| kind.number() == number)
    }
}

/// The newest version of every kind of space, and of the register, that this program knows.
pub const SPACE_VERSION: u16 = 1;

/// What a narrower audience is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Drafts, which are the secretariat's own.
    Drafts,
    /// Items of an agenda that are not for everybody.
    Items,
    /// Opened answers.
    Openings,
}

impl Purpose {
    /// Frozen: its number.
    pub fn number(self) -> u8 {
        match self {
            Purpose::Drafts => 1,
            Purpose::Items => 2,
            Purpose::Openings => 3,
        }
    }

    /// The purpose of a number.
    pub fn of(number: u8) -> Option<Self> {
        [Purpose::Drafts, Purpose::Items, Purpose::Openings].into_iter().find(|p| p.number() == number)
    }
}

/// What a pair is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PairUse {
    /// Answers to a form.
    Answers,
    /// Ballots in a vote.
    Ballots,
    /// A person's own laptops.
    Own,
}

impl PairUse {
    /// Frozen: its number.
    pub fn number(self) -> u8 {
        match self {
            PairUse::Answers => 1,
            PairUse::Ballots => 2,
            PairUse::Own => 3,
        }
    }

    /// The use of a number.
    pub fn of(number: u8) -> Option<Self> {
        [PairUse::Answers, PairUse::Ballots, PairUse::Own].into_iter().find(|u| u.number() == number)
    }
}

/// The keys under which a kind is legal. What decides something stands under exactly one; what only informs an audience may stand under
/// that audience's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legal {
    /// The key of everybody in the space.
    Space,
    /// That, or an item's audience, or the drafts'.
    Agenda,
    /// That, or an item's audience.
    Item,
    /// That, or the audience of openings.
    Openings,
    /// That, or the public half of that audience: an author outside it opens their own answer to it.
    OpeningsToo,
    /// A pair.
    Pair(PairUse),
}

/// The keys under which a kind is legal in a space of a kind and a version; none if there is no such kind. `space` none is the register.
pub fn legal(space: Option<SpaceKind>, version: u16, kind: u16) -> Option<Legal> {
    if version != SPACE_VERSION {
        return None;
    }
    Some(match (space, kind) {
        (None, 100..=104) => Legal::Space,
        (Some(SpaceKind::Form), 110..=115 | 119) => Legal::Space,
        (Some(SpaceKind::Form), 116) => Legal::Pair(PairUse::Answers),
        (Some(SpaceKind::Form), 117) => Legal::OpeningsToo,
        (Some(SpaceKind::Form), 118 | 120) => Legal::Openings,
        (Some(SpaceKind::Session), 130) => Legal::Agenda,
        (Some(SpaceKind::Session), 134 | 154) => Legal::Item,
        (Some(SpaceKind::Session), 148) => Legal::Pair(PairUse::Ballots),
        (Some(SpaceKind::Session), 131..=133 | 135..=147 | 149..=153 | 155 | 156) => Legal::Space,
        _ => return None,
    })
}

/// Roles of which an author must have one for a sealed kind of the register. What forms and sessions ask of their authors is sealed, and
/// judged by their folds.
pub(crate) fn register_roles(kind: u16) -> u16 {
    match kind {
        // How long laptops show papers.
        103 => role::OFFICER,
        _ => role::OFFICER | role::SECRETARY,
    }
}

//! Frozen: what opens a vote, ballots, and their openings.

use super::words::*;
use crate::form::IdV1;
use crate::session::entry;
use cabinet_domain as domain;
use domain::Millis;
use minicbor::{Decode, Encode};

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
    #[cbor(n(3), with = "minicbor::bytes")]
    pair: [u8; 32],
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

impl VoteOpeningV1 {
    pub(super) fn new(opening: &domain::VoteOpening) -> Self {
        VoteOpeningV1 {
            items: opening.items.iter().map(|i| id(i.0)).collect(),
            question: opening.question.clone(),
            options: match &opening.options {
                domain::VoteOptions::YesNo => None,
                domain::VoteOptions::OneOf(options) => Some(options.clone()),
            },
            pair: opening.pair.0,
            is_live: opening.is_live,
            without_quorum: opening.without_quorum.clone(),
            repeats: opening.repeats.as_ref().map(|(vote, reason)| (id(vote.0), reason.clone())),
        }
    }

    pub fn read(self) -> domain::VoteOpening {
        domain::VoteOpening {
            items: self.items.into_iter().map(item).collect(),
            question: self.question,
            options: self.options.map_or(domain::VoteOptions::YesNo, domain::VoteOptions::OneOf),
            pair: domain::Hash(self.pair),
            is_live: self.is_live,
            without_quorum: self.without_quorum,
            repeats: self.repeats.map(|(vote, reason)| (entry(vote.0), reason)),
        }
    }
}

impl BallotV1 {
    pub(super) fn new(ballot: &domain::Ballot) -> Self {
        BallotV1 {
            vote: id(ballot.vote.0),
            choice: choice_number(ballot.choice),
            remark: ballot.remark.clone(),
            is_reserved: ballot.is_reserved,
            signed_at: ballot.signed_at.0,
        }
    }

    pub(super) fn read(self) -> Option<domain::Ballot> {
        Some(domain::Ballot {
            vote: entry(self.vote.0),
            choice: choice(self.choice)?,
            remark: self.remark,
            is_reserved: self.is_reserved,
            signed_at: Millis(self.signed_at),
        })
    }
}

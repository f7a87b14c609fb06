//! The members of the Government on a day. Dated data: nothing is fixed to 27.

use crate::{Hash, PersonId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Limit: a cabinet; beyond this a roster is a mistake.
const MEMBERS_MAX: usize = 500;

/// A member with a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// Whether this is the Prime Minister, whose vote breaks a tie.
    pub is_prime_minister: bool,
}

/// All members from a date on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// First day on which it holds.
    pub from: NaiveDate,
    /// In the order of precedence.
    pub members: Vec<Member>,
}

/// What makes a roster invalid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// Nobody can decide.
    #[error("the roster is empty")]
    Empty,
    /// More than [`MEMBERS_MAX`].
    #[error("the roster has {0} members, more than {MEMBERS_MAX}")]
    TooLarge(usize),
    /// One person is one member with one vote.
    #[error("person {0} stands on the roster twice")]
    Twice(PersonId),
    /// A tie could be broken in two ways.
    #[error("{0} Prime Ministers on the roster")]
    PrimeMinisters(usize),
}

impl Roster {
    /// Checks what every use of a roster relies on.
    pub fn check(&self) -> Result<(), RosterError> {
        if self.members.is_empty() {
            return Err(RosterError::Empty);
        }
        if self.members.len() > MEMBERS_MAX {
            return Err(RosterError::TooLarge(self.members.len()));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self.members.iter().find(|m| !seen.insert(m.person)) {
            return Err(RosterError::Twice(twice.person));
        }
        match self.members.iter().filter(|m| m.is_prime_minister).count() {
            0 | 1 => Ok(()),
            n => Err(RosterError::PrimeMinisters(n)),
        }
    }

    /// Whether a person is a member.
    pub fn has(&self, person: PersonId) -> bool {
        self.members.iter().any(|m| m.person == person)
    }

    /// The Prime Minister, if the roster names one.
    pub fn prime_minister(&self) -> Option<PersonId> {
        self.members.iter().find(|m| m.is_prime_minister).map(|m| m.person)
    }

    /// The number of members.
    pub fn size(&self) -> u32 {
        self.members.len() as u32
    }

    /// The hash by which a form pins its roster.
    pub fn hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new_derive_key("ecabinet 2026-11 roster v1");
        hasher.update(self.from.to_string().as_bytes());
        for member in &self.members {
            hasher.update(member.person.0.as_bytes());
            hasher.update(&[u8::from(member.is_prime_minister)]);
        }
        Hash(*hasher.finalize().as_bytes())
    }
}

//! When a decision is adopted: more than half of all members, and on a tie the Prime Minister's own vote.

use crate::RuleSet;
use serde::{Deserialize, Serialize};

/// What the Prime Minister said. Anything but yes or no leaves a tie unbroken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrimeMinister {
    /// Agreed, or is deemed to have.
    Yes,
    /// Disagreed.
    No,
    /// Gave another opinion, was not asked, or has no seat.
    Neither,
}

/// Counted ballots of one question. Deemed agreement is part of `yes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballots {
    /// All members on the roster.
    pub members: u32,
    /// Agreeing, deemed ones included.
    pub yes: u32,
    /// Disagreeing.
    pub no: u32,
    /// The Prime Minister's own.
    pub prime_minister: PrimeMinister,
}

/// The outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Adopted.
    Adopted,
    /// Not adopted: to the next session.
    NotAdopted,
    /// Too few attend to decide.
    NoQuorum,
}

/// Why: the rule that decided, with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Grounds {
    /// `yes` reached `needed`.
    Majority { yes: u32, needed: u32 },
    /// `yes` stayed below `needed`.
    TooFew { yes: u32, needed: u32 },
    /// Equal numbers; the Prime Minister's vote decided.
    TieBroken { each: u32, needed: u32, for_adoption: bool },
    /// Equal numbers; no vote of the Prime Minister, or the setting does not let a tie override the majority.
    TieNotBroken { each: u32, needed: u32 },
    /// `present` is below `needed`.
    NoQuorum { present: u32, needed: u32 },
}

/// Decides one question under a rule set.
pub fn decide(ballots: Ballots, rules: &RuleSet) -> (Decision, Grounds) {
    let needed = rules.adopts_at(ballots.members);
    let Ballots { yes, no, .. } = ballots;
    if yes >= needed {
        return (Decision::Adopted, Grounds::Majority { yes, needed });
    }
    let are_too_few = rules.majority.tie_needs_more_than_half_voting && 2 * (yes + no) <= ballots.members;
    if yes != no || yes == 0 || are_too_few {
        return (Decision::NotAdopted, Grounds::TooFew { yes, needed });
    }
    let for_adoption = match ballots.prime_minister {
        PrimeMinister::Yes => true,
        PrimeMinister::No => false,
        PrimeMinister::Neither => return (Decision::NotAdopted, Grounds::TieNotBroken { each: yes, needed }),
    };
    if !rules.majority.tie_overrides_majority {
        return (Decision::NotAdopted, Grounds::TieNotBroken { each: yes, needed });
    }
    let decision = if for_adoption { Decision::Adopted } else { Decision::NotAdopted };
    (decision, Grounds::TieBroken { each: yes, needed, for_adoption })
}

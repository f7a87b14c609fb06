//! A vote in a session: quorum first, then the majority.

use crate::{Ballots, Decision, Grounds, PrimeMinister, RuleSet, decide};

/// Numbers of a vote in the room. Substitutes are in none of them: they speak and have no vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionVote {
    /// All members on the roster of the day.
    pub members: u32,
    /// Members attending, those voting from elsewhere included.
    pub attending: u32,
    /// Voted yes.
    pub yes: u32,
    /// Voted no.
    pub no: u32,
    /// Gave another opinion.
    pub other: u32,
    /// The Prime Minister's vote.
    pub prime_minister: PrimeMinister,
}

/// Counts that contradict each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// More votes than members attending.
    #[error("{cast} votes, but {attending} members attend")]
    MoreVotesThanPeople { cast: u32, attending: u32 },
    /// More attending than there are members.
    #[error("{attending} attend, but there are {members} members")]
    MorePeopleThanMembers { attending: u32, members: u32 },
}

impl SessionVote {
    /// The result under a rule set, or what contradicts in the counts.
    pub fn decide(self, rules: &RuleSet) -> Result<(Decision, Grounds), VoteError> {
        let cast = self.yes.saturating_add(self.no).saturating_add(self.other);
        if cast > self.attending {
            return Err(VoteError::MoreVotesThanPeople { cast, attending: self.attending });
        }
        if self.attending > self.members {
            return Err(VoteError::MorePeopleThanMembers { attending: self.attending, members: self.members });
        }
        let needed = rules.quorum_at(self.members);
        if self.attending < needed {
            return Ok((Decision::NoQuorum, Grounds::NoQuorum { present: self.attending, needed }));
        }
        let ballots =
            Ballots { members: self.members, yes: self.yes, no: self.no, prime_minister: self.prime_minister };
        Ok(decide(ballots, rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleBook;
    use Decision::*;
    use PrimeMinister::*;

    fn check(attending: u32, yes: u32, no: u32, pm: PrimeMinister, expected: Decision) {
        let book = RuleBook::shipped();
        for rules in book.all() {
            let vote = SessionVote { members: 27, attending, yes, no, other: 0, prime_minister: pm };
            assert_eq!(vote.decide(rules).map(|r| r.0), Ok(expected), "{}", rules.id);
        }
    }

    #[test]
    fn vector_1_the_first_session_adopts_with_four_votes_from_elsewhere() {
        check(21 + 4, 25, 0, Yes, Adopted);
    }

    #[test]
    fn vector_2_most_of_those_present_is_not_most_of_all() {
        check(20, 13, 4, Yes, NotAdopted);
    }

    #[test]
    fn vector_3_substitutes_do_not_make_a_quorum() {
        check(17, 0, 0, Neither, NoQuorum);
    }

    #[test]
    fn vector_4_the_prime_minister_decides_on_a_tie_only() {
        check(18, 14, 4, No, Adopted);
    }

    #[test]
    fn vector_5_a_tie_is_broken_by_the_prime_minister_if_the_setting_says_so() {
        check(24, 12, 12, Yes, Adopted);
        let text = include_str!("../../../assets/rules/nd191-2026.toml")
            .replace("tie_overrides_majority = true", "tie_overrides_majority = false");
        let rules = RuleSet::parse(&text).expect("valid");
        let vote = SessionVote { members: 27, attending: 24, yes: 12, no: 12, other: 0, prime_minister: Yes };
        assert_eq!(vote.decide(&rules), Ok((NotAdopted, Grounds::TieNotBroken { each: 12, needed: 14 })));
    }

    #[test]
    fn vector_11_without_a_prime_minister_a_tie_is_not_broken() {
        check(24, 12, 12, Neither, NotAdopted);
    }

    #[test]
    fn more_votes_than_people_is_refused() {
        let book = RuleBook::shipped();
        let vote = SessionVote { members: 27, attending: 20, yes: 19, no: 2, other: 0, prime_minister: Yes };
        let refused = vote.decide(book.named("nd191-2026").expect("shipped"));
        assert_eq!(refused, Err(VoteError::MoreVotesThanPeople { cast: 21, attending: 20 }));
    }
}

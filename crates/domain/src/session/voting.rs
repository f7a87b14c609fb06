//! A vote in a session: ballots as they came, who could vote at closing, and the result with its rule.

use super::check::{check_ballot, is_option};
use super::{Ballot, BallotChoice, Count, Presence, Quorum, SessionRefusal, SessionState, VoteOpening, VoteOptions};
use crate::answers::settle;
use crate::{
    AnswerStatus, Ballots, Counted, Decision, EntryId, Fact, Grounds, Hash, ItemId, MemberAnswer, Millis, PersonId,
    PrimeMinister, Roster, RuleSet, Settled, Settlement, decide,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whether a vote takes ballots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum VotePhase {
    /// It does.
    Open,
    /// Not any more.
    Closed {
        /// When.
        at: Millis,
    },
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The opening entry.
    pub id: EntryId,
    /// When it was opened.
    pub opened_at: Millis,
    /// As it was opened.
    pub opening: VoteOpening,
    /// Quorum at opening.
    pub quorum: Quorum,
    /// Whether it takes ballots.
    pub phase: VotePhase,
    /// Items taken out of the block, and by whom.
    pub pulled: Vec<(ItemId, PersonId)>,
    /// All ballots, in sequence.
    pub ballots: Vec<MemberAnswer<Ballot>>,
    /// The teller's count, the last one.
    pub count: Option<(PersonId, Count)>,
    /// Members who were there when it was opened: leaving before the closing takes nobody away.
    pub there: Vec<PersonId>,
    /// Members who attended it when it closed: there at its opening, with a ballot in time, or counted by name.
    pub attended: Vec<PersonId>,
    /// Who has a ballot in time although the list has them as absent: the ballot counts, and the list is shown to contradict it.
    pub despite_absence: Vec<PersonId>,
    /// The vote that repeated this one.
    pub repeated_by: Option<EntryId>,
    /// The result, once closed and opened.
    pub result: Option<VoteResult>,
    /// That the result is fixed.
    pub settled: Option<Settled>,
    /// Ballots that tellers had left sealed and their voters opened.
    pub opened_by_voters: Vec<EntryId>,
}

/// How often one thing was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionCount {
    /// The thing.
    pub choice: BallotChoice,
    /// How often.
    pub count: u32,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum VoteOutcome {
    /// On yes and no.
    YesNo {
        /// Adopted, not adopted, no quorum.
        decision: Decision,
        /// Why.
        grounds: Grounds,
    },
    /// On one of n.
    OneOf {
        /// The option that more than half of all members chose.
        chosen: Option<u32>,
        /// How many are needed.
        needed: u32,
    },
}

/// A vote's result with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteResult {
    /// The rule set.
    pub rule_set: String,
    /// The act behind it.
    pub act: String,
    /// Members on the roster.
    pub members: u32,
    /// Members who were there when it was opened, and those with a ballot from elsewhere.
    pub attending: u32,
    /// The number needed for a quorum.
    pub quorum: u32,
    /// How often each thing was said.
    pub counts: Vec<OptionCount>,
    /// Members who reserved their opinion.
    pub reserved: Vec<PersonId>,
    /// Attended and said nothing.
    pub silent: u32,
    /// What the Prime Minister said.
    pub prime_minister: PrimeMinister,
    /// What was decided.
    pub outcome: VoteOutcome,
}

impl VoteResult {
    /// Frozen: a hash of what was counted and decided, which settles it.
    pub fn hash(&self) -> Hash {
        let numbers = [self.members, self.attending, self.quorum, self.silent];
        let counts: Vec<String> = self.counts.iter().map(|c| format!("{:?} {}", c.choice, c.count)).collect();
        let decided = match &self.outcome {
            VoteOutcome::YesNo { decision, .. } => format!("{decision:?}"),
            VoteOutcome::OneOf { chosen, needed } => format!("{chosen:?} of {needed}"),
        };
        let text = format!("{}\n{numbers:?}\n{counts:?}\n{:?} {decided}", self.rule_set, self.prime_minister);
        Hash::of(text.as_bytes())
    }

    /// How often something was said.
    pub fn count(&self, choice: BallotChoice) -> u32 {
        self.counts.iter().find(|c| c.choice == choice).map_or(0, |c| c.count)
    }
}

impl Vote {
    /// A person's standing ballot.
    pub fn standing(&self, person: PersonId) -> Option<&MemberAnswer<Ballot>> {
        self.ballots.iter().find(|b| b.person == person && b.status == AnswerStatus::Standing)
    }

    /// Whether a teller wrote down what this person said.
    pub fn is_counted_by_name(&self, person: PersonId) -> bool {
        self.count.as_ref().is_some_and(|(_, count)| count.named.iter().any(|(p, _)| *p == person))
    }

    /// How many have a ballot in time.
    pub fn cast(&self) -> usize {
        self.ballots.iter().filter(|b| b.status == AnswerStatus::Standing).count()
    }

    /// Ballots that no entry has opened or declared unreadable.
    pub fn unopened(&self) -> impl Iterator<Item = &MemberAnswer<Ballot>> {
        self.ballots.iter().filter(|b| b.opened.is_none() && !b.is_spoiled)
    }

    /// What would fix the result now; none while there is none, or where it is fixed already.
    pub fn settlement(&self) -> Option<Settlement> {
        let (result, None) = (self.result.as_ref()?, &self.settled) else { return None };
        let standing = self.ballots.iter().filter(|b| b.status == AnswerStatus::Standing);
        let state = |b: &MemberAnswer<Ballot>| if b.opened.is_some() { Counted::Opened } else { Counted::Spoiled };
        Some(Settlement { counted: standing.map(|b| (b.entry, state(b))).collect(), result: result.hash() })
    }

    /// The items it decides, without those taken out of the block.
    pub fn items(&self) -> impl Iterator<Item = ItemId> + '_ {
        let is_pulled = |item: &ItemId| self.pulled.iter().any(|(i, _)| i == item);
        self.opening.items.iter().copied().filter(move |i| !is_pulled(i))
    }

    /// Checks that a ballot says one of the things that can be said.
    pub fn check(&self, ballot: &Ballot) -> Result<(), SessionRefusal> {
        check_ballot(ballot, &self.opening.options)
    }

    /// Takes a ballot; one after closing is kept and not counted. What a teller wrote down for its author yields to it.
    pub(super) fn take<A>(&mut self, fact: &Fact<A>) -> Result<(), SessionRefusal> {
        let is_late = self.phase != VotePhase::Open;
        self.ballots.push(MemberAnswer::received(fact, is_late));
        settle(&mut self.ballots, fact.author);
        if is_late { Err(SessionRefusal::Late) } else { Ok(()) }
    }

    /// What each voter said, as far as it was opened: none while a standing ballot is sealed. A ballot nobody can read, or one that says
    /// what can't be said, is another opinion or none of the options; it is never taken for silence.
    fn said(&self) -> Option<Vec<(PersonId, Option<BallotChoice>, bool)>> {
        let unreadable = (self.opening.options == VoteOptions::YesNo).then_some(BallotChoice::Other);
        let said = |ballot: &MemberAnswer<Ballot>| match &ballot.opened {
            Some(opened) if check_ballot(opened, &self.opening.options).is_ok() => {
                Some((ballot.person, Some(opened.choice), opened.is_reserved))
            }
            Some(_) => Some((ballot.person, unreadable, false)),
            None if ballot.is_spoiled => Some((ballot.person, unreadable, false)),
            None => None,
        };
        let on_laptops = self.ballots.iter().filter(|b| b.status == AnswerStatus::Standing).map(said);
        let by_hand = self.count.iter().flat_map(|(_, count)| &count.named);
        let by_hand = by_hand.filter(|(person, _)| self.standing(*person).is_none());
        on_laptops.chain(by_hand.map(|(person, choice)| Some((*person, Some(*choice), false)))).collect()
    }

    /// The running count of what was opened, for a vote whose results are shown as they come.
    pub fn running(&self) -> Vec<OptionCount> {
        let standing = self.ballots.iter().filter(|b| b.status == AnswerStatus::Standing);
        let choices: Vec<BallotChoice> = standing.filter_map(|b| Some(b.opened.as_ref()?.choice)).collect();
        self.counted(&choices)
    }

    fn counted(&self, choices: &[BallotChoice]) -> Vec<OptionCount> {
        let all: Vec<BallotChoice> = match &self.opening.options {
            VoteOptions::YesNo => vec![BallotChoice::Yes, BallotChoice::No, BallotChoice::Other],
            VoteOptions::OneOf(options) => (0..options.len() as u32).map(BallotChoice::Option).collect(),
        };
        let count = |choice: BallotChoice| choices.iter().filter(|c| **c == choice).count() as u32;
        all.into_iter().map(|choice| OptionCount { choice, count: count(choice) }).collect()
    }

    /// The result under a rule set; none while a ballot is sealed.
    pub(super) fn compute(&self, roster: &Roster, rules: &RuleSet) -> Option<VoteResult> {
        let said = self.said()?;
        let choices: Vec<BallotChoice> = said.iter().filter_map(|(_, choice, _)| *choice).collect();
        // A count by number can't say whose hands it leaves out: it stands only where no laptop has voted.
        let is_by_number = |(_, c): &&(PersonId, Count)| c.named.is_empty() && self.cast() == 0;
        let counts = match self.count.as_ref().filter(is_by_number) {
            Some((_, count)) => self
                .counted(&[])
                .into_iter()
                .map(|c| OptionCount {
                    count: count.counts.iter().filter(|(k, _)| *k == c.choice).map(|k| k.1).sum(),
                    ..c
                })
                .collect(),
            None => self.counted(&choices),
        };
        let of = |choice| counts.iter().find(|c| c.choice == choice).map_or(0, |c| c.count);
        let pm = roster.prime_minister().and_then(|pm| said.iter().find(|(person, _, _)| *person == pm)?.1);
        let prime_minister = match pm {
            Some(BallotChoice::Yes) => PrimeMinister::Yes,
            Some(BallotChoice::No) => PrimeMinister::No,
            _ => PrimeMinister::Neither,
        };
        let (members, attending) = (roster.size(), self.attended.len() as u32);
        let quorum = rules.quorum_at(members);
        let outcome = match &self.opening.options {
            _ if attending < quorum && self.opening.without_quorum.is_none() => VoteOutcome::YesNo {
                decision: Decision::NoQuorum,
                grounds: Grounds::NoQuorum { present: attending, needed: quorum },
            },
            VoteOptions::YesNo => {
                let (yes, no) = (of(BallotChoice::Yes), of(BallotChoice::No));
                let (decision, grounds) = decide(Ballots { members, yes, no, prime_minister }, rules);
                VoteOutcome::YesNo { decision, grounds }
            }
            VoteOptions::OneOf(options) => {
                let needed = rules.adopts_at(members);
                let chosen = (0..options.len() as u32).find(|n| of(BallotChoice::Option(*n)) >= needed);
                VoteOutcome::OneOf { chosen, needed }
            }
        };
        Some(VoteResult {
            rule_set: rules.id.clone(),
            act: rules.act.clone(),
            members,
            attending,
            quorum,
            silent: attending.saturating_sub(counts.iter().map(|c| c.count).sum()),
            counts,
            reserved: said.iter().filter(|(_, _, is_reserved)| *is_reserved).map(|(person, _, _)| *person).collect(),
            prime_minister,
            outcome,
        })
    }
}

impl SessionState {
    /// How an item was decided: the last vote on it with a result that was not held again.
    pub fn decided_by(&self, item: ItemId) -> Option<&Vote> {
        let decides =
            |vote: &&Vote| vote.result.is_some() && vote.repeated_by.is_none() && vote.items().any(|i| i == item);
        self.votes.iter().rfind(decides)
    }

    /// Whether a person may cast a ballot: on the roster, and not represented by a substitute. Who is marked absent, or not at all, votes
    /// from elsewhere.
    pub fn check_voter(&self, person: PersonId) -> Result<(), SessionRefusal> {
        let roster = &self.opening.as_ref().ok_or(SessionRefusal::WrongPhase)?.roster;
        match self.presence(person) {
            _ if !roster.has(person) => Err(SessionRefusal::NotOnRoster),
            Some(Presence::Substituted { .. }) => Err(SessionRefusal::SubstituteHasNoVote),
            _ => Ok(()),
        }
    }

    /// Checks a teller's count: no more votes than people, nobody twice, nobody who may not vote. Hands are counted while a vote is open; paper
    /// ballots also after closing, where no laptop has voted: a result that laptops made is changed by no count.
    pub fn check_count(&self, count: &Count) -> Result<(), SessionRefusal> {
        let vote = self.vote(count.vote).ok_or(SessionRefusal::NoSuchVote)?;
        let is_open = vote.phase == VotePhase::Open;
        if !is_open && (vote.cast() > 0 || vote.count.is_some()) {
            return Err(SessionRefusal::VoteClosed);
        }
        let options = &vote.opening.options;
        let mut choices = count.named.iter().map(|(_, c)| c).chain(count.counts.iter().map(|(c, _)| c));
        if !choices.all(|choice| is_option(*choice, options)) || count.named.is_empty() == count.counts.is_empty() {
            return Err(SessionRefusal::WrongValue);
        }
        let mut seen = BTreeSet::new();
        for (person, _) in &count.named {
            self.check_voter(*person)?;
            let is_absent = if is_open {
                self.presence(*person) == Some(&Presence::Absent)
            } else {
                !vote.attended.contains(person)
            };
            if is_absent {
                return Err(SessionRefusal::AbsentHasNoVote);
            }
            if !seen.insert(*person) || vote.standing(*person).is_some() {
                return Err(SessionRefusal::CountedTwice);
            }
        }
        let kinds: BTreeSet<BallotChoice> = count.counts.iter().map(|(choice, _)| *choice).collect();
        let mixes = !count.counts.is_empty() && vote.cast() > 0;
        if kinds.len() != count.counts.len() || mixes {
            return Err(SessionRefusal::CountedTwice);
        }
        let people = if is_open { self.voters(vote).len() } else { vote.attended.len() } as u32;
        let votes = count.counts.iter().fold(count.named.len() as u32, |sum, (_, n)| sum.saturating_add(*n));
        if votes > people { Err(SessionRefusal::MoreVotesThanPeople { votes, people }) } else { Ok(()) }
    }

    /// Members of the roster who could vote now: there, now or when it was opened, or with a ballot in time.
    pub(super) fn voters(&self, vote: &Vote) -> Vec<PersonId> {
        self.members_who(|person| attends(vote, person) || self.is_there(person))
    }

    /// Members of the roster of whom something is so, in its order.
    pub(super) fn members_who(&self, is_so: impl Fn(PersonId) -> bool) -> Vec<PersonId> {
        let members = self.opening.iter().flat_map(|pins| &pins.roster.members);
        members.map(|m| m.person).filter(|person| is_so(*person)).collect()
    }
}

/// Whether a member attends a vote.
pub(super) fn attends(vote: &Vote, person: PersonId) -> bool {
    vote.there.contains(&person) || vote.standing(person).is_some() || vote.is_counted_by_name(person)
}

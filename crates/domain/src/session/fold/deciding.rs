//! Votes: opened, ballots taken, opened and counted.

use super::{SessionState, allow};
use crate::session::check::check_options;
use crate::session::voting::attends;
use crate::session::*;
use crate::{EntryId, Fact, ItemId, Law, PairFacts, PersonId, Roles, Settled, Settlement, Under};

impl SessionState {
    /// Checks that a vote may be opened: by who leads, with a quorum or the chair's reason, not twice without a reason.
    pub fn check_vote(
        &self,
        opening: &VoteOpening,
        author: PersonId,
        roles: Roles,
        law: &Law,
    ) -> Result<Quorum, SessionRefusal> {
        self.expect_open()?;
        self.expect_lead(author, roles)?;
        check_options(&opening.options)?;
        let shares = |vote: &&Vote| vote.items().any(|i| opening.items.contains(&i));
        match opening.repeats.as_ref() {
            Some((earlier, reason)) => {
                if reason.trim().is_empty() {
                    return Err(SessionRefusal::ReasonMissing);
                }
                let vote = self.vote(*earlier).ok_or(SessionRefusal::NoSuchVote)?;
                if vote.phase == VotePhase::Open || vote.repeated_by.is_some() {
                    return Err(SessionRefusal::VoteUnderWay);
                }
            }
            None => match self.votes.iter().filter(shares).find(|v| v.repeated_by.is_none()) {
                Some(vote) if vote.phase == VotePhase::Open => return Err(SessionRefusal::VoteUnderWay),
                Some(_) => return Err(SessionRefusal::DecidedBefore),
                None => {}
            },
        }
        let pinned = self.pinned(law).ok_or(SessionRefusal::RuleSetUnknown)?;
        let quorum = self.quorum(pinned.rules).ok_or(SessionRefusal::WrongPhase)?;
        let reason = opening.without_quorum.as_deref().map(str::trim).filter(|r| !r.is_empty());
        match (quorum.is_met(), reason) {
            (false, None) => Err(SessionRefusal::NoQuorum { present: quorum.present, needed: quorum.needed }),
            (false, Some(_)) if !self.leads(author, roles) => Err(SessionRefusal::NotAllowed),
            _ => Ok(quorum),
        }
    }

    pub(super) fn vote_opened(
        &mut self,
        fact: &Fact<SessionAct>,
        opening: &VoteOpening,
        pair: Option<PairFacts>,
        law: &Law,
    ) -> Result<(), SessionRefusal> {
        let quorum = self.check_vote(opening, fact.author, fact.roles, law)?;
        let is_used = self.votes.iter().any(|v| v.opening.pair == opening.pair);
        if is_used || pair != Some(PairFacts { is_tellers: true, is_for_few: false }) {
            return Err(SessionRefusal::PairUnfit);
        }
        if let Some((earlier, _)) = &opening.repeats {
            self.votes.iter_mut().filter(|v| v.id == *earlier).for_each(|v| v.repeated_by = Some(fact.id));
        }
        self.votes.push(Vote {
            id: fact.id,
            opened_at: fact.at,
            opening: opening.clone(),
            quorum,
            phase: VotePhase::Open,
            pulled: Vec::new(),
            ballots: Vec::new(),
            count: None,
            there: self.members_who(|person| self.is_there(person)),
            attended: Vec::new(),
            despite_absence: Vec::new(),
            repeated_by: None,
            result: None,
            settled: None,
            opened_by_voters: Vec::new(),
        });
        Ok(())
    }

    pub(super) fn pulled(
        &mut self,
        fact: &Fact<SessionAct>,
        vote: EntryId,
        item: ItemId,
    ) -> Result<(), SessionRefusal> {
        self.check_voter(fact.author)?;
        let vote = self.votes.iter_mut().find(|v| v.id == vote).ok_or(SessionRefusal::NoSuchVote)?;
        if vote.phase != VotePhase::Open {
            return Err(SessionRefusal::VoteClosed);
        }
        if vote.opening.items.len() < 2 || !vote.items().any(|i| i == item) {
            return Err(SessionRefusal::NoSuchItem);
        }
        vote.pulled.push((item, fact.author));
        Ok(())
    }

    pub(super) fn vote_closed(&mut self, fact: &Fact<SessionAct>, id: EntryId) -> Result<(), SessionRefusal> {
        self.lead(fact).or_else(|_| allow(fact, Roles::TELLER))?;
        let vote = self.vote(id).ok_or(SessionRefusal::NoSuchVote)?;
        if vote.phase != VotePhase::Open {
            return Err(SessionRefusal::VoteClosed);
        }
        let attended = self.members_who(|person| attends(vote, person));
        let is_contradicted =
            |person: PersonId| vote.standing(person).is_some() && self.presence(person) == Some(&Presence::Absent);
        let despite_absence = self.members_who(is_contradicted);
        let vote = self.votes.iter_mut().find(|v| v.id == id).ok_or(SessionRefusal::NoSuchVote)?;
        (vote.phase, vote.attended, vote.despite_absence) =
            (VotePhase::Closed { at: fact.at }, attended, despite_absence);
        Ok(())
    }

    /// A ballot's vote stands in its clear header, since its body is sealed: to the vote's own pair, or it counts for nothing.
    pub(super) fn balloted(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.check_voter(fact.author)?;
        let vote = self.votes.iter_mut().find(|v| fact.about == Some(v.id)).ok_or(SessionRefusal::NoSuchVote)?;
        if fact.under != Under::Pair(vote.opening.pair) {
            return Err(SessionRefusal::WrongKey);
        }
        vote.take(fact)
    }

    /// All of them or none.
    pub(super) fn ballots_opened(
        &mut self,
        fact: &Fact<SessionAct>,
        ballots: &[(EntryId, Ballot)],
    ) -> Result<(), SessionRefusal> {
        for (entry, _) in ballots {
            let vote = self.vote_of(*entry)?;
            let may_open = vote.phase != VotePhase::Open || vote.opening.is_live;
            if !vote.ballots.iter().any(|b| b.entry == *entry && b.person == fact.author) {
                allow(fact, Roles::TELLER)?;
            }
            if !may_open {
                return Err(SessionRefusal::WrongPhase);
            }
            if vote.settled.is_some() {
                return Err(SessionRefusal::Settled);
            }
        }
        for (entry, ballot) in ballots {
            let vote = self.vote_of(*entry)?;
            if !fact.roles.has(Roles::TELLER) && vote.unopened().any(|b| b.entry == *entry) {
                vote.opened_by_voters.push(*entry);
            }
            // A ballot that names another vote inside than outside says nothing here.
            let choice = if vote.id == ballot.vote { ballot.choice } else { BallotChoice::Option(u32::MAX) };
            let opened = Ballot { vote: vote.id, choice, ..ballot.clone() };
            vote.ballots.iter_mut().filter(|b| b.entry == *entry).for_each(|b| b.opened = Some(opened.clone()));
        }
        Ok(())
    }

    pub(super) fn ballot_spoiled(&mut self, fact: &Fact<SessionAct>, entry: EntryId) -> Result<(), SessionRefusal> {
        allow(fact, Roles::TELLER)?;
        let vote = self.vote_of(entry)?;
        if vote.phase == VotePhase::Open {
            return Err(SessionRefusal::WrongPhase);
        }
        if vote.settled.is_some() {
            return Err(SessionRefusal::Settled);
        }
        vote.ballots.iter_mut().filter(|b| b.entry == entry).for_each(|b| b.is_spoiled = true);
        Ok(())
    }

    /// Fixes what counts in a vote: exactly what this fold finds, or nothing. Paper ballots are counted after the closing, so such a vote is
    /// settled when its session is closed.
    pub(super) fn vote_settled(
        &mut self,
        fact: &Fact<SessionAct>,
        id: EntryId,
        settlement: &Settlement,
        law: &Law,
    ) -> Result<(), SessionRefusal> {
        self.count(law);
        let vote = self.votes.iter_mut().find(|v| v.id == id).ok_or(SessionRefusal::NoSuchVote)?;
        if vote.settled.is_some() {
            return Err(SessionRefusal::Settled);
        }
        if vote.settlement().as_ref() != Some(settlement) {
            return Err(SessionRefusal::ResultDiffers);
        }
        vote.settled = Some(Settled { entry: fact.id, by: fact.author, at: fact.at, confirmed_by: None });
        Ok(())
    }

    pub(super) fn vote_of(&mut self, ballot: EntryId) -> Result<&mut Vote, SessionRefusal> {
        let holds = |vote: &&mut Vote| vote.ballots.iter().any(|b| b.entry == ballot);
        self.votes.iter_mut().find(holds).ok_or(SessionRefusal::NoSuchBallot)
    }

    pub(super) fn counted(&mut self, fact: &Fact<SessionAct>, count: &Count) -> Result<(), SessionRefusal> {
        allow(fact, Roles::TELLER)?;
        self.expect_open()?;
        self.check_count(count)?;
        let vote = self.votes.iter_mut().find(|v| v.id == count.vote).ok_or(SessionRefusal::NoSuchVote)?;
        if vote.settled.is_some() {
            return Err(SessionRefusal::Settled);
        }
        vote.count = Some((fact.author, count.clone()));
        Ok(())
    }
}

//! Votes: opened with a key pair of their own, ballots sealed to it, opened by tellers after closing.

use super::{check, state};
use crate::WorkError;
use crate::forms::{ledger_entry, person};
use crate::opening::{self, Due, Words};
use cabinet_acts::{read_ballot, session_kind, write_ballot_openings, write_ballot_spoiled, write_session_act};
use cabinet_domain::{
    Ballot, BallotChoice, Hash, Millis, PairFacts, Roles, SessionAct, SessionRefusal, Vote, VoteOpening, VotePhase,
    replaced_by_new,
};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{EntryId, KeyId, PairUse, SpaceId};
use cabinet_meaning::{domain_device, ledger_key};
use cabinet_vault::{Laptop, NewEntry, Sealing, Store};
use std::collections::BTreeSet;

const WORDS: Words = Words {
    is_one: |body| read_ballot(body).is_some(),
    opened: |part| write_ballot_openings(part),
    spoiled: write_ballot_spoiled,
};
/// Pairs that tellers keep ready in a session that was sent: votes are opened offline, too, by whoever leads.
const PAIRS_AHEAD: usize = 8;
/// And in one that is being prepared.
const PAIRS_FOR_DRAFT: usize = 2;

/// Opens a vote under a pair that a teller laid by; a teller who opens one makes its pair on the spot, if none is left.
pub fn open_vote<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    opening: VoteOpening,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let pair = match unused_pairs(laptop, space)?.first() {
        Some(pair) => *pair,
        None if Roles(laptop.my_roles()).has(Roles::TELLER) => {
            laptop.open_pair(space, PairUse::Ballots, None, now_ms)?
        }
        None => return Err(WorkError::SessionRefused(SessionRefusal::PairUnfit)),
    };
    let opening = VoteOpening { pair: Hash(pair.0), ..opening };
    let act = SessionAct::VoteOpened { opening, pair: Some(PairFacts { is_tellers: true, is_for_few: false }) };
    check(laptop, space, act.clone(), None, &[], now_ms)?;
    let written = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    Ok(laptop.sign(NewEntry::act(space, written), now_ms)?.0)
}

/// Casts a ballot, or changes one's own; names the vote, and the earlier ballots of this person that are known here.
pub fn cast_ballot<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    vote: cabinet_domain::EntryId,
    choice: BallotChoice,
    remark: Option<String>,
    is_reserved: bool,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    let state = state(laptop, space)?;
    let found = state.vote(vote).ok_or(WorkError::SessionRefused(SessionRefusal::NoSuchVote))?;
    let ballot = Ballot { vote, choice, remark, is_reserved, signed_at: Millis(now_ms as i64) };
    found.check(&ballot).map_err(WorkError::SessionRefused)?;
    let (me, device) = laptop.me().map(|me| (person(me.person), domain_device(me.device)))?;
    let replaces: Vec<EntryId> = replaced_by_new(&found.ballots, me, device).into_iter().map(ledger_entry).collect();
    let about = Some(ledger_entry(vote));
    let act = SessionAct::Balloted(ballot);
    check(laptop, space, act.clone(), about, &replaces, now_ms)?;
    let (kind, body) = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    debug_assert_eq!(kind, session_kind::BALLOTED);
    let sealing = Sealing::Pair(ledger_key(found.opening.pair));
    let new = NewEntry { about, sealing, replaces, ..NewEntry::act(space, (kind, body)) };
    Ok(laptop.sign(new, now_ms)?.0)
}

/// Opens ballots of votes that are closed, or shown as they come: all that this laptop can read on a teller's, after `patience_ms` one's own on any
/// other. Returns how many entries say so.
pub fn open_ballots<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    patience_ms: i64,
    now_ms: u64,
) -> Result<usize, WorkError> {
    let due = ballots_to_open(laptop, space, patience_ms, now_ms)?;
    if due.is_empty() {
        return Ok(0);
    }
    opening::open(laptop, space, due, &WORDS, &Sealing::Audience, now_ms)
}

/// Ballots that have their place, may be opened by this person, and were not opened yet, be it in an act that still waits.
fn ballots_to_open<S: Store>(
    laptop: &Laptop<S>,
    space: SpaceId,
    patience_ms: i64,
    now_ms: u64,
) -> Result<Vec<Due>, WorkError> {
    let stamped = laptop.session(space)?;
    let stamped: BTreeSet<_> = stamped.votes.iter().flat_map(|v| &v.ballots).map(|b| b.entry).collect();
    let (me, is_teller) = (person(laptop.me()?.person), Roles(laptop.my_roles()).has(Roles::TELLER));
    let is_time = |vote: &Vote| match vote.phase {
        VotePhase::Open => false,
        VotePhase::Closed { at } => now_ms as i64 > at.0 + patience_ms && !is_off(Fault::AuthorsOpen),
    };
    let may_open = |vote: &&Vote| vote.settled.is_none() && (vote.phase != VotePhase::Open || vote.opening.is_live);
    let state = state(laptop, space)?;
    let unopened = state.votes.iter().filter(may_open).flat_map(|v| {
        let is_mine = move |person| is_teller || (person == me && is_time(v));
        // While a vote is open, the key of a ballot may still come.
        let (pair, may_spoil) = (v.opening.pair, is_teller && v.phase != VotePhase::Open);
        v.unopened().filter(move |b| is_mine(b.person)).map(move |b| Due { entry: b.entry, pair, may_spoil })
    });
    Ok(unopened.filter(|due| stamped.contains(&due.entry)).collect())
}

/// Fixes what counts in votes whose ballots are all opened: at once on a teller's laptop, after `patience_ms` on any other. What no laptop voted in
/// waits for its session to end, since paper ballots are counted after the closing.
pub fn settle_votes<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    patience_ms: i64,
    now_ms: u64,
) -> Result<usize, WorkError> {
    let stamped = laptop.session(space)?;
    let is_teller = Roles(laptop.my_roles()).has(Roles::TELLER);
    let is_ended = |vote: &&Vote| vote.cast() > 0 || stamped.phase.is_over();
    let is_mine = |vote: &&Vote| match vote.phase {
        VotePhase::Open => false,
        VotePhase::Closed { at } => is_teller || now_ms as i64 > at.0 + patience_ms,
    };
    let pending = state(laptop, space)?;
    let is_new = |vote: &&Vote| pending.vote(vote.id).is_some_and(|v| v.settled.is_none());
    let due = stamped.votes.iter().filter(is_ended).filter(is_mine).filter(is_new);
    let act = |vote: &Vote| Some(SessionAct::VoteSettled { vote: vote.id, settlement: vote.settlement()? });
    let due: Vec<_> = due.filter_map(act).filter(|act| !laptop.has_said(space, act)).collect();
    let mut count = 0;
    for act in due {
        let written = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
        count += usize::from(laptop.sign_by_itself(NewEntry::act(space, written), now_ms)?);
    }
    Ok(count)
}

/// Lays pairs by for the votes of a session, if this laptop is a teller's and few are left. Returns how many.
pub fn lay_ballot_pairs<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<usize, WorkError> {
    let state = laptop.session_with_pending(space)?;
    if !Roles(laptop.my_roles()).has(Roles::TELLER) || state.phase.is_over() {
        return Ok(0);
    }
    let left = unused_pairs(laptop, space)?.len();
    let wanted = if state.versions.is_empty() { PAIRS_FOR_DRAFT } else { PAIRS_AHEAD };
    // Not one after each vote: a few at once, when half are used.
    let missing = if left * 2 <= wanted { wanted - left } else { 0 };
    for _ in 0..missing {
        laptop.open_pair(space, PairUse::Ballots, None, now_ms)?;
    }
    Ok(missing)
}

fn unused_pairs<S: Store>(laptop: &Laptop<S>, space: SpaceId) -> Result<Vec<KeyId>, WorkError> {
    let state = laptop.session_with_pending(space)?;
    let is_used = |pair: &KeyId| state.votes.iter().any(|v| ledger_key(v.opening.pair) == *pair);
    let pairs = laptop.fit_pairs(space, PairUse::Ballots, false)?;
    Ok(pairs.into_iter().filter(|pair| !is_used(pair)).collect())
}

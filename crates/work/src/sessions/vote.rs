//! Votes: opened with a key pair of their own, ballots sealed to it, opened by tellers after closing.

use super::{check, refuse, state};
use crate::WorkError;
use crate::forms::{ledger_entry, person};
use cabinet_acts::{Opening, session_kind, write_ballot_openings, write_session_act};
use cabinet_domain::{Ballot, BallotChoice, Millis, Roles, SessionAct, SessionRefusal, Vote, VoteOpening, VotePhase};
use cabinet_ledger::{EntryId, SpaceId, limits, role};
use cabinet_seal::{Identity, Recipient};
use cabinet_vault::{Laptop, NewEntry, Sealing, Secret, Store};
use std::collections::{BTreeMap, BTreeSet};

/// Limit: bytes of openings in one entry, so that with its padding it stays below [`limits::ENTRY_BYTES_MAX`].
const OPENINGS_BYTES_MAX: usize = limits::ENTRY_BYTES_MAX / 2;

/// What an opening adds to its body, at most: id, salt, and their frames.
const OPENING_BYTES: usize = 64;

/// Opens a vote. The opening's key is made here.
pub fn open_vote<S: Store>(
    laptop: &mut Laptop<S>,
    space: SpaceId,
    opening: VoteOpening,
    now_ms: u64,
) -> Result<EntryId, WorkError> {
    expect_granter(laptop)?;
    let identity = Identity::make();
    let opening = VoteOpening { ballot_key: identity.recipient().text().to_owned(), ..opening };
    let act = SessionAct::VoteOpened(opening);
    check(laptop, space, act.clone(), &[], now_ms)?;
    let secret = Secret::Identity(identity);
    laptop.keep_key(secret.clone())?;
    laptop.grant_new(space, &secret, now_ms)?;
    let written = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    Ok(laptop.sign(NewEntry::act(space, written), now_ms)?.0)
}

/// Casts a ballot, or changes one's own; names the vote, and every earlier ballot of this person that is known here.
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
    let me = person(laptop.me()?.person);
    let earlier = found.ballots.iter().filter(|b| b.person == me).map(|b| ledger_entry(b.entry));
    let replaces: Vec<EntryId> = [ledger_entry(vote)].into_iter().chain(earlier).collect();
    let act = SessionAct::Balloted(ballot);
    check(laptop, space, act.clone(), &replaces, now_ms)?;
    let recipient = Recipient::parse(&found.opening.ballot_key);
    let recipient = recipient.map_err(|_| WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    let (kind, body) = write_session_act(&act).ok_or(WorkError::SessionRefused(SessionRefusal::Unreadable))?;
    debug_assert_eq!(kind, session_kind::BALLOTED);
    let sealing = Sealing::Answer(recipient);
    let new = NewEntry { space: Some(space), kind, body, sealing, replaces, papers: vec![] };
    Ok(laptop.sign(new, now_ms)?.0)
}

/// Opens the ballots of votes that are closed, or shown as they come, if this laptop holds their private halves. Returns how many.
pub fn open_ballots<S: Store>(laptop: &mut Laptop<S>, space: SpaceId, now_ms: u64) -> Result<usize, WorkError> {
    if !Roles(laptop.my_roles()).has(Roles::TELLER) {
        return Ok(0);
    }
    let due = ballots_to_open(laptop, space)?;
    if due.is_empty() {
        return Ok(0);
    }
    let mut readable: BTreeMap<_, _> = laptop.readable(space)?.into_iter().map(|o| (o.entry, o)).collect();
    readable.retain(|_, o| cabinet_acts::read_ballot(&o.body).is_some());
    let (mut openings, mut spoiled) = (Vec::new(), Vec::new());
    for (phase, entry) in due {
        match readable.remove(&entry) {
            Some(opening) => openings.push(opening),
            // Its key may still come.
            None if phase == VotePhase::Open => {}
            None => spoiled.push(SessionAct::BallotSpoiled { entry }),
        }
    }
    let opened = openings.len() + spoiled.len();
    let opened_in_parts = parts(openings).into_iter().map(|part| write_ballot_openings(&part));
    for written in opened_in_parts.chain(spoiled.iter().filter_map(write_session_act)) {
        laptop.sign(NewEntry::act(space, written), now_ms)?;
    }
    Ok(opened)
}

/// Ballots that have their place, may be opened, and that this laptop has not opened yet, be it in an act that still waits.
fn ballots_to_open<S: Store>(
    laptop: &Laptop<S>,
    space: SpaceId,
) -> Result<Vec<(VotePhase, cabinet_domain::EntryId)>, WorkError> {
    let stamped = laptop.session(space)?;
    let stamped: BTreeSet<_> = stamped.votes.iter().flat_map(|v| &v.ballots).map(|b| b.entry).collect();
    let may_open = |vote: &&Vote| {
        let is_time = vote.phase != VotePhase::Open || vote.opening.is_live;
        is_time && laptop.holds_answer_key(&vote.opening.ballot_key)
    };
    let state = state(laptop, space)?;
    let unopened = state.votes.iter().filter(may_open).flat_map(|v| v.unopened().map(|b| (v.phase, b.entry)));
    Ok(unopened.filter(|(_, entry)| stamped.contains(entry)).collect())
}

/// Openings in as few entries as hold them.
fn parts(openings: Vec<Opening>) -> Vec<Vec<Opening>> {
    let mut parts: Vec<Vec<Opening>> = Vec::new();
    let mut bytes = 0;
    for opening in openings {
        let more = opening.body.len() + OPENING_BYTES;
        bytes += more;
        match parts.last_mut().filter(|_| bytes <= OPENINGS_BYTES_MAX) {
            Some(part) => part.push(opening),
            None => {
                bytes = more;
                parts.push(vec![opening]);
            }
        }
    }
    parts
}

/// Whether this person may hand on a vote's key, which opening one takes.
fn expect_granter<S: Store>(laptop: &Laptop<S>) -> Result<(), WorkError> {
    match laptop.my_roles() & (role::SECRETARY | role::CHAIR) {
        0 => refuse(SessionRefusal::NotAllowed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openings_of_a_hall_fit_into_entries_and_stay_in_order() {
        let opening = |n: u128| Opening {
            entry: cabinet_domain::EntryId(uuid::Uuid::from_u128(n)),
            salt: [0; 32],
            // The longest remark in every hundredth.
            body: vec![0; if n.is_multiple_of(100) { 60_000 } else { 64 }],
        };
        let all: Vec<Opening> = (0..1_000).map(opening).collect();
        let parts = parts(all.clone());
        assert_eq!(parts.len(), 4);
        for part in &parts {
            assert!(write_ballot_openings(part).1.len() <= OPENINGS_BYTES_MAX);
        }
        assert_eq!(parts.concat(), all);
    }
}

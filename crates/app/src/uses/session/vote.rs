//! Votes: opened, cast, counted, closed, and what the screens show of them.

use super::read::Reading;
use super::view::{HeldBallotView, MyBallotView, VoteResultView, VoteSeatView, VoteView};
use super::{act, entry_id, item_id, person_of, session_id};
use crate::uses::named::{BallotStateName, GroundsName, VoteOutcomeName};
use crate::{App, AppError};
use cabinet_domain::{
    AnswerStatus, Ballot, BallotChoice, Count, Decision, Field, ItemField, MemberAnswer, PersonId, Roles, SessionAct,
    Value, Vote, VoteOpening, VoteOptions, VoteOutcome, VotePhase,
};
use cabinet_vault::{Pending, PendingState};
use cabinet_work::forms::ledger_person;
use cabinet_work::sessions;
use serde::Deserialize;
use ts_rs::TS;

/// A vote to open.
#[derive(Deserialize, TS)]
pub struct OpenVoteRequest {
    /// The session.
    pub session: String,
    /// The items; several for the block.
    pub items: Vec<String>,
    /// What is put to the vote.
    pub question: String,
    /// Options; empty for yes, no and other.
    pub options: Vec<String>,
    /// Whether results are shown as they come.
    pub is_live: bool,
    /// The chair's reason to vote without a quorum.
    pub without_quorum: Option<String>,
    /// The vote that it repeats.
    pub repeats: Option<String>,
    /// Why.
    pub reason: String,
}

/// A ballot to sign.
#[derive(Deserialize, TS)]
pub struct BallotRequest {
    /// The session.
    pub session: String,
    /// The vote.
    pub vote: String,
    /// `yes`, `no`, `other`, or the number of an option, from 0.
    pub choice: String,
    /// Text.
    pub remark: String,
    /// Whether the opinion is reserved.
    pub is_reserved: bool,
}

/// Which vote.
#[derive(Deserialize, TS)]
pub struct VoteRequest {
    /// The session.
    pub session: String,
    /// The vote.
    pub vote: String,
}

/// An item to take out of the block.
#[derive(Deserialize, TS)]
pub struct PullRequest {
    /// The session.
    pub session: String,
    /// The vote.
    pub vote: String,
    /// The item.
    pub item: String,
}

/// Hands or paper ballots.
#[derive(Deserialize, TS)]
pub struct CountRequest {
    /// The session.
    pub session: String,
    /// The vote.
    pub vote: String,
    /// By name: person and choice.
    pub named: Vec<(String, String)>,
    /// By count: choice and number.
    pub counts: Vec<(String, u32)>,
}

/// Opens a vote.
pub fn open(app: &App, request: OpenVoteRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    let opening = VoteOpening {
        items: request.items.iter().map(|i| item_id(i)).collect::<Result<_, _>>()?,
        question: request.question,
        options: if request.options.is_empty() { VoteOptions::YesNo } else { VoteOptions::OneOf(request.options) },
        pair: cabinet_domain::Hash([0; 32]),
        is_live: request.is_live,
        without_quorum: request.without_quorum,
        repeats: request.repeats.map(|vote| Ok::<_, AppError>((entry_id(&vote)?, request.reason))).transpose()?,
    };
    app.work(|laptop, now| sessions::open_vote(laptop, space, opening, now))?;
    app.changed(&[space]);
    Ok(())
}

/// Signs a ballot. It is sent when there is a network, and counts if it arrives before closing.
pub fn cast(app: &App, request: BallotRequest) -> Result<(), AppError> {
    let (space, vote) = (session_id(&request.session)?, entry_id(&request.vote)?);
    let choice = choice(&request.choice)?;
    let remark = Some(request.remark.trim().to_owned()).filter(|r| !r.is_empty());
    app.work(|l, now| sessions::cast_ballot(l, space, vote, choice, remark, request.is_reserved, now))?;
    app.changed(&[space]);
    Ok(())
}

/// Takes an item out of the block.
pub fn pull(app: &App, request: PullRequest) -> Result<(), AppError> {
    let (vote, item) = (entry_id(&request.vote)?, item_id(&request.item)?);
    act(app, &request.session, SessionAct::Pulled { vote, item })
}

/// Closes a vote.
pub fn close(app: &App, request: VoteRequest) -> Result<(), AppError> {
    let vote = entry_id(&request.vote)?;
    act(app, &request.session, SessionAct::VoteClosed { vote })
}

/// Enters a count of hands.
pub fn count(app: &App, request: CountRequest) -> Result<(), AppError> {
    let named = request.named.iter().map(|(p, c)| Ok((person_of(p)?, choice(c)?))).collect::<Result<_, AppError>>()?;
    let counts = request.counts.iter().map(|(c, n)| Ok((choice(c)?, *n))).collect::<Result<_, AppError>>()?;
    let count = Count { vote: entry_id(&request.vote)?, named, counts };
    act(app, &request.session, SessionAct::Counted(count))
}

fn choice(text: &str) -> Result<BallotChoice, AppError> {
    Ok(match text {
        "yes" => BallotChoice::Yes,
        "no" => BallotChoice::No,
        "other" => BallotChoice::Other,
        number => BallotChoice::Option(number.parse().map_err(|_| AppError::BadRequest("choice".into()))?),
    })
}

fn choice_name(choice: BallotChoice) -> String {
    match choice {
        BallotChoice::Yes => "yes".to_owned(),
        BallotChoice::No => "no".to_owned(),
        BallotChoice::Other => "other".to_owned(),
        BallotChoice::Option(n) => n.to_string(),
    }
}

/// All votes on items that this person may see.
pub(super) fn votes(reading: &Reading<'_>, me: PersonId) -> Result<Vec<VoteView>, AppError> {
    let pending = reading.laptop.pending::<SessionAct>(reading.space)?;
    let is_seen = |vote: &&Vote| vote.opening.items.iter().all(|i| title(reading, *i).is_some());
    let stamped = reading.laptop.session(reading.space)?;
    let view = |vote: &Vote| view(reading, vote, stamped.vote(vote.id), me, &pending);
    Ok(reading.state.votes.iter().filter(is_seen).map(view).collect())
}

fn title(reading: &Reading<'_>, item: cabinet_domain::ItemId) -> Option<String> {
    match reading.state.issued()?.content.fields.get(&Field::Item(item, ItemField::Title))? {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn view(
    reading: &Reading<'_>,
    vote: &Vote,
    stamped: Option<&Vote>,
    me: PersonId,
    pending: &[Pending<SessionAct>],
) -> VoteView {
    let state = reading.state;
    let is_open = vote.phase == VotePhase::Open;
    // Hidden until closing is a promise of the screen: nothing is counted here before.
    let is_shown = !is_open || vote.opening.is_live;
    let counts = match &vote.result {
        Some(result) => result.counts.clone(),
        None if is_shown => vote.running(),
        None => vec![],
    };
    let may_count = Roles(reading.laptop.my_roles()).has(Roles::TELLER);
    let hands = vote.count.as_ref().filter(|_| is_shown || may_count).map(|(_, count)| count);
    let named = |id: cabinet_domain::ItemId| title(reading, id).map(|t| (id.to_string(), t));
    let rules = state.pinned(reading.laptop.law()).map(|pinned| pinned.rules);
    let members = state.opening.as_ref().map_or(0, |o| o.roster.size());
    let needed = rules.map_or(0, |r| r.adopts_at(members));
    let yes = counts.iter().find(|c| c.choice == BallotChoice::Yes).map_or(0, |c| c.count);
    let options = match &vote.opening.options {
        VoteOptions::YesNo => vec![],
        VoteOptions::OneOf(options) => options.clone(),
    };
    // Numbers without names stand only as long as no laptop has voted: nobody can say whose hands they hold.
    let is_by_number = vote.count.as_ref().is_some_and(|(_, count)| !count.counts.is_empty());
    VoteView {
        id: vote.id.to_string(),
        question: vote.opening.question.clone(),
        items: vote.items().filter_map(named).collect(),
        pulled: vote
            .pulled
            .iter()
            .filter_map(|(item, who)| Some((title(reading, *item)?, reading.names.office(*who))))
            .collect(),
        is_open,
        is_closing: !is_open && stamped.is_some_and(|v| v.phase == VotePhase::Open),
        is_live: vote.opening.is_live,
        opened_at: vote.opened_at.0,
        without_quorum: vote.opening.without_quorum.clone(),
        repeats_because: vote.opening.repeats.as_ref().map(|(_, reason)| reason.clone()),
        is_repeated: vote.repeated_by.is_some(),
        cast: vote.cast() as u32,
        needs: (is_shown && options.is_empty()).then(|| needed.saturating_sub(yes)),
        counts: counts.iter().map(|c| (choice_name(c.choice), c.count)).collect(),
        options: options.clone(),
        seats: seats(reading, vote, is_shown),
        is_counted_by_hand: vote.count.is_some() && !(is_by_number && vote.cast() > 0),
        is_counted_by_number: is_by_number,
        hands: hands
            .map(|c| c.counts.iter().map(|(choice, n)| (choice_name(*choice), *n)).collect())
            .unwrap_or_default(),
        hands_named: hands
            .map(|c| c.named.iter().map(|(p, choice)| (ledger_person(*p).to_string(), choice_name(*choice))).collect())
            .unwrap_or_default(),
        mine: mine(reading, vote, stamped, me, pending),
        is_settled: stamped.is_some_and(|v| v.settled.is_some()),
        opened_by_voters: vote.opened_by_voters.len() as u32,
        may_vote: is_open && state.check_voter(me).is_ok() && !vote.is_counted_by_name(me),
        result: result(reading, vote),
    }
}

/// What came of a vote, once it is known.
pub(super) fn result(reading: &Reading<'_>, vote: &Vote) -> Option<VoteResultView> {
    let rules = reading.state.pinned(reading.laptop.law()).map(|pinned| pinned.rules);
    let option = |n: u32| match &vote.opening.options {
        VoteOptions::OneOf(options) => options.get(n as usize).cloned(),
        VoteOptions::YesNo => None,
    };
    vote.result.as_ref().map(|result| {
        let (outcome, chosen, grounds, needed) = match &result.outcome {
            VoteOutcome::YesNo { decision, grounds } => {
                let outcome = match decision {
                    Decision::Adopted => VoteOutcomeName::Adopted,
                    Decision::NotAdopted => VoteOutcomeName::NotAdopted,
                    Decision::NoQuorum => VoteOutcomeName::NoQuorum,
                };
                (outcome, None, grounds.into(), rules.map_or(0, |r| r.adopts_at(result.members)))
            }
            VoteOutcome::OneOf { chosen: Some(n), needed } => {
                (VoteOutcomeName::Chosen, option(*n), GroundsName::Majority, *needed)
            }
            VoteOutcome::OneOf { chosen: None, needed } => {
                (VoteOutcomeName::NoneChosen, None, GroundsName::TooFew, *needed)
            }
        };
        VoteResultView {
            outcome,
            chosen,
            grounds,
            needed,
            members: result.members,
            attending: result.attending,
            quorum: result.quorum,
            silent: result.silent,
            act: result.act.clone(),
        }
    })
}

fn seats(reading: &Reading<'_>, vote: &Vote, is_shown: bool) -> Vec<VoteSeatView> {
    let Some(opening) = &reading.state.opening else { return vec![] };
    let by_hand = |id: PersonId| {
        let named = vote.count.iter().flat_map(|(_, c)| &c.named);
        named.into_iter().find(|(p, _)| *p == id).map(|(_, choice)| *choice)
    };
    let seat = |id: PersonId| {
        let ballot = vote.standing(id);
        let opened = ballot.and_then(|b| b.opened.as_ref()).filter(|_| is_shown);
        let choice = opened.map(|b| b.choice).or(by_hand(id).filter(|_| is_shown));
        VoteSeatView {
            person: ledger_person(id).to_string(),
            office: reading.names.office(id),
            short: reading.names.short(id),
            has_voted: ballot.is_some() || by_hand(id).is_some(),
            choice: choice.map(choice_name),
            is_reserved: opened.is_some_and(|b| b.is_reserved),
            remark: opened.and_then(|b| b.remark.clone()).unwrap_or_default(),
            is_there: match vote.phase {
                VotePhase::Closed { .. } => vote.attended.contains(&id),
                VotePhase::Open => ballot.is_some() || reading.state.is_there(id),
            },
        }
    };
    opening.roster.members.iter().map(|m| seat(m.person)).collect()
}

/// My last ballot: a pending one stands over those that have their place. `stamped` is the vote as the hub has it.
fn mine(
    reading: &Reading<'_>,
    vote: &Vote,
    stamped: Option<&Vote>,
    me: PersonId,
    pending: &[Pending<SessionAct>],
) -> Option<MyBallotView> {
    let said = |taken: &MemberAnswer<Ballot>| match reading.laptop.own_act(reading.space, taken.entry).ok()? {
        Some(SessionAct::Balloted(ballot)) => Some(ballot),
        _ => taken.opened.clone(),
    };
    let choice = |ballot: &Option<Ballot>| ballot.as_ref().map(|b| choice_name(b.choice)).unwrap_or_default();
    let mut unplaced = pending.iter().rev().filter_map(|p| match &p.fact.act {
        SessionAct::Balloted(ballot) if ballot.vote == vote.id => Some((p, ballot)),
        _ => None,
    });
    let waiting = unplaced.next();
    // Received is with the hub, whether or not this laptop has read its place yet.
    let received = unplaced.find_map(|(p, ballot)| match p.state {
        PendingState::Received { at_ms } => {
            Some(HeldBallotView { choice: choice_name(ballot.choice), at: at_ms as i64 })
        }
        _ => None,
    });
    let (entry, ballot, state, at) = if let Some((p, ballot)) = waiting {
        let (state, at) = match p.state {
            PendingState::Waiting => (BallotStateName::Waiting, p.signed_ms),
            PendingState::Received { at_ms } => (BallotStateName::Received, at_ms),
            PendingState::Refused { .. } => (BallotStateName::Refused, p.signed_ms),
        };
        (p.fact.id, Some(ballot.clone()), state, at as i64)
    } else {
        let last = vote.ballots.iter().rfind(|b| b.person == me)?;
        let state = match (last.status, vote.phase) {
            (AnswerStatus::Late { .. }, _) => BallotStateName::NotCounted,
            (_, VotePhase::Open) => BallotStateName::Received,
            (_, VotePhase::Closed { .. }) => BallotStateName::Counted,
        };
        (last.entry, said(last), state, last.received_at.0)
    };
    let placed = || {
        let standing = stamped?.standing(me).filter(|taken| taken.entry != entry)?;
        Some(HeldBallotView { choice: choice(&said(standing)), at: standing.received_at.0 })
    };
    let held = if state == BallotStateName::Received { None } else { received.or_else(placed) };
    Some(MyBallotView {
        choice: choice(&ballot),
        remark: ballot.as_ref().and_then(|b| b.remark.clone()).unwrap_or_default(),
        is_reserved: ballot.is_some_and(|b| b.is_reserved),
        state,
        at,
        held,
    })
}

//! What the rules refuse, and the checks that the app makes before an act and the fold makes after it.

use super::agenda::BESIDE_MAX;
use super::order::is_order;
use super::{Audience, Ballot, BallotChoice, Field, ItemField, PaperContent, Value, VoteOptions, Write};
use crate::{Excess, Limited, TextFault, check_text};
use serde::{Deserialize, Serialize};

/// Limit: writes in one entry; a pasted list of 300 items has five fields each.
const WRITES_MAX: usize = 2_000;
/// Limit: minutes of one item, a day.
pub const ITEM_MINUTES_MAX: i64 = 24 * 60;
/// Limit: copies of one secret paper.
pub const COPIES_MAX: usize = 1_000;
/// Limit: people that one field names.
const PEOPLE_MAX: usize = 1_000;
/// Limit: what can be said in a vote among several.
const OPTIONS_MAX: usize = 50;

/// Why the rules refuse an act. Refused entries stay in the ledger, with this beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SessionRefusal {
    #[error("the author's role does not allow it")]
    NotAllowed,
    #[error("the session is not in a state that allows it")]
    WrongPhase,
    #[error("the content does not belong in its field")]
    WrongValue,
    #[error(transparent)]
    TooMuch(#[from] Excess),
    #[error("a text has signs that are not seen, or turn around what is")]
    NotPlain,
    #[error("the session has no title, no time or no chair")]
    FrameIncomplete,
    #[error("somebody else changed the agenda, and the author had not seen it")]
    AgendaChanged,
    #[error("there is no such item")]
    NoSuchItem,
    #[error("there is no such vote")]
    NoSuchVote,
    #[error("there is no such ballot")]
    NoSuchBallot,
    #[error("the author is not invited")]
    NotInvited,
    #[error("an objection, an absence or a repeated vote needs its reason")]
    ReasonMissing,
    #[error("the roster is not valid")]
    RosterInvalid,
    #[error("no rule set is known for the day, or it is not in force on it")]
    RuleSetUnknown,
    #[error("it was made under law, or by a version of the rules, that only a newer app has")]
    NeedsNewerApp,
    #[error("{present} of {needed} members needed are there")]
    NoQuorum { present: u32, needed: u32 },
    #[error("the vote is closed")]
    VoteClosed,
    #[error("the author is not on the roster of the day")]
    NotOnRoster,
    #[error("a substitute speaks and has no vote")]
    SubstituteHasNoVote,
    #[error("who is absent has no vote")]
    AbsentHasNoVote,
    #[error("another opinion has no text")]
    OpinionWithoutText,
    #[error("{votes} votes, but {people} members are there")]
    MoreVotesThanPeople { votes: u32, people: u32 },
    #[error("somebody is counted twice")]
    CountedTwice,
    #[error("the same items are being voted on already")]
    VoteUnderWay,
    #[error("these items were decided; a vote is repeated with its reason")]
    DecidedBefore,
    #[error("received after closing")]
    Late,
    #[error("it names no key pair that a teller laid by for it alone")]
    PairUnfit,
    #[error("it is sealed under a key that is not the one for it")]
    WrongKey,
    #[error("the result is fixed already")]
    Settled,
    #[error("it is not what the ballots come to")]
    ResultDiffers,
    #[error("the entry can't be read")]
    Unreadable,
}

impl From<TextFault> for SessionRefusal {
    fn from(fault: TextFault) -> Self {
        match fault {
            TextFault::TooLong(excess) => SessionRefusal::TooMuch(excess),
            TextFault::NotPlain => SessionRefusal::NotPlain,
        }
    }
}

/// What the fold made of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SessionVerdict {
    /// It changed the state.
    Accepted,
    /// It stays in the ledger and changes nothing.
    Refused {
        /// Why.
        reason: SessionRefusal,
    },
}

/// Checks that a write's content belongs in its field.
pub fn check_write(write: &Write) -> Result<(), SessionRefusal> {
    use Field::{Chair, Invited, IsOnline, Item, Kind, Paper, Place, StartsAt, Title};
    let fits = match (write.field, &write.value) {
        (Title, Value::Text(text)) => !text.trim().is_empty(),
        (Place, Value::Text(_)) | (IsOnline, Value::Flag(_)) | (Kind, Value::Session(_)) => true,
        (StartsAt, Value::Number(_)) | (Chair, Value::Person(_)) | (Invited, Value::People(_)) => true,
        (Paper(_), Value::Paper(filed)) => is_order(&filed.order) && check_paper(&filed.content),
        (Item(_, field), value) => match (field, value) {
            (ItemField::Title, Value::Text(text)) => !text.trim().is_empty(),
            (ItemField::Minutes, Value::Number(minutes)) => (0..=ITEM_MINUTES_MAX).contains(minutes),
            (ItemField::Presenter, Value::Text(_)) | (ItemField::Kind, Value::Item(_)) => true,
            (ItemField::Spot, Value::Spot(spot)) => is_order(&spot.order),
            (ItemField::Chair, Value::Person(_)) => true,
            (ItemField::Audience, Value::Audience(_)) | (ItemField::Standing, Value::Standing(_)) => true,
            _ => false,
        },
        _ => false,
    };
    if !fits {
        return Err(SessionRefusal::WrongValue);
    }
    let people = match &write.value {
        Value::People(people) | Value::Audience(Audience::Named(people)) => people.len(),
        _ => 0,
    };
    Limited::People.within(people, PEOPLE_MAX)?;
    Limited::Writes.within(write.on.len(), BESIDE_MAX)?;
    Ok(write.value.texts().into_iter().try_for_each(check_text)?)
}

pub(super) fn check_writes(writes: &[Write]) -> Result<(), SessionRefusal> {
    if writes.is_empty() {
        return Err(SessionRefusal::WrongValue);
    }
    Limited::Writes.within(writes.len(), WRITES_MAX)?;
    writes.iter().try_for_each(check_write)
}

fn check_paper(content: &PaperContent) -> bool {
    match content {
        PaperContent::Sealed(paper) => !paper.title.trim().is_empty(),
        PaperContent::OnPaper { title, copies, .. } => {
            let mut numbers: Vec<u32> = copies.iter().map(|c| c.number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            !title.trim().is_empty() && numbers.len() == copies.len() && copies.len() <= COPIES_MAX
        }
    }
}

/// Checks that a ballot says one of the things that can be said.
pub(super) fn check_ballot(ballot: &Ballot, options: &VoteOptions) -> Result<(), SessionRefusal> {
    let has_text = ballot.remark.as_ref().is_some_and(|r| !r.trim().is_empty());
    ballot.remark.as_deref().map_or(Ok(()), check_text)?;
    match (ballot.choice, options) {
        (BallotChoice::Other, VoteOptions::YesNo) if !has_text => Err(SessionRefusal::OpinionWithoutText),
        (choice, options) if is_option(choice, options) => Ok(()),
        _ => Err(SessionRefusal::WrongValue),
    }
}

/// Checks that a vote among several has several things to say, and not too many.
pub(super) fn check_options(options: &VoteOptions) -> Result<(), SessionRefusal> {
    match options {
        VoteOptions::OneOf(options) if !(2..=OPTIONS_MAX).contains(&options.len()) => Err(SessionRefusal::WrongValue),
        VoteOptions::OneOf(_) | VoteOptions::YesNo => Ok(()),
    }
}

pub(super) fn is_option(choice: BallotChoice, options: &VoteOptions) -> bool {
    match (choice, options) {
        (BallotChoice::Option(n), VoteOptions::OneOf(all)) => (n as usize) < all.len(),
        (BallotChoice::Option(_), VoteOptions::YesNo) | (_, VoteOptions::OneOf(_)) => false,
        (_, VoteOptions::YesNo) => true,
    }
}

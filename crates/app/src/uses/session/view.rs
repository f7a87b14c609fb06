//! What the screens of a session show.

use crate::uses::named::*;
use crate::uses::returned::ReturnedView;
use cabinet_domain::SessionMay;
use serde::Serialize;
use std::collections::BTreeMap;
use ts_rs::TS;

/// A paper on an agenda.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AgendaPaperView {
    /// Its id, through all versions.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Hash of the sealed file; none for one handed out on paper.
    pub hash: Option<String>,
    /// Pages.
    pub pages: u32,
    /// Part of it that is on this laptop, 0 to 1.
    pub here: f32,
    /// The secrecy marking of one handed out on paper.
    pub marking: Option<String>,
    /// Its numbered copies: number, holder, whether back.
    pub copies: Vec<(u32, String, bool)>,
}

/// A position on an item.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PositionView {
    /// The office.
    pub office: String,
    /// What they said.
    pub position: PositionName,
    /// Why.
    pub reason: String,
}

/// An item of an agenda.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AgendaItemView {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// 1 for the left.
    pub level: u32,
    /// Its title.
    pub title: String,
    /// What kind of item.
    pub kind: ItemKindName,
    /// Who presents.
    pub presenter: String,
    /// The office of who chairs it, if not the session's chair.
    pub chair: String,
    /// That person.
    pub chair_person: Option<String>,
    /// Minutes.
    pub minutes: u32,
    /// What it stands below.
    pub parent: Option<String>,
    /// When it is planned.
    #[ts(type = "number")]
    pub starts_at: i64,
    /// Whether it stands on the agenda.
    pub standing: ItemStandingName,
    /// Who may see it.
    pub audience: AudienceName,
    /// People, if named.
    pub audience_people: Vec<String>,
    /// Its papers.
    pub papers: Vec<AgendaPaperView>,
    /// My position, if I said one.
    pub mine: Option<PositionView>,
    /// Everybody's, for who leads and the secretariat.
    pub positions: Vec<PositionView>,
    /// How it ended in the room.
    pub outcome: Option<ItemOutcomeName>,
    /// How the last vote on it ended that was not held again.
    pub decided: Option<VoteResultView>,
    /// The chair's conclusion.
    pub conclusion: String,
    /// What was put right after the session closed.
    pub corrections: Vec<CorrectionView>,
    /// Whether it is under way.
    pub is_current: bool,
    /// Fields with the entries that a new write must name; for editors.
    pub on: BTreeMap<String, Vec<String>>,
}

/// A time in which somebody was there.
#[derive(Clone, Debug, Serialize, TS)]
pub struct StayView {
    /// Not in the room.
    pub is_elsewhere: bool,
    /// Since when; none: from the roll-call on.
    #[ts(type = "number | null")]
    pub from: Option<i64>,
    /// Until when; none: until the end.
    #[ts(type = "number | null")]
    pub until: Option<i64>,
}

/// What was recorded of an item, put right.
#[derive(Clone, Debug, Serialize, TS)]
pub struct CorrectionView {
    /// Whose word it is, by office.
    pub office: String,
    /// When.
    #[ts(type = "number")]
    pub at: i64,
    /// In words.
    pub text: String,
}

/// Somebody invited.
#[derive(Clone, Debug, Serialize, TS)]
pub struct InvitedView {
    /// Who.
    pub person: String,
    /// The office.
    pub office: String,
    /// Its short sign.
    pub short: String,
    /// Whether on the roster.
    pub is_member: bool,
    /// Whether this is the Prime Minister.
    pub is_prime_minister: bool,
    /// Whether they come; none if they have not said.
    pub attends: Option<bool>,
    /// Why not.
    pub reason: String,
    /// Who comes instead: as marked in the room, or else as they said.
    pub substitute: String,
    /// The Prime Minister's consent.
    pub consent: Option<bool>,
    /// Where they are; none if not marked.
    pub presence: Option<PresenceName>,
    /// When they were there, oldest first.
    pub stays: Vec<StayView>,
}

/// A difference between two versions.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ChangeView {
    /// What differs.
    pub kind: ChangeName,
    /// The item, if it is one's.
    pub item: Option<String>,
    /// What it is about, in words of the agenda.
    pub title: String,
    /// Fields that differ.
    pub fields: Vec<FieldName>,
}

/// A version that was sent.
#[derive(Clone, Debug, Serialize, TS)]
pub struct VersionView {
    /// Its letter.
    pub letter: String,
    /// When the hub received it.
    #[ts(type = "number")]
    pub at: i64,
}

/// Two who did not know of each other.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ConflictView {
    /// The item, if it is one's.
    pub item: Option<String>,
    /// The paper, if it is one.
    pub paper: Option<String>,
    /// The field.
    pub field: FieldName,
    /// What the item is called, or the session.
    pub title: String,
    /// The entries and what each says.
    pub choices: Vec<(String, String)>,
}

/// Quorum against the rule.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct QuorumView {
    /// Members there.
    pub present: u32,
    /// Needed.
    pub needed: u32,
    /// All members.
    pub members: u32,
}

/// A turn to speak.
#[derive(Clone, Debug, Serialize, TS)]
pub struct SpeechView {
    /// Who.
    pub person: String,
    /// The office.
    pub office: String,
    /// On which item.
    pub item: Option<String>,
    /// When it began.
    #[ts(type = "number | null")]
    pub begun_at: Option<i64>,
    /// When it ended.
    #[ts(type = "number | null")]
    pub ended_at: Option<i64>,
}

/// A seat in a vote.
#[derive(Clone, Debug, Serialize, TS)]
pub struct VoteSeatView {
    /// Who.
    pub person: String,
    /// The office.
    pub office: String,
    /// Its short sign.
    pub short: String,
    /// Whether a ballot is here.
    pub has_voted: bool,
    /// What it says, once opened.
    pub choice: Option<String>,
    /// Whether the opinion is reserved.
    pub is_reserved: bool,
    /// Text.
    pub remark: String,
    /// Whether they could vote: there, or with a ballot.
    pub is_there: bool,
}

/// A vote's result.
#[derive(Clone, Debug, Serialize, TS)]
pub struct VoteResultView {
    /// What came of it.
    pub outcome: VoteOutcomeName,
    /// The option chosen.
    pub chosen: Option<String>,
    /// What it rests on.
    pub grounds: GroundsName,
    /// Needed to adopt.
    pub needed: u32,
    /// Members on the roster.
    pub members: u32,
    /// Attended.
    pub attending: u32,
    /// Needed for a quorum.
    pub quorum: u32,
    /// Attended and said nothing.
    pub silent: u32,
    /// The act that it rests on.
    pub act: String,
}

/// A ballot that the hub holds.
#[derive(Clone, Debug, Serialize, TS)]
pub struct HeldBallotView {
    /// What it says.
    pub choice: String,
    /// When it was received.
    #[ts(type = "number")]
    pub at: i64,
}

/// My ballot.
#[derive(Clone, Debug, Serialize, TS)]
pub struct MyBallotView {
    /// What it says.
    pub choice: String,
    /// Text.
    pub remark: String,
    /// Whether reserved.
    pub is_reserved: bool,
    /// Where it is.
    pub state: BallotStateName,
    /// The one that stands, where this is not the one: this waits, was refused or came too late.
    pub held: Option<HeldBallotView>,
    /// When: signed or received.
    #[ts(type = "number")]
    pub at: i64,
}

/// A vote.
#[derive(Clone, Debug, Serialize, TS)]
pub struct VoteView {
    /// Its id.
    pub id: String,
    /// What is put to the vote.
    pub question: String,
    /// Items it decides: id and title; those taken out of the block are not here.
    pub items: Vec<(String, String)>,
    /// Items taken out: title and by whom.
    pub pulled: Vec<(String, String)>,
    /// Options; empty for yes, no and other.
    pub options: Vec<String>,
    /// Whether it takes ballots.
    pub is_open: bool,
    /// Closed on this laptop, and the hub has not received that yet.
    pub is_closing: bool,
    /// Whether results are shown as they come.
    pub is_live: bool,
    /// When it was opened.
    #[ts(type = "number")]
    pub opened_at: i64,
    /// The chair's reason to vote without a quorum.
    pub without_quorum: Option<String>,
    /// Why it repeats an earlier vote.
    pub repeats_because: Option<String>,
    /// Whether a later vote repeats it.
    pub is_repeated: bool,
    /// Ballots in time.
    pub cast: u32,
    /// How often each thing was said, as far as it may be known: choice and count.
    pub counts: Vec<(String, u32)>,
    /// More yes needed, where it may be known.
    pub needs: Option<u32>,
    /// Seats in the order of precedence.
    pub seats: Vec<VoteSeatView>,
    /// Whether hands that a teller counted are part of it.
    pub is_counted_by_hand: bool,
    /// A teller wrote down numbers without names: they stand only as long as no laptop votes.
    pub is_counted_by_number: bool,
    /// How many they counted, by choice, for tellers until the vote is closed; empty if by name.
    pub hands: Vec<(String, u32)>,
    /// By name: person and choice.
    pub hands_named: Vec<(String, String)>,
    /// My ballot.
    pub mine: Option<MyBallotView>,
    /// Whether I may vote.
    pub may_vote: bool,
    /// The result, once closed and opened.
    pub result: Option<VoteResultView>,
    /// Whether the result is fixed: nothing changes it any more.
    pub is_settled: bool,
    /// Ballots that tellers left sealed and their voters opened.
    pub opened_by_voters: u32,
}

/// What I may do with this session now.
#[derive(Clone, Debug, Default, Serialize, TS)]
pub struct SessionMayView {
    /// Edit and send the agenda.
    pub edit: bool,
    /// Say that it is not held, or throw the draft away.
    pub call_off: bool,
    /// Lead the meeting.
    pub lead: bool,
    /// Put right what was recorded, beside it.
    pub correct: bool,
    /// Consent to an absence.
    pub consent: bool,
    /// Open a vote.
    pub open_vote: bool,
    /// Vote without a quorum.
    pub override_quorum: bool,
    /// Count hands.
    pub count: bool,
    /// Say whether I come.
    pub reply: bool,
    /// Leave positions.
    pub position: bool,
    /// Say that I am there.
    pub check_in: bool,
}

impl From<SessionMay> for SessionMayView {
    fn from(may: SessionMay) -> Self {
        let SessionMay {
            edit,
            call_off,
            lead,
            correct,
            consent,
            open_vote,
            override_quorum,
            count,
            reply,
            position,
            check_in,
        } = may;
        SessionMayView {
            edit,
            call_off,
            lead,
            correct,
            consent,
            open_vote,
            override_quorum,
            count,
            reply,
            position,
            check_in,
        }
    }
}

/// What needs no discussion, and what does.
#[derive(Clone, Debug, Default, Serialize, TS)]
pub struct ProposalView {
    /// Items of the block.
    pub block: Vec<String>,
    /// Of these, those that no vote has named yet.
    pub block_left: Vec<String>,
    /// Items to discuss, with who raised something.
    pub to_discuss: Vec<(String, Vec<String>)>,
    /// Decisions nobody has said anything on.
    pub unanswered: Vec<String>,
}

/// A session.
#[derive(Clone, Debug, Serialize, TS)]
pub struct SessionView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What kind of session.
    pub kind: SessionKindName,
    /// Where.
    pub place: String,
    /// Whether held online.
    pub is_online: bool,
    /// When it begins.
    #[ts(type = "number")]
    pub starts_at: i64,
    /// When it ends if all goes as planned.
    #[ts(type = "number")]
    pub ends_at: i64,
    /// The chair's office.
    pub chair: String,
    /// The chair.
    pub chair_person: Option<String>,
    /// Where it is.
    pub phase: SessionPhaseName,
    /// When it was opened.
    #[ts(type = "number | null")]
    pub opened_at: Option<i64>,
    /// When it ended.
    #[ts(type = "number | null")]
    pub closed_at: Option<i64>,
    /// Why it is not held.
    pub called_off_because: Option<String>,
    /// The version shown; none for the draft.
    pub letter: Option<String>,
    /// Versions sent.
    pub versions: Vec<VersionView>,
    /// The letter that the next version will have.
    pub next_letter: String,
    /// What changed from the version before, or from the one last seen.
    pub changes: Vec<ChangeView>,
    /// The version that the changes are counted from.
    pub changes_since: Option<String>,
    /// Whether the draft differs from what was sent.
    pub is_changed: bool,
    /// Conflicts to settle.
    pub conflicts: Vec<ConflictView>,
    /// Items in order.
    pub items: Vec<AgendaItemView>,
    /// Of these, those still to come.
    pub left: Vec<String>,
    /// Who attends.
    pub invited: Vec<InvitedView>,
    /// Fields of the session with the entries that a new write must name; for editors.
    pub on: BTreeMap<String, Vec<String>>,
    /// The secretary's proposal.
    pub proposal: ProposalView,
    /// Quorum, once opened.
    pub quorum: Option<QuorumView>,
    /// When the item under way was taken up.
    #[ts(type = "number | null")]
    pub current_since: Option<i64>,
    /// What the presenter shows: hash of the paper and page, from 1.
    pub shown: Option<(String, u32)>,
    /// Turns to speak.
    pub speeches: Vec<SpeechView>,
    /// Votes.
    pub votes: Vec<VoteView>,
    /// Whether I am there.
    pub am_there: bool,
    /// Whether I said that I come.
    pub attends: Option<bool>,
    /// What I may do.
    pub may: SessionMayView,
    /// Whether a key is still missing.
    pub is_incomplete: bool,
    /// Whether something of mine waits to be sent.
    pub is_waiting: bool,
    /// What was done here and came to nothing.
    pub returned: Vec<ReturnedView>,
    /// Now, by the hub's time.
    #[ts(type = "number")]
    pub now: u64,
}

//! What people do to a session.

use crate::{EntryId, Hash, ItemId, Millis, PairFacts, Paper, PaperId, PersonId, Pins, Settlement};
use serde::{Deserialize, Serialize};

/// *Thường kỳ, chuyên đề, đột xuất*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Monthly.
    Regular,
    /// On one subject.
    Thematic,
    /// Called by the Prime Minister, the State President or a third of the members.
    Extraordinary,
}

/// What an agenda item is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A heading; has no time and no vote of its own.
    Section,
    /// To be decided.
    Decision,
    /// Opinions are asked for.
    Opinion,
    /// To be taken note of.
    Information,
}

/// Who may see an item and its papers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "people")]
pub enum Audience {
    /// Everybody in the session.
    All,
    /// Members, and staff.
    Members,
    /// Named people, and staff.
    Named(Vec<PersonId>),
}

/// What a write changes. The order of this enum is the order of a version's map and is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The session's title.
    Title,
    /// Its kind.
    Kind,
    /// Where.
    Place,
    /// Whether it is held online.
    IsOnline,
    /// When it begins.
    StartsAt,
    /// Who chairs.
    Chair,
    /// Who attends: members, substitutes, guests.
    Invited,
    /// A field of an item.
    Item(ItemId, ItemField),
    /// A paper.
    Paper(PaperId),
}

/// Fields of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemField {
    /// *Nội dung*. An item exists from its first title.
    Title,
    /// Its kind.
    Kind,
    /// Who presents.
    Presenter,
    /// Minutes planned.
    Minutes,
    /// Where it stands.
    Spot,
    /// Who chairs it, if not the session's chair.
    Chair,
    /// Who may see it.
    Audience,
    /// Planned, postponed or withdrawn.
    Standing,
}

/// Where an item stands: below another one, and in which order among its like. Two secretaries who insert at one place get two
/// neighbours, never a lost item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The item or section above it.
    pub parent: Option<ItemId>,
    /// See [`super::order_between`].
    pub order: String,
}

/// Whether an item is still meant to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is on the agenda.
    Planned,
    /// To a later session.
    Postponed,
    /// Taken off.
    Withdrawn,
}

/// A paper and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Its item.
    pub item: ItemId,
    /// Its order among the item's papers.
    pub order: String,
    /// The paper.
    pub content: PaperContent,
    /// Taken off; what was sent stays in the earlier versions.
    pub is_withdrawn: bool,
}

/// A paper, or the place of one that may not be here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PaperContent {
    /// A sealed file.
    Sealed(Paper),
    /// A secret paper: handed out on paper, numbered, and taken back.
    OnPaper {
        /// Name on screen.
        title: String,
        /// Its marking, as on the paper.
        marking: String,
        /// The copies.
        copies: Vec<PaperCopy>,
    },
}

impl PaperContent {
    /// Name on screen.
    pub fn title(&self) -> &str {
        match self {
            PaperContent::Sealed(paper) => &paper.title,
            PaperContent::OnPaper { title, .. } => title,
        }
    }
}

/// One numbered copy of a secret paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperCopy {
    /// Its number.
    pub number: u32,
    /// The office that has it.
    pub holder: String,
    /// Whether it was taken back.
    pub is_back: bool,
}

/// A field's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Value {
    /// Words.
    Text(String),
    /// Minutes, or milliseconds since 1970.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Of a session.
    Session(SessionKind),
    /// Of an item.
    Item(ItemKind),
    /// One person or none.
    Person(Option<PersonId>),
    /// Several people.
    People(Vec<PersonId>),
    /// A place on the agenda.
    Spot(Spot),
    /// Who may see.
    Audience(Audience),
    /// Whether it is still meant to come.
    Standing(Standing),
    /// A paper.
    Paper(Filed),
}

/// One field written. It names the writes that its author saw there, so that two who did not know of each other are a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Which field.
    pub field: Field,
    /// Its new content.
    pub value: Value,
    /// The entries whose writes it replaces; empty for a field that had none.
    pub on: Vec<EntryId>,
}

/// Whether somebody comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reply {
    /// Attends.
    Attends,
    /// Is absent; needs the Prime Minister's consent.
    Absent {
        /// Why.
        reason: String,
        /// Who comes instead, by office.
        substitute: Option<String>,
    },
}

/// What a member says of an item before the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Position {
    /// *Không có ý kiến khác*.
    NoObjection,
    /// *Có ý kiến*, with the reason.
    Objection {
        /// Why.
        reason: String,
    },
    /// *Đăng ký phát biểu*.
    WishToSpeak,
}

/// Where somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Presence {
    /// In the room.
    Present,
    /// Attends and votes from elsewhere.
    Elsewhere,
    /// Sends a substitute, who speaks and has no vote.
    Substituted {
        /// The substitute's office.
        by: String,
    },
    /// Not there.
    Absent,
}

impl Presence {
    /// Whether this is somebody who is there, in the room or elsewhere.
    pub fn is_there(&self) -> bool {
        matches!(self, Presence::Present | Presence::Elsewhere)
    }
}

/// How an item ended in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemOutcome {
    /// Dealt with.
    Concluded,
    /// To a later session.
    Postponed,
    /// Taken off.
    Withdrawn,
}

/// What can be said in a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "options")]
pub enum VoteOptions {
    /// Yes, no, other opinion.
    YesNo,
    /// One of these.
    OneOf(Vec<String>),
}

/// A vote as it is opened. Its id is the opening entry's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteOpening {
    /// The items it decides; several for the block.
    pub items: Vec<ItemId>,
    /// What is put to the vote.
    pub question: String,
    /// What can be said.
    pub options: VoteOptions,
    /// The vote's own key pair, laid by in its space, to which ballots are sealed.
    pub pair: Hash,
    /// Whether results are shown as they come.
    pub is_live: bool,
    /// The chair's reason to vote without a quorum.
    pub without_quorum: Option<String>,
    /// The vote that it repeats, and why.
    pub repeats: Option<(EntryId, String)>,
}

/// One of the things that can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "option")]
pub enum BallotChoice {
    /// *Tán thành*.
    Yes,
    /// *Không tán thành*.
    No,
    /// *Ý kiến khác*.
    Other,
    /// One of n, from 0.
    Option(u32),
}

/// A member's ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// The vote.
    pub vote: EntryId,
    /// What it says.
    pub choice: BallotChoice,
    /// Text of another opinion, or of one to be reserved.
    pub remark: Option<String>,
    /// *Bảo lưu ý kiến*.
    pub is_reserved: bool,
    /// When the laptop says it was signed.
    pub signed_at: Millis,
}

/// Hands or paper ballots as a teller counted them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The vote.
    pub vote: EntryId,
    /// By name; empty for a count.
    pub named: Vec<(PersonId, BallotChoice)>,
    /// How many for each choice; empty if by name.
    pub counts: Vec<(BallotChoice, u32)>,
}

impl Value {
    /// Its texts.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Value::Text(text) => vec![text],
            Value::Paper(Filed { content: PaperContent::Sealed(paper), .. }) => paper.texts().collect(),
            Value::Paper(Filed { content: PaperContent::OnPaper { title, marking, copies }, .. }) => {
                let holders = copies.iter().map(|c| c.holder.as_str());
                [title.as_str(), marking].into_iter().chain(holders).collect()
            }
            _ => vec![],
        }
    }
}

impl VoteOpening {
    fn texts(&self) -> Vec<&str> {
        let options = match &self.options {
            VoteOptions::OneOf(options) => &options[..],
            VoteOptions::YesNo => &[],
        };
        let reasons = self.without_quorum.iter().chain(self.repeats.iter().map(|(_, reason)| reason));
        [&self.question].into_iter().chain(options).chain(reasons).map(String::as_str).collect()
    }
}

impl SessionAct {
    /// The texts that the act brings. Those of an edit are judged with its writes, those of a ballot with the ballot, once it is open.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            SessionAct::CalledOff { reason: text }
            | SessionAct::Concluded { text, .. }
            | SessionAct::Replied(Reply::Absent { reason: text, substitute: None })
            | SessionAct::Positioned { position: Position::Objection { reason: text }, .. }
            | SessionAct::Marked { presence: Presence::Substituted { by: text }, .. } => vec![text],
            SessionAct::Replied(Reply::Absent { reason, substitute: Some(substitute) }) => vec![reason, substitute],
            SessionAct::VoteOpened { opening, .. } => opening.texts(),
            _ => vec![],
        }
    }
}

/// Everything that can happen to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionAct {
    /// Fields of the agenda were written.
    Edited(Vec<Write>),
    /// The agenda was sent as the next version.
    Issued {
        /// The last place in the space that its author had read.
        upto: u64,
    },
    /// The session is not held; one that was never sent is thrown away.
    CalledOff {
        /// Why. What was never sent needs no reason.
        reason: String,
    },
    /// Somebody invited says whether they come.
    Replied(Reply),
    /// The Prime Minister consents to an absence, or does not.
    Consented {
        /// Whose absence.
        person: PersonId,
        /// Whether it is granted.
        is_granted: bool,
    },
    /// A member's position on an item.
    Positioned {
        /// The item.
        item: ItemId,
        /// What the member says.
        position: Position,
    },
    /// The session begins.
    /// What it pins is what the opening fixes for good.
    Opened(Pins),
    /// The session ends.
    Closed,
    /// Somebody says that they are there.
    CheckedIn {
        /// From elsewhere.
        is_elsewhere: bool,
    },
    /// The secretary says where somebody is.
    Marked {
        /// Who.
        person: PersonId,
        /// Where.
        presence: Presence,
    },
    /// An item is taken up.
    ItemBegun {
        /// Which.
        item: ItemId,
    },
    /// An item is done with.
    ItemEnded {
        /// Which.
        item: ItemId,
        /// How.
        outcome: ItemOutcome,
    },
    /// The chair's conclusion on an item, for those who may see it; once the session is closed, a correction that stands beside it.
    Concluded {
        /// Which.
        item: ItemId,
        /// In words.
        text: String,
    },
    /// The presenter shows a page; who follows sees it.
    Shown {
        /// The paper.
        paper: PaperId,
        /// The page, from 1.
        page: u32,
    },
    /// What was shown is put away.
    PutAway,
    /// Somebody asks for the floor.
    SpeechAsked {
        /// On which item.
        item: ItemId,
    },
    /// Whoever asked for the floor no longer wants it.
    SpeechWithdrawn {
        /// On which item.
        item: ItemId,
    },
    /// Somebody is given the floor.
    SpeechBegun {
        /// Who.
        person: PersonId,
    },
    /// The floor is free again.
    SpeechEnded,
    /// A vote opens.
    VoteOpened {
        /// As what.
        opening: VoteOpening,
        /// The pair that it names, if there is one in its space.
        pair: Option<PairFacts>,
    },
    /// A member takes an item out of the block.
    Pulled {
        /// The vote.
        vote: EntryId,
        /// The item.
        item: ItemId,
    },
    /// A vote takes no more ballots.
    VoteClosed {
        /// Which.
        vote: EntryId,
    },
    /// A ballot this laptop can read.
    Balloted(Ballot),
    /// A ballot sealed to others. Its header says which vote it is about.
    BallotSealed,
    /// Ballots made public, by their entries: all that were there at once, so that a hall's votes are one entry and not 500. The
    /// salted hash of each was checked against its header.
    BallotsOpened(Vec<(EntryId, Ballot)>),
    /// A ballot that nobody can read: the pair's private half was shown with it, and does not open it.
    BallotSpoiled {
        /// Its entry.
        entry: EntryId,
    },
    /// A teller's count of hands or paper ballots.
    Counted(Count),
    /// What counts in a vote is fixed.
    VoteSettled {
        /// Which vote.
        vote: EntryId,
        /// The list, and what it comes to.
        settlement: Settlement,
    },
    /// The entry can't be read as any act of this version.
    Unreadable,
    /// The entry is of a kind that this version does not know.
    UnknownKind(u16),
    /// The key that opens the entry has not arrived.
    KeyMissing,
    /// An edit that is sealed for others than this person.
    NotForMe,
    /// What somebody said of an item that this person may not see.
    SaidToOthers,
}

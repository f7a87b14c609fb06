//! The fold: stamped facts in, one state out, the same on every laptop that holds the same keys.

mod before;
mod deciding;
mod meeting;

use super::*;
use crate::{
    DeviceId, EntryId, Fact, Hash, ItemId, Law, Millis, PaperId, PersonId, PinnedLaw, Pins, Roles, Under, check_text,
};
use serde::{Deserialize, Serialize};

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SessionPhase {
    /// Being prepared; members see nothing.
    Draft,
    /// Its agenda was sent.
    Issued,
    /// It is being held.
    Open {
        /// Since when.
        since: Millis,
    },
    /// It was held.
    Closed {
        /// When it ended.
        at: Millis,
    },
    /// It will not be held.
    CalledOff {
        /// Since when.
        at: Millis,
    },
}

impl SessionPhase {
    /// Whether it was held, or will not be.
    pub fn is_over(self) -> bool {
        matches!(self, SessionPhase::Closed { .. } | SessionPhase::CalledOff { .. })
    }
}

/// An agenda as it was sent. Versions are lettered: the first is A.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedVersion {
    /// The issuing entry.
    pub entry: EntryId,
    /// When the hub received it.
    pub at: Millis,
    /// What was sent.
    pub content: Version,
}

/// What somebody said of coming.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberReply {
    /// Who.
    pub person: PersonId,
    /// What.
    pub reply: Reply,
    /// When the hub received it.
    pub at: Millis,
    /// The Prime Minister's consent to an absence, once given or withheld.
    pub consent: Option<bool>,
}

/// A member's position on an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberPosition {
    /// Who.
    pub person: PersonId,
    /// On what.
    pub item: ItemId,
    /// What.
    pub position: Position,
}

/// One turn to speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speech {
    /// Who.
    pub person: PersonId,
    /// On which item.
    pub item: Option<ItemId>,
    /// When it was asked for.
    pub asked_at: Millis,
    /// When it began.
    pub begun_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

/// How an item went in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCourse {
    /// Which.
    pub item: ItemId,
    /// When it was taken up.
    pub begun_at: Millis,
    /// When it ended, and how.
    pub ended: Option<(Millis, ItemOutcome)>,
    /// The chair's conclusion.
    pub conclusion: String,
    /// What was put right after the session closed, oldest first; the conclusion stands as it was recorded.
    pub corrections: Vec<Correction>,
}

impl ItemCourse {
    pub(super) fn begun(item: ItemId, begun_at: Millis) -> Self {
        ItemCourse { item, begun_at, ended: None, conclusion: String::new(), corrections: Vec::new() }
    }
}

/// What was recorded, put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Who signed it.
    pub person: PersonId,
    /// When the hub received it.
    pub at: Millis,
    /// In words.
    pub text: String,
}

/// A session's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Where it stands.
    pub phase: SessionPhase,
    /// What is written, with its conflicts.
    pub agenda: Agenda,
    /// What was published so far: all that a sent version can contain.
    pub published: Version,
    /// What was sent, oldest first.
    pub versions: Vec<IssuedVersion>,
    /// Who comes.
    pub replies: Vec<MemberReply>,
    /// Positions before the session.
    pub positions: Vec<MemberPosition>,
    /// Why it is not held.
    pub called_off_because: Option<String>,
    /// What the opening fixed of the law.
    pub opening: Option<Pins>,
    /// When it was opened.
    pub opened_at: Option<Millis>,
    /// Who is there.
    pub attendance: Vec<Attendance>,
    /// Items as they were dealt with; the last one without an end is under way.
    pub course: Vec<ItemCourse>,
    /// What the presenter shows.
    pub shown: Option<(PaperId, u32)>,
    /// Turns to speak, asked for and had.
    pub speeches: Vec<Speech>,
    /// Votes, in the order of their opening.
    pub votes: Vec<Vote>,
    /// What became of each entry.
    pub log: Vec<(EntryId, SessionVerdict)>,
    /// Entries whose key has not arrived: the state is incomplete.
    pub waiting_for_keys: u32,
    /// How many of them may decide something: no result is shown.
    undecided_by_keys: u32,
    /// The first entry that this program does not understand; nothing after it is folded.
    pub needs_newer_app: Option<EntryId>,
    /// Place and device of each edit, readable or not: an issue must have seen them all.
    edits: Vec<(u64, DeviceId)>,
}

impl Default for SessionState {
    /// Before the first entry.
    fn default() -> Self {
        SessionState {
            phase: SessionPhase::Draft,
            agenda: Agenda::default(),
            published: Version::default(),
            versions: Vec::new(),
            replies: Vec::new(),
            positions: Vec::new(),
            called_off_because: None,
            opening: None,
            opened_at: None,
            attendance: Vec::new(),
            course: Vec::new(),
            shown: None,
            speeches: Vec::new(),
            votes: Vec::new(),
            log: Vec::new(),
            waiting_for_keys: 0,
            undecided_by_keys: 0,
            needs_newer_app: None,
            edits: Vec::new(),
        }
    }
}

impl SessionState {
    /// Folds facts in sequence. Needs no clock: only entries and their stamps change state.
    pub fn fold<'a>(facts: impl IntoIterator<Item = &'a Fact<SessionAct>>, law: &Law) -> Self {
        let mut state = SessionState::default();
        state.extend(facts, law);
        state
    }

    /// Folds the facts that follow. Invariant: in however many parts they come, the state is the same.
    pub fn extend<'a>(&mut self, facts: impl IntoIterator<Item = &'a Fact<SessionAct>>, law: &Law) {
        for fact in facts {
            if self.needs_newer_app.is_some() {
                break;
            }
            let verdict = match self.apply(fact, law) {
                Ok(()) => SessionVerdict::Accepted,
                // Only an act that its author may do, where it may be done, stops a session: so nobody else can.
                Err(SessionRefusal::NeedsNewerApp) => {
                    self.needs_newer_app = Some(fact.id);
                    break;
                }
                Err(reason) => SessionVerdict::Refused { reason },
            };
            self.log.push((fact.id, verdict));
        }
        self.count(law);
    }

    /// Folds a person's own facts that have no place yet. Invariant: no result rests on a closing among them, since ballots may stand before it
    /// that this laptop has not seen.
    pub fn extend_with_pending(&mut self, pending: &[Fact<SessionAct>], law: &Law) {
        let closed: Vec<EntryId> = self.votes.iter().filter(|v| v.phase != VotePhase::Open).map(|v| v.id).collect();
        self.extend(pending, law);
        self.votes.iter_mut().filter(|v| !closed.contains(&v.id)).for_each(|vote| vote.result = None);
    }

    fn count(&mut self, law: &Law) {
        let (Some(pins), Some(pinned)) = (&self.opening, self.pinned(law)) else { return };
        let decides = self.undecided_by_keys == 0;
        let closed = self.votes.iter_mut().filter(|v| v.phase != VotePhase::Open && v.settled.is_none());
        closed.for_each(|vote| vote.result = vote.compute(&pins.roster, pinned.rules).filter(|_| decides));
    }

    /// A hash of the whole state.
    pub fn hash(&self) -> Hash {
        Hash::of(&serde_json::to_vec(self).expect("a state has string keys only"))
    }

    /// The law that its opening pinned.
    pub fn pinned<'a>(&self, law: &'a Law) -> Option<PinnedLaw<'a>> {
        law.pinned(self.opening.as_ref()?, SESSION_FOLD_VERSIONS).ok()
    }

    /// The newest issued version.
    pub fn issued(&self) -> Option<&IssuedVersion> {
        self.versions.last()
    }

    /// The letter of a version, from 0: A to Z, then AA.
    pub fn letter(index: usize) -> String {
        let last = char::from(b'A' + (index % 26) as u8);
        match index / 26 {
            0 => last.to_string(),
            more => Self::letter(more - 1) + &last.to_string(),
        }
    }

    /// A vote by its opening entry.
    pub fn vote(&self, id: EntryId) -> Option<&Vote> {
        self.votes.iter().find(|v| v.id == id)
    }

    /// The item under way.
    pub fn current(&self) -> Option<&ItemCourse> {
        self.course.iter().rfind(|c| c.ended.is_none())
    }

    /// What the fold made of an entry.
    pub fn verdict(&self, entry: EntryId) -> Option<&SessionVerdict> {
        self.log.iter().find(|(id, _)| *id == entry).map(|(_, v)| v)
    }

    /// Whether a person leads: the chair of the session or of the item under way, or who holds the role.
    pub fn leads(&self, person: PersonId, roles: Roles) -> bool {
        let content = self.issued().map(|v| &v.content);
        let item = self.current().map(|c| Field::Item(c.item, ItemField::Chair));
        let of_item = content.zip(item).and_then(|(c, field)| c.fields.get(&field));
        roles.has(Roles::CHAIR)
            || content.is_some_and(|c| c.chair() == Some(person))
            || matches!(of_item, Some(Value::Person(Some(chair))) if *chair == person)
    }

    fn apply(&mut self, fact: &Fact<SessionAct>, law: &Law) -> Result<(), SessionRefusal> {
        use SessionAct::*;
        fact.act.texts().into_iter().try_for_each(check_text)?;
        match &fact.act {
            Edited(writes) => self.edited(fact, writes),
            NotForMe => self.saw_edit(fact),
            SaidToOthers => Ok(()),
            Issued { upto } => self.sent(fact, *upto),
            CalledOff { reason } => self.called_off(fact, reason),
            Replied(reply) => self.replied(fact, reply),
            Consented { person, is_granted } => self.consented(fact, *person, *is_granted),
            Positioned { item, position } => self.positioned(fact, *item, position),
            Opened(pins) => self.opened(fact, pins, law),
            Closed => self.closed(fact),
            CheckedIn { is_elsewhere } => self.checked_in(fact, *is_elsewhere),
            Marked { person, presence } => self.marked(fact, *person, presence),
            ItemBegun { item } => self.item_begun(fact, *item),
            ItemEnded { item, outcome } => self.item_ended(fact, *item, *outcome),
            Concluded { item, text } => self.concluded(fact, *item, text),
            Shown { paper, page } => self.showed(fact, Some((*paper, *page))),
            PutAway => self.showed(fact, None),
            SpeechAsked { item } => self.speech_asked(fact, *item),
            SpeechWithdrawn { item } => self.speech_withdrawn(fact, *item),
            SpeechBegun { person } => self.speech_begun(fact, *person),
            SpeechEnded => self.speech_ended(fact),
            VoteOpened { opening, pair } => self.vote_opened(fact, opening, *pair, law),
            Pulled { vote, item } => self.pulled(fact, *vote, *item),
            VoteClosed { vote } => self.vote_closed(fact, *vote),
            Balloted(_) | BallotSealed => self.balloted(fact),
            BallotsOpened(ballots) => self.ballots_opened(fact, ballots),
            BallotSpoiled { entry } => self.ballot_spoiled(fact, *entry),
            Counted(count) => self.counted(fact, count),
            VoteSettled { vote, settlement } => self.vote_settled(fact, *vote, settlement, law),
            Unreadable | UnknownKind(_) => Err(SessionRefusal::Unreadable),
            KeyMissing => {
                self.waiting_for_keys += 1;
                self.undecided_by_keys += u32::from(fact.under == Under::Space);
                self.saw_edit(fact)
            }
        }
    }

    /// Who leads, or the secretary on their word.
    pub(super) fn expect_lead(&self, person: PersonId, roles: Roles) -> Result<(), SessionRefusal> {
        let may_lead = roles.has(Roles::SECRETARY) || self.leads(person, roles);
        if may_lead { Ok(()) } else { Err(SessionRefusal::NotAllowed) }
    }

    fn lead(&self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.expect_lead(fact.author, fact.roles)
    }

    pub(super) fn expect_invited(&self, person: PersonId) -> Result<(), SessionRefusal> {
        let content = &self.issued().ok_or(SessionRefusal::WrongPhase)?.content;
        if content.invited().contains(&person) { Ok(()) } else { Err(SessionRefusal::NotInvited) }
    }

    pub(super) fn expect_open(&self) -> Result<(), SessionRefusal> {
        if matches!(self.phase, SessionPhase::Open { .. }) { Ok(()) } else { Err(SessionRefusal::WrongPhase) }
    }

    /// From the issue on: people arrive before the session is opened.
    pub(super) fn expect_meeting(&self) -> Result<(), SessionRefusal> {
        match self.phase {
            SessionPhase::Issued | SessionPhase::Open { .. } => Ok(()),
            _ => Err(SessionRefusal::WrongPhase),
        }
    }

    /// As long as there is something to prepare: until it was held, or will not be.
    pub(super) fn expect_to_come(&self) -> Result<(), SessionRefusal> {
        if self.phase.is_over() { Err(SessionRefusal::WrongPhase) } else { Ok(()) }
    }
}

fn allow(fact: &Fact<SessionAct>, role: Roles) -> Result<(), SessionRefusal> {
    if fact.roles.has(role) { Ok(()) } else { Err(SessionRefusal::NotAllowed) }
}

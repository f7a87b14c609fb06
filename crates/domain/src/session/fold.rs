//! The fold: stamped facts in, one state out, the same on every laptop that holds the same keys.

use super::check::check_writes;
use super::*;
use crate::{
    Calendar, DeviceId, EntryId, Fact, Hash, ItemId, Millis, PaperId, PersonId, Roles, RuleBook, RuleSet, vietnam_date,
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
    /// The chair's consent to an absence, once given or withheld.
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
}

/// A session's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionState {
    /// Where it stands.
    pub phase: SessionPhase,
    /// What is written, with its conflicts.
    pub agenda: Agenda,
    /// What was sent, oldest first.
    pub versions: Vec<IssuedVersion>,
    /// Who comes.
    pub replies: Vec<MemberReply>,
    /// Positions before the session.
    pub positions: Vec<MemberPosition>,
    /// What the opening fixed.
    pub opening: Option<SessionOpening>,
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
            versions: Vec::new(),
            replies: Vec::new(),
            positions: Vec::new(),
            opening: None,
            attendance: Vec::new(),
            course: Vec::new(),
            shown: None,
            speeches: Vec::new(),
            votes: Vec::new(),
            log: Vec::new(),
            waiting_for_keys: 0,
            needs_newer_app: None,
            edits: Vec::new(),
        }
    }
}

impl SessionState {
    /// Folds facts in sequence. Needs no clock: only entries and their stamps change state.
    pub fn fold<'a>(
        facts: impl IntoIterator<Item = &'a Fact<SessionAct>>,
        book: &RuleBook,
        calendar: &Calendar,
    ) -> Self {
        let mut state = SessionState::default();
        state.extend(facts, book, calendar);
        state
    }

    /// Folds the facts that follow. Invariant: in however many parts they come, the state is the same.
    pub fn extend<'a>(
        &mut self,
        facts: impl IntoIterator<Item = &'a Fact<SessionAct>>,
        book: &RuleBook,
        calendar: &Calendar,
    ) {
        for fact in facts {
            let version = matches!(&fact.act, SessionAct::Opened(o) if o.fold_version != SESSION_FOLD_VERSION);
            if version || matches!(fact.act, SessionAct::UnknownKind(_)) {
                self.needs_newer_app.get_or_insert(fact.id);
            }
            if self.needs_newer_app.is_some() {
                break;
            }
            let verdict = match self.apply(fact, book, calendar) {
                Ok(()) => SessionVerdict::Accepted,
                Err(reason) => SessionVerdict::Refused { reason },
            };
            self.log.push((fact.id, verdict));
        }
        self.count(book);
    }

    /// Folds a person's own facts that have no place yet. Invariant: no result rests on a closing among them, since ballots may stand before it
    /// that this laptop has not seen.
    pub fn extend_with_pending(&mut self, pending: &[Fact<SessionAct>], book: &RuleBook, calendar: &Calendar) {
        let closed: Vec<EntryId> = self.votes.iter().filter(|v| v.phase != VotePhase::Open).map(|v| v.id).collect();
        self.extend(pending, book, calendar);
        self.votes.iter_mut().filter(|v| !closed.contains(&v.id)).for_each(|vote| vote.result = None);
    }

    fn count(&mut self, book: &RuleBook) {
        let (Some(opening), Some(rules)) = (&self.opening, self.rules(book)) else { return };
        let closed = self.votes.iter_mut().filter(|v| v.phase != VotePhase::Open);
        closed.for_each(|vote| vote.result = vote.compute(&opening.roster, rules));
    }

    /// A hash of the whole state.
    pub fn hash(&self) -> Hash {
        Hash::of(&serde_json::to_vec(self).expect("a state has string keys only"))
    }

    /// The pinned rule set.
    pub fn rules<'a>(&self, book: &'a RuleBook) -> Option<&'a RuleSet> {
        let opening = self.opening.as_ref()?;
        book.pinned(&opening.rule_set, opening.rule_set_hash).ok()
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
        self.course.last().filter(|c| c.ended.is_none())
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

    fn apply(&mut self, fact: &Fact<SessionAct>, book: &RuleBook, calendar: &Calendar) -> Result<(), SessionRefusal> {
        use SessionAct::*;
        match &fact.act {
            Edited(writes) => self.edited(fact, writes),
            NotForMe => self.saw_edit(fact),
            Issued { upto } => self.sent(fact, *upto),
            Replied(reply) => self.replied(fact, reply),
            Consented { person, is_granted } => self.consented(fact, *person, *is_granted),
            Positioned { item, position } => self.positioned(fact, *item, position),
            Opened(opening) => self.opened(fact, opening, book, calendar),
            Closed => self.closed(fact),
            CheckedIn { is_elsewhere } => self.checked_in(fact, *is_elsewhere),
            Marked { person, presence } => self.marked(fact, *person, presence),
            ItemBegun { item } => self.item_begun(fact, *item),
            ItemEnded { item, outcome, conclusion } => self.item_ended(fact, *item, *outcome, conclusion),
            Shown { paper, page } => {
                self.lead(fact)?;
                self.shown = Some((*paper, *page));
                Ok(())
            }
            SpeechAsked { item } => self.speech_asked(fact, *item),
            SpeechBegun { person } => self.speech_begun(fact, *person),
            SpeechEnded => self.speech_ended(fact),
            VoteOpened(opening) => self.vote_opened(fact, opening, book),
            Pulled { vote, item } => self.pulled(fact, *vote, *item),
            VoteClosed { vote } => self.vote_closed(fact, *vote),
            Balloted(_) | BallotSealed => self.balloted(fact),
            BallotsOpened(ballots) => self.ballots_opened(fact, ballots),
            BallotSpoiled { entry } => self.ballot_spoiled(fact, *entry),
            Counted(count) => self.counted(fact, count),
            Unreadable | UnknownKind(_) => Err(SessionRefusal::Unreadable),
            KeyMissing => {
                self.waiting_for_keys += 1;
                self.saw_edit(fact)
            }
        }
    }

    fn saw_edit(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.edits.push((fact.seq, fact.device));
        Ok(())
    }

    fn edited(&mut self, fact: &Fact<SessionAct>, writes: &[Write]) -> Result<(), SessionRefusal> {
        self.saw_edit(fact)?;
        allow(fact, Roles::SECRETARY)?;
        if matches!(self.phase, SessionPhase::Closed { .. }) {
            return Err(SessionRefusal::WrongPhase);
        }
        check_writes(writes)?;
        writes.iter().for_each(|write| self.agenda.write(fact.id, write));
        Ok(())
    }

    /// What is sent is what the sender had read: an edit of somebody else that came in between would go out unseen.
    fn sent(&mut self, fact: &Fact<SessionAct>, upto: u64) -> Result<(), SessionRefusal> {
        allow(fact, Roles::SECRETARY)?;
        if matches!(self.phase, SessionPhase::Closed { .. }) {
            return Err(SessionRefusal::WrongPhase);
        }
        if self.edits.iter().any(|(seq, device)| *seq > upto && *device != fact.device) {
            return Err(SessionRefusal::AgendaChanged);
        }
        let content = self.agenda.version();
        if content.title().is_empty() || content.starts_at().0 == 0 || content.chair().is_none() {
            return Err(SessionRefusal::FrameIncomplete);
        }
        self.versions.push(IssuedVersion { entry: fact.id, at: fact.at, content });
        if self.phase == SessionPhase::Draft {
            self.phase = SessionPhase::Issued;
        }
        Ok(())
    }

    fn replied(&mut self, fact: &Fact<SessionAct>, reply: &Reply) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        if self.phase != SessionPhase::Issued {
            return Err(SessionRefusal::WrongPhase);
        }
        if matches!(reply, Reply::Absent { reason, .. } if reason.trim().is_empty()) {
            return Err(SessionRefusal::ReasonMissing);
        }
        self.replies.retain(|r| r.person != fact.author);
        self.replies.push(MemberReply { person: fact.author, reply: reply.clone(), at: fact.at, consent: None });
        Ok(())
    }

    fn consented(&mut self, fact: &Fact<SessionAct>, person: PersonId, is_granted: bool) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        let reply = self.replies.iter_mut().find(|r| r.person == person && matches!(r.reply, Reply::Absent { .. }));
        reply.ok_or(SessionRefusal::WrongPhase)?.consent = Some(is_granted);
        Ok(())
    }

    fn positioned(&mut self, fact: &Fact<SessionAct>, item: ItemId, position: &Position) -> Result<(), SessionRefusal> {
        allow(fact, Roles::MEMBER)?;
        self.expect_invited(fact.author)?;
        if self.phase != SessionPhase::Issued {
            return Err(SessionRefusal::WrongPhase);
        }
        if matches!(position, Position::Objection { reason } if reason.trim().is_empty()) {
            return Err(SessionRefusal::ReasonMissing);
        }
        self.positions.retain(|p| p.person != fact.author || p.item != item);
        self.positions.push(MemberPosition { person: fact.author, item, position: position.clone() });
        Ok(())
    }

    fn opened(
        &mut self,
        fact: &Fact<SessionAct>,
        opening: &SessionOpening,
        book: &RuleBook,
        calendar: &Calendar,
    ) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        if self.phase != SessionPhase::Issued {
            return Err(SessionRefusal::WrongPhase);
        }
        check_opening(opening, fact.at, book, calendar)?;
        self.opening = Some(opening.clone());
        self.phase = SessionPhase::Open { since: fact.at };
        Ok(())
    }

    fn closed(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        if self.votes.iter().any(|v| v.phase == VotePhase::Open) {
            return Err(SessionRefusal::VoteUnderWay);
        }
        self.end_current(fact.at);
        self.phase = SessionPhase::Closed { at: fact.at };
        Ok(())
    }

    fn checked_in(&mut self, fact: &Fact<SessionAct>, is_elsewhere: bool) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        self.expect_meeting()?;
        self.mark(fact.author, fact.at, if is_elsewhere { Presence::Elsewhere } else { Presence::Present });
        Ok(())
    }

    fn marked(&mut self, fact: &Fact<SessionAct>, person: PersonId, presence: &Presence) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_meeting()?;
        self.mark(person, fact.at, presence.clone());
        Ok(())
    }

    fn item_begun(&mut self, fact: &Fact<SessionAct>, item: ItemId) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        self.end_current(fact.at);
        self.course.push(ItemCourse { item, begun_at: fact.at, ended: None, conclusion: String::new() });
        Ok(())
    }

    /// Concludes the item under way, and whoever speaks on it: another begins, or the session ends.
    fn end_current(&mut self, at: Millis) {
        if let Some(current) = self.course.last_mut().filter(|c| c.ended.is_none()) {
            current.ended = Some((at, ItemOutcome::Concluded));
        }
        self.end_speech(at);
    }

    fn item_ended(
        &mut self,
        fact: &Fact<SessionAct>,
        item: ItemId,
        outcome: ItemOutcome,
        conclusion: &str,
    ) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        self.end_speech(fact.at);
        match self.course.iter_mut().rfind(|c| c.item == item) {
            Some(course) => {
                course.ended = Some((fact.at, outcome));
                conclusion.clone_into(&mut course.conclusion);
            }
            // Postponed or taken off before it was taken up.
            None => self.course.push(ItemCourse {
                item,
                begun_at: fact.at,
                ended: Some((fact.at, outcome)),
                conclusion: conclusion.to_owned(),
            }),
        }
        Ok(())
    }

    fn speech_asked(&mut self, fact: &Fact<SessionAct>, item: ItemId) -> Result<(), SessionRefusal> {
        self.expect_invited(fact.author)?;
        self.expect_meeting()?;
        let waits = |s: &Speech| s.person == fact.author && s.item == Some(item) && s.begun_at.is_none();
        if !self.speeches.iter().any(waits) {
            let (person, asked_at) = (fact.author, fact.at);
            self.speeches.push(Speech { person, item: Some(item), asked_at, begun_at: None, ended_at: None });
        }
        Ok(())
    }

    fn speech_begun(&mut self, fact: &Fact<SessionAct>, person: PersonId) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.expect_open()?;
        self.end_speech(fact.at);
        let item = self.current().map(|c| c.item);
        match self.speeches.iter_mut().find(|s| s.person == person && s.begun_at.is_none()) {
            Some(speech) => speech.begun_at = Some(fact.at),
            None => {
                self.speeches.push(Speech { person, item, asked_at: fact.at, begun_at: Some(fact.at), ended_at: None })
            }
        }
        Ok(())
    }

    fn speech_ended(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.lead(fact)?;
        self.end_speech(fact.at);
        Ok(())
    }

    fn end_speech(&mut self, at: Millis) {
        self.speeches
            .iter_mut()
            .filter(|s| s.begun_at.is_some() && s.ended_at.is_none())
            .for_each(|s| s.ended_at = Some(at));
    }

    /// Checks that a vote may be opened: by who leads, with a quorum or the chair's reason, not twice without a reason.
    pub fn check_vote(
        &self,
        opening: &VoteOpening,
        author: PersonId,
        roles: Roles,
        book: &RuleBook,
    ) -> Result<Quorum, SessionRefusal> {
        self.expect_open()?;
        let is_chair = self.leads(author, roles);
        if !is_chair && !roles.has(Roles::SECRETARY) {
            return Err(SessionRefusal::NotAllowed);
        }
        if matches!(&opening.options, VoteOptions::OneOf(options) if options.len() < 2 || options.len() > 50) {
            return Err(SessionRefusal::WrongValue);
        }
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
        let rules = self.rules(book).ok_or(SessionRefusal::RuleSetUnknown)?;
        let quorum = self.quorum(rules).ok_or(SessionRefusal::WrongPhase)?;
        let reason = opening.without_quorum.as_deref().map(str::trim).filter(|r| !r.is_empty());
        match (quorum.is_met(), reason) {
            (false, None) => Err(SessionRefusal::NoQuorum { present: quorum.present, needed: quorum.needed }),
            (false, Some(_)) if !is_chair => Err(SessionRefusal::NotAllowed),
            _ => Ok(quorum),
        }
    }

    fn vote_opened(
        &mut self,
        fact: &Fact<SessionAct>,
        opening: &VoteOpening,
        book: &RuleBook,
    ) -> Result<(), SessionRefusal> {
        let quorum = self.check_vote(opening, fact.author, fact.roles, book)?;
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
            voters: Vec::new(),
            repeated_by: None,
            result: None,
        });
        Ok(())
    }

    fn pulled(&mut self, fact: &Fact<SessionAct>, vote: EntryId, item: ItemId) -> Result<(), SessionRefusal> {
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

    fn vote_closed(&mut self, fact: &Fact<SessionAct>, id: EntryId) -> Result<(), SessionRefusal> {
        self.lead(fact).or_else(|_| allow(fact, Roles::TELLER))?;
        let vote = self.vote(id).ok_or(SessionRefusal::NoSuchVote)?;
        if vote.phase != VotePhase::Open {
            return Err(SessionRefusal::VoteClosed);
        }
        let voters = self.voters(vote);
        let closed = self.votes.iter_mut().filter(|v| v.id == id);
        closed.for_each(|v| (v.phase, v.voters) = (VotePhase::Closed { at: fact.at }, voters.clone()));
        Ok(())
    }

    /// A ballot's vote is what it was made on, in its clear header, since its body is sealed.
    fn balloted(&mut self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        self.check_voter(fact.author)?;
        let vote = self.votes.iter_mut().find(|v| fact.replaces.contains(&v.id)).ok_or(SessionRefusal::NoSuchVote)?;
        vote.take(fact)
    }

    /// All of them or none.
    fn ballots_opened(&mut self, fact: &Fact<SessionAct>, ballots: &[(EntryId, Ballot)]) -> Result<(), SessionRefusal> {
        for (entry, _) in ballots {
            let vote = self.vote_of(*entry)?;
            let may_open = vote.phase != VotePhase::Open || vote.opening.is_live;
            if !vote.ballots.iter().any(|b| b.entry == *entry && b.person == fact.author) {
                allow(fact, Roles::TELLER)?;
            }
            if !may_open {
                return Err(SessionRefusal::WrongPhase);
            }
        }
        for (entry, ballot) in ballots {
            let vote = self.vote_of(*entry)?;
            // A ballot that names another vote inside than outside says nothing here.
            let choice = if vote.id == ballot.vote { ballot.choice } else { BallotChoice::Option(u32::MAX) };
            let opened = Ballot { vote: vote.id, choice, ..ballot.clone() };
            vote.ballots.iter_mut().filter(|b| b.entry == *entry).for_each(|b| b.opened = Some(opened.clone()));
        }
        Ok(())
    }

    fn ballot_spoiled(&mut self, fact: &Fact<SessionAct>, entry: EntryId) -> Result<(), SessionRefusal> {
        allow(fact, Roles::TELLER)?;
        let vote = self.vote_of(entry)?;
        if vote.phase == VotePhase::Open {
            return Err(SessionRefusal::WrongPhase);
        }
        vote.ballots.iter_mut().filter(|b| b.entry == entry).for_each(|b| b.is_spoiled = true);
        Ok(())
    }

    fn vote_of(&mut self, ballot: EntryId) -> Result<&mut Vote, SessionRefusal> {
        let holds = |vote: &&mut Vote| vote.ballots.iter().any(|b| b.entry == ballot);
        self.votes.iter_mut().find(holds).ok_or(SessionRefusal::NoSuchBallot)
    }

    fn counted(&mut self, fact: &Fact<SessionAct>, count: &Count) -> Result<(), SessionRefusal> {
        allow(fact, Roles::TELLER)?;
        self.expect_open()?;
        self.check_count(count)?;
        let vote = self.votes.iter_mut().find(|v| v.id == count.vote).ok_or(SessionRefusal::NoSuchVote)?;
        vote.count = Some((fact.author, count.clone()));
        Ok(())
    }

    /// Who leads, or the secretary on their word.
    fn lead(&self, fact: &Fact<SessionAct>) -> Result<(), SessionRefusal> {
        let is_secretary = fact.roles.has(Roles::SECRETARY);
        if is_secretary || self.leads(fact.author, fact.roles) { Ok(()) } else { Err(SessionRefusal::NotAllowed) }
    }

    fn expect_invited(&self, person: PersonId) -> Result<(), SessionRefusal> {
        let content = &self.issued().ok_or(SessionRefusal::WrongPhase)?.content;
        if content.invited().contains(&person) { Ok(()) } else { Err(SessionRefusal::NotInvited) }
    }

    fn expect_open(&self) -> Result<(), SessionRefusal> {
        if matches!(self.phase, SessionPhase::Open { .. }) { Ok(()) } else { Err(SessionRefusal::WrongPhase) }
    }

    /// From the issue on: people arrive before the session is opened.
    fn expect_meeting(&self) -> Result<(), SessionRefusal> {
        match self.phase {
            SessionPhase::Issued | SessionPhase::Open { .. } => Ok(()),
            SessionPhase::Draft | SessionPhase::Closed { .. } => Err(SessionRefusal::WrongPhase),
        }
    }
}

/// Checks what an opening pins, at an instant.
fn check_opening(
    opening: &SessionOpening,
    at: Millis,
    book: &RuleBook,
    calendar: &Calendar,
) -> Result<(), SessionRefusal> {
    opening.roster.check().map_err(|_| SessionRefusal::RosterInvalid)?;
    let pinned = book.pinned(&opening.rule_set, opening.rule_set_hash);
    let rules = pinned.map_err(|_| SessionRefusal::RuleSetUnknown)?;
    if !rules.is_in_force(vietnam_date(at)) {
        return Err(SessionRefusal::RuleSetUnknown);
    }
    if opening.calendar_hash == calendar.hash() { Ok(()) } else { Err(SessionRefusal::CalendarUnknown) }
}

fn allow(fact: &Fact<SessionAct>, role: Roles) -> Result<(), SessionRefusal> {
    if fact.roles.has(role) { Ok(()) } else { Err(SessionRefusal::NotAllowed) }
}

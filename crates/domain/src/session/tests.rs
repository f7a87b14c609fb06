//! The session's rules by example, and by property.

use super::*;
use crate::*;
use proptest::prelude::*;
use uuid::Uuid;

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn item(n: u128) -> ItemId {
    ItemId(Uuid::from_u128(1_000 + n))
}

fn entry(n: u64) -> EntryId {
    EntryId(Uuid::from_u128(100_000 + u128::from(n)))
}

/// 2026-06-15 09:00 in Vietnam.
const START: i64 = 1_781_488_800_000;
const SECRETARY: u128 = 900;
const TELLER: u128 = 901;
const PRIME_MINISTER: u128 = 1;

/// A session as its facts.
struct Story {
    facts: Vec<Fact<SessionAct>>,
    replaces: Vec<EntryId>,
}

fn roster() -> Roster {
    let member = |n| Member { person: person(n), is_prime_minister: n == PRIME_MINISTER };
    Roster { from: "2025-10-25".parse().expect("date"), members: (1..=27).map(member).collect() }
}

fn roles(n: u128) -> Roles {
    match n {
        SECRETARY => Roles::SECRETARY,
        TELLER => Roles::TELLER,
        PRIME_MINISTER => Roles::MEMBER.and(Roles::CHAIR),
        n if n <= 27 => Roles::MEMBER,
        _ => Roles::GUEST,
    }
}

impl Story {
    fn new() -> Self {
        Story { facts: vec![], replaces: vec![] }
    }

    /// Appends an act, each on a laptop of its own person. Returns its entry.
    fn act(&mut self, author: u128, act: SessionAct) -> EntryId {
        let seq = self.facts.len() as u64 + 1;
        self.facts.push(Fact {
            id: entry(seq),
            seq,
            at: Millis(START + seq as i64 * 1_000),
            author: person(author),
            device: DeviceId(Uuid::from_u128(author)),
            counter: seq,
            roles: roles(author),
            replaces: std::mem::take(&mut self.replaces),
            act,
        });
        entry(seq)
    }

    fn on(&mut self, entry: EntryId) -> &mut Self {
        self.replaces.push(entry);
        self
    }

    /// Folded as a whole, which must be what folding each fact as it comes makes of it.
    fn state(&self) -> SessionState {
        let (book, calendar) = (RuleBook::shipped(), Calendar::shipped());
        let mut grown = SessionState::default();
        self.facts.iter().for_each(|fact| grown.extend([fact], &book, &calendar));
        let state = SessionState::fold(&self.facts, &book, &calendar);
        assert_eq!(grown, state);
        state
    }

    fn last(&self) -> SessionVerdict {
        self.state().log.last().expect("an act").1.clone()
    }

    fn expect(&self, reason: SessionRefusal) {
        assert_eq!(self.last(), SessionVerdict::Refused { reason });
    }

    fn write(&mut self, author: u128, field: Field, value: Value) -> EntryId {
        let write = self.state().agenda.write_of(field, value);
        self.act(author, SessionAct::Edited(vec![write]))
    }

    fn issue(&mut self) -> EntryId {
        let upto = self.facts.len() as u64;
        self.act(SECRETARY, SessionAct::Issued { upto })
    }

    /// A session of three decisions with all members and one guest, issued as A.
    fn prepared() -> Self {
        let mut story = Story::new();
        let mut writes = vec![
            write(Field::Title, Value::Text("Phiên họp thường kỳ".into())),
            write(Field::StartsAt, Value::Number(START)),
            write(Field::Chair, Value::Person(Some(person(PRIME_MINISTER)))),
            write(Field::Invited, Value::People((1..=28).map(person).collect())),
        ];
        for n in 1..=3 {
            writes.push(write(Field::Item(item(n), ItemField::Title), Value::Text(format!("Nội dung {n}"))));
            writes.push(write(Field::Item(item(n), ItemField::Minutes), Value::Number(20)));
            let spot = Spot { parent: None, order: format!("{n}") };
            writes.push(write(Field::Item(item(n), ItemField::Spot), Value::Spot(spot)));
        }
        story.act(SECRETARY, SessionAct::Edited(writes));
        story.issue();
        story
    }

    /// The same, opened, with so many members in the room.
    fn opened(there: u128) -> Self {
        let mut story = Story::prepared();
        let book = RuleBook::shipped();
        let rules = book.named("nd191-2026").expect("shipped");
        story.act(
            SECRETARY,
            SessionAct::Opened(SessionOpening {
                rule_set: rules.id.clone(),
                rule_set_hash: rules.hash(),
                calendar_hash: Calendar::shipped().hash(),
                roster: roster(),
                fold_version: SESSION_FOLD_VERSION,
            }),
        );
        assert_eq!(story.last(), SessionVerdict::Accepted);
        for n in 1..=there {
            story.act(n, SessionAct::CheckedIn { is_elsewhere: false });
        }
        story
    }

    fn vote(&mut self, author: u128, items: Vec<ItemId>) -> EntryId {
        self.act(author, SessionAct::VoteOpened(vote_on(items)))
    }

    fn ballot(&mut self, author: u128, vote: EntryId, choice: BallotChoice) -> EntryId {
        let remark = (choice == BallotChoice::Other).then(|| "Cần rà soát thêm".to_owned());
        let ballot = Ballot { vote, choice, remark, is_reserved: false, signed_at: Millis(START) };
        self.on(vote).act(author, SessionAct::Balloted(ballot))
    }

    /// Closes a vote and opens its ballots as they say.
    fn close(&mut self, vote: EntryId) {
        self.act(TELLER, SessionAct::VoteClosed { vote });
        let taken: Vec<EntryId> =
            self.state().vote(vote).into_iter().flat_map(Vote::unopened).map(|b| b.entry).collect();
        let ballots = self
            .facts
            .iter()
            .filter_map(|f| if let SessionAct::Balloted(b) = &f.act { Some((f.id, b.clone())) } else { None })
            .filter(|(entry, _)| taken.contains(entry))
            .collect();
        self.act(TELLER, SessionAct::BallotsOpened(ballots));
    }

    fn outcome(&self, vote: EntryId) -> (Decision, Grounds) {
        let state = self.state();
        match &state.vote(vote).expect("a vote").result.as_ref().expect("a result").outcome {
            VoteOutcome::YesNo { decision, grounds } => (*decision, *grounds),
            other => panic!("{other:?}"),
        }
    }
}

fn write(field: Field, value: Value) -> Write {
    Write { field, value, on: vec![] }
}

fn vote_on(items: Vec<ItemId>) -> VoteOpening {
    VoteOpening {
        items,
        question: "Thông qua".into(),
        options: VoteOptions::YesNo,
        ballot_key: "age1".into(),
        is_live: false,
        without_quorum: None,
        repeats: None,
    }
}

/// A whole vote: so many in the room, so many ballots of each kind (the Prime Minister's first, if he votes), and what comes of it.
fn check(there: u128, pm: Option<BallotChoice>, yes: usize, no: usize, other: usize, expected: Decision) -> Grounds {
    use BallotChoice::{No, Other, Yes};
    let mut left = vec![Yes; yes];
    left.extend(vec![No; no]);
    left.extend(vec![Other; other]);
    let mut story = Story::opened(there);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    if let Some(at) = pm.and_then(|choice| left.iter().position(|c| *c == choice)) {
        let choice = left.remove(at);
        story.ballot(PRIME_MINISTER, vote, choice);
    }
    for (n, choice) in left.into_iter().enumerate() {
        story.ballot(n as u128 + 2, vote, choice);
    }
    story.close(vote);
    let (decision, grounds) = story.outcome(vote);
    assert_eq!(decision, expected, "{grounds:?}");
    grounds
}

#[test]
fn vectors_1_2_4_5_and_11_through_the_whole_fold() {
    use BallotChoice::{No, Yes};
    // 21 in the room; four more ballots come from elsewhere and count as attending.
    check(21, Some(Yes), 25, 0, 0, Decision::Adopted);
    check(20, Some(Yes), 13, 4, 0, Decision::NotAdopted);
    check(18, Some(No), 14, 4, 0, Decision::Adopted);
    let broken = check(24, Some(Yes), 12, 12, 0, Decision::Adopted);
    assert_eq!(broken, Grounds::TieBroken { each: 12, needed: 14, for_adoption: true });
    check(25, None, 12, 12, 0, Decision::NotAdopted);
}

#[test]
fn vector_3_no_vote_opens_without_a_quorum_unless_the_chair_says_why() {
    let mut story = Story::opened(17);
    for n in 18..=25 {
        let presence = Presence::Substituted { by: "Thứ trưởng".into() };
        story.act(SECRETARY, SessionAct::Marked { person: person(n), presence });
    }
    story.vote(SECRETARY, vec![item(1)]);
    story.expect(SessionRefusal::NoQuorum { present: 17, needed: 18 });
    let overridden = VoteOpening { without_quorum: Some("Việc khẩn cấp".into()), ..vote_on(vec![item(1)]) };
    story.act(SECRETARY, SessionAct::VoteOpened(overridden.clone()));
    story.expect(SessionRefusal::NotAllowed);
    story.act(PRIME_MINISTER, SessionAct::VoteOpened(overridden));
    assert_eq!(story.last(), SessionVerdict::Accepted);
}

#[test]
fn substitute_absent_and_guest_have_no_vote() {
    let mut story = Story::opened(20);
    let mark = |presence| SessionAct::Marked { person: person(5), presence };
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    story.act(SECRETARY, mark(Presence::Substituted { by: "Thứ trưởng".into() }));
    story.ballot(5, vote, BallotChoice::Yes);
    story.expect(SessionRefusal::SubstituteHasNoVote);
    story.act(SECRETARY, mark(Presence::Absent));
    story.ballot(5, vote, BallotChoice::Yes);
    story.expect(SessionRefusal::AbsentHasNoVote);
    story.ballot(28, vote, BallotChoice::Yes);
    story.expect(SessionRefusal::NotOnRoster);
    assert_eq!(story.state().vote(vote).expect("a vote").cast(), 0);
}

#[test]
fn changed_ballot_counts_once_and_one_after_closing_does_not() {
    let mut story = Story::opened(20);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let first = story.ballot(3, vote, BallotChoice::No);
    story.on(first).ballot(3, vote, BallotChoice::Yes);
    story.close(vote);
    story.ballot(4, vote, BallotChoice::Yes);
    story.expect(SessionRefusal::Late);
    let state = story.state();
    let result = state.vote(vote).expect("a vote").result.clone().expect("a result");
    assert_eq!((result.count(BallotChoice::Yes), result.count(BallotChoice::No), result.silent), (1, 0, 19));
}

#[test]
fn ballots_are_opened_together_or_not_at_all() {
    let mut story = Story::opened(20);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let cast = story.ballot(3, vote, BallotChoice::No);
    story.act(TELLER, SessionAct::VoteClosed { vote });
    let remark = None;
    let ballot = Ballot { vote, choice: BallotChoice::No, remark, is_reserved: false, signed_at: Millis(START) };
    let unknown = entry(9_999);
    story.act(TELLER, SessionAct::BallotsOpened(vec![(cast, ballot.clone()), (unknown, ballot.clone())]));
    story.expect(SessionRefusal::NoSuchBallot);
    story.act(4, SessionAct::BallotsOpened(vec![(cast, ballot.clone())]));
    story.expect(SessionRefusal::NotAllowed);
    assert_eq!(story.state().vote(vote).expect("a vote").unopened().count(), 1);
    story.act(TELLER, SessionAct::BallotsOpened(vec![(cast, ballot)]));
    assert_eq!(story.last(), SessionVerdict::Accepted);
    assert_eq!(story.state().vote(vote).expect("a vote").unopened().count(), 0);
}

#[test]
fn decided_item_is_voted_on_again_only_with_a_reason_and_the_first_vote_stays() {
    let mut story = Story::opened(20);
    let first = story.vote(PRIME_MINISTER, vec![item(1)]);
    story.vote(PRIME_MINISTER, vec![item(1)]);
    story.expect(SessionRefusal::VoteUnderWay);
    story.close(first);
    story.vote(PRIME_MINISTER, vec![item(1)]);
    story.expect(SessionRefusal::DecidedBefore);
    let again = |reason: &str| VoteOpening { repeats: Some((first, reason.into())), ..vote_on(vec![item(1)]) };
    story.act(PRIME_MINISTER, SessionAct::VoteOpened(again(" ")));
    story.expect(SessionRefusal::ReasonMissing);
    let second = story.act(PRIME_MINISTER, SessionAct::VoteOpened(again("Đọc nhầm nội dung")));
    let state = story.state();
    assert_eq!(state.votes.len(), 2);
    assert_eq!(state.vote(first).expect("the first").repeated_by, Some(second));
}

#[test]
fn counted_hands_have_their_guards() {
    let mut story = Story::opened(20);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let count = |named: Vec<(PersonId, BallotChoice)>, counts: Vec<(BallotChoice, u32)>| {
        SessionAct::Counted(Count { vote, named, counts })
    };
    use BallotChoice::{No, Yes};
    story.act(TELLER, count(vec![], vec![(Yes, 19), (No, 2)]));
    story.expect(SessionRefusal::MoreVotesThanPeople { votes: 21, people: 20 });
    story.act(TELLER, count(vec![(person(2), Yes), (person(2), No)], vec![]));
    story.expect(SessionRefusal::CountedTwice);
    story.ballot(3, vote, Yes);
    story.act(TELLER, count(vec![(person(3), No)], vec![]));
    story.expect(SessionRefusal::CountedTwice);
    story.act(TELLER, count(vec![], vec![(Yes, 5)]));
    story.expect(SessionRefusal::CountedTwice);
    story.act(SECRETARY, count(vec![(person(2), No)], vec![]));
    story.expect(SessionRefusal::NotAllowed);
    let by_name = (4..=16).map(|n| (person(n), Yes)).collect();
    story.act(TELLER, count(by_name, vec![]));
    assert_eq!(story.last(), SessionVerdict::Accepted);
    story.ballot(4, vote, No);
    story.expect(SessionRefusal::CountedTwice);
    story.close(vote);
    assert_eq!(story.outcome(vote), (Decision::Adopted, Grounds::Majority { yes: 14, needed: 14 }));
}

#[test]
fn paper_ballots_are_counted_after_closing_but_change_no_result_that_laptops_made() {
    use BallotChoice::{No, Yes};
    let mut story = Story::opened(20);
    let on_paper = story.vote(PRIME_MINISTER, vec![item(1)]);
    story.act(TELLER, SessionAct::VoteClosed { vote: on_paper });
    let count = |vote, counts| SessionAct::Counted(Count { vote, named: vec![], counts });
    story.act(TELLER, count(on_paper, vec![(Yes, 21)]));
    story.expect(SessionRefusal::MoreVotesThanPeople { votes: 21, people: 20 });
    story.act(TELLER, count(on_paper, vec![(Yes, 15), (No, 5)]));
    assert_eq!(story.outcome(on_paper), (Decision::Adopted, Grounds::Majority { yes: 15, needed: 14 }));
    story.act(TELLER, count(on_paper, vec![(No, 20)]));
    story.expect(SessionRefusal::VoteClosed);
    let on_laptops = story.vote(PRIME_MINISTER, vec![item(2)]);
    story.ballot(3, on_laptops, Yes);
    story.close(on_laptops);
    let late = SessionAct::Counted(Count { vote: on_laptops, named: vec![(person(4), Yes)], counts: vec![] });
    story.act(TELLER, late);
    story.expect(SessionRefusal::VoteClosed);
}

#[test]
fn nothing_is_under_way_in_a_session_that_has_ended() {
    let mut story = Story::opened(20);
    story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(1) });
    story.act(PRIME_MINISTER, SessionAct::SpeechBegun { person: person(3) });
    story.act(PRIME_MINISTER, SessionAct::Closed);
    let state = story.state();
    assert!(state.current().is_none());
    let ended = story.facts.last().expect("an act").at;
    assert_eq!(state.course[0].ended, Some((ended, ItemOutcome::Concluded)));
    assert_eq!(state.speeches[0].ended_at, Some(ended));
}

#[test]
fn item_pulled_from_the_block_is_not_decided_by_it() {
    let mut story = Story::opened(20);
    let block = story.vote(PRIME_MINISTER, vec![item(1), item(2), item(3)]);
    story.act(7, SessionAct::Pulled { vote: block, item: item(2) });
    story.close(block);
    let state = story.state();
    assert_eq!(state.vote(block).expect("block").items().collect::<Vec<_>>(), [item(1), item(3)]);
    story.vote(PRIME_MINISTER, vec![item(2)]);
    assert_eq!(story.last(), SessionVerdict::Accepted);
    story.act(7, SessionAct::Pulled { vote: block, item: item(1) });
    story.expect(SessionRefusal::VoteClosed);
}

#[test]
fn unreadable_ballot_is_another_opinion_and_never_silence() {
    let mut story = Story::opened(20);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let sealed = story.on(vote).act(3, SessionAct::BallotSealed);
    story.act(TELLER, SessionAct::VoteClosed { vote });
    assert_eq!(story.state().vote(vote).expect("a vote").result, None, "sealed ballots have no result");
    story.act(TELLER, SessionAct::BallotSpoiled { entry: sealed });
    let result = story.state().vote(vote).and_then(|v| v.result.clone()).expect("a result");
    assert_eq!((result.count(BallotChoice::Other), result.silent), (1, 19));
}

#[test]
fn vote_closed_without_a_place_has_no_result() {
    let mut story = Story::opened(20);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let mut shown = story.state();
    story.act(TELLER, SessionAct::VoteClosed { vote });
    let (book, calendar) = (RuleBook::shipped(), Calendar::shipped());
    shown.extend_with_pending(&story.facts[story.facts.len() - 1..], &book, &calendar);
    let closed = shown.vote(vote).expect("a vote");
    assert!(matches!(closed.phase, VotePhase::Closed { .. }));
    assert_eq!(closed.result, None, "a ballot that this laptop has not seen may stand before it");
    assert!(story.state().vote(vote).expect("a vote").result.is_some());
}

#[test]
fn two_who_did_not_know_of_each_other_are_a_conflict_that_somebody_settles() {
    let mut story = Story::prepared();
    let field = Field::Item(item(1), ItemField::Title);
    let seen = story.state().agenda.fields[&field].on();
    let blind = |text: &str| Write { field, value: Value::Text(text.into()), on: seen.clone() };
    story.act(SECRETARY, SessionAct::Edited(vec![blind("Một")]));
    story.act(SECRETARY, SessionAct::Edited(vec![blind("Hai")]));
    let state = story.state();
    assert_eq!(state.agenda.conflicts().count(), 1);
    assert_eq!(state.agenda.fields[&field].writes.len(), 2, "nothing is overwritten in silence");
    story.write(SECRETARY, field, Value::Text("Hai".into()));
    assert_eq!(story.state().agenda.conflicts().count(), 0);
}

#[test]
fn same_words_from_two_people_are_no_conflict() {
    let mut story = Story::prepared();
    let field = Field::Place;
    for _ in 0..2 {
        story.act(SECRETARY, SessionAct::Edited(vec![write(field, Value::Text("Phòng họp số 1".into()))]));
    }
    assert_eq!(story.state().agenda.conflicts().count(), 0);
}

#[test]
fn issue_that_did_not_see_the_last_edit_is_refused() {
    let mut story = Story::prepared();
    let upto = story.facts.len() as u64;
    story.act(28, SessionAct::NotForMe);
    story.act(SECRETARY, SessionAct::Issued { upto });
    story.expect(SessionRefusal::AgendaChanged);
    story.issue();
    assert_eq!(story.last(), SessionVerdict::Accepted);
    assert_eq!(SessionState::letter(story.state().versions.len() - 1), "B");
}

#[test]
fn versions_say_what_changed() {
    let mut story = Story::prepared();
    let paper = PaperId(Uuid::from_u128(7));
    let filed = |item, title: &str| {
        let content = PaperContent::OnPaper { title: title.into(), marking: "Mật".into(), copies: vec![] };
        Value::Paper(Filed { item, order: "i".into(), content, is_withdrawn: false })
    };
    story.write(SECRETARY, Field::Item(item(1), ItemField::Title), Value::Text("Tên mới".into()));
    story.write(SECRETARY, Field::Item(item(2), ItemField::Standing), Value::Standing(Standing::Withdrawn));
    story.write(SECRETARY, Field::Item(item(3), ItemField::Standing), Value::Standing(Standing::Postponed));
    story.write(SECRETARY, Field::Item(item(9), ItemField::Title), Value::Text("Nội dung thêm".into()));
    story.write(SECRETARY, Field::Paper(paper), filed(item(1), "Tờ trình"));
    story.issue();
    let state = story.state();
    let changes = compare(&state.versions[0].content, &state.versions[1].content);
    let expected = [
        Change::Added(item(9)),
        Change::Changed(item(1), vec![ItemField::Title]),
        Change::Postponed(item(3)),
        Change::Withdrawn(item(2)),
        Change::PaperAdded(paper),
    ];
    assert_eq!(changes, expected);
    assert_eq!(state.versions[0].content.item_ids().count(), 3, "what was sent stays as it was");
}

#[test]
fn planned_times_add_up_and_numbers_follow_the_order() {
    let story = Story::prepared();
    let mut version = story.state().agenda.version();
    let section = item(50);
    let spot = |parent, order: &str| Value::Spot(Spot { parent, order: order.into() });
    version.fields.insert(Field::Item(section, ItemField::Title), Value::Text("Phần một".into()));
    version.fields.insert(Field::Item(section, ItemField::Kind), Value::Item(ItemKind::Section));
    version.fields.insert(Field::Item(section, ItemField::Spot), spot(None, "0i"));
    version.fields.insert(Field::Item(item(3), ItemField::Spot), spot(Some(section), "a"));
    version.fields.insert(Field::Item(item(2), ItemField::Spot), spot(Some(item(1)), "a"));
    let items = version.items();
    let shown: Vec<_> = items.iter().map(|i| (i.number.as_str(), i.level, i.starts_at.0 - START)).collect();
    assert_eq!(shown, [("I", 1, 0), ("1", 2, 0), ("2", 1, 1_200_000), ("2.1", 2, 2_400_000)]);
}

#[test]
fn item_in_a_circle_is_shown_all_the_same() {
    let mut version = Story::prepared().state().agenda.version();
    let spot = |parent| Value::Spot(Spot { parent: Some(parent), order: "a".into() });
    version.fields.insert(Field::Item(item(1), ItemField::Spot), spot(item(2)));
    version.fields.insert(Field::Item(item(2), ItemField::Spot), spot(item(1)));
    assert_eq!(version.items().len(), 3);
}

#[test]
fn block_is_what_nobody_wants_to_discuss() {
    let mut story = Story::prepared();
    let say = |item, position| SessionAct::Positioned { item, position };
    story.act(4, say(item(1), Position::NoObjection));
    story.act(4, say(item(2), Position::NoObjection));
    story.act(5, say(item(2), Position::Objection { reason: "Chưa rõ nguồn vốn".into() }));
    story.act(6, say(item(2), Position::Objection { reason: " ".into() }));
    story.expect(SessionRefusal::ReasonMissing);
    story.act(28, say(item(1), Position::WishToSpeak));
    story.expect(SessionRefusal::NotAllowed);
    let proposal = propose(&story.state());
    assert_eq!(proposal.block, [item(1)]);
    assert_eq!(proposal.to_discuss, [(item(2), vec![person(5)])]);
    assert_eq!(proposal.unanswered, [item(3)]);
}

#[test]
fn one_of_n_needs_more_than_half_of_all_members() {
    let mut story = Story::opened(27);
    let options = VoteOptions::OneOf(vec!["Phương án 1".into(), "Phương án 2".into()]);
    let opening = VoteOpening { options, ..vote_on(vec![item(1)]) };
    let vote = story.act(PRIME_MINISTER, SessionAct::VoteOpened(opening));
    for n in 2..=15 {
        story.ballot(n, vote, BallotChoice::Option(1));
    }
    story.ballot(16, vote, BallotChoice::Option(5));
    story.close(vote);
    let result = story.state().vote(vote).and_then(|v| v.result.clone()).expect("a result");
    assert_eq!(result.outcome, VoteOutcome::OneOf { chosen: Some(1), needed: 14 });
    assert_eq!(result.silent, 27 - 14, "what can't be said is nobody's option");
}

#[test]
fn pasted_list_becomes_an_agenda() {
    let text = "CHƯƠNG TRÌNH\nI. Xây dựng pháp luật\n1. Dự án Luật Đầu tư công (Bộ Tài chính trình);\n  tiếp tục hoàn thiện\n1.1 Tờ trình\n2) Nghị định về dữ liệu (Bộ Công an)\nII. Kinh tế\n- Báo cáo tháng 5";
    let lines = read_outline(text);
    let shown: Vec<_> = lines.iter().map(|l| (l.level, l.kind, l.title.as_str(), l.presenter.as_str())).collect();
    assert_eq!(
        shown,
        [
            (1, ItemKind::Section, "Xây dựng pháp luật", ""),
            (2, ItemKind::Decision, "Dự án Luật Đầu tư công tiếp tục hoàn thiện", "Bộ Tài chính"),
            (3, ItemKind::Decision, "Tờ trình", ""),
            (2, ItemKind::Decision, "Nghị định về dữ liệu", "Bộ Công an"),
            (1, ItemKind::Section, "Kinh tế", ""),
            (3, ItemKind::Decision, "Báo cáo tháng 5", ""),
        ]
    );
    assert_eq!(read_outline("Một\nHai").len(), 2);
    let dashed: Vec<_> = read_outline("7. Công tác cán bộ\n8 - Việc khác").into_iter().map(|l| l.title).collect();
    assert_eq!(dashed, ["Công tác cán bộ", "Việc khác"]);
    assert!(read_outline(" \n").is_empty());
}

#[test]
fn files_go_to_items_by_number_then_by_words_and_else_to_nobody() {
    let items: Vec<(String, String)> =
        [("1", "Dự án Luật Đầu tư công"), ("2", "Nghị định về dữ liệu số"), ("10", "Báo cáo kinh tế")]
            .iter()
            .map(|(n, t)| ((*n).to_owned(), (*t).to_owned()))
            .collect();
    let paths = [
        "01 To trinh.pdf",
        "Muc 2/Du thao.pdf",
        "ND10-phu luc.pdf",
        "bao-cao-dau-tu-cong.pdf",
        "2026-06 lich.pdf",
        "khac.pdf",
    ];
    let found = match_files(&items, &paths.map(str::to_owned));
    assert_eq!(found, [Some(0), Some(1), Some(2), Some(0), None, None]);
}

proptest! {
    #[test]
    fn result_does_not_depend_on_the_order_of_different_people(choices in prop::collection::vec(0u8..4, 27), turn in 0usize..27) {
        let of = |c: &u8| match c { 0 => None, 1 => Some(BallotChoice::Yes), 2 => Some(BallotChoice::No), _ => Some(BallotChoice::Other) };
        let run = |order: Vec<usize>| {
            let mut story = Story::opened(20);
            let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
            for n in order {
                if let Some(choice) = of(&choices[n]) {
                    story.ballot(n as u128 + 1, vote, choice);
                }
            }
            story.close(vote);
            story.state().vote(vote).and_then(|v| v.result.clone())
        };
        let mut turned: Vec<usize> = (0..27).collect();
        turned.rotate_left(turn);
        let (one, other) = (run((0..27).collect()).expect("a result"), run(turned).expect("a result"));
        prop_assert_eq!(&one.counts, &other.counts);
        prop_assert_eq!(one.outcome, other.outcome);
        prop_assert_eq!(one.attending, other.attending);
    }

    #[test]
    fn no_write_is_lost_without_being_named(writes in prop::collection::vec((0u64..6, 0u8..3), 1..20)) {
        let mut agenda = Agenda::default();
        let mut unnamed: Vec<u64> = vec![];
        for (n, (knows, text)) in writes.iter().enumerate() {
            let on: Vec<EntryId> = unnamed.iter().take(*knows as usize).map(|u| entry(*u)).collect();
            unnamed.drain(..on.len());
            let write = Write { field: Field::Place, value: Value::Text(text.to_string()), on };
            agenda.write(entry(n as u64), &write);
            unnamed.push(n as u64);
        }
        let standing: Vec<EntryId> = agenda.fields[&Field::Place].writes.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(standing, unnamed.into_iter().map(entry).collect::<Vec<_>>());
    }
}

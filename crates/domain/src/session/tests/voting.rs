//! Votes: the vectors of the law, the guards, and one property.

use super::*;
use proptest::prelude::*;

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
    let overridden = VoteOpening { without_quorum: Some("Việc khẩn cấp".into()), ..story.vote_on(vec![item(1)]) };
    story.act(SECRETARY, opened(overridden.clone()));
    story.expect(SessionRefusal::NotAllowed);
    story.act(PRIME_MINISTER, opened(overridden));
    assert_eq!(story.last(), SessionVerdict::Accepted);
}

#[test]
fn vector_13_leaving_before_the_closing_takes_nobody_from_the_quorum() {
    let mut story = Story::opened(18);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    for n in 1..=17 {
        story.ballot(n, vote, BallotChoice::Yes);
    }
    story.act(SECRETARY, SessionAct::Marked { person: person(18), presence: Presence::Absent });
    story.close(vote);
    assert_eq!(story.outcome(vote), (Decision::Adopted, Grounds::Majority { yes: 17, needed: 14 }));
    let state = story.state();
    let result = state.vote(vote).and_then(|v| v.result.as_ref()).expect("a result");
    assert_eq!((result.attending, result.silent), (18, 1));
}

#[test]
fn vector_14_ballot_of_one_who_is_marked_absent_is_attendance_and_the_list_shows_the_contradiction() {
    let mut story = Story::opened(17);
    let reason = Some("Chờ một thành viên bỏ phiếu từ xa".into());
    let opening = VoteOpening { without_quorum: reason, ..story.vote_on(vec![item(1)]) };
    let vote = story.act(PRIME_MINISTER, opened(opening));
    story.act(SECRETARY, SessionAct::Marked { person: person(27), presence: Presence::Absent });
    for n in (1..=17).chain([27]) {
        story.ballot(n, vote, BallotChoice::Yes);
    }
    story.close(vote);
    assert_eq!(story.outcome(vote), (Decision::Adopted, Grounds::Majority { yes: 18, needed: 14 }));
    let state = story.state();
    let found = state.vote(vote).expect("a vote");
    assert_eq!(found.result.as_ref().map(|r| r.attending), Some(18));
    assert_eq!(found.despite_absence, [person(27)]);
}

#[test]
fn vectors_15_and_16_a_tie_is_one_only_where_more_than_half_of_all_said_yes_or_no() {
    use BallotChoice::Yes;
    let few = check(27, Some(Yes), 1, 1, 0, Decision::NotAdopted);
    assert_eq!(few, Grounds::TooFew { yes: 1, needed: 14 });
    let tie = check(27, Some(Yes), 7, 7, 0, Decision::Adopted);
    assert_eq!(tie, Grounds::TieBroken { each: 7, needed: 14, for_adoption: true });
    check(27, Some(Yes), 6, 6, 15, Decision::NotAdopted);
}

#[test]
fn hand_count_yields_to_a_members_own_ballot_whichever_came_first() {
    use BallotChoice::{No, Yes};
    let mut story = Story::opened(20);
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let named = (2..=5).map(|n| (person(n), No)).collect();
    story.act(TELLER, SessionAct::Counted(Count { vote, named, counts: vec![] }));
    story.ballot(4, vote, Yes);
    assert_eq!(story.last(), SessionVerdict::Accepted);
    story.close(vote);
    let counts = |story: &Story, vote| {
        let state = story.state();
        let result = state.vote(vote).and_then(|v| v.result.clone()).expect("a result");
        (result.count(Yes), result.count(No))
    };
    assert_eq!(counts(&story, vote), (1, 3));
    let by_number = story.vote(PRIME_MINISTER, vec![item(2)]);
    story.act(TELLER, SessionAct::Counted(Count { vote: by_number, named: vec![], counts: vec![(No, 20)] }));
    story.ballot(4, by_number, Yes);
    story.close(by_number);
    assert_eq!(counts(&story, by_number), (1, 0), "no teller's number takes a ballot away");
}

#[test]
fn substituted_and_guest_have_no_vote() {
    let mut story = Story::opened(20);
    let mark = |presence| SessionAct::Marked { person: person(5), presence };
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    story.act(SECRETARY, mark(Presence::Substituted { by: "Thứ trưởng".into() }));
    story.ballot(5, vote, BallotChoice::Yes);
    story.expect(SessionRefusal::SubstituteHasNoVote);
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
    let on = story.vote_on(vec![item(1)]);
    let again = |reason: &str| VoteOpening { repeats: Some((first, reason.into())), ..on.clone() };
    story.act(PRIME_MINISTER, opened(again(" ")));
    story.expect(SessionRefusal::ReasonMissing);
    let second = story.act(PRIME_MINISTER, opened(again("Đọc nhầm nội dung")));
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
    story.act(SECRETARY, SessionAct::Marked { person: person(20), presence: Presence::Absent });
    story.act(TELLER, count(vec![(person(20), Yes)], vec![]));
    story.expect(SessionRefusal::AbsentHasNoVote);
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
    let pair = story.state().vote(vote).expect("a vote").opening.pair;
    (story.about, story.under) = (Some(vote), Some(Under::Pair(pair)));
    let sealed = story.act(3, SessionAct::BallotSealed);
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
    shown.extend_with_pending(&story.facts[story.facts.len() - 1..], &Law::shipped());
    let closed = shown.vote(vote).expect("a vote");
    assert!(matches!(closed.phase, VotePhase::Closed { .. }));
    assert_eq!(closed.result, None, "a ballot that this laptop has not seen may stand before it");
    assert!(story.state().vote(vote).expect("a vote").result.is_some());
}

#[test]
fn one_of_n_needs_more_than_half_of_all_members() {
    let mut story = Story::opened(27);
    let options = VoteOptions::OneOf(vec!["Phương án 1".into(), "Phương án 2".into()]);
    let opening = VoteOpening { options, ..story.vote_on(vec![item(1)]) };
    let vote = story.act(PRIME_MINISTER, opened(opening));
    for n in 2..=15 {
        story.ballot(n, vote, BallotChoice::Option(1));
    }
    story.ballot(16, vote, BallotChoice::Option(5));
    story.close(vote);
    let result = story.state().vote(vote).and_then(|v| v.result.clone()).expect("a result");
    assert_eq!(result.outcome, VoteOutcome::OneOf { chosen: Some(1), needed: 14 });
    assert_eq!(result.silent, 27 - 14, "what can't be said is nobody's option");
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
}

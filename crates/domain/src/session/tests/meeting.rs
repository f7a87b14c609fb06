//! In the room.

use super::*;

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
fn request_to_speak_can_be_taken_back_until_the_floor_is_given() {
    let mut story = Story::opened(20);
    story.act(3, SessionAct::SpeechWithdrawn { item: item(1) });
    story.expect(SessionRefusal::WrongPhase);
    story.act(3, SessionAct::SpeechAsked { item: item(1) });
    story.act(4, SessionAct::SpeechAsked { item: item(1) });
    story.act(99, SessionAct::SpeechWithdrawn { item: item(1) });
    story.expect(SessionRefusal::NotInvited);
    story.act(3, SessionAct::SpeechWithdrawn { item: item(1) });
    let asking: Vec<PersonId> = story.state().speeches.iter().map(|s| s.person).collect();
    assert_eq!(asking, [person(4)]);
    story.act(PRIME_MINISTER, SessionAct::SpeechBegun { person: person(4) });
    story.act(4, SessionAct::SpeechWithdrawn { item: item(1) });
    story.expect(SessionRefusal::WrongPhase);
}

#[test]
fn page_and_speech_go_with_their_item_and_not_with_another() {
    let mut story = Story::opened(20);
    let paper = PaperId(uuid::Uuid::from_u128(7));
    let show = |page| SessionAct::Shown { paper, page };
    story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(1) });
    story.act(PRIME_MINISTER, show(3));
    assert_eq!(story.state().shown, Some((paper, 3)));
    story.act(3, show(4));
    story.expect(SessionRefusal::NotAllowed);
    story.act(PRIME_MINISTER, SessionAct::PutAway);
    assert_eq!(story.state().shown, None);
    story.act(PRIME_MINISTER, show(5));
    story.act(PRIME_MINISTER, SessionAct::SpeechBegun { person: person(3) });
    story.act(PRIME_MINISTER, SessionAct::ItemEnded { item: item(2), outcome: ItemOutcome::Postponed });
    assert_eq!(story.state().shown, Some((paper, 5)), "another item was postponed");
    assert_eq!(story.state().speeches[0].ended_at, None, "and whoever speaks to this one speaks on");
    story.act(PRIME_MINISTER, SessionAct::ItemEnded { item: item(1), outcome: ItemOutcome::Concluded });
    assert_eq!(story.state().shown, None);
    story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(2) });
    story.act(PRIME_MINISTER, show(1));
    story.act(PRIME_MINISTER, SessionAct::Closed);
    assert_eq!(story.state().shown, None);
}

#[test]
fn who_came_after_the_roll_call_or_left_is_told_with_the_time() {
    let mut story = Story::opened(0);
    let minutes = |n: i64| n * 60_000;
    let opened = story.state().opened_at.expect("opened");
    let mut mark = |at: i64, who: u128, presence: Presence| {
        story.act(PRIME_MINISTER, SessionAct::Marked { person: person(who), presence });
        story.facts.last_mut().expect("an act").at = Millis(opened.0 + minutes(at));
    };
    mark(2, 3, Presence::Present);
    mark(40, 4, Presence::Elsewhere);
    mark(60, 3, Presence::Absent);
    mark(90, 3, Presence::Present);
    mark(95, 5, Presence::Absent);
    mark(3, 6, Presence::Present);
    mark(50, 6, Presence::Elsewhere);
    let state = story.state();
    let stays = |who| {
        let attendance = state.attendance.iter().find(|a| a.person == person(who)).expect("marked");
        let after = |at: Option<Millis>| at.map(|at| (at.0 - opened.0) / minutes(1));
        let stay = |s: Stay| (s.is_elsewhere, after(s.from), after(s.until));
        attendance.stays(state.opened_at).into_iter().map(stay).collect::<Vec<_>>()
    };
    assert_eq!(stays(3), [(false, None, Some(60)), (false, Some(90), None)]);
    assert_eq!(stays(4), [(true, Some(40), None)]);
    assert_eq!(stays(5), []);
    assert_eq!(stays(6), [(false, None, Some(50)), (true, Some(50), None)], "from the room to elsewhere");
}

#[test]
fn absence_is_consented_to_by_the_prime_minister_alone() {
    let mut story = Story::prepared();
    story.act(3, SessionAct::Replied(Reply::Absent { reason: "Công tác".into(), substitute: None }));
    for other in [SECRETARY, 3, 4] {
        story.act(other, SessionAct::Consented { person: person(3), is_granted: true });
        story.expect(SessionRefusal::NotAllowed);
    }
    story.act(PRIME_MINISTER, SessionAct::Consented { person: person(3), is_granted: true });
    assert_eq!(story.state().replies[0].consent, Some(true));
}

#[test]
fn what_was_recorded_is_put_right_beside_it_once_the_session_is_closed() {
    let mut story = Story::opened(20);
    let say = |text: &str| SessionAct::Concluded { item: item(1), text: text.into() };
    story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(1) });
    story.act(SECRETARY, say("Giao Bộ Tài chính"));
    story.act(SECRETARY, say("Giao Bộ Tài chính trình lại"));
    story.act(PRIME_MINISTER, SessionAct::Closed);
    story.act(3, say("Giao Bộ Y tế"));
    story.expect(SessionRefusal::NotAllowed);
    story.act(SECRETARY, say(" "));
    story.expect(SessionRefusal::ReasonMissing);
    story.act(SECRETARY, say("Giao Bộ Y tế"));
    story.act(SECRETARY, SessionAct::Concluded { item: item(2), text: "Chưa bàn".into() });
    story.expect(SessionRefusal::NoSuchItem);
    let course = &story.state().course[0];
    assert_eq!(course.conclusion, "Giao Bộ Tài chính trình lại");
    let texts: Vec<&str> = course.corrections.iter().map(|c| c.text.as_str()).collect();
    assert_eq!((texts, course.corrections[0].person), (vec!["Giao Bộ Y tế"], person(SECRETARY)));
}

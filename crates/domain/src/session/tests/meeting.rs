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

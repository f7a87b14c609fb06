//! What stands on a projector.

use super::*;

/// The second of three items is for members alone.
fn with_one_behind_doors() -> Story {
    let mut story = Story::prepared();
    story.write(SECRETARY, Field::Item(item(2), ItemField::Audience), Value::Audience(Audience::Members));
    story.issue();
    story.act(SECRETARY, SessionAct::Opened(pins(roster())));
    for n in 1..=20 {
        story.act(n, SessionAct::CheckedIn { is_elsewhere: false });
    }
    story
}

fn on_screen(state: &SessionState) -> OnScreen<'_> {
    state.on_screen(&state.versions.last().expect("sent").content)
}

#[test]
fn item_for_fewer_than_all_stands_on_no_projector_nor_what_is_voted_of_it() {
    let state = with_one_behind_doors().state();
    let shown = on_screen(&state);
    assert_eq!(shown.items.iter().map(|i| i.id).collect::<Vec<_>>(), [item(1), item(3)]);
    assert_eq!((shown.current, shown.is_behind_doors, shown.next), (None, false, Some(item(1))));
    for decided in [vec![item(2)], vec![item(1), item(2)]] {
        let mut story = with_one_behind_doors();
        story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(2) });
        story.act(PRIME_MINISTER, SessionAct::Shown { paper: PaperId(Uuid::from_u128(7)), page: 3 });
        let vote = story.vote(PRIME_MINISTER, decided);
        let state = story.state();
        assert!(state.vote(vote).is_some() && state.shown.is_some());
        let shown = on_screen(&state);
        assert_eq!((shown.current, shown.is_behind_doors, shown.vote, shown.page), (None, true, None, None));
    }
}

#[test]
fn vote_of_the_item_under_way_stays_on_the_projector_until_the_next_begins() {
    let mut story = with_one_behind_doors();
    story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(1) });
    let vote = story.vote(PRIME_MINISTER, vec![item(1)]);
    let on = |story: &Story| on_screen(&story.state()).vote.map(|v| v.id);
    assert_eq!(on(&story), Some(vote));
    story.close(vote);
    assert_eq!(on(&story), Some(vote), "its result is read");
    story.act(PRIME_MINISTER, SessionAct::ItemEnded { item: item(1), outcome: ItemOutcome::Concluded });
    story.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(3) });
    let state = story.state();
    let shown = on_screen(&state);
    assert_eq!(
        (shown.vote, shown.current, shown.next),
        (None, Some(item(3)), None),
        "the one behind doors is not announced"
    );
}

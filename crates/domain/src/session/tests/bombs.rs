//! What a hostile secretary may sign past every screen: it is refused, or it is shown, and nobody's laptop hangs or runs out of anything.

use super::*;
use crate::session::agenda::BESIDE_MAX;

fn titled(n: u128) -> Write {
    write(Field::Item(item(n), ItemField::Title), Value::Text(format!("Nội dung {n}")))
}

fn spot(n: u128, parent: Option<u128>, order: &str) -> Write {
    write(Field::Item(item(n), ItemField::Spot), Value::Spot(Spot { parent: parent.map(item), order: order.into() }))
}

#[test]
fn items_nested_ten_thousand_deep_are_all_listed() {
    let mut story = Story::prepared();
    let nested = (4..10_007).flat_map(|n| [titled(n), spot(n, Some(n - 1), "i")]).collect::<Vec<_>>();
    for part in nested.chunks(2_000) {
        story.act(SECRETARY, SessionAct::Edited(part.to_vec()));
    }
    let items = SessionState::fold(&story.facts, &Law::shipped()).agenda.version().items();
    assert_eq!(items.len(), 10_006);
    assert!(items.iter().all(|i| i.level <= 3 && i.number.len() < 40));
}

#[test]
fn items_in_a_circle_are_shown_at_the_left() {
    let mut story = Story::prepared();
    story.act(SECRETARY, SessionAct::Edited(vec![spot(1, Some(2), "i"), spot(2, Some(1), "i")]));
    assert_eq!(story.state().agenda.version().items().len(), 3);
}

#[test]
fn order_that_nothing_fits_before_is_refused() {
    for order in ["A", "B", "a0", "0"] {
        let mut story = Story::prepared();
        story.act(SECRETARY, SessionAct::Edited(vec![spot(1, None, order)]));
        story.expect(SessionRefusal::WrongValue);
    }
}

#[test]
fn of_many_writes_beside_each_other_the_newest_stay() {
    let mut story = Story::prepared();
    for n in 0..BESIDE_MAX + 10 {
        story.act(SECRETARY, SessionAct::Edited(vec![write(Field::Place, Value::Text(n.to_string()))]));
    }
    let place = &story.state().agenda.fields[&Field::Place];
    assert_eq!(place.writes.len(), BESIDE_MAX);
    assert_eq!(*place.value(), Value::Text((BESIDE_MAX + 9).to_string()));
}

#[test]
fn text_that_hides_something_is_refused_wherever_it_stands() {
    let hidden = || "an\u{202e}toàn".to_owned();
    let reason = || Position::Objection { reason: hidden() };
    let absent = Reply::Absent { reason: "Công tác".into(), substitute: Some(hidden()) };
    let paper = PaperContent::OnPaper { title: "Tờ trình".into(), marking: hidden(), copies: vec![] };
    let filed = Filed { item: item(1), order: "i".into(), content: paper, is_withdrawn: false };
    let acts = [
        (SECRETARY, SessionAct::Edited(vec![write(Field::Title, Value::Text(hidden()))])),
        (SECRETARY, SessionAct::Edited(vec![write(Field::Paper(PaperId(Uuid::nil())), Value::Paper(filed))])),
        (SECRETARY, SessionAct::CalledOff { reason: hidden() }),
        (2, SessionAct::Positioned { item: item(1), position: reason() }),
        (2, SessionAct::Replied(absent)),
        (SECRETARY, SessionAct::Marked { person: person(2), presence: Presence::Substituted { by: hidden() } }),
        (SECRETARY, SessionAct::Concluded { item: item(1), text: hidden() }),
    ];
    for (author, act) in acts {
        let mut story = Story::prepared();
        story.act(author, act);
        story.expect(SessionRefusal::NotPlain);
    }
}

#[test]
fn people_of_one_field_are_few_enough_to_be_a_government() {
    let mut story = Story::prepared();
    let crowd = (0..1_001).map(person).collect();
    story.act(SECRETARY, SessionAct::Edited(vec![write(Field::Invited, Value::People(crowd))]));
    story.expect(SessionRefusal::TooMuch(Excess { of: Limited::People, is: 1_001, most: 1_000 }));
}

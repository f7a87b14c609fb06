//! Before the session: the agenda, its versions, what is proposed, and a session that is not held.

use super::*;
use proptest::prelude::*;

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
    story.act(OTHER_SECRETARY, SessionAct::NotForMe);
    story.act(SECRETARY, SessionAct::Issued { upto });
    story.expect(SessionRefusal::AgendaChanged);
    story.issue();
    assert_eq!(story.last(), SessionVerdict::Accepted);
    assert_eq!(SessionState::letter(story.state().versions.len() - 1), "B");
}

#[test]
fn edit_by_somebody_who_may_not_holds_up_no_issue() {
    let mut story = Story::prepared();
    let upto = story.facts.len() as u64;
    // A guest's, seen by those who can't open it and by those who can.
    story.act(28, SessionAct::NotForMe);
    story.expect(SessionRefusal::NotAllowed);
    story.act(28, SessionAct::Edited(vec![]));
    story.act(SECRETARY, SessionAct::Issued { upto });
    assert_eq!(story.last(), SessionVerdict::Accepted);
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

#[test]
fn session_is_called_off_by_the_secretary_with_a_reason_and_nothing_follows() {
    let off = |reason: &str| SessionAct::CalledOff { reason: reason.into() };
    let mut story = Story::prepared();
    story.act(PRIME_MINISTER, off("Bão"));
    story.expect(SessionRefusal::NotAllowed);
    story.act(SECRETARY, off(" "));
    story.expect(SessionRefusal::ReasonMissing);
    story.act(SECRETARY, off("Bão"));
    let state = story.state();
    assert!(matches!(state.phase, SessionPhase::CalledOff { .. }));
    assert_eq!(state.called_off_because.as_deref(), Some("Bão"));
    let after = [
        (3, SessionAct::Replied(Reply::Attends)),
        (3, SessionAct::Positioned { item: item(1), position: Position::NoObjection }),
        (3, SessionAct::CheckedIn { is_elsewhere: false }),
        (SECRETARY, SessionAct::Edited(vec![write(Field::Place, Value::Text("Nơi khác".into()))])),
        (SECRETARY, SessionAct::Issued { upto: 99 }),
        (SECRETARY, off("Lại bão")),
    ];
    for (author, act) in after {
        story.act(author, act);
        story.expect(SessionRefusal::WrongPhase);
    }
    let mut open = Story::opened(20);
    open.act(SECRETARY, off("Bão"));
    open.expect(SessionRefusal::WrongPhase);
}

#[test]
fn draft_is_thrown_away_without_a_reason_unless_it_was_sent_meanwhile() {
    let mut story = Story::new();
    story.write(SECRETARY, Field::Title, Value::Text("Nhầm".into()));
    story.act(SECRETARY, SessionAct::CalledOff { reason: String::new() });
    assert!(story.state().phase.is_over());
    let mut sent = Story::prepared();
    sent.act(SECRETARY, SessionAct::CalledOff { reason: String::new() });
    sent.expect(SessionRefusal::ReasonMissing);
}

proptest! {
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

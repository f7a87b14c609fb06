//! What a screen offers is what the rules accept: every person, at every stage of a session.

use super::*;

const GUEST: u128 = 28;
const OUTSIDER: u128 = 99;

/// A session at each of its stages; the vote of a stage that has one.
fn stages() -> Vec<(&'static str, Story, Option<EntryId>)> {
    let mut draft = Story::new();
    draft.act(SECRETARY, SessionAct::Edited(vec![write(Field::Title, Value::Text("Phiên họp".into()))]));
    let few = Story::opened(3);
    let mut voting = Story::opened(20);
    let vote = voting.vote(PRIME_MINISTER, vec![item(1)]);
    let (mut closed, mut off) = (Story::opened(20), Story::prepared());
    closed.act(PRIME_MINISTER, SessionAct::ItemBegun { item: item(1) });
    closed.act(PRIME_MINISTER, SessionAct::Closed);
    off.act(SECRETARY, SessionAct::CalledOff { reason: "Hoãn".into() });
    vec![
        ("a draft", draft, None),
        ("issued", Story::prepared(), None),
        ("without a quorum", few, None),
        ("in a vote", voting, Some(vote)),
        ("closed", closed, None),
        ("called off", off, None),
    ]
}

#[test]
fn what_a_screen_offers_is_what_the_rules_accept() {
    let mut offered = 0;
    for (stage, story, vote) in stages() {
        for who in [SECRETARY, TELLER, PRIME_MINISTER, 2, GUEST, OUTSIDER] {
            let state = story.state();
            let may = state.may(person(who), roles(who));
            let accepts = |act: SessionAct| {
                let mut next = Story { facts: story.facts.clone(), replaces: vec![], about: None, under: None };
                next.act(who, act);
                next.last() == SessionVerdict::Accepted
            };
            let title = vec![state.agenda.write_of(Field::Title, Value::Text("Tên mới".into()))];
            let marked = SessionAct::Marked { person: person(5), presence: Presence::Present };
            let without_quorum = Some("Việc khẩn cấp".to_owned());
            let despite = VoteOpening { without_quorum, ..story.vote_on(vec![item(2)]) };
            let count = |vote| Count { vote, named: vec![], counts: vec![(BallotChoice::Yes, 1)] };
            let position = SessionAct::Positioned { item: item(1), position: Position::NoObjection };
            let checked_in = SessionAct::CheckedIn { is_elsewhere: false };
            let is_there = state.is_there(person(who));
            let same = [
                ("edit", may.edit, accepts(SessionAct::Edited(title))),
                ("call off", may.call_off, accepts(SessionAct::CalledOff { reason: "Hoãn".into() })),
                ("lead", may.lead, accepts(marked)),
                ("correct", may.correct, {
                    let of_item = |item| accepts(SessionAct::Concluded { item, text: "Sửa".into() });
                    stage == "closed" && of_item(item(1))
                }),
                ("consent", may.consent, {
                    // To an absence that somebody asked for; where nobody can, there is nothing to hold it against.
                    let mut next = Story { facts: story.facts.clone(), replaces: vec![], about: None, under: None };
                    next.act(7, SessionAct::Replied(Reply::Absent { reason: "Công tác".into(), substitute: None }));
                    let asked = next.last() == SessionVerdict::Accepted;
                    next.act(who, SessionAct::Consented { person: person(7), is_granted: true });
                    if asked { next.last() == SessionVerdict::Accepted } else { may.consent }
                }),
                ("reply", may.reply, accepts(SessionAct::Replied(Reply::Attends))),
                ("position", may.position, accepts(position)),
                ("check in", may.check_in, accepts(checked_in) && !is_there),
            ];
            for (act, may, does) in same {
                assert_eq!(may, does, "{act}, {stage}, person {who}");
                offered += u32::from(may);
            }
            // Where there is a quorum a vote opens for who leads; where there is none, only for the chair, with a reason.
            let (opens, opens_despite) = (accepts(opened(story.vote_on(vec![item(2)]))), accepts(opened(despite)));
            let expected =
                if stage == "without a quorum" { (false, may.override_quorum) } else { (may.open_vote, may.open_vote) };
            assert_eq!((opens, opens_despite), expected, "open a vote, {stage}, person {who}");
            if let Some(vote) = vote {
                assert_eq!(may.count, accepts(SessionAct::Counted(count(vote))), "count, {stage}, person {who}");
            }
        }
    }
    assert!(offered > 20, "{offered} acts offered");
}

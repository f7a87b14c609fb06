//! Every act is read back, and only from its one encoding.

use super::super::*;
use crate::form::Tried;
use cabinet_domain::*;

/// Every opening matches but one.
struct Except(Option<EntryId>);

impl Known for Except {
    fn is_genuine(&self, opening: &Opened) -> bool {
        Some(opening.entry) != self.0
    }

    fn tried(&self, _: EntryId, proof: &[u8]) -> Tried {
        if proof.is_empty() { Tried::Worthless } else { Tried::Spoiled }
    }

    fn pair(&self, _: Hash) -> Option<PairFacts> {
        None
    }

    fn prevented(&self) -> Vec<PersonId> {
        vec![]
    }
}

const ALL: Except = Except(None);

fn check_reads_back(act: SessionAct) {
    let (kind, body) = write_session_act(&act).expect("has bytes");
    assert_eq!(read_session_act(kind, Body::Open(&body), true, &ALL), act);
    let longer = [&body[..], &[0]].concat();
    assert_ne!(read_session_act(kind, Body::Open(&longer), true, &ALL), act);
    assert_ne!(read_session_act(kind - 1, Body::Open(&body), true, &ALL), act);
}

fn write(field: Field, value: Value) -> SessionAct {
    SessionAct::Edited(vec![Write { field, value, on: vec![EntryId(Uuid::from_u128(3))] }])
}

#[test]
fn every_act_of_a_session_is_read_back_and_only_from_its_one_encoding() {
    let (person, item, vote) = (PersonId(Uuid::from_u128(1)), ItemId(Uuid::from_u128(2)), EntryId(Uuid::from_u128(3)));
    let ballot =
        Ballot { vote, choice: BallotChoice::Option(2), remark: None, is_reserved: true, signed_at: Millis(9) };
    let spot = Spot { parent: Some(item), order: "0i".into() };
    let copies = vec![PaperCopy { number: 1, holder: "Bộ Công an".into(), is_back: true }];
    let content = PaperContent::OnPaper { title: "Báo cáo".into(), marking: "Mật".into(), copies };
    let filed = Filed { item, order: "i".into(), content, is_withdrawn: false };
    let opening = VoteOpening {
        items: vec![item],
        question: "Thông qua".into(),
        options: VoteOptions::OneOf(vec!["A".into(), "B".into()]),
        pair: Hash([7; 32]),
        is_live: true,
        without_quorum: Some("Khẩn cấp".into()),
        repeats: Some((vote, "Đọc nhầm".into())),
    };
    let named = vec![(person, BallotChoice::No)];
    let absent = Reply::Absent { reason: "Công tác".into(), substitute: Some("Thứ trưởng".into()) };
    let acts = [
        write(Field::Item(item, ItemField::Spot), Value::Spot(spot)),
        write(Field::Item(item, ItemField::Audience), Value::Audience(Audience::Named(vec![person]))),
        write(Field::Kind, Value::Session(SessionKind::Extraordinary)),
        write(Field::Paper(PaperId(Uuid::from_u128(4))), Value::Paper(filed)),
        SessionAct::Issued { upto: 7 },
        SessionAct::Replied(Reply::Attends),
        SessionAct::Replied(absent),
        SessionAct::Consented { person, is_granted: true },
        SessionAct::Positioned { item, position: Position::Objection { reason: "Chưa rõ".into() } },
        SessionAct::Closed,
        SessionAct::CheckedIn { is_elsewhere: true },
        SessionAct::Marked { person, presence: Presence::Substituted { by: "Thứ trưởng".into() } },
        SessionAct::ItemBegun { item },
        SessionAct::ItemEnded { item, outcome: ItemOutcome::Postponed },
        SessionAct::Concluded { item, text: "Để sau".into() },
        SessionAct::Shown { paper: PaperId(Uuid::from_u128(4)), page: 3 },
        SessionAct::PutAway,
        SessionAct::SpeechAsked { item },
        SessionAct::SpeechBegun { person },
        SessionAct::SpeechEnded,
        SessionAct::VoteOpened { opening, pair: None },
        SessionAct::Pulled { vote, item },
        SessionAct::VoteClosed { vote },
        SessionAct::Balloted(ballot),
        SessionAct::VoteSettled {
            vote,
            settlement: Settlement { counted: vec![(vote, Counted::Spoiled)], result: Hash([8; 32]) },
        },
        SessionAct::CalledOff { reason: "Bão số 9".into() },
        SessionAct::SpeechWithdrawn { item },
        SessionAct::Counted(Count { vote, named, counts: vec![(BallotChoice::Yes, 4)] }),
    ];
    acts.into_iter().for_each(check_reads_back);
}

#[test]
fn ballot_is_opened_only_by_what_was_signed_and_broken_it_is_still_a_ballot() {
    let vote = EntryId(Uuid::from_u128(3));
    let ballot = Ballot { vote, choice: BallotChoice::Yes, remark: None, is_reserved: false, signed_at: Millis(9) };
    let (kind, body) = write_session_act(&SessionAct::Balloted(ballot.clone())).expect("has bytes");
    let other = EntryId(Uuid::from_u128(4));
    let openings = [vote, other].map(|entry| Opened { entry, salt: [1; 32], body: body.clone() });
    let (opened_kind, opened) = write_ballot_openings(&openings);
    let read = |forged| read_session_act(opened_kind, Body::Open(&opened), true, &Except(forged));
    assert_eq!(read(None), SessionAct::BallotsOpened(vec![(vote, ballot.clone()), (other, ballot)]));
    assert_eq!(read(Some(other)), SessionAct::Unreadable, "one that is not what was signed spoils the entry");
    assert_eq!(read_session_act(kind, Body::Open(b"x"), true, &ALL), SessionAct::BallotSealed);
    assert_eq!(read_session_act(kind, Body::Broken, true, &ALL), SessionAct::BallotSealed);
}

#[test]
fn edit_for_others_is_known_from_a_key_that_is_late() {
    let edited = session_kind::EDITED;
    assert_eq!(read_session_act(edited, Body::KeyMissing, false, &ALL), SessionAct::NotForMe);
    assert_eq!(read_session_act(edited, Body::KeyMissing, true, &ALL), SessionAct::KeyMissing);
    for said in [session_kind::POSITIONED, session_kind::CONCLUDED] {
        assert_eq!(read_session_act(said, Body::KeyMissing, false, &ALL), SessionAct::SaidToOthers);
        assert_eq!(read_session_act(said, Body::KeyMissing, true, &ALL), SessionAct::KeyMissing);
    }
    let vote = session_kind::VOTE_OPENED;
    assert_eq!(read_session_act(vote, Body::KeyMissing, false, &ALL), SessionAct::KeyMissing);
    assert_eq!(read_session_act(131, Body::KeyMissing, false, &ALL), SessionAct::KeyMissing);
    assert_eq!(read_session_act(999, Body::Broken, true, &ALL), SessionAct::UnknownKind(999));
}

#[test]
fn ballot_is_spoiled_only_with_its_proof() {
    let entry = EntryId(Uuid::from_u128(4));
    let read = |proof: &[u8]| {
        let (kind, body) = write_ballot_spoiled(entry, proof);
        read_session_act(kind, Body::Open(&body), true, &ALL)
    };
    assert_eq!(read(b"key"), SessionAct::BallotSpoiled { entry });
    assert_eq!(read(b""), SessionAct::Unreadable);
}

#[test]
fn act_that_holds_more_than_it_says_is_unreadable() {
    let on = || crate::form::IdV1([5; 16]);
    let read = |act: ActV1| read_session_act(act.kind(), Body::Open(&encode(&act)), true, &ALL);
    let hidden = || "chỉ máy thấy".to_owned();
    assert_eq!(read(ActV1::Positioned(on(), 1, hidden())), SessionAct::Unreadable, "a reason without an objection");
    assert_eq!(read(ActV1::Positioned(on(), 3, hidden())), SessionAct::Unreadable);
    assert_eq!(read(ActV1::Marked(on(), 1, hidden())), SessionAct::Unreadable, "a substitute of somebody who is there");
    for whole in [
        ActV1::Positioned(on(), 1, String::new()),
        ActV1::Positioned(on(), 2, hidden()),
        ActV1::Marked(on(), 3, hidden()),
    ] {
        assert_ne!(read(whole), SessionAct::Unreadable);
    }
}

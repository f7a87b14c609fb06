//! The vectors of opinion forms, and what must hold for any form.

use super::check::ANSWER_BYTES_MAX;
use super::*;
use crate::*;
use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

const SECRETARY: u128 = 1000;
const TELLER: u128 = 1001;

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn entry(n: u64) -> EntryId {
    EntryId(Uuid::from_u128(u128::from(n)))
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn hour(day: &str, hour: u32) -> Millis {
    vietnam_instant(date(day), hour)
}

/// An issue under a pair that a teller laid by.
fn issued(issue: Issue) -> FormAct {
    FormAct::Issued { issue, pair: Some(PairFacts { is_tellers: true, is_for_few: false }) }
}

fn closed() -> FormAct {
    FormAct::Closed { prevented: vec![] }
}

/// A form under way: facts are appended with growing sequence numbers.
struct Story {
    law: Law,
    facts: Vec<Fact>,
}

impl Story {
    /// 27 members, person 0 the Prime Minister, issued on Monday 2026-06-01 with 3 working days.
    fn issued() -> Self {
        let mut story = Story { law: Law::shipped(), facts: Vec::new() };
        let issue = story.issue(hour("2026-06-01", 9), 3);
        story.prepare(&issue.content);
        story.act(SECRETARY, hour("2026-06-01", 9), issued(issue));
        story
    }

    fn prepare(&mut self, content: &FormContent) {
        self.act(SECRETARY, hour("2026-06-01", 8), FormAct::Drafted(content.clone()));
        self.act(SECRETARY, hour("2026-06-01", 8), FormAct::Approved { by: "Phó Thủ tướng".into() });
    }

    fn issue(&self, at: Millis, working_days: u32) -> Issue {
        let rules = self.law.on(vietnam_date(at)).expect("in force");
        let deadline = rules.deadline(at, working_days, &self.law.calendar).expect("calendar");
        let members = (0..27).map(|n| Member { person: person(n), is_prime_minister: n == 0 }).collect::<Vec<_>>();
        Issue {
            content: FormContent {
                number: "1/PLYK".into(),
                title: "Dự thảo Nghị định".into(),
                submitted_by: "Bộ Tài chính".into(),
                summary: String::new(),
                questions: vec![Question { text: "Thông qua dự thảo".into() }],
                papers: vec![],
                ordered_by: "Thủ tướng Chính phủ".into(),
                ordered_on: vietnam_date(at),
                asked: members.iter().map(|m| m.person).collect(),
                openings: OpeningAudience::All,
            },
            pins: self.law.pin(
                rules,
                Roster { from: date("2025-10-25"), members },
                vietnam_date(at),
                vietnam_date(deadline),
                FORM_FOLD_VERSION,
            ),
            working_days,
            deadline,
            answer_pair: Hash([9; 32]),
        }
    }

    fn act(&mut self, author: u128, at: Millis, act: FormAct) -> EntryId {
        let seq = self.facts.len() as u64 + 1;
        let roles = match author {
            SECRETARY => Roles::SECRETARY,
            TELLER => Roles::TELLER,
            _ => Roles::MEMBER,
        };
        let last = |is: fn(&FormAct) -> bool| self.facts.iter().rfind(|f| is(&f.act)).map(|f| f.id);
        let (about, under) = match &act {
            FormAct::Approved { .. } => (last(|a| matches!(a, FormAct::Drafted(_))), Under::Space),
            FormAct::Issued { .. } => (last(|a| matches!(a, FormAct::Approved { .. })), Under::Space),
            FormAct::Answered(_) | FormAct::AnsweredSealed => {
                (last(|a| matches!(a, FormAct::Issued { .. })), Under::Pair(Hash([9; 32])))
            }
            _ => (None, Under::Space),
        };
        self.facts.push(Fact {
            id: entry(seq),
            seq,
            at,
            author: person(author),
            device: DeviceId(Uuid::from_u128(author)),
            counter: seq,
            roles,
            about,
            under,
            replaces: vec![],
            act,
        });
        entry(seq)
    }

    fn answer(&mut self, author: u128, at: Millis, choice: Choice) -> EntryId {
        self.act(author, at, FormAct::Answered(answer(choice, at)))
    }

    fn close_and_open(&mut self) -> FormState {
        self.act(TELLER, hour("2026-06-04", 17), closed());
        let answers: Vec<_> = self
            .facts
            .iter()
            .filter_map(|f| match &f.act {
                FormAct::Answered(a) => Some((f.id, a.clone())),
                _ => None,
            })
            .collect();
        for (entry, answer) in answers {
            self.act(TELLER, hour("2026-06-04", 18), FormAct::Opened(vec![(entry, answer)]));
        }
        self.state()
    }

    fn state(&self) -> FormState {
        FormState::fold(&self.facts, &self.law)
    }

    fn last(&self) -> Verdict {
        self.state().log.last().expect("an act").1.clone()
    }
}

fn answer(choice: Choice, signed_at: Millis) -> Answer {
    let remark = (choice == Choice::Other).then(|| "Đề nghị sửa".to_owned());
    Answer { questions: vec![QuestionAnswer { choice, remark, is_reserved: false }], signed_at }
}

fn refused(reason: Refusal) -> Verdict {
    Verdict::Refused { reason }
}

/// Members answer in order from `first`; the rest stay silent.
fn tally(first: u128, yes: u32, no: u32, other: u32) -> QuestionResult {
    let mut story = Story::issued();
    let choices = std::iter::repeat_n(Choice::Agree, yes as usize)
        .chain(std::iter::repeat_n(Choice::Disagree, no as usize))
        .chain(std::iter::repeat_n(Choice::Other, other as usize));
    for (n, choice) in choices.enumerate() {
        story.answer(first + n as u128, hour("2026-06-02", 9), choice);
    }
    story.close_and_open().result.expect("closed and opened").questions.remove(0)
}

#[test]
fn vector_6_silence_is_agreement_and_is_shown_apart() {
    let result = tally(0, 5, 3, 2);
    assert_eq!((result.agreed, result.deemed, result.decision), (5, 17, Decision::Adopted));
    assert_eq!(result.grounds, Grounds::Majority { yes: 22, needed: 14 });
    assert_eq!((result.of_sent, result.of_answered), (Share { count: 22, of: 27 }, Share { count: 5, of: 10 }));
}

#[test]
fn vector_7_nine_of_27_are_no_majority() {
    let result = tally(0, 8, 12, 6);
    assert_eq!((result.agreed, result.deemed, result.decision), (8, 1, Decision::NotAdopted));
    assert_eq!(result.grounds, Grounds::TooFew { yes: 9, needed: 14 });
}

#[test]
fn vector_9_one_or_six_working_days_are_refused_with_the_rule_named() {
    for days in [1, 6] {
        let mut story = Story { law: Law::shipped(), facts: vec![] };
        let issue = story.issue(hour("2026-06-01", 9), days);
        story.prepare(&issue.content);
        story.act(SECRETARY, hour("2026-06-01", 9), issued(issue));
        let Verdict::Refused { reason: Refusal::WorkingDays { rule, min: 2, max: 5, .. } } = story.last() else {
            panic!("{:?}", story.last())
        };
        assert_eq!(rule, "từ 2 đến 5 ngày làm việc");
    }
}

#[test]
fn vector_12_a_silent_prime_minister_is_deemed_to_agree_and_breaks_the_tie() {
    let result = tally(8, 5, 13, 1);
    assert_eq!((result.agreed, result.deemed, result.decision), (5, 8, Decision::Adopted));
    assert_eq!(result.grounds, Grounds::TieBroken { each: 13, needed: 14, for_adoption: true });
}

#[test]
fn late_answer_is_recorded_and_not_counted() {
    let mut story = Story::issued();
    let late =
        story.act(3, hour("2026-06-04", 18), FormAct::Answered(answer(Choice::Disagree, hour("2026-06-04", 16))));
    assert_eq!(story.last(), refused(Refusal::Late));
    let state = story.close_and_open();
    let result = state.result.expect("opened");
    assert_eq!(result.questions[0].deemed, 27);
    assert_eq!(result.signed_in_time, [person(3)]);
    assert!(state.answers.iter().any(|a| a.entry == late));
}

#[test]
fn changed_answer_counts_once_and_both_are_kept() {
    let mut story = Story::issued();
    story.answer(3, hour("2026-06-02", 9), Choice::Agree);
    story.answer(3, hour("2026-06-02", 10), Choice::Disagree);
    let state = story.close_and_open();
    let result = &state.result.as_ref().expect("opened").questions[0];
    assert_eq!((result.agreed, result.disagreed, result.deemed), (0, 1, 26));
    assert_eq!(state.answers.len(), 2);
}

#[test]
fn an_older_answer_of_the_same_laptop_that_arrives_later_does_not_win() {
    let mut story = Story::issued();
    let newer = story.answer(3, hour("2026-06-02", 9), Choice::Disagree);
    story.answer(3, hour("2026-06-02", 10), Choice::Agree);
    let last = story.facts.len() - 1;
    story.facts[last].counter = 1;
    assert_eq!(story.state().standing(person(3)).map(|a| a.entry), Some(newer));
}

#[test]
fn two_laptops_that_do_not_know_of_each_other_are_ordered_by_stamp_and_told() {
    let mut story = Story::issued();
    story.answer(3, hour("2026-06-02", 9), Choice::Disagree);
    let later = story.answer(3, hour("2026-06-02", 10), Choice::Agree);
    let last = story.facts.len() - 1;
    story.facts[last].device = DeviceId(Uuid::from_u128(77));
    let state = story.state();
    let standing = state.standing(person(3)).expect("answered");
    assert_eq!((standing.entry, standing.is_crossed), (later, true));
}

#[test]
fn teller_closes_early_only_when_all_have_answered() {
    let mut story = Story::issued();
    for n in 0..26 {
        story.answer(n, hour("2026-06-02", 9), Choice::Agree);
    }
    story.act(TELLER, hour("2026-06-02", 10), closed());
    assert_eq!(story.last(), refused(Refusal::TooEarly));
    story.answer(26, hour("2026-06-02", 11), Choice::Agree);
    story.act(3, hour("2026-06-02", 12), closed());
    assert_eq!(story.last(), refused(Refusal::NotAllowed));
    story.act(TELLER, hour("2026-06-02", 12), closed());
    assert_eq!(story.last(), Verdict::Accepted);
}

#[test]
fn closing_without_a_place_gives_no_result() {
    let mut story = Story::issued();
    story.answer(3, hour("2026-06-02", 9), Choice::Disagree);
    let known = story.facts[..story.facts.len() - 1].to_vec();
    story.act(TELLER, hour("2026-06-04", 17), closed());
    let pending = story.facts.last().cloned();
    let mut shown = FormState::fold(&known, &story.law);
    shown.extend_with_pending(pending.as_slice(), &story.law);
    assert!(matches!(shown.phase, FormPhase::Closed { .. }));
    assert_eq!(shown.result, None, "an answer that this laptop has not seen may stand before it");
    assert_eq!(story.close_and_open().result.expect("opened").questions[0].disagreed, 1);
}

#[test]
fn extension_stays_within_the_maximum_counted_from_the_first_issue() {
    let mut story = Story::issued();
    let extend = |deadline| FormAct::Extended { working_days: 5, deadline, reason: "Chờ ý kiến".into() };
    story.act(SECRETARY, hour("2026-06-03", 9), extend(hour("2026-06-09", 17)));
    assert!(matches!(story.last(), Verdict::Refused { reason: Refusal::WorkingDays { days: 6, .. } }));
    story.act(SECRETARY, hour("2026-06-03", 9), extend(hour("2026-06-08", 17)));
    assert_eq!(story.last(), Verdict::Accepted);
    assert_eq!(story.state().deadline, Some(hour("2026-06-08", 17)));
}

#[test]
fn recalled_form_takes_nothing_more() {
    let mut story = Story::issued();
    story.act(SECRETARY, hour("2026-06-02", 9), FormAct::Recalled { reason: "Thiếu tài liệu".into() });
    story.answer(3, hour("2026-06-02", 10), Choice::Agree);
    assert_eq!(story.last(), refused(Refusal::WrongPhase));
}

#[test]
fn draft_is_thrown_away_without_a_reason_unless_it_was_sent_meanwhile() {
    let drop = || FormAct::Recalled { reason: " ".into() };
    let mut story = Story { law: Law::shipped(), facts: vec![] };
    let issue = story.issue(hour("2026-06-01", 9), 3);
    story.act(SECRETARY, hour("2026-06-01", 8), drop());
    assert_eq!(story.last(), refused(Refusal::WrongPhase), "there is nothing yet");
    story.prepare(&issue.content);
    story.act(SECRETARY, hour("2026-06-01", 8), drop());
    assert_eq!(story.last(), Verdict::Accepted);
    story.act(SECRETARY, hour("2026-06-01", 9), issued(issue));
    assert_eq!(story.last(), refused(Refusal::WrongPhase));
    let mut sent = Story::issued();
    sent.act(SECRETARY, hour("2026-06-01", 10), drop());
    assert_eq!(sent.last(), refused(Refusal::ReasonMissing));
}

#[test]
fn who_was_not_asked_is_neither_deemed_nor_answered() {
    let mut story = Story { law: Law::shipped(), facts: vec![] };
    let mut issue = story.issue(hour("2026-06-01", 9), 3);
    issue.content.asked.truncate(13);
    story.prepare(&issue.content);
    story.act(SECRETARY, hour("2026-06-01", 9), issued(issue));
    story.answer(20, hour("2026-06-02", 9), Choice::Agree);
    assert_eq!(story.last(), refused(Refusal::NotAsked));
    let result = story.close_and_open().result.expect("closed").questions.remove(0);
    assert_eq!((result.deemed, result.members, result.decision), (13, 27, Decision::NotAdopted));
}

#[test]
fn member_can_neither_issue_nor_open_another_members_answer() {
    let mut story = Story::issued();
    let theirs = story.answer(3, hour("2026-06-02", 9), Choice::Disagree);
    story.act(4, hour("2026-06-02", 9), FormAct::Recalled { reason: "x".into() });
    assert_eq!(story.last(), refused(Refusal::NotAllowed));
    story.act(TELLER, hour("2026-06-04", 17), closed());
    let opened = FormAct::Opened(vec![(theirs, answer(Choice::Agree, Millis(0)))]);
    story.act(4, hour("2026-06-04", 18), opened);
    assert_eq!(story.last(), refused(Refusal::NotAllowed));
}

#[test]
fn unknown_kind_is_void_and_stops_nothing() {
    let mut story = Story::issued();
    story.act(3, hour("2026-06-02", 9), FormAct::UnknownKind(999));
    assert_eq!(story.last(), refused(Refusal::Unreadable));
    story.answer(3, hour("2026-06-02", 10), Choice::Agree);
    let state = story.state();
    assert_eq!((state.needs_newer_app, state.answers.len()), (None, 1));
}

#[test]
fn form_under_law_of_a_newer_app_says_so_and_only_who_may_issue_can_say_it() {
    let mut story = Story { law: Law::shipped(), facts: vec![] };
    let mut issue = story.issue(hour("2026-06-01", 9), 3);
    issue.pins.fold_version = 2;
    story.prepare(&issue.content);
    story.act(3, hour("2026-06-01", 9), issued(issue.clone()));
    assert_eq!(story.last(), refused(Refusal::NotAllowed));
    assert_eq!(story.state().needs_newer_app, None);
    let newer = story.act(SECRETARY, hour("2026-06-01", 9), issued(issue));
    story.answer(3, hour("2026-06-02", 10), Choice::Agree);
    let state = story.state();
    assert_eq!((state.needs_newer_app, state.answers.len()), (Some(newer), 0));
    assert!(state.content.is_some(), "what was drafted is still shown");
}

#[test]
fn draft_written_on_another_draft_is_shown_as_crossed() {
    let mut story = Story { law: Law::shipped(), facts: vec![] };
    let content = story.issue(hour("2026-06-01", 9), 3).content;
    story.act(SECRETARY, hour("2026-06-01", 8), FormAct::Drafted(content.clone()));
    story.act(SECRETARY, hour("2026-06-01", 8), FormAct::Drafted(content));
    assert_eq!(story.last(), refused(Refusal::DraftCrossed));
}

fn choice() -> impl Strategy<Value = Option<Choice>> {
    prop_oneof![Just(None), Just(Some(Choice::Agree)), Just(Some(Choice::Disagree)), Just(Some(Choice::Other))]
}

fn result_of(choices: &[Option<Choice>], order: &[usize]) -> QuestionResult {
    let mut story = Story::issued();
    for n in order {
        if let Some(choice) = choices[*n] {
            story.answer(*n as u128, hour("2026-06-02", 9), choice);
        }
    }
    story.close_and_open().result.expect("opened").questions.remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nobody_counts_twice(answers in proptest::collection::vec((0u128..27, choice()), 0..80)) {
        let mut story = Story::issued();
        for (n, choice) in answers {
            if let Some(choice) = choice {
                story.answer(n, hour("2026-06-02", 9), choice);
            }
        }
        let r = story.close_and_open().result.expect("opened").questions.remove(0);
        prop_assert_eq!(r.agreed + r.deemed + r.disagreed + r.other, 27);
    }

    #[test]
    fn result_does_not_depend_on_the_order_of_different_people(
        choices in proptest::collection::vec(choice(), 27),
        order in Just((0..27).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let straight: Vec<usize> = (0..27).collect();
        prop_assert_eq!(result_of(&choices, &straight), result_of(&choices, &order));
    }

    #[test]
    fn one_more_yes_rejects_only_by_leaving_a_tie(
        yes in 0u32..=27, no in 0u32..=27, overrides: bool, pm_yes: bool,
    ) {
        prop_assume!(yes + no < 27);
        let text = include_str!("../../../../assets/rules/nd191-2026.toml")
            .replace("tie_overrides_majority = true", &format!("tie_overrides_majority = {overrides}"));
        let rules = RuleSet::parse(&text).expect("valid");
        let pm = if pm_yes { PrimeMinister::Yes } else { PrimeMinister::No };
        let at = |yes| decide(Ballots { members: 27, yes, no, prime_minister: pm }, &rules).0;
        if at(yes) == Decision::Adopted && at(yes + 1) != Decision::Adopted {
            prop_assert!(overrides && yes == no, "{yes}:{no}");
        }
    }
}

/// Fifty remarks of so many bytes together.
fn long_answer(bytes: usize) -> Answer {
    let remark = Some("đ".repeat(bytes / 50 / 2));
    let question = QuestionAnswer { choice: Choice::Disagree, remark, is_reserved: false };
    Answer { questions: vec![question; 50], signed_at: hour("2026-06-02", 9) }
}

#[test]
fn remarks_of_one_answer_are_limited_together() {
    assert_eq!(check_answer(&long_answer(ANSWER_BYTES_MAX), 50), Ok(()));
    assert_eq!(
        check_answer(&long_answer(ANSWER_BYTES_MAX + 200), 50),
        Err(Refusal::TooMuch(Excess { of: Limited::AnswerBytes, is: 200_200, most: 200_000 }))
    );
    let hidden =
        QuestionAnswer { choice: Choice::Agree, remark: Some("đồng ý\u{202e}".into()), is_reserved: false };
    let answer = Answer { questions: vec![hidden], signed_at: hour("2026-06-02", 9) };
    assert_eq!(check_answer(&answer, 1), Err(Refusal::NotPlain));
}

#[test]
fn text_of_a_form_that_hides_something_is_refused() {
    let mut story = Story { law: Law::shipped(), facts: vec![] };
    let mut issue = story.issue(hour("2026-06-01", 9), 3);
    issue.content.questions[0].text = "Thông qua\u{2066}".into();
    story.prepare(&issue.content);
    assert_eq!(story.state().log[0].1, refused(Refusal::NotPlain));
}

/// What a screen offers is what the rules accept: every person, at every stage of a form.
#[test]
fn what_a_screen_offers_is_what_the_rules_accept() {
    let (day, late) = (hour("2026-06-02", 9), hour("2026-06-04", 17));
    let mut draft = Story { law: Law::shipped(), facts: vec![] };
    let content = draft.issue(hour("2026-06-01", 9), 3).content;
    draft.prepare(&content);
    let (mut answered, mut recalled, mut closed_form) = (Story::issued(), Story::issued(), Story::issued());
    for n in 0..27 {
        answered.answer(n, day, Choice::Agree);
    }
    recalled.act(SECRETARY, day, FormAct::Recalled { reason: "Sai".into() });
    closed_form.act(TELLER, late, closed());
    let mut offered = 0;
    for story in [draft, Story::issued(), answered, recalled, closed_form] {
        for (who, roles) in [(SECRETARY, Roles::SECRETARY), (TELLER, Roles::TELLER), (3, Roles::MEMBER)] {
            let state = story.state();
            let may = state.may(person(who), roles);
            let accepts = |act: FormAct| {
                let mut next = Story { law: Law::shipped(), facts: story.facts.clone() };
                next.act(who, day, act);
                next.last() == Verdict::Accepted
            };
            let same = [
                (may.answer, accepts(FormAct::Answered(answer(Choice::Agree, day)))),
                (may.run, state.phase == FormPhase::Issued && accepts(FormAct::Recalled { reason: "Sai".into() })),
                (may.close, accepts(closed())),
            ];
            for (n, (may, does)) in same.into_iter().enumerate() {
                assert_eq!(may, does, "act {n}, {:?}, person {who}", state.phase);
                offered += u32::from(may);
            }
        }
    }
    assert_eq!(offered, 5, "two answers, two recalls, one closing");
}

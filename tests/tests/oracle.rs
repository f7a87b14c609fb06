//! The whole fold of a form against the oracle, which shares no line with it.

use cabinet_domain::*;
use chrono::NaiveDate;
use ecabinet_sim::chance::Chance;
use ecabinet_sim::oracle::{Arrived, Outcome, Said, outcome, taken};
use uuid::Uuid;

const PAIR: Hash = Hash([9; 32]);
const SECRETARY: usize = 1_000;
const TELLER: usize = 1_001;
const FORMS: usize = 100_000;
const HOUR: i64 = 3_600_000;

/// A random form: who is on the roster and asked, and what arrived when.
struct Form {
    asked: Vec<bool>,
    prime_minister: Option<usize>,
    arrived: Vec<Arrived>,
    issued: Millis,
    deadline: Millis,
}

fn person(n: usize) -> PersonId {
    PersonId(Uuid::from_u128(n as u128 + 1))
}

impl Form {
    fn random(chance: &mut Chance, law: &Law) -> Self {
        let members = 1 + chance.below(30) as usize;
        let mut asked: Vec<bool> = (0..members).map(|_| chance.percent(90)).collect();
        // A form must ask somebody.
        let first = chance.below(members as u64) as usize;
        asked[first] = true;
        let day: NaiveDate = "2026-06-01".parse().unwrap();
        let issued = vietnam_instant(day, 9);
        let deadline = law.book.named("nd191-2026").unwrap().deadline(issued, 3, &law.calendar).unwrap();
        let most = chance.below(3 * members as u64 + 1);
        let mut arrived: Vec<Arrived> = (0..most)
            .map(|_| Arrived {
                member: chance.below(members as u64) as usize,
                // A few after the deadline, a few just on it.
                at_ms: match chance.below(12) {
                    0 => deadline.0 + 1 + chance.below(HOUR as u64) as i64,
                    1 => deadline.0,
                    _ => issued.0 + chance.below((deadline.0 - issued.0) as u64) as i64,
                },
                said: *chance.pick(&[Said::Yes, Said::Yes, Said::No, Said::No, Said::No, Said::Other]),
            })
            .collect();
        arrived.sort_by_key(|a| a.at_ms);
        let prime_minister = chance.percent(85).then(|| chance.below(members as u64) as usize);
        Form { asked, prime_minister, arrived, issued, deadline }
    }

    fn issue(&self, law: &Law) -> Issue {
        let rules = law.book.named("nd191-2026").unwrap();
        let members = 0..self.asked.len();
        let seat = |n| Member { person: person(n), is_prime_minister: Some(n) == self.prime_minister };
        let asked = members.clone().filter(|n| self.asked[*n]).map(person).collect();
        Issue {
            content: FormContent {
                number: "1/PLYK".into(),
                title: "Dự thảo".into(),
                submitted_by: "Bộ".into(),
                summary: String::new(),
                questions: vec![Question { text: "Thông qua".into() }],
                papers: vec![],
                ordered_by: "Thủ tướng Chính phủ".into(),
                ordered_on: vietnam_date(self.issued),
                asked,
                openings: OpeningAudience::All,
            },
            pins: law.pin(
                rules,
                Roster { from: "2025-10-25".parse().unwrap(), members: members.map(seat).collect() },
                vietnam_date(self.issued),
                vietnam_date(self.deadline),
                FORM_FOLD_VERSION,
            ),
            working_days: 3,
            deadline: self.deadline,
            answer_pair: PAIR,
        }
    }

    /// The same form as the facts that laptops fold.
    fn facts(&self, law: &Law) -> Vec<Fact> {
        let issue = self.issue(law);
        let mut facts: Vec<Fact> = Vec::new();
        let mut act = |author: usize, roles: Roles, at: i64, act: FormAct| {
            let seq = facts.len() as u64 + 1;
            let id = EntryId(Uuid::from_u128(u128::from(seq)));
            let device = DeviceId(Uuid::from_u128(author as u128 + 1));
            let (author, at) = (person(author), Millis(at));
            let last = |is: fn(&FormAct) -> bool| facts.iter().rfind(|f| is(&f.act)).map(|f| f.id);
            let (about, under) = match &act {
                FormAct::Approved { .. } => (last(|a| matches!(a, FormAct::Drafted(_))), Under::Space),
                FormAct::Issued { .. } => (last(|a| matches!(a, FormAct::Approved { .. })), Under::Space),
                FormAct::Answered(_) => (last(|a| matches!(a, FormAct::Issued { .. })), Under::Pair(PAIR)),
                _ => (None, Under::Space),
            };
            facts.push(Fact { id, seq, at, author, device, counter: seq, roles, about, under, replaces: vec![], act });
            id
        };
        act(SECRETARY, Roles::SECRETARY, self.issued.0 - HOUR, FormAct::Drafted(issue.content.clone()));
        act(SECRETARY, Roles::SECRETARY, self.issued.0 - HOUR, FormAct::Approved { by: "Phó Thủ tướng".into() });
        let pair = Some(PairFacts { is_tellers: true, is_for_few: false });
        act(SECRETARY, Roles::SECRETARY, self.issued.0, FormAct::Issued { issue, pair });
        let mut answers = Vec::new();
        for a in &self.arrived {
            let answer = answer(a);
            answers.push((act(a.member, Roles::MEMBER, a.at_ms, FormAct::Answered(answer.clone())), answer));
        }
        act(TELLER, Roles::TELLER, self.deadline.0 + 2 * HOUR, FormAct::Closed { prevented: vec![] });
        for (entry, answer) in answers {
            act(TELLER, Roles::TELLER, self.deadline.0 + 2 * HOUR, FormAct::Opened(vec![(entry, answer)]));
        }
        facts
    }
}

fn answer(arrived: &Arrived) -> Answer {
    let choice = match arrived.said {
        Said::Yes => Choice::Agree,
        Said::No => Choice::Disagree,
        _ => Choice::Other,
    };
    let remark = (choice == Choice::Other).then(|| "Đề nghị sửa".to_owned());
    let questions = vec![QuestionAnswer { choice, remark, is_reserved: false }];
    Answer { questions, signed_at: Millis(arrived.at_ms - 1) }
}

#[test]
fn oracle_agrees_on_100_000_random_forms() {
    let text = include_str!("../../assets/rules/nd191-2026.toml");
    let without = text.replace("tie_overrides_majority = true", "tie_overrides_majority = false");
    let books = [RuleBook::parse(&[text]).unwrap(), RuleBook::parse(&[&without]).unwrap()];
    let laws = books.map(|book| Law { book, calendar: Calendar::shipped() });
    let mut chance = Chance::new(2026);
    let (mut adopted, mut ties, mut late) = (0, 0, 0);
    for n in 0..FORMS {
        let overrides = chance.percent(70);
        let law = &laws[usize::from(!overrides)];
        let form = Form::random(&mut chance, law);
        let state = FormState::fold(&form.facts(law), law);
        let result = state.result.unwrap_or_else(|| panic!("form {n} has no result: {:?}", state.log));
        let q = &result.questions[0];
        let got = Outcome {
            agreed: q.agreed,
            deemed: q.deemed,
            disagreed: q.disagreed,
            other: q.other,
            adopted: q.decision == Decision::Adopted,
        };
        let said = taken(&form.asked, &form.arrived, form.deadline.0);
        assert_eq!(got, outcome(&said, form.prime_minister, overrides), "form {n}: {said:?}");
        adopted += usize::from(got.adopted);
        ties += usize::from(got.agreed + got.deemed == got.disagreed && got.disagreed > 0);
        late += usize::from(form.arrived.iter().any(|a| a.at_ms > form.deadline.0));
    }
    println!("{FORMS} forms: {adopted} adopted, {ties} ties, {late} with late answers; the oracle agrees on all");
    assert!((10_000..90_000).contains(&adopted) && ties > 1_000 && late > 10_000, "the forms are not varied enough");
}

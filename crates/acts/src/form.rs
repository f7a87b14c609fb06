//! Acts on a form.

use crate::register::PinsV1;
use crate::{date, days, decode, encode};
use cabinet_domain::{
    Answer, Choice, Counted, EntryId, FormAct, FormContent, Hash, Issue, Millis, OpeningAudience, PairFacts, Paper,
    PersonId, PrimeMinister, PublishedCounts, Question, QuestionAnswer, Settlement,
};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use uuid::Uuid;

/// Frozen: kinds of entries in a form's space.
pub mod kind {
    /// The text was written.
    pub const DRAFTED: u16 = 110;
    /// The draft may be sent.
    pub const APPROVED: u16 = 111;
    /// It was sent.
    pub const ISSUED: u16 = 112;
    /// The deadline moved.
    pub const EXTENDED: u16 = 113;
    /// It was taken back.
    pub const RECALLED: u16 = 114;
    /// It takes no more answers.
    pub const CLOSED: u16 = 115;
    /// A member answered.
    pub const ANSWERED: u16 = 116;
    /// Answers were made public.
    pub const OPENED: u16 = 117;
    /// An answer can be read by nobody.
    pub const SPOILED: u16 = 118;
    /// A teller's counts, where openings are not for all.
    pub const PUBLISHED: u16 = 119;
    /// What counts was fixed.
    pub const SETTLED: u16 = 120;
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct ContentV1 {
    #[n(0)]
    number: String,
    #[n(1)]
    title: String,
    #[n(2)]
    submitted_by: String,
    #[n(3)]
    summary: String,
    #[n(4)]
    questions: Vec<String>,
    #[n(5)]
    papers: Vec<PaperV1>,
    #[n(6)]
    ordered_by: String,
    #[n(7)]
    ordered_on: i32,
    #[n(8)]
    asked: Vec<IdV1>,
    #[n(9)]
    openings: u8,
}

#[derive(Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct IdV1(#[cbor(n(0), with = "minicbor::bytes")] pub(crate) [u8; 16]);

#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct PaperV1 {
    #[n(0)]
    title: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    hash: [u8; 32],
    #[n(2)]
    size_bytes: u64,
    #[cbor(n(3), with = "minicbor::bytes")]
    pieces: [u8; 32],
    #[n(4)]
    pages: u32,
    #[n(5)]
    key: String,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct IssueV1 {
    #[n(0)]
    content: ContentV1,
    #[n(1)]
    pins: PinsV1,
    #[n(2)]
    working_days: u32,
    #[n(3)]
    deadline: i64,
    #[cbor(n(4), with = "minicbor::bytes")]
    answer_pair: [u8; 32],
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct ExtendedV1 {
    #[n(0)]
    working_days: u32,
    #[n(1)]
    deadline: i64,
    #[n(2)]
    reason: String,
}

/// A body of one text.
#[derive(Encode, Decode)]
#[cbor(array)]
struct TextV1 {
    #[n(0)]
    text: String,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct AnswerV1 {
    #[n(0)]
    questions: Vec<QuestionAnswerV1>,
    #[n(1)]
    signed_at: i64,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct QuestionAnswerV1 {
    #[n(0)]
    choice: u8,
    #[n(1)]
    remark: Option<String>,
    #[n(2)]
    is_reserved: bool,
}

/// An answer or a ballot made public.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct OpenedV1 {
    #[n(0)]
    entry: IdV1,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; 32],
    #[n(2)]
    body: ByteVec,
}

/// Answers made public, all that were there at once.
#[derive(Encode, Decode)]
#[cbor(array)]
struct OpenedAllV1 {
    #[n(0)]
    opened: Vec<OpenedV1>,
}

/// An answer or a ballot that nobody can read, with the private half of its pair: whoever sees it tries for themselves.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct SpoiledV1 {
    #[n(0)]
    entry: IdV1,
    #[n(1)]
    proof: ByteVec,
}

/// What counts: each by its entry, 1 opened, 2 spoiled; then the result's hash.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct SettlementV1 {
    #[n(0)]
    counted: Vec<CountedV1>,
    #[cbor(n(1), with = "minicbor::bytes")]
    result: [u8; 32],
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct CountedV1 {
    #[n(0)]
    entry: IdV1,
    #[n(1)]
    state: u8,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct CountsV1 {
    #[n(0)]
    agreed: u32,
    #[n(1)]
    deemed: u32,
    #[n(2)]
    disagreed: u32,
    #[n(3)]
    other: u32,
    #[n(4)]
    reserved: u32,
    /// 1 yes, 2 no, 3 neither.
    #[n(5)]
    prime_minister: u8,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct PublishedV1 {
    #[n(0)]
    questions: Vec<CountsV1>,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct NothingV1 {}

/// The body of an entry as a laptop has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Opened.
    Open(&'a [u8]),
    /// An answer sealed to others.
    SealedAnswer,
    /// Its key has not arrived.
    KeyMissing,
    /// It does not open with its key, or its commitment differs.
    Broken,
}

/// An answer made public: whoever reads it must find the salted hash in the answer's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The answer's entry.
    pub entry: EntryId,
    /// The salt.
    pub salt: [u8; 32],
    /// The plain body.
    pub body: Vec<u8>,
}

/// What a proof of spoiling shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is the pair's private half, and what it was shown for does not open with it to anything that can be read.
    Spoiled,
    /// It is, and it opens it: so that counts.
    Opens(Vec<u8>),
    /// It is no such thing.
    Worthless,
}

/// What clear headers and control state say to somebody who reads a body.
pub trait Known {
    /// Whether an opening matches what its answer's header promised.
    fn is_genuine(&self, opening: &Opening) -> bool;
    /// Tries a proof that an answer can't be read.
    fn tried(&self, entry: EntryId, proof: &[u8]) -> Tried;
    /// What everybody sees of a pair of the space.
    fn pair(&self, pair: Hash) -> Option<PairFacts>;
    /// Who of these has had no laptop at some time up to here, because all of theirs were shut out.
    fn prevented(&self) -> Vec<PersonId>;
}

/// Kind and body of an act. Openings and proofs have functions of their own; acts that only the fold knows have no bytes.
pub fn write_form_act(act: &FormAct) -> Option<(u16, Vec<u8>)> {
    Some(match act {
        FormAct::Drafted(content) => (kind::DRAFTED, encode(&content_v1(content))),
        FormAct::Approved { by } => (kind::APPROVED, encode(&TextV1 { text: by.clone() })),
        FormAct::Issued { issue, .. } => (kind::ISSUED, encode(&issue_v1(issue))),
        FormAct::Extended { working_days, deadline, reason } => {
            let act = ExtendedV1 { working_days: *working_days, deadline: deadline.0, reason: reason.clone() };
            (kind::EXTENDED, encode(&act))
        }
        FormAct::Recalled { reason } => (kind::RECALLED, encode(&TextV1 { text: reason.clone() })),
        FormAct::Closed { .. } => (kind::CLOSED, encode(&NothingV1 {})),
        FormAct::Settled(settlement) => (kind::SETTLED, encode(&SettlementV1::new(settlement))),
        FormAct::Answered(answer) => (kind::ANSWERED, write_answer(answer)),
        FormAct::Published(counts) => {
            (kind::PUBLISHED, encode(&PublishedV1 { questions: counts.iter().map(counts_v1).collect() }))
        }
        _ => return None,
    })
}

fn counts_v1(counts: &PublishedCounts) -> CountsV1 {
    CountsV1 {
        agreed: counts.agreed,
        deemed: counts.deemed,
        disagreed: counts.disagreed,
        other: counts.other,
        reserved: counts.reserved,
        prime_minister: match counts.prime_minister {
            PrimeMinister::Yes => 1,
            PrimeMinister::No => 2,
            PrimeMinister::Neither => 3,
        },
    }
}

fn counts(v1: CountsV1) -> Option<PublishedCounts> {
    let prime_minister = match v1.prime_minister {
        1 => PrimeMinister::Yes,
        2 => PrimeMinister::No,
        3 => PrimeMinister::Neither,
        _ => return None,
    };
    let CountsV1 { agreed, deemed, disagreed, other, reserved, .. } = v1;
    Some(PublishedCounts { agreed, deemed, disagreed, other, reserved, prime_minister })
}

/// The body of an answer.
pub fn write_answer(answer: &Answer) -> Vec<u8> {
    let question = |q: &QuestionAnswer| QuestionAnswerV1 {
        choice: match q.choice {
            Choice::Agree => 1,
            Choice::Disagree => 2,
            Choice::Other => 3,
        },
        remark: q.remark.clone(),
        is_reserved: q.is_reserved,
    };
    encode(&AnswerV1 { questions: answer.questions.iter().map(question).collect(), signed_at: answer.signed_at.0 })
}

/// Reads the body of an answer; one that holds more than it says is none.
pub fn read_answer(body: &[u8]) -> Option<Answer> {
    let answer: AnswerV1 = decode(body)?;
    let question = |q: QuestionAnswerV1| {
        let choice = match q.choice {
            1 => Choice::Agree,
            2 => Choice::Disagree,
            3 => Choice::Other,
            _ => return None,
        };
        Some(QuestionAnswer { choice, remark: q.remark, is_reserved: q.is_reserved })
    };
    let questions = answer.questions.into_iter().map(question).collect::<Option<_>>()?;
    Some(Answer { questions, signed_at: Millis(answer.signed_at) }).filter(|answer| write_answer(answer) == body)
}

/// Kind and body of the opening of answers.
pub fn write_openings<'a>(openings: impl IntoIterator<Item = &'a Opening>) -> (u16, Vec<u8>) {
    let opened = openings.into_iter().map(OpenedV1::new).collect();
    (kind::OPENED, encode(&OpenedAllV1 { opened }))
}

/// Kind and body of the word that an answer can be read by nobody; `proof` is the private half of the pair.
pub fn write_spoiled(entry: EntryId, proof: &[u8]) -> (u16, Vec<u8>) {
    (kind::SPOILED, encode(&SpoiledV1::new(entry, proof)))
}

/// What an entry means to the fold. An opening that does not match the commitment in its answer's header is unreadable, whoever signed it.
/// `is_for_me` says whether this person should hold the key of a body that does not open.
pub fn read_form_act(entry_kind: u16, body: Body<'_>, is_for_me: bool, known: &dyn Known) -> FormAct {
    if !(kind::DRAFTED..=kind::SETTLED).contains(&entry_kind) {
        return FormAct::UnknownKind(entry_kind);
    }
    let body = match body {
        Body::Open(body) => body,
        Body::SealedAnswer => return FormAct::AnsweredSealed,
        // Only openings may be sealed for fewer than all.
        Body::KeyMissing if !is_for_me && matches!(entry_kind, kind::OPENED | kind::SPOILED | kind::SETTLED) => {
            return FormAct::NotForMe;
        }
        Body::KeyMissing => return FormAct::KeyMissing,
        // An answer that is signed but unreadable is an answer all the same: it is never taken for silence.
        Body::Broken if entry_kind == kind::ANSWERED => return FormAct::AnsweredSealed,
        Body::Broken => return FormAct::Unreadable,
    };
    // A word that the act leaves out would be signed and seen by nobody.
    let is_whole = |act: &FormAct| write_form_act(act).is_none_or(|(_, written)| written == body);
    read_open(entry_kind, body, known).filter(is_whole).unwrap_or(match entry_kind {
        kind::ANSWERED => FormAct::AnsweredSealed,
        _ => FormAct::Unreadable,
    })
}

fn read_open(entry_kind: u16, body: &[u8], known: &dyn Known) -> Option<FormAct> {
    Some(match entry_kind {
        kind::DRAFTED => FormAct::Drafted(content(decode(body)?)?),
        kind::APPROVED => FormAct::Approved { by: decode::<TextV1>(body)?.text },
        kind::ISSUED => {
            let issue = issue(decode(body)?)?;
            let pair = known.pair(issue.answer_pair);
            FormAct::Issued { issue, pair }
        }
        kind::EXTENDED => {
            let act: ExtendedV1 = decode(body)?;
            FormAct::Extended { working_days: act.working_days, deadline: Millis(act.deadline), reason: act.reason }
        }
        kind::RECALLED => FormAct::Recalled { reason: decode::<TextV1>(body)?.text },
        kind::CLOSED => decode::<NothingV1>(body).map(|_| FormAct::Closed { prevented: known.prevented() })?,
        kind::ANSWERED => FormAct::Answered(read_answer(body)?),
        kind::OPENED => {
            let opened = decode::<OpenedAllV1>(body)?.opened.into_iter().map(OpenedV1::read);
            let read = |o: Opening| Some((o.entry, known.is_genuine(&o).then(|| read_answer(&o.body))??));
            FormAct::Opened(opened.map(read).collect::<Option<_>>()?)
        }
        kind::PUBLISHED => {
            let published: PublishedV1 = decode(body)?;
            FormAct::Published(published.questions.into_iter().map(counts).collect::<Option<_>>()?)
        }
        kind::SETTLED => FormAct::Settled(decode::<SettlementV1>(body)?.read()?),
        _ => {
            let (entry, proof) = decode::<SpoiledV1>(body)?.read();
            match known.tried(entry, &proof) {
                Tried::Spoiled => FormAct::Spoiled { entry },
                Tried::Opens(content) => match read_answer(&content) {
                    Some(answer) => FormAct::Opened(vec![(entry, answer)]),
                    None => FormAct::Spoiled { entry },
                },
                Tried::Worthless => return None,
            }
        }
    })
}

impl OpenedV1 {
    pub(crate) fn new(opening: &Opening) -> Self {
        OpenedV1 { entry: IdV1(*opening.entry.0.as_bytes()), salt: opening.salt, body: opening.body.clone().into() }
    }

    pub(crate) fn read(self) -> Opening {
        Opening { entry: EntryId(Uuid::from_bytes(self.entry.0)), salt: self.salt, body: self.body.to_vec() }
    }
}

impl SpoiledV1 {
    pub(crate) fn new(entry: EntryId, proof: &[u8]) -> Self {
        SpoiledV1 { entry: IdV1(*entry.0.as_bytes()), proof: proof.to_vec().into() }
    }

    pub(crate) fn read(self) -> (EntryId, Vec<u8>) {
        (EntryId(Uuid::from_bytes(self.entry.0)), self.proof.to_vec())
    }
}

impl SettlementV1 {
    pub(crate) fn new(settlement: &Settlement) -> Self {
        let counted = |(entry, state): &(EntryId, Counted)| CountedV1 {
            entry: IdV1(*entry.0.as_bytes()),
            state: match state {
                Counted::Opened => 1,
                Counted::Spoiled => 2,
            },
        };
        SettlementV1 { counted: settlement.counted.iter().map(counted).collect(), result: settlement.result.0 }
    }

    pub(crate) fn read(self) -> Option<Settlement> {
        let counted = |c: CountedV1| {
            let state = match c.state {
                1 => Counted::Opened,
                2 => Counted::Spoiled,
                _ => return None,
            };
            Some((EntryId(Uuid::from_bytes(c.entry.0)), state))
        };
        let counted = self.counted.into_iter().map(counted).collect::<Option<_>>()?;
        Some(Settlement { counted, result: Hash(self.result) })
    }
}

impl PaperV1 {
    pub(crate) fn new(paper: &Paper) -> Self {
        PaperV1 {
            title: paper.title.clone(),
            hash: paper.hash.0,
            size_bytes: paper.size_bytes,
            pieces: paper.pieces.0,
            pages: paper.pages,
            key: paper.key.clone(),
        }
    }

    pub(crate) fn read(self) -> Paper {
        Paper {
            title: self.title,
            hash: Hash(self.hash),
            size_bytes: self.size_bytes,
            pieces: Hash(self.pieces),
            pages: self.pages,
            key: self.key,
        }
    }
}

fn content_v1(content: &FormContent) -> ContentV1 {
    ContentV1 {
        number: content.number.clone(),
        title: content.title.clone(),
        submitted_by: content.submitted_by.clone(),
        summary: content.summary.clone(),
        questions: content.questions.iter().map(|q| q.text.clone()).collect(),
        papers: content.papers.iter().map(PaperV1::new).collect(),
        ordered_by: content.ordered_by.clone(),
        ordered_on: days(content.ordered_on),
        asked: content.asked.iter().map(|p| IdV1(*p.0.as_bytes())).collect(),
        openings: match content.openings {
            OpeningAudience::All => 1,
            OpeningAudience::TellersAndChair => 2,
        },
    }
}

fn content(v1: ContentV1) -> Option<FormContent> {
    Some(FormContent {
        number: v1.number,
        title: v1.title,
        submitted_by: v1.submitted_by,
        summary: v1.summary,
        questions: v1.questions.into_iter().map(|text| Question { text }).collect(),
        papers: v1.papers.into_iter().map(PaperV1::read).collect(),
        ordered_by: v1.ordered_by,
        ordered_on: date(v1.ordered_on)?,
        asked: v1.asked.into_iter().map(|p| PersonId(Uuid::from_bytes(p.0))).collect(),
        openings: match v1.openings {
            1 => OpeningAudience::All,
            2 => OpeningAudience::TellersAndChair,
            _ => return None,
        },
    })
}

fn issue_v1(issue: &Issue) -> IssueV1 {
    IssueV1 {
        content: content_v1(&issue.content),
        pins: PinsV1::new(&issue.pins),
        working_days: issue.working_days,
        deadline: issue.deadline.0,
        answer_pair: issue.answer_pair.0,
    }
}

fn issue(v1: IssueV1) -> Option<Issue> {
    Some(Issue {
        content: content(v1.content)?,
        pins: v1.pins.read()?,
        working_days: v1.working_days,
        deadline: Millis(v1.deadline),
        answer_pair: Hash(v1.answer_pair),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every opening matches, or none does.
    struct Says(bool);

    impl Known for Says {
        fn is_genuine(&self, _: &Opening) -> bool {
            self.0
        }

        fn tried(&self, _: EntryId, proof: &[u8]) -> Tried {
            match proof {
                b"key" => Tried::Spoiled,
                b"opens" => Tried::Opens(write_answer(&answer(Choice::Agree))),
                _ => Tried::Worthless,
            }
        }

        fn pair(&self, _: Hash) -> Option<PairFacts> {
            None
        }

        fn prevented(&self) -> Vec<PersonId> {
            vec![]
        }
    }

    fn answer(choice: Choice) -> Answer {
        let question = QuestionAnswer { choice, remark: None, is_reserved: true };
        Answer { questions: vec![question], signed_at: Millis(7) }
    }

    fn check_reads_back(act: FormAct) {
        let (kind, body) = write_form_act(&act).expect("has bytes");
        assert_eq!(read_form_act(kind, Body::Open(&body), true, &Says(true)), act);
        let longer = [&body[..], &[0]].concat();
        assert_ne!(read_form_act(kind, Body::Open(&longer), true, &Says(true)), act);
    }

    #[test]
    fn every_act_is_read_back_and_only_from_its_one_encoding() {
        check_reads_back(FormAct::Answered(answer(Choice::Agree)));
        check_reads_back(FormAct::Approved { by: "Phó Thủ tướng".into() });
        check_reads_back(FormAct::Recalled { reason: "Thiếu tài liệu".into() });
        check_reads_back(FormAct::Closed { prevented: vec![] });
        let entry = EntryId(Uuid::from_u128(5));
        let counted = vec![(entry, Counted::Opened), (entry, Counted::Spoiled)];
        check_reads_back(FormAct::Settled(Settlement { counted, result: Hash([7; 32]) }));
        let counts = PublishedCounts {
            agreed: 1,
            deemed: 2,
            disagreed: 3,
            other: 4,
            reserved: 5,
            prime_minister: PrimeMinister::No,
        };
        check_reads_back(FormAct::Published(vec![counts]));
        check_reads_back(FormAct::Extended { working_days: 3, deadline: Millis(5), reason: "Chờ ý kiến".into() });
        check_reads_back(FormAct::Drafted(FormContent {
            number: "1".into(),
            title: "Dự thảo".into(),
            submitted_by: "Bộ Tài chính".into(),
            summary: "".into(),
            questions: vec![Question { text: "Thông qua".into() }],
            papers: vec![Paper {
                title: "Tờ trình".into(),
                hash: Hash([1; 32]),
                size_bytes: 9,
                pieces: Hash([2; 32]),
                pages: 3,
                key: "AGE-SECRET-KEY-1".into(),
            }],
            ordered_by: "Thủ tướng Chính phủ".into(),
            ordered_on: "2026-11-20".parse().expect("date"),
            asked: vec![PersonId(Uuid::from_u128(1))],
            openings: OpeningAudience::All,
        }));
    }

    #[test]
    fn opening_that_does_not_match_its_answer_is_unreadable() {
        let opening = Opening {
            entry: EntryId(Uuid::from_u128(5)),
            salt: [1; 32],
            body: write_answer(&answer(Choice::Disagree)),
        };
        let (kind, body) = write_openings([&opening]);
        let read = |genuine| read_form_act(kind, Body::Open(&body), true, &Says(genuine));
        assert_eq!(read(true), FormAct::Opened(vec![(opening.entry, answer(Choice::Disagree))]));
        assert_eq!(read(false), FormAct::Unreadable);
    }

    #[test]
    fn opening_for_others_is_known_from_a_key_that_is_late() {
        let read = |kind, is_for_me| read_form_act(kind, Body::KeyMissing, is_for_me, &Says(true));
        assert_eq!(read(kind::OPENED, false), FormAct::NotForMe);
        assert_eq!(read(kind::OPENED, true), FormAct::KeyMissing);
        assert_eq!(read(kind::CLOSED, false), FormAct::KeyMissing);
    }

    #[test]
    fn without_its_proof_nothing_is_spoiled_and_what_opens_counts() {
        let entry = EntryId(Uuid::from_u128(5));
        let read = |proof: &[u8]| {
            let (kind, body) = write_spoiled(entry, proof);
            read_form_act(kind, Body::Open(&body), true, &Says(true))
        };
        assert_eq!(read(b"key"), FormAct::Spoiled { entry });
        assert_eq!(read(b"opens"), FormAct::Opened(vec![(entry, answer(Choice::Agree))]));
        assert_eq!(read(b""), FormAct::Unreadable);
    }

    #[test]
    fn broken_answer_is_an_answer_and_never_silence() {
        assert_eq!(read_form_act(kind::ANSWERED, Body::Broken, true, &Says(true)), FormAct::AnsweredSealed);
        assert_eq!(read_form_act(kind::ANSWERED, Body::Open(b"x"), true, &Says(true)), FormAct::AnsweredSealed);
        assert_eq!(read_form_act(999, Body::KeyMissing, true, &Says(true)), FormAct::UnknownKind(999));
    }
}

//! What people do to a form.

use crate::{EntryId, Hash, Millis, PairFacts, PersonId, Pins, PrimeMinister, Settlement};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a member says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// *Đồng ý*.
    Agree,
    /// *Không đồng ý*.
    Disagree,
    /// *Ý kiến khác*, with its text. Not a yes.
    Other,
}

/// One question's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionAnswer {
    /// The choice.
    pub choice: Choice,
    /// Free text; required with [`Choice::Other`].
    pub remark: Option<String>,
    /// *Bảo lưu ý kiến*: the member asks that a dissent be kept.
    pub is_reserved: bool,
}

/// An answer to all questions of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// One for each question, in order.
    pub questions: Vec<QuestionAnswer>,
    /// When the laptop says it was signed.
    pub signed_at: Millis,
}

/// One thing to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// *Nội dung cần cho ý kiến*.
    pub text: String,
}

/// A sealed paper that belongs to the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Name on screen.
    pub title: String,
    /// BLAKE3 of the ciphertext: its name everywhere.
    pub hash: Hash,
    /// Bytes of the ciphertext.
    pub size_bytes: u64,
    /// BLAKE3 of its list of piece hashes.
    pub pieces: Hash,
    /// Number of pages.
    pub pages: u32,
    /// The age identity that opens it. Security: shared only inside sealed entries.
    pub key: String,
}

impl Paper {
    /// Its texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        [self.title.as_str(), &self.key].into_iter()
    }
}

/// Who sees opened answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningAudience {
    /// Everyone in the form's space.
    All,
    /// Tellers and whoever chairs; the others are shown the tellers' signed counts.
    TellersAndChair,
}

/// What tellers say that one question came to, where openings are not for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedCounts {
    /// Agreed by answering.
    pub agreed: u32,
    /// Deemed agreed.
    pub deemed: u32,
    /// Disagreed.
    pub disagreed: u32,
    /// Other opinions.
    pub other: u32,
    /// Reserved opinions.
    pub reserved: u32,
    /// What the Prime Minister said.
    pub prime_minister: PrimeMinister,
}

impl PublishedCounts {
    /// How many people they speak of.
    pub fn total(&self) -> u64 {
        [self.agreed, self.deemed, self.disagreed, self.other].iter().map(|n| u64::from(*n)).sum()
    }
}

/// The content of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormContent {
    /// Number given by the Office, for example "131/PLYK".
    pub number: String,
    /// *Trích yếu*.
    pub title: String,
    /// The ministry that submits.
    pub submitted_by: String,
    /// What it is about.
    pub summary: String,
    /// At least one.
    pub questions: Vec<Question>,
    /// Its papers, in reading order.
    pub papers: Vec<Paper>,
    /// The office that ordered it: the Prime Minister or a Deputy Prime Minister.
    pub ordered_by: String,
    /// The day of that order.
    pub ordered_on: NaiveDate,
    /// The members asked.
    pub asked: Vec<PersonId>,
    /// Who sees opened answers.
    pub openings: OpeningAudience,
}

/// What the issuing entry fixes for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The text that was sent.
    pub content: FormContent,
    /// The law of the day.
    pub pins: Pins,
    /// Time to answer.
    pub working_days: u32,
    /// The instant it ends.
    pub deadline: Millis,
    /// The form's own key pair, laid by in its space, to which answers are sealed.
    pub answer_pair: Hash,
}

/// Everything that can happen to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormAct {
    /// The text was written or rewritten. The fact's `replaces` names the draft it was made on.
    Drafted(FormContent),
    /// The draft that it is about may be sent; says by whose order.
    Approved {
        /// The office that approved.
        by: String,
    },
    /// It was sent, as the approval that it is about said.
    Issued {
        /// What is fixed by it.
        issue: Issue,
        /// The pair that it names, if there is one in its space.
        pair: Option<PairFacts>,
    },
    /// The deadline moved, counted from the first issue.
    Extended {
        /// Working days from the first issue.
        working_days: u32,
        /// The new deadline.
        deadline: Millis,
        /// Why.
        reason: String,
    },
    /// It was taken back.
    Recalled {
        /// Why.
        reason: String,
    },
    /// It takes no more answers.
    Closed {
        /// Members whose laptops were all shut out while it was open, and who got no other.
        prevented: Vec<PersonId>,
    },
    /// An answer this laptop can read.
    Answered(Answer),
    /// An answer sealed to others.
    AnsweredSealed,
    /// Answers made public, by their entries; the salted hash of each was checked against its header.
    Opened(Vec<(EntryId, Answer)>),
    /// An answer that nobody can read: the pair's private half was shown with it, and does not open it. It counts as another opinion.
    Spoiled {
        /// The answer's entry.
        entry: EntryId,
    },
    /// A teller's counts, one for each question, for those who don't see the openings.
    Published(Vec<PublishedCounts>),
    /// What counts is fixed.
    Settled(Settlement),
    /// A second person stands behind an entry.
    Confirmed {
        /// Which.
        entry: EntryId,
    },
    /// An opening that is sealed for others than this person.
    NotForMe,
    /// The entry can't be read as any act of this version.
    Unreadable,
    /// The entry is of a kind that this version does not know.
    UnknownKind(u16),
    /// The key that opens the entry has not arrived.
    KeyMissing,
}

impl FormAct {
    /// The texts that the act brings for all to read. Those of an answer are judged with the answer, once it is open.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            FormAct::Drafted(content) => content.texts(),
            FormAct::Issued { issue, .. } => issue.content.texts(),
            FormAct::Approved { by: text }
            | FormAct::Extended { reason: text, .. }
            | FormAct::Recalled { reason: text } => vec![text],
            _ => vec![],
        }
    }
}

impl FormContent {
    /// All its texts.
    fn texts(&self) -> Vec<&str> {
        let own = [&self.number, &self.title, &self.submitted_by, &self.summary, &self.ordered_by];
        let questions = self.questions.iter().map(|q| &q.text);
        let papers = self.papers.iter().flat_map(Paper::texts);
        own.into_iter().chain(questions).map(String::as_str).chain(papers).collect()
    }
}

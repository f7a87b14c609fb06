//! What people do to a form, and the facts that the fold reads.

use crate::{DeviceId, EntryId, Hash, Millis, PersonId, Roster};
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

/// Who sees opened answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningAudience {
    /// Everyone in the form's space.
    All,
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
    /// Rule set by name and hash.
    pub rule_set: String,
    /// Hash of the rule set's file.
    pub rule_set_hash: Hash,
    /// Hash of the calendar.
    pub calendar_hash: Hash,
    /// The whole roster of the day.
    pub roster: Roster,
    /// Time to answer.
    pub working_days: u32,
    /// The instant it ends.
    pub deadline: Millis,
    /// [`super::FORM_FOLD_VERSION`] of the program that issued it.
    pub fold_version: u32,
    /// Public half of the form's own key pair, to which answers are sealed.
    pub answer_key: String,
}

/// Everything that can happen to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormAct {
    /// The text was written or rewritten. The fact's `replaces` names the draft it was made on.
    Drafted(FormContent),
    /// The draft may be sent; says by whose order.
    Approved {
        /// The office that approved.
        by: String,
    },
    /// It was sent.
    Issued(Issue),
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
    Closed,
    /// An answer this laptop can read.
    Answered(Answer),
    /// An answer sealed to others.
    AnsweredSealed,
    /// An answer made public; its salted hash was checked against the answer's header.
    Opened {
        /// The answer's entry.
        entry: EntryId,
        /// What it says.
        answer: Answer,
    },
    /// A teller could not read an answer. It counts as another opinion unless its author opens it.
    Spoiled {
        /// The answer's entry.
        entry: EntryId,
    },
    /// The entry can't be read as any act of this version.
    Unreadable,
    /// The entry is of a kind that this version does not know.
    UnknownKind(u16),
    /// The key that opens the entry has not arrived.
    KeyMissing,
}

/// What a person's device may do, judged by the register at the head that the stamp names. The bits are frozen in
/// `docs/FORMATS.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles(pub u16);

impl Roles {
    /// *Chủ trì*.
    pub const CHAIR: Roles = Roles(1);
    /// *Thành viên*.
    pub const MEMBER: Roles = Roles(2);
    /// *Người dự thay*.
    pub const SUBSTITUTE: Roles = Roles(4);
    /// *Khách mời*.
    pub const GUEST: Roles = Roles(8);
    /// *Chuyên viên*.
    pub const ASSISTANT: Roles = Roles(16);
    /// *Thư ký*.
    pub const SECRETARY: Roles = Roles(32);
    /// *Kiểm phiếu*.
    pub const TELLER: Roles = Roles(64);
    /// *Quản trị*.
    pub const OFFICER: Roles = Roles(128);

    /// Whether all of `other` are among these.
    pub fn has(self, other: Roles) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both.
    pub fn and(self, other: Roles) -> Roles {
        Roles(self.0 | other.0)
    }
}

/// One stamped entry, as the fold sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its id.
    pub id: EntryId,
    /// Its place in the space.
    pub seq: u64,
    /// When the hub received it.
    pub at: Millis,
    /// Whose act it is.
    pub author: PersonId,
    /// On which laptop.
    pub device: DeviceId,
    /// The device's own counter in this space.
    pub counter: u64,
    /// The author's roles at the stamp's register head.
    pub roles: Roles,
    /// The entries it replaces or was made on.
    pub replaces: Vec<EntryId>,
    /// The act.
    pub act: FormAct,
}

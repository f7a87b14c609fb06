//! What is printed, in words: whoever asks has chosen them.

use chrono::NaiveDate;
use serde::Serialize;

/// The head of every document.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
    /// The body above, for example "CHÍNH PHỦ".
    pub above: String,
    /// Who issues it, for example "VĂN PHÒNG CHÍNH PHỦ".
    pub agency: String,
    /// Number and sign; empty leaves its place.
    pub number: String,
    /// Where.
    pub place: String,
    /// When.
    pub date: NaiveDate,
}

/// A line of an agenda.
#[derive(Clone, Debug, Serialize)]
pub struct AgendaEntry {
    /// Whether a heading.
    pub is_section: bool,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who presents.
    pub presenter: String,
    /// When, as "08:30".
    pub time: String,
    /// Minutes; 0 leaves them out.
    pub minutes: u32,
    /// Titles of its papers.
    pub papers: Vec<String>,
}

/// *Chương trình phiên họp*.
#[derive(Clone, Debug, Serialize)]
pub struct Agenda {
    /// The head.
    pub head: Head,
    /// The session's title.
    pub title: String,
    /// The version's letter.
    pub version: String,
    /// When and where, in a sentence.
    pub when: String,
    /// Who chairs.
    pub chair: String,
    /// The items.
    pub entries: Vec<AgendaEntry>,
}

/// How one thing was said how often.
#[derive(Clone, Debug, Serialize)]
pub struct Tally {
    /// What.
    pub name: String,
    /// How often.
    pub count: u32,
}

/// A member in a count sheet.
#[derive(Clone, Debug, Serialize)]
pub struct SeatLine {
    /// The office.
    pub office: String,
    /// What was said.
    pub said: String,
    /// Text of the opinion.
    pub remark: String,
}

/// *Biên bản kiểm phiếu* of one vote.
#[derive(Clone, Debug, Serialize)]
pub struct CountSheet {
    /// The head.
    pub head: Head,
    /// The session's title.
    pub session: String,
    /// What was put to the vote.
    pub question: String,
    /// Sentences: how it was voted on, quorum, what is to be known.
    pub facts: Vec<String>,
    /// Counts.
    pub tally: Vec<Tally>,
    /// The result.
    pub outcome: String,
    /// The rule with its numbers.
    pub grounds: String,
    /// Each member.
    pub seats: Vec<SeatLine>,
}

/// Somebody in the minutes.
#[derive(Clone, Debug, Serialize)]
pub struct Attendee {
    /// The office.
    pub office: String,
    /// Present, from elsewhere, absent and why, who came instead.
    pub presence: String,
}

/// An item in the minutes.
#[derive(Clone, Debug, Serialize)]
pub struct MinutesItem {
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who presented.
    pub presenter: String,
    /// Who spoke, in order.
    pub speakers: Vec<String>,
    /// What else is to be said, a sentence each.
    pub notes: Vec<String>,
    /// Votes, a sentence each.
    pub votes: Vec<String>,
    /// The chair's conclusion.
    pub conclusion: String,
    /// What was put right afterwards, a sentence each.
    pub corrections: Vec<String>,
    /// How it ended.
    pub outcome: String,
}

/// *Biên bản phiên họp*.
#[derive(Clone, Debug, Serialize)]
pub struct Minutes {
    /// The head.
    pub head: Head,
    /// The session's title.
    pub title: String,
    /// When and where, in a sentence.
    pub when: String,
    /// Who chaired.
    pub chair: String,
    /// How many members, and the rule.
    pub quorum: String,
    /// Members.
    pub members: Vec<Attendee>,
    /// Others.
    pub others: Vec<Attendee>,
    /// Course of the session.
    pub items: Vec<MinutesItem>,
}

/// One question of a form.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionOutcome {
    /// The question.
    pub text: String,
    /// Counts.
    pub tally: Vec<Tally>,
    /// Adopted or not.
    pub outcome: String,
    /// The rule with its numbers.
    pub grounds: String,
    /// Of all sent, of all answered.
    pub shares: String,
    /// Opinions with text.
    pub remarks: Vec<SeatLine>,
}

/// *Kết quả lấy ý kiến thành viên Chính phủ*.
#[derive(Clone, Debug, Serialize)]
pub struct FormOutcome {
    /// The head.
    pub head: Head,
    /// The form's number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Who submits.
    pub submitted_by: String,
    /// When it was sent and due, in a sentence.
    pub when: String,
    /// The act.
    pub act: String,
    /// Its questions.
    pub questions: Vec<QuestionOutcome>,
}

/// A document.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// An agenda.
    Agenda(Agenda),
    /// A count sheet.
    CountSheet(CountSheet),
    /// Minutes.
    Minutes(Minutes),
    /// The result of a form.
    FormOutcome(FormOutcome),
}

impl Document {
    /// Its head.
    pub fn head(&self) -> &Head {
        match self {
            Document::Agenda(d) => &d.head,
            Document::CountSheet(d) => &d.head,
            Document::Minutes(d) => &d.head,
            Document::FormOutcome(d) => &d.head,
        }
    }

    pub(crate) fn template(&self) -> &'static str {
        match self {
            Document::Agenda(_) => include_str!("../../../assets/templates/agenda.typ"),
            Document::CountSheet(_) => include_str!("../../../assets/templates/count-sheet.typ"),
            Document::Minutes(_) => include_str!("../../../assets/templates/minutes.typ"),
            Document::FormOutcome(_) => include_str!("../../../assets/templates/form-result.typ"),
        }
    }
}

//! The opinion form (*Phiếu lấy ý kiến*): draft → approved → issued → (extended) → closed → result, or recalled.

mod act;
mod check;
mod fold;
mod may;
mod result;
#[cfg(test)]
mod tests;

pub use act::{
    Answer, Choice, FormAct, FormContent, Issue, OpeningAudience, Paper, PublishedCounts, Question, QuestionAnswer,
};
pub use check::{check_answer, check_content, check_extension, check_issue};
pub use fold::{FormPhase, FormState, Refusal, Verdict};
pub use may::FormMay;
pub use result::{FormResult, QuestionResult, Share};

/// Version of the fold that an issuing entry names.
pub const FORM_FOLD_VERSION: u32 = 1;

/// Every version that this program folds by. A form under any other needs a newer app.
pub const FORM_FOLD_VERSIONS: &[u32] = &[1];

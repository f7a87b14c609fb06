//! Answer a form.

use super::form_id;
use crate::{App, AppError};
use cabinet_domain::{Choice, QuestionAnswer};
use cabinet_work::WorkError;
use cabinet_work::forms;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One question's answer, as typed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct QuestionAnswerView {
    /// `agree`, `disagree` or `other`; none while nothing is chosen.
    pub choice: Option<ChoiceView>,
    /// Free text.
    pub remark: String,
    /// Whether the dissent is to be kept.
    pub is_reserved: bool,
}

/// A choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceView {
    /// *Đồng ý*.
    Agree,
    /// *Không đồng ý*.
    Disagree,
    /// *Ý kiến khác*.
    Other,
}

/// An answer to sign.
#[derive(Deserialize, TS)]
pub struct AnswerRequest {
    /// The form.
    pub form: String,
    /// One for each question.
    pub questions: Vec<QuestionAnswerView>,
}

/// Signs the answer. It is sent when there is a network.
pub fn answer(app: &App, request: AnswerRequest) -> Result<(), AppError> {
    let form = form_id(&request.form)?;
    let asked = request.questions.len() as u32;
    let questions: Vec<QuestionAnswer> = request.questions.iter().filter_map(signed).collect();
    if questions.len() as u32 != asked {
        let answered = questions.len() as u32;
        return Err(WorkError::Refused(cabinet_domain::Refusal::QuestionsUnanswered { answered, asked }).into());
    }
    app.with_laptop(|laptop, now_ms| {
        forms::answer_form(laptop, form, questions, now_ms)?;
        Ok(())
    })
}

pub(crate) fn view(answer: &QuestionAnswer) -> QuestionAnswerView {
    let choice = match answer.choice {
        Choice::Agree => ChoiceView::Agree,
        Choice::Disagree => ChoiceView::Disagree,
        Choice::Other => ChoiceView::Other,
    };
    QuestionAnswerView {
        choice: Some(choice),
        remark: answer.remark.clone().unwrap_or_default(),
        is_reserved: answer.is_reserved,
    }
}

fn signed(view: &QuestionAnswerView) -> Option<QuestionAnswer> {
    let choice = match view.choice? {
        ChoiceView::Agree => Choice::Agree,
        ChoiceView::Disagree => Choice::Disagree,
        ChoiceView::Other => Choice::Other,
    };
    let remark = view.remark.trim();
    Some(QuestionAnswer {
        choice,
        remark: (!remark.is_empty()).then(|| remark.to_owned()),
        is_reserved: view.is_reserved,
    })
}

//! Print what happened: agenda, minutes, the count sheet of a vote, the result of a form. The words of a document are Vietnamese in every
//! language of the screen, since that is what is signed.

use super::named::{GroundsName, ItemKindName, ItemOutcomeName, ItemStandingName, PresenceName, VoteOutcomeName};
use super::read_form::{FormRequest, FormView, form};
use super::session::read::{ReadSessionRequest, session};
use super::session::view::{AgendaItemView, CorrectionView, InvitedView, SessionView, StayView, VoteView};
use crate::{App, AppError};
use cabinet_disk::write_whole;
use cabinet_domain::{Letterhead, Millis, VIETNAM_OFFSET_S, vietnam_date};
use cabinet_press::*;
use cabinet_vault::VaultError;
use cabinet_work::WorkError;
use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use std::path::Path;
use ts_rs::TS;

/// What to print where.
#[derive(Deserialize, TS)]
pub struct PrintRequest {
    /// The session or form.
    pub id: String,
    /// `agenda`, `minutes`, `count_sheet`, `form_result`.
    pub kind: String,
    /// The vote, for a count sheet.
    pub vote: Option<String>,
    /// Path of the new file.
    pub path: String,
}

/// Writes the PDF.
pub fn print(app: &App, request: PrintRequest) -> Result<(), AppError> {
    let office = app.with_laptop(|laptop, _| Ok(laptop.letterhead()))?;
    let document = match request.kind.as_str() {
        "form_result" => form_result(&office, &form(app, FormRequest { form: request.id })?)?,
        kind => {
            let read = ReadSessionRequest { session: request.id, is_draft: false, version: None, since: None };
            let view = session(app, read)?;
            match kind {
                "agenda" => agenda(&office, &view),
                "minutes" => minutes(&office, &view),
                "count_sheet" => {
                    let vote = view.votes.iter().find(|v| Some(&v.id) == request.vote.as_ref());
                    count_sheet(&office, &view, vote.ok_or(WorkError::NotFound)?)?
                }
                other => return Err(AppError::BadRequest(other.to_owned())),
            }
        }
    };
    let pdf = cabinet_press::print(&document).map_err(|_| AppError::NotPrinted)?;
    Ok(write_whole(Path::new(&request.path), &pdf).map_err(VaultError::from)?)
}

/// The office's own lines, with the number's place left free.
fn head(office: &Letterhead, at_ms: i64) -> Head {
    let Letterhead { above, agency, place } = office.clone();
    Head { above, agency, number: String::new(), place, date: vietnam_date(Millis(at_ms)) }
}

fn moment(at_ms: i64, pattern: &str) -> String {
    let offset = FixedOffset::east_opt(VIETNAM_OFFSET_S);
    let at = DateTime::from_timestamp_millis(at_ms).zip(offset).map(|(utc, offset)| utc.with_timezone(&offset));
    at.map(|at| at.format(pattern).to_string()).unwrap_or_default()
}

const MOMENT: &str = "%H giờ %M phút, ngày %d/%m/%Y";

/// When and where it is planned, or was held.
fn when(view: &SessionView) -> String {
    let place = if view.is_online { "họp trực tuyến".to_owned() } else { view.place.clone() };
    let at = match (view.opened_at, view.closed_at) {
        (Some(opened), Some(closed)) => {
            format!("Khai mạc lúc {}, bế mạc lúc {}", moment(opened, MOMENT), moment(closed, MOMENT))
        }
        _ => moment(view.starts_at, MOMENT),
    };
    [at, place].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ")
}

fn agenda(office: &Letterhead, view: &SessionView) -> Document {
    let entry = |item: &AgendaItemView| AgendaEntry {
        is_section: item.kind == ItemKindName::Section,
        number: item.number.clone(),
        title: item.title.clone(),
        presenter: item.presenter.clone(),
        time: if item.minutes > 0 { moment(item.starts_at, "%H:%M") } else { String::new() },
        minutes: item.minutes,
        papers: item.papers.iter().map(|p| p.title.clone()).collect(),
    };
    Document::Agenda(Agenda {
        head: head(office, view.versions.last().map_or(view.now as i64, |v| v.at)),
        title: view.title.clone(),
        version: view.letter.clone().unwrap_or_else(|| "nháp".into()),
        when: when(view),
        chair: view.chair.clone(),
        entries: view.items.iter().filter(|i| i.standing == ItemStandingName::Planned).map(entry).collect(),
    })
}

fn choice_name(vote: &VoteView, choice: &str) -> String {
    match choice {
        "yes" => "Tán thành".into(),
        "no" => "Không tán thành".into(),
        "other" => "Ý kiến khác".into(),
        number => number.parse().ok().and_then(|n: usize| vote.options.get(n).cloned()).unwrap_or_default(),
    }
}

fn outcome(vote: &VoteView) -> Option<(String, String)> {
    let result = vote.result.as_ref()?;
    let yes = vote.counts.iter().find(|(c, _)| c == "yes").map_or(0, |(_, n)| *n);
    let outcome = match result.outcome {
        VoteOutcomeName::Adopted => "Thông qua".to_owned(),
        VoteOutcomeName::NotAdopted => "Không thông qua".to_owned(),
        VoteOutcomeName::NoQuorum => "Không đủ số thành viên".to_owned(),
        VoteOutcomeName::Chosen => format!("Chọn: {}", result.chosen.clone().unwrap_or_default()),
        VoteOutcomeName::NoneChosen => "Không phương án nào quá nửa".to_owned(),
    };
    let (needed, members) = (result.needed, result.members);
    let why = match result.grounds {
        GroundsName::TieBroken => "Số phiếu ngang nhau; quyết định theo ý kiến của Thủ tướng Chính phủ".to_owned(),
        GroundsName::TieNotBroken => {
            "Số phiếu ngang nhau, không có phiếu quyết định của Thủ tướng Chính phủ".to_owned()
        }
        GroundsName::NoQuorum => format!("{} thành viên dự, cần {}", result.attending, result.quorum),
        _ if !vote.options.is_empty() => format!("Cần {needed} trên tổng số {members} thành viên"),
        _ => format!("{yes} phiếu tán thành, cần {needed} trên tổng số {members} thành viên"),
    };
    Some((outcome, format!("{why} (theo {})", result.act)))
}

fn tally(vote: &VoteView) -> Vec<Tally> {
    let said = vote.counts.iter().map(|(choice, count)| Tally { name: choice_name(vote, choice), count: *count });
    let silent = vote.result.iter().map(|r| Tally { name: "Không biểu quyết".into(), count: r.silent });
    said.chain(silent).collect()
}

fn count_sheet(office: &Letterhead, view: &SessionView, vote: &VoteView) -> Result<Document, AppError> {
    let (outcome, grounds) = outcome(vote).ok_or(WorkError::NotFound)?;
    let result = vote.result.as_ref().ok_or(WorkError::NotFound)?;
    let (attending, members, quorum) = (result.attending, result.members, result.quorum);
    let mut facts = vec![
        format!("Mở biểu quyết lúc {}.", moment(vote.opened_at, MOMENT)),
        format!("Thành viên tham dự: {attending} trên tổng số {members}; số cần có: {quorum}."),
    ];
    facts.extend(vote.items.iter().map(|(_, title)| format!("Nội dung: {title}.")));
    facts.extend(vote.pulled.iter().map(|(title, who)| format!("Tách ra theo đề nghị của {who}: {title}.")));
    facts.extend(vote.without_quorum.iter().map(|why| format!("Biểu quyết khi chưa đủ số thành viên: {why}.")));
    facts.extend(vote.repeats_because.iter().map(|why| format!("Biểu quyết lại: {why}.")));
    if vote.is_counted_by_hand {
        facts.push("Có phiếu do kiểm phiếu đếm (giơ tay hoặc phiếu giấy).".into());
    }
    let seats = vote.seats.iter().filter(|s| s.choice.is_some() || !vote.is_counted_by_hand);
    let seat = |seat: &super::session::view::VoteSeatView| SeatLine {
        office: seat.office.clone(),
        said: match &seat.choice {
            Some(choice) => choice_name(vote, choice),
            None if seat.is_there => "Không biểu quyết".into(),
            None => "Vắng mặt".into(),
        },
        remark: match (seat.is_reserved, seat.remark.as_str()) {
            (true, "") => "Bảo lưu ý kiến".into(),
            (true, remark) => format!("{remark} (bảo lưu ý kiến)"),
            (false, remark) => remark.to_owned(),
        },
    };
    Ok(Document::CountSheet(CountSheet {
        head: head(office, vote.opened_at),
        session: view.title.clone(),
        question: vote.question.clone(),
        facts,
        tally: tally(vote),
        outcome,
        grounds,
        seats: seats.map(seat).collect(),
    }))
}

/// Where somebody was, from when until when, in the words of the minutes.
fn presence(invited: &InvitedView) -> String {
    let clock = |at: i64| moment(at, "%H giờ %M");
    let stay = |StayView { is_elsewhere, from, until }: &StayView| {
        let there = if *is_elsewhere { "dự từ xa" } else { "có mặt" };
        let from = from.map_or(String::new(), |at| format!(" từ {}", clock(at)));
        let until = until.map_or(String::new(), |at| format!(" đến {}", clock(at)));
        format!("{there}{from}{until}")
    };
    let mut said: Vec<String> = invited.stays.iter().map(stay).collect();
    match invited.presence {
        Some(PresenceName::Substituted) if said.is_empty() => {
            said.push(format!("vắng; {} dự thay", invited.substitute))
        }
        Some(PresenceName::Substituted) => said.push(format!("{} dự thay", invited.substitute)),
        _ if !said.is_empty() => {}
        _ if invited.attends == Some(false) => {
            let consent = if invited.consent == Some(true) { ", được đồng ý" } else { "" };
            said.push(format!("vắng mặt ({}{consent})", invited.reason));
        }
        Some(_) => said.push("vắng mặt".into()),
        None => said.push("chưa điểm danh".into()),
    }
    said.join("; ")
}

fn minutes(office: &Letterhead, view: &SessionView) -> Document {
    let attendee = |i: &InvitedView| Attendee { office: i.office.clone(), presence: presence(i) };
    let quorum = view.quorum.map_or(String::new(), |q| {
        format!("Thành viên có mặt: {} trên tổng số {}; số cần có: {}.", q.present, q.members, q.needed)
    });
    Document::Minutes(Minutes {
        head: head(office, view.closed_at.or(view.opened_at).unwrap_or(view.starts_at)),
        title: view.title.clone(),
        when: when(view),
        chair: view.chair.clone(),
        quorum,
        members: view.invited.iter().filter(|i| i.is_member).map(attendee).collect(),
        others: view.invited.iter().filter(|i| !i.is_member).map(attendee).collect(),
        items: view.items.iter().map(|item| minutes_item(view, item)).collect(),
    })
}

fn correction(correction: &CorrectionView) -> String {
    let CorrectionView { office, at, text } = correction;
    format!("Đính chính ngày {} ({office}): {text}", moment(*at, "%d/%m/%Y"))
}

fn minutes_item(view: &SessionView, item: &AgendaItemView) -> MinutesItem {
    let mut speakers: Vec<String> = Vec::new();
    for speech in view.speeches.iter().filter(|s| s.begun_at.is_some() && s.item.as_ref() == Some(&item.id)) {
        if !speakers.contains(&speech.office) {
            speakers.push(speech.office.clone());
        }
    }
    let of_item = view.votes.iter().filter(|v| v.items.iter().any(|(id, _)| *id == item.id));
    let vote = |vote: &VoteView| {
        let (outcome, grounds) = outcome(vote)?;
        let counts = tally(vote).into_iter().map(|t| format!("{} {}", t.name.to_lowercase(), t.count));
        let repeated = if vote.is_repeated { " (đã biểu quyết lại)" } else { "" };
        let again = vote.repeats_because.as_ref().map_or(String::new(), |why| format!(" lại ({why})"));
        let by_hand = if vote.is_counted_by_hand { " Kết quả có phần do kiểm phiếu đếm." } else { "" };
        let counts = counts.collect::<Vec<_>>().join(", ");
        Some(format!("Biểu quyết{again}{repeated}: {counts}. {outcome}. {grounds}.{by_hand}"))
    };
    let votes: Vec<String> = of_item.filter_map(vote).collect();
    let is_section = item.kind == ItemKindName::Section;
    let is_postponed = item.outcome == Some(ItemOutcomeName::Postponed);
    let is_left = !is_section && item.outcome.is_none() && !item.is_current && votes.is_empty();
    let on_paper = item.papers.iter().filter_map(|p| {
        let marking = p.marking.as_ref()?;
        Some(format!("Tài liệu phát bản giấy: {} ({marking}), {} bản.", p.title, p.copies.len()))
    });
    MinutesItem {
        number: item.number.clone(),
        title: item.title.clone(),
        presenter: if is_left { String::new() } else { item.presenter.clone() },
        speakers,
        notes: on_paper.collect(),
        votes,
        corrections: item.corrections.iter().map(correction).collect(),
        conclusion: if is_postponed { String::new() } else { item.conclusion.clone() },
        outcome: match item.outcome {
            // What was written then says why, and concludes nothing.
            Some(ItemOutcomeName::Postponed) if !item.conclusion.is_empty() => {
                format!("Hoãn sang phiên họp sau: {}", item.conclusion)
            }
            Some(ItemOutcomeName::Postponed) => "Hoãn sang phiên họp sau.".into(),
            Some(ItemOutcomeName::Withdrawn) => "Rút khỏi chương trình.".into(),
            _ if item.standing == ItemStandingName::Postponed => "Hoãn sang phiên họp sau.".into(),
            _ if is_left => "Chưa xem xét tại phiên họp.".into(),
            _ => String::new(),
        },
    }
}

fn form_result(office: &Letterhead, view: &FormView) -> Result<Document, AppError> {
    let (results, rule) = view.result.as_ref().zip(view.rule.as_ref()).ok_or(WorkError::NotFound)?;
    let percent = |count: u32, of: u32| match of {
        0 => "–".to_owned(),
        of => format!("{:.2} %", 100.0 * f64::from(count) / f64::from(of)).replace('.', ","),
    };
    let question = |(n, q): (usize, &super::read_form::QuestionResultView)| {
        let said = |choice: super::answer::ChoiceView| match choice {
            super::answer::ChoiceView::Agree => "đồng ý",
            super::answer::ChoiceView::Disagree => "không đồng ý",
            super::answer::ChoiceView::Other => "ý kiến khác",
        };
        let remarks = view.seats.iter().filter(|s| s.late.is_none()).filter_map(|seat| {
            let answer = seat.answer.as_ref()?.get(n)?;
            let remark = answer.remark.trim();
            (!remark.is_empty() || answer.is_reserved).then(|| SeatLine {
                office: seat.office.clone(),
                said: answer.choice.map(said).unwrap_or_default().to_owned(),
                remark: if answer.is_reserved { format!("{remark} (bảo lưu ý kiến)") } else { remark.to_owned() },
            })
        });
        let yes = q.agreed + q.deemed;
        let tally = [
            ("Đồng ý (đã trả lời)", q.agreed),
            ("Coi như đồng ý (không trả lời)", q.deemed),
            ("Không đồng ý", q.disagreed),
            ("Ý kiến khác", q.other),
        ];
        QuestionOutcome {
            text: view.questions.get(n).cloned().unwrap_or_default(),
            tally: tally.into_iter().map(|(name, count)| Tally { name: name.into(), count }).collect(),
            outcome: if q.is_adopted { "Thông qua".into() } else { "Không thông qua".into() },
            grounds: match q.grounds {
                GroundsName::TieBroken => "Số ý kiến ngang nhau; quyết định theo ý kiến của Thủ tướng Chính phủ".into(),
                GroundsName::TieNotBroken => {
                    "Số ý kiến ngang nhau, không có ý kiến quyết định của Thủ tướng Chính phủ".into()
                }
                _ => format!("{yes} đồng ý, cần {} trên tổng số {} thành viên", q.needed, q.members),
            },
            shares: format!(
                "Đạt {} trên số phiếu gửi và {} trên số phiếu trả lời",
                percent(yes, q.asked),
                percent(q.agreed, q.agreed + q.disagreed + q.other)
            ),
            remarks: remarks.collect(),
        }
    };
    let at = |ms: Option<i64>| ms.map(|ms| moment(ms, MOMENT)).unwrap_or_default();
    Ok(Document::FormOutcome(FormOutcome {
        head: head(office, view.now as i64),
        number: view.number.clone(),
        title: view.title.clone(),
        submitted_by: view.submitted_by.clone(),
        when: format!("Gửi lúc {}; hạn trả lời {}.", at(view.issued_at), at(view.deadline))
            .trim_end_matches('.')
            .to_owned(),
        act: rule.act.clone(),
        questions: results.iter().enumerate().map(question).collect(),
    }))
}

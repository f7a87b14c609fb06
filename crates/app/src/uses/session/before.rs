//! Before the session: the agenda is sent, members say whether they come and where they stand.

use super::{SessionRequest, act, item_id, person_of, session_id};
use crate::uses::named::PositionName;
use crate::{App, AppError};
use cabinet_domain::{Position, Reply, SessionAct};
use cabinet_work::sessions;
use serde::Deserialize;
use ts_rs::TS;

/// Whether I come.
#[derive(Deserialize, TS)]
pub struct ReplyRequest {
    /// The session.
    pub session: String,
    /// Whether I come.
    pub attends: bool,
    /// Why not.
    pub reason: String,
    /// Who comes instead, by office.
    pub substitute: String,
}

/// The chair's word on an absence.
#[derive(Deserialize, TS)]
pub struct ConsentRequest {
    /// The session.
    pub session: String,
    /// Whose absence.
    pub person: String,
    /// Whether it is granted.
    pub is_granted: bool,
}

/// Where I stand on an item.
#[derive(Deserialize, TS)]
pub struct PositionRequest {
    /// The session.
    pub session: String,
    /// The item.
    pub item: String,
    /// Where I stand.
    pub position: PositionName,
    /// Why, for an objection.
    pub reason: String,
}

/// A session that is not held.
#[derive(Deserialize, TS)]
pub struct CallOffRequest {
    /// The session.
    pub session: String,
    /// Why; may be empty for what was never sent.
    pub reason: String,
}

/// Sends the agenda as the next version.
pub fn issue(app: &App, request: SessionRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    app.work(|laptop, now_ms| sessions::issue_agenda(laptop, space, now_ms))?;
    app.changed(&[space]);
    Ok(())
}

/// Says that the session is not held; throws away one that was never sent.
pub fn call_off(app: &App, request: CallOffRequest) -> Result<(), AppError> {
    act(app, &request.session, SessionAct::CalledOff { reason: request.reason.trim().to_owned() })
}

/// Says whether I come.
pub fn reply(app: &App, request: ReplyRequest) -> Result<(), AppError> {
    let substitute = Some(request.substitute.trim().to_owned()).filter(|s| !s.is_empty());
    let reply = match request.attends {
        true => Reply::Attends,
        false => Reply::Absent { reason: request.reason.trim().to_owned(), substitute },
    };
    act(app, &request.session, SessionAct::Replied(reply))
}

/// Records the chair's word on an absence.
pub fn consent(app: &App, request: ConsentRequest) -> Result<(), AppError> {
    let person = person_of(&request.person)?;
    act(app, &request.session, SessionAct::Consented { person, is_granted: request.is_granted })
}

/// Says where I stand on an item.
pub fn position(app: &App, request: PositionRequest) -> Result<(), AppError> {
    let position = match request.position {
        PositionName::NoObjection => Position::NoObjection,
        PositionName::Objection => Position::Objection { reason: request.reason.trim().to_owned() },
        PositionName::WishToSpeak => Position::WishToSpeak,
    };
    act(app, &request.session, SessionAct::Positioned { item: item_id(&request.item)?, position })
}

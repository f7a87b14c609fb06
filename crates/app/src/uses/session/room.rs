//! In the room: open and close, who is there, what is under way, who speaks.

use super::{SessionRequest, act, item_id, paper_id, person_of, session_id};
use crate::uses::named::{ItemOutcomeName, PresenceName};
use crate::{App, AppError};
use cabinet_domain::{Presence, SessionAct};
use cabinet_work::sessions;
use serde::Deserialize;
use ts_rs::TS;

/// Something that happens in the room.
#[derive(Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum RoomAct {
    /// The session ends.
    Close,
    /// I am there.
    CheckIn {
        /// From elsewhere.
        is_elsewhere: bool,
    },
    /// Somebody is where.
    Mark {
        /// Who.
        person: String,
        /// Where.
        presence: PresenceName,
        /// The substitute's office.
        by: String,
    },
    /// An item is taken up.
    BeginItem {
        /// Which.
        item: String,
    },
    /// An item is done with.
    EndItem {
        /// Which.
        item: String,
        /// How it ends.
        outcome: ItemOutcomeName,
        /// The chair's conclusion.
        conclusion: String,
    },
    /// What was recorded of an item is put right, after the session closed.
    Correct {
        /// Which item.
        item: String,
        /// In words.
        text: String,
    },
    /// A page is shown to who follows.
    Show {
        /// The paper.
        paper: String,
        /// The page, from 1.
        page: u32,
    },
    /// What was shown is put away.
    PutAway,
    /// I ask for the floor.
    AskToSpeak {
        /// On which item.
        item: String,
    },
    /// I no longer ask for it.
    TakeBackAsking {
        /// On which item.
        item: String,
    },
    /// Somebody is given the floor.
    GiveFloor {
        /// Who.
        person: String,
    },
    /// The floor is free.
    EndSpeech,
}

/// An act in the room.
#[derive(Deserialize, TS)]
pub struct RoomRequest {
    /// The session.
    pub session: String,
    /// What happens.
    #[serde(flatten)]
    pub act: RoomAct,
}

/// Opens the session under the law and the roster of the day.
pub fn open(app: &App, request: SessionRequest) -> Result<(), AppError> {
    let space = session_id(&request.session)?;
    app.work(|laptop, now| sessions::open_session(laptop, space, now))?;
    app.changed(&[space]);
    Ok(())
}

/// Signs what happens.
pub fn room(app: &App, request: RoomRequest) -> Result<(), AppError> {
    let signed = match request.act {
        RoomAct::Close => SessionAct::Closed,
        RoomAct::CheckIn { is_elsewhere } => SessionAct::CheckedIn { is_elsewhere },
        RoomAct::Mark { person, presence, by } => {
            let presence = match presence {
                PresenceName::Present => Presence::Present,
                PresenceName::Elsewhere => Presence::Elsewhere,
                PresenceName::Substituted => Presence::Substituted { by },
                PresenceName::Absent => Presence::Absent,
            };
            SessionAct::Marked { person: person_of(&person)?, presence }
        }
        RoomAct::BeginItem { item } => SessionAct::ItemBegun { item: item_id(&item)? },
        RoomAct::EndItem { item, outcome, conclusion } => {
            let item = item_id(&item)?;
            act(app, &request.session, SessionAct::ItemEnded { item, outcome: outcome.into() })?;
            if conclusion.trim().is_empty() {
                return Ok(());
            }
            SessionAct::Concluded { item, text: conclusion }
        }
        RoomAct::Correct { item, text } => SessionAct::Concluded { item: item_id(&item)?, text },
        RoomAct::Show { paper, page } => SessionAct::Shown { paper: paper_id(&paper)?, page },
        RoomAct::PutAway => SessionAct::PutAway,
        RoomAct::AskToSpeak { item } => SessionAct::SpeechAsked { item: item_id(&item)? },
        RoomAct::TakeBackAsking { item } => SessionAct::SpeechWithdrawn { item: item_id(&item)? },
        RoomAct::GiveFloor { person } => SessionAct::SpeechBegun { person: person_of(&person)? },
        RoomAct::EndSpeech => SessionAct::SpeechEnded,
    };
    act(app, &request.session, signed)
}

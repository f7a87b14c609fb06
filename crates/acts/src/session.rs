//! Acts in a session.

mod frozen;

use crate::{decode, encode};
use cabinet_domain::{Ballot, EntryId, SessionAct};
use frozen::ActV1;
use uuid::Uuid;

use crate::form::{Body, Known, OpenedV1, Opening as Opened, SpoiledV1, Tried};

/// Frozen: kinds of entries in a session's space. The body's own number says the same.
pub mod session_kind {
    /// Fields of the agenda were written.
    pub const EDITED: u16 = 130;
    /// The agenda was sent.
    pub const ISSUED: u16 = 131;
    /// A member's position on an item.
    pub const POSITIONED: u16 = 134;
    /// A vote was opened.
    pub const VOTE_OPENED: u16 = 145;
    /// A member's ballot.
    pub const BALLOTED: u16 = 148;
    /// Ballots were made public.
    pub const BALLOTS_OPENED: u16 = 149;
    /// A ballot can be read by nobody.
    pub const BALLOT_SPOILED: u16 = 150;
    /// The chair's conclusion on an item.
    pub const CONCLUDED: u16 = 154;
    /// The last kind that this version knows.
    pub(super) const LAST: u16 = 156;
}

/// Kind and body of an act; none for acts that only the fold knows, and for openings of ballots, which have a function of their own.
pub fn write_session_act(act: &SessionAct) -> Option<(u16, Vec<u8>)> {
    let act = ActV1::new(act)?;
    Some((act.kind(), encode(&act)))
}

/// Kind and body of the opening of ballots.
pub fn write_ballot_openings<'a>(openings: impl IntoIterator<Item = &'a Opened>) -> (u16, Vec<u8>) {
    let opened = openings.into_iter().map(OpenedV1::new).collect();
    (session_kind::BALLOTS_OPENED, encode(&ActV1::BallotsOpened(opened)))
}

/// Kind and body of the word that a ballot can be read by nobody; `proof` is the private half of the pair.
pub fn write_ballot_spoiled(entry: EntryId, proof: &[u8]) -> (u16, Vec<u8>) {
    (session_kind::BALLOT_SPOILED, encode(&ActV1::BallotSpoiled(SpoiledV1::new(entry, proof))))
}

/// An act, unless its bytes hold more than it says: a word that it leaves out would be signed and seen by nobody.
fn read_whole(act: ActV1, body: &[u8]) -> Option<SessionAct> {
    act.read().filter(|act| is_whole(act, body))
}

fn is_whole(act: &SessionAct, body: &[u8]) -> bool {
    write_session_act(act).is_none_or(|(_, written)| written == body)
}

/// Reads the body of a ballot.
pub fn read_ballot(body: &[u8]) -> Option<Ballot> {
    match read_whole(decode::<ActV1>(body)?, body)? {
        SessionAct::Balloted(ballot) => Some(ballot),
        _ => None,
    }
}

/// What an entry means to the fold. `is_for_me` says whether this person should hold the key of a body that does not open.
pub fn read_session_act(kind: u16, body: Body<'_>, is_for_me: bool, known: &dyn Known) -> SessionAct {
    if !(session_kind::EDITED..=session_kind::LAST).contains(&kind) {
        return SessionAct::UnknownKind(kind);
    }
    let is_ballot = kind == session_kind::BALLOTED;
    let body = match body {
        Body::Open(body) => body,
        Body::SealedAnswer => return SessionAct::BallotSealed,
        // Only what is written on the agenda, or said of an item, may be sealed for fewer than all; no vote hangs on it.
        Body::KeyMissing if !is_for_me && kind == session_kind::EDITED => return SessionAct::NotForMe,
        Body::KeyMissing if !is_for_me && matches!(kind, session_kind::POSITIONED | session_kind::CONCLUDED) => {
            return SessionAct::SaidToOthers;
        }
        Body::KeyMissing => return SessionAct::KeyMissing,
        // A ballot that is signed but unreadable is a ballot all the same: it is never taken for silence.
        Body::Broken if is_ballot => return SessionAct::BallotSealed,
        // Those who can't open it take it for an edit; so it is one here, of nothing.
        Body::Broken if kind == session_kind::EDITED => return SessionAct::NotForMe,
        Body::Broken => return SessionAct::Unreadable,
    };
    let unreadable = match kind {
        session_kind::BALLOTED => SessionAct::BallotSealed,
        session_kind::EDITED => SessionAct::NotForMe,
        _ => SessionAct::Unreadable,
    };
    match decode::<ActV1>(body).filter(|act| act.kind() == kind) {
        Some(ActV1::BallotsOpened(opened)) => {
            let read = opened.into_iter().map(|o| read_opened(o.read(), known));
            read.collect::<Option<_>>().map_or(SessionAct::Unreadable, SessionAct::BallotsOpened)
        }
        Some(ActV1::BallotSpoiled(spoiled)) => {
            let (entry, proof) = spoiled.read();
            match known.tried(entry, &proof) {
                Tried::Spoiled => SessionAct::BallotSpoiled { entry },
                Tried::Opens(content) => match read_ballot(&content) {
                    Some(ballot) => SessionAct::BallotsOpened(vec![(entry, ballot)]),
                    None => SessionAct::BallotSpoiled { entry },
                },
                Tried::Worthless => unreadable,
            }
        }
        Some(ActV1::VoteOpened(opening)) => {
            let opening = opening.read();
            let pair = known.pair(opening.pair);
            let act = SessionAct::VoteOpened { opening, pair };
            if is_whole(&act, body) { act } else { unreadable }
        }
        Some(act) => read_whole(act, body).unwrap_or(unreadable),
        None => unreadable,
    }
}

fn read_opened(opening: Opened, known: &dyn Known) -> Option<(EntryId, Ballot)> {
    let ballot = known.is_genuine(&opening).then(|| read_ballot(&opening.body))??;
    Some((opening.entry, ballot))
}

/// The entry that a frozen id names.
fn entry(id: [u8; 16]) -> EntryId {
    EntryId(Uuid::from_bytes(id))
}

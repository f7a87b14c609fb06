//! The session (*phiên họp*): agenda in versions → before → in the room → votes → what came out.

mod act;
mod agenda;
mod block;
mod check;
mod fold;
mod hall;
mod may;
mod order;
mod outline;
mod room;
mod versions;
mod voting;

#[cfg(test)]
mod tests;

pub use act::{
    Audience, Ballot, BallotChoice, Count, Field, Filed, ItemField, ItemKind, ItemOutcome, PaperContent, PaperCopy,
    Position, Presence, Reply, SessionAct, SessionKind, Spot, Standing, Value, VoteOpening, VoteOptions, Write,
};
pub use agenda::{Agenda, Item, Shared, Version};
pub use block::{Proposal, propose};
pub use check::{COPIES_MAX, ITEM_MINUTES_MAX, SessionRefusal, SessionVerdict, check_write};
pub use fold::{
    Correction, IssuedVersion, ItemCourse, MemberPosition, MemberReply, SessionPhase, SessionState, Speech,
};
pub use hall::OnScreen;
pub use may::SessionMay;
pub use order::order_between;
pub use outline::{OutlineLine, match_files, read_outline};
pub use room::{Attendance, Quorum, Stay};
pub use versions::{Change, compare};
pub use voting::{OptionCount, Vote, VoteOutcome, VotePhase, VoteResult};

/// Version of the fold that the opening entry names.
pub const SESSION_FOLD_VERSION: u32 = 1;

/// Every version that this program folds by. A session under any other needs a newer app.
pub const SESSION_FOLD_VERSIONS: &[u32] = &[1];

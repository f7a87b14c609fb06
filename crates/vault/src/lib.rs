//! The laptop's own memory: what it holds of the ledger, its keys, its outbox, encrypted on disk.
//!
//! Entry points: [`Profile`] (a folder: locked or unlocked), [`Laptop`] (signs, verifies, folds), [`Store`] (SQLCipher, or memory
//! for the simulator). Must never: talk to a network, read a clock, let plain text reach a disk.

mod error;
mod laptop;
mod outbox;
mod papers;
mod profile;
mod store;

pub use cabinet_meaning::Secret;
pub use error::VaultError;
pub use laptop::{
    AddedLaw, Alarm, FormBrief, Founding, Held, Laptop, Me, NewEntry, Pending, PendingState, Person, Received,
    Recovered, Sealing, SessionBrief, VoidReason,
};
pub use outbox::OutboxFolder;
pub use papers::{ArrivingPaper, PaperFolder};
pub use profile::{Profile, Unlocked};
pub use store::{Change, EntryRow, Hit, MemoryStore, OutboxRow, SqlStore, Store};

//! What a laptop does, over any store: acts in forms and sessions, the house-keeping after each sync, the exchange with the hub.
//!
//! Entry points: [`forms`], [`sessions`], [`keep_house`], [`Exchange`]. Must never: know a network, a clock, a screen or a disk, so that
//! the simulator works through these very functions.

mod error;
mod exchange;
pub mod forms;
mod housekeeping;
mod opening;
mod record;
pub mod sessions;

pub use error::WorkError;
pub use exchange::{Exchange, Outcome};
pub use housekeeping::{Kept, has_due_keys, keep_house};
pub use record::record_of;

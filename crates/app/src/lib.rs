//! What a person does with E-Cabinet: one file a use case, over the vault, sync, papers and rules.
//!
//! Must never: know the shell, decide a rule, wait for the network where the screen waits.

mod error;
mod exchange;
pub mod forms;

pub use error::{AppError, ErrorView};
pub use exchange::{Exchange, Outcome};

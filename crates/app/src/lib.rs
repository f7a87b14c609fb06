//! What a person does with E-Cabinet: one file a use case, over the vault, sync, papers and rules.
//!
//! Entry points: [`App`], [`rpc`]. Must never: know the shell, decide a rule, wait for the network where the screen waits.

mod app;
mod error;
mod handles;
mod network;
mod reader;
mod rpc;
pub mod uses;

pub use app::{App, Clock, Event};
pub use error::{AppError, ErrorView, HubReason};
pub use handles::Handles;
pub use network::HubClient;
pub use reader::Unsealed;
pub use rpc::{COMMANDS, CommandVisitor, rpc, visit_commands};

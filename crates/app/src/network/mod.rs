//! The only part that knows a network: a client of the hub, and the driver that does what the sync machine asks for.

mod client;
mod driver;
mod live;
mod papers;

pub use client::HubClient;
pub(crate) use driver::drive;
pub(crate) use live::listen;
pub(crate) use papers::fetch_papers;

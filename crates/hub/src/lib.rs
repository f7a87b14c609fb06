//! The hub: gives each sealed entry its place and time, keeps sealed papers, and can open neither.
//!
//! Entry points: [`Orderer`] (the core, no I/O of its own), [`serve`] (HTTPS and WebSocket around it), the binary
//! `ecabinet-hub`. Must never: depend on a crate that knows what a body means, log an entry's content, take the time from
//! anywhere but its argument.

mod clock;
mod http;
mod orderer;
mod papers;
mod renewal;
mod sessions;
mod store;
mod term;
mod tls;

pub use clock::{Clock, Clocks};
pub use http::{Running, Serving, serve};
pub use orderer::{Incoming, Orderer};
pub use papers::{FolderPaperStore, PaperStore};
pub use renewal::renew;
pub use store::{LedgerStore, MemoryLedgerStore, Named, SpaceRow, SqliteLedgerStore, StoreError, StoredEntry};
pub use tls::{Identity, certificate_hash};

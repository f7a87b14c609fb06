//! The whole path without a window, and what must hold across crates.
#![allow(clippy::unwrap_used)]

mod clock;
mod confirm;
mod damaged;
mod door;
mod dropped;
mod edges;
#[cfg(target_os = "linux")]
mod full;
mod kept;
mod law;
mod lease;
mod openings;
mod operating;
mod oracle;
mod papers;
mod path;
mod power;
mod press;
mod readers;
mod restore;
mod returned;
mod revoke;
mod rights;
mod second;
mod session;
mod vectors;

//! What verified entries mean: bodies opened with keys, and facts for the folds. Laptop and recount read through this one crate.
//!
//! Entry points: [`Reader`] (entries of a space in, facts out), [`Matter`] (what a kind of space is about), [`Secret`], [`open`].
//! Must never: do I/O, read a clock, judge who may do what (the ledger and the folds do).

mod ids;
mod keys;
mod matter;
mod reader;

pub use ids::{domain_device, domain_entry, domain_person, ledger_entry, ledger_hash, ledger_key, ledger_person};
pub use keys::{Opened, Secret, audience_public, key_id, open, salted};
pub use matter::{Matter, Refused};
pub use reader::{FEW, Read, Reader, pair_facts};

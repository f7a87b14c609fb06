//! The ledger as a stranger and as an insider would try it: altered bytes, foreign signatures, broken chains, entries that their authors may not
//! make or that stand where they do not belong.
#![allow(clippy::unwrap_used)]

#[path = "ledger/insiders.rs"]
mod insiders;
#[path = "ledger/room.rs"]
mod room;
#[path = "ledger/strangers.rs"]
mod strangers;
#[path = "ledger/world.rs"]
mod world;

//! Proofs that need more than one crate: the replay of a real year, the story in real windows.
//!
//! `cargo xtask e2e`, `replay`, `canary`, `bench` and `corpus` run the binary of this crate.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop where it stands")]

pub mod attack;
pub mod bench;
pub mod canary;
pub mod corpus;
pub mod demo;
pub mod e2e;
mod family;
pub mod meeting;
pub mod org;
pub mod power;
pub mod replay;
#[cfg(target_os = "linux")]
pub mod small_disk;

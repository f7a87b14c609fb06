//! What people do, as frozen bytes, and back. The rules see domain types; disks and wires see these.
//!
//! Entry points: [`write_form_act`], [`read_form_act`], [`write_session_act`], [`read_session_act`], [`RegisterAct`].
//! Must never: decide whether an act is allowed, sign, seal.

mod form;
mod register;
mod session;

pub use form::{
    Body, Known, Opening, Tried, kind, read_answer, read_form_act, write_answer, write_form_act, write_openings,
    write_spoiled,
};
pub use register::RegisterAct;
pub use session::{
    read_ballot, read_session_act, session_kind, write_ballot_openings, write_ballot_spoiled, write_session_act,
};

use minicbor::{Decode, Encode};

/// Decodes a frozen body; only the one valid encoding is read.
fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Option<T> {
    let value: T = minicbor::decode(bytes).ok()?;
    (encode(&value) == bytes).then_some(value)
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Frozen: a date as days since 0001-01-01 (day 1), proleptic Gregorian.
fn days(date: chrono::NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&date)
}

fn date(days: i32) -> Option<chrono::NaiveDate> {
    chrono::NaiveDate::from_num_days_from_ce_opt(days)
}

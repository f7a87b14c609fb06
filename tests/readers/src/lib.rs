//! Every reader of bytes that somebody else wrote, by name, with what must hold of whatever it makes of them. `cargo xtask fuzz` looks for
//! bytes that break one; `cargo xtask test` replays what it kept.
#![allow(clippy::unwrap_used, reason = "a reader that breaks should stop where it stands")]

mod acts;
mod ledger;
mod sealed;
mod texts;

/// Takes bytes and panics where something does not hold.
pub type Reader = fn(&[u8]);

/// The readers, by the names of their corpora.
pub const READERS: [(&str, Reader); 16] = [
    // what is signed and sent
    ("wire", ledger::wire),
    ("entry", ledger::entry),
    ("stamp", ledger::stamp),
    ("control", ledger::control),
    ("code", ledger::code),
    ("record", ledger::record),
    // what people do, and the rules
    ("form-act", acts::form),
    ("session-act", acts::session),
    ("register-act", acts::register),
    ("form-fold", acts::form_fold),
    ("session-fold", acts::session_fold),
    // what is sealed
    ("sealed-body", sealed::body),
    ("sealed-paper", sealed::paper),
    ("worker-pipe", sealed::pipe),
    // what people type, paste and open
    ("text", texts::text),
    ("law", texts::law),
];

/// The reader of a name.
pub fn reader(name: &str) -> Option<Reader> {
    READERS.iter().find(|(own, _)| *own == name).map(|(_, reader)| *reader)
}

/// The first bytes of the input as a number that chooses among others, and the rest.
fn chosen(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_le_bytes(*number), rest))
}

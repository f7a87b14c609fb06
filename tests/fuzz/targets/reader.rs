//! One program for every reader: `READER` says which.
#![no_main]

use ecabinet_readers::{Reader, reader};
use std::sync::LazyLock;

static CHOSEN: LazyLock<Reader> = LazyLock::new(|| {
    let name = std::env::var("READER").expect("READER names one");
    reader(&name).unwrap_or_else(|| panic!("no such reader: {name}"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| CHOSEN(bytes));

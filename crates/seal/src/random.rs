//! The system's random source.

/// Fills an array from the system.
pub fn make_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random source works; nothing here is safe without it");
    bytes
}

/// A UUIDv7: 48 bits of milliseconds, then random bits.
pub fn make_uuid_v7(now_ms: u64) -> [u8; 16] {
    let mut id: [u8; 16] = make_bytes();
    id[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    id
}

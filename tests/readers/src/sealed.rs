//! What is sealed, and what the process that draws pages answers.

use super::chosen;
use cabinet_paper::pipe::{FromWorker, ToWorker, receive};
use cabinet_seal::{BodyKey, Identity, PaperReader, PieceList, Recipient, pad, unpad};

/// A body under its key, a key in its wrapping, the wrapping's own keys.
pub fn body(bytes: &[u8]) {
    assert!(BodyKey::from_bytes([7; 32]).open(b"", bytes).is_err(), "nobody guesses a tag");
    if let Ok(body) = unpad(bytes) {
        assert!(pad(body).starts_with(body));
    }
    let _ = Identity::of_seed(&[7; 32]).open(bytes);
    if let Ok(recipient) = Recipient::of_bytes(bytes) {
        assert_eq!(recipient.bytes(), bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = (Identity::parse(text).is_ok(), Recipient::parse(text).is_ok());
    }
}

/// A sealed paper, read from its start and somewhere else.
pub fn paper(bytes: &[u8]) {
    const KEY: &str = include_str!("../../vectors/paper-v1.key");
    let Some((at, rest)) = chosen(bytes) else { return };
    let (identity, _) = KEY.split_once(' ').unwrap();
    let identity = Identity::parse(identity).unwrap();
    if let Ok(mut reader) = PaperReader::open(Box::new(rest.to_vec()), &identity) {
        let plain = reader.plain_bytes();
        for offset in [0, u64::from(at), plain.saturating_sub(1)] {
            let mut out = [0; 64];
            let _ = (reader.read_at(offset, &mut out), reader.part(offset, 64).map(|part| part.len()));
        }
    }
    if let Some((hash, list)) = rest.split_first_chunk::<32>()
        && let Ok(pieces) = PieceList::parse(list, hash)
    {
        let _ = pieces.check(u64::from(at), rest);
    }
}

/// What comes out of a process that may be the attacker's by then.
pub fn pipe(bytes: &[u8]) {
    if let Ok((message, with)) = receive::<FromWorker>(&mut &*bytes) {
        assert!(with.len() <= bytes.len());
        if let FromWorker::Opened(pages) = message {
            assert!(pages.len() <= bytes.len(), "no list is longer than what was sent");
        }
    }
    let _ = receive::<ToWorker>(&mut &*bytes).is_ok();
}

//! Entries, stamps and what goes over the wire.

use super::chosen;
use cabinet_ledger::wire::*;
use cabinet_ledger::*;
use minicbor::{Decode, Encode};

/// What decodes encodes to the very same bytes.
fn same<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) {
    if let Ok(value) = decode::<T>(bytes) {
        assert_eq!(encode(&value), bytes);
    }
}

/// Each message between laptop and hub.
pub fn wire(bytes: &[u8]) {
    const MESSAGES: [fn(&[u8]); 15] = [
        same::<RefusalV1>,
        same::<AppendV1>,
        same::<AppendsV1>,
        same::<AppendedAllV1>,
        same::<AppendedV1>,
        same::<ErrorV1>,
        same::<HelloV1>,
        same::<FoundV1>,
        same::<ChallengeRequestV1>,
        same::<ChallengeV1>,
        same::<LoginV1>,
        same::<SessionV1>,
        same::<SpacesV1>,
        same::<PageV1>,
        same::<PaperStateV1>,
    ];
    let Some((message, rest)) = chosen(bytes) else { return };
    MESSAGES[usize::from(message) % MESSAGES.len()](rest);
}

/// An entry: its bytes are kept as they came, and its place is in what it promised.
pub fn entry(bytes: &[u8]) {
    let Ok(signed) = Signed::decode(bytes) else { return };
    assert_eq!(signed.bytes, bytes);
    assert_eq!(signed.hash(), Signed::decode(&signed.bytes).unwrap().hash());
    let _ = (signed.space(), signed.header.place().aad(), signed.header.device());
    let _ = ControlV1::read(signed.header.kind, &signed.body);
}

/// A stamp, and the hub's word on where a space ends: one whose signature holds can be read.
pub fn stamp(bytes: &[u8]) {
    if let Ok(stamp) = decode::<SignedStampV1>(bytes) {
        assert_eq!(encode(&stamp), bytes);
        assert!(stamp.verify().is_err() || stamp.verify() == stamp.read(), "what is signed is read");
        let _ = stamp.hash();
    }
    if let Ok(head) = decode::<SignedHeadV1>(bytes) {
        assert_eq!(encode(&head), bytes);
        let _ = head.verify().is_ok();
    }
}

/// A control entry's body under its kind.
pub fn control(bytes: &[u8]) {
    let Some((kind, body)) = chosen(bytes) else { return };
    let Ok(control) = ControlV1::read(kind, body) else { return };
    assert_eq!((control.kind(), encode(&control)), (kind, body.to_vec()));
    for grant in control.grants() {
        assert!(grant.wrapped.len() <= limits::WRAPPED_BYTES_MAX, "a grant has a limit");
    }
}

/// A code to enrol with.
pub fn code(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(code) = EnrolmentCode::parse(text) {
        assert!(EnrolmentCode::parse(&code.text()).is_ok_and(|again| again == code), "it is written as it is read");
    }
}

/// A record of a stranger's. It is no result unless every signature holds, which no chance makes.
pub fn record(bytes: &[u8]) {
    let Ok(recounted) = cabinet_recount::recount(bytes, None) else { return };
    assert!(recounted.checked.1 > 0);
}

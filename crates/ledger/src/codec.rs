//! One valid encoding: what decodes must encode to the very same bytes.

use crate::LedgerError;
use minicbor::encode::Write;
use minicbor::{Decode, Encode};

/// Encodes a frozen type as deterministic CBOR.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Decodes a frozen type; trailing bytes, longer forms and unknown fields are errors.
pub fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, LedgerError> {
    let value: T = minicbor::decode(bytes).map_err(|_| LedgerError::Malformed)?;
    let mut rest = Expected(bytes);
    let is_same = minicbor::encode(&value, &mut rest).is_ok() && rest.0.is_empty();
    if is_same { Ok(value) } else { Err(LedgerError::NotCanonical) }
}

/// Takes what is written only if it is what stands here next; so nothing is written twice to be compared.
struct Expected<'a>(&'a [u8]);

struct Differs;

impl Write for Expected<'_> {
    type Error = Differs;

    fn write_all(&mut self, written: &[u8]) -> Result<(), Differs> {
        let rest = self.0.strip_prefix(written).ok_or(Differs)?;
        self.0 = rest;
        Ok(())
    }
}

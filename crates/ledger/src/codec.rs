//! One valid encoding: what decodes must encode to the very same bytes.

use crate::LedgerError;
use minicbor::{Decode, Encode};

/// Encodes a frozen type as deterministic CBOR.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory does not fail")
}

/// Decodes a frozen type; trailing bytes, longer forms and unknown fields are errors.
pub fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, LedgerError> {
    let value: T = minicbor::decode(bytes).map_err(|_| LedgerError::Malformed)?;
    if encode(&value) == bytes { Ok(value) } else { Err(LedgerError::NotCanonical) }
}

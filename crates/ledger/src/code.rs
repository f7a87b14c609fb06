//! The one-time enrolment code: the hub's address and key, the root's fingerprint, who is invited, and a secret of 128 bits that
//! the hub never learns.

use crate::{Hash, InvitationId, LedgerError, OrgId, PersonId, SpaceId, decode, encode};
use cabinet_seal::SigningKey;
use minicbor::{Decode, Encode};

const PREFIX: &str = "ECAB1";
const REQUEST_KEY: &str = "ecabinet 2026-11 enrolment key v1";
const STAMP_KEY_PREFIX: &str = "ECHK1";
/// Crockford's base 32: no I, L, O or U, so that a code can be read over the telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What an invitation hands over outside the hub.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct EnrolmentCode {
    /// Address of the hub, for example `https://hub.example:8443`.
    #[n(0)]
    pub hub: String,
    /// BLAKE3 of the hub's certificate; zeros for plain HTTP on loopback.
    #[n(1)]
    pub hub_certificate: Hash,
    /// The organisation.
    #[n(2)]
    pub org: OrgId,
    /// Its register.
    #[n(3)]
    pub register: SpaceId,
    /// The founding root.
    #[n(4)]
    pub root: Hash,
    /// The invitation.
    #[n(5)]
    pub invitation: InvitationId,
    /// Who is invited.
    #[n(6)]
    pub person: PersonId,
    /// The secret.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub secret: [u8; 16],
}

impl EnrolmentCode {
    /// As text, in groups of eight, with a checksum against typing errors.
    pub fn text(&self) -> String {
        write(PREFIX, encode(self))
    }

    /// The key that signs a request: made from the secret, so that only whoever has the code can ask.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_seed(&cabinet_seal::hash(REQUEST_KEY, &self.secret))
    }

    /// Reads a code; case, spaces and hyphens don't matter.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        decode(&read(PREFIX, text)?).map_err(|_| LedgerError::BadCode)
    }
}

/// A stamp key that a hub made, for an officer to have named by the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct StampKeyLine {
    /// The public key.
    #[n(0)]
    pub key: Hash,
    /// The term from which it stamps.
    #[n(1)]
    pub term: u32,
}

impl std::fmt::Display for StampKeyLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&write(STAMP_KEY_PREFIX, encode(self)))
    }
}

impl std::str::FromStr for StampKeyLine {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        decode(&read(STAMP_KEY_PREFIX, text)?).map_err(|_| LedgerError::BadCode)
    }
}

fn write(prefix: &str, mut bytes: Vec<u8>) -> String {
    let sum = blake3::hash(&bytes);
    bytes.extend_from_slice(&sum.as_bytes()[..3]);
    let digits = to_base32(&bytes);
    let groups: Vec<&str> = digits.as_bytes().chunks(8).map(|c| std::str::from_utf8(c).expect("ASCII")).collect();
    format!("{prefix}-{}", groups.join("-"))
}

fn read(prefix: &str, text: &str) -> Result<Vec<u8>, LedgerError> {
    let compact: String = text.to_uppercase().chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = compact.strip_prefix(prefix).ok_or(LedgerError::BadCode)?;
    let mut bytes = from_base32(digits).ok_or(LedgerError::BadCode)?;
    let sum = bytes.split_off(bytes.len().checked_sub(3).ok_or(LedgerError::BadCode)?);
    if blake3::hash(&bytes).as_bytes()[..3] != *sum {
        return Err(LedgerError::BadCode);
    }
    Ok(bytes)
}

fn to_base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(ALPHABET[(buffer >> bits & 31) as usize] as char);
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(ALPHABET[(buffer << (5 - bits) & 31) as usize] as char);
    }
    out
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for digit in text.bytes() {
        let digit = match digit {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        let value = ALPHABET.iter().position(|a| *a == digit)? as u32;
        buffer = (buffer << 5) | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (buffer == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> EnrolmentCode {
        EnrolmentCode {
            hub: "https://hub.example:8443".into(),
            hub_certificate: Hash([7; 32]),
            org: OrgId([1; 32]),
            register: SpaceId([2; 32]),
            root: Hash([3; 32]),
            invitation: InvitationId([4; 16]),
            person: PersonId([5; 16]),
            secret: [6; 16],
        }
    }

    #[test]
    fn code_is_read_back_whatever_the_case_and_the_spaces() {
        let text = code().text();
        assert_eq!(EnrolmentCode::parse(&text), Ok(code()));
        assert_eq!(EnrolmentCode::parse(&text.to_lowercase().replace('-', " ")), Ok(code()));
    }

    #[test]
    fn every_mistyped_character_is_noticed() {
        let text = code().text();
        for (index, old) in text.char_indices().filter(|(_, c)| *c != '-') {
            let new = if old == '7' { '8' } else { '7' };
            let mut wrong = text.clone();
            wrong.replace_range(index..index + 1, &new.to_string());
            assert!(EnrolmentCode::parse(&wrong).is_err(), "position {index}");
        }
    }
}

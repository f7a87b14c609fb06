//! The header of an age v1 file: text lines, one stanza a recipient, a MAC.

use crate::SealError;
use age::secrecy::ExposeSecret;
use age_core::format::Stanza;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use ring::{hkdf, hmac};

/// Frozen by age v1.
const VERSION_LINE: &str = "age-encryption.org/v1";
/// Frozen by age v1: columns of a full line of a stanza's body.
const BODY_COLUMNS: usize = 64;
/// Limit: our papers have one recipient (about 200 bytes); a longer header is not read.
pub(super) const HEADER_BYTES_MAX: usize = 16 * 1024;

/// A verified header.
pub(super) struct Header {
    /// Bytes of the header, MAC line included.
    pub length: usize,
    file_key: age_core::format::FileKey,
}

impl Header {
    /// Reads a header from the start of a file, finds the stanza of `identity`, checks the MAC.
    pub fn open(start: &[u8], identity: &dyn age::Identity) -> Result<Self, SealError> {
        let mut lines = Lines { rest: start, read: 0 };
        if lines.next()? != VERSION_LINE {
            return Err(SealError::BadHeader);
        }
        let mut stanzas = Vec::new();
        let mac = loop {
            let covered = lines.read + 3;
            let line = lines.next()?;
            if let Some(mac) = line.strip_prefix("--- ") {
                break (covered, decode(mac)?);
            }
            stanzas.push(stanza(line, &mut lines)?);
        };
        let file_key = stanzas.iter().find_map(|s| identity.unwrap_stanza(s));
        let file_key = file_key.ok_or(SealError::DoesNotOpen)?.map_err(|_| SealError::DoesNotOpen)?;
        let mac_key = derive(file_key.expose_secret(), &[], b"header");
        let mac_key = hmac::Key::new(hmac::HMAC_SHA256, &mac_key);
        hmac::verify(&mac_key, &start[..mac.0], &mac.1).map_err(|_| SealError::BadHeader)?;
        Ok(Header { length: lines.read, file_key })
    }

    /// The key of the payload behind a nonce.
    pub fn payload_key(&self, nonce: &[u8]) -> [u8; 32] {
        derive(self.file_key.expose_secret(), nonce, b"payload")
    }
}

struct Lines<'a> {
    rest: &'a [u8],
    read: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Result<&'a str, SealError> {
        let end = self.rest.iter().position(|b| *b == b'\n').ok_or(SealError::BadHeader)?;
        let line = std::str::from_utf8(&self.rest[..end]).map_err(|_| SealError::BadHeader)?;
        self.rest = &self.rest[end + 1..];
        self.read += end + 1;
        Ok(line)
    }
}

fn stanza(first: &str, lines: &mut Lines<'_>) -> Result<Stanza, SealError> {
    let words = first.strip_prefix("-> ").ok_or(SealError::BadHeader)?.split(' ');
    let mut args = words.map(str::to_owned).collect::<Vec<_>>().into_iter();
    if args.as_slice().iter().any(|word| word.is_empty() || !word.bytes().all(|b| b.is_ascii_graphic())) {
        return Err(SealError::BadHeader);
    }
    let tag = args.next().ok_or(SealError::BadHeader)?;
    let mut body = String::new();
    loop {
        let line = lines.next()?;
        body.push_str(line);
        if line.len() > BODY_COLUMNS {
            return Err(SealError::BadHeader);
        }
        if line.len() < BODY_COLUMNS {
            break;
        }
    }
    Ok(Stanza { tag, args: args.collect(), body: decode(&body)? })
}

fn decode(text: &str) -> Result<Vec<u8>, SealError> {
    BASE64_STANDARD_NO_PAD.decode(text).map_err(|_| SealError::BadHeader)
}

fn derive(secret: &[u8], salt: &[u8], label: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    let labels = [label];
    let okm = prk.expand(&labels, hkdf::HKDF_SHA256).expect("32 bytes are one block");
    okm.fill(&mut out).expect("32 bytes are one block");
    out
}

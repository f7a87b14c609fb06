//! Searches files for secrets in the forms that a leak can take: UTF-8, UTF-16, hex, base64, and any of these deflated.

use aho_corasick::AhoCorasick;
use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use flate2::{Compression, write::ZlibEncoder};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::Path;

/// Limit: bytes taken out of one compressed stream; a page of text is far below it.
const INFLATED_BYTES_MAX: u64 = 4 << 20;

/// How a control secret is written.
#[derive(Clone, Copy, Debug)]
pub enum Spelling {
    Utf8,
    Utf16,
    Hex,
    Base64,
    Deflated,
}

impl Spelling {
    pub const ALL: [Spelling; 5] =
        [Spelling::Utf8, Spelling::Utf16, Spelling::Hex, Spelling::Base64, Spelling::Deflated];

    /// A file that holds the secret so, among other bytes.
    pub fn write(self, secret: &str) -> Result<Vec<u8>> {
        let around = format!("trước {secret} sau");
        Ok(match self {
            Spelling::Utf8 => around.into_bytes(),
            Spelling::Utf16 => around.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Spelling::Hex => hex(around.as_bytes(), false),
            Spelling::Base64 => STANDARD_NO_PAD.encode(around).into_bytes(),
            Spelling::Deflated => {
                let mut packed = ZlibEncoder::new(b"xyz".to_vec(), Compression::best());
                packed.write_all(around.as_bytes())?;
                packed.finish()?
            }
        })
    }
}

/// What a search came to.
#[derive(Default)]
pub struct Found {
    pub files: usize,
    pub bytes: u64,
    /// Which secrets.
    pub secrets: BTreeSet<usize>,
    /// In which files.
    pub places: BTreeSet<String>,
}

/// Looks for all secrets at once.
pub struct Scanner {
    patterns: AhoCorasick,
    /// Which secret each pattern spells.
    secrets: Vec<usize>,
}

impl Scanner {
    pub fn new(secrets: &[String]) -> Self {
        let (mut patterns, mut owners) = (Vec::new(), Vec::new());
        for (n, secret) in secrets.iter().enumerate() {
            for spelled in spellings(secret) {
                patterns.push(spelled);
                owners.push(n);
            }
        }
        Scanner { patterns: AhoCorasick::new(patterns).unwrap(), secrets: owners }
    }

    /// Every file below a folder.
    pub fn folder(&self, folder: &Path) -> Result<Found> {
        let mut found = Found::default();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let Ok(list) = std::fs::read_dir(&folder) else { continue };
            for item in list {
                let item = item?;
                let kind = item.file_type()?;
                if kind.is_dir() {
                    folders.push(item.path());
                } else if kind.is_file() {
                    self.file(&item.path(), &mut found)?;
                }
            }
        }
        Ok(found)
    }

    fn file(&self, path: &Path, found: &mut Found) -> Result<()> {
        let bytes = std::fs::read(path)?;
        found.files += 1;
        found.bytes += bytes.len() as u64;
        let before = found.secrets.len();
        self.bytes(&bytes, &mut found.secrets);
        self.inflated(&bytes, &mut found.secrets);
        // The file's own name may tell as much as its content.
        self.bytes(path.file_name().unwrap_or_default().as_encoded_bytes(), &mut found.secrets);
        if found.secrets.len() > before {
            found.places.insert(path.display().to_string());
        }
        Ok(())
    }

    fn bytes(&self, bytes: &[u8], found: &mut BTreeSet<usize>) {
        for hit in self.patterns.find_overlapping_iter(bytes) {
            found.insert(self.secrets[hit.pattern().as_usize()]);
        }
    }

    /// Wherever a compressed stream may begin: zlib's and gzip's first bytes, and what follows a PDF's `stream`.
    fn inflated(&self, bytes: &[u8], found: &mut BTreeSet<usize>) {
        for at in 0..bytes.len().saturating_sub(2) {
            let rest = &bytes[at..];
            let text = match (rest[0], rest[1]) {
                (0x78, 0x01 | 0x5e | 0x9c | 0xda) => inflate(ZlibDecoder::new(rest)),
                (0x1f, 0x8b) => inflate(GzDecoder::new(rest)),
                _ if rest.starts_with(b"stream\n") => inflate(DeflateDecoder::new(&rest[7..])),
                _ => continue,
            };
            self.bytes(&text, found);
        }
    }
}

/// As much as comes out before the stream ends or breaks.
fn inflate(reader: impl Read) -> Vec<u8> {
    let mut text = Vec::new();
    let _ = reader.take(INFLATED_BYTES_MAX).read_to_end(&mut text);
    text
}

fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let utf8 = secret.as_bytes();
    let mut all = vec![utf8.to_vec(), hex(utf8, false), hex(utf8, true)];
    all.push(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
    all.push(secret.encode_utf16().flat_map(u16::to_be_bytes).collect());
    all.extend((0..3).map(|shift| base64_core(utf8, shift)));
    all
}

/// Base64 of bytes that begin `shift` bytes into a group of three: what does not depend on the neighbours.
fn base64_core(bytes: &[u8], shift: usize) -> Vec<u8> {
    let padded = [&vec![0; shift], bytes].concat();
    let text = STANDARD_NO_PAD.encode(padded);
    let first = (8 * shift).div_ceil(6);
    let last = 8 * (shift + bytes.len()) / 6;
    text.as_bytes()[first..last].to_vec()
}

fn hex(bytes: &[u8], is_upper: bool) -> Vec<u8> {
    let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    if is_upper { text.to_uppercase().into_bytes() } else { text.into_bytes() }
}

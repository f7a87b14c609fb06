//! The age format's own recipient against whoever copies today and has a quantum computer later: stanza `mlkem768x25519`, in which a file key
//! is sealed by HPKE under ML-KEM-768 and X25519 together.

mod kem;

use age::{DecryptError, EncryptError};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use age_core::primitives::{bech32_decode, bech32_encode, hpke_open, hpke_seal};
use age_core::secrecy::ExposeSecret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use hpke::{Deserializable, HpkeError, Kem, Serializable};
use kem::{Encapsulated, Private, Public, SystemRandom, XWing};
use std::collections::HashSet;
use zeroize::{Zeroize, Zeroizing};

const TAG: &str = "mlkem768x25519";
const INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
const PUBLIC_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("age1pq");
const SECRET_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("AGE-SECRET-KEY-PQ-");
/// Bytes of HPKE's tag.
const TAG_BYTES: usize = 16;

/// A private key.
#[derive(Clone)]
pub(crate) struct HybridIdentity(Private);

/// A public key.
#[derive(Clone)]
pub(crate) struct HybridRecipient(Public);

impl HybridIdentity {
    pub(crate) fn of_seed(seed: &[u8; 32]) -> Self {
        HybridIdentity(Private::of_seed(seed))
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.0.seed()
    }

    /// Reads `AGE-SECRET-KEY-PQ-1…`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(decode(text, SECRET_PREFIX)?);
        Some(Self::of_seed(bytes.as_slice().try_into().ok()?))
    }

    /// Its text.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        let mut lower = bech32_encode(SECRET_PREFIX, self.seed());
        let text = Zeroizing::new(lower.to_uppercase());
        lower.zeroize();
        text
    }

    pub(crate) fn recipient(&self) -> HybridRecipient {
        HybridRecipient(XWing::sk_to_pk(&self.0))
    }
}

impl HybridRecipient {
    /// Reads 1,216 bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Public::from_bytes(bytes).ok().map(HybridRecipient)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// Reads `age1pq1…`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::of_bytes(&decode(text, PUBLIC_PREFIX)?)
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        bech32_encode(PUBLIC_PREFIX, &self.bytes())
    }
}

fn decode(text: &str, prefix: bech32::Hrp) -> Option<Vec<u8>> {
    bech32_decode(text, drop, |found| (found == prefix).then_some(()).ok_or(()), |_, bytes| Ok(bytes.collect())).ok()
}

impl age::Recipient for HybridRecipient {
    /// The label keeps a file from having a recipient beside this one that a quantum computer opens.
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let (sent, body) = hpke_seal::<XWing, _>(&self.0, INFO, file_key.expose_secret(), &mut SystemRandom);
        let args = vec![BASE64_STANDARD_NO_PAD.encode(sent.to_bytes())];
        Ok((vec![Stanza { tag: TAG.to_owned(), args, body }], HashSet::from(["postquantum".to_owned()])))
    }
}

impl age::Identity for HybridIdentity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag != TAG {
            return None;
        }
        let [sent] = stanza.args.as_slice() else { return Some(Err(DecryptError::InvalidHeader)) };
        let sent = BASE64_STANDARD_NO_PAD.decode(sent).ok().and_then(|bytes| Encapsulated::from_bytes(&bytes).ok());
        let Some(sent) = sent.filter(|_| stanza.body.len() == FILE_KEY_BYTES + TAG_BYTES) else {
            return Some(Err(DecryptError::InvalidHeader));
        };
        let mut opened = match hpke_open::<XWing>(&sent, &self.0, INFO, &stanza.body) {
            Ok(opened) => Zeroizing::new(opened),
            // A share that gives no secret at all.
            Err(HpkeError::DecapError) => return Some(Err(DecryptError::InvalidHeader)),
            // One that does not open is another's: which key a stanza is for can't be told from outside.
            Err(_) => return None,
        };
        Some(Ok(FileKey::init_with_mut(|key| {
            key.copy_from_slice(&opened);
            opened.zeroize();
        })))
    }
}

//! Keys that a laptop holds or a record carries, and what they open.

use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{BodyV1, EntryId, KeyId, KeyKind, OrgId, PublicKeyV1, SealingV1, Signed, Space};
use cabinet_seal::{BodyKey, Identity, unpad};
use zeroize::Zeroizing;

/// Frozen: the public half of an audience belongs to an identity made of its key, so that who is outside can write to it.
const AUDIENCE_IDENTITY: &str = "ecabinet 2026-11 audience identity v1";

/// A key.
#[derive(Clone)]
pub enum Secret {
    /// Of a space or of an audience.
    Body(BodyKey),
    /// The private half of a pair.
    Identity(Box<Identity>),
}

impl Secret {
    /// Its bytes, for the vault and for grants.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        match self {
            Secret::Body(key) => Zeroizing::new(key.bytes().to_vec()),
            Secret::Identity(identity) => Zeroizing::new(identity.secret_text().as_bytes().to_vec()),
        }
    }

    /// Reads [`Secret::bytes`].
    pub fn read(bytes: &[u8]) -> Option<Self> {
        match <[u8; 32]>::try_from(bytes) {
            Ok(key) => Some(Secret::Body(BodyKey::from_bytes(key))),
            Err(_) => Identity::parse(std::str::from_utf8(bytes).ok()?)
                .ok()
                .map(|identity| Secret::Identity(Box::new(identity))),
        }
    }

    /// Whether it is the key that a space names so: one of another name would open what its holder never meant.
    pub fn is(&self, key: KeyId, org: OrgId, space: &Space) -> bool {
        let Some((entry, kind)) = space.origin(key) else { return false };
        (kind == KeyKind::Pair) == matches!(self, Secret::Identity(_)) && key_id(self, kind, org, entry) == key
    }
}

/// A key's name, by what it is and by the entry that introduces it.
pub fn key_id(secret: &Secret, kind: KeyKind, org: OrgId, entry: EntryId) -> KeyId {
    match secret {
        Secret::Body(key) => KeyId::of(kind, org, entry, key.bytes()),
        Secret::Identity(identity) => KeyId::of(kind, org, entry, &identity.recipient().bytes()),
    }
}

/// The public half of an audience's key.
pub fn audience_public(key: &BodyKey) -> PublicKeyV1 {
    PublicKeyV1::receiving(&audience_identity(key).recipient())
}

fn audience_identity(key: &BodyKey) -> Identity {
    Identity::of_seed(&Zeroizing::new(cabinet_seal::hash(AUDIENCE_IDENTITY, key.bytes())))
}

/// What became of an entry's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Salt and content, as they were promised.
    Plain(Vec<u8>),
    /// It does not open with its key, or is not what was promised.
    Broken,
    /// The key is not here.
    Missing(KeyId),
}

/// Opens a sealed body. `own` are a person's own identities, by which they read their own answers.
pub fn open<'a>(
    signed: &Signed,
    key: impl Fn(KeyId) -> Option<&'a Secret>,
    own: impl IntoIterator<Item = &'a Identity>,
) -> Opened {
    let plain = match signed.header.sealing {
        SealingV1::Clear => return Opened::Broken,
        SealingV1::Key(name) => match key(name) {
            Some(Secret::Body(secret)) => secret.open(&signed.header.place().aad(), &signed.body),
            _ => return Opened::Missing(name),
        },
        SealingV1::Outside(name) => match key(name) {
            Some(Secret::Body(secret)) => audience_identity(secret).open(&signed.body),
            _ => return Opened::Missing(name),
        },
        SealingV1::Pair(name) => match key(name) {
            Some(Secret::Identity(identity)) => identity.open(&signed.body),
            _ => match own.into_iter().find_map(|identity| identity.open(&signed.body).ok()) {
                Some(plain) => Ok(plain),
                None => return Opened::Missing(name),
            },
        },
    };
    let salted = plain.and_then(|padded| unpad(&padded).map(<[u8]>::to_vec)).unwrap_or_default();
    promised(signed, &salted).map_or(Opened::Broken, Opened::Plain)
}

/// Salt and content of an opened body, if they are what its header promised.
pub(crate) fn promised(signed: &Signed, salted: &[u8]) -> Option<Vec<u8>> {
    let (salt, body) = salted.split_first_chunk::<32>()?;
    let body: BodyV1 = cabinet_ledger::decode(body).ok()?;
    let is_genuine = signed.header.place().commitment(salt, &body.content) == signed.header.commitment;
    (is_genuine || is_off(Fault::Commitments)).then(|| [&salt[..], &body.content].concat())
}

/// A body to be sealed: salt, content, and nothing else behind it yet.
pub fn salted(salt: &[u8; 32], content: &[u8]) -> Vec<u8> {
    let body = BodyV1 { content: content.to_vec().into(), extras: vec![] };
    [&salt[..], &cabinet_ledger::encode(&body)].concat()
}

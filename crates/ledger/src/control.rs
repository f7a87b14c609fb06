//! Control entries: clear and signed, because the hub must judge admission by them.

use crate::ids::SignatureBytes;
use crate::{DeviceId, Hash, InvitationId, KeyId, LedgerError, OrgId, PersonId, encode, limits};
use cabinet_seal::{Recipient, SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Frozen: kinds below this are control entries.
const CONTROL_KINDS: u16 = 100;
const ROOT_CONTEXT: &str = "ecabinet root v1";
const REQUEST_MAC: &str = "ecabinet 2026-11 enrolment mac v1";
const ORG_HASH: &str = "ecabinet 2026-11 organisation v1";

/// Whether a kind is a control entry's.
pub fn control_kind(kind: u16) -> bool {
    kind < CONTROL_KINDS
}

/// A device's public keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceKeysV1 {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// Ed25519 public key.
    #[n(1)]
    pub signing: Hash,
    /// age recipient.
    #[n(2)]
    pub receiving: String,
}

/// The founding entry of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FoundedV1 {
    /// The root's public key.
    #[n(0)]
    pub root: Hash,
    /// The recovery key's public half.
    #[n(1)]
    pub recovery: String,
    /// The root's private key, sealed to the recovery key.
    #[n(2)]
    pub sealed_root: ByteVec,
    /// The hub's stamp key of term 1.
    #[n(3)]
    pub stamp_key: Hash,
    /// The first officer.
    #[n(4)]
    pub officer: PersonId,
    /// The officer's roles.
    #[n(5)]
    pub roles: u16,
    /// The officer's laptop.
    #[n(6)]
    pub device: DeviceKeysV1,
    /// How many must sign a device for a voting seat: 2, or 1 in an organisation of one official.
    #[n(7)]
    pub admission_signatures: u8,
    /// The register's audience key.
    #[n(8)]
    pub key: KeyId,
    /// The root's signature over all of the above.
    #[n(9)]
    signature: SignatureBytes,
}

/// A new laptop's request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct DeviceRequestV1 {
    /// The organisation.
    #[n(0)]
    pub org: OrgId,
    /// Whose laptop it is.
    #[n(1)]
    pub person: PersonId,
    /// By which invitation.
    #[n(2)]
    pub invitation: InvitationId,
    /// Its keys.
    #[n(3)]
    pub device: DeviceKeysV1,
    /// When the request lapses.
    #[n(4)]
    pub expires_ms: u64,
    /// MAC under the invitation's secret over all of the above.
    #[n(5)]
    pub mac: Hash,
}

/// Use of the recovery key: a new laptop becomes the officer's, and root and recovery key are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecoveryV1 {
    /// The officer who recovers.
    #[n(0)]
    pub person: PersonId,
    /// The new laptop.
    #[n(1)]
    pub device: DeviceKeysV1,
    /// The succeeding root.
    #[n(2)]
    pub root: Hash,
    /// The new recovery key.
    #[n(3)]
    pub recovery: String,
    /// The succeeding root's private key, sealed to it.
    #[n(4)]
    pub sealed_root: ByteVec,
    /// The replaced root's signature over all of the above.
    #[n(5)]
    signature: SignatureBytes,
}

/// Who receives a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(flat)]
pub enum GranteeV1 {
    /// A device.
    #[n(0)]
    Device(#[n(0)] DeviceId),
    /// The recovery key.
    #[n(1)]
    Recovery,
}

/// A key, sealed to one receiver.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct GrantV1 {
    /// The key.
    #[n(0)]
    pub key: KeyId,
    /// For whom.
    #[n(1)]
    pub to: GranteeV1,
    /// The key as an age file.
    #[n(2)]
    pub wrapped: ByteVec,
}

/// What a space is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SpaceKind {
    /// An opinion form.
    #[n(1)]
    Form,
    /// One person's desk.
    #[n(2)]
    Desk,
    /// A session.
    #[n(3)]
    Session,
}

/// Frozen: the body of a control entry. The variant's number is the entry's kind.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ControlV1 {
    /// The organisation begins; also the first entry of its register.
    #[n(1)]
    Founded(#[n(0)] FoundedV1),
    /// A person is invited to enrol a laptop.
    #[n(2)]
    Invited {
        /// The invitation.
        #[n(0)]
        invitation: InvitationId,
        /// For whom.
        #[n(1)]
        person: PersonId,
        /// Until when.
        #[n(2)]
        expires_ms: u64,
    },
    /// A person's roles, from here on. The officer's role needs the root's signature.
    #[n(3)]
    RolesSet {
        /// Who.
        #[n(0)]
        person: PersonId,
        /// Bits of `docs/FORMATS.md`, "Roles".
        #[n(1)]
        roles: u16,
    },
    /// A new laptop asks to be admitted; signed by itself.
    #[n(4)]
    DeviceRequested(#[n(0)] DeviceRequestV1),
    /// An official, or the person on an earlier device, vouches for a requested device.
    #[n(5)]
    DeviceAdmitted {
        /// The device.
        #[n(0)]
        device: DeviceId,
        /// Hash of the request entry, so that no other key can be meant.
        #[n(1)]
        request: Hash,
    },
    /// A device is shut out.
    #[n(6)]
    DeviceRevoked {
        /// The device.
        #[n(0)]
        device: DeviceId,
    },
    /// A space begins.
    #[n(7)]
    SpaceOpened {
        /// What it is for.
        #[n(0)]
        kind: SpaceKind,
        /// Who is in it; staff are in every form.
        #[n(1)]
        members: Vec<PersonId>,
        /// Its audience key.
        #[n(2)]
        key: KeyId,
    },
    /// People join a space.
    #[n(8)]
    MembersAdded {
        /// Who.
        #[n(0)]
        members: Vec<PersonId>,
    },
    /// Keys for receivers.
    #[n(9)]
    Granted {
        /// The grants.
        #[n(0)]
        grants: Vec<GrantV1>,
    },
    /// An audience key is replaced; the first rotation of a key in sequence wins.
    #[n(10)]
    KeyRotated {
        /// The key in force.
        #[n(0)]
        from: KeyId,
        /// The next.
        #[n(1)]
        to: KeyId,
    },
    /// The hub has a new stamp key, or begins a new term after a restore.
    #[n(11)]
    StampKeyNamed {
        /// The key.
        #[n(0)]
        key: Hash,
        /// Its term, one more than the last.
        #[n(1)]
        term: u32,
        /// The root's signature.
        #[n(2)]
        signature: SignatureBytes,
    },
    /// The recovery key was used.
    #[n(12)]
    RecoveryUsed(#[n(0)] RecoveryV1),
    /// A narrower audience within a space, with a key of its own: whoever has one of the roles, and these people.
    #[n(13)]
    AudienceOpened {
        /// Its key.
        #[n(0)]
        key: KeyId,
        /// Bits of `docs/FORMATS.md`, "Roles".
        #[n(1)]
        roles: u16,
        /// Who else.
        #[n(2)]
        members: Vec<PersonId>,
    },
    /// People leave a space.
    #[n(14)]
    MembersRemoved {
        /// Who.
        #[n(0)]
        members: Vec<PersonId>,
    },
}

/// Whether a kind may be read by this program as a control entry.
pub fn is_control(kind: u16) -> bool {
    (1..=14).contains(&kind)
}

impl ControlV1 {
    /// The entry kind that carries it.
    pub fn kind(&self) -> u16 {
        match self {
            ControlV1::Founded(_) => 1,
            ControlV1::Invited { .. } => 2,
            ControlV1::RolesSet { .. } => 3,
            ControlV1::DeviceRequested(_) => 4,
            ControlV1::DeviceAdmitted { .. } => 5,
            ControlV1::DeviceRevoked { .. } => 6,
            ControlV1::SpaceOpened { .. } => 7,
            ControlV1::MembersAdded { .. } => 8,
            ControlV1::Granted { .. } => 9,
            ControlV1::KeyRotated { .. } => 10,
            ControlV1::StampKeyNamed { .. } => 11,
            ControlV1::RecoveryUsed(_) => 12,
            ControlV1::AudienceOpened { .. } => 13,
            ControlV1::MembersRemoved { .. } => 14,
        }
    }

    /// Reads the body of a control entry of a kind.
    pub fn read(kind: u16, body: &[u8]) -> Result<Self, LedgerError> {
        let control: ControlV1 = crate::decode(body)?;
        let is_too_large = match &control {
            ControlV1::SpaceOpened { members, .. }
            | ControlV1::MembersAdded { members }
            | ControlV1::MembersRemoved { members }
            | ControlV1::AudienceOpened { members, .. } => members.len() > limits::PEOPLE_MAX,
            ControlV1::Granted { grants } => {
                grants.len() > limits::GRANTS_MAX || grants.iter().any(|g| g.wrapped.len() > limits::WRAPPED_BYTES_MAX)
            }
            _ => false,
        };
        match control.kind() == kind {
            _ if is_too_large => Err(LedgerError::TooLarge),
            true => Ok(control),
            false => Err(LedgerError::Malformed),
        }
    }

    /// A stamp key named by the root.
    pub fn name_stamp_key(org: OrgId, key: Hash, term: u32, root: &SigningKey) -> Self {
        let signature = SignatureBytes(root.sign(ROOT_CONTEXT, &stamp_key_bytes(org, key, term)));
        ControlV1::StampKeyNamed { key, term, signature }
    }

    /// Checks the root's signature of a stamp key.
    pub(crate) fn check_stamp_key(
        org: OrgId,
        key: Hash,
        term: u32,
        signature: &SignatureBytes,
        root: Hash,
    ) -> Result<(), LedgerError> {
        Ok(VerifyingKey(root.0).verify(ROOT_CONTEXT, &stamp_key_bytes(org, key, term), &signature.0)?)
    }
}

fn stamp_key_bytes(org: OrgId, key: Hash, term: u32) -> Vec<u8> {
    [b"stamp key".as_slice(), &org.0, &key.0, &term.to_be_bytes()].concat()
}

impl FoundedV1 {
    /// Puts the root's signature under a founding.
    pub fn signed(mut self, root: &SigningKey) -> Self {
        self.signature = SignatureBytes(root.sign(ROOT_CONTEXT, &self.covered()));
        self
    }

    /// A founding without its signature yet.
    #[allow(clippy::too_many_arguments, reason = "it is the list of what a founding fixes")]
    pub fn new(
        root: VerifyingKey,
        recovery: &Recipient,
        sealed_root: Vec<u8>,
        stamp_key: VerifyingKey,
        officer: PersonId,
        roles: u16,
        device: DeviceKeysV1,
        admission_signatures: u8,
        key: KeyId,
    ) -> Self {
        FoundedV1 {
            root: Hash(root.0),
            recovery: recovery.text().to_owned(),
            sealed_root: sealed_root.into(),
            stamp_key: Hash(stamp_key.0),
            officer,
            roles,
            device,
            admission_signatures,
            key,
            signature: SignatureBytes([0; 64]),
        }
    }

    /// The organisation it founds.
    pub fn org(&self) -> OrgId {
        OrgId(cabinet_seal::hash(ORG_HASH, &self.root.0))
    }

    /// Checks the root's signature.
    pub fn verify(&self) -> Result<(), LedgerError> {
        Ok(VerifyingKey(self.root.0).verify(ROOT_CONTEXT, &self.covered(), &self.signature.0)?)
    }

    fn covered(&self) -> Vec<u8> {
        let unsigned = FoundedV1 { signature: SignatureBytes([0; 64]), ..self.clone() };
        [b"founding".as_slice(), &encode(&unsigned)].concat()
    }
}

impl DeviceRequestV1 {
    /// The MAC of a request under an invitation's secret.
    pub fn mac(&self, secret: &[u8; 16]) -> Hash {
        let unsigned = DeviceRequestV1 { mac: Hash::NONE, ..self.clone() };
        let bytes = encode(&unsigned);
        let key = cabinet_seal::hash(REQUEST_MAC, secret);
        Hash(*blake3::keyed_hash(&key, &bytes).as_bytes())
    }
}

impl RecoveryV1 {
    /// A recovery signed by the root that it replaces.
    pub fn new(
        org: OrgId,
        person: PersonId,
        device: DeviceKeysV1,
        successor: VerifyingKey,
        recovery: &Recipient,
        sealed_root: Vec<u8>,
        root: &SigningKey,
    ) -> Self {
        let mut made = RecoveryV1 {
            person,
            device,
            root: Hash(successor.0),
            recovery: recovery.text().to_owned(),
            sealed_root: sealed_root.into(),
            signature: SignatureBytes([0; 64]),
        };
        made.signature = SignatureBytes(root.sign(ROOT_CONTEXT, &made.covered(org)));
        made
    }

    /// Checks the signature of the root that it replaces.
    pub fn verify(&self, org: OrgId, root: Hash) -> Result<(), LedgerError> {
        Ok(VerifyingKey(root.0).verify(ROOT_CONTEXT, &self.covered(org), &self.signature.0)?)
    }

    fn covered(&self, org: OrgId) -> Vec<u8> {
        let unsigned = RecoveryV1 { signature: SignatureBytes([0; 64]), ..self.clone() };
        [b"recovery".as_slice(), &org.0, &encode(&unsigned)].concat()
    }
}

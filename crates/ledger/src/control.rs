//! Control entries: clear and signed, because the hub must judge admission by them.

use crate::{
    DeviceId, Hash, Head, InvitationId, KeyId, LedgerError, OrgId, PersonId, PublicKeyV1, SignatureV1, SpaceId, encode,
    limits,
};
use cabinet_seal::{Recipient, SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// Frozen: kinds below this are control entries.
const CONTROL_KINDS: u16 = 100;
const ROOT_CONTEXT: &str = "ecabinet root v1";
const REQUEST_CONTEXT: &str = "ecabinet request v1";
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
    /// It signs with this one.
    #[n(1)]
    pub signing: PublicKeyV1,
    /// Things are sealed to this one.
    #[n(2)]
    pub receiving: PublicKeyV1,
}

/// The founding entry of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct FoundedV1 {
    /// The root's public key.
    #[n(0)]
    pub root: PublicKeyV1,
    /// The recovery key's public half.
    #[n(1)]
    pub recovery: PublicKeyV1,
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
    /// Version of the register: which kinds of entry it has.
    #[n(7)]
    pub version: u16,
    /// The register's key.
    #[n(8)]
    pub key: KeyId,
    /// Its public half, for those outside.
    #[n(9)]
    pub public: PublicKeyV1,
    /// The root's signature over all of the above.
    #[n(10)]
    signature: SignatureV1,
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
    /// By the key that is made from the code's secret, over all of the above: everybody can check that whoever asks has the code.
    #[n(5)]
    signature: SignatureV1,
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
    pub root: PublicKeyV1,
    /// The new recovery key.
    #[n(3)]
    pub recovery: PublicKeyV1,
    /// The succeeding root's private key, sealed to it.
    #[n(4)]
    pub sealed_root: ByteVec,
    /// The replaced root's signature over all of the above.
    #[n(5)]
    signature: SignatureV1,
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
    /// Which share of it: 0 for the whole.
    #[n(1)]
    pub share: u16,
    /// For whom.
    #[n(2)]
    pub to: GranteeV1,
    /// How it is wrapped: 2, as [`PublicKeyV1`] numbers suites.
    #[n(3)]
    pub suite: u8,
    /// The key as an age file.
    #[n(4)]
    pub wrapped: ByteVec,
}

impl GrantV1 {
    /// A whole key, wrapped in the hybrid.
    pub fn new(key: KeyId, to: GranteeV1, wrapped: Vec<u8>) -> Self {
        GrantV1 { key, share: 0, to, suite: 2, wrapped: wrapped.into() }
    }
}

/// Frozen: the body of a control entry. The variant's number is the entry's kind.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum ControlV1 {
    /// The organisation begins; also the first entry of its register.
    #[n(1)]
    Founded(#[n(0)] FoundedV1),
    /// A person is invited to enrol a laptop. The author is the inviter, whose word an admission needs.
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
        /// The public half of the key that is made from the code's secret.
        #[n(3)]
        key: PublicKeyV1,
    },
    /// A person's roles, from here on, or once a second official confirms. An officer's role needs the root.
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
    /// The inviter, another official, or the person on an earlier device, vouches for a requested device.
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
        /// What it is for: see [`crate::SpaceKind`].
        #[n(0)]
        kind: u16,
        /// Which kinds of entry it has.
        #[n(1)]
        version: u16,
        /// Who is in it; staff are in every form and session.
        #[n(2)]
        members: Vec<PersonId>,
        /// Its key.
        #[n(3)]
        key: KeyId,
        /// Its public half, for those outside.
        #[n(4)]
        public: PublicKeyV1,
        /// The space that it belongs to, for kinds that belong to one.
        #[n(5)]
        parent: Option<SpaceId>,
        /// For kinds that have any.
        #[n(6)]
        parameters: ByteVec,
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
    /// A key is replaced; the first rotation of a key in sequence wins.
    #[n(10)]
    KeyRotated {
        /// The key in force.
        #[n(0)]
        from: KeyId,
        /// The next.
        #[n(1)]
        to: KeyId,
        /// Its public half.
        #[n(2)]
        public: PublicKeyV1,
        /// For the recovery key and as many devices as fit; more follow.
        #[n(3)]
        grants: Vec<GrantV1>,
    },
    /// The hub has a new stamp key.
    #[n(11)]
    StampKeyNamed {
        /// The one space that it stamps; none for all. A hub in the room, later.
        #[n(0)]
        space: Option<SpaceId>,
        /// The key.
        #[n(1)]
        key: Hash,
        /// Its term, more than the last.
        #[n(2)]
        term: u32,
        /// Who names it: 1 the root.
        #[n(3)]
        authority: u8,
        /// The root's signature.
        #[n(4)]
        signature: SignatureV1,
    },
    /// The recovery key was used.
    #[n(12)]
    RecoveryUsed(#[n(0)] RecoveryV1),
    /// A narrower audience within a space, with a key of its own: whoever has one of the roles, and these people.
    #[n(13)]
    AudienceOpened {
        /// What it is for: see [`crate::Purpose`].
        #[n(0)]
        purpose: u8,
        /// Its key.
        #[n(1)]
        key: KeyId,
        /// Its public half.
        #[n(2)]
        public: PublicKeyV1,
        /// Bits of `docs/FORMATS.md`, "Roles".
        #[n(3)]
        roles: u16,
        /// Who else.
        #[n(4)]
        members: Vec<PersonId>,
        /// As many as fit; more follow.
        #[n(5)]
        grants: Vec<GrantV1>,
    },
    /// People leave a space.
    #[n(14)]
    MembersRemoved {
        /// Who.
        #[n(0)]
        members: Vec<PersonId>,
    },
    /// A key pair, laid by ahead: a form's or a vote's, whose private half only tellers' laptops get, or a person's own.
    #[n(15)]
    PairOpened {
        /// Its name.
        #[n(0)]
        pair: KeyId,
        /// What it is for: see [`crate::PairUse`].
        #[n(1)]
        purpose: u8,
        /// How things are sealed to it: 1, an age file with the hybrid.
        #[n(2)]
        scheme: u8,
        /// Its public half.
        #[n(3)]
        public: PublicKeyV1,
        /// Who signs tokens for it: secret ballots, later.
        #[n(4)]
        issuer: Option<PublicKeyV1>,
        /// How many must open it together: 1.
        #[n(5)]
        threshold: u16,
        /// The audience that sees openings; none for everybody in the space.
        #[n(6)]
        openings: Option<KeyId>,
        /// As many as fit; more follow.
        #[n(7)]
        grants: Vec<GrantV1>,
    },
    /// A second person stands behind an entry: roles, an own rule set, what is settled among few.
    #[n(16)]
    Confirmed {
        /// Hash of the entry.
        #[n(0)]
        entry: Hash,
    },
    /// The root makes somebody an officer, or no longer one.
    #[n(17)]
    OfficerNamed {
        /// Who.
        #[n(0)]
        person: PersonId,
        /// Whether they are.
        #[n(1)]
        is_officer: bool,
        /// The root's signature.
        #[n(2)]
        signature: SignatureV1,
    },
    /// A space has more kinds of entry from here on; in the register two officials say so.
    #[n(18)]
    VersionRaised {
        /// The version.
        #[n(0)]
        version: u16,
    },
    /// Where two stamps name one place, this one holds.
    #[n(19)]
    BranchNamed {
        /// The space.
        #[n(0)]
        space: SpaceId,
        /// The place and the stamp that holds.
        #[n(1)]
        head: Head,
        /// The root's signature.
        #[n(2)]
        signature: SignatureV1,
    },
    /// A certificate belongs to a person: second signatures, later.
    #[n(20)]
    CertificateBound {
        /// Who.
        #[n(0)]
        person: PersonId,
        /// Its public key.
        #[n(1)]
        key: PublicKeyV1,
        /// From when.
        #[n(2)]
        from_ms: u64,
        /// Until when.
        #[n(3)]
        until_ms: u64,
    },
    /// A file beside a named paper, such as its text: later.
    #[n(21)]
    CompanionNamed {
        /// The paper.
        #[n(0)]
        paper: Hash,
        /// The companion's own hash.
        #[n(1)]
        companion: Hash,
        /// Its key, sealed for the paper's audience.
        #[n(2)]
        key: ByteVec,
    },
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
            ControlV1::PairOpened { .. } => 15,
            ControlV1::Confirmed { .. } => 16,
            ControlV1::OfficerNamed { .. } => 17,
            ControlV1::VersionRaised { .. } => 18,
            ControlV1::BranchNamed { .. } => 19,
            ControlV1::CertificateBound { .. } => 20,
            ControlV1::CompanionNamed { .. } => 21,
        }
    }

    /// Frozen: the kind that opens a space.
    pub(crate) const SPACE_OPENED: u16 = 7;

    /// The last kind that this program knows; a higher one is a newer program's.
    pub const LAST_KIND: u16 = 21;

    /// Grants that it carries.
    pub fn grants(&self) -> &[GrantV1] {
        match self {
            ControlV1::Granted { grants }
            | ControlV1::KeyRotated { grants, .. }
            | ControlV1::AudienceOpened { grants, .. }
            | ControlV1::PairOpened { grants, .. } => grants,
            _ => &[],
        }
    }

    /// Reads the body of a control entry of a kind.
    pub fn read(kind: u16, body: &[u8]) -> Result<Self, LedgerError> {
        if kind > ControlV1::LAST_KIND {
            return Err(LedgerError::ControlKindUnknown(kind));
        }
        let control: ControlV1 = crate::decode(body)?;
        if control.kind() != kind {
            return Err(LedgerError::Malformed);
        }
        let people = match &control {
            ControlV1::SpaceOpened { members, .. }
            | ControlV1::MembersAdded { members }
            | ControlV1::MembersRemoved { members }
            | ControlV1::AudienceOpened { members, .. } => members.len(),
            _ => 0,
        };
        let grants = control.grants();
        let is_too_large = people > limits::PEOPLE_MAX
            || grants.len() > limits::GRANTS_MAX
            || grants.iter().any(|g| g.wrapped.len() > limits::WRAPPED_BYTES_MAX);
        if is_too_large { Err(LedgerError::TooLarge) } else { Ok(control) }
    }

    /// A stamp key for all spaces, named by the root.
    pub fn name_stamp_key(org: OrgId, key: Hash, term: u32, root: &SigningKey) -> Self {
        let covered = root_bytes("stamp key", org, &(None::<SpaceId>, key, term));
        let signature = SignatureV1::sign(root, ROOT_CONTEXT, &covered);
        ControlV1::StampKeyNamed { space: None, key, term, authority: 1, signature }
    }

    /// An officer, named or dismissed by the root.
    pub fn name_officer(org: OrgId, person: PersonId, is_officer: bool, root: &SigningKey) -> Self {
        let covered = root_bytes("officer", org, &(person, is_officer));
        ControlV1::OfficerNamed { person, is_officer, signature: SignatureV1::sign(root, ROOT_CONTEXT, &covered) }
    }

    /// The branch of a forked space that holds, named by the root.
    pub fn name_branch(org: OrgId, space: SpaceId, head: Head, root: &SigningKey) -> Self {
        let covered = root_bytes("branch", org, &(space, head));
        ControlV1::BranchNamed { space, head, signature: SignatureV1::sign(root, ROOT_CONTEXT, &covered) }
    }

    /// Checks what the root must have signed; other entries pass.
    pub(crate) fn check_root(&self, org: OrgId, root: &PublicKeyV1) -> Result<(), LedgerError> {
        match self {
            ControlV1::StampKeyNamed { space, key, term, signature, .. } => {
                root.verify(ROOT_CONTEXT, &root_bytes("stamp key", org, &(space, key, term)), signature)
            }
            ControlV1::OfficerNamed { person, is_officer, signature } => {
                root.verify(ROOT_CONTEXT, &root_bytes("officer", org, &(person, is_officer)), signature)
            }
            ControlV1::BranchNamed { space, head, signature } => {
                root.verify(ROOT_CONTEXT, &root_bytes("branch", org, &(space, head)), signature)
            }
            _ => Ok(()),
        }
    }
}

/// Frozen: what the root signs, its purpose first.
fn root_bytes<T: Encode<()>>(purpose: &str, org: OrgId, what: &T) -> Vec<u8> {
    [purpose.as_bytes(), &org.0, &encode(what)].concat()
}

impl FoundedV1 {
    /// Puts the root's signature under a founding.
    pub fn signed(mut self, root: &SigningKey) -> Self {
        self.signature = SignatureV1::sign(root, ROOT_CONTEXT, &self.covered());
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
        key: KeyId,
        public: PublicKeyV1,
    ) -> Self {
        FoundedV1 {
            root: PublicKeyV1::signing(root),
            recovery: PublicKeyV1::receiving(recovery),
            sealed_root: sealed_root.into(),
            stamp_key: Hash(stamp_key.0),
            officer,
            roles,
            device,
            version: crate::SPACE_VERSION,
            key,
            public,
            signature: SignatureV1::none(),
        }
    }

    /// The organisation it founds.
    pub fn org(&self) -> OrgId {
        OrgId::of_root(&self.root)
    }

    /// Checks the root's signature.
    pub fn verify(&self) -> Result<(), LedgerError> {
        self.root.verify(ROOT_CONTEXT, &self.covered(), &self.signature)
    }

    fn covered(&self) -> Vec<u8> {
        let unsigned = FoundedV1 { signature: SignatureV1::none(), ..self.clone() };
        [b"founding".as_slice(), &encode(&unsigned)].concat()
    }
}

impl OrgId {
    /// The organisation of a root.
    pub fn of_root(root: &PublicKeyV1) -> Self {
        OrgId(cabinet_seal::hash(ORG_HASH, root.bytes()))
    }
}

impl DeviceRequestV1 {
    /// A request, signed with the key that the code's secret makes.
    pub fn new(
        org: OrgId,
        person: PersonId,
        invitation: InvitationId,
        device: DeviceKeysV1,
        expires_ms: u64,
        code: &SigningKey,
    ) -> Self {
        let unsigned = DeviceRequestV1 { org, person, invitation, device, expires_ms, signature: SignatureV1::none() };
        let signature = SignatureV1::sign(code, REQUEST_CONTEXT, &encode(&unsigned));
        DeviceRequestV1 { signature, ..unsigned }
    }

    /// Checks that whoever asks has the code of an invitation.
    pub(crate) fn verify(&self, code: &PublicKeyV1) -> Result<(), LedgerError> {
        let unsigned = DeviceRequestV1 { signature: SignatureV1::none(), ..self.clone() };
        code.verify(REQUEST_CONTEXT, &encode(&unsigned), &self.signature)
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
            root: PublicKeyV1::signing(successor),
            recovery: PublicKeyV1::receiving(recovery),
            sealed_root: sealed_root.into(),
            signature: SignatureV1::none(),
        };
        made.signature = SignatureV1::sign(root, ROOT_CONTEXT, &made.covered(org));
        made
    }

    /// Checks the signature of the root that it replaces.
    pub fn verify(&self, org: OrgId, root: &PublicKeyV1) -> Result<(), LedgerError> {
        root.verify(ROOT_CONTEXT, &self.covered(org), &self.signature)
    }

    fn covered(&self, org: OrgId) -> Vec<u8> {
        let unsigned = RecoveryV1 { signature: SignatureV1::none(), ..self.clone() };
        [b"recovery".as_slice(), &org.0, &encode(&unsigned)].concat()
    }
}

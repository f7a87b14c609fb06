//! The organisation's register, folded: root, stamp keys, people's roles, devices. Chained to the root, so that neither the hub
//! nor anybody between can slip in a key.

use crate::admit::role;
use crate::{
    ControlV1, DeviceId, DeviceKeysV1, DeviceRequestV1, FoundedV1, Hash, Head, InvitationId, LedgerError, OrgId,
    PersonId, RecoveryV1, Signed, Space, SpaceRefusal, StampV1, limits,
};
use cabinet_seal::{Recipient, VerifyingKey};
use std::collections::{BTreeMap, BTreeSet};

/// Why a control entry changes nothing in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum RegisterRefusal {
    #[error("the author may not do this")]
    NotAllowed,
    #[error("the invitation is not open")]
    InvitationNotOpen,
    #[error("the request has lapsed, or claims more time than an invitation has")]
    Expired,
    #[error("a device of this id is known already")]
    DeviceKnown,
    #[error("no such device, or not in a state that allows it")]
    NoSuchDevice,
    #[error("it vouches for another request")]
    OtherRequest,
    #[error("the same person vouched already")]
    VouchedAlready,
    #[error("a signature of the root does not verify")]
    RootSignature,
    #[error("not a valid key")]
    BadKey,
    #[error("the officer's role comes from the root only")]
    OfficerFromRoot,
    #[error("this control entry does not belong in the register")]
    Misplaced,
}

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Asked; not enough have vouched.
    Requested,
    /// May act.
    Admitted,
    /// Shut out.
    Revoked,
}

/// A device and its history, by sequence numbers of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whose it is.
    pub person: PersonId,
    /// Its public keys.
    pub keys: DeviceKeysV1,
    /// The request entry's hash.
    pub request: Hash,
    /// When it asked, by the hub's time.
    pub requested_at_ms: u64,
    /// Persons who vouched.
    pub vouchers: BTreeSet<PersonId>,
    /// Since when it may act.
    pub admitted_seq: Option<u64>,
    /// Since when it may not.
    pub revoked_seq: Option<u64>,
}

impl Device {
    /// Its state at the newest head.
    pub fn state(&self) -> DeviceState {
        match (self.admitted_seq, self.revoked_seq) {
            (_, Some(_)) => DeviceState::Revoked,
            (Some(_), None) => DeviceState::Admitted,
            (None, None) => DeviceState::Requested,
        }
    }

    /// Whether it might act at a head of the register.
    pub fn is_admitted_at(&self, seq: u64) -> bool {
        self.admitted_seq.is_some_and(|s| s <= seq) && self.revoked_seq.is_none_or(|s| s > seq)
    }
}

/// An invitation of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// For whom.
    pub person: PersonId,
    /// Until when.
    pub expires_ms: u64,
    /// Whether a device has asked by it.
    pub is_used: bool,
}

/// The folded register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// The organisation.
    pub org: OrgId,
    /// The first root, whose fingerprint people compare.
    pub founding_root: Hash,
    /// The root in force.
    pub root: Hash,
    /// The recovery key's public half.
    pub recovery: String,
    /// The root, sealed to it.
    pub sealed_root: Vec<u8>,
    /// Keys that may stamp, each from a term on; terms grow.
    pub stamp_keys: Vec<(u32, Hash)>,
    /// How many sign a device for a voting seat.
    pub admission_signatures: u8,
    /// Roles by person, with the sequence number since which they hold.
    pub people: BTreeMap<PersonId, Vec<(u64, u16)>>,
    /// All devices ever requested.
    pub devices: BTreeMap<DeviceId, Device>,
    /// All invitations.
    pub invitations: BTreeMap<InvitationId, Invitation>,
    /// Uses of the recovery key, by sequence number.
    pub recoveries: Vec<(u64, PersonId)>,
    /// The register's own key and its grants.
    pub space: Space,
    heads: Vec<Hash>,
}

impl Register {
    /// Begins with a founding entry.
    pub fn found(founded: &FoundedV1, signed: &Signed) -> Result<Self, LedgerError> {
        founded.verify()?;
        let org = founded.org();
        let has_key = check_device_keys(&founded.device).is_ok() && Recipient::parse(&founded.recovery).is_ok();
        if signed.header.org != org || signed.header.device != founded.device.device || !has_key {
            return Err(LedgerError::NotFounded);
        }
        signed.verify(&VerifyingKey(founded.device.signing.0))?;
        let device = Device {
            person: founded.officer,
            keys: founded.device.clone(),
            request: signed.hash(),
            requested_at_ms: 0,
            vouchers: BTreeSet::new(),
            admitted_seq: Some(1),
            revoked_seq: None,
        };
        Ok(Register {
            org,
            founding_root: founded.root,
            root: founded.root,
            recovery: founded.recovery.clone(),
            sealed_root: founded.sealed_root.to_vec(),
            stamp_keys: vec![(1, founded.stamp_key)],
            admission_signatures: founded.admission_signatures.clamp(1, 2),
            people: [(founded.officer, vec![(1, founded.roles | role::OFFICER)])].into(),
            devices: [(founded.device.device, device)].into(),
            invitations: BTreeMap::new(),
            recoveries: Vec::new(),
            space: Space::open(None, &[], founded.key),
            heads: Vec::new(),
        })
    }

    /// The newest head.
    pub fn head(&self) -> Head {
        Head { seq: self.heads.len() as u64, hash: self.heads.last().copied().unwrap_or(Hash::NONE) }
    }

    /// Whether a head is one of this register's own.
    pub fn knows(&self, head: Head) -> bool {
        match head.seq {
            0 => head.hash == Hash::NONE,
            seq => self.heads.get(seq as usize - 1) == Some(&head.hash),
        }
    }

    /// Records the stamp of the entry that was just applied.
    pub fn extend(&mut self, stamp_hash: Hash) {
        self.heads.push(stamp_hash);
    }

    /// A person's roles at a head.
    pub fn roles_at(&self, person: PersonId, seq: u64) -> u16 {
        let history = self.people.get(&person).map_or(&[][..], Vec::as_slice);
        history.iter().rev().find(|(since, _)| *since <= seq).map_or(0, |(_, roles)| *roles)
    }

    /// A person's roles now.
    pub fn roles(&self, person: PersonId) -> u16 {
        self.roles_at(person, u64::MAX)
    }

    /// A person's admitted devices.
    pub fn devices_of(&self, person: PersonId) -> impl Iterator<Item = &Device> {
        self.devices.values().filter(move |d| d.person == person && d.state() == DeviceState::Admitted)
    }

    /// Whether the root named a key for stamping in a term: from its own until the next key's begins.
    pub fn may_stamp(&self, key: Hash, term: u32) -> bool {
        self.stamp_keys.iter().rev().find(|(from, _)| *from <= term).is_some_and(|(_, named)| *named == key)
    }

    /// The term from which a key stamps, if the root named it.
    pub fn term_of(&self, key: Hash) -> Option<u32> {
        self.stamp_keys.iter().find(|(_, named)| *named == key).map(|(from, _)| *from)
    }

    /// Whether an author may make a control entry, judged at the newest head.
    pub fn check(
        &self,
        control: &ControlV1,
        signed: &Signed,
        person: Option<PersonId>,
        at_ms: u64,
    ) -> Result<(), RegisterRefusal> {
        let mut tried = self.clone();
        tried.apply(control, signed, person, at_ms)
    }

    /// Applies a control entry at the next sequence number; a refused one changes nothing.
    pub fn apply(
        &mut self,
        control: &ControlV1,
        signed: &Signed,
        person: Option<PersonId>,
        at_ms: u64,
    ) -> Result<(), RegisterRefusal> {
        let seq = self.heads.len() as u64 + 1;
        match control {
            ControlV1::DeviceRequested(request) => self.requested(request, signed, at_ms),
            ControlV1::RecoveryUsed(recovery) => self.recovered(recovery, signed, seq),
            _ => self.acted(control, person.ok_or(RegisterRefusal::NotAllowed)?, seq, at_ms),
        }
    }

    fn acted(&mut self, control: &ControlV1, person: PersonId, seq: u64, at_ms: u64) -> Result<(), RegisterRefusal> {
        let roles = self.roles(person);
        let is_official = roles & (role::OFFICER | role::SECRETARY) != 0;
        match control {
            ControlV1::Invited { invitation, person, expires_ms } => {
                require(is_official)?;
                if *expires_ms > at_ms + limits::INVITATION_MS_MAX || self.invitations.contains_key(invitation) {
                    return Err(RegisterRefusal::Expired);
                }
                let invited = Invitation { person: *person, expires_ms: *expires_ms, is_used: false };
                self.invitations.insert(*invitation, invited);
                Ok(())
            }
            ControlV1::RolesSet { person, roles } => {
                require(is_official)?;
                if (self.roles(*person) ^ roles) & role::OFFICER != 0 {
                    return Err(RegisterRefusal::OfficerFromRoot);
                }
                self.people.entry(*person).or_default().push((seq, *roles));
                Ok(())
            }
            ControlV1::DeviceAdmitted { device, request } => self.vouched(*device, *request, person, is_official, seq),
            ControlV1::DeviceRevoked { device } => {
                let found = self.devices.get_mut(device).ok_or(RegisterRefusal::NoSuchDevice)?;
                require(is_official || found.person == person)?;
                if found.revoked_seq.is_some() {
                    return Err(RegisterRefusal::NoSuchDevice);
                }
                found.revoked_seq = Some(seq);
                Ok(())
            }
            ControlV1::StampKeyNamed { key, term, signature } => {
                ControlV1::check_stamp_key(self.org, *key, *term, signature, self.root)
                    .map_err(|_| RegisterRefusal::RootSignature)?;
                if self.term_of(*key).is_some() || self.stamp_keys.iter().any(|(from, _)| from >= term) {
                    return Err(RegisterRefusal::BadKey);
                }
                self.stamp_keys.push((*term, *key));
                Ok(())
            }
            ControlV1::Granted { .. } | ControlV1::KeyRotated { .. } => {
                self.space.apply(control, person, roles).map_err(|e| match e {
                    SpaceRefusal::NotAllowed => RegisterRefusal::NotAllowed,
                    _ => RegisterRefusal::Misplaced,
                })
            }
            _ => Err(RegisterRefusal::Misplaced),
        }
    }

    fn requested(&mut self, request: &DeviceRequestV1, signed: &Signed, at_ms: u64) -> Result<(), RegisterRefusal> {
        let keys = &request.device;
        if self.devices.contains_key(&keys.device) {
            return Err(RegisterRefusal::DeviceKnown);
        }
        check_device_keys(keys)?;
        let is_own = signed.header.device == keys.device && signed.verify(&VerifyingKey(keys.signing.0)).is_ok();
        require(is_own && request.org == self.org)?;
        let invitation = self.invitations.get_mut(&request.invitation).ok_or(RegisterRefusal::InvitationNotOpen)?;
        if invitation.person != request.person || invitation.is_used {
            return Err(RegisterRefusal::InvitationNotOpen);
        }
        if at_ms > invitation.expires_ms || at_ms > request.expires_ms || request.expires_ms > invitation.expires_ms {
            return Err(RegisterRefusal::Expired);
        }
        let device = Device {
            person: request.person,
            keys: keys.clone(),
            request: signed.hash(),
            requested_at_ms: at_ms,
            vouchers: BTreeSet::new(),
            admitted_seq: None,
            revoked_seq: None,
        };
        self.devices.insert(keys.device, device);
        Ok(())
    }

    /// A device for a voting seat counts when two have signed: an official, and the person on an earlier device or a second
    /// official. Any other device, and any in an organisation of one official, counts with one official.
    fn vouched(
        &mut self,
        device: DeviceId,
        request: Hash,
        voucher: PersonId,
        is_official: bool,
        seq: u64,
    ) -> Result<(), RegisterRefusal> {
        let person = self.devices.get(&device).ok_or(RegisterRefusal::NoSuchDevice)?.person;
        require(is_official || voucher == person)?;
        let has_vote = self.roles(person) & role::MEMBER != 0;
        let needed = if has_vote { usize::from(self.admission_signatures) } else { 1 };
        let officials: BTreeSet<PersonId> =
            (self.people.keys().copied()).filter(|p| self.roles(*p) & (role::OFFICER | role::SECRETARY) != 0).collect();
        let found = self.devices.get_mut(&device).ok_or(RegisterRefusal::NoSuchDevice)?;
        if found.state() != DeviceState::Requested {
            return Err(RegisterRefusal::NoSuchDevice);
        }
        if found.request != request {
            return Err(RegisterRefusal::OtherRequest);
        }
        if !found.vouchers.insert(voucher) {
            return Err(RegisterRefusal::VouchedAlready);
        }
        if found.vouchers.len() >= needed && found.vouchers.iter().any(|v| officials.contains(v)) {
            found.admitted_seq = Some(seq);
        }
        Ok(())
    }

    fn recovered(&mut self, recovery: &RecoveryV1, signed: &Signed, seq: u64) -> Result<(), RegisterRefusal> {
        recovery.verify(self.org, self.root).map_err(|_| RegisterRefusal::RootSignature)?;
        check_device_keys(&recovery.device)?;
        let keys = &recovery.device;
        let is_own = signed.header.device == keys.device && signed.verify(&VerifyingKey(keys.signing.0)).is_ok();
        require(is_own && !self.devices.contains_key(&keys.device))?;
        Recipient::parse(&recovery.recovery).map_err(|_| RegisterRefusal::BadKey)?;
        let device = Device {
            person: recovery.person,
            keys: keys.clone(),
            request: signed.hash(),
            requested_at_ms: 0,
            vouchers: BTreeSet::new(),
            admitted_seq: Some(seq),
            revoked_seq: None,
        };
        self.devices.insert(keys.device, device);
        let roles = self.roles(recovery.person) | role::OFFICER | role::SECRETARY;
        self.people.entry(recovery.person).or_default().push((seq, roles));
        self.root = recovery.root;
        self.recovery = recovery.recovery.clone();
        self.sealed_root = recovery.sealed_root.to_vec();
        self.recoveries.push((seq, recovery.person));
        Ok(())
    }

    /// The stamp that the hub would give the register's next entry, less its signature.
    pub fn next_stamp(&self, entry: Hash, space: crate::SpaceId, at_ms: u64, key: Hash, term: u32) -> StampV1 {
        let head = self.head();
        StampV1 {
            version: StampV1::VERSION,
            org: self.org,
            space,
            seq: head.seq + 1,
            at_ms,
            previous: head.hash,
            entry,
            key,
            term,
            register: head,
        }
    }
}

fn require(is_allowed: bool) -> Result<(), RegisterRefusal> {
    if is_allowed { Ok(()) } else { Err(RegisterRefusal::NotAllowed) }
}

fn check_device_keys(keys: &DeviceKeysV1) -> Result<(), RegisterRefusal> {
    Recipient::parse(&keys.receiving).map(|_| ()).map_err(|_| RegisterRefusal::BadKey)
}

//! The organisation's register, folded: root, stamp keys, people's roles, devices. Chained to the root, so that neither the hub
//! nor anybody between can slip in a key.

use crate::admit::{Author, role};
use crate::space::Key;
use crate::{
    ControlV1, DeviceId, DeviceKeysV1, DeviceRequestV1, FoundedV1, Hash, Head, InvitationId, KeyId, LedgerError, OrgId,
    PersonId, PublicKeyV1, RecoveryV1, Signed, Space, SpaceId, SpaceRefusal, limits,
};
use cabinet_fault::{Fault, is_off};
use std::collections::{BTreeMap, BTreeSet};

/// Roles that decide or prepare decisions: whoever holds one of them acts on a laptop that two have signed.
const SEATS: u16 = role::CHAIR | role::MEMBER | role::SECRETARY | role::TELLER | role::OFFICER;
const OFFICIALS: u16 = role::OFFICER | role::SECRETARY;

/// Why a control entry changes nothing in the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum RegisterRefusal {
    #[error("the author may not do this")]
    NotAllowed,
    #[error("the invitation is not open, or was asked for too often")]
    InvitationNotOpen,
    #[error("the request has lapsed, or claims more time than an invitation has")]
    Expired,
    #[error("a device of this id is known already")]
    DeviceKnown,
    #[error("no such device, or not in a state that allows it")]
    NoSuchDevice,
    #[error("it vouches for another request")]
    OtherRequest,
    #[error("the same person vouched or confirmed already")]
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
    /// By which invitation it asked; none for those that founded or recovered.
    pub invitation: Option<InvitationId>,
    /// When it asked, by the hub's time.
    pub requested_at_ms: u64,
    /// Persons who vouched.
    pub vouchers: BTreeSet<PersonId>,
    /// Since when it may act.
    pub admitted_seq: Option<u64>,
    /// Since when it may not.
    pub revoked_seq: Option<u64>,
    /// Seats that it may act in, and since when.
    cleared: Vec<(u64, u16)>,
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

    fn cleared_at(&self, seq: u64) -> u16 {
        let cleared = self.cleared.iter().rev().find(|(since, _)| *since <= seq);
        cleared.map_or(0, |(_, seats)| *seats) | !SEATS
    }
}

/// An invitation of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// For whom.
    pub person: PersonId,
    /// Who invited: their word is needed.
    pub by: PersonId,
    /// Until when.
    pub expires_ms: u64,
    /// The public half of the code's key.
    pub key: PublicKeyV1,
    /// How many devices have asked by it.
    pub requests: u32,
    /// Whether one of them was admitted.
    pub is_used: bool,
}

/// Roles that wait for a second official.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProposedRoles {
    /// Whose.
    pub person: PersonId,
    /// Which.
    pub roles: u16,
    /// Who proposes.
    pub by: PersonId,
}

/// The folded register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// The organisation.
    pub org: OrgId,
    /// The first root, whose fingerprint people compare.
    pub founding_root: Hash,
    /// The root in force.
    pub root: PublicKeyV1,
    /// The recovery key's public half.
    pub recovery: PublicKeyV1,
    /// The root, sealed to it.
    pub sealed_root: Vec<u8>,
    /// Keys that may stamp, each from a term on; terms grow.
    pub stamp_keys: Vec<(u32, Hash)>,
    /// Whether two must sign: since two officials first held admitted laptops at once.
    pub needs_two: bool,
    /// Roles by person, with the sequence number since which they hold.
    pub people: BTreeMap<PersonId, Vec<(u64, u16)>>,
    /// Changes of roles that wait for a second official, by the hash of their entry.
    pub proposed: BTreeMap<Hash, ProposedRoles>,
    /// All devices ever requested.
    pub devices: BTreeMap<DeviceId, Device>,
    /// All invitations.
    pub invitations: BTreeMap<InvitationId, Invitation>,
    /// Uses of the recovery key, by sequence number.
    pub recoveries: Vec<(u64, PersonId)>,
    /// Officials who stand behind a sealed entry besides its author, by its hash.
    pub confirmed: BTreeMap<Hash, BTreeSet<PersonId>>,
    /// Branches that the root named where a space was forked.
    pub branches: BTreeMap<SpaceId, Head>,
    /// The register's own key, its grants and its version.
    pub space: Space,
    heads: Vec<Hash>,
    times: Vec<u64>,
}

/// The register at one of its heads: who might act then, and in which roles.
#[derive(Clone, Copy)]
pub struct At<'a> {
    register: &'a Register,
    seq: u64,
}

impl At<'_> {
    /// The organisation.
    pub fn org(&self) -> OrgId {
        self.register.org
    }

    /// Whose a device was, if it might act, with the roles in which it might.
    pub fn author(&self, device: DeviceId) -> Option<(PersonId, u16)> {
        let found = self.register.devices.get(&device).filter(|d| d.is_admitted_at(self.seq))?;
        Some((found.person, self.register.roles_at(found.person, self.seq) & found.cleared_at(self.seq)))
    }

    /// The head since which the recovery key is the one that it was; 0 for the founding one.
    pub fn recovery_since(&self) -> u64 {
        self.register.recoveries.iter().map(|(seq, _)| *seq).filter(|seq| *seq <= self.seq).max().unwrap_or(0)
    }

    /// The head.
    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether a person had a device that might act.
    pub fn has_device(&self, person: PersonId) -> bool {
        self.register.devices.values().any(|d| d.person == person && d.is_admitted_at(self.seq))
    }
}

impl Register {
    /// Begins with a founding entry.
    pub fn found(founded: &FoundedV1, signed: &Signed) -> Result<Self, LedgerError> {
        founded.verify()?;
        let org = founded.org();
        let has_keys = check_device_keys(&founded.device).is_ok()
            && founded.recovery.recipient().is_ok()
            && founded.public.recipient().is_ok();
        if signed.header.org != org || signed.header.device() != Some(founded.device.device) || !has_keys {
            return Err(LedgerError::NotFounded);
        }
        if founded.version != crate::SPACE_VERSION {
            return Err(LedgerError::NeedsNewerApp);
        }
        signed.verify(&founded.device.signing.verifying()?)?;
        let device = Device {
            person: founded.officer,
            keys: founded.device.clone(),
            request: signed.hash(),
            invitation: None,
            requested_at_ms: 0,
            vouchers: BTreeSet::new(),
            admitted_seq: Some(1),
            revoked_seq: None,
            cleared: vec![(1, SEATS)],
        };
        let key = Key { id: founded.key, by: signed.header.id, public: founded.public.clone() };
        Ok(Register {
            org,
            founding_root: Hash(founded.root.verifying()?.0),
            root: founded.root.clone(),
            recovery: founded.recovery.clone(),
            sealed_root: founded.sealed_root.to_vec(),
            stamp_keys: vec![(1, founded.stamp_key)],
            needs_two: false,
            people: [(founded.officer, vec![(1, founded.roles | role::OFFICER)])].into(),
            proposed: BTreeMap::new(),
            devices: [(founded.device.device, device)].into(),
            invitations: BTreeMap::new(),
            recoveries: Vec::new(),
            confirmed: BTreeMap::new(),
            branches: BTreeMap::new(),
            space: Space::open(None, founded.version, &[], key),
            heads: Vec::new(),
            times: Vec::new(),
        })
    }

    /// The register as it stands.
    pub fn now(&self) -> At<'_> {
        At { register: self, seq: u64::MAX }
    }

    /// The register as it stood at a head.
    pub fn at(&self, seq: u64) -> At<'_> {
        At { register: self, seq }
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

    /// The time of a head's stamp; none for a head that is not here.
    pub fn time_of(&self, seq: u64) -> Option<u64> {
        self.times.get((seq as usize).checked_sub(1)?).copied()
    }

    /// Records the stamp of the entry that was just applied.
    pub(crate) fn extend(&mut self, stamp_hash: Hash, at_ms: u64) {
        self.heads.push(stamp_hash);
        self.times.push(at_ms);
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

    /// The roles in which a device may act now; none if it may not.
    pub fn device_roles(&self, device: DeviceId) -> u16 {
        self.now().author(device).map_or(0, |(_, roles)| roles)
    }

    /// A person's admitted devices.
    pub fn devices_of(&self, person: PersonId) -> impl Iterator<Item = &Device> {
        self.devices.values().filter(move |d| d.person == person && d.state() == DeviceState::Admitted)
    }

    /// Whether an admitted device waits for a second signature for a seat of its person.
    pub fn waits_for_second(&self, device: DeviceId) -> bool {
        self.devices.get(&device).is_some_and(|d| {
            d.state() == DeviceState::Admitted && self.roles(d.person) & SEATS & !d.cleared_at(u64::MAX) != 0
        })
    }

    /// How many must sign for a person's laptop before it may act in all of their roles.
    pub fn needed_vouchers(&self, person: PersonId) -> u32 {
        if self.needs_two && self.roles(person) & SEATS != 0 { 2 } else { 1 }
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
        author: Author,
        at_ms: u64,
    ) -> Result<(), RegisterRefusal> {
        let mut tried = self.clone();
        tried.apply(control, signed, author, at_ms)
    }

    /// Applies a control entry at the next sequence number; a refused one changes nothing.
    pub fn apply(
        &mut self,
        control: &ControlV1,
        signed: &Signed,
        author: Author,
        at_ms: u64,
    ) -> Result<(), RegisterRefusal> {
        let seq = self.heads.len() as u64 + 1;
        match control {
            ControlV1::DeviceRequested(request) => self.requested(request, signed, at_ms)?,
            ControlV1::RecoveryUsed(recovery) => self.recovered(recovery, signed, seq)?,
            _ => self.acted(control, signed, author, seq, at_ms)?,
        }
        // Two officials at once, from here on for ever.
        let holds = |p: &PersonId| self.roles(*p) & OFFICIALS != 0 && self.devices_of(*p).next().is_some();
        self.needs_two |= self.people.keys().filter(|p| holds(p)).count() >= 2 && !is_off(Fault::Vouchers);
        Ok(())
    }

    fn acted(
        &mut self,
        control: &ControlV1,
        signed: &Signed,
        author: Author,
        seq: u64,
        at_ms: u64,
    ) -> Result<(), RegisterRefusal> {
        let person = author.person.ok_or(RegisterRefusal::NotAllowed)?;
        let is_official = author.roles & OFFICIALS != 0;
        if !is_off(Fault::RootOfficers) {
            control.check_root(self.org, &self.root).map_err(|_| RegisterRefusal::RootSignature)?;
        }
        match control {
            ControlV1::Invited { invitation, person: whom, expires_ms, key } => {
                require(is_official)?;
                if *expires_ms > at_ms + limits::INVITATION_MS_MAX || self.invitations.contains_key(invitation) {
                    return Err(RegisterRefusal::Expired);
                }
                key.verifying().map_err(|_| RegisterRefusal::BadKey)?;
                let invited = Invitation {
                    person: *whom,
                    by: person,
                    expires_ms: *expires_ms,
                    key: key.clone(),
                    requests: 0,
                    is_used: false,
                };
                self.invitations.insert(*invitation, invited);
                Ok(())
            }
            ControlV1::RolesSet { person: whom, roles } => {
                require(is_official)?;
                self.roles_set(signed.hash(), ProposedRoles { person: *whom, roles: *roles, by: person }, seq)
            }
            ControlV1::Confirmed { entry } => {
                require(is_official)?;
                self.confirm(*entry, person, seq)
            }
            ControlV1::OfficerNamed { person: whom, is_officer, .. } => {
                let roles = self.roles(*whom) & !role::OFFICER | if *is_officer { role::OFFICER } else { 0 };
                self.take_roles(*whom, roles, seq);
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
            ControlV1::StampKeyNamed { space, key, term, authority, .. } => {
                let is_plain = space.is_none() && *authority == 1;
                let is_older = self.stamp_keys.iter().any(|(from, _)| from >= term);
                if !is_plain || is_older || self.term_of(*key).is_some() {
                    return Err(RegisterRefusal::BadKey);
                }
                self.stamp_keys.push((*term, *key));
                Ok(())
            }
            ControlV1::BranchNamed { space, head, .. } => {
                self.branches.insert(*space, *head);
                Ok(())
            }
            ControlV1::VersionRaised { version } => {
                require(is_official && *version > self.space.version)?;
                self.proposed_version(signed.hash(), *version, person)
            }
            ControlV1::Granted { .. } | ControlV1::KeyRotated { .. } => {
                let mut space = self.space.clone();
                let applied = space.apply(control, signed.header.id, author, self.now());
                applied.map_err(|e| match e {
                    SpaceRefusal::NotAllowed => RegisterRefusal::NotAllowed,
                    _ => RegisterRefusal::Misplaced,
                })?;
                self.space = space;
                Ok(())
            }
            _ => Err(RegisterRefusal::Misplaced),
        }
    }

    /// A change that touches a seat, before or after, takes a second official once there are two.
    fn roles_set(&mut self, entry: Hash, proposed: ProposedRoles, seq: u64) -> Result<(), RegisterRefusal> {
        let before = self.roles(proposed.person);
        if (before ^ proposed.roles) & role::OFFICER != 0 {
            return Err(RegisterRefusal::OfficerFromRoot);
        }
        if self.needs_two && (before | proposed.roles) & SEATS != 0 {
            self.proposed.insert(entry, proposed);
        } else {
            self.take_roles(proposed.person, proposed.roles, seq);
        }
        Ok(())
    }

    fn take_roles(&mut self, person: PersonId, roles: u16, seq: u64) {
        self.people.entry(person).or_default().push((seq, roles));
        // As long as one signature is enough, it is enough for new seats, too.
        let is_enough = !self.needs_two;
        let own = self.devices.values_mut().filter(|d| d.person == person && d.state() == DeviceState::Admitted);
        for device in own.filter(|_| is_enough) {
            let seats = device.cleared_at(u64::MAX) & SEATS | roles & SEATS;
            device.cleared.push((seq, seats));
        }
    }

    fn confirm(&mut self, entry: Hash, person: PersonId, seq: u64) -> Result<(), RegisterRefusal> {
        if let Some(proposed) = self.proposed.get(&entry).copied() {
            if proposed.by == person {
                return Err(RegisterRefusal::VouchedAlready);
            }
            self.proposed.remove(&entry);
            // Officers are the root's; what was proposed before the root spoke does not undo it.
            let officer = self.roles(proposed.person) & role::OFFICER;
            self.take_roles(proposed.person, proposed.roles & !role::OFFICER | officer, seq);
            return Ok(());
        }
        if !self.confirmed.entry(entry).or_default().insert(person) {
            return Err(RegisterRefusal::VouchedAlready);
        }
        Ok(())
    }

    /// Two officials raise the register's version: each says so in an entry of their own.
    fn proposed_version(&mut self, _: Hash, version: u16, person: PersonId) -> Result<(), RegisterRefusal> {
        let name = Hash(cabinet_seal::hash("ecabinet 2026-11 raised version v1", &version.to_be_bytes()));
        let behind = self.confirmed.entry(name).or_default();
        if !behind.insert(person) {
            return Err(RegisterRefusal::VouchedAlready);
        }
        if behind.len() >= 2 || !self.needs_two {
            self.space.version = version;
        }
        Ok(())
    }

    fn requested(&mut self, request: &DeviceRequestV1, signed: &Signed, at_ms: u64) -> Result<(), RegisterRefusal> {
        let keys = &request.device;
        if self.devices.contains_key(&keys.device) {
            return Err(RegisterRefusal::DeviceKnown);
        }
        let signing = check_device_keys(keys)?;
        let is_own = signed.header.device() == Some(keys.device) && signed.verify(&signing).is_ok();
        require(is_own && request.org == self.org)?;
        let invitation = self.invitations.get_mut(&request.invitation).ok_or(RegisterRefusal::InvitationNotOpen)?;
        if !is_off(Fault::CodeKey) {
            request.verify(&invitation.key).map_err(|_| RegisterRefusal::NotAllowed)?;
        }
        let is_open = !invitation.is_used && invitation.requests < limits::REQUESTS_PER_INVITATION_MAX;
        if invitation.person != request.person || !is_open {
            return Err(RegisterRefusal::InvitationNotOpen);
        }
        if at_ms > invitation.expires_ms || at_ms > request.expires_ms || request.expires_ms > invitation.expires_ms {
            return Err(RegisterRefusal::Expired);
        }
        invitation.requests += 1;
        let device = Device {
            person: request.person,
            keys: keys.clone(),
            request: signed.hash(),
            invitation: Some(request.invitation),
            requested_at_ms: at_ms,
            vouchers: BTreeSet::new(),
            admitted_seq: None,
            revoked_seq: None,
            cleared: Vec::new(),
        };
        self.devices.insert(keys.device, device);
        Ok(())
    }

    /// A device counts with its inviter's word. For a seat a second is needed, once there have been two officials: of the person on an earlier
    /// device, or of another official. One that was admitted by one alone gains no new seat until a second signs.
    fn vouched(
        &mut self,
        device: DeviceId,
        request: Hash,
        voucher: PersonId,
        is_official: bool,
        seq: u64,
    ) -> Result<(), RegisterRefusal> {
        let found = self.devices.get(&device).ok_or(RegisterRefusal::NoSuchDevice)?;
        let (person, roles, state) = (found.person, self.roles(found.person), found.state());
        require(is_official || voucher == person)?;
        if found.request != request {
            return Err(RegisterRefusal::OtherRequest);
        }
        let invitation = found.invitation.and_then(|i| self.invitations.get(&i));
        let Some(inviter) = invitation.map(|i| i.by) else { return Err(RegisterRefusal::NoSuchDevice) };
        let is_spent = state == DeviceState::Requested && invitation.is_some_and(|i| i.is_used);
        if state == DeviceState::Revoked || is_spent {
            return Err(RegisterRefusal::NoSuchDevice);
        }
        let mut vouchers = found.vouchers.clone();
        if !vouchers.insert(voucher) {
            return Err(RegisterRefusal::VouchedAlready);
        }
        let is_second = |v: &PersonId| *v != inviter && (*v == person || self.roles(*v) & OFFICIALS != 0);
        let (has_inviter, has_second) = (vouchers.contains(&inviter), vouchers.iter().any(is_second));
        let needs_second = self.needs_two && roles & SEATS != 0;
        let invitation = found.invitation;
        let found = self.devices.get_mut(&device).ok_or(RegisterRefusal::NoSuchDevice)?;
        found.vouchers = vouchers;
        let is_whole = has_inviter && has_second;
        if is_whole {
            found.cleared.push((seq, SEATS));
        }
        if state == DeviceState::Requested && has_inviter && (has_second || !needs_second) {
            found.admitted_seq = Some(seq);
            if !is_whole {
                found.cleared.push((seq, roles & SEATS));
            }
            if let Some(used) = invitation.and_then(|i| self.invitations.get_mut(&i)) {
                used.is_used = true;
            }
        }
        Ok(())
    }

    fn recovered(&mut self, recovery: &RecoveryV1, signed: &Signed, seq: u64) -> Result<(), RegisterRefusal> {
        recovery.verify(self.org, &self.root).map_err(|_| RegisterRefusal::RootSignature)?;
        let signing = check_device_keys(&recovery.device)?;
        let keys = &recovery.device;
        let is_own = signed.header.device() == Some(keys.device) && signed.verify(&signing).is_ok();
        require(is_own && !self.devices.contains_key(&keys.device))?;
        recovery.recovery.recipient().map_err(|_| RegisterRefusal::BadKey)?;
        recovery.root.verifying().map_err(|_| RegisterRefusal::BadKey)?;
        let device = Device {
            person: recovery.person,
            keys: keys.clone(),
            request: signed.hash(),
            invitation: None,
            requested_at_ms: 0,
            vouchers: BTreeSet::new(),
            admitted_seq: Some(seq),
            revoked_seq: None,
            cleared: vec![(seq, SEATS)],
        };
        self.devices.insert(keys.device, device);
        let roles = self.roles(recovery.person) | OFFICIALS;
        self.people.entry(recovery.person).or_default().push((seq, roles));
        self.root = recovery.root.clone();
        self.recovery = recovery.recovery.clone();
        self.sealed_root = recovery.sealed_root.to_vec();
        self.recoveries.push((seq, recovery.person));
        // Who is left may be one alone: the root lets one sign again, until there are two.
        self.needs_two = false;
        Ok(())
    }

    /// Whether a key is one of the register's own, by its name.
    pub fn has_key(&self, key: KeyId) -> bool {
        self.space.origin(key).is_some()
    }
}

fn require(is_allowed: bool) -> Result<(), RegisterRefusal> {
    if is_allowed { Ok(()) } else { Err(RegisterRefusal::NotAllowed) }
}

fn check_device_keys(keys: &DeviceKeysV1) -> Result<cabinet_seal::VerifyingKey, RegisterRefusal> {
    keys.receiving.recipient().map_err(|_| RegisterRefusal::BadKey)?;
    keys.signing.verifying().map_err(|_| RegisterRefusal::BadKey)
}

//! The control state of a space: who is in it, its keys, audiences and pairs, and who was granted which. What counts in a space is decided
//! by this, clear headers, stamps and the pinned law, so that everybody sees the same.

use crate::admit::{Author, role};
use crate::kinds::{Legal, PairUse, Purpose, SPACE_VERSION, SpaceKind};
use crate::register::At;
use crate::{ControlV1, DeviceId, EntryId, GrantV1, GranteeV1, Hash, KeyId, PersonId, PublicKeyV1, SealingV1, legal};
use cabinet_fault::{Fault, is_off};
use std::collections::{BTreeMap, BTreeSet};

/// Why a control entry changes nothing in its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum SpaceRefusal {
    #[error("the author may not do this here")]
    NotAllowed,
    #[error("this control entry does not belong in this space")]
    Misplaced,
    #[error("the key that it replaces is not in force, or its own is known already")]
    KeyNotInForce,
    #[error("it hands a key to somebody who may not have it, or to nobody who may")]
    NotEntitled,
}

/// A key of everybody in a space, or of an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub id: KeyId,
    /// The entry that introduced it: its name is made of it.
    pub by: EntryId,
    /// Its public half.
    pub public: PublicKeyV1,
}

/// A narrower audience within a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// What it is for.
    pub purpose: Purpose,
    /// Its keys, oldest first; the last is in force.
    pub keys: Vec<Key>,
    /// Roles that are in it.
    pub roles: u16,
    /// People who are in it.
    pub members: BTreeSet<PersonId>,
}

impl Audience {
    /// Whether a person with these roles is in it.
    pub fn has(&self, person: PersonId, roles: u16) -> bool {
        roles & self.roles != 0 || self.members.contains(&person)
    }

    /// The key in force.
    pub fn key(&self) -> KeyId {
        self.keys.last().expect("an audience begins with a key").id
    }

    fn holds(&self, key: KeyId) -> bool {
        self.keys.iter().any(|k| k.id == key)
    }
}

/// A key pair of a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub id: KeyId,
    /// The entry that laid it by.
    pub by: EntryId,
    /// What it is for.
    pub purpose: PairUse,
    /// Its public half.
    pub public: PublicKeyV1,
    /// Who laid it by.
    pub author: PersonId,
    /// Whether that was a teller: the private half of any other was held by somebody who may not.
    pub is_tellers: bool,
    /// The audience that sees what is opened of it, by the key that opened that audience; none for everybody in the space.
    pub openings: Option<KeyId>,
}

/// Folded control entries of one space. The register has one too, for its own key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// What it is for; none for the register.
    pub kind: Option<SpaceKind>,
    /// Which kinds of entry it has. One that this program does not know stops the space.
    pub version: u16,
    /// Who is in it.
    pub members: BTreeSet<PersonId>,
    /// Keys of everybody in it, oldest first; the last is in force.
    pub keys: Vec<Key>,
    /// Narrower audiences, in the order in which they were opened.
    pub audiences: Vec<Audience>,
    /// Pairs, in the order in which they were laid by.
    pub pairs: Vec<Pair>,
    /// Who holds which key.
    pub grants: BTreeMap<KeyId, BTreeSet<GranteeV1>>,
    /// The register's head at which a key was last granted to the recovery key: a later recovery makes another one.
    pub recoverable: BTreeMap<KeyId, u64>,
    /// Who stands behind an entry besides its author.
    pub confirmed: BTreeMap<Hash, BTreeSet<PersonId>>,
}

impl Space {
    /// The control state that a founding entry begins.
    pub fn open(kind: Option<SpaceKind>, version: u16, members: &[PersonId], key: Key) -> Self {
        let members = members.iter().copied().collect();
        Space { kind, version, members, keys: vec![key], ..Space::default() }
    }

    /// The key in force of everybody in the space.
    pub fn key(&self) -> KeyId {
        self.keys.last().expect("a space begins with a key").id
    }

    /// Whether a person with these roles reads and writes here.
    pub fn has(&self, person: PersonId, roles: u16) -> bool {
        let is_staff = roles & role::STAFF != 0;
        match self.kind {
            Some(SpaceKind::Desk) => self.members.contains(&person),
            Some(SpaceKind::Form | SpaceKind::Session) => is_staff || self.members.contains(&person),
            None => true,
        }
    }

    /// The narrower audience that a key belongs to, in force or not.
    pub fn audience(&self, key: KeyId) -> Option<&Audience> {
        self.audiences.iter().find(|a| a.holds(key))
    }

    /// A pair by its name.
    pub fn pair(&self, id: KeyId) -> Option<&Pair> {
        self.pairs.iter().find(|p| p.id == id)
    }

    /// The entry that introduced a key, and what the key is of; none for one that is not of this space.
    pub fn origin(&self, key: KeyId) -> Option<(EntryId, crate::KeyKind)> {
        let of_audiences = self.audiences.iter().flat_map(|a| &a.keys).map(|k| (k, crate::KeyKind::Audience));
        let mut keys = self.keys.iter().map(|k| (k, crate::KeyKind::Space)).chain(of_audiences);
        let found = keys.find(|(k, _)| k.id == key).map(|(k, kind)| (k.by, kind));
        found.or_else(|| self.pair(key).map(|pair| (pair.by, crate::KeyKind::Pair)))
    }

    /// The newest of the keys of what a key belongs to for which something is so, by default the one in force.
    pub fn newest(&self, of: KeyId, is_so: impl Fn(KeyId) -> bool) -> Option<KeyId> {
        let keys = self.audience(of).map_or(&self.keys, |audience| &audience.keys);
        keys.iter().rev().map(|k| k.id).find(|id| is_so(*id))
    }

    /// Whether a person with these roles should hold a key of the space, in force or not; none for a key that is not of it.
    pub fn is_for(&self, key: KeyId, person: PersonId, roles: u16) -> Option<bool> {
        let in_space = self.has(person, roles);
        if let Some(pair) = self.pair(key) {
            return Some(match pair.purpose {
                PairUse::Own => in_space,
                PairUse::Answers | PairUse::Ballots => in_space && roles & role::TELLER != 0,
            });
        }
        match self.audience(key) {
            Some(audience) => Some(in_space && audience.has(person, roles)),
            None => self.keys.iter().any(|k| k.id == key).then_some(in_space),
        }
    }

    /// Whether a receiver may have a key, at a head of the register. The recovery key gets neither what is on desks nor what opens answers.
    pub fn is_entitled(&self, key: KeyId, to: GranteeV1, at: At<'_>) -> bool {
        match to {
            GranteeV1::Recovery => {
                self.kind != Some(SpaceKind::Desk) && self.origin(key).is_some() && self.pair(key).is_none()
            }
            GranteeV1::Device(device) => {
                let author = at.author(device);
                author.is_some_and(|(person, roles)| self.is_for(key, person, roles) == Some(true))
            }
        }
    }

    /// Whether a receiver was granted a key; to the recovery key, whether to the one of a head of the register.
    pub fn is_granted(&self, key: KeyId, to: GranteeV1, at: At<'_>) -> bool {
        match to {
            GranteeV1::Recovery => self.recoverable.get(&key).is_some_and(|seq| *seq >= at.recovery_since()),
            GranteeV1::Device(_) => self.grants.get(&key).is_some_and(|g| g.contains(&to)),
        }
    }

    /// Keys in force that somebody holds who may not any more, at a head of the register: they are due to be replaced.
    pub fn due(&self, at: At<'_>) -> Vec<KeyId> {
        let in_force = std::iter::once(self.key()).chain(self.audiences.iter().map(Audience::key));
        let is_due = |key: &KeyId| {
            let mut holders = self.grants.get(key).into_iter().flatten();
            holders.any(|to| *to != GranteeV1::Recovery && !self.is_entitled(*key, *to, at))
        };
        in_force.filter(is_due).collect()
    }

    /// The keys under which a kind of entry is legal here; none for a kind that is not in this space at all.
    pub fn legal(&self, kind: u16) -> Option<Legal> {
        legal(self.kind, self.version, kind)
    }

    /// Whether a sealed entry stands under a key that is legal for its kind. Whoever wrote it and whoever holds the key: under any other it is
    /// void.
    pub fn is_legal(&self, kind: u16, sealing: SealingV1) -> bool {
        let Some(legal) = self.legal(kind) else { return is_off(Fault::KnownKinds) };
        if is_off(Fault::LegalKeys) {
            return true;
        }
        let of_space = |key: KeyId| self.keys.iter().any(|k| k.id == key);
        let of = |key: KeyId, purposes: &[Purpose]| self.audience(key).is_some_and(|a| purposes.contains(&a.purpose));
        match (legal, sealing) {
            (Legal::Pair(purpose), SealingV1::Pair(key)) => self.pair(key).is_some_and(|p| p.purpose == purpose),
            (Legal::Space, SealingV1::Key(key)) => of_space(key),
            (Legal::Agenda, SealingV1::Key(key)) => of_space(key) || of(key, &[Purpose::Drafts, Purpose::Items]),
            (Legal::Item, SealingV1::Key(key)) => of_space(key) || of(key, &[Purpose::Items]),
            (Legal::Openings | Legal::OpeningsToo, SealingV1::Key(key)) => {
                of_space(key) || of(key, &[Purpose::Openings])
            }
            (Legal::OpeningsToo, SealingV1::Outside(key)) => of(key, &[Purpose::Openings]),
            _ => false,
        }
    }

    fn is_in_force(&self, key: KeyId) -> bool {
        self.key() == key || self.audiences.iter().any(|a| a.key() == key)
    }

    fn may_be_granted(&self, grants: &[GrantV1], at: At<'_>) -> bool {
        is_off(Fault::Entitlement)
            || grants.iter().all(|g| g.share == 0 && g.suite == 2 && self.is_entitled(g.key, g.to, at))
    }

    /// Whether an author may make a control entry here, at a head of the register.
    pub fn check(&self, control: &ControlV1, id: EntryId, author: Author, at: At<'_>) -> Result<(), SpaceRefusal> {
        let mut tried = self.clone();
        tried.apply(control, id, author, at)
    }

    fn may(&self, control: &ControlV1, author: Author) -> bool {
        let Some(person) = author.person else { return false };
        let (is_secretary, is_staff) = (author.roles & role::SECRETARY != 0, author.roles & role::STAFF != 0);
        match (self.kind, control) {
            (Some(SpaceKind::Desk), _) => self.members.contains(&person),
            (None, _) => author.roles & (role::SECRETARY | role::OFFICER) != 0,
            // Whoever leads opens votes, and who leads is for the fold to say: so anybody may lay a pair by, for tellers.
            (_, ControlV1::PairOpened { .. } | ControlV1::Confirmed { .. }) => true,
            (_, ControlV1::Granted { .. } | ControlV1::KeyRotated { .. }) => is_staff,
            _ => is_secretary,
        }
    }

    /// Applies a control entry; a refused one changes nothing.
    pub fn apply(&mut self, control: &ControlV1, id: EntryId, author: Author, at: At<'_>) -> Result<(), SpaceRefusal> {
        if !self.may(control, author) {
            return Err(SpaceRefusal::NotAllowed);
        }
        let is_shared = matches!(self.kind, Some(SpaceKind::Form | SpaceKind::Session));
        // What a new key's grants may be depends on the state that it makes: it is made first, and taken only whole.
        let mut next = self.clone();
        match control {
            ControlV1::MembersAdded { members } if is_shared => next.members.extend(members),
            ControlV1::MembersRemoved { members } if self.kind == Some(SpaceKind::Session) => {
                next.members.retain(|m| !members.contains(m));
            }
            ControlV1::AudienceOpened { purpose, key, public, roles, members, .. } if is_shared => {
                let purpose = Purpose::of(*purpose).filter(|p| self.has_purpose(*p)).ok_or(SpaceRefusal::Misplaced)?;
                next.expect_new(*key, public)?;
                let keys = vec![Key { id: *key, by: id, public: public.clone() }];
                let members = members.iter().copied().collect();
                next.audiences.push(Audience { purpose, keys, roles: *roles, members });
            }
            ControlV1::PairOpened { pair, public, .. } => {
                next.expect_new(*pair, public)?;
                if KeyId::of(crate::KeyKind::Pair, at.org(), id, public.bytes()) != *pair {
                    return Err(SpaceRefusal::KeyNotInForce);
                }
                next.pairs.push(self.pair_of(control, id, author).ok_or(SpaceRefusal::Misplaced)?);
            }
            ControlV1::Granted { .. } => {}
            ControlV1::KeyRotated { from, to, public, .. } if self.is_in_force(*from) => {
                next.expect_new(*to, public)?;
                let key = Key { id: *to, by: id, public: public.clone() };
                match next.audiences.iter_mut().find(|a| a.key() == *from) {
                    Some(audience) => audience.keys.push(key),
                    None => next.keys.push(key),
                }
                next.expect_reach(*to, control.grants())?;
            }
            ControlV1::KeyRotated { .. } => return Err(SpaceRefusal::KeyNotInForce),
            ControlV1::Confirmed { entry } if is_shared => {
                next.confirmed.entry(*entry).or_default().extend(author.person);
            }
            ControlV1::VersionRaised { version } if is_shared && *version > self.version => next.version = *version,
            _ => return Err(SpaceRefusal::Misplaced),
        }
        if !next.may_be_granted(control.grants(), at) {
            return Err(SpaceRefusal::NotEntitled);
        }
        for grant in control.grants() {
            next.grants.entry(grant.key).or_default().insert(grant.to);
            if grant.to == GranteeV1::Recovery {
                next.recoverable.insert(grant.key, at.seq());
            }
        }
        *self = next;
        Ok(())
    }

    fn has_purpose(&self, purpose: Purpose) -> bool {
        match self.kind {
            Some(SpaceKind::Session) => matches!(purpose, Purpose::Drafts | Purpose::Items),
            Some(SpaceKind::Form) => purpose == Purpose::Openings,
            _ => false,
        }
    }

    fn expect_new(&self, key: KeyId, public: &PublicKeyV1) -> Result<(), SpaceRefusal> {
        let is_new = self.origin(key).is_none() && public.recipient().is_ok();
        if is_new { Ok(()) } else { Err(SpaceRefusal::KeyNotInForce) }
    }

    /// A rotation reaches somebody who may have the key, and the recovery key where that may.
    fn expect_reach(&self, key: KeyId, grants: &[GrantV1]) -> Result<(), SpaceRefusal> {
        let has = |is_so: &dyn Fn(&GranteeV1) -> bool| grants.iter().any(|g| g.key == key && is_so(&g.to));
        let needs_recovery = self.kind != Some(SpaceKind::Desk);
        let reaches = has(&|to| matches!(to, GranteeV1::Device(_)));
        let is_whole = reaches && (!needs_recovery || has(&|to| *to == GranteeV1::Recovery));
        if is_whole || is_off(Fault::Reach) { Ok(()) } else { Err(SpaceRefusal::NotEntitled) }
    }

    fn pair_of(&self, control: &ControlV1, id: EntryId, author: Author) -> Option<Pair> {
        let ControlV1::PairOpened { pair, purpose, scheme, public, issuer, threshold, openings, .. } = control else {
            return None;
        };
        let purpose = PairUse::of(*purpose)?;
        let belongs = matches!(
            (self.kind, purpose),
            (Some(SpaceKind::Form), PairUse::Answers)
                | (Some(SpaceKind::Session), PairUse::Ballots)
                | (Some(SpaceKind::Desk), PairUse::Own)
        );
        let is_seen = openings.is_none_or(|key| self.audience(key).is_some_and(|a| a.purpose == Purpose::Openings));
        // Tokens and shares are not made yet.
        let is_plain = *scheme == 1 && issuer.is_none() && *threshold == 1;
        (belongs && is_seen && is_plain).then_some(Pair {
            id: *pair,
            by: id,
            purpose,
            public: public.clone(),
            author: author.person?,
            is_tellers: author.roles & role::TELLER != 0 || is_off(Fault::TellersPairs),
            openings: *openings,
        })
    }

    /// Devices that were granted a key.
    pub fn holders(&self, key: KeyId) -> impl Iterator<Item = DeviceId> + '_ {
        let holders = self.grants.get(&key).into_iter().flatten();
        holders.filter_map(|to| if let GranteeV1::Device(device) = to { Some(*device) } else { None })
    }

    /// Whether this program knows all kinds of entry that may be here.
    pub fn is_known(&self) -> bool {
        self.version == SPACE_VERSION
    }
}

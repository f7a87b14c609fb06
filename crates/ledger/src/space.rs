//! The control state of a space: who is in it, its audiences with their keys, and who was granted which key.

use crate::{ControlV1, GranteeV1, KeyId, PersonId, SpaceKind, admit::role};
use std::collections::{BTreeMap, BTreeSet};

/// Why a control entry changes nothing in its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum SpaceRefusal {
    #[error("the author may not do this here")]
    NotAllowed,
    #[error("this control entry does not belong in this space")]
    Misplaced,
    #[error("the key that it replaces is not in force")]
    KeyNotInForce,
}

/// A narrower audience within a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Its keys, oldest first; the last is in force.
    pub keys: Vec<KeyId>,
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
        *self.keys.last().expect("an audience begins with a key")
    }
}

/// Folded control entries of one space. The register has one too, for its own key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// What it is for; none for the register.
    pub kind: Option<SpaceKind>,
    /// Who is in it.
    pub members: BTreeSet<PersonId>,
    /// Keys of everybody in it, oldest first; the last is in force.
    pub keys: Vec<KeyId>,
    /// Narrower audiences, in the order in which they were opened.
    pub audiences: Vec<Audience>,
    /// Who holds which key.
    pub grants: BTreeMap<KeyId, BTreeSet<GranteeV1>>,
}

impl Space {
    /// The control state that a founding entry begins.
    pub fn open(kind: Option<SpaceKind>, members: &[PersonId], key: KeyId) -> Self {
        let members = members.iter().copied().collect();
        Space { kind, members, keys: vec![key], audiences: Vec::new(), grants: BTreeMap::new() }
    }

    /// Folds the next control entry of a space: the first opens it. A refused one stays in the ledger and changes nothing.
    pub fn fold(space: &mut Option<Space>, control: &ControlV1, person: PersonId, roles: u16) {
        match (space.as_mut(), control) {
            (None, ControlV1::SpaceOpened { kind, members, key }) => {
                *space = Some(Space::open(Some(*kind), members, *key))
            }
            (Some(space), control) => drop(space.apply(control, person, roles)),
            (None, _) => {}
        }
    }

    /// The key in force of everybody in the space.
    pub fn key(&self) -> KeyId {
        *self.keys.last().expect("a space begins with a key")
    }

    /// Whether a person with these roles reads and writes here.
    pub fn has(&self, person: PersonId, roles: u16) -> bool {
        let is_staff = roles & (role::SECRETARY | role::TELLER) != 0;
        match self.kind {
            Some(SpaceKind::Desk) => self.members.contains(&person),
            Some(SpaceKind::Form | SpaceKind::Session) => is_staff || self.members.contains(&person),
            None => true,
        }
    }

    /// The narrower audience that a key belongs to, in force or not.
    pub fn audience(&self, key: KeyId) -> Option<&Audience> {
        self.audiences.iter().find(|a| a.keys.contains(&key))
    }

    /// Whether a person with these roles should hold an audience key of the space, in force or not; none for a key that is no audience's.
    pub fn is_for(&self, key: KeyId, person: PersonId, roles: u16) -> Option<bool> {
        let in_space = self.has(person, roles);
        match self.audience(key) {
            Some(audience) => Some(in_space && audience.has(person, roles)),
            None => self.keys.contains(&key).then_some(in_space),
        }
    }

    fn is_in_force(&self, key: KeyId) -> bool {
        self.key() == key || self.audiences.iter().any(|a| a.key() == key)
    }

    /// Whether a receiver was granted a key.
    pub fn is_granted(&self, key: KeyId, to: GranteeV1) -> bool {
        self.grants.get(&key).is_some_and(|g| g.contains(&to))
    }

    /// Whether an author may make a control entry here.
    pub fn check(&self, control: &ControlV1, person: PersonId, roles: u16) -> Result<(), SpaceRefusal> {
        // Whoever chairs opens votes, and a vote's key goes to the tellers.
        let is_chairs_grant = self.kind == Some(SpaceKind::Session)
            && roles & role::CHAIR != 0
            && matches!(control, ControlV1::Granted { .. });
        let is_allowed = match self.kind {
            _ if is_chairs_grant => true,
            Some(SpaceKind::Desk) => self.members.contains(&person),
            Some(SpaceKind::Form | SpaceKind::Session) => roles & role::SECRETARY != 0,
            None => roles & (role::SECRETARY | role::OFFICER) != 0,
        };
        if !is_allowed {
            return Err(SpaceRefusal::NotAllowed);
        }
        let is_shared = matches!(self.kind, Some(SpaceKind::Form | SpaceKind::Session));
        match control {
            ControlV1::MembersAdded { .. } if is_shared => Ok(()),
            ControlV1::AudienceOpened { .. } if is_shared => Ok(()),
            ControlV1::MembersRemoved { .. } if self.kind == Some(SpaceKind::Session) => Ok(()),
            ControlV1::Granted { .. } => Ok(()),
            ControlV1::KeyRotated { from, .. } if self.is_in_force(*from) => Ok(()),
            ControlV1::KeyRotated { .. } => Err(SpaceRefusal::KeyNotInForce),
            _ => Err(SpaceRefusal::Misplaced),
        }
    }

    /// Applies a control entry; a refused one changes nothing.
    pub fn apply(&mut self, control: &ControlV1, person: PersonId, roles: u16) -> Result<(), SpaceRefusal> {
        self.check(control, person, roles)?;
        match control {
            ControlV1::MembersAdded { members } => self.members.extend(members),
            ControlV1::MembersRemoved { members } => self.members.retain(|m| !members.contains(m)),
            ControlV1::AudienceOpened { key, roles, members } => {
                let members = members.iter().copied().collect();
                self.audiences.push(Audience { keys: vec![*key], roles: *roles, members });
            }
            ControlV1::Granted { grants } => {
                for grant in grants {
                    self.grants.entry(grant.key).or_default().insert(grant.to);
                }
            }
            ControlV1::KeyRotated { from, to } => match self.audiences.iter_mut().find(|a| a.key() == *from) {
                Some(audience) => audience.keys.push(*to),
                None => self.keys.push(*to),
            },
            _ => {}
        }
        Ok(())
    }
}

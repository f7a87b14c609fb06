//! The control state of a space: who is in it, its audience key, and who was granted which key.

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

/// Folded control entries of one space. The register has one too, for its own key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// What it is for; none for the register.
    pub kind: Option<SpaceKind>,
    /// Who is in it.
    pub members: BTreeSet<PersonId>,
    /// Audience keys, oldest first; the last is in force.
    pub keys: Vec<KeyId>,
    /// Who holds which key.
    pub grants: BTreeMap<KeyId, BTreeSet<GranteeV1>>,
}

impl Space {
    /// The control state that a founding entry begins.
    pub fn open(kind: Option<SpaceKind>, members: &[PersonId], key: KeyId) -> Self {
        Space { kind, members: members.iter().copied().collect(), keys: vec![key], grants: BTreeMap::new() }
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

    /// The audience key in force.
    pub fn key(&self) -> KeyId {
        *self.keys.last().expect("a space begins with a key")
    }

    /// Whether a person with these roles reads and writes here.
    pub fn has(&self, person: PersonId, roles: u16) -> bool {
        let is_staff = roles & (role::SECRETARY | role::TELLER) != 0;
        match self.kind {
            Some(SpaceKind::Desk) => self.members.contains(&person),
            Some(SpaceKind::Form) => is_staff || self.members.contains(&person),
            None => true,
        }
    }

    /// Whether a receiver was granted a key.
    pub fn is_granted(&self, key: KeyId, to: GranteeV1) -> bool {
        self.grants.get(&key).is_some_and(|g| g.contains(&to))
    }

    /// Whether an author may make a control entry here.
    pub fn check(&self, control: &ControlV1, person: PersonId, roles: u16) -> Result<(), SpaceRefusal> {
        let is_allowed = match self.kind {
            Some(SpaceKind::Desk) => self.members.contains(&person),
            Some(SpaceKind::Form) => roles & role::SECRETARY != 0,
            None => roles & (role::SECRETARY | role::OFFICER) != 0,
        };
        if !is_allowed {
            return Err(SpaceRefusal::NotAllowed);
        }
        match control {
            ControlV1::MembersAdded { .. } if self.kind == Some(SpaceKind::Form) => Ok(()),
            ControlV1::Granted { .. } => Ok(()),
            ControlV1::KeyRotated { from, .. } if *from == self.key() => Ok(()),
            ControlV1::KeyRotated { .. } => Err(SpaceRefusal::KeyNotInForce),
            _ => Err(SpaceRefusal::Misplaced),
        }
    }

    /// Applies a control entry; a refused one changes nothing.
    pub fn apply(&mut self, control: &ControlV1, person: PersonId, roles: u16) -> Result<(), SpaceRefusal> {
        self.check(control, person, roles)?;
        match control {
            ControlV1::MembersAdded { members } => self.members.extend(members),
            ControlV1::Granted { grants } => {
                for grant in grants {
                    self.grants.entry(grant.key).or_default().insert(grant.to);
                }
            }
            ControlV1::KeyRotated { to, .. } => self.keys.push(*to),
            _ => {}
        }
        Ok(())
    }
}

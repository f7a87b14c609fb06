//! Handing keys on: whoever may, grants what an admitted device should have and lacks.

use super::{Laptop, NewEntry, Secret};
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_ledger::*;
use cabinet_seal::{BodyKey, Identity, Recipient, seal_to};
use std::collections::BTreeSet;

impl<S: Store> Laptop<S> {
    /// Keeps a new key that this laptop made.
    pub fn keep_key(&mut self, secret: Secret) -> Result<KeyId, VaultError> {
        let id = secret.id();
        self.commit(vec![Change::Key(id, secret.bytes().to_vec())])?;
        self.keys.insert(id, secret);
        Ok(id)
    }

    /// Signs grants for everybody who should hold a key of a space and does not. Returns how many keys were handed on.
    pub fn grant_missing(&mut self, space: SpaceId, now_ms: u64) -> Result<usize, VaultError> {
        let Some(control) = self.control(space)? else { return Ok(0) };
        let (person, roles) = (self.me()?.person, self.my_roles());
        if !self.is_admitted() || control.check(&ControlV1::Granted { grants: vec![] }, person, roles).is_err() {
            return Ok(0);
        }
        let mut grants = Vec::new();
        let of_audiences = control.audiences.iter().flat_map(|a| &a.keys);
        let held: BTreeSet<KeyId> =
            control.keys.iter().chain(of_audiences).chain(control.grants.keys()).copied().collect();
        for key in held {
            let Some(secret) = self.keys.get(&key) else { continue };
            for (to, recipient) in self.should_hold(&control, key) {
                if !control.is_granted(key, to) {
                    let wrapped = seal_to(&[Recipient::parse(&recipient)?], &secret.bytes())?;
                    grants.push(GrantV1 { key, to, wrapped: wrapped.into() });
                }
            }
        }
        let count = grants.len();
        for part in grants.chunks(limits::GRANTS_MAX) {
            self.sign(NewEntry::control(Some(space), &ControlV1::Granted { grants: part.to_vec() }), now_ms)?;
        }
        Ok(count)
    }

    /// Grants a key of a space for the first time, which is how the others learn that it exists.
    pub fn grant_new(&mut self, space: SpaceId, secret: &Secret, now_ms: u64) -> Result<(), VaultError> {
        let control = self.control(space)?.ok_or(VaultError::SpaceUnknown)?;
        let mut grants = Vec::new();
        for (to, recipient) in self.should_hold(&control, secret.id()) {
            let wrapped = seal_to(&[Recipient::parse(&recipient)?], &secret.bytes())?;
            grants.push(GrantV1 { key: secret.id(), to, wrapped: wrapped.into() });
        }
        for part in grants.chunks(limits::GRANTS_MAX) {
            self.sign(NewEntry::control(Some(space), &ControlV1::Granted { grants: part.to_vec() }), now_ms)?;
        }
        Ok(())
    }

    /// Opens a space of which this laptop makes the key.
    pub fn open_space(&mut self, kind: SpaceKind, members: Vec<PersonId>, now_ms: u64) -> Result<SpaceId, VaultError> {
        let secret = Secret::Body(BodyKey::make());
        let key = self.keep_key(secret.clone())?;
        let opened = ControlV1::SpaceOpened { kind, members, key };
        let (_, space) = self.sign(NewEntry::control(None, &opened), now_ms)?;
        self.grant_new(space, &secret, now_ms)?;
        Ok(space)
    }

    /// Opens this person's desk, if none of their laptops has: their own key pair lives there.
    pub fn open_desk(&mut self, now_ms: u64) -> Result<(), VaultError> {
        if !self.is_admitted() || !self.spaces(SpaceKind::Desk)?.is_empty() {
            return Ok(());
        }
        let person = self.me()?.person;
        let desk = self.open_space(SpaceKind::Desk, vec![person], now_ms)?;
        let own = Secret::Identity(Identity::make());
        self.keep_key(own.clone())?;
        self.grant_new(desk, &own, now_ms)
    }

    /// Replaces the audience keys of a space that this laptop holds, after somebody lost the right to them.
    pub fn rotate(&mut self, space: SpaceId, now_ms: u64) -> Result<(), VaultError> {
        let control = self.control(space)?.ok_or(VaultError::SpaceUnknown)?;
        let in_force = control.audiences.iter().map(|a| a.key()).chain([control.key()]);
        for from in in_force.filter(|key| self.keys.contains_key(key)).collect::<Vec<_>>() {
            let next = Secret::Body(BodyKey::make());
            let to = self.keep_key(next.clone())?;
            self.sign(NewEntry::control(Some(space), &ControlV1::KeyRotated { from, to }), now_ms)?;
            self.grant_new(space, &next, now_ms)?;
        }
        Ok(())
    }

    /// Opens a narrower audience within a space, or finds it if there is one of the very same people. Returns its key in force.
    pub fn open_audience(
        &mut self,
        space: SpaceId,
        roles: u16,
        members: &[PersonId],
        now_ms: u64,
    ) -> Result<KeyId, VaultError> {
        let control = self.control(space)?.ok_or(VaultError::SpaceUnknown)?;
        let wanted: BTreeSet<PersonId> = members.iter().copied().collect();
        if let Some(found) = control.audiences.iter().find(|a| a.roles == roles && a.members == wanted) {
            return Ok(found.key());
        }
        let secret = Secret::Body(BodyKey::make());
        let key = self.keep_key(secret.clone())?;
        let members = wanted.into_iter().collect();
        self.sign(NewEntry::control(Some(space), &ControlV1::AudienceOpened { key, roles, members }), now_ms)?;
        self.grant_new(space, &secret, now_ms)?;
        Ok(key)
    }

    /// How many admitted devices hold a space's key.
    pub fn holders(&mut self, space: SpaceId) -> Result<usize, VaultError> {
        let Some(control) = self.control(space)? else { return Ok(0) };
        let key = control.key();
        let admitted = |g: &&GranteeV1| match (g, &self.register) {
            (GranteeV1::Device(d), Some(r)) => r.devices.get(d).is_some_and(|d| d.state() == DeviceState::Admitted),
            _ => false,
        };
        Ok(control.grants.get(&key).map_or(0, |g| g.iter().filter(admitted).count()))
    }

    /// Who should hold a key: audience keys go to everybody in the audience, the private half of a form or a vote to tellers; all but desks'
    /// also to the recovery key.
    fn should_hold(&self, control: &Space, key: KeyId) -> Vec<(GranteeV1, String)> {
        let Some(register) = &self.register else { return Vec::new() };
        let should = |device: &&Device| {
            let roles = register.roles(device.person);
            let is_teller = roles & role::TELLER != 0 && control.has(device.person, roles);
            let is_desk = control.kind == Some(SpaceKind::Desk);
            // A key that is no audience's is the private half of a form or a vote, or a person's own.
            let is_for = control.is_for(key, device.person, roles);
            device.state() == DeviceState::Admitted
                && is_for.unwrap_or(if is_desk { control.has(device.person, roles) } else { is_teller })
        };
        let devices = register.devices.values().filter(should);
        let mut receivers: Vec<_> =
            devices.map(|d| (GranteeV1::Device(d.keys.device), d.keys.receiving.clone())).collect();
        if control.kind != Some(SpaceKind::Desk) {
            receivers.push((GranteeV1::Recovery, register.recovery.clone()));
        }
        receivers
    }
}

//! Keys: made, named after the entry that introduces them, handed on to whoever may have them, replaced when somebody may not any more.

use super::{Laptop, NewEntry, Secret};
use crate::VaultError;
use crate::store::{Change, Store};
use cabinet_ledger::*;
use cabinet_meaning::{FEW, audience_public, key_id, pair_facts};
use cabinet_seal::{BodyKey, Identity, make_uuid_v7, seal_to};
use std::collections::BTreeSet;

impl<S: Store> Laptop<S> {
    /// Keeps a new key that this laptop made.
    pub(super) fn keep_key(&mut self, id: KeyId, secret: Secret) -> Result<(), VaultError> {
        self.commit(vec![Change::Key(id, secret.bytes().to_vec())])?;
        self.keys.insert(id, secret);
        Ok(())
    }

    /// A key and its name, which an entry of this id introduces.
    fn make_key(&mut self, kind: KeyKind, entry: EntryId) -> Result<(KeyId, BodyKey), VaultError> {
        let key = BodyKey::make();
        let id = key_id(&Secret::Body(key.clone()), kind, self.me()?.org, entry);
        self.keep_key(id, Secret::Body(key.clone()))?;
        Ok((id, key))
    }

    /// A control entry of a chosen id.
    fn sign_control(
        &mut self,
        id: EntryId,
        space: Option<SpaceId>,
        control: &ControlV1,
        now_ms: u64,
    ) -> Result<SpaceId, VaultError> {
        Ok(self.sign(NewEntry { id: Some(id), ..NewEntry::control(space, control) }, now_ms)?.1)
    }

    /// Signs grants for everybody who should hold a key of a space and does not. Returns how many keys were handed on.
    pub fn grant_missing(&mut self, space: SpaceId, now_ms: u64) -> Result<usize, VaultError> {
        let Some(control) = self.control(space)? else { return Ok(0) };
        if !self.is_admitted() || !self.may_say(&control, &ControlV1::Granted { grants: vec![] }) {
            return Ok(0);
        }
        let of_audiences = control.audiences.iter().flat_map(|a| &a.keys).map(|k| k.id);
        let pairs = control.pairs.iter().map(|p| p.id);
        let all: BTreeSet<KeyId> = control.keys.iter().map(|k| k.id).chain(of_audiences).chain(pairs).collect();
        let mut grants = Vec::new();
        for key in all {
            let Some(secret) = self.keys.get(&key) else { continue };
            grants.extend(self.grants_of(&control, key, secret)?);
        }
        let count = grants.len();
        for part in grants.chunks(limits::GRANTS_MAX) {
            self.sign(NewEntry::control(Some(space), &ControlV1::Granted { grants: part.to_vec() }), now_ms)?;
        }
        Ok(count)
    }

    fn may_say(&self, control: &Space, body: &ControlV1) -> bool {
        let (Ok(me), Some(register)) = (self.me(), self.register()) else { return false };
        let author = Author { person: Some(me.person), roles: self.my_roles() };
        control.check(body, EntryId([0; 16]), author, register.now()).is_ok()
    }

    /// Grants of a key for all who may have it and don't.
    fn grants_of(&self, control: &Space, key: KeyId, secret: &Secret) -> Result<Vec<GrantV1>, VaultError> {
        let Some(register) = self.register() else { return Ok(Vec::new()) };
        let now = register.now();
        let devices = register.devices.values();
        let devices = devices.map(|d| (GranteeV1::Device(d.keys.device), &d.keys.receiving));
        let receivers = devices.chain([(GranteeV1::Recovery, &register.recovery)]);
        let lacks = |to: GranteeV1| control.is_entitled(key, to, now) && !control.is_granted(key, to, now);
        let wanting = receivers.filter(|(to, _)| lacks(*to));
        let wrap = |(to, public): (GranteeV1, &PublicKeyV1)| {
            Ok(GrantV1::new(key, to, seal_to(&[public.recipient()?], &secret.bytes())?))
        };
        wanting.map(wrap).collect()
    }

    /// Opens a space of which this laptop makes the key.
    pub fn open_space(&mut self, kind: SpaceKind, members: Vec<PersonId>, now_ms: u64) -> Result<SpaceId, VaultError> {
        let id = EntryId(make_uuid_v7(now_ms));
        let (key, secret) = self.make_key(KeyKind::Space, id)?;
        let opened = ControlV1::SpaceOpened {
            kind: kind.number(),
            version: SPACE_VERSION,
            members,
            key,
            public: audience_public(&secret),
            parent: None,
            parameters: Vec::new().into(),
        };
        let space = self.sign_control(id, None, &opened, now_ms)?;
        self.grant_missing(space, now_ms)?;
        Ok(space)
    }

    /// Opens this person's desk, if none of their laptops has: their own key pair lives there.
    pub fn open_desk(&mut self, now_ms: u64) -> Result<(), VaultError> {
        if !self.is_admitted() || !self.spaces(SpaceKind::Desk)?.is_empty() {
            return Ok(());
        }
        let person = self.me()?.person;
        let desk = self.open_space(SpaceKind::Desk, vec![person], now_ms)?;
        self.open_pair(desk, PairUse::Own, None, now_ms)?;
        Ok(())
    }

    /// Lays a pair by in a space.
    pub fn open_pair(
        &mut self,
        space: SpaceId,
        purpose: PairUse,
        openings: Option<KeyId>,
        now_ms: u64,
    ) -> Result<KeyId, VaultError> {
        let (id, identity) = (EntryId(make_uuid_v7(now_ms)), Identity::make());
        let secret = Secret::Identity(Box::new(identity.clone()));
        let pair = key_id(&secret, KeyKind::Pair, self.me()?.org, id);
        self.keep_key(pair, secret)?;
        let opened = ControlV1::PairOpened {
            pair,
            purpose: purpose.number(),
            scheme: 1,
            public: PublicKeyV1::receiving(&identity.recipient()),
            issuer: None,
            threshold: 1,
            openings,
            grants: vec![],
        };
        self.sign_control(id, Some(space), &opened, now_ms)?;
        self.grant_missing(space, now_ms)?;
        Ok(pair)
    }

    /// Pairs of tellers that answers or ballots may be sealed to, own ones that wait included.
    pub fn fit_pairs(&self, space: SpaceId, purpose: PairUse, is_for_few: bool) -> Result<Vec<KeyId>, VaultError> {
        let Some(control) = self.control(space)? else { return Ok(Vec::new()) };
        let is_fit = |pair: &&Pair| {
            let facts = pair_facts(&control, pair.id);
            pair.purpose == purpose && facts.is_some_and(|f| f.is_tellers && f.is_for_few == is_for_few)
        };
        Ok(control.pairs.iter().filter(is_fit).map(|pair| pair.id).collect())
    }

    /// The audience of those who see openings that are not for all.
    pub fn openings_for_few(&self, space: SpaceId) -> Result<Option<KeyId>, VaultError> {
        let control = self.control(space)?;
        let is_few = |a: &&Audience| a.purpose == Purpose::Openings && a.roles == FEW && a.members.is_empty();
        Ok(control.and_then(|c| c.audiences.iter().find(is_few).map(|a| a.keys[0].id)))
    }

    /// Keys of a space in force that somebody holds who may not any more, and that this laptop may replace.
    pub fn due_keys(&self, space: SpaceId) -> Result<Vec<KeyId>, VaultError> {
        let (Some(control), Some(register), Ok(me)) = (self.control(space)?, self.register(), self.me()) else {
            return Ok(Vec::new());
        };
        let mine = GranteeV1::Device(me.device);
        let may = self.may_say(&control, &ControlV1::Granted { grants: vec![] });
        let is_mine = |key: &KeyId| may && control.is_entitled(*key, mine, register.now());
        Ok(control.due(register.now()).into_iter().filter(is_mine).collect())
    }

    /// Which turn this laptop has among those who may replace a key: the first acts at once, the others if it does not.
    pub fn turn(&self, space: SpaceId, key: KeyId) -> Result<u64, VaultError> {
        let (Some(control), Some(register), Ok(me)) = (self.control(space)?, self.register(), self.me()) else {
            return Ok(0);
        };
        let now = register.now();
        let may = |device: &DeviceId| {
            let author = now.author(*device).filter(|_| control.is_entitled(key, GranteeV1::Device(*device), now));
            author.is_some_and(|(_, roles)| control.kind == Some(SpaceKind::Desk) || roles & role::STAFF != 0)
        };
        let before = register.devices.keys().filter(|d| may(d) && **d < me.device);
        Ok(before.count() as u64)
    }

    /// Replaces a key; its successor goes to all who may have it. A desk gets a new own pair, too: answers are sealed to that one from then on.
    pub fn rotate(&mut self, space: SpaceId, from: KeyId, now_ms: u64) -> Result<(), VaultError> {
        let mut control = Space::clone(&*self.control(space)?.ok_or(VaultError::SpaceUnknown)?);
        let id = EntryId(make_uuid_v7(now_ms));
        let kind = if control.audience(from).is_some() { KeyKind::Audience } else { KeyKind::Space };
        let (to, secret) = self.make_key(kind, id)?;
        let public = audience_public(&secret);
        let key = Key { id: to, by: id, public: public.clone() };
        match control.audiences.iter_mut().find(|a| a.key() == from) {
            Some(audience) => audience.keys.push(key),
            None => control.keys.push(key),
        }
        let mut grants = self.grants_of(&control, to, &Secret::Body(secret))?;
        // Recovery first, then as many devices as fit; the others get theirs with the next grants.
        grants.sort_by_key(|g| g.to != GranteeV1::Recovery);
        grants.truncate(limits::GRANTS_MAX);
        self.sign_control(id, Some(space), &ControlV1::KeyRotated { from, to, public, grants }, now_ms)?;
        if control.kind == Some(SpaceKind::Desk) {
            self.open_pair(space, PairUse::Own, None, now_ms)?;
        }
        self.grant_missing(space, now_ms)?;
        Ok(())
    }

    /// Replaces the key of everybody in a space and of each audience that somebody holds who may not any more.
    pub fn rotate_due(&mut self, space: SpaceId, now_ms: u64) -> Result<usize, VaultError> {
        let due = self.due_keys(space)?;
        due.iter().try_for_each(|key| self.rotate(space, *key, now_ms))?;
        Ok(due.len())
    }

    /// Opens a narrower audience within a space, or finds it if there is one for the same of the very same people. Returns its key in force.
    pub fn open_audience(
        &mut self,
        space: SpaceId,
        purpose: Purpose,
        roles: u16,
        members: &[PersonId],
        now_ms: u64,
    ) -> Result<KeyId, VaultError> {
        let control = self.control(space)?.ok_or(VaultError::SpaceUnknown)?;
        let wanted: BTreeSet<PersonId> = members.iter().copied().collect();
        let is_same = |a: &&Audience| a.purpose == purpose && a.roles == roles && a.members == wanted;
        if let Some(found) = control.audiences.iter().find(is_same) {
            return Ok(found.key());
        }
        let id = EntryId(make_uuid_v7(now_ms));
        let (key, secret) = self.make_key(KeyKind::Audience, id)?;
        let opened = ControlV1::AudienceOpened {
            purpose: purpose.number(),
            key,
            public: audience_public(&secret),
            roles,
            members: wanted.into_iter().collect(),
            grants: vec![],
        };
        self.sign_control(id, Some(space), &opened, now_ms)?;
        self.grant_missing(space, now_ms)?;
        Ok(key)
    }

    /// How many admitted devices hold a space's key.
    pub fn holders(&mut self, space: SpaceId) -> Result<usize, VaultError> {
        let (Some(control), Some(register)) = (self.control(space)?, self.register()) else { return Ok(0) };
        let now = register.now();
        Ok(control.holders(control.key()).filter(|device| now.author(*device).is_some()).count())
    }
}

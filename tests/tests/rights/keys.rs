//! Acts that no screen offers, since laptops do them by themselves or not at all: each signed past the app, by every role.

use super::{Column, has_place};
use cabinet_app::App;
use cabinet_ledger::{ControlV1, EntryId, KeyId, KeyKind, PublicKeyV1, Purpose, SpaceId, role};
use cabinet_meaning::{Secret, audience_public, key_id};
use cabinet_seal::{BodyKey, Identity, make_uuid_v7};
use cabinet_vault::{NewEntry, Store};
use ecabinet_tests::org::*;

impl Column<'_> {
    /// Signs an entry past the app, and compares what the officer's laptop makes of it with the table: `counts` says whether a place made it
    /// count.
    pub async fn raw(&mut self, act: &str, space: SpaceId, entry: NewEntry, counts: impl Fn(&App, EntryId) -> bool) {
        let signed = self.app.with_laptop(|laptop, now| Ok(laptop.sign(entry, now)?));
        let mut is_allowed = false;
        if let Ok((entry, _)) = signed {
            self.past += 1;
            let officer = self.org.officer.clone();
            until("the hub's answer to what no screen offers", async || {
                let row = |l: &mut cabinet_vault::Laptop<_>, _| {
                    Ok(l.outbox().iter().any(|row| row.id == entry && row.refusal.is_some()))
                };
                let is_refused = self.app.with_laptop(row)?;
                // Asked once: its place may come between two looks.
                let is_placed = has_place(&officer, space, entry);
                is_allowed = is_placed && counts(&officer, entry);
                Ok(is_refused || is_placed)
            })
            .await
            .unwrap();
            self.app.with_laptop(|laptop, _| Ok(laptop.dismiss(entry)?)).unwrap();
        }
        self.tried(act, is_allowed);
    }

    /// The keys of a space: handed on, replaced, made for fewer.
    pub async fn keys(&mut self, space: SpaceId, purpose: Purpose) {
        let officer = self.org.officer.clone();
        let (org, key, recovery) = officer
            .with_laptop(|l, _| {
                let recovery = l.register().unwrap().recovery.recipient().unwrap();
                Ok((l.me()?.org, l.control(space)?.unwrap().key(), recovery))
            })
            .unwrap();
        let granted = ControlV1::Granted { grants: vec![] };
        self.raw("hand on a key", space, NewEntry::control(Some(space), &granted), counted(space)).await;

        let (id, secret, public) = introduced();
        let own = self.app.with_laptop(|l, _| Ok(l.me()?.keys()?)).unwrap();
        let to = [
            (cabinet_ledger::GranteeV1::Recovery, recovery),
            (cabinet_ledger::GranteeV1::Device(own.device), own.receiving.recipient().unwrap()),
        ];
        let name = key_id(&secret, KeyKind::Space, org, id);
        let wrapped = |recipient| cabinet_seal::seal_to(&[recipient], &secret.bytes()).unwrap();
        let grants = to.map(|(to, recipient)| cabinet_ledger::GrantV1::new(name, to, wrapped(recipient))).to_vec();
        let rotated = ControlV1::KeyRotated { from: key, to: name, public, grants };
        let entry = NewEntry { id: Some(id), ..NewEntry::control(Some(space), &rotated) };
        self.raw("replace a key", space, entry, holds(space, name)).await;

        let (id, secret, public) = introduced();
        let name = key_id(&secret, KeyKind::Audience, org, id);
        let purpose = purpose.number();
        let opened = ControlV1::AudienceOpened {
            purpose,
            key: name,
            public,
            roles: role::TELLER,
            members: vec![],
            grants: vec![],
        };
        let entry = NewEntry { id: Some(id), ..NewEntry::control(Some(space), &opened) };
        self.raw("open an audience", space, entry, holds(space, name)).await;
    }
}

/// A new key and the entry that introduces it.
fn introduced() -> (EntryId, Secret, PublicKeyV1) {
    let key = BodyKey::make();
    (EntryId(make_uuid_v7(super::START_MS)), Secret::Body(key.clone()), audience_public(&key))
}

/// Whether a laptop goes by an entry.
pub fn counted(space: SpaceId) -> impl Fn(&App, EntryId) -> bool {
    move |app, entry| {
        let rows = app.with_laptop(|l, _| Ok(l.store().entries(space, 0)?)).unwrap();
        rows.iter().any(|row| row.id == entry && row.person.is_some())
    }
}

/// Whether a key belongs to a space, as a laptop knows it.
fn holds(space: SpaceId, key: KeyId) -> impl Fn(&App, EntryId) -> bool {
    move |app, _| app.with_laptop(|l, _| Ok(l.control(space)?.unwrap().origin(key).is_some())).unwrap()
}

/// A private half that is nobody's: the proof of nothing.
pub fn no_proof() -> Vec<u8> {
    Secret::Identity(Box::new(Identity::make())).bytes().to_vec()
}

//! Signing: one transaction puts the entry into the outbox together with what the screen shows of it.

use super::{Laptop, Secret, recipient_key_id};
use crate::VaultError;
use crate::store::{Change, OutboxRow, Store};
use cabinet_ledger::*;
use cabinet_seal::{Recipient, make_bytes, make_uuid_v7, pad, seal_to};

/// How a new entry's body is sealed.
#[derive(Clone, Debug)]
pub enum Sealing {
    /// Control entries.
    Clear,
    /// Under the key of everybody in the space.
    Audience,
    /// Under the key of a narrower audience.
    Part(KeyId),
    /// To a form's public half and to the author's own key.
    Answer(Recipient),
}

/// What a use case wants to say.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Its space; none founds one.
    pub space: Option<SpaceId>,
    /// Its kind.
    pub kind: u16,
    /// The plain body.
    pub body: Vec<u8>,
    /// How it is sealed.
    pub sealing: Sealing,
    /// Entries it replaces or was made on.
    pub replaces: Vec<EntryId>,
    /// Papers it brings.
    pub papers: Vec<PaperNameV1>,
}

impl NewEntry {
    /// A control entry.
    pub fn control(space: Option<SpaceId>, control: &ControlV1) -> Self {
        NewEntry {
            space,
            kind: control.kind(),
            body: encode(control),
            sealing: Sealing::Clear,
            replaces: vec![],
            papers: vec![],
        }
    }

    /// An entry for everybody in the space.
    pub fn act(space: SpaceId, (kind, body): (u16, Vec<u8>)) -> Self {
        NewEntry { space: Some(space), kind, body, sealing: Sealing::Audience, replaces: vec![], papers: vec![] }
    }
}

impl<S: Store> Laptop<S> {
    /// Signs an entry and leaves it in the outbox. Returns its id and its space.
    pub fn sign(&mut self, new: NewEntry, now_ms: u64) -> Result<(EntryId, SpaceId), VaultError> {
        self.sign_with(new, Vec::new(), now_ms)
    }

    /// The same, with more changes in the same transaction.
    pub fn sign_with(
        &mut self,
        new: NewEntry,
        mut changes: Vec<Change>,
        now_ms: u64,
    ) -> Result<(EntryId, SpaceId), VaultError> {
        let (row, counter) = self.make(new, now_ms)?;
        let (id, space) = (row.id, row.space);
        changes.push(Change::Meta(counter_name(space), Some(counter.to_be_bytes().to_vec())));
        changes.push(Change::Signed(row.clone()));
        self.commit(changes)?;
        self.outbox.push(row);
        Ok((id, space))
    }

    fn make(&mut self, new: NewEntry, now_ms: u64) -> Result<(OutboxRow, u64), VaultError> {
        let me = self.me()?.clone();
        let id = EntryId(make_uuid_v7(now_ms));
        let salt: [u8; 32] = match new.sealing {
            Sealing::Clear => [0; 32],
            _ => make_bytes(),
        };
        let salted = [&salt[..], &new.body].concat();
        let (sealing, body) = self.seal(&new, me.org, id, &salted)?;
        let counter = match new.space {
            Some(space) => self.counter(space)? + 1,
            None => 1,
        };
        let head = new.space.and_then(|s| self.chains.get(&s)).map_or(Head::START, |c| c.head);
        let unsigned = Unsigned {
            org: me.org,
            space: new.space,
            id,
            kind: new.kind,
            sealing,
            device: me.device,
            counter,
            seen: SeenV1 { seq: head.seq, stamp: head.hash },
            replaces: new.replaces,
            papers: new.papers,
        };
        let commitment = EntryV1::commitment(&salt, &new.body);
        let signed = EntryV1::sign(unsigned, commitment, body, &me.signing_key());
        let space = signed.space();
        let row =
            OutboxRow { id, space, entry: signed.bytes, body: salted, signed_ms: now_ms, stamp: None, refusal: None };
        Ok((row, counter))
    }

    fn seal(
        &mut self,
        new: &NewEntry,
        org: OrgId,
        id: EntryId,
        salted: &[u8],
    ) -> Result<(SealingV1, Vec<u8>), VaultError> {
        match &new.sealing {
            Sealing::Clear => Ok((SealingV1::Clear, new.body.clone())),
            Sealing::Audience | Sealing::Part(_) => {
                let control = self.control(new.space.ok_or(VaultError::SpaceUnknown)?)?;
                let of_all = control.ok_or(VaultError::SpaceUnknown)?.key();
                let key = if let Sealing::Part(key) = new.sealing { key } else { of_all };
                let Some(Secret::Body(secret)) = self.keys.get(&key) else { return Err(VaultError::KeyMissing) };
                let sealed = secret.seal(&Signed::aad(org, id, new.kind), &pad(salted));
                Ok((SealingV1::Key(key), sealed))
            }
            Sealing::Answer(recipient) => {
                let mut recipients = vec![recipient.clone()];
                recipients.extend(self.own_recipients()?);
                Ok((SealingV1::Answer(recipient_key_id(&recipient.text())), seal_to(&recipients, &pad(salted))?))
            }
        }
    }

    /// The public halves of this person's own keys, by which all their laptops read their answers.
    fn own_recipients(&mut self) -> Result<Vec<Recipient>, VaultError> {
        let mut own = Vec::new();
        for desk in self.spaces(SpaceKind::Desk)? {
            let control = self.control(desk)?;
            for key in control.iter().flat_map(|c| c.grants.keys()) {
                if let Some(Secret::Identity(identity)) = self.keys.get(key) {
                    own.push(identity.recipient());
                }
            }
        }
        Ok(own)
    }

    fn counter(&self, space: SpaceId) -> Result<u64, VaultError> {
        let stored = self.store.meta(&counter_name(space))?;
        Ok(stored.and_then(|b| Some(u64::from_be_bytes(b.try_into().ok()?))).unwrap_or(0))
    }
}

fn counter_name(space: SpaceId) -> String {
    format!("counter {space}")
}

//! Entries signed past the app's own screens: everything that a device's key can sign, right or wrong.

use crate::chance::Chance;
use cabinet_ledger::*;
use cabinet_meaning::{Secret, salted};
use cabinet_seal::{SigningKey, make_bytes, make_uuid_v7, pad, seal_to};
use cabinet_vault::{Laptop, Me, MemoryStore, Store};
use std::sync::Arc;

/// What a hostile actor has at hand for one act in one space.
pub struct Hand<'a> {
    pub laptop: &'a Laptop<MemoryStore>,
    pub me: Me,
    pub space: SpaceId,
    /// What stands in the space at the hub.
    pub ledger: Vec<(Signed, StampV1)>,
    pub control: Option<Arc<Space>>,
    /// The roster's members, the Prime Minister first.
    pub people: &'a [PersonId],
    pub now: u64,
    /// How many entries this actor has forged: each gets a counter of its own, beyond the app's.
    pub forged: &'a mut u64,
    pub code: Option<EnrolmentCode>,
    pub chance: &'a mut Chance,
}

/// An entry before it is signed: every field can still be bent.
#[derive(Clone)]
pub struct Draft {
    pub unsigned: Unsigned,
    pub commitment: Hash,
    pub body: Vec<u8>,
    pub key: SigningKey,
}

impl Draft {
    pub fn sign(self) -> Vec<u8> {
        EntryV1::sign(self.unsigned, self.commitment, self.body, &self.key).bytes
    }

    /// The commitment and a clear body, made to fit the place anew.
    pub fn recommit(mut self) -> Self {
        self.commitment = self.unsigned.place.commitment(&[0; 32], &self.body);
        self
    }
}

impl Hand<'_> {
    pub fn person(&self) -> PersonId {
        self.me.person
    }

    /// Somebody of the roster, by chance.
    pub fn anybody(&mut self) -> PersonId {
        *self.chance.pick(self.people)
    }

    fn unsigned(&mut self, space: Option<SpaceId>, kind: u16, sealing: SealingV1) -> Unsigned {
        *self.forged += 1;
        let chain = space.and_then(|s| {
            let chains = self.laptop.store().chains().ok()?;
            decode::<Chain>(&chains.iter().find(|(id, _)| *id == s)?.1).ok()
        });
        let seen = chain.filter(|c| c.head.seq > 0).map_or(SeenV1::NOTHING, |c| SeenV1 {
            seq: c.head.seq,
            stamp: c.head.hash,
            term: c.term,
        });
        Unsigned {
            place: Place {
                org: self.me.org,
                space,
                id: EntryId(make_uuid_v7(self.now)),
                kind,
                author: AuthorV1::Device(self.me.device),
                about: None,
            },
            counter: 100_000 + *self.forged,
            previous: Hash::NONE,
            seen,
            register: self.laptop.register().map_or(Head::START, Register::head),
            replaces: vec![],
            papers: vec![],
            sealing,
        }
    }

    /// A control entry in this space.
    pub fn control(&mut self, control: &ControlV1) -> Draft {
        let space = (!matches!(control, ControlV1::SpaceOpened { .. } | ControlV1::Founded(_))).then_some(self.space);
        self.clear(space, control.kind(), encode(control))
    }

    /// A control entry that introduces a key, whose name is made of the entry's id.
    pub fn introducing(&mut self, control: impl FnOnce(EntryId) -> ControlV1) -> Draft {
        let mut draft = self.clear(Some(self.space), 0, vec![]);
        let control = control(draft.unsigned.place.id);
        draft.unsigned.place.kind = control.kind();
        draft.body = encode(&control);
        draft.recommit()
    }

    pub fn clear(&mut self, space: Option<SpaceId>, kind: u16, body: Vec<u8>) -> Draft {
        let unsigned = self.unsigned(space, kind, SealingV1::Clear);
        let commitment = unsigned.place.commitment(&[0; 32], &body);
        Draft { unsigned, commitment, body, key: self.me.signing_key() }
    }

    /// A key of the space that this laptop holds, in force or not; the space's own if `narrow` is not asked.
    pub fn held_key(&mut self, narrow: bool) -> Option<KeyId> {
        let control = self.control.clone()?;
        let all = if narrow { control.audiences.iter().flat_map(|a| &a.keys).map(|k| k.id).collect() } else { vec![] };
        let all: Vec<KeyId> = if all.is_empty() { control.keys.iter().map(|k| k.id).collect() } else { all };
        all.into_iter().rev().find(|key| self.laptop.secret(*key).is_some())
    }

    /// A sealed act under the space's key.
    pub fn act(&mut self, (kind, content): (u16, Vec<u8>)) -> Option<Draft> {
        let key = self.held_key(false)?;
        self.sealed(kind, &content, key, |_| {})
    }

    /// A sealed act under any key that is held; its place can be bent before it is sealed.
    pub fn sealed(&mut self, kind: u16, content: &[u8], key: KeyId, bend: impl FnOnce(&mut Unsigned)) -> Option<Draft> {
        let Some(Secret::Body(secret)) = self.laptop.secret(key).cloned() else { return None };
        let mut unsigned = self.unsigned(Some(self.space), kind, SealingV1::Key(key));
        bend(&mut unsigned);
        let salt = make_bytes();
        let commitment = unsigned.place.commitment(&salt, content);
        let body = secret.seal(&unsigned.place.aad(), &pad(&salted(&salt, content)));
        Some(Draft { unsigned, commitment, body, key: self.me.signing_key() })
    }

    /// An answer or a ballot, sealed to a pair.
    pub fn sealed_to_pair(&mut self, kind: u16, content: &[u8], pair: KeyId, about: EntryId) -> Option<Draft> {
        let recipient = self.control.as_ref()?.pair(pair)?.public.recipient().ok()?;
        let mut unsigned = self.unsigned(Some(self.space), kind, SealingV1::Pair(pair));
        unsigned.place.about = Some(about);
        let salt = make_bytes();
        let commitment = unsigned.place.commitment(&salt, content);
        let body = seal_to(&[recipient], &pad(&salted(&salt, content))).ok()?;
        Some(Draft { unsigned, commitment, body, key: self.me.signing_key() })
    }

    /// The last entry of a kind in the space.
    pub fn last(&self, kind: u16) -> Option<&Signed> {
        self.ledger.iter().rev().map(|(signed, _)| signed).find(|s| s.header.kind == kind)
    }

    /// Some entry of the space by somebody else.
    pub fn anothers(&mut self) -> Option<Signed> {
        let mine = self.me.device;
        let others: Vec<_> = self.ledger.iter().map(|(s, _)| s).filter(|s| s.header.device() != Some(mine)).collect();
        (!others.is_empty()).then(|| (*self.chance.pick(&others)).clone())
    }
}

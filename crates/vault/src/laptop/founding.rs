//! How a laptop comes to belong: founding an organisation, asking with a code, recovering with the printed key.

use super::sign::{count, counter_name};
use super::{Laptop, Me, NewEntry, Secret};
use crate::VaultError;
use crate::store::{Change, OutboxRow, Store};
use cabinet_acts::RegisterAct;
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::*;
use cabinet_meaning::{audience_public, domain_person, key_id};
use cabinet_seal::{BodyKey, Identity, SigningKey, VerifyingKey, make_bytes, make_uuid_v7, seal_to};
use zeroize::Zeroizing;

/// The first officer's own name, while it waits.
const OWN_NAME: &str = "own name";

/// What founding gives: the entry for the hub, and the key to print.
pub struct Founding {
    /// The founding entry, to be sent with the set-up token.
    pub entry: Vec<u8>,
    /// The recovery key's text, shown once.
    pub recovery: Zeroizing<String>,
    /// The root's fingerprint.
    pub fingerprint: String,
    me: Me,
    key: (KeyId, Secret),
    counted: Vec<u8>,
    row: OutboxRow,
}

/// What a recovery gives.
pub struct Recovered {
    /// The new recovery key's text, shown once.
    pub recovery: Zeroizing<String>,
}

impl<S: Store> Laptop<S> {
    /// Makes an organisation: root, recovery key, this laptop's keys. Nothing is kept before [`Laptop::founded`].
    pub fn found(
        hub: &str,
        hub_certificate: Hash,
        stamp_key: Hash,
        roles: u16,
        now_ms: u64,
    ) -> Result<Founding, VaultError> {
        let (root, recovery) = (SigningKey::make(), Identity::make());
        let sealed_root = seal_to(&[recovery.recipient()], &*root.seed())?;
        let (id, key) = (EntryId(make_uuid_v7(now_ms)), BodyKey::make());
        let org = OrgId::of_root(&PublicKeyV1::signing(root.public()));
        let key_name = key_id(&Secret::Body(key.clone()), KeyKind::Space, org, id);
        let mut me = new_me(hub, hub_certificate, PersonId(cabinet_seal::make_uuid_v7(now_ms)), now_ms);
        me.root = Hash(root.public().0);
        let founded = FoundedV1::new(
            root.public(),
            &recovery.recipient(),
            sealed_root,
            VerifyingKey(stamp_key.0),
            me.person,
            roles,
            me.keys()?,
            key_name,
            audience_public(&key),
        )
        .signed(&root);
        me.org = founded.org();
        let body = encode(&ControlV1::Founded(founded));
        let signed = sign_founding(&me, id, body.clone());
        me.register = signed.space();
        let row = outbox_row(&signed, body, now_ms);
        Ok(Founding {
            entry: signed.bytes.clone(),
            recovery: recovery.secret_text(),
            fingerprint: root.public().fingerprint(),
            me,
            key: (key_name, Secret::Body(key)),
            counted: count(&signed),
            row,
        })
    }

    /// From here on this is the officer's laptop, if the hub takes the founding entry.
    pub fn founded(&mut self, founding: &Founding) -> Result<(), VaultError> {
        let me = founding.me.clone();
        let register = me.register;
        self.set_me(
            me,
            vec![
                Change::Key(founding.key.0, founding.key.1.bytes().to_vec()),
                Change::Signed(founding.row.clone()),
                Change::Meta(counter_name(register), Some(founding.counted.clone())),
            ],
        )?;
        self.keys.insert(founding.key.0, founding.key.1.clone());
        self.outbox.push(founding.row.clone());
        Ok(())
    }

    /// Keeps the first officer's own name until the founding has come back: only then is there a register to write it in.
    pub fn keep_own_name(&mut self, office: String, short: String) -> Result<(), VaultError> {
        let person = domain_person(self.me()?.person);
        let (_, body) = RegisterAct::PersonNamed { person, office, short }.write();
        self.commit(vec![Change::Meta(OWN_NAME.into(), Some(body))])
    }

    /// Writes the name that was kept in the register, once that is possible.
    pub fn sign_own_name(&mut self, now_ms: u64) -> Result<(), VaultError> {
        let Some(body) = self.store.meta(OWN_NAME)?.filter(|_| self.is_admitted()) else { return Ok(()) };
        let register = self.me()?.register;
        self.atomically(|laptop| {
            laptop.sign(NewEntry::act(register, (RegisterAct::PERSON_NAMED, body)), now_ms)?;
            laptop.commit(vec![Change::Meta(OWN_NAME.into(), None)])
        })
    }

    /// Asks to be admitted with a code. The request waits in the outbox like any other entry.
    pub fn enrol(&mut self, code: &EnrolmentCode, expires_ms: u64, now_ms: u64) -> Result<(), VaultError> {
        let mut me = new_me(&code.hub, code.hub_certificate, code.person, now_ms);
        (me.org, me.register, me.root) = (code.org, code.register, code.root);
        let (device, key) = (me.keys()?, code.signing_key());
        let request = DeviceRequestV1::new(code.org, code.person, code.invitation, device, expires_ms, &key);
        let asked = NewEntry::control(Some(code.register), &ControlV1::DeviceRequested(request));
        // A laptop that knows who it is and has asked nobody would wait for ever.
        self.atomically(|laptop| {
            laptop.set_me(me, vec![])?;
            laptop.sign(asked, now_ms)
        })?;
        Ok(())
    }

    /// Invites a person; the code goes to them outside the hub. Everybody can check a request with the public half of its key.
    pub fn invite(&mut self, person: PersonId, expires_ms: u64, now_ms: u64) -> Result<EnrolmentCode, VaultError> {
        let me = self.me()?.clone();
        let code = EnrolmentCode {
            hub: me.hub.clone(),
            hub_certificate: me.hub_certificate,
            org: me.org,
            register: me.register,
            root: me.root,
            invitation: InvitationId(make_bytes()),
            person,
            secret: make_bytes(),
        };
        let key = PublicKeyV1::signing(code.signing_key().public());
        let invited = ControlV1::Invited { invitation: code.invitation, person, expires_ms, key };
        self.sign(NewEntry::control(Some(me.register), &invited), now_ms)?;
        Ok(code)
    }

    /// Recovers with the printed key on a new laptop: replaces root and recovery key, and takes every key that was granted to
    /// recovery. `register_page` is the register's control entries from the hub.
    pub fn recover(
        &mut self,
        hub: &str,
        hub_certificate: Hash,
        root: Hash,
        register: &[StampedV1],
        recovery: &Identity,
        now_ms: u64,
    ) -> Result<Recovered, VaultError> {
        let first = register.first().ok_or(LedgerError::NotFounded)?;
        let signed = Signed::decode(&first.entry)?;
        let ControlV1::Founded(founded) = ControlV1::read(signed.header.kind, &signed.body)? else {
            return Err(LedgerError::NotFounded.into());
        };
        if Hash(founded.root.verifying()?.0) != root {
            return Err(LedgerError::NotFounded.into());
        }
        founded.verify()?;
        let mut sealed_root = founded.sealed_root.to_vec();
        for stamped in register {
            let entry = Signed::decode(&stamped.entry)?;
            if let Ok(ControlV1::RecoveryUsed(used)) = ControlV1::read(entry.header.kind, &entry.body) {
                sealed_root = used.sealed_root.to_vec();
            }
        }
        let seed: [u8; 32] = recovery.open(&sealed_root)?.try_into().map_err(|_| LedgerError::NotFounded)?;
        let (old_root, new_root, new_recovery) = (SigningKey::from_seed(&seed), SigningKey::make(), Identity::make());
        let mut me = new_me(hub, hub_certificate, founded.officer, now_ms);
        (me.org, me.register, me.root) = (founded.org(), signed.space(), root);
        let sealed = seal_to(&[new_recovery.recipient()], &*new_root.seed())?;
        let used = RecoveryV1::new(
            me.org,
            me.person,
            me.keys()?,
            new_root.public(),
            &new_recovery.recipient(),
            sealed,
            &old_root,
        );
        let register = me.register;
        let old_key = Change::Meta(OLD_RECOVERY.into(), Some(recovery.secret_text().as_bytes().to_vec()));
        self.set_me(me, vec![old_key])?;
        self.sign(NewEntry::control(Some(register), &ControlV1::RecoveryUsed(used)), now_ms)?;
        Ok(Recovered { recovery: new_recovery.secret_text() })
    }

    /// The root's private key, opened for one signature.
    pub(super) fn root(&self, recovery: &Identity) -> Result<SigningKey, VaultError> {
        let register = self.register().ok_or(VaultError::NotEnrolled)?;
        let seed: Zeroizing<Vec<u8>> = Zeroizing::new(recovery.open(&register.sealed_root)?);
        let seed: Zeroizing<[u8; 32]> =
            Zeroizing::new(seed.as_slice().try_into().map_err(|_| LedgerError::NotFounded)?);
        Ok(SigningKey::from_seed(&seed))
    }

    /// Has the root name the hub's next stamp key. The recovery key opens the root for this one signature and is not kept, so it stays
    /// good.
    pub fn name_stamp_key(&mut self, line: StampKeyLine, recovery: &Identity, now_ms: u64) -> Result<(), VaultError> {
        let root = self.root(recovery)?;
        let named = ControlV1::name_stamp_key(self.me()?.org, line.key, line.term, &root);
        let space = self.me()?.register;
        self.sign(NewEntry::control(Some(space), &named), now_ms)?;
        Ok(())
    }

    /// Takes the keys that were granted to the old recovery key, from what has arrived of each space. Returns the spaces whose
    /// keys came; when all have been handed on to the new recovery key, the old one is forgotten.
    pub fn take_recovered_keys(&mut self) -> Result<usize, VaultError> {
        let Some(old) = self.store.meta(OLD_RECOVERY)? else { return Ok(0) };
        let old = Identity::parse(std::str::from_utf8(&old).map_err(|_| VaultError::Damaged("a recovery key"))?)?;
        let (mut taken, org) = (Vec::new(), self.me()?.org);
        for space in self.arrived.clone() {
            let Some(control) = self.stamped_control(space)? else { continue };
            for row in self.store.controls(space)?.iter().filter(|row| row.person.is_some()) {
                let signed = Signed::decode(&row.entry)?;
                let Ok(body) = ControlV1::read(row.kind, &signed.body) else { continue };
                let lacks = |g: &&GrantV1| g.to == GranteeV1::Recovery && !self.keys.contains_key(&g.key);
                for grant in body.grants().iter().filter(lacks) {
                    let secret = old.open(&grant.wrapped).ok().and_then(|b| Secret::read(&b));
                    taken.extend(secret.filter(|s| s.is(grant.key, org, &control)).map(|s| (grant.key, s)));
                }
            }
        }
        self.take_keys(taken)
    }

    /// Ends a recovery: the old key is forgotten.
    pub fn forget_old_recovery(&mut self) -> Result<(), VaultError> {
        self.commit(vec![Change::Meta(OLD_RECOVERY.into(), None)])
    }
}

const OLD_RECOVERY: &str = "old recovery key";

fn new_me(hub: &str, hub_certificate: Hash, person: PersonId, now_ms: u64) -> Me {
    Me {
        org: OrgId([0; 32]),
        register: SpaceId([0; 32]),
        root: Hash::NONE,
        person,
        device: DeviceId(cabinet_seal::make_uuid_v7(now_ms)),
        signing_seed: make_bytes(),
        receiving: Identity::make().secret_text().to_string(),
        hub: hub.to_owned(),
        hub_certificate,
    }
}

/// The founding entry, of a laptop that has no store to count in yet.
fn sign_founding(me: &Me, id: EntryId, body: Vec<u8>) -> Signed {
    let author = AuthorV1::Device(me.device);
    let unsigned = Unsigned {
        place: Place { org: me.org, space: None, id, kind: 1, author, about: None },
        counter: 1,
        previous: Hash::NONE,
        seen: SeenV1::NOTHING,
        register: Head::START,
        replaces: vec![],
        papers: vec![],
        sealing: SealingV1::Clear,
    };
    let commitment = unsigned.place.commitment(&[0; 32], &body);
    EntryV1::sign(unsigned, commitment, body, &me.signing_key())
}

fn outbox_row(signed: &Signed, body: Vec<u8>, now_ms: u64) -> OutboxRow {
    let body = [vec![0; 32], body].concat();
    OutboxRow {
        id: signed.header.id,
        space: signed.space(),
        entry: signed.bytes.clone(),
        body,
        signed_ms: now_ms,
        stamp: None,
        refusal: None,
        earlier: None,
    }
}

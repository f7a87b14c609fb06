//! One laptop's part in the ledger: it signs, verifies what it receives, keeps keys, and folds. Generic over its store, so that
//! the simulator runs this very code.

mod alarms;
mod briefs;
mod facts;
mod folded;
mod forms;
mod founding;
mod grants;
mod held;
mod receive;
mod salvage;
mod sessions;
mod sign;

pub use alarms::{Alarm, VoidReason};
pub use facts::{Pending, PendingState};
pub use forms::FormBrief;
pub use founding::{Founding, Recovered};
pub use held::Held;
pub use receive::Received;
pub use sessions::SessionBrief;
pub use sign::{NewEntry, Sealing};

use salvage::damaged;

use crate::VaultError;
use crate::store::{Change, EntryRow, OutboxRow, Store};
use cabinet_acts::RegisterAct;
use cabinet_domain::{FormAct, Law, Lease, Letterhead, Roster, SessionAct};
use cabinet_ledger::*;
use cabinet_meaning::Secret;
use cabinet_seal::{Identity, SigningKey};
use minicbor::{Decode, Encode};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};

const ME: &str = "me";
const CONTACT: &str = "contact";

/// Who this laptop is. Security: lives in the vault only.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
pub struct Me {
    /// The organisation.
    #[n(0)]
    pub org: OrgId,
    /// Its register.
    #[n(1)]
    pub register: SpaceId,
    /// The founding root's public key.
    #[n(2)]
    pub root: Hash,
    /// Whose laptop.
    #[n(3)]
    pub person: PersonId,
    /// Which laptop.
    #[n(4)]
    pub device: DeviceId,
    #[cbor(n(5), with = "minicbor::bytes")]
    signing_seed: [u8; 32],
    #[n(6)]
    receiving: String,
    /// Address of the hub.
    #[n(7)]
    pub hub: String,
    /// Hash of the hub's certificate; zeros for plain HTTP.
    #[n(8)]
    pub hub_certificate: Hash,
}

impl Me {
    /// The device's signing key.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_seed(&self.signing_seed)
    }

    fn identity(&self) -> Result<Identity, VaultError> {
        Ok(Identity::parse(&self.receiving)?)
    }

    /// Its public keys.
    pub fn keys(&self) -> Result<DeviceKeysV1, VaultError> {
        let signing = PublicKeyV1::signing(self.signing_key().public());
        let receiving = PublicKeyV1::receiving(&self.identity()?.recipient());
        Ok(DeviceKeysV1 { device: self.device, signing, receiving })
    }
}

/// A person as the register names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The office.
    pub office: String,
    /// Its short sign.
    pub short: String,
}

/// A rule set or a calendar that the register added.
#[derive(Clone, Debug)]
pub struct AddedLaw {
    /// The entry that did.
    pub entry: Hash,
    /// The official who signed it.
    pub by: PersonId,
    /// Its text.
    pub text: String,
}

/// A laptop over its store.
pub struct Laptop<S> {
    store: S,
    me: Option<Me>,
    register: Option<RegisterThread>,
    people: BTreeMap<PersonId, Person>,
    rosters: Vec<Roster>,
    letterhead: Letterhead,
    lease: Option<Lease>,
    added_law: Vec<AddedLaw>,
    /// Which of it holds.
    held_law: Vec<Hash>,
    law: Law,
    keys: BTreeMap<KeyId, Secret>,
    chains: BTreeMap<SpaceId, Chain>,
    /// Spaces in the order in which they arrived, so that a replay goes through them in the same order.
    arrived: Vec<SpaceId>,
    /// Spaces as far as they are verified, of those that something arrived in.
    threads: HashMap<SpaceId, Thread>,
    /// Control states of spaces from stamped entries, as they were last asked for.
    controls: RefCell<HashMap<SpaceId, Arc<Space>>>,
    outbox: Vec<OutboxRow>,
    forms: folded::Folded<FormAct>,
    sessions: folded::Folded<SessionAct>,
    /// What lists show of each space.
    views: BTreeMap<SpaceId, briefs::View>,
    /// What the search index was last given of each space.
    searched: BTreeMap<SpaceId, String>,
    is_in_transaction: bool,
    /// Whether the transaction has changed anything.
    has_written: bool,
}

impl<S: Store> Laptop<S> {
    /// Loads what a store holds. The register was verified when it came; it is folded anew.
    pub fn open(store: S) -> Result<Self, VaultError> {
        let mut laptop = Laptop {
            store,
            me: None,
            register: None,
            people: BTreeMap::new(),
            rosters: Vec::new(),
            letterhead: Letterhead::default(),
            lease: None,
            added_law: Vec::new(),
            held_law: Vec::new(),
            law: shipped(),
            keys: BTreeMap::new(),
            chains: BTreeMap::new(),
            arrived: Vec::new(),
            threads: HashMap::new(),
            controls: RefCell::default(),
            outbox: Vec::new(),
            forms: folded::Folded::default(),
            sessions: folded::Folded::default(),
            views: BTreeMap::new(),
            searched: BTreeMap::new(),
            is_in_transaction: false,
            has_written: false,
        };
        let mut stale = laptop.load()?;
        stale.extend(laptop.needing_newer_app());
        laptop.refresh_views(&stale)?;
        Ok(laptop)
    }

    /// Returns the spaces whose view another version of the program kept.
    fn load(&mut self) -> Result<Vec<SpaceId>, VaultError> {
        self.forms.forget();
        self.sessions.forget();
        let me = self.store.meta(ME)?.map(|bytes| decode::<Me>(&bytes)).transpose();
        self.me = me.map_err(|_| VaultError::Damaged("the identity of this laptop"))?;
        let read_key = |(id, bytes): (KeyId, Vec<u8>)| Some((id, Secret::read(&bytes)?));
        let keys = self.store.keys()?.into_iter().map(read_key).collect::<Option<_>>();
        self.keys = keys.ok_or(VaultError::Damaged("a key"))?;
        let read_chain = |(id, bytes): (SpaceId, Vec<u8>)| Ok((id, decode::<Chain>(&bytes).map_err(damaged)?));
        let chains = self.store.chains()?.into_iter().map(read_chain).collect::<Result<Vec<_>, VaultError>>()?;
        self.arrived = chains.iter().map(|(space, _)| *space).collect();
        self.chains = chains.into_iter().collect();
        self.outbox = self.store.outbox()?;
        self.outbox.iter().try_for_each(|row| Signed::decode(&row.entry).map(drop)).map_err(damaged)?;
        self.controls.get_mut().clear();
        self.threads.clear();
        self.added_law.clear();
        self.held_law.clear();
        self.law = shipped();
        self.people.clear();
        self.rosters.clear();
        self.letterhead = Letterhead::default();
        self.lease = None;
        self.register = None;
        self.load_register()?;
        self.load_views()
    }

    /// Does several things as one: all of it is on disk on return, or, after an error, none of it is, neither there nor here.
    pub fn atomically<T, E: From<VaultError>>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        if self.is_in_transaction {
            return act(self);
        }
        self.store.begin()?;
        (self.is_in_transaction, self.has_written) = (true, false);
        // A panic is caught by whoever runs use cases, and this laptop is used again: a transaction left open would take every later
        // act with it.
        let acted = catch_unwind(AssertUnwindSafe(|| act(self)));
        self.is_in_transaction = false;
        let ended = self.store.end(matches!(acted, Ok(Ok(_))));
        let acted = match acted {
            Ok(acted) => acted,
            Err(panic) => {
                // Should reading fail too, memory stays ahead of the disk until the next start; the panic says more.
                let _ = self.load();
                resume_unwind(panic)
            }
        };
        let result = acted.and_then(|value| ended.map(|()| value).map_err(E::from));
        // What is held in memory may be ahead of the disk.
        if result.is_err() && self.has_written {
            self.load()?;
        }
        result
    }

    fn commit(&mut self, changes: Vec<Change>) -> Result<(), VaultError> {
        self.has_written = true;
        self.forms.heed(&changes);
        self.sessions.heed(&changes);
        self.store.commit(changes)
    }

    /// Who this laptop is; an error until it is enrolled.
    pub fn me(&self) -> Result<&Me, VaultError> {
        self.me.as_ref().ok_or(VaultError::NotEnrolled)
    }

    /// The verified register, once some of it has arrived.
    pub fn register(&self) -> Option<&Register> {
        self.register.as_ref()?.register.as_ref()
    }

    /// The law that holds here: what this program brings, and what the register added with two signatures.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The roles in which this laptop may act now.
    pub fn my_roles(&self) -> u16 {
        match (&self.me, self.register()) {
            (Some(me), Some(register)) => register.device_roles(me.device),
            _ => 0,
        }
    }

    /// Whether this laptop may act.
    pub fn is_admitted(&self) -> bool {
        let device = self.me.as_ref().and_then(|me| self.register()?.devices.get(&me.device));
        device.is_some_and(|d| d.state() == DeviceState::Admitted)
    }

    /// Whether a verified entry of the register shut this laptop out.
    pub fn is_revoked(&self) -> bool {
        let device = self.me.as_ref().and_then(|me| self.register()?.devices.get(&me.device));
        device.is_some_and(|d| d.state() == DeviceState::Revoked)
    }

    /// People by id, as far as their names could be opened.
    pub fn people(&self) -> &BTreeMap<PersonId, Person> {
        &self.people
    }

    /// Who issues what is printed, as this person left it: a letterhead of one's own that waits stands over the one in the register.
    pub fn letterhead(&self) -> Letterhead {
        let set = self.waiting_in_register().find_map(|act| match act {
            RegisterAct::LetterheadSet(letterhead) => Some(letterhead),
            _ => None,
        });
        set.unwrap_or_else(|| self.letterhead.clone())
    }

    /// How long laptops show papers out of contact, as this person left it.
    pub fn lease(&self) -> Option<Lease> {
        let set = self.waiting_in_register().find_map(|act| match act {
            RegisterAct::LeaseSet(lease) => Some(lease),
            _ => None,
        });
        set.unwrap_or(self.lease)
    }

    /// The hub's time at the last contact that was noted, in ms.
    pub fn contact(&self) -> Result<Option<u64>, VaultError> {
        Ok(self.store.meta(CONTACT)?.and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes))
    }

    /// Notes the hub's time at a contact.
    pub fn note_contact(&mut self, hub_ms: u64) -> Result<(), VaultError> {
        self.commit(vec![Change::Meta(CONTACT.into(), Some(hub_ms.to_le_bytes().to_vec()))])
    }

    /// Own acts in the register that have no place yet, the newest first.
    fn waiting_in_register(&self) -> impl Iterator<Item = RegisterAct> {
        self.outbox.iter().rev().filter(|row| row.refusal.is_none()).filter_map(|row| {
            let kind = Signed::decode(&row.entry).ok()?.header.kind;
            RegisterAct::read(kind, row.body.get(32..)?)
        })
    }

    /// The roster of a day.
    pub fn roster_on(&self, date: chrono::NaiveDate) -> Option<&Roster> {
        self.rosters.iter().filter(|r| r.from <= date).max_by_key(|r| r.from)
    }

    /// The store alone.
    pub(crate) fn into_store(self) -> S {
        self.store
    }

    /// The store, for reading.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The store, for what is not the ledger's and no fold rests on: drafts, positions, search.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// How far each space is verified here, in the order in which the spaces arrived.
    pub fn heads(&self) -> impl Iterator<Item = (SpaceId, u64)> + '_ {
        self.arrived.iter().filter_map(|space| Some((*space, self.chains.get(space)?.head.seq)))
    }

    /// The same, with the hash of each last stamp.
    pub fn chain_heads(&self) -> impl Iterator<Item = (SpaceId, Head)> + '_ {
        self.arrived.iter().filter_map(|space| Some((*space, self.chains.get(space)?.head)))
    }

    /// A key that is here.
    pub fn secret(&self, key: KeyId) -> Option<&Secret> {
        self.keys.get(&key)
    }

    /// Entries that have no place yet.
    pub fn outbox(&self) -> &[OutboxRow] {
        &self.outbox
    }

    /// Spaces of a kind that are known here, pending ones included.
    pub fn spaces(&self, kind: SpaceKind) -> Result<Vec<SpaceId>, VaultError> {
        let mut ids = self.arrived.clone();
        for row in &self.outbox {
            if !ids.contains(&row.space) {
                ids.push(row.space);
            }
        }
        let mut found = Vec::new();
        for id in ids {
            if self.control(id)?.is_some_and(|c| c.kind == Some(kind)) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// The control state of a space, with this laptop's own pending control entries on top.
    pub fn control(&self, space: SpaceId) -> Result<Option<Arc<Space>>, VaultError> {
        let mut control = self.stamped_control(space)?;
        let Some(register) = self.register() else { return Ok(control) };
        let author = Author { person: Some(self.me()?.person), roles: self.my_roles() };
        for row in self.outbox.iter().filter(|r| r.space == space && r.refusal.is_none() && r.is_clear()) {
            let signed = Signed::decode(&row.entry)?;
            if control_kind(signed.header.kind) {
                fold_control(&mut control, &signed, author, register.now());
            }
        }
        Ok(control)
    }

    /// The same from stamped entries only.
    pub(super) fn stamped_control(&self, space: SpaceId) -> Result<Option<Arc<Space>>, VaultError> {
        if let Some(known) = self.controls.borrow().get(&space) {
            return Ok(Some(known.clone()));
        }
        let Some(register) = self.register() else { return Ok(None) };
        let mut control = None;
        if self.me.as_ref().is_some_and(|me| me.register == space) {
            control = Some(Arc::new(register.space.clone()));
        } else {
            for row in self.store.controls(space)?.iter().filter(|row| row.person.is_some()) {
                let signed = Signed::decode(&row.entry).map_err(damaged)?;
                let stamp = decode::<SignedStampV1>(&row.stamp).and_then(|s| s.read()).map_err(damaged)?;
                let author = Author { person: row.person, roles: row.roles };
                fold_control(&mut control, &signed, author, register.at(stamp.register.seq));
            }
        }
        self.controls.borrow_mut().extend(control.iter().map(|c| (space, c.clone())));
        Ok(control)
    }

    fn load_register(&mut self) -> Result<(), VaultError> {
        let Some(me) = &self.me else { return Ok(()) };
        let mut thread = RegisterThread::new(me.org, me.register);
        let rows = self.store.entries(me.register, 0)?;
        for row in &rows {
            thread.replay_next(&row.entry, &row.stamp).map_err(damaged)?;
        }
        self.register = (!rows.is_empty()).then_some(thread);
        rows.iter().for_each(|row| self.learn(row));
        self.fold_added_law();
        Ok(())
    }

    /// Takes names, rosters, settings and law from an opened entry of the register; who may say so, the ledger has judged.
    fn learn(&mut self, row: &EntryRow) {
        let is_register = self.me.as_ref().is_some_and(|me| me.register == row.space);
        let Some(person) = row.person.filter(|_| is_register) else { return };
        let act = row.body.as_deref().and_then(|b| RegisterAct::read(row.kind, b.get(32..)?));
        match act {
            Some(RegisterAct::PersonNamed { person, office, short }) => {
                self.people.insert(PersonId(*person.0.as_bytes()), Person { office, short });
            }
            Some(RegisterAct::RosterSet(roster)) => {
                self.rosters.retain(|r| r.from != roster.from);
                self.rosters.push(roster);
            }
            Some(RegisterAct::LetterheadSet(letterhead)) => self.letterhead = letterhead,
            Some(RegisterAct::LeaseSet(lease)) => self.lease = lease,
            Some(RegisterAct::LawAdded(text)) => {
                let added = |signed: Signed| AddedLaw { entry: signed.hash(), by: person, text };
                self.added_law.extend(Signed::decode(&row.entry).map(added));
            }
            None => {}
        }
    }

    /// Law of the organisation's own, in the order in which it was added, whether it holds or not.
    pub fn added_law(&self) -> &[AddedLaw] {
        &self.added_law
    }

    /// Whether a second official stands behind law of the organisation's own.
    pub fn is_confirmed(&self, law: &AddedLaw) -> bool {
        let confirmed = self.register().and_then(|register| register.confirmed.get(&law.entry));
        confirmed.is_some_and(|people| people.iter().any(|person| *person != law.by))
    }

    /// Law of the organisation's own holds once a second official stands behind it; what is not law at all adds nothing.
    fn take_added_law(&mut self) -> Result<(), VaultError> {
        if !self.fold_added_law() {
            return Ok(());
        }
        // What only a newer edition explains is explained now.
        self.forms.forget();
        self.sessions.forget();
        let waiting: Vec<SpaceId> = self.needing_newer_app().collect();
        self.refresh_views(&waiting)
    }

    /// Returns whether the law is another than before.
    fn fold_added_law(&mut self) -> bool {
        let is_confirmed = |law: &&AddedLaw| self.is_confirmed(law);
        let held: Vec<Hash> = self.added_law.iter().filter(is_confirmed).map(|law| law.entry).collect();
        if held == self.held_law {
            return false;
        }
        let texts = self.added_law.iter().filter(is_confirmed).map(|law| &law.text);
        self.law = texts.fold(shipped(), |law, text| law.holding(text));
        self.held_law = held;
        true
    }

    fn set_me(&mut self, me: Me, mut changes: Vec<Change>) -> Result<(), VaultError> {
        changes.push(Change::Meta(ME.into(), Some(encode(&me))));
        self.commit(changes)?;
        self.me = Some(me);
        Ok(())
    }
}

/// The law that ships with this program, read once.
fn shipped() -> Law {
    static SHIPPED: OnceLock<Law> = OnceLock::new();
    SHIPPED.get_or_init(Law::shipped).clone()
}

/// One control entry more; a refused one changes nothing, and a state that others hold too is copied first.
fn fold_control(control: &mut Option<Arc<Space>>, signed: &Signed, author: Author, at: At<'_>) {
    let Ok(body) = ControlV1::read(signed.header.kind, &signed.body) else { return };
    let id = signed.header.id;
    match (control.as_mut(), body) {
        (None, ControlV1::SpaceOpened { kind, version, members, key, public, .. }) => {
            let key = Key { id: key, by: id, public };
            *control = Some(Arc::new(Space::open(SpaceKind::of(kind), version, &members, key)));
        }
        (Some(space), body) => {
            let _ = Arc::make_mut(space).apply(&body, id, author, at);
        }
        (None, _) => {}
    }
}

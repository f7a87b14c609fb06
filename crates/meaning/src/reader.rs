//! Verified entries of a space, one after another, as facts for its fold.

use crate::{Matter, Secret, domain_device, domain_entry, domain_person, ledger_entry, ledger_key};
use cabinet_acts::{Body, Known, Opening, Tried, kind};
use cabinet_domain as domain;
use cabinet_domain::{Fact, Millis, PairFacts, Roles, Under};
use cabinet_fault::{Fault, is_off};
use cabinet_ledger::{
    ControlV1, EntryId, Hash, KeyId, KeyKind, PersonId, Purpose, Register, SealingV1, Signed, Space, SpaceKind,
    control_kind, role,
};
use cabinet_seal::unpad;
use std::collections::{BTreeMap, BTreeSet};

/// Who sees openings that are not for all.
pub const FEW: u16 = role::TELLER | role::CHAIR;

/// A verified entry that is not void, as it is read.
pub struct Read<'a> {
    /// The entry.
    pub signed: &'a Signed,
    /// Its place.
    pub seq: u64,
    /// When it counts as received.
    pub at_ms: u64,
    /// Whose it is.
    pub person: PersonId,
    /// The author's roles.
    pub roles: u16,
    /// The register's head at its stamp.
    pub register_seq: u64,
    /// Its body.
    pub body: Body<'a>,
    /// Whether whoever reads should hold the key of a body that does not open.
    pub is_for_me: bool,
}

/// What the entries before said that later ones refer to.
#[derive(Clone, Default)]
pub struct Reader {
    /// Entries sealed to a pair: they are opened, or proven unreadable, by later ones.
    sealed: BTreeMap<EntryId, Signed>,
    /// Entries by their hash.
    entries: BTreeMap<Hash, EntryId>,
    /// Control entries that stand before.
    introduced: BTreeSet<EntryId>,
    /// The register's head at the last issue.
    issued_under: Option<u64>,
}

impl Reader {
    /// Takes the next entry; none for a control entry that says nothing to the fold. `space` is the control state at it or later.
    pub fn read<M: Matter>(&mut self, read: &Read<'_>, space: &Space, register: &Register) -> Option<Fact<M>> {
        let header = &read.signed.header;
        let found = self.fact(read, space, register, false);
        if control_kind(header.kind) {
            self.introduced.insert(header.id);
        }
        self.entries.insert(read.signed.hash(), header.id);
        if matches!(header.sealing, SealingV1::Pair(_)) {
            self.sealed.insert(header.id, read.signed.clone());
        }
        if M::KIND == SpaceKind::Form && header.kind == kind::ISSUED {
            self.issued_under = Some(read.register_seq);
        }
        found
    }

    /// Reads an entry of one's own that has no place yet: what it says of others was checked before it was signed.
    pub fn read_own<M: Matter>(&self, read: &Read<'_>, space: &Space, register: &Register) -> Option<Fact<M>> {
        self.fact(read, space, register, true)
    }

    fn fact<M: Matter>(&self, read: &Read<'_>, space: &Space, register: &Register, is_own: bool) -> Option<Fact<M>> {
        let header = &read.signed.header;
        let act = match control_kind(header.kind) {
            true => self.control::<M>(read.signed),
            false => {
                let known = KnownHere { reader: self, space, register, register_seq: read.register_seq, is_own };
                Some(M::read(header.kind, read.body, read.is_for_me, &known))
            }
        };
        let device = header.device()?;
        act.map(|act| Fact {
            id: domain_entry(header.id),
            seq: read.seq,
            at: Millis(read.at_ms as i64),
            author: domain_person(read.person),
            device: domain_device(device),
            counter: header.counter,
            roles: Roles(read.roles),
            about: header.about.map(domain_entry),
            under: under(space, header.sealing),
            replaces: header.replaces.iter().copied().map(domain_entry).collect(),
            act,
        })
    }

    fn control<M: Matter>(&self, signed: &Signed) -> Option<M> {
        match ControlV1::read(signed.header.kind, &signed.body) {
            Ok(ControlV1::Confirmed { entry }) => M::confirmed(domain_entry(*self.entries.get(&entry)?)),
            _ => None,
        }
    }
}

/// Under which of a space's keys something is said.
fn under(space: &Space, sealing: SealingV1) -> Under {
    match sealing {
        SealingV1::Clear => Under::Space,
        SealingV1::Pair(pair) => Under::Pair(domain::Hash(pair.0)),
        SealingV1::Key(key) | SealingV1::Outside(key) => match space.audience(key).map(|a| a.purpose) {
            Some(Purpose::Drafts) => Under::Drafts,
            Some(Purpose::Items) => Under::Items,
            Some(Purpose::Openings) => Under::Openings,
            None => Under::Space,
        },
    }
}

/// What control state says of a pair; none for one that nobody may use.
pub fn pair_facts(space: &Space, pair: KeyId) -> Option<PairFacts> {
    let found = space.pair(pair)?;
    let is_for_few = match found.openings {
        None => false,
        Some(key) => {
            let audience = space.audience(key)?;
            if audience.roles != FEW || !audience.members.is_empty() {
                return None;
            }
            true
        }
    };
    Some(PairFacts { is_tellers: found.is_tellers, is_for_few })
}

struct KnownHere<'a> {
    reader: &'a Reader,
    space: &'a Space,
    register: &'a Register,
    register_seq: u64,
    is_own: bool,
}

impl Known for KnownHere<'_> {
    fn is_genuine(&self, opening: &Opening) -> bool {
        let sealed = self.reader.sealed.get(&ledger_entry(opening.entry));
        self.is_own
            || is_off(Fault::Commitments)
            || sealed.is_some_and(|s| s.header.place().commitment(&opening.salt, &opening.body) == s.header.commitment)
    }

    /// The proof is the pair's private half, by the pair's name; then everybody sees what comes of opening with it.
    fn tried(&self, entry: domain::EntryId, proof: &[u8]) -> Tried {
        let Some(sealed) = self.reader.sealed.get(&ledger_entry(entry)) else { return Tried::Worthless };
        let SealingV1::Pair(pair) = sealed.header.sealing else { return Tried::Worthless };
        let secret = Secret::read(proof).filter(|s| s.is(pair, sealed.header.org, self.space));
        let Some(Secret::Identity(identity)) = secret else {
            return if is_off(Fault::SpoilProof) { Tried::Spoiled } else { Tried::Worthless };
        };
        let salted = identity.open(&sealed.body).and_then(|p| unpad(&p).map(<[u8]>::to_vec)).unwrap_or_default();
        match crate::keys::promised(sealed, &salted) {
            Some(content) => Tried::Opens(content[32..].to_vec()),
            None => Tried::Spoiled,
        }
    }

    fn pair(&self, pair: domain::Hash) -> Option<PairFacts> {
        let (by, kind) = self.space.origin(ledger_key(pair))?;
        let is_before = kind == KeyKind::Pair && (self.is_own || self.reader.introduced.contains(&by));
        is_before.then(|| pair_facts(self.space, ledger_key(pair)))?
    }

    fn prevented(&self) -> Vec<domain::PersonId> {
        let Some(issued_under) = self.reader.issued_under else { return Vec::new() };
        let (before, now) = (self.register.at(issued_under), self.register.at(self.register_seq));
        let people = self.register.people.keys().copied();
        people.filter(|p| before.has_device(*p) && !now.has_device(*p)).map(domain_person).collect()
    }
}

//! An organisation with a hub that stamps whatever it is given, and laptops that sign whatever they are told.

use cabinet_ledger::*;
use cabinet_seal::{Identity, SigningKey, seal_to};

pub const OFFICER: PersonId = PersonId([9; 16]);
pub const SECRETARY: PersonId = PersonId([8; 16]);
pub const MINISTER: PersonId = PersonId([7; 16]);
pub const TELLER: PersonId = PersonId([6; 16]);

pub struct Laptop {
    pub id: DeviceId,
    pub signing: SigningKey,
    pub receiving: Identity,
    pub counter: u64,
    pub made: u64,
}

impl Laptop {
    pub fn new(n: u8) -> Self {
        let (signing, receiving) = (SigningKey::make(), Identity::make());
        Laptop { id: DeviceId([n; 16]), signing, receiving, counter: 0, made: 0 }
    }

    pub fn keys(&self) -> DeviceKeysV1 {
        DeviceKeysV1 {
            device: self.id,
            signing: PublicKeyV1::signing(self.signing.public()),
            receiving: PublicKeyV1::receiving(&self.receiving.recipient()),
        }
    }

    /// The id of its next entry: what is named after an entry is named before it is made.
    pub fn next_id(&self) -> EntryId {
        let mut id = [self.id.0[0]; 16];
        id[..8].copy_from_slice(&(self.made + 1).to_be_bytes());
        EntryId(id)
    }

    pub fn unsigned(&mut self, org: OrgId, space: Option<SpaceId>, kind: u16, sealing: SealingV1) -> Unsigned {
        let id = self.next_id();
        (self.counter, self.made) = (self.counter + 1, self.made + 1);
        let author = AuthorV1::Device(self.id);
        Unsigned {
            place: Place { org, space, id, kind, author, about: None },
            counter: self.counter,
            previous: Hash::NONE,
            seen: SeenV1::NOTHING,
            register: Head::START,
            replaces: vec![],
            papers: vec![],
            sealing,
        }
    }

    pub fn sign(&self, unsigned: Unsigned, body: Vec<u8>) -> Signed {
        let commitment = unsigned.place.commitment(&[0; 32], &body);
        EntryV1::sign(unsigned, commitment, body, &self.signing)
    }

    pub fn control(&mut self, org: OrgId, space: Option<SpaceId>, control: &ControlV1) -> Signed {
        let unsigned = self.unsigned(org, space, control.kind(), SealingV1::Clear);
        self.sign(unsigned, encode(control))
    }

    pub fn sealed(&mut self, org: OrgId, space: SpaceId, kind: u16, sealing: SealingV1) -> Signed {
        let unsigned = self.unsigned(org, Some(space), kind, sealing);
        self.sign(unsigned, b"sealed".to_vec())
    }
}

#[derive(Clone)]
pub struct Hub {
    pub key: SigningKey,
    pub term: u32,
    pub now: u64,
}

impl Hub {
    pub fn stamp(&self, chain: &Chain, entry: &Signed, register: Head) -> StampV1 {
        StampV1 {
            version: 1,
            org: chain.org,
            space: chain.id,
            seq: chain.head.seq + 1,
            at_ms: self.now,
            previous: chain.head.hash,
            entry: entry.hash(),
            key: Hash(self.key.public().0),
            term: self.term,
            register,
            earlier: None,
        }
    }
}

pub struct World {
    pub org: OrgId,
    pub hub: Hub,
    pub root: SigningKey,
    pub officer: Laptop,
    pub space: SpaceId,
    pub thread: RegisterThread,
}

impl World {
    pub fn founded() -> Self {
        let (root, hub, recovery) = (SigningKey::make(), SigningKey::make(), Identity::make());
        let mut officer = Laptop::new(1);
        let sealed_root = seal_to(&[recovery.recipient()], &*root.seed()).unwrap();
        let org = OrgId::of_root(&PublicKeyV1::signing(root.public()));
        let key = KeyId::of(KeyKind::Space, org, officer.next_id(), &[4; 32]);
        let founded = FoundedV1::new(
            root.public(),
            &recovery.recipient(),
            sealed_root,
            hub.public(),
            OFFICER,
            role::OFFICER | role::SECRETARY,
            officer.keys(),
            key,
            PublicKeyV1::receiving(&Identity::make().recipient()),
        )
        .signed(&root);
        let entry = officer.control(org, None, &ControlV1::Founded(founded));
        let space = entry.space();
        let hub = Hub { key: hub, term: 1, now: 1_000 };
        let mut world = World { org, hub, root, officer, space, thread: RegisterThread::new(org, space) };
        world.append(&entry).unwrap();
        world
    }

    pub fn stamp(&self, entry: &Signed) -> StampV1 {
        let head = self.thread.register.as_ref().map_or(Head::START, Register::head);
        self.hub.stamp(&self.thread.chain, entry, head)
    }

    pub fn append(&mut self, entry: &Signed) -> Result<Stamped, LedgerError> {
        let stamp = encode(&self.stamp(entry).sign(&self.hub.key));
        self.thread.verify_next(&entry.bytes, &stamp)
    }

    pub fn officer_acts(&mut self, control: ControlV1) -> Stamped {
        let entry = self.officer.control(self.org, Some(self.space), &control);
        self.append(&entry).unwrap()
    }

    pub fn acts(&mut self, laptop: &mut Laptop, control: &ControlV1) -> Stamped {
        let entry = laptop.control(self.org, Some(self.space), control);
        self.append(&entry).unwrap()
    }

    pub fn register(&self) -> &Register {
        self.thread.register.as_ref().unwrap()
    }

    pub fn state(&self, laptop: &Laptop) -> DeviceState {
        self.register().devices[&laptop.id].state()
    }

    /// Invites a person and lets a laptop ask, with the code's key.
    pub fn requested(&mut self, laptop: &mut Laptop, person: PersonId) -> Hash {
        let (invitation, code) = (InvitationId([laptop.id.0[0]; 16]), SigningKey::make());
        let key = PublicKeyV1::signing(code.public());
        let expires_ms = self.hub.now + 1_000;
        self.officer_acts(ControlV1::Invited { invitation, person, expires_ms, key });
        let request = DeviceRequestV1::new(self.org, person, invitation, laptop.keys(), expires_ms, &code);
        let entry = laptop.control(self.org, Some(self.space), &ControlV1::DeviceRequested(request));
        self.append(&entry).unwrap();
        entry.hash()
    }

    /// A person with roles, on an admitted laptop; as long as there is one official alone.
    pub fn enrolled(&mut self, n: u8, person: PersonId, roles: u16) -> Laptop {
        self.officer_acts(ControlV1::RolesSet { person, roles });
        let mut laptop = Laptop::new(n);
        let request = self.requested(&mut laptop, person);
        self.officer_acts(ControlV1::DeviceAdmitted { device: laptop.id, request });
        assert_eq!(self.state(&laptop), DeviceState::Admitted);
        laptop
    }

    /// A space that the officer opens.
    pub fn opened(&mut self, kind: SpaceKind, members: Vec<PersonId>) -> Room {
        let key = KeyId::of(KeyKind::Space, self.org, self.officer.next_id(), &[5; 32]);
        let opened = ControlV1::SpaceOpened {
            kind: kind.number(),
            version: SPACE_VERSION,
            members,
            key,
            public: PublicKeyV1::receiving(&Identity::make().recipient()),
            parent: None,
            parameters: vec![].into(),
        };
        let entry = self.officer.control(self.org, None, &opened);
        let mut room = Room { thread: Thread::new(self.org, entry.space()), key };
        room.append(self, &entry).unwrap();
        room
    }
}

pub struct Room {
    pub thread: Thread,
    pub key: KeyId,
}

impl Room {
    pub fn append(&mut self, world: &World, entry: &Signed) -> Result<Stamped, LedgerError> {
        let stamp = world.hub.stamp(&self.thread.chain, entry, world.register().head());
        self.take(world, entry, &stamp)
    }

    pub fn take(&mut self, world: &World, entry: &Signed, stamp: &StampV1) -> Result<Stamped, LedgerError> {
        let stamp = encode(&stamp.sign(&world.hub.key));
        self.thread.verify_next(&entry.bytes, &stamp, world.register())
    }

    pub fn void(&mut self, world: &World, entry: &Signed) -> Option<Void> {
        self.append(world, entry).unwrap().void
    }

    pub fn id(&self) -> SpaceId {
        self.thread.chain.id
    }
}

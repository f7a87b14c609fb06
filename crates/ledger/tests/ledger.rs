//! The ledger as a stranger would try it: altered bytes, foreign signatures, broken chains, enrolment with two signatures.
#![allow(clippy::unwrap_used)]

use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::*;
use cabinet_seal::{BodyKey, Identity, SigningKey, VerifyingKey, seal_to};

struct Laptop {
    id: DeviceId,
    signing: SigningKey,
    receiving: Identity,
    counter: u64,
}

impl Laptop {
    fn new(n: u8) -> Self {
        Laptop { id: DeviceId([n; 16]), signing: SigningKey::make(), receiving: Identity::make(), counter: 0 }
    }

    fn keys(&self) -> DeviceKeysV1 {
        DeviceKeysV1 {
            device: self.id,
            signing: Hash(self.signing.public().0),
            receiving: self.receiving.recipient().text().into(),
        }
    }

    fn control(&mut self, org: OrgId, space: Option<SpaceId>, control: &ControlV1) -> Signed {
        let body = encode(control);
        let unsigned = self.unsigned(org, space, control.kind(), SealingV1::Clear);
        EntryV1::sign(unsigned, EntryV1::clear_commitment(&body), body, &self.signing)
    }

    fn unsigned(&mut self, org: OrgId, space: Option<SpaceId>, kind: u16, sealing: SealingV1) -> Unsigned {
        self.counter += 1;
        let mut id = [self.id.0[0]; 16];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        Unsigned {
            org,
            space,
            id: EntryId(id),
            kind,
            sealing,
            device: self.id,
            counter: self.counter,
            seen: SeenV1 { seq: 0, stamp: Hash::NONE },
            replaces: vec![],
            papers: vec![],
        }
    }
}

/// An organisation with a hub that stamps whatever it is given.
struct World {
    org: OrgId,
    hub: SigningKey,
    root: SigningKey,
    officer: Laptop,
    space: SpaceId,
    chain: Chain,
    register: Option<Register>,
    now: u64,
}

const OFFICER: PersonId = PersonId([9; 16]);
const MINISTER: PersonId = PersonId([7; 16]);

impl World {
    fn founded() -> Self {
        let (root, hub, recovery) = (SigningKey::make(), SigningKey::make(), Identity::make());
        let mut officer = Laptop::new(1);
        let sealed_root = seal_to(&[recovery.recipient()], &*root.seed()).unwrap();
        let key = KeyId(BodyKey::make().id());
        let roles = role::OFFICER | role::SECRETARY;
        let founded = FoundedV1::new(
            root.public(),
            &recovery.recipient(),
            sealed_root,
            hub.public(),
            OFFICER,
            roles,
            officer.keys(),
            2,
            key,
        )
        .signed(&root);
        let org = founded.org();
        let entry = officer.control(org, None, &ControlV1::Founded(founded));
        let space = entry.space();
        let chain = Chain::new(org, space);
        let mut world = World { org, hub, root, officer, space, chain, register: None, now: 1_000 };
        world.append(&entry).unwrap();
        world
    }

    fn stamp(&self, entry: &Signed) -> SignedStampV1 {
        let register = self.register.as_ref().map_or(Head::START, Register::head);
        StampV1 {
            version: 1,
            org: self.org,
            space: self.space,
            seq: self.chain.head.seq + 1,
            at_ms: self.now,
            previous: self.chain.head.hash,
            entry: entry.hash(),
            key: Hash(self.hub.public().0),
            term: 1,
            register,
        }
        .sign(&self.hub)
    }

    fn append(&mut self, entry: &Signed) -> Result<Stamped, LedgerError> {
        let stamp = encode(&self.stamp(entry));
        verify_register(&mut self.chain, &mut self.register, &entry.bytes, &stamp)
    }

    fn officer_acts(&mut self, control: ControlV1) -> Result<Stamped, LedgerError> {
        let entry = self.officer.control(self.org, Some(self.space), &control);
        self.append(&entry)
    }

    fn register(&self) -> &Register {
        self.register.as_ref().unwrap()
    }

    /// Invites the minister and lets a laptop ask.
    fn requested(&mut self, laptop: &mut Laptop) -> Hash {
        let invitation = InvitationId([laptop.id.0[0]; 16]);
        let invited = ControlV1::Invited { invitation, person: MINISTER, expires_ms: self.now + 1_000 };
        self.officer_acts(invited).unwrap();
        let mut request = DeviceRequestV1 {
            org: self.org,
            person: MINISTER,
            invitation,
            device: laptop.keys(),
            expires_ms: self.now + 1_000,
            mac: Hash::NONE,
        };
        request.mac = request.mac(&[1; 16]);
        let entry = laptop.control(self.org, Some(self.space), &ControlV1::DeviceRequested(request));
        self.append(&entry).unwrap();
        entry.hash()
    }
}

#[test]
fn every_flipped_byte_of_an_entry_and_of_a_stamp_is_a_typed_error() {
    let mut world = World::founded();
    let control = ControlV1::RolesSet { person: MINISTER, roles: role::MEMBER };
    let entry = world.officer.control(world.org, Some(world.space), &control);
    let stamp = encode(&world.stamp(&entry));
    let mut tried = (0, 0);
    for bit in 0..8 {
        for index in 0..entry.bytes.len() {
            let mut bad = entry.bytes.clone();
            bad[index] ^= 1 << bit;
            let (mut chain, mut register) = (world.chain.clone(), world.register.clone());
            assert!(verify_register(&mut chain, &mut register, &bad, &stamp).is_err(), "entry byte {index}");
            assert_eq!((chain, register), (world.chain.clone(), world.register.clone()));
            tried.0 += 1;
        }
        for index in 0..stamp.len() {
            let mut bad = stamp.clone();
            bad[index] ^= 1 << bit;
            let (mut chain, mut register) = (world.chain.clone(), world.register.clone());
            assert!(verify_register(&mut chain, &mut register, &entry.bytes, &bad).is_err(), "stamp byte {index}");
            tried.1 += 1;
        }
    }
    println!(
        "entry: {} flips of {} bytes; stamp: {} flips of {} bytes",
        tried.0,
        entry.bytes.len(),
        tried.1,
        stamp.len()
    );
    world.append(&entry).unwrap();
}

#[test]
fn any_other_encoding_is_refused() {
    let mut world = World::founded();
    let entry =
        world.officer.control(world.org, Some(world.space), &ControlV1::DeviceRevoked { device: DeviceId([1; 16]) });
    let mut longer = entry.bytes.clone();
    longer.push(0);
    assert!(Signed::decode(&longer).is_err());
    // The same array with its length in two bytes instead of one.
    let mut spread = vec![0x98, 0x03];
    spread.extend_from_slice(&entry.bytes[1..]);
    assert_eq!(Signed::decode(&spread), Err(LedgerError::NotCanonical));
}

#[test]
fn a_voting_seats_laptop_counts_when_two_have_signed() {
    let mut world = World::founded();
    world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: role::MEMBER }).unwrap();
    let second = PersonId([8; 16]);
    world.officer_acts(ControlV1::RolesSet { person: second, roles: role::SECRETARY }).unwrap();
    let mut laptop = Laptop::new(2);
    let request = world.requested(&mut laptop);
    let admit = ControlV1::DeviceAdmitted { device: laptop.id, request };
    world.officer_acts(admit.clone()).unwrap();
    assert_eq!(world.register().devices[&laptop.id].state(), DeviceState::Requested);
    world.officer_acts(admit).unwrap();
    assert_eq!(world.register().devices[&laptop.id].state(), DeviceState::Requested, "one person vouches once");

    let mut colleague = Laptop::new(3);
    let invitation = InvitationId([33; 16]);
    world.officer_acts(ControlV1::Invited { invitation, person: second, expires_ms: world.now + 9 }).unwrap();
    let mut ask = DeviceRequestV1 {
        org: world.org,
        person: second,
        invitation,
        device: colleague.keys(),
        expires_ms: world.now + 9,
        mac: Hash::NONE,
    };
    ask.mac = ask.mac(&[2; 16]);
    let entry = colleague.control(world.org, Some(world.space), &ControlV1::DeviceRequested(ask));
    world.append(&entry).unwrap();
    world.officer_acts(ControlV1::DeviceAdmitted { device: colleague.id, request: entry.hash() }).unwrap();
    assert_eq!(world.register().devices[&colleague.id].state(), DeviceState::Admitted, "a secretary has no vote");

    let entry =
        colleague.control(world.org, Some(world.space), &ControlV1::DeviceAdmitted { device: laptop.id, request });
    world.append(&entry).unwrap();
    assert_eq!(world.register().devices[&laptop.id].state(), DeviceState::Admitted);
}

#[test]
fn revoked_device_is_refused_from_that_head_on_and_not_before() {
    let mut world = World::founded();
    let mut laptop = Laptop::new(2);
    let request = world.requested(&mut laptop);
    world.officer_acts(ControlV1::DeviceAdmitted { device: laptop.id, request }).unwrap();
    let before = world.register().head().seq;
    world.officer_acts(ControlV1::DeviceRevoked { device: laptop.id }).unwrap();
    let device = &world.register().devices[&laptop.id];
    assert!(device.is_admitted_at(before) && !device.is_admitted_at(before + 1));
    let entry = laptop.control(world.org, Some(world.space), &ControlV1::DeviceRevoked { device: world.officer.id });
    assert_eq!(world.append(&entry).unwrap_err(), LedgerError::NotAdmitted(RefusalReason::DeviceNotAdmitted));
}

#[test]
fn hub_cannot_slip_in_a_stamp_key_or_an_officer() {
    let mut world = World::founded();
    let other = SigningKey::make();
    let entry =
        world.officer.control(world.org, Some(world.space), &ControlV1::RolesSet { person: MINISTER, roles: 2 });
    let mut stamp = world.register().next_stamp(entry.hash(), world.space, world.now, Hash(other.public().0), 1);
    stamp.previous = world.chain.head.hash;
    let stamp = encode(&stamp.sign(&other));
    let refused = verify_register(&mut world.chain, &mut world.register, &entry.bytes, &stamp);
    assert_eq!(refused.unwrap_err(), LedgerError::StampKeyUnknown);
    let forged = ControlV1::name_stamp_key(world.org, Hash(other.public().0), 2, &other);
    world.officer_acts(forged).unwrap();
    assert!(!world.register().may_stamp(Hash(other.public().0), 2));
    world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: role::OFFICER }).unwrap();
    assert_eq!(world.register().roles(MINISTER), 0);
    let named = ControlV1::name_stamp_key(world.org, Hash(other.public().0), 2, &world.root);
    world.officer_acts(named).unwrap();
    let (first, next) = (world.register().stamp_keys[0].1, Hash(other.public().0));
    assert!(world.register().may_stamp(next, 2) && world.register().may_stamp(next, 9));
    assert!(!world.register().may_stamp(next, 1), "not before its term");
    assert!(world.register().may_stamp(first, 1), "what was stamped stays good");
    assert!(!world.register().may_stamp(first, 2), "a key that was replaced stamps nothing new");
    for (key, term) in [(next, 3), (Hash(SigningKey::make().public().0), 2)] {
        world.officer_acts(ControlV1::name_stamp_key(world.org, key, term, &world.root)).unwrap();
        assert_eq!(world.register().stamp_keys.len(), 2, "neither a key nor a term is named twice");
    }
}

#[test]
fn gap_fork_and_time_going_back_are_refused() {
    let mut world = World::founded();
    let one = world.officer.control(world.org, Some(world.space), &ControlV1::RolesSet { person: MINISTER, roles: 2 });
    let two = world.officer.control(world.org, Some(world.space), &ControlV1::RolesSet { person: MINISTER, roles: 6 });
    let (stamp_one, fork) = (encode(&world.stamp(&one)), encode(&world.stamp(&two)));
    let mut early = world.register().next_stamp(one.hash(), world.space, 1, Hash(world.hub.public().0), 1);
    early.previous = world.chain.head.hash;
    let early = encode(&early.sign(&world.hub));
    let (chain, register) = (&mut world.chain, &mut world.register);
    assert_eq!(verify_register(chain, register, &one.bytes, &early).unwrap_err(), LedgerError::TimeGoesBack { seq: 2 });
    verify_register(chain, register, &one.bytes, &stamp_one).unwrap();
    let again = verify_register(chain, register, &two.bytes, &fork).unwrap_err();
    assert_eq!(again, LedgerError::SequenceGap { expected: 3, got: 2 });
}

#[test]
fn recovery_replaces_root_and_key_and_is_seen_by_all() {
    let mut world = World::founded();
    let (successor, recovery) = (SigningKey::make(), Identity::make());
    let sealed = seal_to(&[recovery.recipient()], &*successor.seed()).unwrap();
    let mut laptop = Laptop::new(5);
    let used = |laptop: &Laptop, root: &SigningKey, org| {
        let made = RecoveryV1::new(
            org,
            OFFICER,
            laptop.keys(),
            successor.public(),
            &recovery.recipient(),
            sealed.clone(),
            root,
        );
        ControlV1::RecoveryUsed(made)
    };
    let forged = used(&laptop, &SigningKey::make(), world.org);
    let entry = laptop.control(world.org, Some(world.space), &forged);
    world.append(&entry).unwrap();
    assert!(world.register().recoveries.is_empty());
    let real = used(&laptop, &world.root, world.org);
    let entry = laptop.control(world.org, Some(world.space), &real);
    world.append(&entry).unwrap();
    assert_eq!(world.register().recoveries.len(), 1);
    assert_eq!(world.register().root, Hash(successor.public().0));
    assert_eq!(world.register().devices[&laptop.id].state(), DeviceState::Admitted);
}

#[test]
fn body_opened_for_publication_must_match_what_was_signed() {
    let mut laptop = Laptop::new(4);
    let (salt, body) = ([3; 32], b"answer".to_vec());
    let commitment = EntryV1::commitment(&salt, &body);
    let unsigned = laptop.unsigned(OrgId([0; 32]), Some(SpaceId([1; 32])), 110, SealingV1::Answer(KeyId([2; 16])));
    let entry = EntryV1::sign(unsigned, commitment, b"sealed".to_vec(), &laptop.signing);
    entry.verify(&VerifyingKey(laptop.signing.public().0)).unwrap();
    assert_eq!(entry.header.commitment, EntryV1::commitment(&salt, &body));
    assert_ne!(entry.header.commitment, EntryV1::commitment(&salt, b"another"));
}

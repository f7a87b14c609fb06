//! Altered bytes, foreign keys, broken chains, and who comes to belong.

use crate::world::*;
use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::*;
use cabinet_seal::{Identity, SigningKey, seal_to};

fn is_refused(void: Option<Void>, refusal: RegisterRefusal) -> bool {
    void == Some(Void::RegisterRefuses(refusal))
}

#[test]
fn every_flipped_byte_of_an_entry_and_of_a_stamp_is_a_typed_error() {
    let mut world = World::founded();
    let control = ControlV1::RolesSet { person: MINISTER, roles: role::MEMBER };
    let entry = world.officer.control(world.org, Some(world.space), &control);
    let stamp = encode(&world.stamp(&entry).sign(&world.hub.key));
    let fresh = |entry: &[u8], stamp: &[u8]| {
        let mut thread = world.thread.clone();
        let verified = thread.verify_next(entry, stamp);
        // A byte of the signed header may also leave an entry that is well made and nobody's.
        verified.map_or(true, |v| v.void.is_some())
    };
    for bit in 0..8 {
        for index in 0..entry.bytes.len() {
            let mut bad = entry.bytes.clone();
            bad[index] ^= 1 << bit;
            assert!(fresh(&bad, &stamp), "entry byte {index}");
        }
        for index in 0..stamp.len() {
            let mut bad = stamp.clone();
            bad[index] ^= 1 << bit;
            assert!(fresh(&entry.bytes, &bad), "stamp byte {index}");
        }
    }
    assert!(!fresh(&entry.bytes, &stamp));
}

#[test]
fn any_other_encoding_is_refused() {
    let mut world = World::founded();
    let revoked = ControlV1::DeviceRevoked { device: DeviceId([1; 16]) };
    let entry = world.officer.control(world.org, Some(world.space), &revoked);
    let longer = [&entry.bytes[..], &[0]].concat();
    assert!(Signed::decode(&longer).is_err());
    // The same array with its length in two bytes instead of one.
    let spread = [&[0x98, 0x03], &entry.bytes[1..]].concat();
    assert_eq!(Signed::decode(&spread), Err(LedgerError::NotCanonical));
}

#[test]
fn control_kind_of_a_newer_program_is_told_as_that() {
    assert_eq!(ControlV1::read(ControlV1::LAST_KIND + 1, &[]), Err(LedgerError::ControlKindUnknown(22)));
}

#[test]
fn one_signature_is_enough_until_two_officials_hold_laptops_and_then_never_again() {
    let mut world = World::founded();
    world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: role::MEMBER });
    let early = world.enrolled(2, TELLER, role::TELLER);
    assert_eq!(world.register().device_roles(early.id), role::TELLER);
    let mut secretary = world.enrolled(3, SECRETARY, role::SECRETARY);
    assert!(world.register().needs_two);

    let mut laptop = Laptop::new(4);
    let request = world.requested(&mut laptop, MINISTER);
    let admit = ControlV1::DeviceAdmitted { device: laptop.id, request };
    world.officer_acts(admit.clone());
    assert_eq!(world.state(&laptop), DeviceState::Requested);
    let again = world.officer_acts(admit.clone());
    assert!(is_refused(again.void, RegisterRefusal::VouchedAlready), "one person vouches once");
    world.acts(&mut secretary, &admit);
    assert_eq!(world.state(&laptop), DeviceState::Admitted);
    assert_eq!(world.register().device_roles(laptop.id), role::MEMBER);

    world.officer_acts(ControlV1::DeviceRevoked { device: secretary.id });
    assert!(world.register().needs_two, "one official alone is no way round it");
}

#[test]
fn laptop_counts_with_its_inviters_word_and_with_no_other_alone() {
    let mut world = World::founded();
    let mut secretary = world.enrolled(3, SECRETARY, role::SECRETARY);
    let mut laptop = Laptop::new(4);
    let request = world.requested(&mut laptop, MINISTER);
    let admit = ControlV1::DeviceAdmitted { device: laptop.id, request };
    world.acts(&mut secretary, &admit);
    assert_eq!(world.state(&laptop), DeviceState::Requested);
    world.officer_acts(admit);
    assert_eq!(world.state(&laptop), DeviceState::Admitted);
}

#[test]
fn request_needs_the_codes_secret_and_one_admission_uses_the_invitation_up() {
    let mut world = World::founded();
    let (invitation, code) = (InvitationId([1; 16]), SigningKey::make());
    let (expires_ms, key) = (world.hub.now + 100, PublicKeyV1::signing(code.public()));
    world.officer_acts(ControlV1::Invited { invitation, person: MINISTER, expires_ms, key });
    let (mut honest, mut thief) = (Laptop::new(2), Laptop::new(3));
    let ask = |world: &mut World, laptop: &mut Laptop, code: &SigningKey| {
        let request = DeviceRequestV1::new(world.org, MINISTER, invitation, laptop.keys(), expires_ms, code);
        let entry = laptop.control(world.org, Some(world.space), &ControlV1::DeviceRequested(request));
        (entry.hash(), world.append(&entry).unwrap().void)
    };
    let (_, refused) = ask(&mut world, &mut thief, &SigningKey::make());
    assert!(is_refused(refused, RegisterRefusal::NotAllowed));
    let (request, void) = ask(&mut world, &mut honest, &code);
    assert_eq!(void, None);
    world.officer_acts(ControlV1::DeviceAdmitted { device: honest.id, request });
    let (_, refused) = ask(&mut world, &mut thief, &code);
    assert!(is_refused(refused, RegisterRefusal::InvitationNotOpen));
}

#[test]
fn invitation_is_asked_for_a_few_times_only() {
    let mut world = World::founded();
    let (invitation, code) = (InvitationId([1; 16]), SigningKey::make());
    let (expires_ms, key) = (world.hub.now + 100, PublicKeyV1::signing(code.public()));
    world.officer_acts(ControlV1::Invited { invitation, person: MINISTER, expires_ms, key });
    for n in 0..=limits::REQUESTS_PER_INVITATION_MAX {
        let mut laptop = Laptop::new(10 + n as u8);
        let request = DeviceRequestV1::new(world.org, MINISTER, invitation, laptop.keys(), expires_ms, &code);
        let asked = world.acts(&mut laptop, &ControlV1::DeviceRequested(request));
        assert_eq!(asked.void.is_none(), n < limits::REQUESTS_PER_INVITATION_MAX);
    }
}

#[test]
fn change_of_a_seat_waits_for_a_second_official_and_officers_come_from_the_root() {
    let mut world = World::founded();
    let mut secretary = world.enrolled(3, SECRETARY, role::SECRETARY);
    let proposed = world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: role::MEMBER });
    assert_eq!(world.register().roles(MINISTER), 0);
    let entry = proposed.signed.hash();
    let alone = world.officer_acts(ControlV1::Confirmed { entry });
    assert!(is_refused(alone.void, RegisterRefusal::VouchedAlready));
    world.acts(&mut secretary, &ControlV1::Confirmed { entry });
    assert_eq!(world.register().roles(MINISTER), role::MEMBER);
    let taken = world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: 0 });
    assert_eq!(
        (taken.void, world.register().roles(MINISTER)),
        (None, role::MEMBER),
        "nor is one taken away by one alone"
    );

    let self_made = world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: role::OFFICER });
    assert!(is_refused(self_made.void, RegisterRefusal::OfficerFromRoot));
    let forged = world.officer_acts(ControlV1::name_officer(world.org, MINISTER, true, &SigningKey::make()));
    assert!(is_refused(forged.void, RegisterRefusal::RootSignature));
    world.officer_acts(ControlV1::name_officer(world.org, MINISTER, true, &world.root));
    assert_eq!(world.register().roles(MINISTER), role::MEMBER | role::OFFICER);
}

#[test]
fn revoked_device_is_void_from_that_head_on_and_not_before() {
    let mut world = World::founded();
    let mut laptop = world.enrolled(2, MINISTER, role::MEMBER);
    let before = world.register().head().seq;
    world.officer_acts(ControlV1::DeviceRevoked { device: laptop.id });
    let device = &world.register().devices[&laptop.id];
    assert!(device.is_admitted_at(before) && !device.is_admitted_at(before + 1));
    let officer = world.officer.id;
    let acted = world.acts(&mut laptop, &ControlV1::DeviceRevoked { device: officer });
    assert_eq!(acted.void, Some(Void::NotAdmitted(RefusalReason::DeviceNotAdmitted)));
}

#[test]
fn hub_cannot_slip_in_a_stamp_key() {
    let mut world = World::founded();
    let (other, first) = (SigningKey::make(), Hash(world.hub.key.public().0));
    let next = Hash(other.public().0);
    let roles = ControlV1::RolesSet { person: MINISTER, roles: 2 };
    let entry = world.officer.control(world.org, Some(world.space), &roles);
    let stamp = StampV1 { key: next, ..world.stamp(&entry) };
    let refused = world.thread.verify_next(&entry.bytes, &encode(&stamp.sign(&other)));
    assert_eq!(refused.unwrap_err(), LedgerError::StampKeyUnknown);
    let forged = world.officer_acts(ControlV1::name_stamp_key(world.org, next, 2, &other));
    assert!(is_refused(forged.void, RegisterRefusal::RootSignature));
    world.officer_acts(ControlV1::name_stamp_key(world.org, next, 2, &world.root));
    let register = world.register();
    assert!(register.may_stamp(next, 2) && register.may_stamp(next, 9));
    assert!(!register.may_stamp(next, 1), "not before its term");
    assert!(register.may_stamp(first, 1) && !register.may_stamp(first, 2), "what was stamped stays good, and no more");
}

#[test]
fn gap_fork_and_time_going_back_are_refused() {
    let mut world = World::founded();
    let [one, two] = [2, 6].map(|roles| {
        world.officer.control(world.org, Some(world.space), &ControlV1::RolesSet { person: MINISTER, roles })
    });
    let [stamp_one, fork] = [&one, &two].map(|entry| encode(&world.stamp(entry).sign(&world.hub.key)));
    let early = encode(&StampV1 { at_ms: 1, ..world.stamp(&one) }.sign(&world.hub.key));
    let refused = world.thread.verify_next(&one.bytes, &early).unwrap_err();
    assert_eq!(refused, LedgerError::TimeGoesBack { seq: 2 });
    world.thread.verify_next(&one.bytes, &stamp_one).unwrap();
    let again = world.thread.verify_next(&two.bytes, &fork).unwrap_err();
    assert_eq!(again, LedgerError::SequenceGap { expected: 3, got: 2 });
}

#[test]
fn recovery_replaces_root_and_key_and_is_seen_by_all() {
    let mut world = World::founded();
    let (successor, recovery) = (SigningKey::make(), Identity::make());
    let sealed = seal_to(&[recovery.recipient()], &*successor.seed()).unwrap();
    let mut laptop = Laptop::new(5);
    let (keys, org) = (laptop.keys(), world.org);
    let used = |root: &SigningKey| {
        let recipient = recovery.recipient();
        let made = RecoveryV1::new(org, OFFICER, keys.clone(), successor.public(), &recipient, sealed.clone(), root);
        ControlV1::RecoveryUsed(made)
    };
    let forged = world.acts(&mut laptop, &used(&SigningKey::make()));
    assert!(is_refused(forged.void, RegisterRefusal::RootSignature));
    let real = used(&world.root);
    world.acts(&mut laptop, &real);
    assert_eq!(world.register().recoveries.len(), 1);
    assert_eq!(world.register().root, PublicKeyV1::signing(successor.public()));
    assert_eq!(world.state(&laptop), DeviceState::Admitted);
}

//! What somebody who belongs may try in a space: each is void for everybody, whoever holds which key.

use crate::world::*;
use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::*;
use cabinet_seal::{Identity, seal_to};

fn not_admitted(reason: RefusalReason) -> Option<Void> {
    Some(Void::NotAdmitted(reason))
}

fn audience(world: &mut World, purpose: Purpose) -> (ControlV1, KeyId) {
    let key = KeyId::of(KeyKind::Audience, world.org, world.officer.next_id(), &[6; 32]);
    let public = PublicKeyV1::receiving(&Identity::make().recipient());
    let (roles, members, grants) = (role::STAFF, vec![], vec![]);
    (ControlV1::AudienceOpened { purpose: purpose.number(), key, public, roles, members, grants }, key)
}

fn pair(org: OrgId, laptop: &Laptop, purpose: PairUse) -> (ControlV1, KeyId) {
    let public = PublicKeyV1::receiving(&Identity::make().recipient());
    let pair = KeyId::of(KeyKind::Pair, org, laptop.next_id(), public.bytes());
    let opened = ControlV1::PairOpened {
        pair,
        purpose: purpose.number(),
        scheme: 1,
        public,
        issuer: None,
        threshold: 1,
        openings: None,
        grants: vec![],
    };
    (opened, pair)
}

#[test]
fn entry_of_a_kind_that_is_not_in_the_space_is_void_and_stops_nothing() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let (id, key) = (room.id(), SealingV1::Key(room.key));
    for kind in [109, 121, 130, 999] {
        let entry = world.officer.sealed(world.org, id, kind, key);
        assert_eq!(room.void(&world, &entry), not_admitted(RefusalReason::KindUnknown), "{kind}");
    }
    let entry = world.officer.sealed(world.org, id, 110, key);
    assert_eq!(room.void(&world, &entry), None);
}

#[test]
fn what_decides_stands_under_one_key_only() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Session, vec![]);
    let (opened, items) = audience(&mut world, Purpose::Items);
    let entry = world.officer.control(world.org, Some(room.id()), &opened);
    assert_eq!(room.void(&world, &entry), None);
    for (kind, is_legal) in
        [(130, true), (134, true), (154, true), (131, false), (145, false), (147, false), (155, false)]
    {
        let entry = world.officer.sealed(world.org, room.id(), kind, SealingV1::Key(items));
        let expected = if is_legal { None } else { not_admitted(RefusalReason::WrongKey) };
        assert_eq!(room.void(&world, &entry), expected, "{kind}");
    }
    let elsewhere = world.officer.sealed(world.org, room.id(), 131, SealingV1::Key(KeyId([1; 32])));
    assert_eq!(room.void(&world, &elsewhere), not_admitted(RefusalReason::WrongKey));
}

#[test]
fn answer_goes_to_a_pair_of_its_space_and_comes_from_a_member_even_one_who_was_removed() {
    let mut world = World::founded();
    let mut minister = world.enrolled(2, MINISTER, role::MEMBER);
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let (opened, name) = pair(world.org, &world.officer, PairUse::Answers);
    let entry = world.officer.control(world.org, Some(room.id()), &opened);
    assert_eq!(room.void(&world, &entry), None);
    let answer = minister.sealed(world.org, room.id(), 116, SealingV1::Pair(name));
    assert_eq!(room.void(&world, &answer), None, "removal from a space ends reading, never answering");
    let wrong = minister.sealed(world.org, room.id(), 116, SealingV1::Key(room.key));
    assert_eq!(room.void(&world, &wrong), not_admitted(RefusalReason::WrongKey));
    let officers = world.officer.sealed(world.org, room.id(), 116, SealingV1::Pair(name));
    assert_eq!(room.void(&world, &officers), not_admitted(RefusalReason::NotAllowed));
}

#[test]
fn nothing_counts_twice_or_from_another_chain() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let key = SealingV1::Key(room.key);
    let first = world.officer.sealed(world.org, room.id(), 110, key);
    assert_eq!(room.void(&world, &first), None);
    assert_eq!(room.void(&world, &first), Some(Void::SameId), "the very same bytes once more");
    world.officer.counter -= 1;
    let same_counter = world.officer.sealed(world.org, room.id(), 110, key);
    assert_eq!(room.void(&world, &same_counter), Some(Void::SameCounter));
    let mut unsigned = world.officer.unsigned(world.org, Some(room.id()), 110, key);
    unsigned.seen = SeenV1 { seq: 2, stamp: Hash([3; 32]), term: 1 };
    let elsewhere = world.officer.sign(unsigned, b"sealed".to_vec());
    assert_eq!(room.void(&world, &elsewhere), Some(Void::SeenElsewhere));
}

#[test]
fn what_was_seen_in_a_term_that_a_restore_cut_counts_as_the_place_where_it_was_cut() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let key = SealingV1::Key(room.key);
    let mut seen_in = |world: &mut World, term, seq| {
        let mut unsigned = world.officer.unsigned(world.org, Some(room.id()), 110, key);
        unsigned.seen = SeenV1 { seq, stamp: Hash([3; 32]), term };
        let entry = world.officer.sign(unsigned, b"sealed".to_vec());
        room.void(world, &entry)
    };
    world.hub.term = 2;
    assert_eq!(seen_in(&mut world, 1, 4), None, "the first term was cut after its first place");
    assert_eq!(seen_in(&mut world, 1, 1), Some(Void::SeenElsewhere), "a place that it did keep");
}

#[test]
fn time_before_a_restore_counts_where_the_receipt_comes_along() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let entry = world.officer.sealed(world.org, room.id(), 110, SealingV1::Key(room.key));
    let head = world.register().head();
    // It stood at a place of the first term which the backup does not have.
    let lost = StampV1 { seq: 7, at_ms: 1_500, ..world.hub.stamp(&room.thread.chain, &entry, head) };
    let receipt = encode(&lost.sign(&world.hub.key));
    (world.hub.term, world.hub.now) = (2, 9_000);
    let stamp = StampV1 { earlier: Some(receipt.into()), ..world.hub.stamp(&room.thread.chain, &entry, head) };
    let taken = room.take(&world, &entry, &stamp).unwrap();
    assert_eq!((taken.stamp.at_ms, taken.at_ms), (9_000, 1_500));
}

#[test]
fn stamp_names_no_older_head_than_its_author_and_no_time_outside_it() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let old = world.register().head();
    world.hub.now = 5_000;
    world.officer_acts(ControlV1::RolesSet { person: MINISTER, roles: role::MEMBER });
    let now = world.register().head();
    let mut unsigned = world.officer.unsigned(world.org, Some(room.id()), 110, SealingV1::Key(room.key));
    unsigned.register = now;
    let entry = world.officer.sign(unsigned, b"sealed".to_vec());
    let under_old = world.hub.stamp(&room.thread.chain, &entry, old);
    assert_eq!(room.take(&world, &entry, &under_old).unwrap_err(), LedgerError::RegisterHeadUnknown);
    let plain = world.officer.sealed(world.org, room.id(), 110, SealingV1::Key(room.key));
    let late = StampV1 { at_ms: 6_000, ..world.hub.stamp(&room.thread.chain, &plain, old) };
    let refused = room.take(&world, &plain, &late).unwrap_err();
    assert_eq!(refused, LedgerError::TimeOutOfRegister { seq: 2 }, "an old role is not given back by an old head");
    let early = StampV1 { at_ms: 4_000, ..world.hub.stamp(&room.thread.chain, &plain, now) };
    assert_eq!(room.take(&world, &plain, &early).unwrap_err(), LedgerError::TimeOutOfRegister { seq: 2 });
}

#[test]
fn private_half_goes_to_tellers_and_the_recovery_key_gets_none() {
    let mut world = World::founded();
    let minister = world.enrolled(2, MINISTER, role::MEMBER);
    let mut teller = world.enrolled(3, TELLER, role::TELLER);
    let mut room = world.opened(SpaceKind::Form, vec![MINISTER]);
    let (opened, name) = pair(world.org, &teller, PairUse::Answers);
    let entry = teller.control(world.org, Some(room.id()), &opened);
    assert_eq!(room.void(&world, &entry), None);
    assert!(room.thread.control.as_ref().unwrap().pair(name).unwrap().is_tellers);
    let wrapped = seal_to(&[teller.receiving.recipient()], b"half").unwrap();
    let mut grant = |world: &World, to| {
        let grants = vec![GrantV1::new(name, to, wrapped.clone())];
        let entry = teller.control(world.org, Some(room.id()), &ControlV1::Granted { grants });
        room.void(world, &entry)
    };
    let refused = Some(Void::SpaceRefuses(SpaceRefusal::NotEntitled));
    assert_eq!(grant(&world, GranteeV1::Device(minister.id)), refused);
    assert_eq!(grant(&world, GranteeV1::Device(world.officer.id)), refused, "who issues never held it");
    assert_eq!(grant(&world, GranteeV1::Recovery), refused);
    assert_eq!(grant(&world, GranteeV1::Device(DeviceId([3; 16]))), None);
}

#[test]
fn rotation_reaches_the_recovery_key_and_somebody_who_may_have_it_or_is_void() {
    let mut world = World::founded();
    let stranger = world.enrolled(2, MINISTER, role::MEMBER);
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let wrapped = seal_to(&[world.officer.receiving.recipient()], b"key").unwrap();
    let mut rotate = |world: &mut World, receivers: &[GranteeV1]| {
        let to = KeyId::of(KeyKind::Space, world.org, world.officer.next_id(), &[7; 32]);
        let grants = receivers.iter().map(|r| GrantV1::new(to, *r, wrapped.clone())).collect();
        let public = PublicKeyV1::receiving(&Identity::make().recipient());
        let rotated = ControlV1::KeyRotated { from: room.key, to, public, grants };
        let entry = world.officer.control(world.org, Some(room.id()), &rotated);
        room.void(world, &entry)
    };
    let refused = Some(Void::SpaceRefuses(SpaceRefusal::NotEntitled));
    let officer = GranteeV1::Device(world.officer.id);
    assert_eq!(rotate(&mut world, &[GranteeV1::Recovery]), refused, "it reaches nobody");
    assert_eq!(rotate(&mut world, &[officer]), refused, "it leaves the recovery key out");
    let other = GranteeV1::Device(stranger.id);
    assert_eq!(rotate(&mut world, &[GranteeV1::Recovery, officer, other]), refused, "it reaches somebody outside");
    assert_eq!(rotate(&mut world, &[GranteeV1::Recovery, officer]), None);
    let again = rotate(&mut world, &[GranteeV1::Recovery, officer]);
    assert_eq!(again, Some(Void::SpaceRefuses(SpaceRefusal::KeyNotInForce)), "the first rotation wins");
}

#[test]
fn key_is_due_when_somebody_holds_it_who_may_not_any_more() {
    let mut world = World::founded();
    let minister = world.enrolled(2, MINISTER, role::MEMBER);
    let mut room = world.opened(SpaceKind::Session, vec![MINISTER]);
    let wrapped = seal_to(&[minister.receiving.recipient()], b"key").unwrap();
    let grants = vec![GrantV1::new(room.key, GranteeV1::Device(minister.id), wrapped)];
    let entry = world.officer.control(world.org, Some(room.id()), &ControlV1::Granted { grants });
    assert_eq!(room.void(&world, &entry), None);
    let due = |world: &World, room: &Room| room.thread.control.as_ref().unwrap().due(world.register().now());
    assert_eq!(due(&world, &room), []);
    world.officer_acts(ControlV1::DeviceRevoked { device: minister.id });
    assert_eq!(due(&world, &room), [room.key]);
}

#[test]
fn register_takes_names_and_rosters_from_officials_only() {
    let mut world = World::founded();
    let mut minister = world.enrolled(2, MINISTER, role::MEMBER);
    let key = SealingV1::Key(world.register().space.key());
    for kind in [100, 101, 102, 103, 104] {
        let entry = minister.sealed(world.org, world.space, kind, key);
        let void = world.append(&entry).unwrap().void;
        assert_eq!(void, not_admitted(RefusalReason::NotAllowed), "{kind}");
    }
    let roster = world.officer.sealed(world.org, world.space, 101, key);
    assert_eq!(world.append(&roster).unwrap().void, None);
}

#[test]
fn copied_answer_is_nobodys() {
    let world = World::founded();
    let (mut one, mut two) = (Laptop::new(4), Laptop::new(5));
    let of = |laptop: &mut Laptop, about| {
        let mut unsigned = laptop.unsigned(world.org, Some(SpaceId([1; 32])), 116, SealingV1::Pair(KeyId([2; 32])));
        unsigned.place.about = about;
        unsigned.place
    };
    let first = of(&mut one, None);
    let said = first.commitment(&[3; 32], b"yes");
    assert_eq!(said, first.commitment(&[3; 32], b"yes"));
    assert_ne!(said, first.commitment(&[3; 32], b"no"));
    assert_ne!(said, of(&mut two, None).commitment(&[3; 32], b"yes"), "another's");
    let about = Some(world.officer.next_id());
    assert_ne!(said, Place { about, ..first.clone() }.commitment(&[3; 32], b"yes"), "to another question");
    assert_ne!(said, Place { space: None, ..first }.commitment(&[3; 32], b"yes"), "in another space");
}

#[test]
fn only_a_version_that_this_program_does_not_know_stops_a_space() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let raised = ControlV1::VersionRaised { version: SPACE_VERSION + 1 };
    let entry = world.officer.control(world.org, Some(room.id()), &raised);
    assert_eq!(room.void(&world, &entry), None);
    let next = world.officer.sealed(world.org, room.id(), 110, SealingV1::Key(room.key));
    assert_eq!(room.append(&world, &next).unwrap_err(), LedgerError::NeedsNewerApp);
}

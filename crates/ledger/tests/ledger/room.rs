//! Room in the bytes for what comes later: it is made and read here, and refused until it exists.

use crate::world::*;
use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::*;
use cabinet_seal::{Identity, SigningKey, seal_to};

#[test]
fn entry_under_a_token_is_read_and_refused() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Session, vec![]);
    let token = SigningKey::make();
    let (vote, key) = (EntryId([1; 16]), Hash(token.public().0));
    let mut unsigned = world.officer.unsigned(world.org, Some(room.id()), 148, SealingV1::Pair(KeyId([2; 32])));
    unsigned.place.author = AuthorV1::Token { vote, key, proof: vec![9; 256].into() };
    let commitment = unsigned.place.commitment(&[0; 32], b"");
    let entry = EntryV1::sign(unsigned, commitment, b"sealed".to_vec(), &token);
    let read = Signed::decode(&entry.bytes).unwrap();
    assert_eq!((read.header.device(), &read.header.author), (None, &entry.header.author));
    read.verify(&token.public()).unwrap();
    assert_eq!(room.void(&world, &read), Some(Void::NotAdmitted(RefusalReason::NotAllowed)));
}

#[test]
fn share_of_a_key_and_a_pair_that_takes_several_are_read_and_refused() {
    let mut world = World::founded();
    let mut room = world.opened(SpaceKind::Form, vec![]);
    let wrapped = seal_to(&[Identity::make().recipient()], b"share").unwrap();
    let to = GranteeV1::Device(world.officer.id);
    let grants = vec![GrantV1 { share: 2, ..GrantV1::new(room.key, to, wrapped) }];
    let granted = ControlV1::Granted { grants };
    assert_eq!(ControlV1::read(9, &encode(&granted)), Ok(granted.clone()));
    let entry = world.officer.control(world.org, Some(room.id()), &granted);
    assert_eq!(room.void(&world, &entry), Some(Void::SpaceRefuses(SpaceRefusal::NotEntitled)));
    let public = PublicKeyV1::receiving(&Identity::make().recipient());
    let pair = KeyId::of(KeyKind::Pair, world.org, world.officer.next_id(), public.bytes());
    let opened = ControlV1::PairOpened {
        pair,
        purpose: PairUse::Answers.number(),
        scheme: 1,
        public,
        issuer: Some(PublicKeyV1::signing(SigningKey::make().public())),
        threshold: 3,
        openings: None,
        grants: vec![],
    };
    assert_eq!(ControlV1::read(15, &encode(&opened)), Ok(opened.clone()));
    let entry = world.officer.control(world.org, Some(room.id()), &opened);
    assert_eq!(room.void(&world, &entry), Some(Void::SpaceRefuses(SpaceRefusal::Misplaced)));
}

#[test]
fn stamp_key_of_a_hub_in_the_room_is_read_and_refused() {
    let mut world = World::founded();
    let named = ControlV1::name_stamp_key(world.org, Hash([5; 32]), 2, &world.root);
    let ControlV1::StampKeyNamed { key, term, signature, .. } = named else { panic!("another control entry") };
    let space = Some(SpaceId([1; 32]));
    let of_room = ControlV1::StampKeyNamed { space, key, term, authority: 2, signature };
    assert_eq!(ControlV1::read(11, &encode(&of_room)), Ok(of_room.clone()));
    assert!(world.officer_acts(of_room).void.is_some());
}

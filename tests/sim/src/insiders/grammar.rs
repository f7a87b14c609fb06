//! The grammar of hostile acts: any kind, any key, any header field; replayed, cut, resent, oversized, late, under each other's ids.

use super::forge::{Draft, Hand};
use cabinet_acts::{
    RegisterAct, kind, session_kind, write_answer, write_ballot_spoiled, write_form_act, write_openings,
    write_session_act, write_spoiled,
};
use cabinet_domain::{
    Answer, AnswerStatus, Ballot, BallotChoice, Choice, Count, Counted, Field, FormAct, Hash as DomainHash, ItemField,
    ItemId, ItemOutcome, Letterhead, Member, Millis, Position, Presence, PrimeMinister, PublishedCounts,
    QuestionAnswer, Reply, Roster, SessionAct, Settlement, Value, VoteOpening, VoteOptions, Write,
};
use cabinet_ledger::*;
use cabinet_meaning::{Secret, audience_public, domain_entry, domain_person, key_id};
use cabinet_seal::{BodyKey, Identity, SigningKey, make_bytes, make_uuid_v7, seal_to};
use cabinet_vault::{EntryRow, Store};
use uuid::Uuid;

/// Where an act is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Register,
    Form,
    /// In a form, of what is opened and counted after its closing.
    Closed,
    Session,
    Anywhere,
}

/// One kind of hostile act: what is handed to the hub, in this order.
pub struct Act {
    pub name: &'static str,
    pub place: Where,
    pub make: fn(&mut Hand<'_>) -> Option<Vec<Vec<u8>>>,
}

fn one(draft: Option<Draft>) -> Option<Vec<Vec<u8>>> {
    Some(vec![draft?.sign()])
}

macro_rules! acts {
    ($($place:ident: $name:literal => $make:expr),* $(,)?) => {
        /// All of them.
        pub const ACTS: &[Act] = &[$(Act { name: $name, place: Where::$place, make: $make }),*];
    };
}

acts! {
    // The register: what is said of people and law.
    Register: "register: a roster of one's own" => |h| { let act = roster(h); one(h.act(act)) },
    Register: "register: another's name" => |h| {
        let person = domain_person(h.anybody());
        let act = RegisterAct::PersonNamed { person, office: "Bộ trưởng khác".into(), short: "K".into() };
        one(h.act(act.write()))
    },
    Register: "register: a letterhead" => |h| {
        let act = RegisterAct::LetterheadSet(Letterhead { agency: "KHÁC".into(), ..Letterhead::default() });
        one(h.act(act.write()))
    },
    Register: "register: no lease" => |h| one(h.act(RegisterAct::LeaseSet(None).write())),
    Register: "register: law of one's own" => |h| one(h.act(RegisterAct::LawAdded("[rule_set]\nid = \"x\"".into()).write())),
    Register: "register: unknown sealed kind" => |h| {
        let kind = *h.chance.pick(&[105, 110, 116, 130, 148, 199, 4_000]);
        one(h.act((kind, vec![1, 2, 3])))
    },
    // The register: roles, devices, keys.
    Register: "register: every role for oneself" => |h| {
        let control = ControlV1::RolesSet { person: h.person(), roles: 0x7f };
        one(Some(h.control(&control)))
    },
    Register: "register: an officer by word alone" => |h| {
        let control = ControlV1::RolesSet { person: h.person(), roles: 0xff };
        one(Some(h.control(&control)))
    },
    Register: "register: another's seat taken" => |h| {
        let control = ControlV1::RolesSet { person: h.anybody(), roles: role::GUEST };
        one(Some(h.control(&control)))
    },
    Register: "register: proposal and confirmation by one" => |h| {
        let proposed = h.control(&ControlV1::RolesSet { person: h.person(), roles: role::MEMBER | role::TELLER }).sign();
        let entry = Signed::decode(&proposed).ok()?.hash();
        let confirmed = h.control(&ControlV1::Confirmed { entry }).sign();
        Some(vec![proposed, confirmed])
    },
    Register: "register: an officer by a false root" => |h| {
        let control = ControlV1::name_officer(h.me.org, h.person(), true, &SigningKey::make());
        one(Some(h.control(&control)))
    },
    Register: "register: a stamp key by a false root" => |h| {
        let key = Hash(SigningKey::make().public().0);
        let control = ControlV1::name_stamp_key(h.me.org, key, 9, &SigningKey::make());
        one(Some(h.control(&control)))
    },
    Register: "register: a branch by a false root" => |h| {
        let head = Head { seq: 1, hash: Hash(make_bytes()) };
        let control = ControlV1::name_branch(h.me.org, h.space, head, &SigningKey::make());
        one(Some(h.control(&control)))
    },
    Register: "register: recovery by a false root" => |h| {
        let device = new_device(&SigningKey::make(), h.now)?;
        let root = SigningKey::make();
        let recovery = Identity::make().recipient();
        let used = RecoveryV1::new(h.me.org, h.person(), device, root.public(), &recovery, vec![1; 40], &root);
        one(Some(h.control(&ControlV1::RecoveryUsed(used))))
    },
    Register: "register: an invitation" => |h| {
        let key = PublicKeyV1::signing(SigningKey::make().public());
        let control = ControlV1::Invited {
            invitation: InvitationId(make_bytes()),
            person: h.person(),
            expires_ms: h.now + 3_600_000,
            key,
        };
        one(Some(h.control(&control)))
    },
    Register: "register: a laptop invited, asking and admitted by one" => second_laptop,
    Register: "register: a request without the code's key" => |h| {
        let invitation = open_invitation(h)?;
        request(h, invitation.0, invitation.1, &SigningKey::make())
    },
    Register: "register: a request by a used code" => |h| {
        let code = h.code.clone()?;
        let key = code.signing_key();
        request(h, code.invitation, code.person, &key)
    },
    Register: "register: an admission of another request" => |h| {
        let device = h.laptop.register()?.devices.values().last()?.keys.device;
        one(Some(h.control(&ControlV1::DeviceAdmitted { device, request: Hash(make_bytes()) })))
    },
    Register: "register: another's laptop shut out" => |h| {
        let person = h.anybody();
        let device = h.laptop.register()?.devices_of(person).next()?.keys.device;
        one(Some(h.control(&ControlV1::DeviceRevoked { device })))
    },
    Register: "register: founded again" => |h| {
        let first = Signed::decode(&first_of(h, h.me.register)?.entry).ok()?;
        Some(vec![first.bytes])
    },
    Register: "register: version raised by one" => |h| one(Some(h.control(&ControlV1::VersionRaised { version: 2 }))),
    Register: "register: unknown control kind" => |h| one(Some(h.clear(Some(h.space), 22, vec![0x81, 0x00]))),
    // Keys of a space.
    Anywhere: "key: granted to oneself" => |h| {
        let key = wanted_key(h)?;
        let grant = GrantV1::new(key, GranteeV1::Device(h.me.device), vec![7; 1_600]);
        one(Some(h.control(&ControlV1::Granted { grants: vec![grant] })))
    },
    Anywhere: "key: granted to somebody who may not have it" => |h| {
        let control = h.control.clone()?;
        let key = control.pairs.last().map_or(control.key(), |p| p.id);
        let secret = h.laptop.secret(key)?.bytes();
        let person = h.anybody();
        let to = h.laptop.register()?.devices_of(person).next()?.keys.clone();
        let wrapped = seal_to(&[to.receiving.recipient().ok()?], &secret).ok()?;
        let grant = GrantV1::new(key, GranteeV1::Device(to.device), wrapped);
        one(Some(h.control(&ControlV1::Granted { grants: vec![grant] })))
    },
    Anywhere: "key: garbage granted" => |h| {
        let key = h.control.as_ref()?.key();
        let person = h.anybody();
        let to = GranteeV1::Device(h.laptop.register()?.devices_of(person).next()?.keys.device);
        one(Some(h.control(&ControlV1::Granted { grants: vec![GrantV1::new(key, to, vec![9; 1_600])] })))
    },
    Anywhere: "key: rotated, for nobody" => |h| rotation(h, |_, _, _| vec![]),
    Anywhere: "key: rotated, for oneself alone" => |h| rotation(h, |h, key, secret| {
        let own = h.me.keys().ok().and_then(|k| k.receiving.recipient().ok());
        let Some(wrapped) = own.and_then(|r| seal_to(&[r], &secret.bytes()).ok()) else { return vec![] };
        vec![GrantV1::new(key, GranteeV1::Device(h.me.device), wrapped)]
    }),
    Anywhere: "key: rotated, with garbage for everybody" => |h| rotation(h, |h, key, _| {
        let devices = h.laptop.register().map(|r| r.devices.keys().copied().collect::<Vec<_>>()).unwrap_or_default();
        let to = devices.into_iter().map(GranteeV1::Device).chain([GranteeV1::Recovery]);
        to.map(|to| GrantV1::new(key, to, vec![3; 1_600])).collect()
    }),
    Anywhere: "key: an audience of one's own" => |h| {
        let (secret, org) = (BodyKey::make(), h.me.org);
        let (purpose, roles, members) = ((1 + h.chance.below(4)) as u8, 0, vec![h.person()]);
        let public = audience_public(&secret);
        one(Some(h.introducing(|id| {
            let key = key_id(&Secret::Body(secret), KeyKind::Audience, org, id);
            ControlV1::AudienceOpened { purpose, key, public, roles, members, grants: vec![] }
        })))
    },
    Anywhere: "key: a pair of one's own" => |h| one(Some(own_pair(h).0)),
    Anywhere: "key: oneself let in" => |h| {
        let members = vec![h.person()];
        one(Some(h.control(&ControlV1::MembersAdded { members })))
    },
    Anywhere: "key: another put out" => |h| {
        let members = vec![h.anybody()];
        one(Some(h.control(&ControlV1::MembersRemoved { members })))
    },
    Anywhere: "key: something confirmed" => |h| {
        let entry = h.anothers()?.hash();
        one(Some(h.control(&ControlV1::Confirmed { entry })))
    },
    Anywhere: "space: opened" => |h| {
        let secret = BodyKey::make();
        let (public, org, kind) = (audience_public(&secret), h.me.org, *h.chance.pick(&[1, 2, 3, 4, 9]));
        let members = vec![h.anybody()];
        let mut draft = h.clear(None, 7, vec![]);
        let key = key_id(&Secret::Body(secret), KeyKind::Space, org, draft.unsigned.place.id);
        draft.body = encode(&ControlV1::SpaceOpened {
            kind, version: 1, members, key, public, parent: None, parameters: vec![].into(),
        });
        one(Some(draft.recommit()))
    },
    // Forms.
    Form: "form: drafted" => |h| {
        let content = h.laptop.form(h.space).ok()?.content.clone()?;
        form_act(h, FormAct::Drafted(content))
    },
    Form: "form: approved" => |h| form_act(h, FormAct::Approved { by: "Thủ tướng Chính phủ".into() }),
    Form: "form: sent with other contents" => |h| {
        let mut issue = h.laptop.form(h.space).ok()?.issue.clone()?;
        issue.content.title.push_str(" (khác)");
        form_act(h, FormAct::Issued { issue, pair: None })
    },
    Form: "form: extended" => |h| {
        let deadline = h.laptop.form(h.space).ok()?.deadline?;
        form_act(h, FormAct::Extended {
            working_days: 5,
            deadline: Millis(deadline.0 + 86_400_000),
            reason: "Chờ".into(),
        })
    },
    Form: "form: recalled" => |h| form_act(h, FormAct::Recalled { reason: "Thiếu".into() }),
    Form: "form: closed" => |h| form_act(h, FormAct::Closed { prevented: vec![] }),
    Form: "form: closed with members left out" => |h| {
        let prevented = h.people.iter().copied().map(domain_person).collect();
        form_act(h, FormAct::Closed { prevented })
    },
    Form: "form: answered" => |h| { let (pair, about) = asked(h)?; let body = answer(h, Choice::Disagree); one(h.sealed_to_pair(kind::ANSWERED, &body, pair, about)) },
    Form: "form: answered unreadably" => |h| {
        let (pair, about) = asked(h)?;
        let body = answer(h, Choice::Disagree);
        let mut draft = h.sealed_to_pair(kind::ANSWERED, &body, pair, about)?;
        draft.body = vec![5; draft.body.len()];
        one(Some(draft))
    },
    Form: "form: answered other than promised" => |h| {
        let (pair, about) = asked(h)?;
        let body = answer(h, Choice::Disagree);
        let mut draft = h.sealed_to_pair(kind::ANSWERED, &body, pair, about)?;
        draft.commitment = Hash(make_bytes());
        one(Some(draft))
    },
    Form: "form: another's answer said again" => |h| {
        let copied = h.last(kind::ANSWERED)?.clone();
        let (pair, about) = asked(h)?;
        let mut draft = h.sealed_to_pair(kind::ANSWERED, &[], pair, about)?;
        (draft.body, draft.commitment) = (copied.body.clone(), copied.header.commitment);
        one(Some(draft))
    },
    Form: "form: answered in another's stead" => |h| {
        let (pair, about) = asked(h)?;
        let body = answer(h, Choice::Disagree);
        let other = h.anothers()?;
        let mut draft = h.sealed_to_pair(kind::ANSWERED, &body, pair, about)?;
        draft.unsigned.replaces = vec![other.header.id];
        draft.unsigned.place.author = other.header.author;
        one(Some(draft))
    },
    Form: "form: answered under a key of one's own" => |h| {
        let (_, about) = asked(h)?;
        let (opened, pair, identity) = own_pair(h);
        let body = answer(h, Choice::Disagree);
        let mut draft = h.act((kind::ANSWERED, body.clone()))?;
        draft.unsigned.place.about = Some(about);
        draft.unsigned.sealing = SealingV1::Pair(pair);
        draft.body = seal_to(&[identity.recipient()], &body).ok()?;
        Some(vec![opened.sign(), draft.sign()])
    },
    Closed: "form: answers opened otherwise" => |h| {
        let entry = h.last(kind::ANSWERED)?.header.id;
        let body = answer(h, Choice::Other);
        let opening = cabinet_acts::Opening { entry: domain_entry(entry), salt: make_bytes(), body };
        one(h.act(write_openings([&opening])))
    },
    Closed: "form: answers opened" => |h| {
        let openings: Vec<_> = h.laptop.readable_answers(h.space).ok()?.into_iter().map(|(o, _)| o).collect();
        let first = openings.first()?;
        one(h.act(write_openings([first])))
    },
    Closed: "form: called unreadable without proof" => |h| {
        let entry = h.last(kind::ANSWERED)?.header.id;
        one(h.act(write_spoiled(domain_entry(entry), &Secret::Identity(Box::new(Identity::make())).bytes())))
    },
    Closed: "form: called unreadable with the true key" => |h| {
        let entry = h.last(kind::ANSWERED)?.header.id;
        let pair = h.control.as_ref()?.pairs.last()?.id;
        let proof = h.laptop.secret(pair)?.bytes();
        one(h.act(write_spoiled(domain_entry(entry), &proof)))
    },
    Closed: "form: counts told" => |h| {
        let counts = PublishedCounts {
            agreed: 0, deemed: 0, disagreed: h.people.len() as u32, other: 0, reserved: 0, prime_minister: PrimeMinister::No,
        };
        let questions = h.laptop.form(h.space).ok()?.content.as_ref()?.questions.len();
        form_act(h, FormAct::Published(vec![counts; questions]))
    },
    Closed: "form: settled otherwise" => |h| {
        let entry = h.last(kind::ANSWERED)?.header.id;
        let settlement = Settlement { counted: vec![(domain_entry(entry), Counted::Spoiled)], result: DomainHash(make_bytes()) };
        form_act(h, FormAct::Settled(settlement))
    },
    Closed: "form: settled without an answer" => |h| {
        let state = h.laptop.form(h.space).ok()?;
        let standing = state.answers.iter().filter(|a| a.status == AnswerStatus::Standing);
        let mut counted: Vec<_> = standing.map(|a| (a.entry, Counted::Opened)).collect();
        counted.pop()?;
        let result = state.result.as_ref().map_or(DomainHash([0; 32]), |result| result.hash());
        let settlement = Settlement { counted, result };
        form_act(h, FormAct::Settled(settlement))
    },
    Form: "form: version raised" => |h| one(Some(h.control(&ControlV1::VersionRaised { version: 7 }))),
    // Sessions.
    Session: "session: edited" => |h| {
        let write = Write {
            field: Field::Item(ItemId(Uuid::from_u128(1)), ItemField::Title), value: Value::Text("Khác".into()), on: vec![],
        };
        session_act(h, SessionAct::Edited(vec![write]))
    },
    Session: "session: opened" => |h| {
        let pins = h.laptop.session(h.space).ok()?.opening.clone()?;
        session_act(h, SessionAct::Opened(pins))
    },
    Session: "session: called off" => |h| session_act(h, SessionAct::CalledOff { reason: "Bão".into() }),
    Session: "session: ended" => |h| session_act(h, SessionAct::Closed),
    Session: "session: another marked absent" => |h| {
        let person = domain_person(h.anybody());
        session_act(h, SessionAct::Marked { person, presence: Presence::Absent })
    },
    Session: "session: another marked as substituted" => |h| {
        let person = domain_person(h.anybody());
        session_act(h, SessionAct::Marked { person, presence: Presence::Substituted { by: "Thứ trưởng".into() } })
    },
    Session: "session: checked in" => |h| session_act(h, SessionAct::CheckedIn { is_elsewhere: false }),
    Session: "session: position" => |h| {
        session_act(h, SessionAct::Positioned { item: ItemId(Uuid::from_u128(1)), position: Position::WishToSpeak })
    },
    Session: "session: item ended" => |h| {
        session_act(h, SessionAct::ItemEnded { item: ItemId(Uuid::from_u128(1)), outcome: ItemOutcome::Withdrawn })
    },
    Session: "session: conclusion" => |h| {
        session_act(h, SessionAct::Concluded { item: ItemId(Uuid::from_u128(1)), text: "Khác".into() })
    },
    Session: "session: page put away" => |h| session_act(h, SessionAct::PutAway),
    Session: "session: one's own absence consented to" => |h| {
        let person = domain_person(h.person());
        let absent = SessionAct::Replied(Reply::Absent { reason: "Công tác".into(), substitute: None });
        let consent = SessionAct::Consented { person, is_granted: true };
        Some(vec![h.act(write_session_act(&absent)?)?.sign(), h.act(write_session_act(&consent)?)?.sign()])
    },
    Session: "session: vote opened under a pair of one's own" => |h| {
        let (opened, pair, _) = own_pair(h);
        let act = vote_opening(pair);
        Some(vec![opened.sign(), h.act(write_session_act(&act)?)?.sign()])
    },
    Session: "session: vote opened" => |h| {
        let pair = h.control.as_ref()?.pairs.last()?.id;
        session_act(h, vote_opening(pair))
    },
    Session: "session: vote closed" => |h| {
        let vote = domain_entry(h.last(session_kind::VOTE_OPENED)?.header.id);
        session_act(h, SessionAct::VoteClosed { vote })
    },
    Session: "session: ballot" => |h| {
        let (pair, vote) = voted(h)?;
        let body = ballot(vote, BallotChoice::No);
        one(h.sealed_to_pair(session_kind::BALLOTED, &body, pair, vote))
    },
    Session: "session: ballot after ballot" => |h| {
        let (pair, vote) = voted(h)?;
        let drafts = [BallotChoice::Yes, BallotChoice::No].map(|choice| ballot(vote, choice));
        drafts.iter().map(|b| Some(h.sealed_to_pair(session_kind::BALLOTED, b, pair, vote)?.sign())).rev().collect()
    },
    Session: "session: another's ballot said again" => |h| {
        let copied = h.last(session_kind::BALLOTED)?.clone();
        let (pair, vote) = voted(h)?;
        let mut draft = h.sealed_to_pair(session_kind::BALLOTED, &[], pair, vote)?;
        (draft.body, draft.commitment) = (copied.body.clone(), copied.header.commitment);
        one(Some(draft))
    },
    Session: "session: ballot for another vote" => |h| {
        let (pair, vote) = voted(h)?;
        let body = ballot(EntryId(make_bytes()), BallotChoice::No);
        one(h.sealed_to_pair(session_kind::BALLOTED, &body, pair, vote))
    },
    Session: "session: hands counted by name" => |h| {
        let (_, vote) = voted(h)?;
        let named = vec![(domain_person(h.anybody()), BallotChoice::No)];
        session_act(h, SessionAct::Counted(Count { vote: domain_entry(vote), named, counts: vec![] }))
    },
    Session: "session: hands counted by number" => |h| {
        let (_, vote) = voted(h)?;
        let counts = vec![(BallotChoice::No, 2)];
        session_act(h, SessionAct::Counted(Count { vote: domain_entry(vote), named: vec![], counts }))
    },
    Session: "session: ballot called unreadable without proof" => |h| {
        let entry = domain_entry(h.last(session_kind::BALLOTED)?.header.id);
        one(h.act(write_ballot_spoiled(entry, &Secret::Identity(Box::new(Identity::make())).bytes())))
    },
    Session: "session: ballot called unreadable with the true key" => |h| {
        let entry = domain_entry(h.last(session_kind::BALLOTED)?.header.id);
        let (pair, _) = voted(h)?;
        let proof = h.laptop.secret(pair)?.bytes();
        one(h.act(write_ballot_spoiled(entry, &proof)))
    },
    Session: "session: ballots opened otherwise" => |h| {
        let entry = h.last(session_kind::BALLOTED)?.header.id;
        let (_, vote) = voted(h)?;
        let opening =
            cabinet_acts::Opening { entry: domain_entry(entry), salt: make_bytes(), body: ballot(vote, BallotChoice::No) };
        one(h.act(cabinet_acts::write_ballot_openings([&opening])))
    },
    Session: "session: vote settled otherwise" => |h| {
        let (_, vote) = voted(h)?;
        let settlement = Settlement { counted: vec![], result: DomainHash(make_bytes()) };
        session_act(h, SessionAct::VoteSettled { vote: domain_entry(vote), settlement })
    },
    // Kinds and keys.
    Anywhere: "kind: of another kind of space" => |h| {
        let kind = *h.chance.pick(&[100, 101, 110, 116, 120, 130, 145, 148, 155]);
        one(h.act((kind, vec![0x80])))
    },
    Anywhere: "kind: that nobody knows" => |h| {
        let kind = *h.chance.pick(&[106, 121, 157, 300, 65_535]);
        one(h.act((kind, vec![0x80])))
    },
    Anywhere: "kind: body of another kind" => |h| {
        let kind = *h.chance.pick(&[kind::ISSUED, kind::CLOSED, session_kind::ISSUED, session_kind::CONCLUDED]);
        let (_, body) = write_form_act(&FormAct::Recalled { reason: "x".into() })?;
        one(h.act((kind, body)))
    },
    Anywhere: "kind: a body that is nothing" => |h| {
        let kind = typical(h);
        one(h.act((kind, vec![0xff; 50])))
    },
    Anywhere: "key: a narrower one" => |h| {
        let key = h.held_key(true)?;
        let (kind, body) = typical_act(h)?;
        one(h.sealed(kind, &body, key, |_| {}))
    },
    Anywhere: "key: that does not exist" => |h| {
        let mut draft = typical_draft(h)?;
        draft.unsigned.sealing = SealingV1::Key(KeyId(make_bytes()));
        one(Some(draft))
    },
    Anywhere: "key: one's own desk's" => |h| {
        let desk = h.laptop.spaces(SpaceKind::Desk).ok()?.first().copied();
        let key = match desk { Some(desk) => h.laptop.control(desk).ok()??.key(), None => KeyId(make_bytes()) };
        let mut draft = typical_draft(h)?;
        draft.unsigned.sealing = SealingV1::Key(key);
        one(Some(draft))
    },
    Anywhere: "key: a body that does not open with it" => |h| {
        let mut draft = typical_draft(h)?;
        draft.body = vec![1; draft.body.len()];
        one(Some(draft))
    },
    Anywhere: "key: a body sealed to a pair where none belongs" => |h| {
        let mut draft = typical_draft(h)?;
        let pair = h.control.as_ref()?.pairs.last().map_or(KeyId([0; 32]), |p| p.id);
        draft.unsigned.sealing = SealingV1::Pair(pair);
        one(Some(draft))
    },
    Anywhere: "key: from outside an audience where that is not allowed" => |h| {
        let mut draft = typical_draft(h)?;
        let audience = h.control.as_ref()?.audiences.last().map_or(KeyId([0; 32]), |a| a.key());
        draft.unsigned.sealing = SealingV1::Outside(audience);
        one(Some(draft))
    },
    // Fields of the header.
    Anywhere: "header: the id of another's entry" => |h| {
        let id = h.anothers()?.header.id;
        bent(h, |u| u.place.id = id)
    },
    Anywhere: "header: a counter used before" => |h| {
        let mine = h.ledger.iter().rev().map(|(s, _)| s).find(|s| s.header.device() == Some(h.me.device))?.header.counter;
        bent(h, |u| u.counter = mine)
    },
    Anywhere: "header: counter zero" => |h| bent(h, |u| u.counter = 0),
    Anywhere: "header: counter at the end" => |h| bent(h, |u| u.counter = u64::MAX),
    Anywhere: "header: an entry before that never was" => |h| bent(h, |u| u.previous = Hash([8; 32])),
    Anywhere: "header: a chain that nobody knows" => |h| bent(h, |u| u.seen.stamp = Hash([8; 32])),
    Anywhere: "header: a place to come" => |h| bent(h, |u| u.seen.seq += 5),
    Anywhere: "header: a term to come" => |h| bent(h, |u| u.seen.term += 3),
    Anywhere: "header: a place cut in a term before" => |h| bent(h, |u| u.seen = SeenV1 { seq: 900, stamp: Hash([8; 32]), term: 0 }),
    Anywhere: "header: a head of the register that never was" => |h| bent(h, |u| u.register.hash = Hash([8; 32])),
    Anywhere: "header: a head of the register to come" => |h| bent(h, |u| u.register.seq += 9),
    Anywhere: "header: an old head of the register" => |h| {
        let first = first_of(h, h.me.register)?.stamp;
        let hash = decode::<SignedStampV1>(&first).ok()?.hash();
        bent(h, |u| u.register = Head { seq: 1, hash })
    },
    Anywhere: "header: about nothing" => |h| bent(h, |u| u.place.about = Some(EntryId([8; 16]))),
    Anywhere: "header: another's entry replaced" => |h| {
        let id = h.anothers()?.header.id;
        bent(h, |u| u.replaces = vec![id])
    },
    Anywhere: "header: papers that are not there" => |h| {
        bent(h, |u| u.papers = vec![PaperNameV1 { hash: Hash([8; 32]), size_bytes: 1, pieces: Hash([9; 32]) }])
    },
    Anywhere: "header: another organisation" => |h| bent(h, |u| u.place.org = OrgId([8; 32])),
    Anywhere: "header: another's laptop" => |h| {
        let author = h.anothers()?.header.author;
        bent(h, |u| u.place.author = author)
    },
    Anywhere: "header: a token" => |h| {
        bent(h, |u| u.place.author = AuthorV1::Token { vote: u.place.id, key: Hash([8; 32]), proof: vec![1; 64].into() })
    },
    Anywhere: "header: a promise that nothing keeps" => |h| {
        let mut draft = typical_draft(h)?;
        draft.commitment = Hash(make_bytes());
        one(Some(draft))
    },
    Anywhere: "header: clear where it is sealed" => |h| {
        let mut draft = typical_draft(h)?;
        draft.unsigned.sealing = SealingV1::Clear;
        one(Some(draft))
    },
    // How it is sent.
    Anywhere: "sent: another's entry once more" => |h| Some(vec![h.anothers()?.bytes]),
    Anywhere: "sent: the same twice" => |h| {
        let bytes = typical_draft(h)?.sign();
        Some(vec![bytes.clone(), bytes])
    },
    Anywhere: "sent: cut short" => |h| {
        let bytes = typical_draft(h)?.sign();
        Some(vec![bytes[..bytes.len() / 2].to_vec()])
    },
    Anywhere: "sent: with a bit turned" => |h| {
        let mut bytes = h.anothers()?.bytes;
        let at = h.chance.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << h.chance.below(8);
        Some(vec![bytes])
    },
    Anywhere: "sent: oversized" => |h| {
        let (kind, _) = typical_act(h)?;
        one(h.act((kind, vec![0; limits::ENTRY_BYTES_MAX])))
    },
    Anywhere: "sent: in another space" => |h| {
        let mut draft = typical_draft(h)?;
        draft.unsigned.place.space = Some(h.me.register);
        one(Some(draft))
    },
    Anywhere: "sent: newest first" => |h| {
        let (first, second) = (typical_draft(h)?, typical_draft(h)?);
        Some(vec![second.sign(), first.sign()])
    },
}

/// What an actor may say in such a space by its role, or nearly: what is bent begins as something right.
fn typical_act(h: &mut Hand<'_>) -> Option<(u16, Vec<u8>)> {
    match h.control.as_ref()?.kind {
        None => Some(roster(h)),
        Some(SpaceKind::Form) => match h.chance.below(3) {
            0 => write_form_act(&FormAct::Closed { prevented: vec![] }),
            1 => write_form_act(&FormAct::Recalled { reason: "Thiếu".into() }),
            _ => write_form_act(&FormAct::Approved { by: "Thủ tướng Chính phủ".into() }),
        },
        Some(SpaceKind::Session) => match h.chance.below(3) {
            0 => write_session_act(&SessionAct::CheckedIn { is_elsewhere: true }),
            1 => write_session_act(&SessionAct::Closed),
            _ => {
                let vote = domain_entry(h.last(session_kind::VOTE_OPENED)?.header.id);
                write_session_act(&SessionAct::VoteClosed { vote })
            }
        },
        Some(SpaceKind::Desk) => None,
    }
}

fn typical(h: &mut Hand<'_>) -> u16 {
    typical_act(h).map_or(kind::RECALLED, |(kind, _)| kind)
}

fn typical_draft(h: &mut Hand<'_>) -> Option<Draft> {
    let act = typical_act(h)?;
    h.act(act)
}

/// A typical act with a field of its header bent before it is sealed, so that nothing else about it is wrong.
fn bent(h: &mut Hand<'_>, bend: impl FnOnce(&mut Unsigned)) -> Option<Vec<Vec<u8>>> {
    let (kind, body) = typical_act(h)?;
    let key = h.held_key(false)?;
    one(h.sealed(kind, &body, key, bend))
}

fn roster(h: &Hand<'_>) -> (u16, Vec<u8>) {
    let members = vec![Member { person: domain_person(h.me.person), is_prime_minister: true }];
    let from = "2025-10-25".parse().unwrap();
    RegisterAct::RosterSet(Roster { from, members }).write()
}

fn form_act(h: &mut Hand<'_>, act: FormAct) -> Option<Vec<Vec<u8>>> {
    let said = write_form_act(&act)?;
    let mut draft = h.act(said)?;
    // A draft is what an approval is about, an approval what an issue is about.
    let state = h.laptop.form(h.space).ok()?;
    draft.unsigned.place.about = match act {
        FormAct::Approved { .. } => state.draft,
        FormAct::Issued { .. } => state.approval,
        _ => None,
    }
    .map(cabinet_meaning::ledger_entry);
    one(Some(draft))
}

fn session_act(h: &mut Hand<'_>, act: SessionAct) -> Option<Vec<Vec<u8>>> {
    let said = write_session_act(&act)?;
    one(h.act(said))
}

fn answer(h: &Hand<'_>, choice: Choice) -> Vec<u8> {
    let questions = h.laptop.form(h.space).ok().and_then(|s| Some(s.content.as_ref()?.questions.len())).unwrap_or(1);
    let question = QuestionAnswer { choice, remark: Some("Khác".into()), is_reserved: false };
    write_answer(&Answer { questions: vec![question; questions], signed_at: Millis(h.now as i64) })
}

fn ballot(vote: EntryId, choice: BallotChoice) -> Vec<u8> {
    let ballot = Ballot {
        vote: domain_entry(vote),
        choice,
        remark: Some("Khác".into()),
        is_reserved: false,
        signed_at: Millis(0),
    };
    write_session_act(&SessionAct::Balloted(ballot)).map(|(_, body)| body).unwrap_or_default()
}

/// The pair and the issue that answers of a form are for.
fn asked(h: &Hand<'_>) -> Option<(KeyId, EntryId)> {
    let about = h.last(kind::ISSUED)?.header.id;
    let pair = h.laptop.form(h.space).ok()?.issue.as_ref()?.answer_pair;
    Some((cabinet_meaning::ledger_key(pair), about))
}

/// The pair and the opening of the last vote.
fn voted(h: &Hand<'_>) -> Option<(KeyId, EntryId)> {
    let state = h.laptop.session(h.space).ok()?;
    let vote = state.votes.last()?;
    Some((cabinet_meaning::ledger_key(vote.opening.pair), cabinet_meaning::ledger_entry(vote.id)))
}

fn vote_opening(pair: KeyId) -> SessionAct {
    let opening = VoteOpening {
        items: vec![ItemId(Uuid::from_u128(1))],
        question: "Thông qua".into(),
        options: VoteOptions::YesNo,
        pair: DomainHash(pair.0),
        is_live: false,
        without_quorum: Some("Khẩn".into()),
        repeats: None,
    };
    SessionAct::VoteOpened { opening, pair: None }
}

/// A pair whose private half the actor keeps, as if a teller had laid it by.
fn own_pair(h: &mut Hand<'_>) -> (Draft, KeyId, Identity) {
    let identity = Identity::make();
    let (secret, org) = (Secret::Identity(Box::new(identity.clone())), h.me.org);
    let is_session = h.control.as_ref().is_some_and(|c| c.kind == Some(SpaceKind::Session));
    let purpose = if is_session { PairUse::Ballots } else { PairUse::Answers };
    let mut pair = KeyId([0; 32]);
    let public = PublicKeyV1::receiving(&identity.recipient());
    let draft = h.introducing(|id| {
        pair = key_id(&secret, KeyKind::Pair, org, id);
        ControlV1::PairOpened {
            pair,
            purpose: purpose.number(),
            scheme: 1,
            public,
            issuer: None,
            threshold: 1,
            openings: None,
            grants: vec![],
        }
    });
    (draft, pair, identity)
}

fn rotation(h: &mut Hand<'_>, grants: fn(&Hand<'_>, KeyId, &Secret) -> Vec<GrantV1>) -> Option<Vec<Vec<u8>>> {
    let control = h.control.clone()?;
    let from = control.audiences.last().map(|a| a.key()).filter(|_| h.chance.percent(40)).unwrap_or(control.key());
    let kind = if control.audience(from).is_some() { KeyKind::Audience } else { KeyKind::Space };
    let (body, org) = (BodyKey::make(), h.me.org);
    let (public, secret) = (audience_public(&body), Secret::Body(body));
    let mut draft = h.introducing(|id| {
        let to = key_id(&secret, kind, org, id);
        ControlV1::KeyRotated { from, to, public: public.clone(), grants: vec![] }
    });
    let to = key_id(&secret, kind, org, draft.unsigned.place.id);
    draft.body = encode(&ControlV1::KeyRotated { from, to, public, grants: grants(h, to, &secret) });
    one(Some(draft.recommit()))
}

/// A key of the space that the actor does not hold, else the one in force.
fn wanted_key(h: &Hand<'_>) -> Option<KeyId> {
    let control = h.control.as_ref()?;
    let of_audiences = control.audiences.iter().flat_map(|a| &a.keys).map(|k| k.id);
    let mut all = control.pairs.iter().map(|p| p.id).chain(of_audiences).chain(control.keys.iter().map(|k| k.id));
    all.find(|key| h.laptop.secret(*key).is_none()).or(Some(control.key()))
}

fn new_device(key: &SigningKey, now: u64) -> Option<DeviceKeysV1> {
    let receiving = PublicKeyV1::receiving(&Identity::make().recipient());
    Some(DeviceKeysV1 { device: DeviceId(make_uuid_v7(now)), signing: PublicKeyV1::signing(key.public()), receiving })
}

/// An invitation that is not used up, and for whom.
fn open_invitation(h: &Hand<'_>) -> Option<(InvitationId, PersonId)> {
    let invitations = &h.laptop.register()?.invitations;
    let open = invitations.iter().find(|(_, i)| !i.is_used).or_else(|| invitations.iter().next());
    open.map(|(id, invitation)| (*id, invitation.person))
}

/// A request of a laptop that the actor has just made up.
fn request(h: &mut Hand<'_>, invitation: InvitationId, person: PersonId, code: &SigningKey) -> Option<Vec<Vec<u8>>> {
    let key = SigningKey::make();
    let device = new_device(&key, h.now)?;
    let id = device.device;
    let asked = DeviceRequestV1::new(h.me.org, person, invitation, device, h.now + 1_000_000, code);
    let mut draft = h.control(&ControlV1::DeviceRequested(asked));
    draft.unsigned.place.author = AuthorV1::Device(id);
    draft.unsigned.counter = 1;
    draft.key = key;
    one(Some(draft.recommit()))
}

/// The whole way in, by one person alone: an invitation for somebody's seat, the request, the admission.
fn second_laptop(h: &mut Hand<'_>) -> Option<Vec<Vec<u8>>> {
    let (invitation, code, person) = (InvitationId(make_bytes()), SigningKey::make(), h.anybody());
    let invited = ControlV1::Invited {
        invitation,
        person,
        expires_ms: h.now + 3_600_000,
        key: PublicKeyV1::signing(code.public()),
    };
    let invited = h.control(&invited).sign();
    let asked = request(h, invitation, person, &code)?.remove(0);
    let signed = Signed::decode(&asked).ok()?;
    let admitted = ControlV1::DeviceAdmitted { device: signed.header.device()?, request: signed.hash() };
    Some(vec![invited, asked, h.control(&admitted).sign()])
}

/// The first entry of a space as the actor's laptop holds it.
fn first_of(h: &Hand<'_>, space: SpaceId) -> Option<EntryRow> {
    h.laptop.store().entries(space, 0).ok()?.into_iter().next()
}

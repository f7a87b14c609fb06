//! What people do in a seed: a session is held, forms are written, sent, answered, changed, extended, recalled; a laptop is lost, another joins.

use crate::world::{HOUR, MINUTE, World};
use cabinet_acts::RegisterAct;
use cabinet_domain::{Choice, FormContent, Member, OpeningAudience, Question, QuestionAnswer, Roster};
use cabinet_ledger::wire::AppendedV1;
use cabinet_ledger::{ControlV1, DeviceId, DeviceState, Hash, PersonId, SpaceId, role};
use cabinet_meaning::{domain_entry, domain_person};
use cabinet_vault::{Laptop, MemoryStore, NewEntry};
use cabinet_work::forms;

/// Laptop 0: the officer, who is secretary and teller too.
pub const STAFF: usize = 0;
/// Laptop 1: the second secretary's, who is teller too.
pub const SECOND: usize = 1;

/// Plays a seed's story.
pub fn play(world: &mut World) {
    let members = 3 + world.chance.below(4) as usize;
    let people = found(world, members, 0, &[]);
    world.start_faults();
    let forms = 1 + world.chance.below(2);
    for number in 0..forms {
        one_form(world, &people, number);
    }
    crate::session::play(world, &people);
}

/// Founds the organisation and enrols everybody, before any fault: two secretaries, members of whom the first may have more roles, others.
pub fn found(world: &mut World, members: usize, prime_minister: u16, others: &[(PersonId, u16)]) -> Vec<PersonId> {
    world.add_laptop();
    let now = world.now;
    let roles = role::OFFICER | role::SECRETARY | role::TELLER;
    let founding = Laptop::<MemoryStore>::found("http://sim", Hash::NONE, world.stamp_key(), roles, now).unwrap();
    let appended = world.hub().found(&founding.entry, now).unwrap();
    assert!(matches!(appended, AppendedV1::Stamped(_)));
    world.laptops[STAFF].laptop.founded(&founding).unwrap();
    world.start_laptop(STAFF);
    world.run_until(now + MINUTE);
    let people: Vec<PersonId> = (0..members).map(|n| PersonId([n as u8 + 1; 16])).collect();
    let named = people.clone();
    world.act(STAFF, "people", |laptop, clock| {
        let register = laptop.me().unwrap().register;
        let members = named.iter().enumerate();
        let roles = members.map(|(n, p)| (*p, role::MEMBER | if n == 0 { prime_minister } else { 0 }));
        for (person, roles) in roles.chain(others.iter().copied()) {
            let roles = ControlV1::RolesSet { person, roles };
            laptop.sign(NewEntry::control(Some(register), &roles), clock).unwrap();
        }
        let members = named.iter().enumerate();
        let members = members.map(|(n, p)| Member { person: domain_person(*p), is_prime_minister: n == 0 }).collect();
        let roster = Roster { from: "2025-10-25".parse().unwrap(), members };
        laptop.sign(NewEntry::act(register, RegisterAct::RosterSet(roster).write()), clock).unwrap();
        true
    });
    world.run_until(world.now + 2 * MINUTE);
    let second = PersonId([200; 16]);
    world.act(STAFF, "second secretary", |laptop, clock| {
        let register = laptop.me().unwrap().register;
        let roles = ControlV1::RolesSet { person: second, roles: role::SECRETARY | role::TELLER };
        laptop.sign(NewEntry::control(Some(register), &roles), clock).is_ok()
    });
    let laptop = world.add_laptop();
    enrol(world, laptop, second);
    for person in people.iter().chain(others.iter().map(|(person, _)| person)) {
        let laptop = world.add_laptop();
        enrol(world, laptop, *person);
    }
    world.run_until(world.now + 5 * MINUTE);
    people
}

/// Invitation, request, admission.
pub fn enrol(world: &mut World, laptop: usize, person: PersonId) {
    let mut code = None;
    world.act(STAFF, "invite", |staff, clock| {
        code = Some(staff.invite(person, clock + 24 * HOUR, clock).unwrap());
        true
    });
    world.run_until(world.now + MINUTE);
    let code = code.unwrap();
    world.codes.push(code.clone());
    let clock = world.clock(laptop);
    world.laptops[laptop].laptop.enrol(&code, clock + 20 * HOUR, clock).unwrap();
    world.start_laptop(laptop);
    world.act(laptop, "request", |_, _| true);
    for _ in 0..60 {
        world.wake(STAFF, 1);
        world.wake(laptop, 1);
        world.run_until(world.now + 2 * MINUTE);
        let device = world.laptops[laptop].laptop.me().unwrap().device;
        let known = world.laptops[STAFF].laptop.register().unwrap().devices.get(&device).cloned();
        let Some(known) = known.filter(|d| d.state() == DeviceState::Requested) else { continue };
        // The inviter's word, and a second official's as soon as there is one.
        for official in std::iter::once(STAFF).chain((laptop > SECOND).then_some(SECOND)) {
            vouch(world, official, device, known.request);
        }
        break;
    }
    world.run_until(world.now + MINUTE);
    world.wake(laptop, 1);
}

fn vouch(world: &mut World, official: usize, device: DeviceId, request: Hash) {
    for _ in 0..60 {
        world.wake(official, 1);
        world.run_until(world.now + 2 * MINUTE);
        let is_known = |l: &Laptop<MemoryStore>| l.register().is_some_and(|r| r.devices.contains_key(&device));
        if world.is_alive(official) && is_known(&world.laptops[official].laptop) {
            break;
        }
    }
    world.act(official, "admit", |staff, clock| {
        let register = staff.me().unwrap().register;
        let admitted = ControlV1::DeviceAdmitted { device, request };
        staff.sign(NewEntry::control(Some(register), &admitted), clock).is_ok()
    });
}

pub fn content(people: &[PersonId], number: u64, questions: u64) -> FormContent {
    FormContent {
        number: format!("{number}/PLYK"),
        title: format!("Dự thảo Nghị định {number}"),
        submitted_by: "Bộ Tài chính".into(),
        summary: String::new(),
        questions: (0..questions).map(|n| Question { text: format!("Câu {n}") }).collect(),
        papers: vec![],
        ordered_by: "Thủ tướng Chính phủ".into(),
        ordered_on: "2026-05-30".parse().unwrap(),
        asked: people.iter().map(|p| domain_person(*p)).collect(),
        openings: OpeningAudience::All,
    }
}

fn one_form(world: &mut World, people: &[PersonId], number: u64) {
    let questions = 1 + world.chance.below(2);
    let days = 2 + world.chance.below(3) as u32;
    let is_for_tellers = world.chance.percent(35);
    let openings = if is_for_tellers { OpeningAudience::TellersAndChair } else { OpeningAudience::All };
    let text = FormContent { openings, ..content(people, number, questions) };
    let mut space: Option<SpaceId> = None;
    world.act(STAFF, "write", |laptop, clock| {
        let made = forms::draft_form(laptop, None, text, None, clock).unwrap();
        forms::approve_form(laptop, made, "Thủ tướng Chính phủ", clock).unwrap();
        space = Some(made);
        forms::issue_form(laptop, made, days, clock).is_ok()
    });
    let space = space.unwrap();
    world.forms.push(space);
    let end = world.now + u64::from(days) * 24 * HOUR + 12 * HOUR;
    let (mut joins, mut loses) = (world.chance.percent(40), world.chance.percent(20));
    while world.now < end {
        let pause = HOUR + world.chance.below(8 * HOUR);
        world.run_until(world.now + pause);
        let laptop = 1 + world.chance.below(world.laptops.len() as u64 - 1) as usize;
        match world.chance.below(20) {
            0..=11 => answer(world, laptop, space, questions),
            12 => answer_twice_offline(world, laptop, space, questions),
            13 => {
                world.act(STAFF, "extend", |l, clock| forms::extend_form(l, space, 5, "Chờ ý kiến", clock).is_ok());
            }
            14 if world.chance.percent(25) => {
                world.act(STAFF, "recall", |l, clock| forms::recall_form(l, space, "Thiếu tài liệu", clock).is_ok());
            }
            15 | 16 if std::mem::take(&mut joins) => {
                world.faults.count("second laptop");
                let added = world.add_laptop();
                enrol(world, added, people[0]);
            }
            17 if std::mem::take(&mut loses) => revoke(world, world.laptops.len() - 1),
            _ => {}
        }
    }
}

pub fn answer(world: &mut World, laptop: usize, space: SpaceId, questions: u64) {
    if !world.is_alive(laptop) {
        return;
    }
    let says = 1 + world.chance.below(3) as u8;
    let choice = [Choice::Agree, Choice::Disagree, Choice::Other][says as usize - 1];
    let question = QuestionAnswer { choice, remark: Some("Đề nghị rà soát".into()), is_reserved: false };
    let mut signed = None;
    world.act(laptop, "answer", |l, clock| {
        let answered = forms::answer_form(l, space, vec![question; questions as usize], clock);
        signed = answered.ok();
        signed.is_some()
    });
    if let Some(entry) = signed {
        world.answers.insert(domain_entry(entry), says);
    }
}

/// A member changes their mind in a car; the file with both answers is handed in newest first.
fn answer_twice_offline(world: &mut World, laptop: usize, space: SpaceId, questions: u64) {
    let before = world.laptops[laptop].laptop.outbox().len();
    answer(world, laptop, space, questions);
    answer(world, laptop, space, questions);
    let signed = world.laptops[laptop].laptop.outbox().len() - before;
    world.hand_in_newest_first(laptop, signed);
}

/// A laptop is lost: it is shut out, and its owner's other laptops stay.
pub fn revoke(world: &mut World, laptop: usize) {
    let device = world.laptops[laptop].laptop.me().unwrap().device;
    world.faults.count("revoked device");
    world.act(STAFF, "revoke", |staff, clock| {
        let register = staff.me().unwrap().register;
        staff.sign(NewEntry::control(Some(register), &ControlV1::DeviceRevoked { device }), clock).is_ok()
    });
    world.laptops[laptop].is_gone = true;
}

//! The vault when the power goes: at every write and every sync of a laptop's story, whatever the disk kept of what was not
//! synced; and when the disk is full. It must open again, hold all that it said was done, and carry the story to its end.

pub mod disk;

use crate::org::START_MS;
use cabinet_acts::RegisterAct;
use cabinet_domain::{Choice, FormAct, FormContent, Member, OpeningAudience, Question, QuestionAnswer, Roster};
use cabinet_hub::{LedgerStore, MemoryLedgerStore, Orderer};
use cabinet_ledger::wire::AppendedV1;
use cabinet_ledger::{ControlV1, DeviceState, EnrolmentCode, EntryId, Hash, PersonId, Signed, SpaceId, role};
use cabinet_seal::{SigningKey, VaultKey};
use cabinet_vault::{Laptop, MemoryStore, NewEntry, SqlStore, Store};
use cabinet_work::forms;
use cabinet_work::{WorkError, keep_house};
use disk::{Cut, Disk, Survives};
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

const HOUR: u64 = 3_600_000;
const MEMBER: PersonId = PersonId([1; 16]);

type Done<T = ()> = Result<T, WorkError>;

/// A hub and a secretary that never fail.
pub struct Office<L> {
    pub hub: Orderer<L>,
    key: SigningKey,
    pub secretary: Laptop<MemoryStore>,
    pub now: u64,
}

/// Bytes of a page of a vault's file.
pub const PAGE: usize = 4_096;

/// What a disk does: the last pages of a file are not what was written.
pub fn damage_last_pages(path: &Path, count: usize) -> std::io::Result<()> {
    let mut bytes = std::fs::read(path)?;
    let pages = bytes.len() / PAGE;
    (pages.saturating_sub(count)..pages).for_each(|page| bytes[page * PAGE + PAGE / 2] ^= 1);
    std::fs::write(path, bytes)
}

/// How far the member's laptop has said that things are done.
#[derive(Clone, Default)]
struct Promised {
    heads: BTreeMap<SpaceId, u64>,
    signed: Vec<EntryId>,
    is_enrolled: bool,
}

impl<L: LedgerStore> Office<L> {
    /// One secretary, one member without a laptop, on an empty ledger.
    pub fn on(ledger: L) -> Self {
        let key = SigningKey::make();
        let mut hub = Orderer::open(ledger, key.clone()).unwrap();
        let roles = role::OFFICER | role::SECRETARY | role::TELLER;
        let stamp_key = Hash(key.public().0);
        let founding = Laptop::<MemoryStore>::found("http://x", Hash::NONE, stamp_key, roles, START_MS).unwrap();
        hub.found(&founding.entry, START_MS).unwrap();
        let mut secretary = Laptop::open(MemoryStore::default()).unwrap();
        secretary.founded(&founding).unwrap();
        let mut office = Office { hub, key, secretary, now: START_MS };
        office.sync_secretary();
        let register = office.secretary.me().unwrap().register;
        let roles = ControlV1::RolesSet { person: MEMBER, roles: role::MEMBER };
        office.secretary.sign(NewEntry::control(Some(register), &roles), office.now).unwrap();
        let member = Member { person: person(), is_prime_minister: true };
        let roster = Roster { from: "2025-10-25".parse().unwrap(), members: vec![member] };
        office.secretary.sign(NewEntry::act(register, RegisterAct::RosterSet(roster).write()), office.now).unwrap();
        office.sync_secretary();
        office
    }

    /// The hub as it starts again over what is on its disk.
    pub fn restart_hub(&mut self, ledger: L) {
        self.hub = Orderer::open(ledger, self.key.clone()).unwrap();
    }

    /// Sends and reads until nothing is left.
    pub fn sync_secretary(&mut self) {
        for _ in 0..3 {
            send(&mut self.hub, &mut self.secretary, self.now).unwrap();
            receive(&mut self.hub, &mut self.secretary, self.now).unwrap();
        }
    }

    /// An invitation for the member.
    pub fn invite(&mut self) -> EnrolmentCode {
        let code = self.secretary.invite(MEMBER, self.now + 24 * HOUR, self.now).unwrap();
        self.sync_secretary();
        code
    }

    /// Admits every laptop that asks.
    pub fn admit(&mut self) {
        self.sync_secretary();
        let devices = self.secretary.register().unwrap().devices.clone();
        for device in devices.values().filter(|d| d.state() == DeviceState::Requested) {
            let register = self.secretary.me().unwrap().register;
            let admitted = ControlV1::DeviceAdmitted { device: device.keys.device, request: device.request };
            self.secretary.sign(NewEntry::control(Some(register), &admitted), self.now).unwrap();
        }
        self.sync_secretary();
    }

    /// Sends a form to the member.
    pub fn send_form(&mut self) -> SpaceId {
        let content = FormContent {
            number: "1/PLYK".into(),
            title: "Dự thảo Nghị định".into(),
            submitted_by: "Bộ Tài chính".into(),
            summary: String::new(),
            questions: vec![Question { text: "Thông qua".into() }],
            papers: vec![],
            ordered_by: "Thủ tướng Chính phủ".into(),
            ordered_on: "2026-05-30".parse().unwrap(),
            asked: vec![person()],
            openings: OpeningAudience::All,
        };
        let space = forms::draft_form(&mut self.secretary, None, content, None, self.now).unwrap();
        forms::approve_form(&mut self.secretary, space, "Thủ tướng Chính phủ", self.now).unwrap();
        forms::issue_form(&mut self.secretary, space, 3, self.now).unwrap();
        self.sync_secretary();
        space
    }

    /// How often the member has answered in the ledger.
    fn answers(&self, space: SpaceId) -> Vec<EntryId> {
        let entries = self.hub.store().entries(space, 0, usize::MAX >> 1).unwrap();
        let headers = entries.iter().map(|e| Signed::decode(&e.entry).unwrap().header);
        headers.filter(|h| h.kind == cabinet_acts::kind::ANSWERED).map(|h| h.id).collect()
    }
}

/// The member.
pub fn person() -> cabinet_domain::PersonId {
    cabinet_domain::PersonId(Uuid::from_bytes(MEMBER.0))
}

/// Hands in what waits.
pub fn send<L: LedgerStore, S: Store>(hub: &mut Orderer<L>, laptop: &mut Laptop<S>, now: u64) -> Done {
    let waiting = laptop.outbox().iter().filter(|r| r.is_unsent());
    for (id, entry) in waiting.map(|r| (r.id, r.entry.clone())).collect::<Vec<_>>() {
        match hub.append(&[entry], now).unwrap().remove(0) {
            AppendedV1::Stamped(stamp) => laptop.receipt(id, &stamp)?,
            AppendedV1::Refused(refusal) => panic!("the hub refuses: {}", refusal.reason),
        }
    }
    Ok(())
}

/// Reads what is new, and does what follows from it.
pub fn receive<L: LedgerStore, S: Store>(hub: &mut Orderer<L>, laptop: &mut Laptop<S>, now: u64) -> Done {
    let device = laptop.me()?.device;
    for head in hub.heads(device) {
        let after = laptop.heads().find(|(s, _)| *s == head.space).map_or(0, |(_, seq)| seq);
        if after < head.seq {
            let page = hub.page(head.space, after, Some(now)).unwrap();
            let received = laptop.receive(head.space, &page)?;
            assert_eq!(received.stopped, None);
            keep_house(laptop, &received.touched, now)?;
        }
    }
    Ok(())
}

/// The member's laptop, from nothing to an answer that was changed. Each step that is done already is passed over, so that the
/// same story goes on after a power cut.
fn story(
    laptop: &mut Laptop<SqlStore>,
    office: &mut Office<MemoryLedgerStore>,
    code: &EnrolmentCode,
    promised: &mut Promised,
) -> Done<SpaceId> {
    let now = office.now;
    if laptop.me().is_err() {
        assert!(!promised.is_enrolled, "enrolment was done and is gone");
        laptop.enrol(code, now + 20 * HOUR, now)?;
    }
    promised.is_enrolled = true;
    send(&mut office.hub, laptop, now)?;
    office.admit();
    receive(&mut office.hub, laptop, now)?;
    promise(laptop, promised);
    let form = match laptop.spaces(cabinet_ledger::SpaceKind::Form)?.first() {
        Some(form) => *form,
        None => office.send_form(),
    };
    receive(&mut office.hub, laptop, now)?;
    send(&mut office.hub, laptop, now)?;
    office.sync_secretary();
    receive(&mut office.hub, laptop, now)?;
    promise(laptop, promised);
    for choice in [Choice::Agree, Choice::Disagree] {
        if signed_answers(laptop, form)? > usize::from(choice == Choice::Disagree) {
            continue;
        }
        let answer = QuestionAnswer { choice, remark: Some("Đề nghị rà soát".into()), is_reserved: false };
        let entry = laptop.atomically(|l| forms::answer_form(l, form, vec![answer], now))?;
        promised.signed.push(entry);
        send(&mut office.hub, laptop, now)?;
        receive(&mut office.hub, laptop, now)?;
        promise(laptop, promised);
    }
    office.sync_secretary();
    Ok(form)
}

/// Answers that stand in the form or wait to be sent.
fn signed_answers(laptop: &Laptop<SqlStore>, form: SpaceId) -> Done<usize> {
    let stands = laptop.store().entries(form, 0)?.iter().filter(|e| e.kind == cabinet_acts::kind::ANSWERED).count();
    let is_answer = |bytes: &[u8]| Signed::decode(bytes).unwrap().header.kind == cabinet_acts::kind::ANSWERED;
    Ok(stands + laptop.outbox().iter().filter(|r| is_answer(&r.entry)).count())
}

fn promise<S: Store>(laptop: &Laptop<S>, promised: &mut Promised) {
    promised.heads = laptop.heads().collect();
}

/// What must hold of a vault that was opened again.
fn check(laptop: &mut Laptop<SqlStore>, promised: &Promised) {
    laptop.store().check().expect("the database is whole");
    for (space, seq) in &promised.heads {
        let now = laptop.heads().find(|(s, _)| s == space).map_or(0, |(_, seq)| seq);
        assert!(now >= *seq, "space {space} was verified to {seq} and stands at {now}");
    }
    for (space, brief) in laptop.briefs::<FormAct>() {
        let form = laptop.form(space).unwrap();
        assert_eq!(brief.phase, form.phase, "a list shows another state than the entries give");
        let mine = form.standing(person()).map(|a| a.received_at);
        assert_eq!(brief.answered_at, mine, "a list shows another answer than the entries give");
    }
    for entry in &promised.signed {
        let waits = laptop.outbox().iter().any(|r| r.id == *entry);
        let stands = laptop
            .heads()
            .map(|(s, _)| s)
            .any(|s| laptop.store().entries(s, 0).unwrap().iter().any(|e| e.id == *entry));
        assert!(waits || stands, "an answer was signed and is gone");
    }
}

/// One story with one cut. Returns the writes and syncs that there were.
fn one(cut: Cut, survives: Survives) -> (u64, u64) {
    let key = VaultKey::make();
    let mut office = Office::on(MemoryLedgerStore::default());
    let code = office.invite();
    let mut promised = Promised::default();
    let disk = Disk::new(cut);
    disk.mount();
    let opened = SqlStore::open(Disk::path(), &key).and_then(Laptop::open);
    let told = opened.map_err(WorkError::from).and_then(|mut laptop| {
        let told = story(&mut laptop, &mut office, &code, &mut promised);
        if matches!(cut, Cut::Full(_)) && told.is_err() {
            // The app stays open; room is made, and the story goes on without a restart.
            disk.make_room();
            check(&mut laptop, &promised);
            return story(&mut laptop, &mut office, &code, &mut promised);
        }
        told
    });
    let counts = disk.counts();
    if told.is_ok() || matches!(cut, Cut::Full(_)) {
        disk.make_room();
        end(&disk.after(Survives::Nothing), &key, &mut office, &code, &promised);
        return counts;
    }
    assert!(disk.is_off(), "the story ended by itself: {:?}", told.err());
    end(&disk.after(survives), &key, &mut office, &code, &promised);
    counts
}

/// The power is back: opens, checks, and tells the story to its end.
fn end(disk: &Disk, key: &VaultKey, office: &mut Office<MemoryLedgerStore>, code: &EnrolmentCode, promised: &Promised) {
    disk.mount();
    let mut promised = promised.clone();
    let store = SqlStore::open(Disk::path(), key).expect("the vault opens after a power cut");
    let mut laptop = Laptop::open(store).expect("the laptop is whole after a power cut");
    check(&mut laptop, &promised);
    let form = story(&mut laptop, office, code, &mut promised).expect("the story goes on");
    check(&mut laptop, &promised);
    let answers = office.answers(form);
    let mut once = answers.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(answers.len(), once.len(), "an answer stands twice");
    assert!(promised.signed.iter().all(|s| answers.contains(s)), "an answer was lost");
    let seen = office.secretary.form(form).unwrap();
    let mine = laptop.form(form).unwrap();
    assert_eq!(seen.standing(person()).map(|a| a.entry), mine.standing(person()).map(|a| a.entry));
}

/// Every point, or every `step`-th. Returns (writes cut, syncs cut, writes without room).
pub fn all(step: usize) -> (u64, u64, u64) {
    let (writes, syncs) = one(Cut::Never, Survives::Nothing);
    let points = |last: u64| (1..=last).step_by(step);
    for survives in Survives::ALL {
        for cut in points(writes).map(Cut::Write).chain(points(syncs).map(Cut::Sync)) {
            one(cut, survives);
        }
    }
    for k in points(writes) {
        one(Cut::Full(k), Survives::Nothing);
    }
    (points(writes).count() as u64, points(syncs).count() as u64, points(writes).count() as u64)
}

//! Disks that are full, on every path that writes.

use cabinet_hub::{Clocks, FolderPaperStore, PaperStore, Running, Serving, SqliteLedgerStore, serve};
use cabinet_ledger::wire::AppendedV1;
use cabinet_ledger::{DeviceId, Hash, PaperNameV1, SpaceId};
use ecabinet_tests::org::*;
use ecabinet_tests::power::Office;
use ecabinet_tests::small_disk::{Cut, SmallDisk, Steps};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Does something on a disk that has no room, then a little more, until it is done; each time before, it says that the disk is full. Returns how
/// often, and what it gives.
async fn with_more_room<T, E: std::fmt::Display>(
    disk: &SmallDisk,
    mut act: impl AsyncFnMut() -> Result<T, E>,
) -> (u32, T) {
    let (mut room, mut tries) = (0, 0);
    loop {
        disk.leave(room);
        let done = act().await;
        match (done, disk.make_room()) {
            (Ok(done), _) => return (tries, done),
            (Err(error), Some(cut)) => {
                let said = format!("{error:#}");
                assert!(said.contains("full") || said.contains("No space left"), "with {room} bytes: {said}");
                (room, tries) = (Steps::Every.next(room, cut), tries + 1);
            }
            (Err(error), None) => panic!("with {room} bytes: {error:#}"),
        }
    }
}

/// The folder counts, and nothing beside it does.
#[test]
fn small_disk_takes_what_fits_and_cuts_what_does_not() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let (small, large) = (folder.path().join("small"), folder.path().join("large"));
    let disk = SmallDisk::at(&small);
    disk.leave(10);
    std::fs::write(&large, [1; 100]).unwrap();
    let mut file = std::fs::File::create(small.join("a")).unwrap();
    assert_eq!((file.write(&[1; 7]).unwrap(), file.write(&[1; 7]).unwrap()), (7, 3));
    let full = |error: std::io::Error| error.kind() == std::io::ErrorKind::StorageFull;
    assert!(full(file.write(&[1]).unwrap_err()));
    assert!(full(std::fs::write(small.join("b"), "").unwrap_err()));
    assert!(full(std::fs::create_dir(small.join("c")).unwrap_err()));
    assert_eq!(disk.make_room(), Some(Cut { at: 7, length: 7 }));
    file.write_all(&[1; 100]).unwrap();
    assert_eq!(std::fs::metadata(small.join("a")).unwrap().len(), 110);
}

/// Stories that go through what people and laptops do. `SMALL_DISKS=every` in front of any test takes every point of every command in it.
const STORIES: [&str; 1] = ["session::votes_are_cast_online_and_offline_and_every_laptop_computes_the_same_result"];

/// Each command of a story finds no room, then a little, until it is done; the story ends as it always does.
#[test]
fn what_finds_no_room_says_so_and_is_done_once_when_there_is_some() {
    let mut tries: BTreeMap<String, u64> = BTreeMap::new();
    for story in STORIES {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let ran = child.args(["--exact", "--nocapture", story]).env("SMALL_DISKS", "some").output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{story}: {said}{}", String::from_utf8_lossy(&ran.stderr));
        for (name, count) in said.lines().filter_map(|line| line.strip_prefix("no room: ")?.split_once(' ')) {
            *tries.entry(name.to_owned()).or_default() += count.parse::<u64>().unwrap();
        }
    }
    tries.iter().for_each(|(name, count)| println!("{name:<20} {count} times no room"));
    // A command that never met the end of the disk was not tried.
    let untried: Vec<_> = tries.iter().filter(|(_, count)| **count == 0).collect();
    assert!(tries.len() >= 20 && untried.is_empty(), "{} commands, not tried: {untried:?}", tries.len());
}

async fn start(data: &Path, is_restored: bool) -> anyhow::Result<Running> {
    let (data, listen) = (data.to_owned(), "127.0.0.1:0".parse()?);
    let clocks = Clocks::moved(TestClock::at(START_MS).clock());
    serve(Serving { data, listen, clocks, is_plain: false, is_restored }).await
}

/// The first start, one after a restore and the next, and another key: what was half written by one that failed harms none that follows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hub_that_finds_no_room_at_its_start_starts_when_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("hub");
    let disk = SmallDisk::at(&data);
    let (first, hub) = with_more_room(&disk, async || start(&data, false).await).await;
    let (token, certificate) = (hub.token.clone().unwrap(), hub.certificate);
    hub.stop().await.unwrap();
    assert_eq!(token.len(), 32, "a whole token");
    let hub = start(&data, false).await.unwrap();
    assert_eq!((hub.token.as_ref(), hub.certificate), (Some(&token), certificate), "the same hub");
    let line = format!("{}#{}.{token}", hub.url(), hub.certificate);
    let clock = TestClock::at(START_MS);
    Org::found_on(folder.path(), clock.clock(), 1, &line).await.unwrap();
    hub.stop().await.unwrap();
    let (restored, hub) = with_more_room(&disk, async || start(&data, true).await).await;
    hub.stop().await.unwrap();
    let (after, hub) = with_more_room(&disk, async || start(&data, false).await).await;
    hub.stop().await.unwrap();
    let (renewed, line) = with_more_room(&disk, async || cabinet_hub::renew(&data)).await;
    assert_eq!(cabinet_hub::renew(&data).unwrap(), line, "the key that waits");
    println!("no room: {first} first starts, {restored} after a restore, {after} after that, {renewed} new keys");
    assert!(first > 20 && restored > 0 && after > 1 && renewed > 1);
}

/// What the hub had no room for is not half there, and is taken once.
#[tokio::test]
async fn entry_that_finds_no_room_on_the_hub_is_taken_once_when_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SmallDisk::at(folder.path());
    let ledger = || SqliteLedgerStore::open(&folder.path().join("ledger.db")).unwrap();
    let mut office = Office::on(ledger());
    office.invite();
    let text = |n: u8| cabinet_domain::PersonId(uuid::Uuid::from_bytes([n; 16]));
    let mut tries = 0;
    for n in 1..4 {
        let register = office.secretary.me().unwrap().register;
        let name = cabinet_acts::RegisterAct::PersonNamed {
            person: text(n),
            office: "Bộ Tài chính".repeat(20),
            short: "TC".into(),
        };
        office.secretary.sign(cabinet_vault::NewEntry::act(register, name.write()), office.now).unwrap();
        let (id, entry) = office.secretary.outbox().last().map(|row| (row.id, row.entry.clone())).unwrap();
        let (tried, answers) =
            with_more_room(&disk, async || office.hub.append(std::slice::from_ref(&entry), START_MS)).await;
        let [AppendedV1::Stamped(stamp)] = &answers[..] else { panic!("refused") };
        office.secretary.receipt(id, stamp).unwrap();
        tries += tried;
        // As after a restart: what was said to be on disk is.
        office.restart_hub(ledger());
        let again = office.hub.append(&[entry], START_MS).unwrap();
        assert_eq!(again, answers, "the same receipt");
    }
    println!("no room: {tries} times for three entries");
    assert!(tries > 10);
}

#[tokio::test]
async fn paper_that_finds_no_room_on_the_hub_goes_on_when_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SmallDisk::at(folder.path());
    let store = FolderPaperStore::open(folder.path()).unwrap();
    let piece = cabinet_seal::PIECE_BYTES as usize;
    let bytes: Vec<u8> = (0..2 * piece as u32 + 99).map(|i| (i / 7) as u8).collect();
    let list: Vec<u8> = bytes.chunks(piece).flat_map(|piece| *blake3::hash(piece).as_bytes()).collect();
    let hash = |of: &[u8]| Hash(*blake3::hash(of).as_bytes());
    let paper = PaperNameV1 { hash: hash(&bytes), size_bytes: bytes.len() as u64, pieces: hash(&list) };
    let named = cabinet_hub::Named { space: SpaceId([1; 32]), device: DeviceId([1; 16]), paper };
    let (listed, put) = with_more_room(&disk, async || store.put_pieces(&named, &list)).await;
    put.unwrap();
    let mut tries = listed;
    for from in (0..bytes.len()).step_by(piece) {
        let part = &bytes[from..(from + piece).min(bytes.len())];
        let (tried, state) = with_more_room(&disk, async || store.append(&named, from as u64, part)).await;
        assert_eq!(state.unwrap().received_bytes, (from + part.len()) as u64);
        tries += tried;
    }
    assert_eq!(store.read(paper.hash, 0, bytes.len()).unwrap().unwrap(), bytes);
    println!("no room: {tries} times for a paper of three pieces");
    assert!(tries > 10);
}

/// A form and its paper that arrive while nothing more fits: the laptop says so, and both are here, whole, soon after there is room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_finds_no_room_on_a_laptop_is_told_and_arrives_when_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let org = Org::found(folder.path(), TestClock::at(START_MS).clock(), 1, true).await.unwrap();
    let mut pdf = crate::path::small_pdf("Xin chao");
    pdf.extend_from_slice(b"\n%");
    pdf.extend((0..700_000u32).map(|n| b'a' + (n / 7 % 26) as u8));
    let path = folder.path().join("To trinh.pdf");
    std::fs::write(&path, pdf).unwrap();
    let member = &org.members[0];
    let disk = SmallDisk::at(member.folder());
    for room in [0, 1, 40, 300_000, 700_100] {
        disk.leave(room);
        let papers = &[(path.clone(), "Tờ trình")];
        let number = format!("{room}/PLYK");
        let form = org.send_form(FormDraft { papers, ..FormDraft::plain(&number, "2026-05-30") }).await.unwrap();
        let says = async |is_full: bool| Ok(call(member, "status", json!(null)).await?["is_disk_full"] == is_full);
        until("the laptop says that its disk is full", async || says(true).await).await.unwrap();
        disk.make_room();
        let view = async || call(member, "form", json!({"form": form})).await;
        until("the paper", async || Ok(view().await.is_ok_and(|v| v["papers"][0]["here"] == 1.0))).await.unwrap();
        let hash = view().await.unwrap()["papers"][0]["hash"].clone();
        let read = json!({"form": form, "paper": hash});
        assert_eq!(call(member, "paper", read).await.unwrap()["pages"].as_array().unwrap().len(), 1);
        until("it says so no more", async || says(false).await).await.unwrap();
    }
}

/// A member whose disk is full since last time still gets in and reads; an act says that there is no room, and is done when there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn vault_is_opened_and_read_on_a_disk_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let org = Org::found(folder.path(), TestClock::at(START_MS).clock(), 1, true).await.unwrap();
    let path = folder.path().join("To trinh.pdf");
    std::fs::write(&path, crate::path::small_pdf("Xin chao")).unwrap();
    let papers = &[(path, "Tờ trình")];
    let form = org.send_form(FormDraft { papers, ..FormDraft::plain("1/PLYK", "2026-05-30") }).await.unwrap();
    let member = &org.members[0];
    let view = async || call(member, "form", json!({"form": form})).await;
    until("the paper", async || Ok(view().await.is_ok_and(|v| v["papers"][0]["here"] == 1.0))).await.unwrap();
    let hash = view().await.unwrap()["papers"][0]["hash"].clone();
    let disk = SmallDisk::at(member.folder());
    for turn in 0..2 {
        call(member, "lock", json!(null)).await.unwrap();
        disk.leave(0);
        call(member, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap();
        let home = call(member, "home", json!(null)).await.unwrap();
        let of = |list: &str| home[list].as_array().unwrap().len();
        assert_eq!(of("to_answer") + of("others"), 1);
        assert_eq!(view().await.unwrap()["title"], "Dự thảo Nghị định");
        let read = call(member, "paper", json!({"form": form, "paper": hash})).await.unwrap();
        assert_eq!(read["pages"].as_array().unwrap().len(), 1);
        let answer = json!({"form": form, "questions": [says("agree", &format!("Lần {turn}"))]});
        let refused = cabinet_app::rpc(member, "answer", answer.clone()).await.unwrap_err();
        assert_eq!(refused.code, "disk_full");
        disk.make_room();
        call(member, "answer", answer).await.unwrap();
    }
}

//! Files that must open for ever. `form-v1.ecrec` was written by the test of the whole path (`VECTORS_DIR`), once.

use cabinet_domain::{Calendar, Law};
use cabinet_recount::{RecountError, recount, recount_by};

const RECORD: &[u8] = include_bytes!("../vectors/form-v1.ecrec");
const ROOT: &str = include_str!("../vectors/form-v1.root");

#[test]
fn record_of_version_1_is_recounted_for_ever() {
    let recounted = recount(RECORD, Some(ROOT)).unwrap();
    let counts: Vec<_> =
        recounted.form_result().unwrap().questions.iter().map(|q| (q.agreed, q.deemed, q.disagreed, q.other)).collect();
    assert_eq!(counts, [(1, 1, 1, 0), (1, 1, 0, 1)]);
    assert_eq!(recounted.form_result().unwrap().rule_set, "nd191-2026");
}

/// What a later program brings: more years, a rule set that ends, a successor, an edited comment, an edited calendar.
fn later_law() -> Law {
    let newest = include_str!("../../assets/rules/nd191-2026.toml");
    let year = include_str!("../../assets/calendar/2026.csv");
    let ended = newest.replace("[majority]", "in_force_to = \"2027-12-31\"\n[majority]");
    let successor = newest.replace("nd191-2026", "nd9-2028").replace("2026-05-29", "2028-01-01");
    let stricter = successor.replace("working_days_min = 2", "working_days_min = 3");
    let more = format!("{year}2026-12-31,day_off,Nghỉ thêm,2\n2026-06-02,day_off,Nghỉ thêm,2\n");
    let next_year = "date,kind,name,mark\n2028-01-03,day_off,Tết Dương lịch,S\n";
    let texts = [&ended, &successor, &more, next_year, &format!("# một lời ghi\n{ended}"), &stricter];
    let with = |law: Law, text: &str| law.with(text).unwrap_or_else(|e| panic!("{e}: {text}")).0;
    texts.into_iter().fold(Law::shipped(), with)
}

#[test]
fn program_with_more_law_recounts_every_earlier_record_to_the_same_result() {
    let (now, later) = (recount(RECORD, Some(ROOT)).unwrap(), recount_by(RECORD, Some(ROOT), later_law()).unwrap());
    assert_eq!(now.form_result(), later.form_result());
    let without = Law { calendar: Calendar::parse(&[]).unwrap(), ..later_law() };
    assert!(matches!(recount_by(RECORD, Some(ROOT), without), Err(RecountError::NeedsNewer)), "the pins are read");
}

#[test]
fn record_under_another_root_is_refused() {
    let other = ROOT.replace(|c: char| c.is_ascii_digit(), "0");
    assert!(recount(RECORD, Some(&other)).is_err());
}

/// 1,000 altered records: flipped, cut, with entries dropped, doubled or exchanged.
#[test]
fn recount_refuses_1000_altered_records() {
    use cabinet_ledger::{RecordV1, decode, encode};
    use ecabinet_sim::chance::Chance;
    let whole: RecordV1 = decode(RECORD).unwrap();
    let mut chance = Chance::new(7);
    let mut refused = 0;
    for n in 0..1_000 {
        let mut record = whole.clone();
        let at = chance.below(record.entries.len() as u64) as usize;
        let altered = match n % 5 {
            0 => {
                record.entries.remove(at);
                encode(&record)
            }
            1 => {
                record.entries.insert(at, whole.entries[at].clone());
                encode(&record)
            }
            2 => {
                let other = (at + 1) % record.entries.len();
                record.entries.swap(at, other);
                encode(&record)
            }
            3 => RECORD[..chance.below(RECORD.len() as u64) as usize].to_vec(),
            _ => {
                let mut bytes = RECORD.to_vec();
                let byte = chance.below(bytes.len() as u64) as usize;
                bytes[byte] ^= 1 << chance.below(8);
                bytes
            }
        };
        refused += usize::from(recount(&altered, Some(ROOT)).is_err());
    }
    println!("{refused} of 1000 altered records refused");
    assert_eq!(refused, 1_000);
}

const SEALED: &[u8] = include_bytes!("../vectors/paper-v1.age");
const SEALED_KEY: &str = include_str!("../vectors/paper-v1.key");
const SEALED_PIECES: &[u8] = include_bytes!("../vectors/paper-v1.pieces");
const KEY_FILE: &[u8] = include_bytes!("../vectors/vault-v1.key");
const PASSPHRASE: &str = "ban dung thu 2026";

/// The plain paper of the vector: two chunks and a bit.
fn plain() -> Vec<u8> {
    (0..140_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn sealed_paper_of_version_1_opens_for_ever() {
    use cabinet_seal::{Identity, PaperReader, PieceList};
    let (name, pieces) = SEALED_KEY.trim().split_once(' ').map(|(key, rest)| (key, rest.to_owned())).unwrap();
    let mut reader = PaperReader::open(Box::new(SEALED.to_vec()), &Identity::parse(name).unwrap()).unwrap();
    let mut out = vec![0; reader.plain_bytes() as usize];
    reader.read_at(0, &mut out).unwrap();
    assert_eq!(out, plain());
    let hash: [u8; 32] = std::array::from_fn(|n| u8::from_str_radix(&pieces[2 * n..2 * n + 2], 16).unwrap());
    let list = PieceList::parse(SEALED_PIECES, &hash).unwrap();
    assert_eq!(list.count(), SEALED.len().div_ceil(64 * 1024) as u64);
    list.check(1, &SEALED[64 * 1024..128 * 1024]).unwrap();
}

#[test]
fn vault_key_of_version_1_opens_for_ever() {
    use cabinet_vault::{Profile, VaultError};
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vault.key"), KEY_FILE).unwrap();
    let profile = Profile::new(folder.path());
    assert_eq!(profile.change_passphrase("not the passphrase", "any other phrase"), Err(VaultError::WrongPassphrase));
    profile.change_passphrase(PASSPHRASE, "another passphrase").unwrap();
    profile.change_passphrase("another passphrase", PASSPHRASE).unwrap();
}

/// Writes the vectors anew; they are frozen, so this is for a new version of a format only.
#[test]
#[ignore = "writes files; run with VECTORS_DIR"]
fn write_vectors() {
    let folder = std::path::PathBuf::from(std::env::var("VECTORS_DIR").unwrap());
    let mut sealed = Vec::new();
    let paper = cabinet_seal::seal_paper(&mut plain().as_slice(), &mut sealed).unwrap();
    let hex: String = paper.pieces.hash().iter().map(|b| format!("{b:02x}")).collect();
    std::fs::write(folder.join("paper-v1.age"), &sealed).unwrap();
    std::fs::write(folder.join("paper-v1.key"), format!("{} {hex}\n", *paper.key.secret_text())).unwrap();
    std::fs::write(folder.join("paper-v1.pieces"), paper.pieces.bytes()).unwrap();
    let profile = tempfile::tempdir().unwrap();
    drop(
        cabinet_vault::Profile::new(profile.path())
            .create(PASSPHRASE, |_| Ok::<_, cabinet_vault::VaultError>(()))
            .unwrap(),
    );
    std::fs::copy(profile.path().join("vault.key"), folder.join("vault-v1.key")).unwrap();
}

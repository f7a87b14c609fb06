//! Files that must open for ever. `form-v1.ecrec` was written by the test of the whole path (`VECTORS_DIR`), once.

use cabinet_recount::recount;

const RECORD: &[u8] = include_bytes!("../vectors/form-v1.ecrec");
const ROOT: &str = include_str!("../vectors/form-v1.root");

#[test]
fn record_of_version_1_is_recounted_for_ever() {
    let recounted = recount(RECORD, Some(ROOT)).unwrap();
    let counts: Vec<_> =
        recounted.result.questions.iter().map(|q| (q.agreed, q.deemed, q.disagreed, q.other)).collect();
    assert_eq!(counts, [(1, 1, 1, 0), (1, 1, 0, 1)]);
    assert_eq!(recounted.result.rule_set, "nd191-2026");
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
    use ecabinet_tests::chance::Chance;
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

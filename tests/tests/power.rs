//! The vault when the power goes or the disk is full.

/// Every how many-th point; `EVERY_POINT=1` takes all.
const STEP: usize = 3;

#[test]
fn vault_is_whole_whenever_the_power_goes() {
    let step = if std::env::var_os("EVERY_POINT").is_some() { 1 } else { STEP };
    let (writes, syncs, full) = ecabinet_tests::power::all(step);
    println!("cut at {writes} writes and {syncs} syncs, three disks each; no room at {full} writes; all whole");
    assert!(writes > 10 && syncs > 5);
}

//! Entries judged, stamped, signed and on disk, against checking their signatures alone on one core.

use super::{Line, interleaved, timed};
use crate::power::Office;
use anyhow::Result;
use cabinet_acts::RegisterAct;
use cabinet_hub::{Incoming, Orderer, SqliteLedgerStore};
use cabinet_ledger::Signed;
use cabinet_ledger::wire::AppendedV1;
use cabinet_vault::NewEntry;
use std::cell::RefCell;

/// LIMITS: at least 0.85 of the rate at which signatures are checked.
const AIM: f64 = 1.0 / 0.85;
/// Entries in a round, and the most in one commit: whatever came in during the last one shares the next.
const ENTRIES: usize = 1_024;
const BATCH: usize = 512;
/// Rounds of [`interleaved`], and one before it.
const RUNS: usize = 2 * super::ROUNDS + 1;

pub fn lines() -> Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let mut office = Office::on(SqliteLedgerStore::open(&folder.path().join("ledger.db"))?);
    let entries = RefCell::new(rounds(&mut office)?);
    let now = office.now;
    let verified: Vec<Signed> = entries.borrow()[0].iter().map(|e| Signed::decode(e)).collect::<Result<_, _>>()?;
    let key = office.secretary.me()?.signing_key().public();
    let ours = || {
        let round = entries.borrow_mut().pop().unwrap();
        let hub: &mut Orderer<SqliteLedgerStore> = &mut office.hub;
        // As the hub does it: handlers read entries and check signatures, one thread places, signs and commits.
        let (took, stamped) = timed(|| {
            let (sender, receiver) = std::sync::mpsc::sync_channel(ENTRIES);
            let checking = std::thread::spawn(move || {
                for bytes in round {
                    let read = Signed::decode(&bytes);
                    let _ = read.as_ref().map(|signed| signed.verify(&key));
                    if sender.send(read).is_err() {
                        return;
                    }
                }
            });
            let mut stamped = 0;
            while let Ok(first) = receiver.recv() {
                let mut batch = vec![first];
                batch.extend(receiver.try_iter().take(BATCH - 1));
                let requests: Vec<Vec<Incoming>> =
                    batch.into_iter().map(|read| vec![Incoming { read, earlier: None }]).collect();
                let answers = hub.append_requests(&requests, now)?;
                stamped += answers.iter().flatten().filter(|a| matches!(a, AppendedV1::Stamped(_))).count();
            }
            checking.join().ok();
            Ok(stamped)
        })?;
        anyhow::ensure!(stamped == ENTRIES, "all were taken");
        Ok(took)
    };
    let reference = || {
        // Read anew: an entry remembers that it was found good.
        let fresh: Vec<Signed> = verified.iter().map(|s| Signed::decode(&s.bytes)).collect::<Result<_, _>>()?;
        Ok(timed(|| fresh.iter().try_for_each(|signed| signed.verify(&key)).map_err(anyhow::Error::from))?.0)
    };
    Ok(vec![Line::times("hub, 1,024 entries / their signatures", interleaved(ours, reference)?, AIM)])
}

/// Signed entries for all rounds.
fn rounds(office: &mut Office<SqliteLedgerStore>) -> Result<Vec<Vec<Vec<u8>>>> {
    let register = office.secretary.me()?.register;
    let person = crate::power::person();
    let mut rounds = Vec::new();
    for round in 0..RUNS {
        for n in 0..ENTRIES {
            let act = RegisterAct::PersonNamed { person, office: format!("Bộ {round} {n}"), short: "B".into() };
            office.secretary.sign(NewEntry::act(register, act.write()), office.now)?;
        }
        let waiting = office.secretary.outbox().iter().rev().take(ENTRIES).map(|r| r.entry.clone());
        rounds.push(waiting.collect::<Vec<_>>().into_iter().rev().collect());
    }
    rounds.reverse();
    Ok(rounds)
}

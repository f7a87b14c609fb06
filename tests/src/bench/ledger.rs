//! A new laptop of a member who has answered ten thousand times: verified, opened, folded and on disk, against checking the signatures
//! alone; and what an answer and a grant weigh.

use super::{Line, interleaved, timed};
use crate::power::{Office, receive, send};
use anyhow::Result;
use cabinet_acts::kind;
use cabinet_domain::{Choice, QuestionAnswer};
use cabinet_hub::{LedgerStore, MemoryLedgerStore};
use cabinet_ledger::wire::StampedV1;
use cabinet_ledger::{ControlV1, Signed, SignedStampV1, control_kind, decode, encode, limits};
use cabinet_seal::{VaultKey, VerifyingKey};
use cabinet_vault::{Laptop, MemoryStore, SqlStore};
use cabinet_work::{forms, keep_house};
use std::path::Path;

/// Entries that the new laptop reads, at least.
const ENTRIES: usize = 10_000;
const FORMS: usize = 200;
/// A laptop does more than check signatures: each of these answers is its person's own and is opened by the hybrid; all are folded and
/// written. What was measured, and a tenth.
const AIM: f64 = 5.0;
/// An answer is wrapped twice, to the form's pair and to its author, and weighs little more.
const ANSWER_AIM: f64 = 1.2;
/// A grant is one wrapped key.
const GRANT_AIM: f64 = 1.0;

pub fn lines() -> Result<Vec<Line>> {
    let mut office = Office::on(MemoryLedgerStore::default());
    let mut member = enrolled(&mut office, Laptop::open(MemoryStore::default())?)?;
    let (folder, key) = (tempfile::tempdir()?, VaultKey::make());
    for _ in 0..FORMS {
        answer_often(&mut office, &mut member)?;
    }
    let cold = folder.path().join("cold.db");
    drop(enrolled(&mut office, Laptop::open(SqlStore::open(&cold, &key)?)?)?);
    // Whoever was admitted lacks the keys of every space.
    let spaces: Vec<_> = office.secretary.heads().map(|(space, _)| space).collect();
    keep_house(&mut office.secretary, &spaces, office.now)?;
    office.sync_secretary();

    let stamped = all(&office)?;
    anyhow::ensure!(stamped.len() >= ENTRIES, "{} entries only", stamped.len());
    let hub = &mut office.hub;
    let now = office.now;
    let mut run = 0;
    let sync = || {
        run += 1;
        let copy = folder.path().join(format!("{run}.db"));
        copy_vault(&cold, &copy)?;
        let mut laptop = Laptop::open(SqlStore::open(&copy, &key)?)?;
        let took = timed(|| Ok(receive(hub, &mut laptop, now)?))?.0;
        let read: u64 = laptop.heads().map(|(_, seq)| seq).sum();
        anyhow::ensure!(read as usize >= ENTRIES, "{read} entries read");
        Ok(took)
    };
    let author = member.me()?.signing_key().public();
    let signatures = || Ok(timed(|| check_signatures(&stamped, &author))?.0);
    let mut lines = vec![Line::times("10,000 entries / their signatures", interleaved(sync, signatures)?, AIM)];
    lines.extend(weights(&stamped)?);
    Ok(lines)
}

/// A laptop of the member's that has asked and was admitted.
fn enrolled<S: cabinet_vault::Store>(
    office: &mut Office<MemoryLedgerStore>,
    mut laptop: Laptop<S>,
) -> Result<Laptop<S>> {
    let code = office.invite();
    laptop.enrol(&code, office.now + 1_000_000, office.now)?;
    send(&mut office.hub, &mut laptop, office.now)?;
    office.admit();
    Ok(laptop)
}

/// One form, and its share of answers to it.
fn answer_often(office: &mut Office<MemoryLedgerStore>, member: &mut Laptop<MemoryStore>) -> Result<()> {
    receive(&mut office.hub, member, office.now)?;
    send(&mut office.hub, member, office.now)?;
    let form = office.send_form();
    receive(&mut office.hub, member, office.now)?;
    for n in 0..ENTRIES / FORMS {
        let choice = if n % 2 == 0 { Choice::Agree } else { Choice::Disagree };
        let answer = QuestionAnswer { choice, remark: Some("Đề nghị rà soát".into()), is_reserved: false };
        forms::answer_form(member, form, vec![answer], office.now)?;
    }
    send(&mut office.hub, member, office.now)?;
    receive(&mut office.hub, member, office.now)?;
    office.sync_secretary();
    Ok(())
}

fn all(office: &Office<MemoryLedgerStore>) -> Result<Vec<StampedV1>> {
    let mut all = Vec::new();
    for (space, _) in office.secretary.heads() {
        all.extend(office.hub.store().entries(space, 0, usize::MAX >> 1)?);
    }
    Ok(all)
}

/// As a laptop would that believed whatever is signed: each entry's signature and each stamp's. All are checked by one author's key,
/// which costs the same whoever it was.
fn check_signatures(stamped: &[StampedV1], author: &VerifyingKey) -> Result<()> {
    for one in stamped {
        let _ = Signed::decode(&one.entry)?.verify(author);
        decode::<SignedStampV1>(&one.stamp)?.verify()?;
    }
    Ok(())
}

/// The heaviest answer and the heaviest grant.
fn weights(stamped: &[StampedV1]) -> Result<Vec<Line>> {
    let (mut answer, mut grant) = (0, 0);
    for one in stamped {
        let signed = Signed::decode(&one.entry)?;
        if signed.header.kind == kind::ANSWERED {
            answer = answer.max(one.entry.len());
        }
        if control_kind(signed.header.kind) {
            let grants =
                ControlV1::read(signed.header.kind, &signed.body)?.grants().iter().map(|g| encode(g).len()).max();
            grant = grant.max(grants.unwrap_or(0));
        }
    }
    Ok(vec![
        Line::bytes("an answer / two grants", answer, 2 * grant, ANSWER_AIM),
        Line::bytes("a grant / the limit of a wrapped key", grant, limits::WRAPPED_BYTES_MAX, GRANT_AIM),
    ])
}

fn copy_vault(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)?;
    let wal = |path: &Path| path.with_extension("db-wal");
    if wal(from).exists() {
        std::fs::copy(wal(from), wal(to))?;
    }
    Ok(())
}

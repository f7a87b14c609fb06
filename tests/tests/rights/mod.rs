//! The tables of docs/SECURITY.md, cell by cell: by the app's command, and past the app, against the hub.

mod form;
mod keys;
mod organisation;
mod session;

use cabinet_app::App;
use cabinet_ledger::{EntryId, SpaceId};
use cabinet_vault::{NewEntry, Store};
use ecabinet_tests::org::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// The table below a heading: its roles, and for each act the answer of each role.
fn table(heading: &str) -> (Vec<String>, BTreeMap<String, Vec<bool>>) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/SECURITY.md")).unwrap();
    let below = text.lines().skip_while(|line| *line != heading).skip_while(|l| !l.starts_with("| act |"));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let mut rows = below.take_while(|l| l.starts_with('|')).filter(|l| !l.starts_with("|---")).map(cells);
    let roles = rows.next().unwrap_or_else(|| panic!("no table below “{heading}”")).split_off(1);
    let is_yes = |cell: &String| match cell.as_str() {
        "yes" => true,
        "no" => false,
        other => panic!("a cell says {other}"),
    };
    let acts = rows.map(|row| (row[0].clone(), row[1..].iter().map(is_yes).collect())).collect();
    (roles, acts)
}

/// An organisation of four seats, with a laptop of every role. Nobody asks or invites the third seat.
struct House {
    org: Org,
    guest: String,
    others: BTreeMap<&'static str, App>,
    _folder: tempfile::TempDir,
}

impl House {
    async fn found() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(START_MS);
        let org = Org::found(folder.path(), clock.clock(), 4, true).await.unwrap();
        let (guest, app) = org.enrol("Khách mời", "KM", &["guest"]).await.unwrap();
        let mut others = BTreeMap::from([("guest", app)]);
        // The second official last: after them two sign for each seat.
        for (role, office) in [("assistant", "Chuyên viên"), ("teller", "Kiểm phiếu"), ("secretary", "Thư ký")]
        {
            others.insert(role, org.enrol(office, office, &[role]).await.unwrap().1);
        }
        House { org, guest, others, _folder: folder }
    }

    /// The laptop of a column.
    fn app(&self, role: &str) -> &App {
        match role {
            "officer" => &self.org.officer,
            "chair" => &self.org.members[0],
            "member" => &self.org.members[1],
            "not invited" | "not asked" => &self.org.members[2],
            other => &self.others[other],
        }
    }
}

/// One column of a table: a role, its laptop, and what is expected of it.
struct Column<'a> {
    org: &'a Org,
    role: &'a str,
    app: &'a App,
    expected: BTreeMap<String, bool>,
    tried: usize,
    past: usize,
}

impl<'a> Column<'a> {
    fn new(org: &'a Org, role: &'a str, app: &'a App, acts: &BTreeMap<String, Vec<bool>>, at: usize) -> Self {
        let expected = acts.iter().map(|(act, cells)| (act.clone(), cells[at])).collect();
        Column { org, role, app, expected, tried: 0, past: 0 }
    }

    /// Compares what came of a cell with the table.
    fn tried(&mut self, act: &str, is_allowed: bool) -> bool {
        let expected = self.expected.remove(act).unwrap_or_else(|| panic!("the table has no row “{act}”"));
        assert_eq!(is_allowed, expected, "{}: {act}", self.role);
        self.tried += 1;
        is_allowed
    }

    /// Tries a command, and compares.
    async fn command(&mut self, act: &str, name: &str, request: Value) -> bool {
        let mut is_allowed = false;
        until("an answer that no key is on its way for", async || {
            let answer = call(self.app, name, request.clone()).await;
            is_allowed = answer.is_ok();
            // After a laptop was shut out, the new key is a moment on its way; whom the table refuses waits for none.
            // So is a pair that tellers lay by.
            let waits =
                answer.is_err_and(|e| ["key_missing", "pair_unfit"].iter().any(|on| e.to_string().contains(on)));
            Ok(!waits || self.expected.get(act) == Some(&false))
        })
        .await
        .unwrap();
        self.tried(act, is_allowed);
        if is_allowed {
            self.org.all_sent(self.app).await.unwrap();
        }
        is_allowed
    }

    /// Signs what the app refuses and hands it to the hub: it must not be taken, or change nothing. `said` is what the officer's laptop makes of the entry once
    /// it has a place: none before, else whether it was refused for who signed it.
    async fn past_the_app(&mut self, what: &str, entry: NewEntry, said: impl Fn(EntryId) -> Option<bool>) {
        let signed = self.app.with_laptop(|laptop, now| Ok(laptop.sign(entry, now)?));
        // Whoever is not in the space has no key to sign under.
        let Ok((entry, _)) = signed else { return };
        self.past += 1;
        let mut is_refused = false;
        until("the hub's answer", async || {
            let row = |l: &mut cabinet_vault::Laptop<_>, _| {
                Ok(l.outbox().iter().any(|row| row.id == entry && row.refusal.is_some()))
            };
            is_refused = self.app.with_laptop(row)?;
            Ok(is_refused || said(entry).is_some())
        })
        .await
        .unwrap();
        assert!(is_refused || said(entry) == Some(true), "{}: {what} past the app", self.role);
        self.app.with_laptop(|laptop, _| Ok(laptop.dismiss(entry)?)).unwrap();
    }

    /// What was tried, and how much of it past the app.
    fn done(self) -> (usize, usize) {
        assert!(self.expected.is_empty(), "{}: rows that nobody tried: {:?}", self.role, self.expected);
        (self.tried, self.past)
    }
}

/// Whether a laptop has an entry of a space.
fn has_place(app: &App, space: SpaceId, entry: EntryId) -> bool {
    app.with_laptop(|l, _| Ok(l.store().entries(space, 0)?.iter().any(|row| row.id == entry))).unwrap()
}

/// Every cell was tried.
fn report(roles: usize, acts: usize, tried: &[(usize, usize)]) {
    let sum = |of: fn(&(usize, usize)) -> usize| tried.iter().map(of).sum::<usize>();
    let (cells, past) = (sum(|t| t.0), sum(|t| t.1));
    println!("{cells} of {} cells tried, {past} of them past the app as well", roles * acts);
    assert_eq!(cells, roles * acts);
}

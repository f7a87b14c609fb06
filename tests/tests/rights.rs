//! The table of docs/SECURITY.md, cell by cell: by the app's command, and past the app, against the hub.

use cabinet_acts::write_session_act;
use cabinet_app::App;
use cabinet_domain::{
    BallotChoice, Count, ItemId, PersonId, Position, Presence, Reply, SessionAct, SessionOpening, SessionVerdict,
    Value as Field, VoteOpening, VoteOptions, Write,
};
use cabinet_ledger::SpaceId;
use cabinet_vault::NewEntry;
use ecabinet_tests::org::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Monday 2026-06-01, 08:00 in Vietnam.
const START_MS: u64 = 1_780_275_600_000;

/// The table: for each act the answer of each role, in the order of the columns.
fn table() -> (Vec<String>, BTreeMap<String, Vec<bool>>) {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/SECURITY.md")).unwrap();
    let rows = text.lines().skip_while(|l| !l.starts_with("| act |")).take_while(|l| l.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let mut rows = rows.map(cells);
    let roles = rows.next().unwrap().split_off(1);
    let is_yes = |cell: &String| match cell.as_str() {
        "yes" => true,
        "no" => false,
        other => panic!("a cell says {other}"),
    };
    let acts = rows.skip(1).map(|row| (row[0].clone(), row[1..].iter().map(is_yes).collect())).collect();
    (roles, acts)
}

/// A person as the rules name them.
fn person(id: &str) -> PersonId {
    let id: cabinet_ledger::PersonId = id.parse().unwrap();
    PersonId(uuid::Uuid::from_bytes(id.0))
}

/// One session as one role meets it. Where the role is refused, the secretary goes on.
struct Try<'a> {
    org: &'a Org,
    role: &'a str,
    app: &'a App,
    session: String,
    items: Vec<String>,
    other: String,
    expected: BTreeMap<String, bool>,
    tried: usize,
    past: usize,
}

impl Try<'_> {
    fn space(&self) -> SpaceId {
        self.session.parse().unwrap()
    }

    /// Tries a command; what is refused is also signed past the app. Returns whether it was allowed.
    async fn cell(&mut self, act: &str, name: &str, mut request: Value, raw: Option<SessionAct>) -> bool {
        request["session"] = json!(self.session);
        let allowed = call(self.app, name, request).await.is_ok();
        let expected = self.expected.remove(act).unwrap_or_else(|| panic!("the table has no row “{act}”"));
        assert_eq!(allowed, expected, "{}: {act}", self.role);
        self.tried += 1;
        if allowed {
            self.org.all_sent(self.app).await.unwrap();
            self.caught_up(&self.org.officer).await;
        } else if let Some(raw) = raw {
            self.past_the_app(act, raw).await;
        }
        allowed
    }

    /// Signs an act that the app refuses and hands it to the hub: it must not be taken, or change nothing.
    async fn past_the_app(&mut self, what: &str, act: SessionAct) {
        let space = self.space();
        let written = write_session_act(&act).unwrap();
        let signed = self.app.with_laptop(|laptop, now| Ok(laptop.sign(NewEntry::act(space, written), now)?));
        // Whoever is not in the session has no key to sign under.
        let Ok((entry, _)) = signed else { return };
        self.past += 1;
        let mut verdict = None;
        until("the hub's answer", async || {
            let refused = self.app.with_laptop(|laptop, _| {
                Ok(laptop.outbox().iter().any(|row| row.id == entry && row.refusal.is_some()))
            })?;
            let id = cabinet_domain::EntryId(uuid::Uuid::from_bytes(entry.0));
            verdict = self.org.officer.with_laptop(|laptop, _| Ok(laptop.session(space)?.verdict(id).cloned()))?;
            Ok(refused || verdict.is_some())
        })
        .await
        .unwrap();
        // For who signs, not by some accident of the content; the hub itself refuses who is not in the session.
        use cabinet_domain::SessionRefusal::{NotAllowed, NotInvited, NotOnRoster};
        let is_by_role =
            |v: &SessionVerdict| matches!(v, SessionVerdict::Refused { reason: NotAllowed | NotInvited | NotOnRoster });
        assert!(verdict.as_ref().is_none_or(is_by_role), "{}: {what} past the app: {verdict:?}", self.role);
        self.app.with_laptop(|laptop, _| Ok(laptop.dismiss(entry)?)).unwrap();
    }

    /// The secretary does what the role may not, and the role's laptop hears of it.
    async fn go_on(&self, name: &str, mut request: Value) {
        request["session"] = json!(self.session);
        call(&self.org.officer, name, request).await.unwrap();
        self.org.all_sent(&self.org.officer).await.unwrap();
    }

    async fn read(&self, app: &App) -> Option<Value> {
        let read = json!({"session": self.session, "is_draft": false, "version": null, "since": null});
        call(app, "session", read).await.ok()
    }

    /// Waits until a laptop that may read the session is where the role's own is.
    async fn caught_up(&self, app: &App) {
        // What it signed has its place only once it has come back.
        until("its own act back", async || {
            Ok(self.app.with_laptop(|l, _| Ok(l.session_pending(self.space())?.is_empty())).unwrap_or(true))
        })
        .await
        .unwrap();
        let Ok(mine) = self.app.with_laptop(|l, _| Ok(l.session(self.space())?.log.len())) else { return };
        until("the others have it", async || {
            Ok(app.with_laptop(|l, _| Ok(l.session(self.space())?.log.len()))? >= mine)
        })
        .await
        .unwrap();
    }

    /// Waits until the role's laptop sees something, if it may read.
    async fn sees(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        if !self.org_reads() {
            return;
        }
        until(what, async || Ok(self.read(self.app).await.is_some_and(|v| is_so(&v)))).await.unwrap();
    }

    fn org_reads(&self) -> bool {
        !matches!(self.role, "not invited" | "assistant")
    }

    async fn before(&mut self) {
        let write = Write { field: cabinet_domain::Field::Place, value: Field::Text("Nơi khác".into()), on: vec![] };
        let draft = json!({"session": self.session, "is_draft": true, "version": null, "since": null});
        let seen = call(&self.org.officer, "session", draft).await.unwrap()["on"]["place"].clone();
        let edit = json!({"item": null, "field": "place", "value": "Phòng họp số 2", "on": seen});
        self.cell("edit the agenda", "edit_session", edit, Some(SessionAct::Edited(vec![write]))).await;
        let upto = SessionAct::Issued { upto: u64::MAX };
        if !self.cell("send the agenda", "issue_session", json!({}), Some(upto)).await {
            self.go_on("issue_session", json!({})).await;
        }
        self.sees("the agenda", |v| v["letter"] == "A").await;
        let reads = self.read(self.app).await.is_some();
        assert_eq!(reads, self.expected.remove("read").unwrap(), "{}: read", self.role);
        self.tried += 1;
        let reply = json!({"attends": true, "reason": "", "substitute": ""});
        self.cell("say whether they come", "reply_session", reply, Some(SessionAct::Replied(Reply::Attends))).await;
        let item = self.item(0);
        let position = json!({"item": self.items[0], "position": "wish_to_speak", "reason": ""});
        let raw = SessionAct::Positioned { item, position: Position::WishToSpeak };
        self.cell("leave a position", "position", position, Some(raw)).await;
    }

    /// On another session, since nothing follows it.
    async fn call_off(&mut self, other: String) {
        let session = std::mem::replace(&mut self.session, other);
        self.go_on("issue_session", json!({})).await;
        self.sees("the other agenda", |v| v["letter"] == "A").await;
        let raw = SessionAct::CalledOff { reason: "Bão".into() };
        self.cell("call the session off", "call_off_session", json!({"reason": "Bão"}), Some(raw)).await;
        self.session = session;
    }

    fn item(&self, n: usize) -> ItemId {
        self.items[n].parse().unwrap()
    }

    async fn room(&mut self) {
        let raw = SessionAct::Opened(self.opening());
        if !self.cell("open the session", "open_session", json!({}), Some(raw)).await {
            self.go_on("open_session", json!({})).await;
        }
        self.sees("the session open", |v| v["phase"] == "open").await;
        let other: PersonId = person(&self.other);
        let mark = json!({"act": "mark", "person": self.other, "presence": "present", "by": ""});
        let raw = SessionAct::Marked { person: other, presence: Presence::Present };
        self.cell("mark attendance", "room", mark, Some(raw)).await;
        let check_in = json!({"act": "check_in", "is_elsewhere": false});
        self.cell("check in", "room", check_in, Some(SessionAct::CheckedIn { is_elsewhere: false })).await;
        let begin = json!({"act": "begin_item", "item": self.items[0]});
        let raw = SessionAct::ItemBegun { item: self.item(0) };
        self.cell("take up an item", "room", begin, Some(raw)).await;
        let ask = json!({"act": "ask_to_speak", "item": self.items[0]});
        self.cell("ask for the floor", "room", ask, Some(SessionAct::SpeechAsked { item: self.item(0) })).await;
        let take_back = json!({"act": "take_back_asking", "item": self.items[0]});
        let raw = SessionAct::SpeechWithdrawn { item: self.item(0) };
        self.cell("take back a request for the floor", "room", take_back, Some(raw)).await;
        let give = json!({"act": "give_floor", "person": self.other});
        self.cell("give the floor", "room", give, Some(SessionAct::SpeechBegun { person: other })).await;
    }

    fn opening(&self) -> SessionOpening {
        let (book, calendar) = cabinet_vault::law();
        let rules = book.named("nd191-2026").unwrap();
        let roster =
            self.org.officer.with_laptop(|l, _| Ok(l.roster_on("2026-06-01".parse().unwrap()).cloned())).unwrap();
        SessionOpening {
            rule_set: rules.id.clone(),
            rule_set_hash: rules.hash(),
            calendar_hash: calendar.hash(),
            roster: roster.unwrap(),
            fold_version: cabinet_domain::SESSION_FOLD_VERSION,
        }
    }

    async fn votes(&mut self) {
        for person in &self.org.people {
            self.go_on("room", json!({"act": "mark", "person": person, "presence": "present", "by": ""})).await;
        }
        let members = self.org.people.len();
        self.sees("quorum", |v| v["quorum"]["present"] == members).await;
        let open = json!({"items": self.items[..2], "question": "Thông qua", "options": [], "is_live": false, "without_quorum": null,
            "repeats": null, "reason": ""});
        let raw = SessionAct::VoteOpened(VoteOpening {
            items: vec![self.item(0)],
            question: "Thông qua".into(),
            options: VoteOptions::YesNo,
            ballot_key: "age1".into(),
            is_live: false,
            without_quorum: None,
            repeats: None,
        });
        if !self.cell("open a vote", "open_vote", open.clone(), Some(raw)).await {
            self.go_on("open_vote", open).await;
        }
        self.sees("the vote", |v| v["votes"][0]["is_open"] == true).await;
        let mut vote = String::new();
        until("the vote at the secretary's", async || {
            let view = self.read(&self.org.officer).await;
            vote = view.and_then(|v| Some(v["votes"][0]["id"].as_str()?.to_owned())).unwrap_or_default();
            Ok(!vote.is_empty())
        })
        .await
        .unwrap();
        let id: cabinet_domain::EntryId = vote.parse().unwrap();
        let ballot = json!({"vote": vote, "choice": "yes", "remark": "", "is_reserved": false});
        // A ballot is sealed to the vote's key and names it outside; past the app it is tried by the simulator and the domain's tests.
        self.cell("cast a ballot", "cast_ballot", ballot, None).await;
        let pull = json!({"vote": vote, "item": self.items[1]});
        let raw = SessionAct::Pulled { vote: id, item: self.item(1) };
        self.cell("take an item out of the block", "pull_item", pull, Some(raw)).await;
        let named = vec![(person(&self.org.people[3]), BallotChoice::No)];
        let count = json!({"vote": vote, "named": [[self.org.people[3], "no"]], "counts": []});
        let raw = SessionAct::Counted(Count { vote: id, named, counts: vec![] });
        self.cell("count hands", "count_vote", count, Some(raw)).await;
        let close = json!({"vote": vote});
        if !self.cell("close a vote", "close_vote", close.clone(), Some(SessionAct::VoteClosed { vote: id })).await {
            self.go_on("close_vote", close).await;
        }
        self.sees("the vote closed", |v| v["votes"][0]["is_open"] == false).await;
        let close = json!({"act": "close"});
        self.cell("close the session", "room", close, Some(SessionAct::Closed)).await;
        assert!(self.expected.is_empty(), "rows that nobody tried: {:?}", self.expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_matrix_holds_in_the_app_and_against_the_hub() {
    let (roles, acts) = table();
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 4, true).await.unwrap();
    let (guest_id, guest) = org.enrol("Khách mời", "KM", &["guest"]).await.unwrap();
    let (_, assistant) = org.enrol("Chuyên viên", "CV", &["assistant"]).await.unwrap();
    let (_, secretary) = org.enrol("Thư ký", "TK", &["secretary"]).await.unwrap();
    let (_, teller) = org.enrol("Kiểm phiếu", "KP", &["teller"]).await.unwrap();
    let apps: BTreeMap<&str, &App> = [
        ("chair", &org.members[0]),
        ("member", &org.members[1]),
        ("not invited", &org.members[2]),
        ("guest", &guest),
        ("assistant", &assistant),
        ("secretary", &secretary),
        ("teller", &teller),
    ]
    .into();
    let (mut tried, mut past) = (0, 0);
    for (column, role) in roles.iter().enumerate() {
        let invited = [&org.people[0], &org.people[1], &org.people[3], &guest_id];
        let create = async || {
            let frame = json!({"title": format!("Phiên của {role}"), "kind": "regular", "place": "Phòng họp", "is_online": false,
                "starts_at": START_MS + 3_600_000, "chair": org.people[0], "invited": invited, "copy_of": null});
            let made = call(&org.officer, "create_session", frame).await.unwrap();
            let session = made["session"].as_str().unwrap().to_owned();
            let items = json!({"session": session, "text": "1. Một\n2. Hai", "after": null});
            call(&org.officer, "add_items", items).await.unwrap();
            session
        };
        let (session, other_session) = (create().await, create().await);
        org.all_sent(&org.officer).await.unwrap();
        let draft = json!({"session": session, "is_draft": true, "version": null, "since": null});
        let view = call(&org.officer, "session", draft).await.unwrap();
        let items = view["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
        let app = apps[role.as_str()];
        if matches!(role.as_str(), "secretary" | "teller") {
            let is_here = json!({"session": session, "is_draft": true, "version": null, "since": null});
            until("the draft", async || {
                Ok(call(app, "session", is_here.clone())
                    .await
                    .is_ok_and(|v| v["items"].as_array().is_some_and(|i| i.len() == 2)))
            })
            .await
            .unwrap();
        }
        let expected = acts.iter().map(|(act, cells)| (act.clone(), cells[column])).collect();
        let other = org.people[3].clone();
        let mut tries = Try { org: &org, role, app, session, items, other, expected, tried: 0, past: 0 };
        tries.call_off(other_session).await;
        tries.before().await;
        tries.room().await;
        tries.votes().await;
        tried += tries.tried;
        past += tries.past;
    }
    println!("{tried} of {} cells tried, {past} of them past the app as well", roles.len() * acts.len());
    assert_eq!(tried, roles.len() * acts.len());
}

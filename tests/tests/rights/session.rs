//! A session as each role meets it.

use super::{Column, House, START_MS, report, table};
use cabinet_acts::write_session_act;
use cabinet_app::App;
use cabinet_domain::SessionRefusal::{NotAllowed, NotInvited, NotOnRoster};
use cabinet_domain::{
    BallotChoice, Count, ItemId, PersonId, Pins, Position, Presence, Reply, SessionAct, SessionVerdict, Value as Field,
    VoteOpening, VoteOptions, Write,
};
use cabinet_ledger::{EntryId, Purpose, SpaceId};
use cabinet_vault::NewEntry;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

/// A person as the rules name them.
fn person(id: &str) -> PersonId {
    let id: cabinet_ledger::PersonId = id.parse().unwrap();
    PersonId(uuid::Uuid::from_bytes(id.0))
}

/// One session as one role meets it. Where the role is refused, the secretary goes on.
struct Try<'a> {
    column: Column<'a>,
    session: String,
    items: Vec<String>,
    other: String,
}

impl Try<'_> {
    fn space(&self) -> SpaceId {
        self.session.parse().unwrap()
    }

    /// Tries a command; what is refused is also signed past the app. Returns whether it was allowed.
    async fn cell(&mut self, act: &str, name: &str, mut request: Value, raw: Option<SessionAct>) -> bool {
        request["session"] = json!(self.session);
        let is_allowed = self.column.command(act, name, request).await;
        if is_allowed {
            self.caught_up(&self.column.org.officer).await;
        } else if let Some(raw) = raw {
            self.past_the_app(act, raw).await;
        }
        is_allowed
    }

    /// Signs an act that the app refuses and hands it to the hub.
    async fn past_the_app(&mut self, what: &str, act: SessionAct) {
        let (space, officer) = (self.space(), self.column.org.officer.clone());
        // For who signs, not by some accident of the content; the hub itself refuses who is not in the session.
        let said = |entry: EntryId| {
            let id = cabinet_domain::EntryId(uuid::Uuid::from_bytes(entry.0));
            let verdict = officer.with_laptop(|laptop, _| Ok(laptop.session(space)?.verdict(id).cloned())).unwrap()?;
            Some(matches!(verdict, SessionVerdict::Refused { reason: NotAllowed | NotInvited | NotOnRoster }))
        };
        self.column.past_the_app(what, NewEntry::act(space, write_session_act(&act).unwrap()), said).await;
    }

    /// The secretary does what the role may not, and the role's laptop hears of it.
    async fn go_on(&self, name: &str, mut request: Value) {
        request["session"] = json!(self.session);
        call(&self.column.org.officer, name, request).await.unwrap();
        self.column.org.all_sent(&self.column.org.officer).await.unwrap();
    }

    async fn read(&self, app: &App) -> Option<Value> {
        let read = json!({"session": self.session, "is_draft": false, "version": null, "since": null});
        call(app, "session", read).await.ok()
    }

    /// Waits until a laptop that may read the session is where the role's own is.
    async fn caught_up(&self, app: &App) {
        // What it signed has its place only once it has come back.
        until("its own act back", async || {
            Ok(self
                .column
                .app
                .with_laptop(|l, _| Ok(l.pending::<SessionAct>(self.space())?.is_empty()))
                .unwrap_or(true))
        })
        .await
        .unwrap();
        let Ok(mine) = self.column.app.with_laptop(|l, _| Ok(l.session(self.space())?.log.len())) else { return };
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
        until(what, async || Ok(self.read(self.column.app).await.is_some_and(|v| is_so(&v)))).await.unwrap();
    }

    fn org_reads(&self) -> bool {
        !matches!(self.column.role, "not invited" | "assistant")
    }

    async fn before(&mut self) {
        let write = Write { field: cabinet_domain::Field::Place, value: Field::Text("Nơi khác".into()), on: vec![] };
        let draft = json!({"session": self.session, "is_draft": true, "version": null, "since": null});
        let seen = call(&self.column.org.officer, "session", draft).await.unwrap()["on"]["place"].clone();
        let edit = json!({"item": null, "field": "place", "value": "Phòng họp số 2", "on": seen});
        self.cell("edit the agenda", "edit_session", edit, Some(SessionAct::Edited(vec![write]))).await;
        let upto = SessionAct::Issued { upto: u64::MAX };
        if !self.cell("send the agenda", "issue_session", json!({}), Some(upto)).await {
            self.go_on("issue_session", json!({})).await;
        }
        self.sees("the agenda", |v| v["letter"] == "A").await;
        let reads = self.read(self.column.app).await.is_some();
        self.column.tried("read", reads);
        let items = self.read(self.column.app).await.map_or(vec![], |v| v["items"].as_array().unwrap().clone());
        let sees = |n: usize| items.iter().any(|item| item["id"] == self.items[n].as_str());
        let (for_members, for_one) = (sees(2), sees(3));
        self.column.tried("see an item for members only", for_members);
        self.column.tried("see an item for a named person", for_one);
        let reply = json!({"attends": true, "reason": "", "substitute": ""});
        self.cell("say whether they come", "reply_session", reply, Some(SessionAct::Replied(Reply::Attends))).await;
        self.absence().await;
        let item = self.item(0);
        let position = json!({"item": self.items[0], "position": "wish_to_speak", "reason": ""});
        let raw = SessionAct::Positioned { item, position: Position::WishToSpeak };
        self.cell("leave a position", "position", position, Some(raw)).await;
    }

    /// Somebody else asks to be absent.
    async fn absence(&mut self) {
        let reply = json!({"session": self.session, "attends": false, "reason": "Công tác", "substitute": ""});
        let asks = async || Ok(call(&self.column.org.members[3], "reply_session", reply.clone()).await.is_ok());
        until("an absence", asks).await.unwrap();
        self.sees("the absence", |v| v["invited"].as_array().unwrap().iter().any(|i| i["attends"] == false)).await;
        let consent = json!({"person": self.other, "is_granted": true});
        let raw = SessionAct::Consented { person: person(&self.other), is_granted: true };
        self.cell("consent to an absence", "consent", consent, Some(raw)).await;
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
        self.cell("show a page, or put it away", "room", json!({"act": "put_away"}), Some(SessionAct::PutAway)).await;
        let ask = json!({"act": "ask_to_speak", "item": self.items[0]});
        self.cell("ask for the floor", "room", ask, Some(SessionAct::SpeechAsked { item: self.item(0) })).await;
        let take_back = json!({"act": "take_back_asking", "item": self.items[0]});
        let raw = SessionAct::SpeechWithdrawn { item: self.item(0) };
        self.cell("take back a request for the floor", "room", take_back, Some(raw)).await;
        let give = json!({"act": "give_floor", "person": self.other});
        self.cell("give the floor", "room", give, Some(SessionAct::SpeechBegun { person: other })).await;
    }

    fn opening(&self) -> Pins {
        let law = cabinet_domain::Law::shipped();
        let day = "2026-06-01".parse().unwrap();
        let roster = self.column.org.officer.with_laptop(|l, _| Ok(l.roster_on(day).cloned())).unwrap();
        law.pin(law.on(day).unwrap(), roster.unwrap(), day, day, cabinet_domain::SESSION_FOLD_VERSION)
    }

    async fn votes(&mut self) {
        for person in &self.column.org.people {
            self.go_on("room", json!({"act": "mark", "person": person, "presence": "present", "by": ""})).await;
        }
        let members = self.column.org.people.len();
        self.sees("quorum", |v| v["quorum"]["present"] == members).await;
        let open = json!({"items": self.items[..2], "question": "Thông qua", "options": [], "is_live": false, "without_quorum": null,
            "repeats": null, "reason": ""});
        let opening = VoteOpening {
            items: vec![self.item(0)],
            question: "Thông qua".into(),
            options: VoteOptions::YesNo,
            pair: cabinet_domain::Hash([9; 32]),
            is_live: false,
            without_quorum: None,
            repeats: None,
        };
        let raw = SessionAct::VoteOpened { opening, pair: None };
        if !self.cell("open a vote", "open_vote", open.clone(), Some(raw)).await {
            self.go_on("open_vote", open).await;
        }
        self.sees("the vote", |v| v["votes"][0]["is_open"] == true).await;
        let mut vote = String::new();
        until("the vote at the secretary's", async || {
            let view = self.read(&self.column.org.officer).await;
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
        let named = vec![(person(&self.column.org.people[3]), BallotChoice::No)];
        let count = json!({"vote": vote, "named": [[self.column.org.people[3], "no"]], "counts": []});
        let raw = SessionAct::Counted(Count { vote: id, named, counts: vec![] });
        self.cell("count hands", "count_vote", count, Some(raw)).await;
        let close = json!({"vote": vote});
        if !self.cell("close a vote", "close_vote", close.clone(), Some(SessionAct::VoteClosed { vote: id })).await {
            self.go_on("close_vote", close).await;
        }
        self.sees("the vote closed", |v| v["votes"][0]["is_open"] == false).await;
        let close = json!({"act": "close"});
        if !self.cell("close the session", "room", close.clone(), Some(SessionAct::Closed)).await {
            self.go_on("room", close).await;
        }
        self.sees("the session closed", |v| v["phase"] == "closed").await;
        let correct = json!({"act": "correct", "item": self.items[0], "text": "Đính chính"});
        let raw = SessionAct::Concluded { item: self.item(0), text: "Đính chính".into() };
        self.cell("put right what was recorded", "room", correct, Some(raw)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_in_a_session_hold_in_the_app_and_against_the_hub() {
    let (roles, acts) = table("## Who may do what in a session");
    let house = House::found().await;
    let org = &house.org;
    let mut tried = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let invited = [&org.people[0], &org.people[1], &org.people[3], &house.guest];
        let create = async || {
            let frame = json!({"title": format!("Phiên của {role}"), "kind": "regular", "place": "Phòng họp", "is_online": false,
                "starts_at": START_MS + 3_600_000, "chair": org.people[0], "invited": invited, "copy_of": null});
            let made = call(&org.officer, "create_session", frame).await.unwrap();
            let session = made["session"].as_str().unwrap().to_owned();
            let items = json!({"session": session, "text": "1. Một\n2. Hai\n3. Ba\n4. Bốn", "after": null});
            call(&org.officer, "add_items", items).await.unwrap();
            session
        };
        let (session, other_session) = (create().await, create().await);
        org.all_sent(&org.officer).await.unwrap();
        let draft = json!({"session": session, "is_draft": true, "version": null, "since": null});
        let view = call(&org.officer, "session", draft).await.unwrap();
        let items: Vec<String> =
            view["items"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
        for (item, value) in [(&items[2], json!("members")), (&items[3], json!([org.people[1]]))] {
            let edit = json!({"session": session, "item": item, "field": "audience", "value": value, "on": []});
            call(&org.officer, "edit_session", edit).await.unwrap();
        }
        org.all_sent(&org.officer).await.unwrap();
        let app = house.app(role);
        if matches!(role.as_str(), "secretary" | "teller") {
            let is_here = json!({"session": session, "is_draft": true, "version": null, "since": null});
            until("the draft", async || {
                Ok(call(app, "session", is_here.clone()).await.is_ok_and(|v| v["items"][3]["audience"] == "named"))
            })
            .await
            .unwrap();
        }
        let column = Column::new(org, role, house.app(role), &acts, at);
        let mut tries = Try { column, session, items, other: org.people[3].clone() };
        tries.call_off(other_session).await;
        tries.before().await;
        tries.room().await;
        tries.votes().await;
        let space = tries.space();
        tries.column.keys(space, Purpose::Items).await;
        tried.push(tries.column.done());
    }
    report(roles.len(), acts.len(), &tried);
}

//! An opinion form as each role meets it.

use super::keys::no_proof;
use super::{Column, House, START_MS, report, table};
use cabinet_acts::write_form_act;
use cabinet_app::App;
use cabinet_domain::Refusal::{NotAllowed, NotAsked, Unreadable};
use cabinet_domain::{Answer, Choice, FormAct, Millis, QuestionAnswer, Verdict};
use cabinet_ledger::{EntryId, Purpose};
use cabinet_vault::NewEntry;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

/// Members who are asked; the one left out is the role "not asked".
const ASKED: [usize; 3] = [0, 1, 3];

/// Where the role is refused, the officer, who is secretary and teller too, goes on.
struct Try<'a> {
    column: Column<'a>,
    form: String,
}

impl Try<'_> {
    async fn cell(&mut self, act: &str, name: &str, mut request: Value, raw: Option<FormAct>) -> bool {
        request["form"] = json!(self.form);
        let is_allowed = self.column.command(act, name, request).await;
        if let Some(raw) = raw.filter(|_| !is_allowed) {
            self.past_the_app(act, &raw).await;
        }
        is_allowed
    }

    async fn past_the_app(&mut self, what: &str, act: &FormAct) {
        let space = self.form.parse().unwrap();
        let officer = self.column.org.officer.clone();
        // For who signs, not by some accident of the content.
        let said = |entry: EntryId| {
            let id = cabinet_domain::EntryId(uuid::Uuid::from_bytes(entry.0));
            let verdict = officer.with_laptop(|laptop, _| Ok(laptop.form(space)?.verdict(id).cloned())).unwrap()?;
            Some(matches!(verdict, Verdict::Refused { reason: NotAllowed | NotAsked }))
        };
        self.column.past_the_app(what, NewEntry::act(space, write_form_act(act).unwrap()), said).await;
    }

    async fn go_on(&self, name: &str, mut request: Value) {
        request["form"] = json!(self.form);
        call(&self.column.org.officer, name, request).await.unwrap();
        self.column.org.all_sent(&self.column.org.officer).await.unwrap();
    }

    /// Waits until whoever may read the form sees something of it.
    async fn sees(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        for app in [self.column.app, &self.column.org.officer] {
            if self.reads() || !std::ptr::eq(app, self.column.app) {
                until(what, async || Ok(view(app, &self.form).await.is_some_and(|v| is_so(&v)))).await.unwrap();
            }
        }
    }

    fn reads(&self) -> bool {
        !matches!(self.column.role, "not asked" | "guest" | "assistant")
    }

    /// From a draft to what is sent.
    async fn write(&mut self) {
        let text = text(self.column.org, "1/PLYK");
        self.column.command("write a form", "write_form", text.clone()).await;
        let written = call(&self.column.org.officer, "write_form", text).await.unwrap();
        self.form = written["form"].as_str().unwrap().to_owned();
        let app = self.column.app;
        if matches!(self.column.role, "secretary" | "teller") {
            until("the draft", async || Ok(view(app, &self.form).await.is_some())).await.unwrap();
        }
        let mut changed = call(&self.column.org.officer, "form_text", json!({"form": self.form})).await.unwrap();
        changed["title"] = json!("Dự thảo Nghị định (sửa)");
        let space = self.form.parse().unwrap();
        let content =
            self.column.org.officer.with_laptop(|l, _| Ok(l.form_with_pending(space)?.content.clone())).unwrap();
        self.cell("change a draft", "write_form", changed, content.map(FormAct::Drafted)).await;
        let send = json!({"approved_by": "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ", "working_days": 3});
        // The rule lets whoever chairs approve; sending is the secretariat's.
        let raw = (self.column.role != "chair").then(|| FormAct::Approved { by: "Tôi".into() });
        if !self.cell("send", "send_form", send.clone(), raw).await {
            self.go_on("send_form", send).await;
        }
        self.sees("the form", |v| v["phase"] == "issued").await;
    }

    async fn run(&mut self) {
        let deadline = Millis(START_MS as i64 + 7 * 24 * 3_600_000);
        let raw = FormAct::Extended { working_days: 5, deadline, reason: "Thêm giờ".into() };
        let extend = json!({"working_days": 5, "reason": "Thêm giờ"});
        self.cell("extend", "extend_form", extend, Some(raw)).await;
        let one = QuestionAnswer { choice: Choice::Agree, remark: None, is_reserved: false };
        let raw = FormAct::Answered(Answer { questions: vec![one], signed_at: Millis(START_MS as i64) });
        let answer = json!({"questions": [says("agree", "")]});
        self.cell("answer", "answer", answer.clone(), Some(raw)).await;
        for member in ASKED.map(|n| &self.column.org.members[n]) {
            let has_form = async || Ok(view(member, &self.form).await.is_some_and(|v| v["phase"] == "issued"));
            until("the form", has_form).await.unwrap();
            let mut request = answer.clone();
            request["form"] = json!(self.form);
            call(member, "answer", request).await.unwrap();
            self.column.org.all_sent(member).await.unwrap();
        }
        let answered = |v: &Value| {
            let seats = v["seats"].as_array().unwrap();
            seats.iter().filter(|s| !s["answered_at"].is_null()).count() == ASKED.len()
        };
        self.sees("all answers", answered).await;
        if !self.cell("close early", "close_form", json!({}), Some(FormAct::Closed { prevented: vec![] })).await {
            self.go_on("close_form", json!({})).await;
        }
        self.sees("the result", |v| !v["result"].is_null()).await;
    }

    async fn after(&mut self) {
        let read = view(self.column.app, &self.form).await;
        self.column.tried("read", read.is_some());
        let seats = read.map_or(vec![], |v| v["seats"].as_array().unwrap().clone());
        let known = seats.iter().filter(|s| !s["answer"].is_null()).count();
        self.column.tried("read each answer once closed", known == ASKED.len());
        self.by_tellers().await;
        let space = self.form.parse().unwrap();
        self.column.keys(space, Purpose::Openings).await;
        let path = self.column.org.folder.join(format!("{}.ecrec", self.column.role));
        // What is exported has its place in the ledger, as this laptop knows it.
        if self.reads() {
            let (app, space) = (self.column.app, self.form.parse().unwrap());
            until("the result in the ledger", async || Ok(app.with_laptop(|l, _| Ok(l.form(space)?.is_settled()))?))
                .await
                .unwrap();
        }
        self.cell("export the record", "export_form", json!({"kind": "record", "path": path}), None).await;
    }

    /// What tellers say of answers: refused for who says it, or for what it says.
    async fn by_tellers(&mut self) {
        let space = self.form.parse().unwrap();
        let counts = |app: &App, entry: EntryId| {
            let id = cabinet_domain::EntryId(uuid::Uuid::from_bytes(entry.0));
            let verdict = app.with_laptop(|l, _| Ok(l.form(space)?.verdict(id).cloned())).unwrap();
            // Without the pair's private half as its proof it says nothing at all.
            verdict.is_some_and(|v| !matches!(v, Verdict::Refused { reason: NotAllowed | Unreadable }))
        };
        let answer = |l: &mut cabinet_vault::Laptop<_>, _| Ok(l.form(space)?.answers[0].entry);
        let answer = self.column.org.officer.with_laptop(answer).unwrap();
        let proof = |l: &mut cabinet_vault::Laptop<_>, _| {
            let pair = l.form(space)?.issue.as_ref().map(|issue| issue.answer_pair);
            Ok(pair.and_then(|pair| l.private_half(pair)).map(|secret| secret.bytes().to_vec()))
        };
        let proof = self.column.app.with_laptop(proof).ok().flatten().unwrap_or_else(no_proof);
        let spoiled = NewEntry::act(space, cabinet_acts::write_spoiled(answer, &proof));
        self.column.raw("call an answer unreadable", space, spoiled, counts).await;
        let published = NewEntry::act(space, write_form_act(&FormAct::Published(vec![])).unwrap());
        self.column.raw("tell counts", space, published, counts).await;
    }

    /// On another form, since nothing follows it.
    async fn recall(&mut self) {
        let draft = FormDraft { number: "2/PLYK", ..FormDraft::plain("2/PLYK", "2026-05-30") };
        self.form = self.column.org.send_form(draft).await.unwrap();
        self.column.org.all_sent(&self.column.org.officer).await.unwrap();
        self.sees("the other form", |v| v["phase"] == "issued").await;
        let raw = FormAct::Recalled { reason: "Nhầm".into() };
        self.cell("recall", "recall_form", json!({"reason": "Nhầm"}), Some(raw)).await;
    }
}

async fn view(app: &App, form: &str) -> Option<Value> {
    call(app, "form", json!({"form": form})).await.ok()
}

fn text(org: &Org, number: &str) -> Value {
    let asked: Vec<&String> = ASKED.iter().map(|n| &org.people[*n]).collect();
    json!({"form": null, "base": null, "number": number, "title": "Dự thảo Nghị định", "submitted_by": "Bộ Công an",
        "summary": "", "questions": ["Thông qua"], "papers": [], "ordered_by": "Thủ tướng Chính phủ",
        "ordered_on": "2026-05-30", "asked": asked})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_on_a_form_hold_in_the_app_and_against_the_hub() {
    let (roles, acts) = table("## Who may do what with an opinion form");
    let house = House::found().await;
    let org = &house.org;
    let mut tried = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let column = Column::new(org, role, house.app(role), &acts, at);
        let mut tries = Try { column, form: String::new() };
        tries.write().await;
        tries.run().await;
        tries.after().await;
        tries.recall().await;
        tried.push(tries.column.done());
    }
    report(roles.len(), acts.len(), &tried);
}

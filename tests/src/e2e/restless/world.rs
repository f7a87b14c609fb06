//! What goes on around the hands: forms come and are recalled, votes are opened and closed, others answer, the hub goes and comes back.

use crate::org::{FormDraft, Org, call, system_clock, until};
use crate::{demo, meeting};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The seat whose laptop the hands are at, from 0, and one that acts beside it.
const SEAT: usize = 1;
const OTHER: usize = 0;
/// Forms that wait for an answer at once.
const FORMS_MIN: usize = 2;
const FORMS_MAX: usize = 4;
const HOUR_MS: u64 = 3_600_000;

/// An organisation with two sessions: one that is held, and one to come, whose items take positions.
pub struct World {
    pub org: Org,
    pub profile: PathBuf,
    pub forms: Vec<(String, String)>,
    pub sessions: [String; 2],
    votes: usize,
    numbers: usize,
}

pub const TITLES: [&str; 2] = ["Phiên họp đang diễn ra", "Phiên họp sắp tới"];

impl World {
    pub async fn make(folder: &Path, seats: usize) -> Result<Self> {
        let mut org = Org::found(folder, system_clock(), seats, true).await?;
        let mut sessions = Vec::new();
        for (title, in_hours) in TITLES.into_iter().zip([0, 24]) {
            let (officer, starts_at) = (&org.officer, system_clock()() + in_hours * HOUR_MS);
            let invited: Vec<&String> = org.people.iter().collect();
            let id = meeting::make(officer, title, "Phòng họp Chính phủ", starts_at, &invited, &demo::agenda()).await?;
            call(officer, "issue_session", json!({"session": id})).await?;
            sessions.push(id);
        }
        meeting::open(&org.officer, &sessions[0], &org.people).await?;
        org.all_sent(&org.officer).await?;
        // Its vault is opened by the window from now on.
        let own = org.members.remove(SEAT);
        for id in &sessions {
            until("the sessions", async || Ok(meeting::view(&own, id).await.is_ok())).await?;
        }
        drop(own);
        let sessions = sessions.try_into().ok().context("two sessions")?;
        let profile = folder.join(format!("member-{}", SEAT + 1));
        let mut world = World { org, profile, forms: vec![], sessions, votes: 0, numbers: 0 };
        for _ in 0..FORMS_MIN {
            world.send_form().await?;
        }
        world.open_vote().await?;
        Ok(world)
    }

    /// One thing that somebody else does; nothing, where the rules or the hub's absence forbid it.
    pub async fn turn(&mut self, random: &mut fastrand::Rng) -> Result<&'static str> {
        let what = match random.choice(["form", "recall", "vote", "vote", "other votes", "item"]).unwrap_or("vote") {
            "form" if self.forms.len() == FORMS_MAX => "recall",
            "recall" if self.forms.len() == FORMS_MIN => "form",
            what => what,
        };
        match what {
            "form" => self.send_form().await?,
            "recall" => {
                let (form, _) = self.forms[0].clone();
                call(&self.org.officer, "recall_form", json!({"form": form, "reason": "Rút để sửa."})).await?;
                self.forms.remove(0);
            }
            "vote" => match self.vote(&self.org.officer, "is_open").await? {
                Some(vote) => {
                    call(&self.org.officer, "close_vote", json!({"session": self.sessions[0], "vote": vote})).await?;
                }
                None => self.open_vote().await?,
            },
            "other votes" => {
                let other = &self.org.members[OTHER];
                if let Some(vote) = self.vote(other, "may_vote").await? {
                    let choice = random.choice(["yes", "no"]).unwrap_or("yes");
                    let ballot = json!({"session": self.sessions[0], "vote": vote, "choice": choice, "remark": "",
                        "is_reserved": false});
                    call(other, "cast_ballot", ballot).await?;
                }
            }
            _ => {
                let item = random.choice(self.items().await?).context("an item")?;
                let begin = json!({"session": self.sessions[0], "act": "begin_item", "item": item});
                call(&self.org.officer, "room", begin).await?;
            }
        }
        Ok(what)
    }

    async fn send_form(&mut self) -> Result<()> {
        self.numbers += 1;
        let (number, today) = (format!("{}/PLYK", self.numbers), cabinet_domain::vietnam_date(now()).to_string());
        let title = format!("Dự thảo Nghị định số {} về quản lý dữ liệu trong cơ quan nhà nước", self.numbers);
        let paper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/to-trinh-du-lieu.pdf");
        let papers = [(paper, "Tờ trình 215/TTr-BCA")];
        let draft = FormDraft { title: &title, papers: &papers, ..FormDraft::plain(&number, &today) };
        let questions = ["Giao một đầu mối điều phối dữ liệu", "Thời gian chuyển tiếp 24 tháng"];
        let id = self.org.send_form(FormDraft { questions: &questions[..1 + self.numbers % 2], ..draft }).await?;
        self.forms.push((id, title));
        Ok(())
    }

    /// The items of the session that is held, without its sections.
    async fn items(&self) -> Result<Vec<Value>> {
        let view = meeting::view(&self.org.officer, &self.sessions[0]).await?;
        let all = view["items"].as_array().context("items")?;
        Ok(all.iter().filter(|i| i["kind"] != "section").map(|i| i["id"].clone()).collect())
    }

    /// On one item after another; what was decided is voted on again, with a reason.
    async fn open_vote(&mut self) -> Result<()> {
        let (officer, session, items) = (&self.org.officer, &self.sessions[0], self.items().await?);
        let item = &items[self.votes % items.len()];
        let view = meeting::view(officer, session).await?;
        let is_on = |vote: &&Value| vote["items"].as_array().into_iter().flatten().any(|i| i[0] == *item);
        let earlier = view["votes"].as_array().into_iter().flatten().rfind(is_on).map(|v| &v["id"]);
        let question = format!("Thông qua, lần {}", self.votes + 1);
        meeting::repeat_vote(officer, session, item, &question, earlier).await?;
        self.votes += 1;
        Ok(())
    }

    /// The first vote that is so for an app.
    async fn vote(&self, app: &cabinet_app::App, is: &str) -> Result<Option<Value>> {
        let view = meeting::view(app, &self.sessions[0]).await?;
        let votes = view["votes"].as_array().context("votes")?;
        Ok(votes.iter().find(|v| v[is] == true).map(|v| v["id"].clone()))
    }

    /// The hub goes, or comes back. Returns whether it is there.
    pub async fn switch_hub(&mut self) -> Result<bool> {
        match self.org.hub {
            Some(_) => self.org.stop_hub().await?,
            None => self.org.start_hub().await?,
        }
        Ok(self.org.hub.is_some())
    }

    /// The Office's side, with the hub back: it holds an answer and a ballot of this member exactly where the laptop says that it does.
    pub async fn agrees(&self, laptop: &Value) -> Result<()> {
        let me = &self.org.people[SEAT];
        let mine = |seats: &Value| seats.as_array().into_iter().flatten().find(|s| s["person"] == **me).cloned();
        for (form, _) in &self.forms {
            let (app, said) = (&self.org.officer, !laptop["forms"][form]["my_answers"][0].is_null());
            until("the same answer on both sides", async || {
                let view = call(app, "form", json!({"form": form})).await?;
                Ok(mine(&view["seats"]).is_some_and(|s| s["answered_at"].is_null() != said))
            })
            .await?;
        }
        let votes = laptop["sessions"][&self.sessions[0]]["votes"].as_object().context("votes")?;
        ensure!(votes.len() == self.votes, "{} votes were opened, the laptop knows {}", self.votes, votes.len());
        let view = meeting::view(&self.org.officer, &self.sessions[0]).await?;
        for (id, ballot) in votes {
            let theirs = view["votes"].as_array().into_iter().flatten().find(|v| v["id"] == **id);
            let theirs = theirs.and_then(|v| mine(&v["seats"])).context("a seat")?;
            let is_counted = ["received", "counted"].iter().any(|s| ballot["state"] == *s) || !ballot["held"].is_null();
            ensure!(theirs["has_voted"] == is_counted, "a ballot: the Office {theirs}, the laptop {ballot}");
        }
        Ok(())
    }
}

fn now() -> cabinet_domain::Millis {
    cabinet_domain::Millis(system_clock()() as i64)
}

//! A session with secrets in everything that is written for it, said before it and voted in it.

use super::{MEMBERS, Organisation, Places, pdf};
use crate::meeting::{self, view};
use crate::org::{call, system_clock, until};
use anyhow::{Result, ensure};
use serde_json::{Value, json};

const ITEMS: usize = 10;

impl Organisation {
    /// Prepared, sent, answered before, held, voted in. Returns its id.
    pub(super) async fn session(&self, places: &Places, words: &[String]) -> Result<String> {
        let mut words = words.iter();
        let mut take = |n: usize| words.by_ref().take(n).cloned().collect::<Vec<_>>().join(" ");
        let now = system_clock()();
        let (title, place) = (take(10), take(10));
        let list: String = (1..=ITEMS).map(|n| format!("{n}. {}\n", take(8))).collect();
        let invited: Vec<&String> = self.people.iter().collect();
        let id = meeting::make(&self.officer, &title, &place, now, &invited, &list).await?;
        let items = meeting::draft(&self.officer, &id).await?["items"].clone();
        let source = places.root.join("unsealed/session.pdf");
        std::fs::write(&source, pdf(&take(40).split(' ').map(str::to_owned).collect::<Vec<_>>())?)?;
        let files = json!({"session": id, "files": [{"path": source, "item": items[0]["id"]}]});
        ensure!(call(&self.officer, "file_files", files).await? == json!([]), "the paper was not taken");
        call(&self.officer, "issue_session", json!({"session": id})).await?;
        for member in &self.members {
            until("the agenda", async || Ok(view(member, &id).await.is_ok_and(|v| v["may"]["position"] == true)))
                .await?;
            let position = json!({"session": id, "item": items[0]["id"], "position": "objection", "reason": take(8)});
            call(member, "position", position).await?;
        }
        // What comes after the opening is no position any more.
        until("all positions", async || {
            let said = view(&self.officer, &id).await?["items"][0]["positions"].as_array().map_or(0, Vec::len);
            Ok(said == MEMBERS)
        })
        .await?;
        let remarks: Vec<String> = (0..MEMBERS).map(|_| take(3)).collect();
        self.vote(&id, &items[0]["id"], &take(5), &remarks).await?;
        Ok(id)
    }

    async fn vote(&self, id: &str, item: &Value, question: &str, remarks: &[String]) -> Result<()> {
        meeting::open(&self.officer, id, &self.people).await?;
        meeting::open_vote(&self.officer, id, item, question).await?;
        let mut vote = Value::Null;
        for (member, remark) in self.members.iter().zip(remarks) {
            until("the vote", async || {
                vote = view(member, id).await?["votes"][0]["id"].clone();
                Ok(!vote.is_null())
            })
            .await?;
            let ballot = json!({"session": id, "vote": vote, "choice": "other", "remark": remark, "is_reserved": true});
            call(member, "cast_ballot", ballot).await?;
        }
        until("all ballots", async || Ok(view(&self.officer, id).await?["votes"][0]["cast"] == MEMBERS)).await?;
        call(&self.officer, "close_vote", json!({"session": id, "vote": vote})).await?;
        for app in self.members.iter().chain([&self.officer]) {
            until("the result", async || Ok(!view(app, id).await?["votes"][0]["result"].is_null())).await?;
        }
        Ok(())
    }
}

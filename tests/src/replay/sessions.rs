//! The year's sessions: an agenda is sent, members come or vote from elsewhere, each item is voted on; every tally is the oracle's, and the
//! record recounts.

use crate::meeting;
use crate::org::{Org, call, until};
use anyhow::{Context, Result, ensure};
use cabinet_domain::{BallotChoice, Decision, VoteOutcome};
use cabinet_recount::recount;
use ecabinet_sim::chance::Chance;
use ecabinet_sim::oracle::{Cast, Tallied, tally};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

/// The real number of sessions.
pub const SESSIONS: usize = 8;
/// In the room at the first session; four more voted from elsewhere.
const IN_THE_ROOM: usize = 21;
const FROM_ELSEWHERE: usize = 4;

/// What the sessions came to.
#[derive(Default)]
pub struct Held {
    pub sessions: usize,
    pub votes: usize,
    pub ballots: u32,
}

/// Holds the `n`-th session. The first is that of 2019-06-24: one item, 25 votes in favour.
pub async fn hold(org: &Org, n: usize, now_ms: u64, chance: &mut Chance, held: &mut Held) -> Result<()> {
    let items = if n == 0 { 1 } else { 2 + chance.below(3) as usize };
    let list: String = (1..=items).map(|i| format!("{i}. Nội dung {i}\n")).collect();
    let (title, invited) = (format!("Phiên họp thứ {} năm 2019", n + 1), org.people.iter().collect::<Vec<_>>());
    let id = meeting::make(&org.officer, &title, "Trụ sở Chính phủ", now_ms, &invited, &list).await?;
    call(&org.officer, "issue_session", json!({"session": id})).await?;
    meeting::open(&org.officer, &id, &org.people[..IN_THE_ROOM]).await?;
    org.all_sent(&org.officer).await?;
    for item in 0..items {
        let said = vote(org, &id, item, n == 0, chance).await?;
        held.ballots += said.iter().filter(|s| **s > 0).count() as u32;
        held.votes += 1;
    }
    call(&org.officer, "room", json!({"session": id, "act": "close"})).await?;
    org.all_sent(&org.officer).await?;
    until("the session closed", async || Ok(meeting::view(&org.members[1], &id).await?["phase"] == "closed")).await?;
    // A member's laptop hears of the last result after the secretary's.
    let are_settled = async || {
        let view = meeting::view(&org.members[1], &id).await?;
        let votes = view["votes"].as_array().context("votes")?;
        Ok(votes.len() == items && votes.iter().all(|vote| vote["is_settled"] == true))
    };
    until("settled results at a member's", are_settled).await?;
    let record = cabinet_app::uses::export::record(&org.members[1], &id)?;
    let again = recount(&record, Some(&org.fingerprint))?;
    let state = again.session().context("the record of a session")?;
    ensure!(
        again.is_genuine
            && state.votes.len() == items
            && state.opening.as_ref().is_some_and(|o| o.rule_set == "nd138-2016")
    );
    held.sessions += 1;
    Ok(())
}

/// One vote; what each of 27 said: 0 nothing, 1 yes, 2 no, 3 other. Fails where the app, the recount's fold or the oracle differ.
async fn vote(org: &Org, id: &str, item: usize, all_agree: bool, chance: &mut Chance) -> Result<Vec<u8>> {
    let view = meeting::view(&org.officer, id).await?;
    meeting::open_vote(&org.officer, id, &view["items"][item]["id"], "Thông qua").await?;
    org.all_sent(&org.officer).await?;
    let voters = IN_THE_ROOM + FROM_ELSEWHERE;
    let pick = |chance: &mut Chance| if all_agree { 1 } else { [1, 1, 2, 2, 3, 0][chance.below(6) as usize] };
    let said: Vec<u8> = (0..org.members.len()).map(|m| if m < voters { pick(chance) } else { 0 }).collect();
    let cast = said.iter().enumerate().filter(|(_, s)| **s > 0).map(|(member, says)| async move {
        let mut vote = Value::Null;
        until("the vote", async || {
            let found =
                meeting::view(&org.members[member], id).await.map_or(Value::Null, |v| v["votes"][item]["id"].clone());
            vote = found;
            Ok(!vote.is_null())
        })
        .await?;
        let choice = ["", "yes", "no", "other"][usize::from(*says)];
        let ballot =
            json!({"session": id, "vote": vote, "choice": choice, "remark": "Đề nghị rà soát", "is_reserved": false});
        call(&org.members[member], "cast_ballot", ballot).await?;
        org.all_sent(&org.members[member]).await
    });
    try_join_all(cast).await?;
    let there = said.iter().filter(|s| **s > 0).count();
    let space = id.parse().ok().context("a space's id")?;
    until("all ballots", async || {
        Ok(org.officer.with_laptop(|l, _| Ok(l.session(space)?.votes.get(item).map_or(0, |v| v.cast())))? == there)
    })
    .await?;
    let vote = meeting::view(&org.officer, id).await?;
    call(&org.officer, "close_vote", json!({"session": id, "vote": vote["votes"][item]["id"]})).await?;
    until("the result", async || Ok(!meeting::view(&org.members[2], id).await?["votes"][item]["result"].is_null()))
        .await?;
    let state = org.members[2].with_laptop(|l, _| Ok(l.session(space)?))?;
    let result = state.votes[item].result.clone().context("a result")?;
    let of = |choice| result.count(choice);
    let adopted = matches!(result.outcome, VoteOutcome::YesNo { decision: Decision::Adopted, .. });
    let (yes, no, other) = (of(BallotChoice::Yes), of(BallotChoice::No), of(BallotChoice::Other));
    let got = Tallied { yes, no, other, attending: result.attending, adopted };
    let members: Vec<(u128, bool)> = (0..said.len() as u128).map(|m| (m, m == 0)).collect();
    let present: Vec<u128> = (0..IN_THE_ROOM as u128).collect();
    let ballot = |(m, says): (usize, &u8)| Cast {
        person: m as u128,
        id: 1_000 + m as u128,
        device: m as u128,
        counter: 1,
        replaces: vec![],
        says: *says,
    };
    let ballots: Vec<Cast> = said.iter().enumerate().filter(|(_, s)| **s > 0).map(ballot).collect();
    let want = tally(&members, &present, &ballots, &[]);
    ensure!(got == want, "vote {item}: {got:?}, the oracle says {want:?}");
    Ok(said)
}

//! The hall's screen at its fullest: 57 seats, titles of 600 characters, three long options, all items in one block. Nothing runs over.

use super::desk::{Desk, Tools};
use super::hall;
use crate::meeting;
use crate::org::{Org, call, seat_name, system_clock, until};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::path::Path;

const SEATS: usize = 57;
const ITEMS: usize = 15;
const TITLE_CHARS: usize = 600;
/// A projector of the old shape, a laptop, a projector, and one of today.
const SIZES: [(u32, u32); 4] = [(1024, 768), (1280, 800), (1920, 1080), (3840, 2160)];
/// What stands in the way of being read: text beyond its part of the screen, or on what stands above or below it.
const FITS: &str = "const inside = document.querySelector('.hall .body').getBoundingClientRect(); \
    const texts = [...document.querySelectorAll('.hall .body *')].filter((e) => !e.closest('svg') && [...e.childNodes].some((c) => c.nodeType === 3 && c.data.trim())); \
    const parts = [...document.querySelectorAll('.hall .body img, .hall .body svg')]; \
    const beyond = (e) => { const r = e.getBoundingClientRect(); \
        return Math.max(inside.top - r.top, r.bottom - inside.bottom, inside.left - r.left, r.right - inside.right); }; \
    return [...texts, ...parts].filter((e) => beyond(e) > 1).map((e) => `${e.tagName} ${Math.round(beyond(e))} px: ${(e.textContent ?? '').slice(0, 40)}`)";

/// The chair's window with its hall, and the secretary who acts.
struct House<'a> {
    org: Org,
    session: String,
    desk: Desk,
    shots: Option<&'a Path>,
    faults: Vec<String>,
    looks: usize,
}

/// Shows each state that the hall can be in, and measures it; `shots` is where pictures go, if they are wanted.
pub async fn hall_full(tools: &Tools, shots: Option<&Path>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (org, session) = make(folder.path()).await?;
    let desk = Desk::new(tools, "full", 32, &folder.path().join("member-1")).await?;
    let mut house = House { org, session, desk, shots, faults: vec![], looks: 0 };
    let went = house.go().await;
    if went.is_err() {
        house.desk.show().await?;
    }
    went?;
    println!("the hall at its fullest: {} looks in {} sizes, {} faults", house.looks, SIZES.len(), house.faults.len());
    if house.faults.is_empty() { Ok(()) } else { bail!("{:#?}", house.faults) }
}

/// An organisation of many seats, of which one has a laptop, and a session of long titles that was sent.
async fn make(folder: &Path) -> Result<(Org, String)> {
    let mut org = Org::found(folder, system_clock(), 1, true).await?;
    for n in 1..SEATS {
        let (office, short) = seat_name(n);
        let id =
            call(&org.officer, "add_person", json!({"office": office, "short": short, "roles": ["member"]})).await?;
        org.people.push(id.as_str().context("an id")?.to_owned());
    }
    let roster = json!({"from": "2016-01-02", "members": org.people, "prime_minister": org.people[0]});
    call(&org.officer, "set_roster", roster).await?;
    let invited: Vec<&String> = org.people.iter().collect();
    let list: Vec<String> = (1..=ITEMS).map(|n| format!("{n}. {}", long(n, TITLE_CHARS))).collect();
    let (title, starts_at) = (long(0, 200), system_clock()());
    let session =
        meeting::make(&org.officer, &title, "Phòng họp Chính phủ", starts_at, &invited, &list.join("\n")).await?;
    let paper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/to-trinh-du-lieu.pdf");
    let first = meeting::draft(&org.officer, &session).await?["items"][0]["id"].clone();
    let files = json!({"session": session, "files": [{"path": paper, "item": first}]});
    call(&org.officer, "file_files", files).await?;
    call(&org.officer, "issue_session", json!({"session": session})).await?;
    org.all_sent(&org.officer).await?;
    // Its vault is opened by the window from now on.
    let chair = org.members.remove(0);
    until("the session and its paper", async || {
        Ok(meeting::view(&chair, &session).await.is_ok_and(|v| v["items"][0]["papers"][0]["here"] == 1.0))
    })
    .await?;
    Ok((org, session))
}

/// A title as ministries write them, of exactly so many characters.
fn long(n: usize, chars: usize) -> String {
    let law = "Dự thảo Nghị định của Chính phủ quy định chi tiết một số điều và biện pháp để tổ chức, hướng dẫn thi hành \
        Luật Quản lý, sử dụng vốn Nhà nước đầu tư vào sản xuất, kinh doanh tại doanh nghiệp và xử lý chuyển tiếp ";
    format!("{n} {}", law.repeat(chars / law.chars().count() + 1)).chars().take(chars - 1).chain(['.']).collect()
}

impl House<'_> {
    async fn go(&mut self) -> Result<()> {
        let desk = &mut self.desk;
        desk.open().await?;
        desk.unlock(crate::org::PASSPHRASE).await?;
        desk.press("Phiên họp").await?;
        desk.press("Mở").await?;
        hall::open(desk).await?;
        self.look("waiting", "Nghị định").await?;
        meeting::open(&self.org.officer, &self.session, &self.org.people).await?;
        self.begin(0).await?;
        self.look("item", "Nội dung 1").await?;
        let paper = self.item(0).await?["papers"][0]["id"].clone();
        self.room(json!({"act": "give_floor", "person": self.org.people[9]})).await?;
        self.room(json!({"act": "show", "paper": paper, "page": 1})).await?;
        self.look("page", "Đang phát biểu").await?;
        self.votes().await
    }

    async fn votes(&mut self) -> Result<()> {
        let options: Vec<String> = (1..=3).map(|n| long(n, 120)).collect();
        self.vote(&[1], &options).await?;
        self.look("options-open", "0/57").await?;
        self.close(["0", "1", "2"], [20, 30, 7]).await?;
        self.look("options-result", "57").await?;
        let many: Vec<String> = (1..=12).map(|n| long(n, 120)).collect();
        self.vote(&[ITEMS - 1], &many).await?;
        self.close(["3", "10", "11"], [20, 30, 7]).await?;
        self.look("many-options", "và 7 phương án khác").await?;
        self.vote(&[2], &[]).await?;
        self.close(["yes", "no", "other"], [28, 28, 1]).await?;
        self.look("tie", "ngang nhau").await?;
        self.vote(&(3..ITEMS - 1).collect::<Vec<_>>(), &[]).await?;
        self.look("block-open", "Các nội dung 4–14").await?;
        self.close(["yes", "no", "other"], [50, 5, 2]).await?;
        self.look("block-result", "50").await
    }

    /// Looks at the hall in all sizes once it says something.
    async fn look(&mut self, state: &str, says: &str) -> Result<()> {
        self.desk.sees(says).await?;
        for size in SIZES {
            self.desk.resize(size).await?;
            super::looks::settle(&self.desk).await?;
            let beyond = self.desk.script(FITS).await?;
            let found = beyond.as_array().context("no measure")?.iter().filter_map(Value::as_str).map(str::to_owned);
            let too_small = hall::too_small(&self.desk).await?;
            self.faults.extend(found.chain(too_small).map(|fault| format!("{state} ({}): {fault}", size.0)));
            self.looks += 1;
            if let Some(folder) = self.shots.filter(|_| size.0 <= 1920) {
                std::fs::create_dir_all(folder)?;
                self.desk.photograph(&folder.join(format!("hall-{state}-{}.webp", size.0)), size)?;
            }
        }
        Ok(())
    }

    async fn item(&self, n: usize) -> Result<Value> {
        Ok(meeting::view(&self.org.officer, &self.session).await?["items"][n].clone())
    }

    async fn begin(&self, n: usize) -> Result<()> {
        self.room(json!({"act": "begin_item", "item": self.item(n).await?["id"]})).await
    }

    async fn room(&self, mut act: Value) -> Result<()> {
        act["session"] = json!(self.session);
        call(&self.org.officer, "room", act).await.map(drop)
    }

    /// Takes up the first of these items and opens a vote on them all.
    async fn vote(&self, items: &[usize], options: &[String]) -> Result<()> {
        self.begin(items[0]).await?;
        let view = meeting::view(&self.org.officer, &self.session).await?;
        let ids: Vec<&Value> = items.iter().map(|n| &view["items"][n]["id"]).collect();
        let vote = json!({"session": self.session, "items": ids, "question": long(items[0] + 1, TITLE_CHARS),
            "options": options, "is_live": true, "without_quorum": null, "repeats": null, "reason": ""});
        call(&self.org.officer, "open_vote", vote).await.map(drop)
    }

    /// The teller enters what each seat said, and closes.
    async fn close(&self, choices: [&str; 3], numbers: [usize; 3]) -> Result<()> {
        let view = meeting::view(&self.org.officer, &self.session).await?;
        let vote = view["votes"].as_array().and_then(|v| v.last()).context("a vote")?["id"].clone();
        let said = choices.iter().zip(numbers).flat_map(|(choice, n)| std::iter::repeat_n(choice, n));
        let named: Vec<(&String, &&str)> = self.org.people.iter().zip(said).collect();
        let count = json!({"session": self.session, "vote": vote, "named": named, "counts": []});
        call(&self.org.officer, "count_vote", count).await?;
        call(&self.org.officer, "close_vote", json!({"session": self.session, "vote": vote})).await.map(drop)
    }
}

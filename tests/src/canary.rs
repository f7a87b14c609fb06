//! A thousand secrets go through the whole product: names, titles, papers, remarks. Then every file that the product left
//! anywhere is searched for them, in every form that a leak could take.

mod scan;
mod session;

use crate::e2e::{Desk, HubProcess, Tools};
use crate::meeting;
use crate::org::{PASSPHRASE, call, system_clock, until};
use anyhow::{Context, Result, bail};
use cabinet_app::App;
use ecabinet_sim::chance::Chance;
use flate2::{Compression, write::ZlibEncoder};
use scan::{Scanner, Spelling};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

const SECRETS: usize = 1_000;
const FORMS: usize = 10;
const MEMBERS: usize = 5;
/// A fifth each: names, titles and questions, papers, remarks, and all of a session.
const PART: usize = SECRETS / 5;

/// Where everything of the run lies. `tmp` and `home` are the process's own, set by whoever started it.
struct Places {
    root: PathBuf,
    hub: PathBuf,
    logs: PathBuf,
    tmp: PathBuf,
    home: PathBuf,
}

/// Runs it in a fresh folder. Says whether nothing leaked and the scan itself works.
pub async fn canary(root: &Path, driver: &Path, seed: u64) -> Result<bool> {
    let places = Places::new(root)?;
    let mut chance = Chance::new(seed);
    let secrets: Vec<String> = (0..SECRETS).map(|_| secret(&mut chance)).collect();
    // More than the app ever logs; only the hands of this test, which type secrets, are left out.
    let log = std::fs::File::create(places.logs.join("app.log"))?;
    let levels = Targets::new().with_default(Level::DEBUG).with_target("thirtyfour", LevelFilter::OFF);
    let layer = tracing_subscriber::fmt::layer().with_writer(log).with_ansi(false).with_filter(levels);
    tracing_subscriber::registry().with(layer).init();
    let mut org = Organisation::found(&places, &secrets).await?;
    org.papers_and_forms(&places, &secrets).await?;
    org.answers(&secrets).await?;
    let session = org.session(&places, &secrets[4 * PART..]).await?;
    org.unsealed_copy(&places, &session).await?;
    org.close().await;
    look(&places, driver, &secrets).await?;
    judge(&places, &secrets, &mut chance)
}

/// Small letters and figures only, so that no folding of case or marks can hide it.
fn secret(chance: &mut Chance) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..20).map(|_| LETTERS[chance.below(32) as usize] as char).collect()
}

impl Places {
    fn new(root: &Path) -> Result<Self> {
        let tmp = std::env::temp_dir();
        let home = PathBuf::from(std::env::var("HOME").context("HOME")?);
        if !tmp.starts_with(root) || !home.starts_with(root) {
            bail!("run this by `cargo xtask canary`: TMPDIR and HOME must lie in {}", root.display());
        }
        let places = Places { root: root.to_owned(), hub: root.join("hub"), logs: root.join("logs"), tmp, home };
        std::fs::create_dir_all(&places.logs)?;
        Ok(places)
    }

    /// Everything that is searched. The profiles hold vault, papers, outbox and the webview's data.
    fn searched(&self) -> Vec<(&'static str, PathBuf)> {
        let mut all = vec![("hub", self.hub.clone()), ("logs", self.logs.clone()), ("temp", self.tmp.clone())];
        all.push(("home", self.home.clone()));
        all.push(("vault of the secretary", self.root.join("secretary")));
        all.push(("vault of a member", self.root.join("member-1")));
        all.push(("webview", self.root.join("member-1/webview")));
        all
    }
}

struct Organisation {
    hub: HubProcess,
    officer: App,
    members: Vec<App>,
    people: Vec<String>,
    forms: Vec<String>,
}

impl Organisation {
    async fn found(places: &Places, secrets: &[String]) -> Result<Self> {
        let bin = std::env::current_exe()?.parent().context("binaries")?.to_owned();
        let hub = HubProcess::start_logging(&bin, &places.hub, &places.logs.join("hub.log"))?;
        let officer = app(&places.root.join("secretary"));
        let found =
            json!({"setup_line": hub.setup_line, "passphrase": PASSPHRASE, "office": "Văn phòng", "short": "VP"});
        call(&officer, "found", found).await?;
        let (mut members, mut people) = (Vec::new(), Vec::new());
        for (n, names) in secrets[..PART].chunks(PART / MEMBERS).enumerate() {
            let person =
                json!({"office": format!("Bộ {}", names.join(" ")), "short": format!("B{n}"), "roles": ["member"]});
            people.push(call(&officer, "add_person", person).await?.as_str().context("an id")?.to_owned());
        }
        let roster = json!({"from": "2016-01-01", "members": people, "prime_minister": people[0]});
        call(&officer, "set_roster", roster).await?;
        for (n, person) in people.iter().enumerate() {
            let code = call(&officer, "invite", json!({"person": person})).await?;
            let member = app(&places.root.join(format!("member-{}", n + 1)));
            call(&member, "enrol", json!({"code": code["code"], "passphrase": PASSPHRASE})).await?;
            members.push(member);
        }
        until("all admitted", async || {
            for device in call(&officer, "devices", Value::Null).await?.as_array().context("a list")? {
                if device["state"] == "requested" && device["is_vouched_by_me"] == false {
                    call(&officer, "confirm_device", json!({"device": device["id"]})).await?;
                }
            }
            let mut ready = 0;
            for member in &members {
                ready += usize::from(!call(member, "status", Value::Null).await?["office"].is_null());
            }
            Ok(ready == MEMBERS)
        })
        .await?;
        Ok(Organisation { hub, officer, members, people, forms: vec![] })
    }

    async fn papers_and_forms(&mut self, places: &Places, secrets: &[String]) -> Result<()> {
        let sources = places.root.join("unsealed");
        std::fs::create_dir_all(&sources)?;
        let (titles, papers) = (&secrets[PART..2 * PART], &secrets[2 * PART..3 * PART]);
        for n in 0..FORMS {
            let share = |all: &[String]| all[n * PART / FORMS..(n + 1) * PART / FORMS].to_vec();
            let (words, pages) = (share(titles), share(papers));
            let source = sources.join(format!("{n}.pdf"));
            std::fs::write(&source, pdf(&pages)?)?;
            let mut paper = call(&self.officer, "add_paper", json!({"path": source})).await?;
            paper["title"] = json!(words[0]);
            let text = json!({"form": null, "base": null, "number": format!("{n}/PLYK"), "title": words[1..6].join(" "),
                "submitted_by": words[6], "summary": words[7..12].join(" "), "questions": words[12..20], "papers": [paper],
                "ordered_by": "Thủ tướng Chính phủ", "ordered_on": "2026-01-05", "asked": self.people});
            let form = call(&self.officer, "write_form", text).await?["form"].as_str().context("an id")?.to_owned();
            let send = json!({"form": form, "approved_by": "Bộ trưởng, Chủ nhiệm", "working_days": 3});
            call(&self.officer, "send_form", send).await?;
            self.forms.push(form);
        }
        Ok(())
    }

    /// Every member answers every form; then all are closed, so that the answers are opened.
    async fn answers(&self, secrets: &[String]) -> Result<()> {
        let mut remarks = secrets[3 * PART..4 * PART].chunks(PART / FORMS / MEMBERS);
        for form in &self.forms {
            for member in &self.members {
                until("the form and its paper", async || {
                    let view = call(member, "form", json!({"form": form})).await;
                    Ok(view.is_ok_and(|v| v["may"]["answer"] == true && v["papers"][0]["here"] == 1.0))
                })
                .await?;
                let remark = remarks.next().context("a remark")?.join(" ");
                let mut questions = vec![json!({"choice": "other", "remark": remark, "is_reserved": true})];
                questions.resize(8, json!({"choice": "agree", "remark": "", "is_reserved": false}));
                // Typed first, and kept; then signed.
                let typed = json!({"place": format!("answer {form}"), "what": json!(questions).to_string()});
                call(member, "keep", typed).await?;
                call(member, "answer", json!({"form": form, "questions": questions})).await?;
            }
            until("all answers", async || {
                Ok(call(&self.officer, "form", json!({"form": form})).await?["may"]["close"] == true)
            })
            .await?;
            call(&self.officer, "close_form", json!({"form": form})).await?;
        }
        for form in &self.forms {
            until("the result", async || {
                Ok(!call(&self.officer, "form", json!({"form": form})).await?["result"].is_null())
            })
            .await?;
        }
        until("everything sent", async || Ok(self.officer.unsent() == 0)).await
    }

    /// What a laptop shows, in clear, beside the papers' sources: the scan must find all of it there.
    async fn unsealed_copy(&self, places: &Places, session: &str) -> Result<()> {
        let mut clear = vec![call(&self.officer, "people", Value::Null).await?];
        for form in &self.forms {
            clear.push(call(&self.officer, "form", json!({"form": form})).await?);
        }
        for app in self.members.iter().chain([&self.officer]) {
            clear.push(meeting::view(app, session).await?);
        }
        Ok(std::fs::write(places.root.join("unsealed/shown.json"), serde_json::to_vec(&clear)?)?)
    }

    async fn close(mut self) {
        drop((self.officer, self.members));
        let _ = self.hub.stop();
        // The apps' own tasks see that they were dropped.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

/// A person reads, searches and locks in the real window: what the webview keeps is there afterwards.
async fn look(places: &Places, driver: &Path, secrets: &[String]) -> Result<()> {
    let tools = Tools::find(driver)?;
    let mut desk = Desk::new(&tools, "member", 9, &places.root.join("member-1")).await?;
    desk.log_to(&places.logs.join("window.log"))?;
    desk.open().await?;
    desk.write("Mật khẩu", PASSPHRASE).await?;
    desk.press("Mở").await?;
    desk.is_at("home").await?;
    desk.write("Tìm phiếu, phiên họp", &secrets[PART + 1]).await?;
    desk.press("Phiếu lấy ý kiến").await?;
    desk.press("Mở").await?;
    desk.until("a page", async |d| {
        let drawn = "return [...document.querySelectorAll('.pages img')].some((i) => i.complete && i.naturalWidth > 0)";
        Ok(d.script(drawn).await? == true)
    })
    .await?;
    // The session, with its ballots and what was said of them.
    desk.press("Phiên họp").await?;
    desk.press("Mở").await?;
    desk.sees(&secrets[4 * PART]).await?;
    desk.press("Thiết lập").await?;
    desk.close().await
}

/// Searches everything, then shows that the search would have found it.
fn judge(places: &Places, secrets: &[String], chance: &mut Chance) -> Result<bool> {
    let scanner = Scanner::new(secrets);
    let mut is_clean = true;
    for (name, folder) in places.searched() {
        let found = scanner.folder(&folder)?;
        println!(
            "{:<24} {:>6} files {:>10} bytes, {} secrets found",
            name,
            found.files,
            found.bytes,
            found.secrets.len()
        );
        found.places.iter().take(5).for_each(|place| println!("FAILED leaked: {place}"));
        is_clean &= found.secrets.is_empty();
        // The product should leave these two empty; anywhere else an empty folder means that the wrong one was searched.
        if found.bytes == 0 && !matches!(name, "temp" | "home") {
            println!("FAILED nothing there to search: {}", folder.display());
            is_clean = false;
        }
    }
    let clear = scanner.folder(&places.root.join("unsealed"))?;
    println!("unsealed copy: {} of {SECRETS} found", clear.secrets.len());
    is_clean &= clear.secrets.len() == SECRETS;
    Ok(is_clean & controls(places, chance)?)
}

/// One control secret into each place, spelled in each way: each must be found.
fn controls(places: &Places, chance: &mut Chance) -> Result<bool> {
    let mut found_all = true;
    for (name, folder) in places.searched() {
        for spelling in Spelling::ALL {
            let control = secret(chance);
            let file = folder.join("control");
            std::fs::write(&file, spelling.write(&control)?)?;
            let found: BTreeSet<usize> = Scanner::new(std::slice::from_ref(&control)).folder(&folder)?.secrets;
            std::fs::remove_file(&file)?;
            if found.is_empty() {
                println!("FAILED the scan did not find a control secret in {name}, written as {spelling:?}");
                found_all = false;
            }
        }
    }
    println!(
        "controls: {} places × {} spellings, {}",
        places.searched().len(),
        Spelling::ALL.len(),
        if found_all { "all found" } else { "NOT all found" }
    );
    Ok(found_all)
}

fn app(folder: &Path) -> App {
    let app = App::new(folder, system_clock());
    app.start();
    app
}

/// A PDF of one page whose compressed stream carries the words.
fn pdf(words: &[String]) -> Result<Vec<u8>> {
    let lines: Vec<String> = words.iter().map(|w| format!("({w}) Tj 0 -14 Td")).collect();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(format!("BT /F1 11 Tf 20 780 Td {} ET", lines.join(" ")).as_bytes())?;
    let packed = packed.finish()?;
    let font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
    let mut out = b"%PDF-1.5\n".to_vec();
    for (n, object) in [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources {font} >>"),
    ]
    .iter()
    .enumerate()
    {
        write!(out, "{} 0 obj\n{object}\nendobj\n", n + 1)?;
    }
    write!(out, "4 0 obj\n<< /Length {} /Filter /FlateDecode >>\nstream\n", packed.len())?;
    out.extend(packed);
    write!(out, "\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n")?;
    Ok(out)
}

//! A real organisation for tests, the replay and the demo: a served hub, apps with vaults, everything over real HTTP.

use anyhow::{Context, Result, bail};
use cabinet_app::{App, Clock};
use cabinet_hub::{Clocks, Running, Serving, serve};
use cabinet_ledger::{DeviceId, DeviceState};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// Longest wait for something that must happen by itself.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often an app is asked that says nothing.
const ASKED_ANYWAY: Duration = Duration::from_millis(250);

/// The passphrase of every vault that this makes: one that any keyboard types.
pub const PASSPHRASE: &str = "ban dung thu 2026";

/// The 27 seats, by office: the Prime Minister first.
pub const SEATS: [(&str, &str); 27] = [
    ("Thủ tướng Chính phủ", "TTg"),
    ("Phó Thủ tướng thường trực Chính phủ", "PTTg 1"),
    ("Phó Thủ tướng phụ trách kinh tế tổng hợp", "PTTg 2"),
    ("Phó Thủ tướng phụ trách công nghiệp và xây dựng", "PTTg 3"),
    ("Phó Thủ tướng phụ trách nông nghiệp và môi trường", "PTTg 4"),
    ("Phó Thủ tướng phụ trách văn hóa và xã hội", "PTTg 5"),
    ("Phó Thủ tướng phụ trách nội chính và đối ngoại", "PTTg 6"),
    ("Phó Thủ tướng phụ trách khoa học và chuyển đổi số", "PTTg 7"),
    ("Phó Thủ tướng phụ trách vùng và địa phương", "PTTg 8"),
    ("Bộ trưởng Bộ Quốc phòng", "QP"),
    ("Bộ trưởng Bộ Công an", "CA"),
    ("Bộ trưởng Bộ Ngoại giao", "NG"),
    ("Bộ trưởng Bộ Nội vụ", "NV"),
    ("Bộ trưởng Bộ Tư pháp", "TP"),
    ("Bộ trưởng Bộ Tài chính", "TC"),
    ("Bộ trưởng Bộ Công Thương", "CT"),
    ("Bộ trưởng Bộ Nông nghiệp và Môi trường", "NNMT"),
    ("Bộ trưởng Bộ Xây dựng", "XD"),
    ("Bộ trưởng Bộ Văn hóa, Thể thao và Du lịch", "VHTTDL"),
    ("Bộ trưởng Bộ Khoa học và Công nghệ", "KHCN"),
    ("Bộ trưởng Bộ Giáo dục và Đào tạo", "GDĐT"),
    ("Bộ trưởng Bộ Y tế", "YT"),
    ("Bộ trưởng Bộ Dân tộc và Tôn giáo", "DTTG"),
    ("Tổng Thanh tra Chính phủ", "TTCP"),
    ("Thống đốc Ngân hàng Nhà nước", "NHNN"),
    ("Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ", "VPCP"),
    ("Bộ trưởng phụ trách phối hợp chính sách", "PHCS"),
];

/// Office and short sign of a seat, from 0; behind the Government's own, numbered ones.
pub fn seat_name(n: usize) -> (String, String) {
    match SEATS.get(n) {
        Some((office, short)) => (office.to_string(), short.to_string()),
        None => (format!("Đại biểu thứ {}", n + 1), format!("ĐB {}", n + 1)),
    }
}

/// When most tests begin: Monday 2026-06-01, 08:00 in Vietnam.
pub const START_MS: u64 = 1_780_275_600_000;

/// The machine's own clock.
pub fn system_clock() -> Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64))
}

/// A clock that a test moves.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub fn at(ms: u64) -> Self {
        TestClock(Arc::new(AtomicU64::new(ms)))
    }

    pub fn clock(&self) -> Clock {
        let now = self.0.clone();
        Arc::new(move || now.load(Ordering::Relaxed))
    }

    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn set(&self, ms: u64) {
        self.0.fetch_max(ms, Ordering::Relaxed);
    }
}

/// A hub, the officer's app (secretary and teller too), and the members' apps.
pub struct Org {
    pub folder: PathBuf,
    pub clock: Clock,
    pub hub: Option<Running>,
    pub address: SocketAddr,
    pub is_plain: bool,
    pub officer: App,
    pub members: Vec<App>,
    pub people: Vec<String>,
    pub recovery_key: String,
    pub fingerprint: String,
    pub setup_line: String,
}

/// Calls a command of an app.
pub async fn call(app: &App, name: &str, arguments: Value) -> Result<Value> {
    #[cfg(target_os = "linux")]
    let done = crate::small_disk::command(app, name, arguments).await;
    #[cfg(not(target_os = "linux"))]
    let done = cabinet_app::rpc(app, name, arguments).await;
    done.map_err(|e| anyhow::anyhow!("{name}: {} {:?}", e.code, e.facts))
}

/// A plain GET, as an operator's collector does it.
pub fn get(address: SocketAddr, path: &str) -> Result<String> {
    Ok(String::from_utf8(plain_http(address, "GET", path, &[])?)?)
}

/// A plain POST.
pub fn post(address: SocketAddr, path: &str, body: &[u8]) -> Result<Vec<u8>> {
    plain_http(address, "POST", path, body)
}

fn plain_http(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let at = answer.windows(4).position(|w| w == b"\r\n\r\n").context("an HTTP answer")?;
    anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "the hub answers {}", String::from_utf8_lossy(&answer[..at]));
    Ok(answer.split_off(at + 4))
}

/// Waits until something is so.
pub async fn until(what: &str, is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    until_within(PATIENCE, what, is_so).await
}

/// The same, for so long at most.
pub async fn until_within(patience: Duration, what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let began = Instant::now();
    while !is_so().await? {
        if began.elapsed() > patience {
            bail!("waited {} s for: {what}", patience.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Waits until something is so in an app, which is asked again when it says that something changed, as a screen asks. Not for two who wait on
/// one app at once.
pub async fn until_told(app: &App, what: &str, mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let (began, told) = (Instant::now(), Arc::new(Notify::new()));
    let tell = told.clone();
    app.set_listener(move |_| tell.notify_one());
    while !is_so().await? {
        if began.elapsed() > PATIENCE {
            bail!("waited {} s for: {what}", PATIENCE.as_secs());
        }
        let _ = tokio::time::timeout(ASKED_ANYWAY, told.notified()).await;
    }
    Ok(())
}

impl Org {
    /// Founds an organisation of so many seats, the first of them those of [`SEATS`], each with a laptop.
    pub async fn found(folder: &Path, clock: Clock, seats: usize, is_plain: bool) -> Result<Self> {
        let data = folder.join("hub");
        let listen: SocketAddr = "127.0.0.1:0".parse()?;
        let hub =
            serve(Serving { data, listen, clocks: Clocks::moved(clock.clone()), is_plain, is_restored: false }).await?;
        let token = hub.token.clone().context("a fresh hub prints a token")?;
        let setup_line = format!("{}#{}.{token}", hub.url(), hub.certificate);
        let org = Org::found_on(folder, clock, seats, &setup_line).await?;
        Ok(Org { address: hub.address, hub: Some(hub), is_plain, ..org })
    }

    /// The same, on a hub that somebody else runs and stops.
    pub async fn found_on(folder: &Path, clock: Clock, seats: usize, setup_line: &str) -> Result<Self> {
        let officer = App::new(&folder.join("secretary"), clock.clone());
        officer.start();
        let request = json!({"setup_line": setup_line, "passphrase": PASSPHRASE, "office": "Vụ Tổng hợp, Văn phòng Chính phủ",
            "short": "TH"});
        let founded = call(&officer, "found", request).await?;
        if officer.is_locked() {
            call(&officer, "unlock", json!({"passphrase": PASSPHRASE})).await?;
        }
        let is_named = async || Ok(!call(&officer, "status", Value::Null).await?["office"].is_null());
        until("the founding has come back", is_named).await?;
        let text = |name: &str| founded[name].as_str().unwrap_or_default().to_owned();
        let mut org = Org {
            folder: folder.to_owned(),
            address: ([0; 4], 0).into(),
            hub: None,
            clock,
            is_plain: false,
            officer,
            members: vec![],
            people: vec![],
            recovery_key: text("recovery_key"),
            fingerprint: text("fingerprint"),
            setup_line: setup_line.to_owned(),
        };
        org.seat(seats).await?;
        Ok(org)
    }

    async fn seat(&mut self, seats: usize) -> Result<()> {
        for n in 0..seats {
            let (office, short) = seat_name(n);
            let roles: &[&str] = if n == 0 { &["member", "chair"] } else { &["member"] };
            let request = json!({"office": office, "short": short, "roles": roles});
            let id = call(&self.officer, "add_person", request).await?;
            self.people.push(id.as_str().context("an id")?.to_owned());
        }
        let roster = json!({"from": "2016-01-01", "members": self.people, "prime_minister": self.people[0]});
        call(&self.officer, "set_roster", roster).await?;
        let mut codes = Vec::new();
        for person in &self.people {
            let code = call(&self.officer, "invite", json!({"person": person})).await?;
            codes.push(code["code"].as_str().context("a code")?.to_owned());
        }
        self.all_sent(&self.officer).await?;
        for (n, code) in codes.into_iter().enumerate() {
            let app = App::new(&self.folder.join(format!("member-{}", n + 1)), self.clock.clone());
            app.start();
            self.members.push(app);
            call(&self.members[n], "enrol", json!({"code": code, "passphrase": PASSPHRASE})).await?;
        }
        self.admit(seats).await
    }

    /// Adds a person with a laptop that asks to be let in.
    async fn invite(&self, office: &str, short: &str, roles: &[&str]) -> Result<(String, App)> {
        let request = json!({"office": office, "short": short, "roles": roles});
        let person = call(&self.officer, "add_person", request).await?;
        let person = person.as_str().context("an id")?.to_owned();
        let code = call(&self.officer, "invite", json!({"person": person})).await?;
        self.all_sent(&self.officer).await?;
        let app = App::new(&self.folder.join(short), self.clock.clone());
        app.start();
        call(&app, "enrol", json!({"code": code["code"], "passphrase": PASSPHRASE})).await?;
        Ok((person, app))
    }

    /// The same, of a guest. Returns the person, and the laptop that waits.
    pub async fn request(&self, office: &str) -> Result<(String, String)> {
        let (person, _app) = self.invite(office, office, &["guest"]).await?;
        let mut device = None;
        until("the request", async || {
            let all = call(&self.officer, "devices", Value::Null).await?;
            let waiting = all.as_array().context("a list")?.iter().find(|d| d["person"] == person.as_str());
            device = waiting.and_then(|d| Some(d["id"].as_str()?.to_owned()));
            Ok(device.is_some())
        })
        .await?;
        Ok((person, device.context("a laptop")?))
    }

    /// Waits until an app knows a laptop in a state.
    pub async fn has_state(&self, app: &App, device: DeviceId, state: DeviceState) -> Result<()> {
        until("the laptop's state", async || {
            let known = |r: &cabinet_ledger::Register| r.devices.get(&device).is_some_and(|d| d.state() == state);
            Ok(app.with_laptop(|laptop, _| Ok(laptop.register().is_some_and(known)))?)
        })
        .await
    }

    /// Adds a person with a laptop that is let in.
    pub async fn enrol(&self, office: &str, short: &str, roles: &[&str]) -> Result<(String, App)> {
        let (person, app) = self.invite(office, short, roles).await?;
        until("the laptop is admitted and knows itself", async || {
            for device in call(&self.officer, "devices", Value::Null).await?.as_array().context("a list")? {
                if device["state"] == "requested" && device["is_vouched_by_me"] == false {
                    call(&self.officer, "confirm_device", json!({"device": device["id"]})).await?;
                }
            }
            let status = call(&app, "status", Value::Null).await?;
            Ok(status["stage"] == "ready" && !status["office"].is_null() && status["unsent"] == 0)
        })
        .await?;
        Ok((person, app))
    }

    /// Confirms laptops until so many of members are in use.
    pub async fn admit(&self, devices: usize) -> Result<()> {
        // Each follows what all others were admitted by.
        let patience = PATIENCE * (1 + devices as u32 / 50);
        let admitted = until_within(patience, "all laptops admitted and named", async || {
            let views = call(&self.officer, "devices", Value::Null).await?;
            for device in views.as_array().context("a list")? {
                if device["state"] == "requested" && device["is_vouched_by_me"] == false {
                    call(&self.officer, "confirm_device", json!({"device": device["id"]})).await?;
                }
            }
            let mut ready = 0;
            for member in &self.members {
                let status = call(member, "status", Value::Null).await?;
                ready +=
                    usize::from(status["stage"] == "ready" && !status["office"].is_null() && status["unsent"] == 0);
            }
            Ok(ready >= devices)
        })
        .await;
        if admitted.is_err() {
            eprintln!("secretary: {}", call(&self.officer, "status", Value::Null).await?);
            for (n, member) in self.members.iter().enumerate() {
                eprintln!("member {}: {}", n + 1, call(member, "status", Value::Null).await?);
            }
        }
        admitted
    }

    /// Waits until an app has a receipt for all that it signed.
    pub async fn all_sent(&self, app: &App) -> Result<()> {
        until("everything sent", async || Ok(app.unsent() == 0)).await
    }

    /// The hub goes away.
    pub async fn stop_hub(&mut self) -> Result<()> {
        match self.hub.take() {
            Some(hub) => hub.stop().await,
            None => Ok(()),
        }
    }

    /// The hub comes back on its address.
    pub async fn start_hub(&mut self) -> Result<()> {
        self.start_hub_as(false).await
    }

    /// The same; restored from a backup, if so said.
    pub async fn start_hub_as(&mut self, is_restored: bool) -> Result<()> {
        let (data, clock) = (self.folder.join("hub"), self.clock.clone());
        let serving =
            Serving { data, listen: self.address, clocks: Clocks::moved(clock), is_plain: self.is_plain, is_restored };
        self.hub = Some(serve(serving).await?);
        Ok(())
    }

    /// Writes a form for all members and sends it. Returns its id.
    pub async fn send_form(&self, form: FormDraft<'_>) -> Result<String> {
        let working_days = form.working_days;
        let id = self.write_form(form).await?;
        let send = json!({"form": id, "approved_by": "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ", "working_days": working_days});
        call(&self.officer, "send_form", send).await?;
        Ok(id)
    }

    /// Writes a form at the officer's, who is a secretary too, and sends nothing.
    pub async fn write_form(&self, form: FormDraft<'_>) -> Result<String> {
        let mut papers = Vec::new();
        for (path, title) in form.papers {
            let mut paper = call(&self.officer, "add_paper", json!({"path": path})).await?;
            paper["title"] = json!(title);
            papers.push(paper);
        }
        let text = json!({
            "form": null, "base": null, "number": form.number, "title": form.title, "submitted_by": form.submitted_by,
            "summary": form.summary, "questions": form.questions, "papers": papers,
            "ordered_by": "Thủ tướng Chính phủ", "ordered_on": form.ordered_on, "asked": self.people,
        });
        let written = call(&self.officer, "write_form", text).await?;
        Ok(written["form"].as_str().context("an id")?.to_owned())
    }
}

/// What a form says.
pub struct FormDraft<'a> {
    pub number: &'a str,
    pub title: &'a str,
    pub submitted_by: &'a str,
    pub summary: &'a str,
    pub questions: &'a [&'a str],
    pub papers: &'a [(PathBuf, &'a str)],
    pub ordered_on: &'a str,
    pub working_days: u32,
}

impl<'a> FormDraft<'a> {
    /// One question and no papers, ordered on a day.
    pub fn plain(number: &'a str, ordered_on: &'a str) -> Self {
        FormDraft {
            number,
            title: "Dự thảo Nghị định",
            submitted_by: "Bộ Công an",
            summary: "",
            questions: &["Thông qua"],
            papers: &[],
            ordered_on,
            working_days: 3,
        }
    }
}

/// One question's answer for the `answer` command.
pub fn says(choice: &str, remark: &str) -> Value {
    json!({"choice": choice, "remark": remark, "is_reserved": false})
}

//! Hostile clients and files, one act after the other, against a real hub process and a real app: each must be refused, what the hub holds must
//! stay bounded, and a polite client must not notice.

mod files;
mod requests;
mod rude;

use crate::org::{Org, call, get, system_clock};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Requests of the polite client, before and beside, in each round.
const ASKED: usize = 200;
/// The quickest of them counts: what else the machine does slows one, what the rude do slows all.
const ROUNDS: usize = 3;
/// How much slower its slowest hundredth may be, or this long if that is more.
const SLOWER: u32 = 2;
const UNNOTICED: Duration = Duration::from_millis(20);
/// By how much the hub's memory may have grown: what all bodies under way may hold together, and as much again.
const GROWN_MAX: u64 = 2 * cabinet_ledger::limits::BODIES_BYTES_MAX as u64;

/// What came of an act: how it was refused, or none where it was not.
pub(crate) struct Tried {
    pub name: String,
    pub refused: Option<String>,
}

/// Plays all and prints each. Says whether all held.
pub async fn attack(bin: &Path) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let hub = PlainHub::start(&bin.join("ecabinet-hub"), &folder.path().join("hub"))?;
    let org = Org::found_on(folder.path(), system_clock(), 1, &hub.setup_line).await?;
    let before = (p99(hub.address).await?, hub.memory_bytes()?);
    let mut tried = requests::requests(hub.address).await?;
    print(&tried);
    let files = files::files(&org, folder.path()).await?;
    print(&files);
    let polite = async || {
        let slowest = p99(hub.address).await?;
        let person = json!({"office": "Bộ trưởng", "short": "B", "roles": ["member"]});
        call(&org.officer, "add_person", person).await?;
        org.all_sent(&org.officer).await?;
        Ok(slowest)
    };
    let (rude, beside) = rude::rude(hub.address, polite).await?;
    print(&rude);
    tried.extend(files.into_iter().chain(rude));
    let grown = hub.memory_bytes()?.saturating_sub(before.1);
    let through = tried.iter().filter(|act| act.refused.is_none()).count();
    let turned_away = metric(hub.address, "turned_away_total")?;
    println!("{} acts, {through} got through; the hub counted {turned_away} turned away at its door", tried.len());
    println!("slowest hundredth of a polite client's requests: {:?} alone, {beside:?} beside the rude", before.0);
    let held = metric(hub.address, "body_bytes")?;
    println!("the hub's memory grew by {} MiB at its most, bodies under way hold {held} now", grown >> 20);
    let is_stamped = get(hub.address, "/metrics")?.contains("ecabinet_store_failures_total 0");
    ensure!(is_stamped, "its store failed");
    let is_unnoticed = beside <= (before.0 * SLOWER).max(UNNOTICED);
    Ok(through == 0 && turned_away > 0 && is_unnoticed && grown <= GROWN_MAX && held == 0)
}

fn print(tried: &[Tried]) {
    for act in tried {
        println!("{:<66} {}", act.name, act.refused.as_deref().unwrap_or("GOT THROUGH"));
    }
}

/// One number of the hub's metrics.
pub(crate) fn metric(address: SocketAddr, name: &str) -> Result<u64> {
    let metrics = get(address, "/metrics")?;
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("ecabinet_{name} ")));
    Ok(line.context("a metric")?.parse()?)
}

async fn p99(address: SocketAddr) -> Result<Duration> {
    tokio::task::spawn_blocking(move || {
        let mut rounds = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let mut times = Vec::with_capacity(ASKED);
            for _ in 0..ASKED {
                let began = Instant::now();
                get(address, "/healthz")?;
                times.push(began.elapsed());
            }
            times.sort();
            rounds.push(times[ASKED * 99 / 100]);
        }
        rounds.into_iter().min().context("a round")
    })
    .await?
}

/// The hub's own program, without TLS, so that acts are bytes.
struct PlainHub {
    process: Child,
    address: SocketAddr,
    setup_line: String,
}

impl PlainHub {
    fn start(program: &Path, data: &Path) -> Result<Self> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(program);
        command.args(["serve", "--plain", "--listen", &address.to_string(), "--data"]).arg(data);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let lines = BufReader::new(process.stdout.take().context("its words")?).lines();
        let setup_line =
            lines.map_while(Result::ok).find_map(|line| line.strip_prefix("set-up line ").map(str::to_owned));
        Ok(PlainHub { process, address, setup_line: setup_line.context("a set-up line")? })
    }

    /// The most that it ever held.
    fn memory_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1_024)
    }
}

impl Drop for PlainHub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

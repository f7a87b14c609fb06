//! The hub's door: what one client may have, and that the docs say it. Who is rude plays in `cargo xtask attack`.

use cabinet_ledger::limits;
use cabinet_ledger::wire::{AppendV1, AppendsV1};
use ecabinet_tests::org::*;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Another address of this machine, so that what one address may do is told apart.
const RUDE: &str = "127.0.0.2:0";

async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(RUDE.parse().unwrap()).unwrap();
    socket.connect(address).await.unwrap()
}

async fn saying(address: SocketAddr, words: &[u8]) -> TcpStream {
    let mut stream = connect(address).await;
    stream.write_all(words).await.unwrap();
    stream
}

async fn is_sent_away(stream: &mut TcpStream, patience: Duration) -> bool {
    let mut answer = Vec::new();
    // An answer or none: it ends.
    tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await.is_ok()
}

/// The table of docs/SECURITY.md, by name.
fn said() -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/SECURITY.md")).unwrap();
    let door = text.split("## The hub's door").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = door.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| limit"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[2].to_owned(), cells[3].parse().unwrap())
    })
    .collect()
}

#[test]
fn limits_are_those_that_the_docs_say() {
    let is = [
        ("CONNECTIONS_MAX", limits::CONNECTIONS_MAX as u64),
        ("CONNECTIONS_OF_ONE_MAX", limits::CONNECTIONS_OF_ONE_MAX as u64),
        ("HEAD_TIME", limits::HEAD_TIME.as_secs()),
        ("BODY_GAP", limits::BODY_GAP.as_secs()),
        ("BODY_TIME", limits::BODY_TIME.as_secs()),
        ("IDLE", limits::IDLE.as_secs()),
        ("BODY_MAX", limits::BODY_MAX as u64),
        ("BODIES_BYTES_MAX", limits::BODIES_BYTES_MAX as u64),
        ("BODIES_OF_ONE_MAX", limits::BODIES_OF_ONE_MAX as u64),
        ("OPEN_REQUESTS_PER_SECOND", limits::OPEN_REQUESTS_PER_SECOND.into()),
        ("REQUESTS_PER_SECOND", limits::REQUESTS_PER_SECOND.into()),
        ("APPENDS_MAX", limits::APPENDS_MAX as u64),
        ("PAGE_ENTRIES_MAX", limits::PAGE_ENTRIES_MAX as u64),
        ("PAGE_BYTES_MAX", limits::PAGE_BYTES_MAX as u64),
        ("PAPERS_BYTES_MAX", limits::PAPERS_BYTES_MAX),
        ("PART_KEPT", limits::PART_KEPT.as_secs()),
    ];
    let is: BTreeMap<String, u64> = is.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(said(), is);
}

/// What the hub answers to one request, as a number.
async fn status(address: SocketAddr, path: &str, body: &[u8]) -> u16 {
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    let mut stream = saying(address, head.as_bytes()).await;
    let _ = stream.write_all(body).await;
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).await.unwrap();
    let line = String::from_utf8_lossy(&answer[..length]).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bodies_and_numbers_of_entries_are_taken_up_to_their_limit_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let (large, unreadable) = (413, 400);
    // What is no request at all is told as that, unless it is too large to be looked at.
    assert_eq!(status(org.address, "/v1/login", &vec![0; limits::BODY_MAX]).await, unreadable);
    assert_eq!(status(org.address, "/v1/login", &vec![0; limits::BODY_MAX + 1]).await, large);
    for (count, wanted) in [(limits::APPENDS_MAX, 200), (limits::APPENDS_MAX + 1, large)] {
        let append = || AppendV1 { entry: vec![0; 9].into(), earlier: None };
        let appends = AppendsV1 { entries: std::iter::repeat_with(append).take(count).collect() };
        let body = cabinet_ledger::encode(&appends);
        assert_eq!(status(org.address, "/v1/entries", &body).await, wanted, "{count} entries");
    }
    org.stop_hub().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_address_has_so_many_connections_and_requests_whatever_login_it_claims() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let address = org.address;
    let mut stream = connect(address).await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer of nobody\r\n\r\n";
    let mut refused = 0;
    // Twice what a window allows, since a new one may begin meanwhile.
    for _ in 0..limits::OPEN_REQUESTS_PER_SECOND * 10 * 2 + 2 {
        stream.write_all(ask).await.unwrap();
        let mut answer = [0; 1_024];
        let length = stream.read(&mut answer).await.unwrap();
        refused += usize::from(answer[..length].starts_with(b"HTTP/1.1 429"));
    }
    assert!(refused > 0, "it was never refused");
    get(address, "/healthz").expect("another address is served");
    // Both ends of each are this process's.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    let mut open = Vec::new();
    for _ in 0..limits::CONNECTIONS_OF_ONE_MAX + 7 {
        open.push(connect(address).await);
    }
    // With the one above it is eight too many. Who comes last need not be looked at last.
    let all = open.iter_mut().map(|stream| is_sent_away(stream, Duration::from_secs(5)));
    let closed = futures_util::future::join_all(all).await.into_iter().filter(|is| *is).count();
    assert_eq!(closed, 8, "beyond what one address may have");
    get(address, "/healthz").expect("another address is let in");
    org.stop_hub().await.unwrap();
}

//! Clients that hold on to what they get, from another address of this machine.

use super::{Tried, metric};
use anyhow::Result;
use cabinet_ledger::limits;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

const FROM: &str = "127.0.0.2:0";
/// Of each kind.
const CLIENTS: usize = 200;

async fn saying(address: SocketAddr, words: &[u8]) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(FROM.parse()?)?;
    let mut stream = socket.connect(address).await?;
    let _ = timeout(Duration::from_millis(300), stream.write_all(words)).await;
    Ok(stream)
}

/// Whether all are sent away in time.
async fn ends(streams: &mut [TcpStream], began: Instant, within: Duration) -> bool {
    for stream in streams {
        let patience = (within + Duration::from_secs(5)).saturating_sub(began.elapsed());
        let mut rest = Vec::new();
        if timeout(patience, stream.read_to_end(&mut rest)).await.is_err() {
            return false;
        }
    }
    true
}

/// All kinds at once; how slow a polite client is beside them.
pub async fn rude(
    address: SocketAddr,
    polite: impl AsyncFnOnce() -> Result<Duration>,
) -> Result<(Vec<Tried>, Duration)> {
    let began = Instant::now();
    let post = |length: usize| format!("POST /v1/entries HTTP/1.1\r\nhost: hub\r\ncontent-length: {length}\r\n\r\n");
    let heavy = [post(limits::BODY_MAX).into_bytes(), vec![0; limits::BODY_MAX / 2]].concat();
    let kinds: [(&str, Vec<u8>, Duration); 5] = [
        ("heads that never end", b"GET /v1/hello HTTP/1.1\r\nhost: hu".to_vec(), limits::HEAD_TIME),
        ("bodies that stand still", [post(900).into_bytes(), b"x".to_vec()].concat(), limits::BODY_GAP),
        ("heavy bodies that stand still", heavy, limits::BODY_GAP),
        ("answers that nobody reads", b"GET /v1/hello HTTP/1.1\r\nhost: hub\r\n\r\n".repeat(64), limits::IDLE),
        ("connections that say nothing", Vec::new(), limits::IDLE),
    ];
    let mut open = Vec::new();
    for (name, words, within) in kinds {
        let mut streams = Vec::new();
        for _ in 0..CLIENTS {
            streams.push(saying(address, &words).await?);
        }
        open.push((name, streams, within));
    }
    let held = metric(address, "body_bytes")?;
    let beside = polite().await?;
    let mut tried = Vec::new();
    for (name, mut streams, within) in open {
        let is_gone = ends(&mut streams, began + Duration::from_secs(CLIENTS as u64 / 10), within).await;
        let said = is_gone.then(|| format!("sent away within {} s", within.as_secs()));
        tried.push(Tried { name: format!("{CLIENTS} {name}"), refused: said });
    }
    let is_bounded = held <= limits::BODIES_OF_ONE_MAX as u64;
    let said = is_bounded.then(|| format!("{} MiB taken, no more", held >> 20));
    tried.push(Tried { name: "bodies of one address, all together".into(), refused: said });
    Ok((tried, beside))
}

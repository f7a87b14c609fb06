//! Requests that no laptop makes.

use super::Tried;
use anyhow::Result;
use cabinet_ledger::wire::{AppendV1, AppendedAllV1, AppendedV1, AppendsV1, ChallengeRequestV1, FoundV1, LoginV1};
use cabinet_ledger::{DeviceId, Hash, OrgId, decode, encode, limits};
use cabinet_seal::SigningKey;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tries them all.
pub async fn requests(address: SocketAddr) -> Result<Vec<Tried>> {
    let mut tried = Vec::new();
    for (name, bytes) in acts() {
        let refused = match answer(address, &bytes).await {
            Some(answer) => refusal(&answer),
            None => Some("closed".to_owned()),
        };
        tried.push(Tried { name: name.to_owned(), refused });
    }
    Ok(tried)
}

/// All that came back; none where nothing did.
async fn answer(address: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    // A refusal may come before all is sent.
    let _ = timeout(PATIENCE, stream.write_all(bytes)).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    (!answer.is_empty()).then_some(answer)
}

/// A status that refuses, or entries that all are.
fn refusal(answer: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&answer[..answer.len().min(64)]).into_owned();
    let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
    if status >= 400 {
        return Some(status.to_string());
    }
    let at = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let body = &answer[at + 4..];
    // Of many entries, or of the one that founds.
    let answers = match decode::<AppendedAllV1>(body) {
        Ok(all) => all.answers,
        Err(_) => vec![decode::<AppendedV1>(body).ok()?],
    };
    let refused = |one: &AppendedV1| match one {
        AppendedV1::Refused(refusal) => Some(format!("{}", refusal.reason)),
        AppendedV1::Stamped(_) => None,
    };
    let reasons: Option<Vec<String>> = answers.iter().map(refused).collect();
    reasons.and_then(|reasons| reasons.first().cloned())
}

fn request(line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("{line} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn get(path: &str) -> Vec<u8> {
    request(&format!("GET {path}"), "", &[])
}

fn post(path: &str, body: &[u8]) -> Vec<u8> {
    request(&format!("POST {path}"), "", body)
}

fn entries(each: &[Vec<u8>]) -> Vec<u8> {
    let append = |bytes: &Vec<u8>| AppendV1 { entry: bytes.clone().into(), earlier: None };
    post("/v1/entries", &encode(&AppendsV1 { entries: each.iter().map(append).collect() }))
}

fn raw(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn acts() -> Vec<(&'static str, Vec<u8>)> {
    let id = "ab".repeat(32);
    let key = SigningKey::make();
    let login = LoginV1::sign(OrgId([1; 32]), DeviceId([1; 16]), Hash([2; 32]), Hash([3; 32]), Hash([4; 32]), &key);
    let nested = [vec![0x81; 100_000], vec![0xf6]].concat();
    let endless = [&[0x9b][..], &u64::MAX.to_be_bytes()].concat();
    let long = [&[0x81, 0x81, 0x82, 0x5b][..], &(1u64 << 40).to_be_bytes()].concat();
    let challenge = encode(&ChallengeRequestV1 { device: DeviceId([9; 16]) });
    let found = encode(&FoundV1 { token: "0".repeat(32), entry: vec![1, 2, 3].into() });
    let many_headers: String = (0..5_000).map(|n| format!("x-{n}: {n}\r\n")).collect();
    let upgrade = "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: x\r\n";
    vec![
        ("the list of spaces without a login", get("/v1/spaces")),
        ("the same with a login of nobody", request("GET /v1/spaces", "authorization: Bearer 00\r\n", &[])),
        ("the same with an empty login", request("GET /v1/spaces", "authorization: Bearer \r\n", &[])),
        ("the same with a login of another kind", request("GET /v1/spaces", "authorization: Basic QTpC\r\n", &[])),
        (
            "a login of 64 KiB",
            request("GET /v1/spaces", &format!("authorization: Bearer {}\r\n", "a".repeat(65_536)), &[]),
        ),
        ("a page without a login", get(&format!("/v1/spaces/{id}/entries"))),
        ("a page of no space", get("/v1/spaces/none/entries")),
        ("a page after a number that is none", get(&format!("/v1/spaces/{id}/entries?after=x"))),
        ("the founding after a place below zero", get("/v1/founding?after=-1")),
        ("the founding after a place beyond all", get("/v1/founding?after=18446744073709551615")),
        ("the founding after a place of 40 digits", get(&format!("/v1/founding?after={}", "9".repeat(40)))),
        ("handing back to a hub that asks for nothing", post(&format!("/v1/spaces/{id}/handed-back"), &[0x83])),
        ("a paper without a login", get(&format!("/v1/papers/{id}"))),
        ("a paper's state without a login", get(&format!("/v1/papers/{id}/state"))),
        ("a paper by a way out of the folder", get("/v1/papers/..%2f..%2f..%2fetc%2fpasswd")),
        ("a way out of the folder in the path", get("/v1/papers/../../identity/stamp-key")),
        ("a paper's name with a zero in it", get("/v1/papers/%00")),
        ("an upload without a login", request(&format!("PUT /v1/papers/{id}?offset=0"), "", &[0; 4_096])),
        ("a list of pieces without a login", request(&format!("PUT /v1/papers/{id}/pieces"), "", &[0; 64])),
        ("no entries at all, and no CBOR", post("/v1/entries", &[])),
        ("words for entries", post("/v1/entries", b"{\"entries\": []}")),
        ("CBOR nested 100,000 deep", post("/v1/entries", &nested)),
        ("CBOR that says it is endless", post("/v1/entries", &endless)),
        ("CBOR that says it holds a terabyte", post("/v1/entries", &long)),
        ("one entry more than go at once", entries(&vec![vec![0; 8]; limits::APPENDS_MAX + 1])),
        ("an entry larger than one may be", entries(&[vec![0x81; limits::ENTRY_BYTES_MAX + 1]])),
        ("an entry that is none", entries(&[vec![0xff; 200]])),
        ("an entry nested 100,000 deep", entries(&[nested])),
        ("a body larger than one may be", post("/v1/entries", &vec![0; limits::BODY_MAX + 1])),
        ("a login of a laptop that is none", post("/v1/login", &encode(&login))),
        ("a login that is none", post("/v1/login", b"login")),
        ("a challenge where a login belongs", post("/v1/login", &challenge)),
        ("a challenge for no laptop", post("/v1/challenge", b"x")),
        ("the revocation of a laptop that is none", post("/v1/revocation?after=0", &encode(&login))),
        ("founding anew with a token of one's own", post("/v1/found", &found)),
        ("founding with nothing", post("/v1/found", &[])),
        ("announcements without a login", request("GET /v1/live", upgrade, &[])),
        ("announcements without a handshake", get("/v1/live")),
        ("a path that is none", get("/v1/secrets")),
        ("deleting a space", request(&format!("DELETE /v1/spaces/{id}/entries"), "", &[])),
        ("a method that is none", request("STEAL /v1/spaces", "", &[])),
        ("a head of 1 MiB", request("GET /v1/hello", &format!("x: {}\r\n", "a".repeat(1 << 20)), &[])),
        ("5,000 headers", request("GET /v1/hello", &many_headers, &[])),
        ("no HTTP", raw("\x16\x03\x01 hello, are you there?\r\n\r\n")),
        ("HTTP of a version that is none", raw("GET /v1/hello HTTP/9.9\r\nhost: hub\r\n\r\n")),
        (
            "two lengths",
            raw("POST /v1/entries HTTP/1.1\r\nhost: hub\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
        ),
        ("a length below zero", raw("POST /v1/entries HTTP/1.1\r\nhost: hub\r\ncontent-length: -1\r\n\r\n")),
        (
            "a length and pieces",
            raw(
                "POST /v1/entries HTTP/1.1\r\nhost: hub\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            ),
        ),
        (
            "a piece of a length that is none",
            raw(
                "POST /v1/entries HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nzz\r\nx\r\n0\r\n\r\n",
            ),
        ),
        (
            "a piece of an endless length",
            raw(
                "POST /v1/entries HTTP/1.1\r\nhost: hub\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nffffffffffffffffff\r\nx\r\n",
            ),
        ),
    ]
}

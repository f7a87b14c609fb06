//! HTTPS and WebSocket around the core.

mod door;
mod ledger;
mod live;
mod login;
mod papers;
mod queue;

use crate::sessions::Sessions;
use crate::store::PageOf;
use crate::{Clocks, FolderPaperStore, Identity, LedgerStore, Orderer, PaperStore, SqliteLedgerStore};
use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use cabinet_ledger::wire::{ErrorV1, PageV1, RefusalReason};
use cabinet_ledger::{Device, DeviceId, Hash, SignedHeadV1, encode, limits};
use cabinet_seal::VerifyingKey;
use minicbor::Encode;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{broadcast, oneshot, watch};

/// Limit: announcements that a slow WebSocket may lag behind; then it is told to read all heads again.
const ANNOUNCEMENTS_MAX: usize = 1_024;

/// Limit: how long requests under way may take to end when the hub stops.
const STOPPING_MAX: std::time::Duration = std::time::Duration::from_secs(5);

/// What to serve, where.
pub struct Serving {
    /// The data folder.
    pub data: PathBuf,
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The time.
    pub clocks: Clocks,
    /// Plain HTTP instead of TLS; loopback only.
    pub is_plain: bool,
    /// The data folder was restored from a backup: laptops hand back what was stamped since, and nothing new is taken.
    pub is_restored: bool,
}

/// A hub that is serving. Dropping it does not stop it; [`Running::stop`] does, gracefully.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Hash of its certificate; zeros for plain HTTP.
    pub certificate: Hash,
    /// The set-up token, while no organisation is founded.
    pub token: Option<String>,
    handle: axum_server::Handle<SocketAddr>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    hub: Arc<Hub>,
    closed: oneshot::Receiver<()>,
}

/// Shared by all handlers.
pub(crate) struct Hub {
    orderer: Mutex<Orderer<SqliteLedgerStore>>,
    /// A second opening of the same store.
    reader: Mutex<SqliteLedgerStore>,
    sessions: Mutex<Sessions>,
    bodies: door::Bodies,
    began: std::time::Instant,
    papers: Box<dyn PaperStore>,
    queue: queue::Queue,
    announcements: broadcast::Sender<cabinet_ledger::wire::SpaceHeadV1>,
    closing: watch::Sender<bool>,
    clocks: Clocks,
    token: Mutex<Option<String>>,
    data: PathBuf,
    is_restored: bool,
    /// Devices' signing keys, to check signatures before an entry's turn comes. A device's key never changes.
    keys: Mutex<HashMap<DeviceId, VerifyingKey>>,
    counts: Counts,
    /// Invariant: the last field, dropped after the store is closed; whoever waits for that waits for it.
    _open: oneshot::Sender<()>,
}

#[derive(Default)]
pub(crate) struct Counts {
    appended: AtomicU64,
    refused: AtomicU64,
    commits: AtomicU64,
    failures: AtomicU64,
    handed_back: AtomicU64,
    turned_away: AtomicU64,
}

/// Starts a hub on a data folder.
pub async fn serve(serving: Serving) -> Result<Running> {
    if serving.is_plain && !serving.listen.ip().is_loopback() {
        bail!("plain HTTP is for loopback only; leave --plain out to serve TLS on {}", serving.listen);
    }
    std::fs::create_dir_all(&serving.data).context("the data folder can't be made")?;
    #[cfg(unix)]
    std::fs::set_permissions(&serving.data, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    let identity = Identity::load_or_make(&serving.data.join("identity"))?;
    let ledger = serving.data.join("ledger.db");
    let (store, reader) = (SqliteLedgerStore::open(&ledger)?, SqliteLedgerStore::open(&ledger)?);
    let papers = FolderPaperStore::open(&serving.data.join("papers"))?;
    let mut orderer = Orderer::open(store, identity.stamp_key.clone())?;
    crate::renewal::settle(&serving.data, &mut orderer)?;
    crate::term::settle(&serving.data, &mut orderer, serving.is_restored)?;
    let token = orderer.register().is_none().then(|| setup_token(&serving.data)).transpose()?;
    let (sender, receiver) = queue::channel();
    let (open, closed) = oneshot::channel();
    let hub = Arc::new(Hub {
        orderer: Mutex::new(orderer),
        reader: Mutex::new(reader),
        sessions: Mutex::default(),
        bodies: door::Bodies::default(),
        began: std::time::Instant::now(),
        papers: Box::new(papers),
        queue: sender,
        announcements: broadcast::channel(ANNOUNCEMENTS_MAX).0,
        closing: watch::Sender::new(false),
        clocks: serving.clocks,
        token: Mutex::new(token.clone()),
        data: serving.data.clone(),
        is_restored: serving.is_restored,
        keys: Mutex::default(),
        counts: Counts::default(),
        _open: open,
    });
    hub.learn_keys(&hub.orderer());
    queue::run(receiver, hub.clone());
    let listener =
        std::net::TcpListener::bind(serving.listen).with_context(|| format!("listen on {}", serving.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let handle = axum_server::Handle::new();
    let app = router(hub.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let porter = door::Porter::default();
    let (task, certificate) = if serving.is_plain {
        let server = axum_server::from_tcp(listener)?.acceptor(porter).handle(handle.clone());
        (tokio::spawn(patient(server).serve(app)), Hash::NONE)
    } else {
        let tls = axum_server::tls_rustls::RustlsConfig::from_config(identity.tls()?);
        let server =
            axum_server::from_tcp_rustls(listener, tls)?.map(|tls| tls.acceptor(porter)).handle(handle.clone());
        (tokio::spawn(patient(server).serve(app)), crate::certificate_hash(&identity.certificate))
    };
    Ok(Running { address, certificate, token, handle, task, hub, closed })
}

impl Running {
    /// Takes no new connection, ends the announcements, lets requests under way end, and returns when the store is closed.
    pub async fn stop(self) -> Result<()> {
        self.hub.closing.send_replace(true);
        self.handle.graceful_shutdown(Some(STOPPING_MAX));
        drop(self.hub);
        self.task.await??;
        // Nothing is ever sent: the sender goes when the hub has gone, store and all.
        let _ = tokio::time::timeout(STOPPING_MAX, self.closed).await.context("a request would not end")?;
        Ok(())
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        let scheme = if self.certificate == Hash::NONE { "http" } else { "https" };
        format!("{scheme}://{}", self.address)
    }
}

/// A server that waits for the head of a request no longer than [`limits::HEAD_TIME`].
fn patient<A>(mut server: axum_server::Server<SocketAddr, A>) -> axum_server::Server<SocketAddr, A> {
    let timer = hyper_util::rt::TokioTimer::new();
    server.http_builder().http1().timer(timer).header_read_timeout(limits::HEAD_TIME);
    server
}

const SETUP_TOKEN: &str = "setup-token";

/// The token that founds an organisation: made at the first start, kept until somebody founds.
fn setup_token(data: &std::path::Path) -> Result<String> {
    let path = data.join(SETUP_TOKEN);
    if let Ok(token) = std::fs::read_to_string(&path) {
        return Ok(token);
    }
    let token: String = cabinet_seal::make_bytes::<16>().iter().map(|b| format!("{b:02x}")).collect();
    cabinet_disk::write_whole(&path, token.as_bytes())?;
    Ok(token)
}

fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/healthz", get(ledger::health))
        .route("/metrics", get(ledger::metrics))
        .route("/v1/hello", get(login::hello))
        .route("/v1/found", post(login::found))
        .route("/v1/founding", get(login::founding))
        .route("/v1/challenge", post(login::challenge))
        .route("/v1/login", post(login::login))
        .route("/v1/revocation", post(login::revocation))
        .route("/v1/entries", post(ledger::append))
        .route("/v1/spaces", get(ledger::spaces))
        .route("/v1/spaces/{space}/entries", get(ledger::page))
        .route("/v1/spaces/{space}/handed-back", post(ledger::handed_back))
        .route("/v1/live", get(live::live))
        .route("/v1/papers/{hash}", get(papers::read).put(papers::append))
        .route("/v1/papers/{hash}/state", get(papers::state))
        .route("/v1/papers/{hash}/pieces", put(papers::put_pieces).get(papers::pieces))
        .layer(DefaultBodyLimit::max(limits::BODY_MAX))
        .layer(from_fn_with_state(hub.clone(), door::enter))
        .with_state(hub)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "))
}

impl Hub {
    fn now_ms(&self) -> u64 {
        self.clocks.now_ms()
    }

    /// The time to sign with.
    fn trusted_ms(&self) -> Result<u64, RefusalReason> {
        self.clocks.trusted_ms().ok_or(RefusalReason::ClockWrong)
    }

    fn orderer(&self) -> MutexGuard<'_, Orderer<SqliteLedgerStore>> {
        self.orderer.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<DeviceId, VerifyingKey>> {
        self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A page, read beside the orderer: whoever reads much holds up nobody who writes.
    fn page(&self, of: PageOf, head: Option<SignedHeadV1>) -> Result<Response, Refused> {
        let reader = || self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let entries = tokio::task::block_in_place(|| reader().page(&of)).map_err(|e| self.failed(e))?;
        Ok(cbor(&PageV1 { entries, head_seq: of.until, head }))
    }

    /// Whether a set-up token is the one of this hub, which nobody has used yet.
    fn is_token(&self, token: &str) -> bool {
        let kept = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.as_ref().is_some_and(|kept| blake3::hash(kept.as_bytes()) == blake3::hash(token.as_bytes()))
    }

    /// The organisation stands: nobody needs the token again.
    fn drop_token(&self) {
        *self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        let _ = std::fs::remove_file(self.data.join(SETUP_TOKEN));
    }

    fn key_of(&self, device: DeviceId) -> Option<VerifyingKey> {
        self.keys().get(&device).copied()
    }

    fn learn_keys(&self, orderer: &Orderer<SqliteLedgerStore>) {
        let Some((_, register)) = orderer.register() else { return };
        let mut keys = self.keys();
        if keys.len() != register.devices.len() {
            let signing = |(id, d): (&DeviceId, &Device)| Some((*id, d.keys.signing.verifying().ok()?));
            *keys = register.devices.iter().filter_map(signing).collect();
        }
    }

    /// Whose request it is.
    fn device(&self, headers: &HeaderMap) -> Result<DeviceId, Refused> {
        let token = bearer(headers).ok_or(Refused(RefusalReason::NotLoggedIn))?;
        Ok(self.sessions().device(token, self.now_ms())?)
    }

    fn failed(&self, error: impl std::fmt::Display) -> Refused {
        self.counts.failures.fetch_add(1, Ordering::Relaxed);
        tracing::error!(%error, "the store failed");
        Refused(RefusalReason::ShuttingDown)
    }
}

/// A refusal as an answer over HTTP.
pub(crate) struct Refused(pub RefusalReason);

impl From<RefusalReason> for Refused {
    fn from(reason: RefusalReason) -> Self {
        Refused(reason)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0 {
            RefusalReason::NotLoggedIn | RefusalReason::WrongToken => StatusCode::UNAUTHORIZED,
            RefusalReason::NotAllowed | RefusalReason::DeviceNotAdmitted => StatusCode::FORBIDDEN,
            RefusalReason::NotFound | RefusalReason::SpaceUnknown => StatusCode::NOT_FOUND,
            RefusalReason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            RefusalReason::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            RefusalReason::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            RefusalReason::ShuttingDown | RefusalReason::ClockWrong => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        };
        (status, encode(&ErrorV1 { reason: self.0 })).into_response()
    }
}

/// An answer in CBOR.
pub(crate) fn cbor<T: Encode<()>>(value: &T) -> Response {
    ([("content-type", "application/cbor")], encode(value)).into_response()
}

pub(crate) fn read<T: Encode<()> + for<'b> minicbor::Decode<'b, ()>>(body: &Bytes) -> Result<T, Refused> {
    cabinet_ledger::decode(body).map_err(|_| Refused(RefusalReason::Malformed))
}

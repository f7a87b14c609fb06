//! A client of one hub: pinned by its certificate, logged in with the device's key.

use crate::AppError;
use cabinet_ledger::wire::*;
use cabinet_ledger::{Hash, LedgerError, PaperNameV1, SignedStampV1, SpaceId, decode, encode, limits};
use cabinet_seal::make_bytes;
use cabinet_sync::{Reply, Request};
use cabinet_vault::{Me, PaperFolder};
use cabinet_work::WorkError;
use minicbor::{Decode, Encode};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a request may take; an upload of 1 MiB on a bad line fits.
const TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept: less than the hub keeps it, or a request could meet its end.
const POOLED: Duration = Duration::from_secs(limits::HEAD_TIME.as_secs() / 2);
/// Limit: bytes of an answer, a page with its frames.
const ANSWER_BYTES_MAX: usize = limits::PAGE_BYTES_MAX + limits::ENTRY_BYTES_MAX;
/// Limit: pages of the register that a recovery reads.
const FOUNDING_PAGES_MAX: usize = 1_000;

/// A connection to a hub.
#[derive(Clone)]
pub struct HubClient {
    url: String,
    http: reqwest::Client,
    tls: Arc<ClientConfig>,
    token: Arc<Mutex<Option<String>>>,
}

impl HubClient {
    /// A client of the hub at a URL whose certificate has this hash; zeros mean plain HTTP, which only loopback may use.
    pub fn new(url: &str, certificate: Hash) -> Result<Self, AppError> {
        let parsed = reqwest::Url::parse(url).map_err(|_| AppError::WrongHub)?;
        let is_loopback = parsed.host_str().is_some_and(|host| ["127.0.0.1", "localhost", "[::1]"].contains(&host));
        let is_bare = parsed.username().is_empty() && parsed.password().is_none();
        if !(is_bare && (parsed.scheme() == "https" || (parsed.scheme() == "http" && is_loopback))) {
            return Err(AppError::WrongHub);
        }
        let tls = Arc::new(pinned(certificate)?);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(POOLED)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| AppError::WrongHub)?;
        Ok(HubClient { url: url.trim_end_matches('/').to_owned(), http, tls, token: Arc::default() })
    }

    /// What the hub says of itself.
    pub async fn hello(&self) -> Result<HelloV1, AppError> {
        self.get("/v1/hello").await
    }

    /// Founds an organisation.
    pub async fn found(&self, token: &str, entry: Vec<u8>) -> Result<AppendedV1, AppError> {
        self.post("/v1/found", encode(&FoundV1 { token: token.to_owned(), entry: entry.into() })).await
    }

    /// The register's control entries, for a recovery.
    pub async fn founding(&self) -> Result<Vec<StampedV1>, AppError> {
        let (mut entries, mut after) = (Vec::new(), 0);
        for _ in 0..FOUNDING_PAGES_MAX {
            let page: PageV1 = self.get(&format!("/v1/founding?after={after}")).await?;
            let Some(last) = page.entries.last() else { break };
            let stamp = decode::<SignedStampV1>(&last.stamp).and_then(|stamp| stamp.read());
            after = stamp.map_err(|_| AppError::WrongHub)?.seq.max(after + 1);
            entries.extend(page.entries);
        }
        Ok(entries)
    }

    /// Appends entries. Needs no login.
    pub async fn append(&self, appends: &AppendsV1) -> Result<AppendedAllV1, AppError> {
        self.post("/v1/entries", encode(appends)).await
    }

    async fn answered_challenge(&self, me: &Me) -> Result<Vec<u8>, AppError> {
        let hello = self.hello().await?;
        let asked = encode(&ChallengeRequestV1 { device: me.device });
        let challenge: ChallengeV1 = self.post("/v1/challenge", asked).await?;
        let device_nonce = Hash(make_bytes());
        Ok(encode(&LoginV1::sign(me.org, me.device, hello.stamp_key, challenge.nonce, device_nonce, &me.signing_key())))
    }

    /// The register from a place up to the entry that shut this laptop out.
    pub(crate) async fn revocation(&self, me: &Me, after: u64) -> Result<PageV1, AppError> {
        let login = self.answered_challenge(me).await?;
        self.post(&format!("/v1/revocation?after={after}"), login).await
    }

    /// Logs in; the session's token stays here.
    pub async fn log_in(&self, me: &Me) -> Result<(), AppError> {
        let login = self.answered_challenge(me).await?;
        let session: SessionV1 = self.post("/v1/login", login).await?;
        *self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(session.token);
        Ok(())
    }

    /// The list of a paper's pieces.
    pub async fn pieces(&self, paper: &PaperNameV1) -> Result<Vec<u8>, AppError> {
        self.bytes(self.http.get(self.path(&format!("/v1/papers/{}/pieces", paper.hash)))).await
    }

    /// Part of a paper.
    pub async fn range(&self, paper: &PaperNameV1, offset: u64, length: usize) -> Result<Vec<u8>, AppError> {
        let path = format!("/v1/papers/{}?offset={offset}&length={length}", paper.hash);
        self.bytes(self.http.get(self.path(&path))).await
    }

    /// Does what the sync machine asks for.
    pub async fn perform(&self, request: Request, papers: &PaperFolder) -> Reply {
        let done = match request {
            Request::Spaces => self.get("/v1/spaces").await.map(Reply::Spaces),
            Request::Append { appends, .. } => self.append(&appends).await.map(Reply::Appended),
            Request::Read { space, after } => self.page(space, after).await.map(|page| Reply::Page(Box::new(page))),
            // What it brings lies in the vault: the driver hands it over itself.
            Request::HandBack { .. } => Err(WorkError::NotFound.into()),
            Request::Upload { paper, .. } => match self.upload(&paper, papers).await {
                // Another laptop has it and will bring it: nothing is wrong with the hub.
                Err(AppError::PaperNotHere | AppError::Vault(_)) => Ok(Reply::Refused(RefusalReason::NotFound)),
                uploaded => uploaded.map(|()| Reply::Uploaded),
            },
        };
        done.unwrap_or_else(|error| match error {
            AppError::HubRefuses(reason) => Reply::Refused(reason),
            _ => Reply::Unreachable,
        })
    }

    /// Where announcements come from, with the login that reads them.
    pub(crate) fn live(&self) -> Option<(String, String, Arc<ClientConfig>)> {
        let token = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()?;
        Some((self.path("/v1/live").replacen("http", "ws", 1), token, self.tls.clone()))
    }

    /// Hands back what the hub had stamped and lost. Returns how far it has come.
    pub(crate) async fn hand_back(&self, space: SpaceId, entries: Vec<StampedV1>) -> Reply {
        let body = encode(&PageV1 { entries, head_seq: 0, head: None });
        match self.post(&format!("/v1/spaces/{space}/handed-back"), body).await {
            Ok(head) => Reply::HandedBack(head),
            Err(AppError::HubRefuses(reason)) => Reply::Refused(reason),
            Err(_) => Reply::Unreachable,
        }
    }

    async fn page(&self, space: SpaceId, after: u64) -> Result<PageV1, AppError> {
        self.get(&format!("/v1/spaces/{space}/entries?after={after}")).await
    }

    /// Uploads a paper from where it broke off.
    async fn upload(&self, paper: &PaperNameV1, papers: &PaperFolder) -> Result<(), AppError> {
        let path = format!("/v1/papers/{}", paper.hash);
        let mut state: PaperStateV1 = self.get(&format!("{path}/state")).await?;
        if !state.has_pieces {
            let pieces = papers.pieces(paper)?.ok_or(AppError::PaperNotHere)?;
            self.bytes(self.http.put(self.path(&format!("{path}/pieces"))).body(pieces.bytes())).await?;
        }
        let file = papers.open(paper.hash)?;
        while !state.is_complete {
            let offset = state.received_bytes;
            let length = (paper.size_bytes - offset).min(limits::UPLOAD_BYTES_MAX as u64) as usize;
            let mut part = vec![0; length];
            cabinet_seal::PaperSource::read_at(&file, offset, &mut part).map_err(|_| AppError::PaperUnreadable)?;
            let put = self.http.put(self.path(&format!("{path}?offset={offset}"))).body(part);
            state = decode(&self.bytes(put).await?).map_err(|_| AppError::Unreachable)?;
        }
        Ok(())
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn get<T: Encode<()> + for<'b> Decode<'b, ()>>(&self, path: &str) -> Result<T, AppError> {
        read(&self.bytes(self.http.get(self.path(path))).await?)
    }

    async fn post<T: Encode<()> + for<'b> Decode<'b, ()>>(&self, path: &str, body: Vec<u8>) -> Result<T, AppError> {
        read(&self.bytes(self.http.post(self.path(path)).body(body)).await?)
    }

    async fn bytes(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, AppError> {
        let token = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let mut response = request.send().await.map_err(|_| AppError::Unreachable)?;
        let is_success = response.status().is_success();
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|_| AppError::Unreachable)? {
            if bytes.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(AppError::Unreachable);
            }
            bytes.extend_from_slice(&part);
        }
        if is_success {
            return Ok(bytes);
        }
        match decode::<ErrorV1>(&bytes) {
            Ok(error) => Err(AppError::HubRefuses(error.reason)),
            Err(_) => Err(AppError::Unreachable),
        }
    }
}

fn read<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, AppError> {
    cabinet_ledger::wire::read(bytes).map_err(|_: LedgerError| AppError::Unreachable)
}

/// TLS settings that trust one certificate and nothing else.
fn pinned(certificate: Hash) -> Result<ClientConfig, AppError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Pinned { certificate, provider: provider.clone() });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| AppError::WrongHub)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Security: the certificate's hash comes with the enrolment code, outside the network; names and authorities don't matter.
#[derive(Debug)]
struct Pinned {
    certificate: Hash,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match Hash(*blake3::hash(end_entity).as_bytes()) == self.certificate {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(rustls::Error::General("not the pinned certificate".into())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

//! Announcements from the hub: a space has grown.

use super::HubClient;
use crate::app::{App, Inner};
use cabinet_ledger::decode;
use cabinet_ledger::wire::{SpaceHeadV1, SpacesV1};
use futures_util::StreamExt;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// After one announcement, those that come within this time are answered by one page: 27 opened ballots are two readings, not 27.
const GATHERED_FOR: Duration = Duration::from_millis(50);

/// Limit: a connection on which not even the hub's pings come is dead.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// Listens until the connection ends; the driver's polling goes on beside it.
pub(crate) async fn listen(inner: Weak<Inner>, client: HubClient) {
    let mut was_heard = false;
    if hear(&inner, &client, &mut was_heard).await.is_err()
        && let Some(app) = inner.upgrade().map(App)
    {
        app.connection_ended(was_heard);
    }
}

async fn hear(inner: &Weak<Inner>, client: &HubClient, was_heard: &mut bool) -> Result<(), Error> {
    let Some((url, token, tls)) = client.live() else { return Ok(()) };
    let mut request = url.as_str().into_client_request()?;
    let header = format!("Bearer {token}").parse().map_err(|_| Error::AttackAttempt)?;
    request.headers_mut().insert("authorization", header);
    let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let stream = TcpStream::connect(&authority).await?;
    if url.starts_with("ws://") {
        let socket = tokio_tungstenite::client_async(request, stream).await?.0;
        *was_heard = true;
        return announcements(inner, socket).await;
    }
    let name = rustls::pki_types::ServerName::try_from("ecabinet-hub").map_err(|_| Error::AttackAttempt)?;
    let stream = tokio_rustls::TlsConnector::from(Arc::clone(&tls)).connect(name, stream).await?;
    let socket = tokio_tungstenite::client_async(request, stream).await?.0;
    *was_heard = true;
    announcements(inner, socket).await
}

async fn announcements<S>(inner: &Weak<Inner>, mut socket: tokio_tungstenite::WebSocketStream<S>) -> Result<(), Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut gathered: Vec<SpaceHeadV1> = Vec::new();
    let mut due: Option<Instant> = None;
    let mut quiet_until = Instant::now();
    loop {
        let next = match due {
            Some(due) => timeout_at(due, socket.next()).await.ok(),
            None => Some(timeout(SILENCE_MAX, socket.next()).await.unwrap_or(None)),
        };
        let Some(app) = inner.upgrade().map(App) else { return Ok(()) };
        if app.is_network_off() || app.is_locked() {
            return Ok(());
        }
        match next {
            None => {
                app.heard(&std::mem::take(&mut gathered));
                (due, quiet_until) = (None, Instant::now() + GATHERED_FOR);
            }
            Some(None) => return Err(Error::ConnectionClosed),
            Some(Some(message)) => {
                if let Message::Binary(bytes) = message?
                    && let Ok(spaces) = decode::<SpacesV1>(&bytes)
                {
                    gathered.extend(spaces.spaces);
                    // The first after a while is answered at once.
                    due.get_or_insert(quiet_until.max(Instant::now()));
                }
            }
        }
    }
}

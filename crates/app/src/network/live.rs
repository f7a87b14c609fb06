//! Announcements from the hub: a space has grown.

use super::HubClient;
use crate::app::{App, Inner};
use cabinet_ledger::decode;
use cabinet_ledger::wire::SpacesV1;
use futures_util::StreamExt;
use std::sync::{Arc, Weak};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Listens until the connection ends; the driver's polling goes on beside it.
pub(crate) async fn listen(inner: Weak<Inner>, client: HubClient) {
    if hear(&inner, &client).await.is_err()
        && let Some(app) = inner.upgrade().map(App)
    {
        app.connection_ended();
    }
}

async fn hear(inner: &Weak<Inner>, client: &HubClient) -> Result<(), Error> {
    let Some((url, token, tls)) = client.live() else { return Ok(()) };
    let mut request = url.as_str().into_client_request()?;
    let header = format!("Bearer {token}").parse().map_err(|_| Error::AttackAttempt)?;
    request.headers_mut().insert("authorization", header);
    let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let stream = TcpStream::connect(&authority).await?;
    if url.starts_with("ws://") {
        return announcements(inner, tokio_tungstenite::client_async(request, stream).await?.0).await;
    }
    let name = rustls::pki_types::ServerName::try_from("ecabinet-hub").map_err(|_| Error::AttackAttempt)?;
    let stream = tokio_rustls::TlsConnector::from(Arc::clone(&tls)).connect(name, stream).await?;
    announcements(inner, tokio_tungstenite::client_async(request, stream).await?.0).await
}

async fn announcements<S>(inner: &Weak<Inner>, mut socket: tokio_tungstenite::WebSocketStream<S>) -> Result<(), Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(message) = socket.next().await {
        let Some(app) = inner.upgrade().map(App) else { return Ok(()) };
        if app.is_network_off() || app.is_locked() {
            return Ok(());
        }
        if let Message::Binary(bytes) = message?
            && let Ok(spaces) = decode::<SpacesV1>(&bytes)
        {
            app.heard(&spaces.spaces);
        }
    }
    Err(Error::ConnectionClosed)
}

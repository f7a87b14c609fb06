//! Announcements over a WebSocket: which space has grown, never what was said.

use super::{Hub, Refused};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use cabinet_ledger::wire::SpacesV1;
use cabinet_ledger::{DeviceId, encode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often a connection is touched, so that a dead one is noticed by both sides.
const PING: Duration = Duration::from_secs(20);

pub(super) async fn live(
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Refused> {
    let device = hub.device(&headers)?;
    Ok(upgrade.max_message_size(1_024).on_upgrade(move |socket| announce(hub, device, socket)))
}

/// Each message is a `SpacesV1`: one head as it moves, or all of them where some were missed.
async fn announce(hub: Arc<Hub>, device: DeviceId, mut socket: WebSocket) {
    let mut announcements = hub.announcements.subscribe();
    let mut closing = hub.closing.subscribe();
    let hub = Arc::downgrade(&hub);
    // Of its own: what others are told must not put off the sign of life.
    let mut ping = tokio::time::interval(PING);
    loop {
        let message = tokio::select! {
            announced = announcements.recv() => {
                let Some(hub) = hub.upgrade() else { return };
                let orderer = hub.orderer();
                let spaces = match announced {
                    Ok(head) if orderer.may_read(device, head.space).is_ok() => vec![head],
                    // Revoked while connected: cut off at once.
                    Ok(_) if orderer.heads(device).is_empty() => return,
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => orderer.heads(device),
                    Err(RecvError::Closed) => return,
                };
                Message::Binary(encode(&SpacesV1 { spaces, at_ms: hub.now_ms() }).into())
            }
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            _ = closing.wait_for(|is_closing| *is_closing) => return,
            _ = ping.tick() => Message::Ping(Vec::new().into()),
        };
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

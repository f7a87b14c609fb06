//! The door: how many may stand in it, for how long, and how much each may bring. What is rude is turned away before anything is asked of
//! the ledger, so that others don't notice.

use super::{Hub, Refused, bearer};
use crate::sessions::Guest;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum_server::accept::Accept;
use cabinet_ledger::limits::{
    BODIES_BYTES_MAX, BODIES_OF_ONE_MAX, BODY_GAP, BODY_MAX, BODY_TIME, CONNECTIONS_MAX, CONNECTIONS_OF_ONE_MAX, IDLE,
};
use cabinet_ledger::wire::RefusalReason;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, timeout};

/// How much of something all hold together, and each.
struct Shares<K> {
    all: usize,
    of_one: usize,
    held: Mutex<(usize, HashMap<K, usize>)>,
}

impl<K: Copy + Eq + Hash> Shares<K> {
    fn new(all: usize, of_one: usize) -> Arc<Self> {
        Arc::new(Shares { all, of_one, held: Mutex::default() })
    }

    fn held(&self) -> MutexGuard<'_, (usize, HashMap<K, usize>)> {
        self.held.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// So much more for one, if there is room.
    fn take(self: &Arc<Self>, by: K, more: usize) -> Option<Share<K>> {
        let mut share = Share { of: self.clone(), by, held: 0 };
        share.add(more).then_some(share)
    }
}

/// What one holds until it is dropped.
struct Share<K: Copy + Eq + Hash> {
    of: Arc<Shares<K>>,
    by: K,
    held: usize,
}

impl<K: Copy + Eq + Hash> Share<K> {
    fn add(&mut self, more: usize) -> bool {
        let mut held = self.of.held();
        let own = held.1.get(&self.by).copied().unwrap_or(0);
        if held.0 + more > self.of.all || own + more > self.of.of_one {
            return false;
        }
        held.0 += more;
        held.1.insert(self.by, own + more);
        self.held += more;
        true
    }
}

impl<K: Copy + Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.of.held();
        held.0 -= self.held;
        if let Some(own) = held.1.get_mut(&self.by) {
            *own -= self.held;
            if *own == 0 {
                held.1.remove(&self.by);
            }
        }
    }
}

/// What is under way in all requests, by whose they are.
pub(super) struct Bodies(Arc<Shares<Guest>>);

impl Default for Bodies {
    fn default() -> Self {
        Bodies(Shares::new(BODIES_BYTES_MAX, BODIES_OF_ONE_MAX))
    }
}

impl Bodies {
    /// Bytes of all bodies under way.
    pub(super) fn bytes(&self) -> usize {
        self.0.held().0
    }
}

/// Counts a request: by device where it brings a login that holds, by address whatever else it brings. Then takes its body in, as far as it is
/// small and comes at a walking pace.
pub(super) async fn enter(
    State(hub): State<Arc<Hub>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let entered = admit(&hub, from, request).await;
    match entered {
        Ok((request, _share)) => Ok(next.run(request).await),
        Err(reason) => {
            hub.counts.turned_away.fetch_add(1, Ordering::Relaxed);
            Err(Refused(reason))
        }
    }
}

async fn admit(hub: &Hub, from: SocketAddr, request: Request) -> Result<(Request, Share<Guest>), RefusalReason> {
    let now_ms = hub.now_ms();
    let device = bearer(request.headers()).and_then(|token| hub.sessions().device(token, now_ms).ok());
    let guest = device.map_or(Guest::Address(from.ip()), Guest::Device);
    // By the machine's own counter: a clock that is set gives nobody more.
    hub.sessions().count(guest, hub.began.elapsed().as_millis() as u64)?;
    let (parts, body) = request.into_parts();
    let mut share = hub.bodies.0.take(guest, 0).ok_or(RefusalReason::TooManyRequests)?;
    let body = timeout(BODY_TIME, take_in(body, &mut share)).await.unwrap_or(Err(RefusalReason::TooManyRequests))?;
    Ok((Request::from_parts(parts, Body::from(body)), share))
}

async fn take_in(body: Body, share: &mut Share<Guest>) -> Result<Bytes, RefusalReason> {
    let (mut stream, mut bytes) = (body.into_data_stream(), Vec::new());
    while let Some(part) = timeout(BODY_GAP, stream.next()).await.map_err(|_| RefusalReason::TooManyRequests)? {
        let part = part.map_err(|_| RefusalReason::Malformed)?;
        if bytes.len() + part.len() > BODY_MAX {
            return Err(RefusalReason::TooLarge);
        }
        if !share.add(part.len()) {
            return Err(RefusalReason::TooManyRequests);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.into())
}

/// Lets connections in as long as there is room.
#[derive(Clone)]
pub(super) struct Porter(Arc<Shares<IpAddr>>);

impl Default for Porter {
    fn default() -> Self {
        Porter(Shares::new(CONNECTIONS_MAX, CONNECTIONS_OF_ONE_MAX))
    }
}

impl<S> Accept<TcpStream, S> for Porter {
    type Stream = Connection;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        std::future::ready(self.admit(stream).map(|connection| (connection, service)))
    }
}

impl Porter {
    fn admit(&self, stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        let from = stream.peer_addr()?.ip();
        let share = self.0.take(from, 1).ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok(Connection { stream, idle: Box::pin(tokio::time::sleep(IDLE)), _share: share })
    }
}

/// A connection that ends when nothing has moved on it for a while, in neither direction.
pub(super) struct Connection {
    stream: TcpStream,
    idle: Pin<Box<Sleep>>,
    _share: Share<IpAddr>,
}

impl Connection {
    /// What a poll of the stream means: something moved, or it may have been still for too long.
    fn watched<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match polled {
            Poll::Ready(moved) => {
                self.idle.as_mut().reset(Instant::now() + IDLE);
                Poll::Ready(moved)
            }
            Poll::Pending => self.idle.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buf);
        self.watched(context, polled)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, buf);
        self.watched(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_takes_much_leaves_the_others_theirs_and_gives_back_what_is_dropped() {
        let shares = Shares::new(10, 4);
        let greedy = shares.take('a', 4);
        assert!(greedy.is_some() && shares.take('a', 1).is_none(), "no more than one's own");
        let (b, c) = (shares.take('b', 4), shares.take('c', 3));
        assert!(b.is_some() && c.is_none(), "and no more than there is");
        drop(greedy);
        assert!(shares.take('c', 3).is_some());
        drop((b, c));
        assert_eq!(*shares.held(), (0, HashMap::new()));
    }
}

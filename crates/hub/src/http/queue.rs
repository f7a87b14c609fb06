//! Group commit: entries that arrive while one commit is under way share the next.

use super::Hub;
use crate::Incoming;
use cabinet_ledger::wire::{AppendedV1, RefusalReason, SpaceHeadV1};
use cabinet_ledger::{SignedStampV1, decode};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use tokio::sync::oneshot;

/// Limit: requests waiting for a commit; beyond it a laptop is told to come back.
const QUEUE_MAX: usize = 4_096;
/// Limit: requests in one commit.
const BATCH_MAX: usize = 512;

struct Queued {
    request: Vec<Incoming>,
    answer: oneshot::Sender<Result<Vec<AppendedV1>, RefusalReason>>,
}

/// Where handlers leave entries.
pub(crate) struct Queue(SyncSender<Queued>);

pub(crate) struct QueueReceiver(Receiver<Queued>);

pub(crate) fn channel() -> (Queue, QueueReceiver) {
    let (sender, receiver) = sync_channel(QUEUE_MAX);
    (Queue(sender), QueueReceiver(receiver))
}

impl Queue {
    /// Appends the entries of a request; returns when all are on disk, or refused.
    pub(crate) async fn append(&self, request: Vec<Incoming>) -> Result<Vec<AppendedV1>, RefusalReason> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Queued { request, answer }).map_err(|e| match e {
            TrySendError::Full(_) => RefusalReason::TooManyRequests,
            TrySendError::Disconnected(_) => RefusalReason::ShuttingDown,
        })?;
        answered.await.unwrap_or(Err(RefusalReason::ShuttingDown))
    }
}

/// Commits until the hub is dropped. Runs on a thread of its own, since it waits for the disk.
pub(crate) fn run(receiver: QueueReceiver, hub: Arc<Hub>) {
    let hub = Arc::downgrade(&hub);
    std::thread::spawn(move || {
        while let Ok(first) = receiver.0.recv() {
            let Some(hub) = hub.upgrade() else { return };
            let mut batch = vec![first];
            batch.extend(receiver.0.try_iter().take(BATCH_MAX - 1));
            // After a panic memory may be ahead of the disk. A hub that goes on would refuse everybody and look alive; one that ends is
            // started anew from what is on disk.
            if catch_unwind(AssertUnwindSafe(|| commit(&hub, batch))).is_err() {
                tracing::error!("the commit thread panicked; the hub ends");
                std::process::abort();
            }
        }
    });
}

fn commit(hub: &Hub, batch: Vec<Queued>) {
    let (requests, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|q| (q.request, q.answer)).unzip();
    let appended = {
        let mut orderer = hub.orderer();
        // Read under the lock: what is stamped next has the later time.
        let now_ms = match hub.trusted_ms() {
            Ok(now_ms) => now_ms,
            Err(reason) => return answers.into_iter().for_each(|answer| drop(answer.send(Err(reason)))),
        };
        let appended = orderer.append_requests(&requests, now_ms);
        hub.learn_keys(&orderer);
        appended
    };
    hub.counts.commits.fetch_add(1, Ordering::Relaxed);
    match appended {
        Ok(appended) => {
            for (answer, appended) in answers.into_iter().zip(appended) {
                appended.iter().for_each(|one| announce(hub, one));
                let _ = answer.send(Ok(appended));
            }
        }
        Err(error) => {
            let is_full = matches!(error, crate::StoreError::DiskFull);
            let failed = hub.failed(error).0;
            let reason = if is_full { RefusalReason::DiskFull } else { failed };
            answers.into_iter().for_each(|answer| drop(answer.send(Err(reason))));
        }
    }
}

fn announce(hub: &Hub, appended: &AppendedV1) {
    match appended {
        AppendedV1::Stamped(stamp) => {
            hub.counts.appended.fetch_add(1, Ordering::Relaxed);
            if let Ok(stamp) = decode::<SignedStampV1>(stamp).and_then(|s| s.verify()) {
                let _ = hub.announcements.send(SpaceHeadV1::at(stamp.space, stamp.seq));
            }
        }
        AppendedV1::Refused(_) => {
            hub.counts.refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

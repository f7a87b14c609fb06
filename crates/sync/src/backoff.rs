//! How long to wait after a failure.

/// Limit: the first wait; a hub that restarts is back within it.
const WAIT_MS_MIN: u64 = 500;
/// Limit: the longest wait; a laptop that comes home is heard within it.
const WAIT_MS_MAX: u64 = 30_000;

/// Doubling waits, without chance: the driver adds jitter if it wants any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until_ms: u64,
}

impl Backoff {
    pub(crate) fn failed(&mut self, now_ms: u64) {
        let wait = (WAIT_MS_MIN << self.failures.min(10)).min(WAIT_MS_MAX);
        self.failures += 1;
        self.until_ms = now_ms.saturating_add(wait);
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Backoff::default();
    }

    pub(crate) fn is_waiting(&self, now_ms: u64) -> bool {
        // A clock that was set back must not silence a laptop for longer than one wait.
        now_ms < self.until_ms && self.until_ms - now_ms <= WAIT_MS_MAX
    }

    pub(crate) fn until_ms(&self) -> u64 {
        self.until_ms
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.failures > 0
    }
}

//! The time that a hub stamps with. A wall clock can be set; the machine's own counter can't. While both have counted the same since the
//! hub began, the wall's time is good; once they haven't, nothing more is stamped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(target_os = "linux"))]
use std::time::Instant;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds; an argument everywhere, so that a year can be replayed in minutes.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Limit: how far the two may drift apart before one of them must be wrong.
const APART_MS_MAX: u64 = 60_000;

/// A wall clock with a counter beside it.
pub struct Clocks {
    wall: Clock,
    counter: Clock,
    began: (u64, u64),
    was_wrong: AtomicBool,
}

impl Clocks {
    /// The machine's own: milliseconds since 1970, and since now.
    pub fn of_machine() -> Self {
        let wall = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as u64);
        let began = Counter::now();
        Clocks::new(Arc::new(wall), Arc::new(move || began.passed_ms()))
    }

    /// A clock that its owner moves: by itself it is never wrong.
    pub fn moved(clock: Clock) -> Self {
        Clocks::new(clock.clone(), clock)
    }

    /// A wall clock beside a counter.
    pub fn new(wall: Clock, counter: Clock) -> Self {
        let began = (wall(), counter());
        Clocks { wall, counter, began, was_wrong: AtomicBool::new(false) }
    }

    /// The wall clock's time.
    pub(crate) fn now_ms(&self) -> u64 {
        (self.wall)()
    }

    /// The time to sign with; none while wall and counter disagree. Says once in the log that they do, and once that they agree again.
    pub(crate) fn trusted_ms(&self) -> Option<u64> {
        let (wall, counted) = (self.now_ms(), (self.counter)().saturating_sub(self.began.1));
        let apart_ms = wall.abs_diff(self.began.0.saturating_add(counted));
        let is_wrong = apart_ms > APART_MS_MAX;
        if self.was_wrong.swap(is_wrong, Ordering::Relaxed) != is_wrong {
            match is_wrong {
                true => tracing::error!(apart_ms, "the clock was set while the hub ran: nothing is stamped"),
                false => tracing::info!("the clock is right again: stamping goes on"),
            }
        }
        (!is_wrong).then_some(wall)
    }
}

/// What counts the time that a machine sleeps, too, where it can be asked for.
#[cfg(target_os = "linux")]
struct Counter(rustix::time::Timespec);

#[cfg(target_os = "linux")]
impl Counter {
    fn now() -> Self {
        Counter(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
    }

    fn passed_ms(&self) -> u64 {
        let ms = |time: rustix::time::Timespec| time.tv_sec as u64 * 1_000 + time.tv_nsec as u64 / 1_000_000;
        ms(Counter::now().0).saturating_sub(ms(self.0))
    }
}

#[cfg(not(target_os = "linux"))]
struct Counter(Instant);

#[cfg(not(target_os = "linux"))]
impl Counter {
    fn now() -> Self {
        Counter(Instant::now())
    }

    fn passed_ms(&self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn nothing_is_signed_while_the_wall_and_the_counter_disagree() {
        let (wall, counter) = (Arc::new(AtomicU64::new(1_000_000)), Arc::new(AtomicU64::new(7)));
        let clock = |of: &Arc<AtomicU64>| -> Clock {
            let of = of.clone();
            Arc::new(move || of.load(Ordering::Relaxed))
        };
        let clocks = Clocks::new(clock(&wall), clock(&counter));
        assert_eq!(clocks.trusted_ms(), Some(1_000_000));
        for both in [&wall, &counter] {
            both.fetch_add(3_600_000, Ordering::Relaxed);
        }
        assert_eq!(clocks.trusted_ms(), Some(4_600_000), "an hour on both");
        wall.fetch_add(APART_MS_MAX + 1, Ordering::Relaxed);
        assert_eq!(clocks.trusted_ms(), None, "set ahead");
        wall.fetch_sub(2 * (APART_MS_MAX + 1), Ordering::Relaxed);
        assert_eq!(clocks.trusted_ms(), None, "set back");
        wall.fetch_add(APART_MS_MAX, Ordering::Relaxed);
        assert_eq!(clocks.trusted_ms(), Some(4_599_999), "set right");
    }

    #[test]
    fn the_machines_own_counter_counts() {
        let clocks = Clocks::of_machine();
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!((clocks.counter)() >= 20 && clocks.trusted_ms().is_some());
    }
}

//! How long a laptop shows papers without having been in contact with the hub. A policy of the organisation, not cryptography.

use crate::Millis;

/// Limit: days of the longest lease, a year.
pub const LEASE_DAYS_MAX: u32 = 366;
const HOURS_MAX: u32 = LEASE_DAYS_MAX * 24;

/// A lease, counted from the hub's time at the last contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    hours: u32,
}

/// Where a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// Papers open, and there is nothing to say.
    Runs,
    /// More than half has gone by: papers open until then.
    EndsAt(Millis),
    /// It has run out: papers are closed until the next contact.
    Over(Millis),
}

impl Lease {
    /// A lease of so many hours; none for 0 or more than a year.
    pub fn of_hours(hours: u32) -> Option<Self> {
        (1..=HOURS_MAX).contains(&hours).then_some(Lease { hours })
    }

    /// Its length in hours.
    pub fn hours(self) -> u32 {
        self.hours
    }

    /// Where it stands. `contact` is the hub's own time at the last contact, so that a laptop's clock in the future lends nothing.
    pub fn state(self, contact: Millis, now: Millis) -> LeaseState {
        let length = i64::from(self.hours) * 3_600_000;
        let end = Millis(contact.0.saturating_add(length));
        match now.0.saturating_sub(contact.0) {
            gone if gone >= length => LeaseState::Over(end),
            gone if gone >= length / 2 => LeaseState::EndsAt(end),
            _ => LeaseState::Runs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_lease_is_empty_or_endless() {
        assert_eq!((Lease::of_hours(0), Lease::of_hours(HOURS_MAX + 1)), (None, None));
        assert_eq!(Lease::of_hours(72).map(Lease::hours), Some(72));
    }

    #[test]
    fn warned_from_half_time_and_closed_at_the_end() {
        let lease = Lease::of_hours(10).expect("a lease");
        let hour = |n: i64| Millis(1_000 + n * 3_600_000);
        let at = |n| lease.state(hour(0), hour(n));
        assert_eq!((at(-3), at(4)), (LeaseState::Runs, LeaseState::Runs));
        assert_eq!((at(5), at(9)), (LeaseState::EndsAt(hour(10)), LeaseState::EndsAt(hour(10))));
        assert_eq!((at(10), at(9_999_999)), (LeaseState::Over(hour(10)), LeaseState::Over(hour(10))));
    }
}

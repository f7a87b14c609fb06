//! Instants and Vietnam's civil time (UTC+7, no daylight saving).

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone};
use serde::{Deserialize, Serialize};

/// Seconds that Vietnam is ahead of UTC, all year.
pub const VIETNAM_OFFSET_S: i32 = 7 * 3600;

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Always an argument, never read here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

fn offset() -> FixedOffset {
    FixedOffset::east_opt(VIETNAM_OFFSET_S).expect("7 hours is a valid offset")
}

/// The civil date in Vietnam at an instant; an instant outside chrono's range falls on the nearest date it knows.
pub fn vietnam_date(at: Millis) -> NaiveDate {
    match DateTime::from_timestamp_millis(at.0) {
        Some(utc) => utc.with_timezone(&offset()).date_naive(),
        None if at.0 < 0 => NaiveDate::MIN,
        None => NaiveDate::MAX,
    }
}

/// The instant of a full hour of a civil date in Vietnam. Hours beyond 23 mean 23:00.
pub fn vietnam_instant(date: NaiveDate, hour: u32) -> Millis {
    let time = NaiveTime::from_hms_opt(hour.min(23), 0, 0).expect("an hour up to 23 is valid");
    let local = offset().from_local_datetime(&date.and_time(time)).single();
    Millis(local.map_or(i64::MAX, |t| t.timestamp_millis()))
}

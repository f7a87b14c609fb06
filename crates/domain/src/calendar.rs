//! Working days: Saturdays, Sundays and days off are skipped, swapped working Saturdays are counted. The calendar is data, one
//! file a year in `assets/calendar/`, every edition of a year kept.

use crate::{CalendarPin, Hash};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Limit: no rule looks further ahead than this; it ends a search in a calendar without working days.
const SEARCH_DAYS_MAX: u64 = 400;

/// Why a calendar can't be read or asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A line of the file is not a calendar row.
    #[error("calendar line {line}: {reason}")]
    BadLine { line: u64, reason: String },
    /// A file without a day, or of more than one year.
    #[error("a calendar is of one year, with a day at least")]
    NotOneYear,
    /// Nothing is known of this year, so nothing is computed over it.
    #[error("no calendar for the year {0}")]
    YearUnknown(i32),
}

#[derive(Deserialize)]
struct CalendarRow {
    date: NaiveDate,
    kind: DayKind,
    #[allow(dead_code)]
    name: String,
    #[allow(dead_code)]
    mark: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum DayKind {
    DayOff,
    WorkingDay,
}

/// One edition of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Year {
    hash: Hash,
    /// Days that are worked or not against what their weekday says.
    exceptions: BTreeMap<NaiveDate, bool>,
}

/// Public holidays and swapped days of the years it covers, each year in one or more editions, the newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Vec<Year>>,
}

const SHIPPED: &[&str] = &[
    include_str!("../../../assets/calendar/2019.csv"),
    include_str!("../../../assets/calendar/2020.csv"),
    include_str!("../../../assets/calendar/2021.csv"),
    include_str!("../../../assets/calendar/2022.csv"),
    include_str!("../../../assets/calendar/2023.csv"),
    include_str!("../../../assets/calendar/2024.csv"),
    include_str!("../../../assets/calendar/2025.csv"),
    include_str!("../../../assets/calendar/2026.csv"),
    include_str!("../../../assets/calendar/2027.csv"),
];

impl Calendar {
    /// The calendars in `assets/calendar/`, 2019 to 2027.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped calendars are read by a test")
    }

    /// Reads CSV files of a year each, with the columns `date,kind,name,mark`; kind is `day_off` or `working_day`.
    pub fn parse(files: &[&str]) -> Result<Self, CalendarError> {
        let mut calendar = Calendar::default();
        files.iter().try_for_each(|file| calendar.add(file).map(drop))?;
        Ok(calendar)
    }

    /// Adds a year, or a newer edition of one, and returns which.
    pub fn add(&mut self, file: &str) -> Result<i32, CalendarError> {
        let mut exceptions = BTreeMap::new();
        for (index, row) in csv::Reader::from_reader(file.as_bytes()).deserialize().enumerate() {
            let row: CalendarRow =
                row.map_err(|e| CalendarError::BadLine { line: index as u64 + 2, reason: e.to_string() })?;
            exceptions.insert(row.date, row.kind == DayKind::WorkingDay);
        }
        let mut years = exceptions.keys().map(NaiveDate::year);
        let year = years.next().filter(|first| years.all(|y| y == *first)).ok_or(CalendarError::NotOneYear)?;
        // Frozen: the days alone. A name or a mark that is put right is the same edition.
        let lines: String = exceptions.iter().map(|(date, is_worked)| format!("{date} {is_worked}\n")).collect();
        let edition = Year { hash: Hash::of(lines.as_bytes()), exceptions };
        let editions = self.years.entry(year).or_default();
        editions.retain(|known| known.hash != edition.hash);
        editions.push(edition);
        Ok(year)
    }

    /// The newest edition of a year.
    pub fn pin(&self, year: i32) -> Option<CalendarPin> {
        self.years.get(&year)?.last().map(|edition| CalendarPin { year, hash: edition.hash })
    }

    /// The calendar of exactly these editions; none if one of them is not here.
    pub fn pinned(&self, pins: &[CalendarPin]) -> Option<Calendar> {
        let edition = |pin: &CalendarPin| {
            let found = self.years.get(&pin.year)?.iter().find(|edition| edition.hash == pin.hash)?;
            Some((pin.year, vec![found.clone()]))
        };
        Some(Calendar { years: pins.iter().map(edition).collect::<Option<_>>()? })
    }

    /// The last year that it knows.
    pub fn last_year(&self) -> Option<i32> {
        self.years.keys().next_back().copied()
    }

    /// Whether people work on this date.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, CalendarError> {
        let unknown = CalendarError::YearUnknown(date.year());
        let year = self.years.get(&date.year()).and_then(|editions| editions.last()).ok_or(unknown)?;
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        Ok(year.exceptions.get(&date).copied().unwrap_or(!weekend))
    }

    /// The n-th working day after a date (the date itself is not counted).
    pub fn working_day_after(&self, date: NaiveDate, n: u32) -> Result<NaiveDate, CalendarError> {
        let (mut day, mut left) = (date, n);
        for _ in 0..SEARCH_DAYS_MAX {
            if left == 0 {
                return Ok(day);
            }
            day = day.checked_add_days(Days::new(1)).ok_or(CalendarError::YearUnknown(date.year()))?;
            if self.is_working_day(day)? {
                left -= 1;
            }
        }
        Err(CalendarError::YearUnknown(day.year()))
    }

    /// How many working days lie after `from`, up to and including `to`. Zero when `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> Result<u32, CalendarError> {
        let mut count = 0;
        for day in from.iter_days().skip(1).take(SEARCH_DAYS_MAX as usize).take_while(|d| *d <= to) {
            count += u32::from(self.is_working_day(day)?);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn vector_8_two_working_days_from_friday_2019_12_27_are_tuesday_2019_12_31() {
        let calendar = Calendar::shipped();
        assert_eq!(calendar.working_day_after(date("2019-12-27"), 2), Ok(date("2019-12-31")));
    }

    #[test]
    fn swapped_saturday_counts_and_its_monday_does_not() {
        let calendar = Calendar::shipped();
        assert_eq!(calendar.is_working_day(date("2026-08-22")), Ok(true));
        assert_eq!(calendar.is_working_day(date("2026-08-31")), Ok(false));
        assert_eq!(calendar.working_days_between(date("2026-08-28"), date("2026-09-03")), Ok(1));
    }

    #[test]
    fn year_without_calendar_is_an_error_and_not_a_guess() {
        assert_eq!(Calendar::shipped().is_working_day(date("2031-01-06")), Err(CalendarError::YearUnknown(2031)));
    }

    #[test]
    fn bad_line_is_named() {
        let error = Calendar::parse(&["date,kind,name,mark\n2026-01-01,holiday,x,V\n"]).expect_err("no such kind");
        assert!(matches!(error, CalendarError::BadLine { line: 2, .. }), "{error}");
    }
}

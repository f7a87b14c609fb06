//! The law that an organisation knows: editions of rule sets and of calendar years, each found by its hash and kept for ever, and
//! what an issue or an opening pins of it.

use crate::{Calendar, CalendarError, Hash, Roster, RuleBook, RuleError, RuleSet};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// One edition of a calendar's year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CalendarPin {
    /// The year.
    pub year: i32,
    /// Hash of the days that differ from an ordinary week.
    pub hash: Hash,
}

/// What an entry fixes for good of the law of its day. Nothing that is added to the law later changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// Rule set by name.
    pub rule_set: String,
    /// Which edition of it.
    pub rule_set_hash: Hash,
    /// The editions of the calendar's years that its days lie in.
    pub calendar: Vec<CalendarPin>,
    /// The whole roster of the day.
    pub roster: Roster,
    /// Version of the fold that it is judged by, whatever version comes later.
    pub fold_version: u32,
}

/// An edition or a version of the fold that this program does not have: only a newer one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pinned law that this program does not have")]
pub struct EditionUnknown;

/// Law as it was pinned.
#[derive(Clone, Debug)]
pub struct PinnedLaw<'a> {
    /// The rule set.
    pub rules: &'a RuleSet,
    /// The pinned years, and no others.
    pub calendar: Calendar,
}

/// All editions that an organisation knows.
#[derive(Clone, Debug)]
pub struct Law {
    /// Rule sets.
    pub book: RuleBook,
    /// Calendars.
    pub calendar: Calendar,
}

impl Law {
    /// What ships with this program.
    pub fn shipped() -> Self {
        Law { book: RuleBook::shipped(), calendar: Calendar::shipped() }
    }

    /// The rule set of a day.
    pub fn on(&self, day: NaiveDate) -> Result<&RuleSet, RuleError> {
        self.book.on(day)
    }

    /// Pins a rule set, a roster, and the newest editions of the years from one day to another, as far as they are known.
    pub fn pin(&self, rules: &RuleSet, roster: Roster, from: NaiveDate, to: NaiveDate, fold_version: u32) -> Pins {
        let years = from.year()..=to.year().max(from.year());
        let calendar = years.filter_map(|year| self.calendar.pin(year)).collect();
        Pins { rule_set: rules.id.clone(), rule_set_hash: rules.hash(), calendar, roster, fold_version }
    }

    /// The law that an entry pinned; `fold_versions` are those that this program folds by.
    pub fn pinned(&self, pins: &Pins, fold_versions: &[u32]) -> Result<PinnedLaw<'_>, EditionUnknown> {
        let rules = self.book.pinned(&pins.rule_set, pins.rule_set_hash).ok_or(EditionUnknown)?;
        let calendar = self.calendar.pinned(&pins.calendar).ok_or(EditionUnknown)?;
        if fold_versions.contains(&pins.fold_version) { Ok(PinnedLaw { rules, calendar }) } else { Err(EditionUnknown) }
    }

    /// The same law with the text of a rule set or of a calendar's year added as the newest edition: nothing that was pinned changes.
    pub fn with(&self, text: &str) -> Result<Self, LawError> {
        let mut law = self.clone();
        match RuleSet::parse(text) {
            Ok(rules) => law.book.add(rules)?,
            Err(error) if text.trim_start().starts_with("date,") => {
                drop(error);
                law.calendar.add(text)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(law)
    }
}

/// Why a text is no law.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    /// As a rule set.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// As a calendar.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: &str = include_str!("../../../assets/rules/nd191-2026.toml");
    const YEAR: &str = include_str!("../../../assets/calendar/2026.csv");

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn pins(law: &Law) -> Pins {
        let rules = law.on(day("2026-12-30")).expect("in force");
        law.pin(rules, Roster { from: day("2025-10-25"), members: vec![] }, day("2026-12-30"), day("2027-01-05"), 1)
    }

    #[test]
    fn added_year_ended_rule_set_and_changed_comment_change_nothing_that_was_pinned() {
        let law = Law::shipped();
        let pinned = pins(&law);
        assert_eq!(pinned.calendar.iter().map(|p| p.year).collect::<Vec<_>>(), [2026, 2027]);
        let before = law
            .pinned(&pinned, &[1])
            .expect("known")
            .calendar
            .working_days_between(day("2026-12-30"), day("2027-01-08"));
        let ended = NEWEST.replace("[majority]", "in_force_to = \"2027-12-31\"\n[majority]");
        let successor = NEWEST.replace("nd191-2026", "nd9-2028").replace("2026-05-29", "2028-01-01");
        let more = format!("{YEAR}2026-12-31,day_off,Nghỉ thêm,2\n");
        let next_year = "date,kind,name,mark\n2028-01-03,day_off,Tết Dương lịch,S\n";
        let mut later = law.clone();
        for text in [&ended, &successor, &more, next_year, &format!("# một lời ghi\n{NEWEST}")] {
            later = later.with(text).expect("law");
        }
        let read = later.pinned(&pinned, &[1]).expect("kept for ever");
        assert_eq!(read.rules.in_force_to, None);
        assert_eq!(read.calendar.working_days_between(day("2026-12-30"), day("2027-01-08")), before);
        assert_ne!(later.calendar.working_days_between(day("2026-12-30"), day("2027-01-08")), before);
        assert_eq!(later.on(day("2028-02-01")).map(|r| r.id.as_str()), Ok("nd9-2028"));
    }

    #[test]
    fn edition_or_fold_version_that_is_not_here_is_told_apart_from_a_refusal() {
        let law = Law::shipped();
        let known = pins(&law);
        assert!(law.pinned(&known, &[1]).is_ok());
        let other_rules = Pins { rule_set_hash: Hash([9; 32]), ..known.clone() };
        let other_year = Pins { calendar: vec![CalendarPin { year: 2026, hash: Hash([9; 32]) }], ..known.clone() };
        let other_fold = Pins { fold_version: 2, ..known };
        for pins in [other_rules, other_year, other_fold] {
            assert_eq!(law.pinned(&pins, &[1]).map(|_| ()), Err(EditionUnknown));
        }
    }

    #[test]
    fn text_that_is_no_law_is_refused() {
        assert!(Law::shipped().with("xin chào").is_err());
        assert!(Law::shipped().with("date,kind,name,mark\n2028-01-03,holiday,x,S\n").is_err());
        assert!(Law::shipped().with("date,kind,name,mark\n").is_err(), "a year without a day is no year");
    }
}

//! The law that an organisation knows: editions of rule sets and of calendar years, each found by its hash and kept for ever, and
//! what an issue or an opening pins of it.

use crate::{Calendar, CalendarError, Hash, Roster, RuleBook, RuleError, RuleSet};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// The month from which next year's holidays are missed: they are announced in autumn.
const MISSED_FROM_MONTH: u32 = 10;

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
    pub fn with(&self, text: &str) -> Result<(Self, Added), LawError> {
        let mut law = self.clone();
        let added = Added::read(text)?;
        match &added {
            Added::Year(_) => drop(law.calendar.add(text)?),
            Added::Rules(_) => law.book.add(RuleSet::parse(text)?)?,
        }
        Ok((law, added))
    }

    /// The same law with a text that an organisation has decided on. Where it no longer goes with what a later program brings, it is kept for what
    /// was pinned by it; a text that is no law adds nothing.
    pub fn holding(self, text: &str) -> Self {
        match (self.with(text), RuleSet::parse(text)) {
            (Ok((law, _)), _) => law,
            (Err(_), Ok(rules)) => {
                let mut law = self;
                law.book.keep(rules);
                law
            }
            (Err(_), Err(_)) => self,
        }
    }

    /// From October on, the next year if its holidays aren't known: nothing can be sent that ends in it.
    pub fn missing_year(&self, today: NaiveDate) -> Option<i32> {
        let next = today.year() + 1;
        (today.month() >= MISSED_FROM_MONTH && self.calendar.pin(next).is_none()).then_some(next)
    }
}

/// What a text adds to the law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// An edition of this year's calendar.
    Year(i32),
    /// An edition of the rule set of this name.
    Rules(String),
}

impl Added {
    /// What a text is of, whether it goes with other law or not.
    pub fn read(text: &str) -> Result<Self, LawError> {
        match text.trim_start().starts_with("date,") {
            true => Ok(Added::Year(Calendar::default().add(text)?)),
            false => Ok(Added::Rules(RuleSet::parse(text)?.id)),
        }
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
            later = later.with(text).expect("law").0;
        }
        let read = later.pinned(&pinned, &[1]).expect("kept for ever");
        assert_eq!(read.rules.in_force_to, None);
        assert_eq!(read.calendar.working_days_between(day("2026-12-30"), day("2027-01-08")), before);
        assert_ne!(later.calendar.working_days_between(day("2026-12-30"), day("2027-01-08")), before);
        assert_eq!(later.on(day("2028-02-01")).map(|r| r.id.as_str()), Ok("nd9-2028"));
    }

    #[test]
    fn own_rule_set_is_found_even_where_a_later_program_brings_another_for_the_same_days() {
        let (own, other) = ("nd9-2028", "nd10-2028");
        let of = |name: &str| NEWEST.replace("nd191-2026", name).replace("2026-05-29", "2028-01-01");
        let (law, added) = Law::shipped().with(&of(own)).expect("law");
        assert_eq!(added, Added::Rules(own.into()));
        let pinned = law.pin(
            law.on(day("2028-02-01")).expect("in force"),
            Roster { from: day("2025-10-25"), members: vec![] },
            day("2026-12-30"),
            day("2026-12-31"),
            1,
        );
        let later = Law::shipped().with(&of(other)).expect("what a later program brings").0;
        assert!(later.with(&of(own)).is_err(), "two for one day");
        assert_eq!(Added::read(&of(own)), Ok(Added::Rules(own.into())), "what it is can be said all the same");
        assert!(later.pinned(&pinned, &[1]).is_err());
        let later = later.holding(&of(own)).holding("xin chào");
        assert_eq!(later.pinned(&pinned, &[1]).map(|law| law.rules.id.clone()), Ok(own.into()));
        assert_eq!(later.on(day("2028-02-01")).map(|r| r.id.as_str()), Ok(other));
    }

    #[test]
    fn next_years_holidays_are_missed_from_october_on() {
        let mut law = Law::shipped();
        assert_eq!(
            ["2026-12-31", "2027-09-30", "2027-10-01"].map(|d| law.missing_year(day(d))),
            [None, None, Some(2028)]
        );
        law = law.with("date,kind,name,mark\n2028-01-03,day_off,Tết Dương lịch,S\n").expect("law").0;
        assert_eq!(law.missing_year(day("2027-10-01")), None);
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

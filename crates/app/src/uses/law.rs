//! The law that the organisation goes by: what this program brings, and rule sets and calendars that two officials have added.

use super::{OFFICIAL, expect_role};
use crate::{App, AppError};
use cabinet_acts::RegisterAct;
use cabinet_domain::{Added, LawError, Millis, vietnam_date};
use cabinet_vault::{AddedLaw, Laptop, NewEntry, Store};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The law as far as it is known here.
#[derive(Clone, Debug, Serialize, TS)]
pub struct LawView {
    /// Rule sets, oldest first.
    pub rule_sets: Vec<RuleSetView>,
    /// The last year whose holidays are known.
    pub last_year: i32,
    /// The next year, where its holidays are missing and it is late in the year.
    pub missing_year: Option<i32>,
    /// What officials added.
    pub added: Vec<AddedLawView>,
    /// Whether this person may add to it.
    pub may_add: bool,
}

/// A rule set.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RuleSetView {
    /// Its name.
    pub id: String,
    /// The act that it comes from.
    pub act: String,
    /// Its first day.
    pub from: String,
    /// Its last day, if it has one.
    pub to: Option<String>,
    /// Whether it is in force today.
    pub is_in_force: bool,
}

/// A rule set or a calendar that an official added.
#[derive(Clone, Debug, Serialize, TS)]
pub struct AddedLawView {
    /// The adding entry.
    pub entry: String,
    /// The year of a calendar.
    pub year: Option<i32>,
    /// The name of a rule set.
    pub rule_set: Option<String>,
    /// The text, as it was signed.
    pub text: String,
    /// The office of who added it.
    pub by: String,
    /// Whether that was this person; then another confirms.
    pub is_by_me: bool,
    /// Whether a second official stands behind it.
    pub is_confirmed: bool,
}

/// A rule set or a calendar's year, as text.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct AddLawRequest {
    /// The file's text: TOML for a rule set, CSV with `date,kind,name,mark` for a year.
    pub text: String,
}

/// The law as far as it is known here.
pub fn law(app: &App) -> Result<LawView, AppError> {
    app.with_laptop(|laptop, now_ms| {
        let (me, today) = (laptop.me()?.person, vietnam_date(Millis(now_ms as i64)));
        let rule_set = |rules: &cabinet_domain::RuleSet| RuleSetView {
            id: rules.id.clone(),
            act: rules.act.clone(),
            from: rules.in_force_from.to_string(),
            to: rules.in_force_to.map(|day| day.to_string()),
            is_in_force: rules.is_in_force(today),
        };
        let added = |added: &AddedLaw| {
            let (year, rule_set) = match Added::read(&added.text).ok()? {
                Added::Year(year) => (Some(year), None),
                Added::Rules(id) => (None, Some(id)),
            };
            Some(AddedLawView {
                entry: added.entry.to_string(),
                year,
                rule_set,
                text: added.text.clone(),
                by: laptop.people().get(&added.by).map(|person| person.office.clone()).unwrap_or_default(),
                is_by_me: added.by == me,
                is_confirmed: laptop.is_confirmed(added),
            })
        };
        Ok(LawView {
            rule_sets: laptop.law().book.all().iter().map(rule_set).collect(),
            last_year: laptop.law().calendar.last_year().unwrap_or_default(),
            missing_year: laptop.law().missing_year(today),
            added: laptop.added_law().iter().filter_map(added).collect(),
            may_add: laptop.my_roles() & OFFICIAL != 0,
        })
    })
}

/// The next year, for officials who should add its holidays.
pub(super) fn missing_year<S: Store>(laptop: &Laptop<S>, now_ms: u64) -> Option<i32> {
    let is_mine = laptop.my_roles() & OFFICIAL != 0;
    laptop.law().missing_year(vietnam_date(Millis(now_ms as i64))).filter(|_| is_mine)
}

/// Proposes a rule set or a calendar's year. It holds once a second official has confirmed it.
pub fn add_law(app: &App, request: AddLawRequest) -> Result<(), AppError> {
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, OFFICIAL)?;
        laptop.law().with(&request.text).map_err(unreadable)?;
        let register = laptop.me()?.register;
        laptop.sign(NewEntry::act(register, RegisterAct::LawAdded(request.text).write()), now_ms)?;
        Ok(())
    })
}

fn unreadable(error: LawError) -> AppError {
    let text = error.to_string();
    AppError::LawUnreadable {
        detail: text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" "),
    }
}

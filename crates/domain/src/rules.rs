//! The working regulations as dated data, read from `assets/rules/`.

use crate::{Calendar, CalendarError, Hash, Millis, vietnam_date, vietnam_instant};
use chrono::NaiveDate;
use serde::Deserialize;

/// What is wrong with a rule set, or with choosing one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The file is not a rule set.
    #[error("not a rule set: {0}")]
    Malformed(String),
    /// A fraction or a limit in it makes no sense.
    #[error("rule set {id}: {reason}")]
    Senseless { id: String, reason: &'static str },
    /// Two rule sets claim one day.
    #[error("rule sets {0} and {1} are in force on the same day")]
    Overlap(String, String),
    /// No rule set holds on that day.
    #[error("no rule set is in force on {0}")]
    NoneInForce(NaiveDate),
    /// No rule set of that name.
    #[error("no rule set named {0}")]
    Unknown(String),
}

/// One act's rules. Marks of certainty stand in its file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Short name, for example `nd191-2026`.
    pub id: String,
    /// The act, for example "Nghị định 191/2026/NĐ-CP".
    pub act: String,
    /// First day in force.
    pub in_force_from: NaiveDate,
    /// Last day in force; none while it still is.
    pub in_force_to: Option<NaiveDate>,
    /// When a decision is adopted.
    pub majority: MajorityRule,
    /// When a session may decide.
    pub quorum: QuorumRule,
    /// Opinion forms.
    pub form: FormRule,
    /// Sessions.
    pub session: SessionRule,
    /// Dossiers.
    pub dossier: DossierRule,
    #[serde(skip)]
    hash: Option<Hash>,
}

/// Adopted with more than this part of all members.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MajorityRule {
    /// Numerator of the part to exceed.
    pub more_than_numerator: u32,
    /// Denominator of the part to exceed.
    pub more_than_denominator: u32,
    /// Whether the Prime Minister's vote on a tie adopts although it is no majority of all.
    pub tie_overrides_majority: bool,
    /// Whether a tie is one only where more than half of all members said yes or no.
    pub tie_needs_more_than_half_voting: bool,
}

/// A session may decide with at least this part of all members.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuorumRule {
    /// Numerator of the part to reach.
    pub at_least_numerator: u32,
    /// Denominator of the part to reach.
    pub at_least_denominator: u32,
}

/// How opinion forms run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRule {
    /// Shortest time to answer, working days.
    pub working_days_min: u32,
    /// Longest time to answer, working days.
    pub working_days_max: u32,
    /// Hour of the deadline, Vietnam time.
    pub due_hour: u32,
    /// Whether no answer counts as agreement.
    pub silence_is_agreement: bool,
    /// Whether an answer signed before the deadline and received after it counts.
    pub count_signed_in_time_received_late: bool,
    /// Whether an extension stays within `working_days_max` of the first issue.
    pub extension_within_maximum: bool,
    /// The words of the limits, for the screen.
    pub source_deadline: String,
}

/// How sessions are prepared.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRule {
    /// Days that papers arrive ahead.
    pub papers_ahead_days: u32,
    /// Whether those are working days.
    pub papers_ahead_are_working_days: bool,
}

/// How long a dossier may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DossierRule {
    /// A dossier of more pages needs a summary.
    pub pages_before_summary: u32,
    /// Most pages of that summary.
    pub summary_pages_max: u32,
}

impl RuleSet {
    /// Reads a rule set; unknown fields are errors, so that a misspelt rule is never a missing one.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let mut rules: RuleSet = toml::from_str(text).map_err(|e| RuleError::Malformed(e.to_string()))?;
        let values: toml::Table = toml::from_str(text).map_err(|e| RuleError::Malformed(e.to_string()))?;
        rules.hash = Some(edition(&values));
        let bad = |reason| Err(RuleError::Senseless { id: rules.id.clone(), reason });
        let (m, q, f) = (&rules.majority, &rules.quorum, &rules.form);
        if m.more_than_denominator == 0 || m.more_than_numerator >= m.more_than_denominator {
            return bad("the majority is not a part of the whole");
        }
        if q.at_least_denominator == 0 || q.at_least_numerator > q.at_least_denominator {
            return bad("the quorum is not a part of the whole");
        }
        if f.working_days_min == 0 || f.working_days_min > f.working_days_max || f.due_hour > 23 {
            return bad("the time to answer is empty");
        }
        if rules.in_force_to.is_some_and(|to| to < rules.in_force_from) {
            return bad("it ends before it begins");
        }
        Ok(rules)
    }

    /// Hash of its values, by which an issue pins this very edition: a comment is no part of it.
    pub fn hash(&self) -> Hash {
        self.hash.unwrap_or(Hash([0; 32]))
    }

    /// Whether it holds on a date.
    pub fn is_in_force(&self, date: NaiveDate) -> bool {
        self.in_force_from <= date && self.in_force_to.is_none_or(|to| date <= to)
    }

    /// The number of agreeing members that adopts.
    pub fn adopts_at(&self, members: u32) -> u32 {
        members * self.majority.more_than_numerator / self.majority.more_than_denominator + 1
    }

    /// The number of attending members that a session needs.
    pub fn quorum_at(&self, members: u32) -> u32 {
        (members * self.quorum.at_least_numerator).div_ceil(self.quorum.at_least_denominator)
    }

    /// The deadline of a form issued at an instant with a number of working days.
    pub fn deadline(&self, issued: Millis, working_days: u32, calendar: &Calendar) -> Result<Millis, CalendarError> {
        let day = calendar.working_day_after(vietnam_date(issued), working_days)?;
        Ok(vietnam_instant(day, self.form.due_hour))
    }
}

/// Frozen: the values in the order of their names, each name and value with its length, so that no two texts of law run together.
fn edition(values: &toml::Table) -> Hash {
    let mut out = String::new();
    write_values(values, &mut out);
    Hash::of(out.as_bytes())
}

fn write_values(values: &toml::Table, out: &mut String) {
    for (name, value) in values {
        let text = match value {
            toml::Value::Table(inner) => {
                let mut text = String::new();
                write_values(inner, &mut text);
                text
            }
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            other => other.type_str().to_owned(),
        };
        *out += &format!("{} {name} {} {text}\n", name.len(), text.len());
    }
}

/// All rule sets that an organisation knows, every edition of each.
#[derive(Clone, Debug)]
pub struct RuleBook {
    /// The newest edition of each, by the day on which it begins.
    current: Vec<RuleSet>,
    /// Editions that a later one has replaced: what was pinned under them is judged by them.
    earlier: Vec<RuleSet>,
}

const SHIPPED: &[&str] = &[
    include_str!("../../../assets/rules/nd138-2016.toml"),
    include_str!("../../../assets/rules/nd39-2022.toml"),
    include_str!("../../../assets/rules/nd191-2026.toml"),
];

impl RuleBook {
    /// The rule sets in `assets/rules/`.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("the shipped rule sets are read by a test")
    }

    /// Reads rule sets and refuses two that hold on one day. Of two editions of one name the later in the list is the newer.
    pub fn parse(files: &[&str]) -> Result<Self, RuleError> {
        let mut book = RuleBook { current: Vec::new(), earlier: Vec::new() };
        for text in files {
            let rules = RuleSet::parse(text)?;
            book.put(rules);
        }
        book.check()?;
        Ok(book)
    }

    /// Adds a rule set, or a newer edition of one. One that begins while another holds without an end is its successor: the other ends on
    /// the day before, for what is pinned from now on.
    pub fn add(&mut self, rules: RuleSet) -> Result<(), RuleError> {
        if self.pinned(&rules.id, rules.hash()).is_some() {
            return Ok(());
        }
        let mut book = self.clone();
        let before = rules.in_force_from.pred_opt();
        let ends = |s: &&mut RuleSet| s.id != rules.id && s.in_force_to.is_none() && Some(s.in_force_from) <= before;
        for replaced in book.current.iter_mut().filter(ends) {
            book.earlier.push(replaced.clone());
            replaced.in_force_to = before;
        }
        book.put(rules);
        book.check()?;
        *self = book;
        Ok(())
    }

    /// Keeps an edition for what was pinned by it; on no day is it in force.
    pub fn keep(&mut self, rules: RuleSet) {
        if self.pinned(&rules.id, rules.hash()).is_none() {
            self.earlier.push(rules);
        }
    }

    fn put(&mut self, rules: RuleSet) {
        match self.current.iter_mut().find(|s| s.id == rules.id) {
            Some(known) => self.earlier.push(std::mem::replace(known, rules)),
            None => self.current.push(rules),
        }
        self.current.sort_by_key(|s| s.in_force_from);
    }

    fn check(&self) -> Result<(), RuleError> {
        for pair in self.current.windows(2) {
            if pair[0].in_force_to.is_none_or(|to| to >= pair[1].in_force_from) {
                return Err(RuleError::Overlap(pair[0].id.clone(), pair[1].id.clone()));
            }
        }
        Ok(())
    }

    /// The rule set of a date.
    pub fn on(&self, date: NaiveDate) -> Result<&RuleSet, RuleError> {
        self.current.iter().find(|s| s.is_in_force(date)).ok_or(RuleError::NoneInForce(date))
    }

    /// The edition that an entry pinned, by name and hash.
    pub fn pinned(&self, id: &str, hash: Hash) -> Option<&RuleSet> {
        self.earlier.iter().chain(&self.current).find(|s| s.id == id && s.hash() == hash)
    }

    /// The newest edition of a name.
    pub fn named(&self, id: &str) -> Result<&RuleSet, RuleError> {
        self.current.iter().find(|s| s.id == id).ok_or_else(|| RuleError::Unknown(id.to_owned()))
    }

    /// The newest editions of all, oldest first.
    pub fn all(&self) -> &[RuleSet] {
        &self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_follow_from_the_roster() {
        let book = RuleBook::shipped();
        for rules in book.all() {
            let numbers = [27, 25, 28].map(|n| (rules.quorum_at(n), rules.adopts_at(n)));
            assert_eq!(numbers, [(18, 14), (17, 13), (19, 15)], "{}", rules.id);
        }
    }

    #[test]
    fn rule_set_is_picked_by_date() {
        let book = RuleBook::shipped();
        let on = |d: &str| book.on(d.parse().expect("date")).map(|r| r.id.clone());
        assert_eq!(on("2019-06-24"), Ok("nd138-2016".into()));
        assert_eq!(on("2022-06-18"), Ok("nd39-2022".into()));
        assert_eq!(on("2026-05-28"), Ok("nd39-2022".into()));
        assert_eq!(on("2026-05-29"), Ok("nd191-2026".into()));
        assert!(matches!(on("2016-09-30"), Err(RuleError::NoneInForce(_))));
    }

    #[test]
    fn misspelt_rule_is_refused() {
        let text = SHIPPED[0].replace("due_hour", "due_our");
        assert!(matches!(RuleSet::parse(&text), Err(RuleError::Malformed(_))));
    }

    #[test]
    fn overlapping_rule_sets_are_refused() {
        let text = SHIPPED[2].replace("nd191-2026", "own").replace("2026-05-29", "2026-05-01");
        assert!(matches!(RuleBook::parse(&[SHIPPED[1], &text]), Err(RuleError::Overlap(..))));
    }
}

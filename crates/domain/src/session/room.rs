//! Who is there, and whether they are enough.

use super::{Presence, SessionState};
use crate::{Millis, PersonId, RuleSet};
use serde::{Deserialize, Serialize};

/// The roll is called in the first minutes after the opening; who is marked later came later.
const ROLL_CALL_MS: i64 = 15 * 60_000;

/// Where somebody is, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Who.
    pub person: PersonId,
    /// All that was said of it, oldest first: arrivals, departures, substitutes.
    pub course: Vec<(Millis, Presence)>,
}

/// A time in which somebody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Not in the room.
    pub is_elsewhere: bool,
    /// None: from the roll-call on.
    pub from: Option<Millis>,
    /// None: until the end.
    pub until: Option<Millis>,
}

impl Attendance {
    /// From when until when they were there, oldest first; who goes from the room to elsewhere ends one stay and begins another.
    pub fn stays(&self, opened_at: Option<Millis>) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        for (at, presence) in &self.course {
            let last = stays.last_mut().filter(|stay| stay.until.is_none());
            let goes_on = last.is_some();
            if let Some(stay) = last {
                stay.until = Some(*at);
            }
            let is_late = opened_at.is_some_and(|opened| at.0 > opened.0 + ROLL_CALL_MS);
            if presence.is_there() {
                let is_elsewhere = *presence == Presence::Elsewhere;
                stays.push(Stay { is_elsewhere, from: (is_late || goes_on).then_some(*at), until: None });
            }
        }
        stays
    }

    /// Where they are now.
    pub fn now(&self) -> &Presence {
        &self.course.last().expect("an attendance begins with a presence").1
    }
}

/// Quorum against the rule: members of the roster who attend, those elsewhere included, substitutes not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quorum {
    /// Members who are there.
    pub present: u32,
    /// How many are needed.
    pub needed: u32,
    /// All members on the roster.
    pub members: u32,
}

impl Quorum {
    /// Whether they are enough.
    pub fn is_met(self) -> bool {
        self.present >= self.needed
    }
}

impl SessionState {
    /// Where a person is now.
    pub fn presence(&self, person: PersonId) -> Option<&Presence> {
        self.attendance.iter().find(|a| a.person == person).map(Attendance::now)
    }

    /// Whether a person is there, in the room or elsewhere.
    pub fn is_there(&self, person: PersonId) -> bool {
        self.presence(person).is_some_and(Presence::is_there)
    }

    /// Quorum now; none before the roster is pinned.
    pub fn quorum(&self, rules: &RuleSet) -> Option<Quorum> {
        let roster = &self.opening.as_ref()?.roster;
        let present = roster.members.iter().filter(|m| self.is_there(m.person)).count() as u32;
        Some(Quorum { present, needed: rules.quorum_at(roster.size()), members: roster.size() })
    }

    pub(super) fn mark(&mut self, person: PersonId, at: Millis, presence: Presence) {
        let index = match self.attendance.iter().position(|a| a.person == person) {
            Some(index) => index,
            None => {
                self.attendance.push(Attendance { person, course: Vec::new() });
                self.attendance.len() - 1
            }
        };
        let course = &mut self.attendance[index].course;
        if course.last().is_none_or(|(_, last)| *last != presence) {
            course.push((at, presence));
        }
    }
}

//! Acts in the register: who people are, the roster, and what the organisation has set. Sealed, since the hub must not know names.

use crate::{date, days, decode, encode};
use cabinet_domain::{CalendarPin, Hash, Lease, Letterhead, Member, PersonId, Pins, Roster};
use minicbor::{Decode, Encode};
use uuid::Uuid;

/// A sealed act in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterAct {
    /// What a person is called.
    PersonNamed {
        /// Who.
        person: PersonId,
        /// The office, for example "Bộ trưởng Bộ Tài chính".
        office: String,
        /// Its short sign for seat maps, for example "TC".
        short: String,
    },
    /// The members from a day on.
    RosterSet(Roster),
    /// Who issues what is printed from now on.
    LetterheadSet(Letterhead),
    /// How long laptops show papers out of contact; none for as long as they like.
    LeaseSet(Option<Lease>),
    /// A rule set or a calendar of the organisation's own, as its text. It is law once a second official confirms it.
    LawAdded(String),
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct PersonNamedV1 {
    #[cbor(n(0), with = "minicbor::bytes")]
    person: [u8; 16],
    #[n(1)]
    office: String,
    #[n(2)]
    short: String,
}

#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct RosterV1 {
    #[n(0)]
    from: i32,
    #[n(1)]
    members: Vec<MemberV1>,
}

/// Pinned law: rule set by name and hash, calendar years as `[year, hash]`, roster, version of the fold.
#[derive(Encode, Decode)]
#[cbor(array)]
pub(crate) struct PinsV1 {
    #[n(0)]
    rule_set: String,
    #[cbor(n(1), with = "minicbor::bytes")]
    rule_set_hash: [u8; 32],
    #[n(2)]
    calendar: Vec<CalendarPinV1>,
    #[n(3)]
    roster: RosterV1,
    #[n(4)]
    fold_version: u32,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct CalendarPinV1 {
    #[n(0)]
    year: i32,
    #[cbor(n(1), with = "minicbor::bytes")]
    hash: [u8; 32],
}

impl PinsV1 {
    pub(crate) fn new(pins: &Pins) -> Self {
        PinsV1 {
            rule_set: pins.rule_set.clone(),
            rule_set_hash: pins.rule_set_hash.0,
            calendar: pins.calendar.iter().map(|pin| CalendarPinV1 { year: pin.year, hash: pin.hash.0 }).collect(),
            roster: RosterV1::new(&pins.roster),
            fold_version: pins.fold_version,
        }
    }

    pub(crate) fn read(self) -> Option<Pins> {
        let pin = |pin: CalendarPinV1| CalendarPin { year: pin.year, hash: Hash(pin.hash) };
        Some(Pins {
            rule_set: self.rule_set,
            rule_set_hash: Hash(self.rule_set_hash),
            calendar: self.calendar.into_iter().map(pin).collect(),
            roster: self.roster.read()?,
            fold_version: self.fold_version,
        })
    }
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct LetterheadV1 {
    #[n(0)]
    above: String,
    #[n(1)]
    agency: String,
    #[n(2)]
    place: String,
}

/// Hours; 0 for no lease.
#[derive(Encode, Decode)]
#[cbor(array)]
struct LeaseV1 {
    #[n(0)]
    hours: u32,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct LawV1 {
    #[n(0)]
    text: String,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct MemberV1 {
    #[cbor(n(0), with = "minicbor::bytes")]
    person: [u8; 16],
    #[n(1)]
    is_prime_minister: bool,
}

impl RosterV1 {
    pub(crate) fn new(roster: &Roster) -> Self {
        let member = |m: &Member| MemberV1 { person: *m.person.0.as_bytes(), is_prime_minister: m.is_prime_minister };
        RosterV1 { from: days(roster.from), members: roster.members.iter().map(member).collect() }
    }

    pub(crate) fn read(self) -> Option<Roster> {
        let member = |m: MemberV1| Member {
            person: PersonId(Uuid::from_bytes(m.person)),
            is_prime_minister: m.is_prime_minister,
        };
        Some(Roster { from: date(self.from)?, members: self.members.into_iter().map(member).collect() })
    }
}

impl RegisterAct {
    /// Frozen: kind of [`RegisterAct::PersonNamed`].
    pub const PERSON_NAMED: u16 = 100;
    /// Frozen: kind of [`RegisterAct::RosterSet`].
    pub const ROSTER_SET: u16 = 101;
    /// Frozen: kind of [`RegisterAct::LetterheadSet`].
    pub const LETTERHEAD_SET: u16 = 102;
    /// Frozen: kind of [`RegisterAct::LeaseSet`].
    pub const LEASE_SET: u16 = 103;
    /// Frozen: kind of [`RegisterAct::LawAdded`].
    pub const LAW_ADDED: u16 = 104;

    /// Kind and body.
    pub fn write(&self) -> (u16, Vec<u8>) {
        match self {
            RegisterAct::PersonNamed { person, office, short } => {
                let act = PersonNamedV1 { person: *person.0.as_bytes(), office: office.clone(), short: short.clone() };
                (Self::PERSON_NAMED, encode(&act))
            }
            RegisterAct::RosterSet(roster) => (Self::ROSTER_SET, encode(&RosterV1::new(roster))),
            RegisterAct::LetterheadSet(letterhead) => {
                let Letterhead { above, agency, place } = letterhead.clone();
                (Self::LETTERHEAD_SET, encode(&LetterheadV1 { above, agency, place }))
            }
            RegisterAct::LeaseSet(lease) => {
                (Self::LEASE_SET, encode(&LeaseV1 { hours: lease.map_or(0, Lease::hours) }))
            }
            RegisterAct::LawAdded(text) => (Self::LAW_ADDED, encode(&LawV1 { text: text.clone() })),
        }
    }

    /// Reads a body of a kind; none if it is not one of these.
    pub fn read(kind: u16, body: &[u8]) -> Option<Self> {
        match kind {
            Self::PERSON_NAMED => {
                let act: PersonNamedV1 = decode(body)?;
                let person = PersonId(Uuid::from_bytes(act.person));
                Some(RegisterAct::PersonNamed { person, office: act.office, short: act.short })
            }
            Self::ROSTER_SET => decode::<RosterV1>(body)?.read().map(RegisterAct::RosterSet),
            Self::LETTERHEAD_SET => {
                let LetterheadV1 { above, agency, place } = decode(body)?;
                Letterhead { above, agency, place }.checked().map(RegisterAct::LetterheadSet)
            }
            Self::LEASE_SET => match decode::<LeaseV1>(body)?.hours {
                0 => Some(RegisterAct::LeaseSet(None)),
                hours => Lease::of_hours(hours).map(|lease| RegisterAct::LeaseSet(Some(lease))),
            },
            Self::LAW_ADDED => Some(RegisterAct::LawAdded(decode::<LawV1>(body)?.text)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_read_back_and_trailing_bytes_are_not() {
        let person = PersonId(Uuid::from_u128(1));
        let named =
            RegisterAct::PersonNamed { person, office: "Bộ trưởng Bộ Tài chính".into(), short: "TC".into() };
        let roster = RegisterAct::RosterSet(Roster {
            from: "2025-10-25".parse().expect("date"),
            members: vec![Member { person, is_prime_minister: true }],
        });
        let letterhead = RegisterAct::LetterheadSet(Letterhead::default());
        let leases = [None, Lease::of_hours(72)].map(RegisterAct::LeaseSet);
        let law = RegisterAct::LawAdded("date,kind".into());
        for act in [named, roster, letterhead, law].into_iter().chain(leases) {
            let (kind, mut body) = act.write();
            assert_eq!(RegisterAct::read(kind, &body), Some(act));
            body.push(0);
            assert_eq!(RegisterAct::read(kind, &body), None);
        }
    }
}

//! Acts in the register: who people are, the roster, and what the organisation has set. Sealed, since the hub must not know names.

use crate::{date, days, decode, encode};
use cabinet_domain::{Lease, Letterhead, Member, PersonId, Roster};
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
        for act in [named, roster, letterhead].into_iter().chain(leases) {
            let (kind, mut body) = act.write();
            assert_eq!(RegisterAct::read(kind, &body), Some(act));
            body.push(0);
            assert_eq!(RegisterAct::read(kind, &body), None);
        }
    }
}

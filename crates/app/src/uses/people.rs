//! The organisation's people and its roster.

use super::named::RoleName;
use super::{OFFICIAL, expect_role, person_id};
use crate::{App, AppError};
use cabinet_acts::RegisterAct;
use cabinet_domain::{Letterhead, Member, Roles, Roster, vietnam_date};
use cabinet_ledger::{ControlV1, PersonId};
use cabinet_vault::NewEntry;
use cabinet_work::WorkError;
use cabinet_work::forms;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

/// A person, as an official adds them.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct AddPersonRequest {
    /// The office.
    pub office: String,
    /// Its short sign.
    pub short: String,
    /// Role names.
    pub roles: Vec<RoleName>,
}

/// A person.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PersonView {
    /// Their id.
    pub id: String,
    /// The office.
    pub office: String,
    /// Its short sign.
    pub short: String,
    /// Role names.
    pub roles: Vec<RoleName>,
    /// Laptops in use.
    pub devices: u32,
    /// Place on today's roster, from 0.
    pub seat: Option<u32>,
    /// Whether this is the Prime Minister on today's roster.
    pub is_prime_minister: bool,
    /// Whether they can stand on a session's list.
    pub may_attend: bool,
    /// Whether this is me.
    pub is_me: bool,
    /// Roles that wait for a second official.
    pub proposed: Option<ProposedView>,
}

/// Roles that one official proposes and another confirms.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ProposedView {
    /// The proposing entry.
    pub entry: String,
    /// Role names.
    pub roles: Vec<RoleName>,
    /// Whether this person proposed them; then another confirms.
    pub is_by_me: bool,
}

/// What to confirm.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct ConfirmRequest {
    /// The proposing entry.
    pub entry: String,
}

/// A roster from a day on.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct SetRosterRequest {
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Members, in the order of precedence.
    pub members: Vec<String>,
    /// Which of them is the Prime Minister.
    pub prime_minister: Option<String>,
}

/// The lines at the head of what is printed.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LetterheadView {
    /// The body above; may be empty.
    pub above: String,
    /// Who issues.
    pub agency: String,
    /// The place before the date.
    pub place: String,
}

/// The letterhead in force.
pub fn letterhead(app: &App) -> Result<LetterheadView, AppError> {
    app.with_laptop(|laptop, _| {
        let Letterhead { above, agency, place } = laptop.letterhead();
        Ok(LetterheadView { above, agency, place })
    })
}

/// Sets the letterhead.
pub fn set_letterhead(app: &App, request: LetterheadView) -> Result<(), AppError> {
    let LetterheadView { above, agency, place } = request;
    let letterhead = Letterhead { above, agency, place }.checked();
    let act = RegisterAct::LetterheadSet(letterhead.ok_or(AppError::LetterheadIncomplete)?);
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, OFFICIAL)?;
        let register = laptop.me()?.register;
        laptop.sign(NewEntry::act(register, act.write()), now_ms)?;
        Ok(())
    })
}

/// Everybody in the register, today's roster first.
pub fn people(app: &App) -> Result<Vec<PersonView>, AppError> {
    app.with_laptop(|laptop, now_ms| {
        let me = laptop.me()?.person;
        let today = vietnam_date(cabinet_domain::Millis(now_ms as i64));
        let roster = laptop.roster_on(today).cloned();
        let Some(register) = laptop.register() else { return Ok(vec![]) };
        let view = |id: PersonId| {
            let named = laptop.people().get(&id);
            let member = |m: &Member| forms::ledger_person(m.person) == id;
            let seat = roster.as_ref().and_then(|r| r.members.iter().position(member));
            PersonView {
                id: id.to_string(),
                office: named.map(|n| n.office.clone()).unwrap_or_default(),
                short: named.map(|n| n.short.clone()).unwrap_or_default(),
                roles: RoleName::of(register.roles(id)),
                devices: register.devices_of(id).count() as u32,
                seat: seat.map(|s| s as u32),
                is_prime_minister: roster.as_ref().and_then(|r| r.prime_minister()) == Some(forms::person(id)),
                may_attend: Roles(register.roles(id)).may_attend(seat.is_some()),
                is_me: id == me,
                proposed: register.proposed.iter().find(|(_, p)| p.person == id).map(|(entry, p)| ProposedView {
                    entry: entry.to_string(),
                    roles: RoleName::of(p.roles),
                    is_by_me: p.by == me,
                }),
            }
        };
        let proposed = register.proposed.values().map(|p| p.person);
        let everybody: BTreeSet<PersonId> = register.people.keys().copied().chain(proposed).collect();
        let mut all: Vec<PersonView> = everybody.into_iter().map(view).collect();
        all.sort_by_key(|p| (p.seat.unwrap_or(u32::MAX), p.office.clone()));
        Ok(all)
    })
}

/// Adds a person with roles and name. Returns their id.
pub fn add_person(app: &App, request: AddPersonRequest) -> Result<String, AppError> {
    // Officers are named by the root alone.
    if request.roles.contains(&RoleName::Officer) {
        return Err(AppError::BadRequest("officer".into()));
    }
    let roles = request.roles.iter().fold(0, |bits, role| bits | role.bit());
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, OFFICIAL)?;
        let register = laptop.me()?.register;
        let person = PersonId(cabinet_seal::make_uuid_v7(now_ms));
        laptop.sign(NewEntry::control(Some(register), &ControlV1::RolesSet { person, roles }), now_ms)?;
        let act =
            RegisterAct::PersonNamed { person: forms::person(person), office: request.office, short: request.short };
        laptop.sign(NewEntry::act(register, act.write()), now_ms)?;
        Ok(person.to_string())
    })
}

/// Stands behind what another official proposes: roles, or law.
pub fn confirm(app: &App, request: ConfirmRequest) -> Result<(), AppError> {
    let entry = request.entry.parse().map_err(|_| AppError::BadRequest("entry".into()))?;
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, OFFICIAL)?;
        let register = laptop.me()?.register;
        laptop.sign(NewEntry::control(Some(register), &ControlV1::Confirmed { entry }), now_ms)?;
        Ok(())
    })
}

/// Sets the roster.
pub fn set_roster(app: &App, request: SetRosterRequest) -> Result<(), AppError> {
    let from = request.from.parse().map_err(|_| AppError::BadRequest("from".into()))?;
    let prime_minister = request.prime_minister.as_deref().map(person_id).transpose()?;
    let member = |text: &String| {
        let id = person_id(text)?;
        Ok(Member { person: forms::person(id), is_prime_minister: Some(id) == prime_minister })
    };
    let roster = Roster { from, members: request.members.iter().map(member).collect::<Result<_, AppError>>()? };
    roster.check().map_err(|_| WorkError::Refused(cabinet_domain::Refusal::RosterInvalid))?;
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, OFFICIAL)?;
        let register = laptop.me()?.register;
        laptop.sign(NewEntry::act(register, RegisterAct::RosterSet(roster).write()), now_ms)?;
        Ok(())
    })
}

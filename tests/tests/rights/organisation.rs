//! People, laptops and what holds for the whole organisation, as each role meets them.

use super::{Column, House, START_MS, report, table};
use cabinet_acts::RegisterAct;
use cabinet_app::App;
use cabinet_domain::{Lease, Letterhead, Member, Roster};
use cabinet_ledger::{ControlV1, DeviceId, EntryId, InvitationId, PersonId, SpaceId};
use cabinet_vault::NewEntry;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

struct Try<'a> {
    column: Column<'a>,
    register: SpaceId,
}

impl Try<'_> {
    async fn cell(&mut self, act: &str, name: &str, request: Value, raw: NewEntry) -> bool {
        let is_allowed = self.column.command(act, name, request).await;
        if !is_allowed {
            self.past_the_app(act, raw).await;
        }
        is_allowed
    }

    /// The hub itself refuses it: what has a place in the register is heeded.
    async fn past_the_app(&mut self, act: &str, raw: NewEntry) {
        let (officer, register) = (self.column.org.officer.clone(), self.register);
        let said = |entry: EntryId| super::has_place(&officer, register, entry).then_some(false);
        self.column.past_the_app(act, raw, said).await;
    }

    fn act(&self, act: RegisterAct) -> NewEntry {
        NewEntry::act(self.register, act.write())
    }

    fn control(&self, control: &ControlV1) -> NewEntry {
        NewEntry::control(Some(self.register), control)
    }

    async fn people(&mut self) {
        let new = PersonId([self.column.role.len() as u8 + 100; 16]);
        let raw = self.control(&ControlV1::RolesSet { person: new, roles: cabinet_ledger::role::MEMBER });
        let person = json!({"office": format!("Do {} thêm", self.column.role), "short": "M", "roles": ["guest"]});
        self.cell("add a person", "add_person", person, raw).await;

        let roles = ControlV1::RolesSet { person: new, roles: cabinet_ledger::role::ASSISTANT };
        let register = self.register;
        self.column.raw("change roles", register, self.control(&roles), super::keys::counted(register)).await;
        let granted = ControlV1::Granted { grants: vec![] };
        self.column.raw("hand on a key", register, self.control(&granted), super::keys::counted(register)).await;

        let people = self.column.org.people.clone();
        let member = |id: &String| {
            let id: PersonId = id.parse().unwrap();
            Member { person: cabinet_domain::PersonId(uuid::Uuid::from_bytes(id.0)), is_prime_minister: false }
        };
        let from = "2016-01-01".parse().unwrap();
        let raw = self.act(RegisterAct::RosterSet(Roster { from, members: people.iter().map(member).collect() }));
        let roster = json!({"from": "2016-01-01", "members": people, "prime_minister": people[0]});
        self.cell("set the roster", "set_roster", roster, raw).await;

        let words = |text: &str| text.to_owned();
        let letterhead = Letterhead { above: words(""), agency: words("VĂN PHÒNG"), place: words("Hà Nội") };
        let request = json!({"above": "", "agency": letterhead.agency, "place": letterhead.place});
        let raw = self.act(RegisterAct::LetterheadSet(letterhead));
        self.cell("set the letterhead", "set_letterhead", request, raw).await;
        self.lease().await;
    }

    /// The hub takes one from a secretary, who may write in the register, and every laptop passes it over.
    async fn lease(&mut self) {
        let raw = self.act(RegisterAct::LeaseSet(Lease::of_hours(24)));
        let officer = self.column.org.officer.clone();
        if self.column.command("set the lease", "set_lease", json!({"days": null})).await {
            return;
        }
        let register = self.register;
        let said = |entry: EntryId| {
            super::has_place(&officer, register, entry)
                .then(|| officer.with_laptop(|laptop, _| Ok(laptop.lease().is_none())).unwrap())
        };
        self.column.past_the_app("set the lease", raw, said).await;
    }

    async fn laptops(&mut self) {
        let (org, app) = (self.column.org, self.column.app);
        let (person, waiting) = org.request(&format!("Máy chờ {}", self.column.role)).await.unwrap();
        let invited = ControlV1::Invited {
            invitation: InvitationId([7; 16]),
            person: person.parse().unwrap(),
            expires_ms: START_MS + 3_600_000,
            key: cabinet_ledger::PublicKeyV1::signing(cabinet_seal::SigningKey::make().public()),
        };
        let raw = self.control(&invited);
        self.cell("invite a laptop", "invite", json!({"person": person}), raw).await;

        let known = async |app: &App| {
            let all = call(app, "devices", Value::Null).await.unwrap();
            all.as_array().unwrap().iter().any(|d| d["person"] == person.as_str())
        };
        let id: DeviceId = waiting.parse().unwrap();
        until("the waiting laptop here", async || {
            app.with_laptop(|l, _| Ok(l.register().is_some_and(|r| r.devices.contains_key(&id)))).map_err(Into::into)
        })
        .await
        .unwrap();
        let sees_all = known(app).await;
        self.column.tried("see everybody's laptops", sees_all);

        let request = app.with_laptop(|l, _| Ok(l.register().unwrap().devices[&id].request)).unwrap();
        let raw = self.control(&ControlV1::DeviceAdmitted { device: id, request });
        let device = json!({"device": waiting});
        self.cell("admit a laptop", "confirm_device", device.clone(), raw).await;
        // Whoever else signs, it counts with the inviter's word.
        if self.column.role != "officer" {
            call(&org.officer, "confirm_device", device.clone()).await.unwrap();
        }
        org.has_state(app, id, cabinet_ledger::DeviceState::Admitted).await.unwrap();
        let raw = self.control(&ControlV1::DeviceRevoked { device: id });
        self.cell("shut a laptop out", "revoke_device", device, raw).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rights_in_the_organisation_hold_in_the_app_and_against_the_hub() {
    let (roles, acts) = table("## Who may do what in the organisation");
    let house = House::found().await;
    let org = &house.org;
    let register = org.officer.with_laptop(|laptop, _| Ok(laptop.me()?.register)).unwrap();
    let mut tried = Vec::new();
    for (at, role) in roles.iter().enumerate() {
        let column = Column::new(org, role, house.app(role), &acts, at);
        let mut tries = Try { column, register };
        tries.people().await;
        tries.laptops().await;
        tried.push(tries.column.done());
    }
    report(roles.len(), acts.len(), &tried);
}

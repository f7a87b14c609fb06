//! A laptop that is shut out reads why, hands in what it had signed, and erases itself; on a hub's mere word it does not.

use cabinet_acts::{RegisterAct, write_form_act};
use cabinet_app::App;
use cabinet_domain::{FormAct, Letterhead};
use cabinet_ledger::{ControlV1, EntryId, PersonId, SpaceId};
use cabinet_vault::{NewEntry, Store};
use ecabinet_tests::org::*;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revoked_laptop_erases_itself_at_its_next_contact() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let vault = folder.path().join("member-1/vault.db");
    let app: App = org.members[0].clone();
    let form = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    let has_form =
        async || Ok(call(&app, "form", json!({"form": form})).await.is_ok_and(|v| v["may"]["answer"] == true));
    until("the form", has_form).await.unwrap();
    app.set_network_off(true);
    let devices = call(&org.officer, "devices", Value::Null).await.unwrap();
    let device =
        devices.as_array().unwrap().iter().find(|d| d["person"] == json!(org.people[0])).unwrap()["id"].clone();
    call(&org.officer, "revoke_device", json!({"device": device})).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    until("the register says so", async || {
        let devices = call(&org.officer, "devices", Value::Null).await?;
        Ok(devices.as_array().unwrap().iter().any(|d| d["id"] == device && d["state"] == "revoked"))
    })
    .await
    .unwrap();
    // What it signs by its own key now, past its screens, has no place anywhere.
    let signed = sign_everything(&app, form.parse().unwrap());
    assert!(vault.exists() && call(&app, "status", Value::Null).await.unwrap()["stage"] == "ready");
    app.set_network_off(false);
    // The key goes first and the mark is left last.
    until("it erased itself", async || {
        let status = call(&app, "status", Value::Null).await?;
        Ok(status["stage"] == "empty" && status["is_shut_out"] == true)
    })
    .await
    .unwrap();
    assert!(!vault.exists() && !folder.path().join("member-1/vault.key").exists());
    let taken = org.officer.with_laptop(|laptop, _| {
        let register = laptop.me()?.register;
        let spaces = [register, form.parse().unwrap()];
        let rows = spaces.iter().map(|space| laptop.store().entries(*space, 0)).collect::<Result<Vec<_>, _>>()?;
        Ok(rows.into_iter().flatten().filter(|row| signed.contains(&row.id)).count())
    });
    assert_eq!((signed.len(), taken.unwrap()), (12, 0));
    // The other member's laptop stays, and goes on.
    let other = call(&org.members[1], "status", Value::Null).await.unwrap();
    assert_eq!((&other["stage"], &other["is_shut_out"]), (&json!("ready"), &json!(false)));
    org.stop_hub().await.unwrap();
}

/// An act of each table of rights, signed with a laptop's own key.
fn sign_everything(app: &App, form: SpaceId) -> Vec<EntryId> {
    let sign = |laptop: &mut cabinet_vault::Laptop<_>, now: u64| {
        let (me, register) = (laptop.me()?.clone(), laptop.me()?.register);
        let controls = [
            (register, ControlV1::RolesSet { person: me.person, roles: cabinet_ledger::role::GUEST }),
            (register, ControlV1::DeviceRevoked { device: me.device }),
            (register, ControlV1::Granted { grants: vec![] }),
            (form, ControlV1::MembersAdded { members: vec![PersonId([9; 16])] }),
            (form, ControlV1::Granted { grants: vec![] }),
            (form, ControlV1::VersionRaised { version: 2 }),
        ];
        let forms = [
            FormAct::Approved { by: "Tôi".into() },
            FormAct::Recalled { reason: "Nhầm".into() },
            FormAct::Closed { prevented: vec![] },
            FormAct::Published(vec![]),
        ];
        let names = [RegisterAct::LetterheadSet(Letterhead::default()), RegisterAct::LawAdded("[rule_set]".into())];
        let controls = controls.iter().map(|(space, control)| NewEntry::control(Some(*space), control));
        let acts = forms.iter().map(|act| NewEntry::act(form, write_form_act(act).unwrap()));
        let names = names.iter().map(|act| NewEntry::act(register, act.write()));
        let all: Vec<NewEntry> = controls.chain(acts).chain(names).collect();
        let signed: Result<Vec<_>, _> = all.into_iter().map(|new| laptop.sign(new, now).map(|(id, _)| id)).collect();
        Ok(signed?)
    };
    app.with_laptop(sign).unwrap()
}

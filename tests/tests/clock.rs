//! Days and deadlines are the hub's, whatever a laptop's clock says.

use cabinet_app::App;
use cabinet_vault::Store;
use ecabinet_tests::org::*;
use serde_json::json;

/// Wednesday 2026-06-03, 08:00 in Vietnam.
const START_MS: u64 = 1_780_448_400_000;
const TWO_DAYS_MS: u64 = 2 * 24 * 3_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn form_from_a_laptop_whose_clock_is_days_behind_is_dated_by_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let plan = json!({"working_days": 3});
    let expected = call(&org.officer, "plan_form", plan.clone()).await.unwrap()["deadline"].clone();
    // The officer's laptop, on its folder again, with a clock of its own.
    let behind = TestClock::at(START_MS - TWO_DAYS_MS);
    let slow = App::new(&folder.path().join("secretary"), behind.clock());
    call(&org.officer, "lock", json!(null)).await.unwrap();
    org.officer = slow;
    org.officer.start();
    until("the profile is free", async || {
        Ok(call(&org.officer, "unlock", json!({"passphrase": PASSPHRASE})).await.is_ok())
    })
    .await
    .unwrap();
    let is_known = async || Ok(call(&org.officer, "plan_form", plan.clone()).await?["deadline"] == expected);
    until("the hub's time is known", is_known).await.unwrap();
    let form = org.send_form(FormDraft::plain("131/PLYK", "2026-06-03")).await.unwrap();
    let issued = async || {
        let view = call(&org.members[1], "form", json!({"form": form})).await;
        Ok(view.is_ok_and(|view| view["phase"] == "issued" && view["deadline"] == expected))
    };
    until("the member has the form, due when the hub's day says", issued).await.unwrap();
}

/// The clock of a laptop that is online goes days ahead: nothing is closed before the hub says that it is time, and what was tried too early
/// is not tried again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn laptop_whose_clock_jumps_ahead_closes_nothing_early() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let own = TestClock::at(START_MS);
    let teller = App::new(&folder.path().join("secretary"), own.clock());
    call(&org.officer, "lock", json!(null)).await.unwrap();
    org.officer = teller;
    org.officer.start();
    call(&org.officer, "unlock", json!({"passphrase": PASSPHRASE})).await.unwrap();
    let form = org.send_form(FormDraft::plain("132/PLYK", "2026-06-03")).await.unwrap();
    let space = form.parse().unwrap();
    org.all_sent(&org.officer).await.unwrap();
    let phase = async || call(&org.officer, "form", json!({"form": form})).await.unwrap()["phase"].clone();
    until("the form back from the hub", async || Ok(phase().await == "issued" && org.officer.unsent() == 0))
        .await
        .unwrap();
    let closings = |app: &App| {
        let rows = app.with_laptop(|laptop, _| Ok(laptop.store().entries(space, 0)?)).unwrap();
        rows.into_iter().filter(|row| row.kind == cabinet_acts::kind::CLOSED).count()
    };
    own.advance(10 * 24 * 3_600_000);
    for _ in 0..20 {
        call(&org.members[0], "answer", json!({"form": form, "questions": [says("agree", "")]})).await.unwrap();
        org.all_sent(&org.members[0]).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!((closings(&org.officer), phase().await), (0, json!("issued")));
    // The hub's own time passes the deadline, for all at once: no laptop closes it twice.
    clock.advance(10 * 24 * 3_600_000);
    until("the form is closed", async || Ok(phase().await == "closed")).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    assert!((1..=1 + org.members.len()).contains(&closings(&org.officer)));
}

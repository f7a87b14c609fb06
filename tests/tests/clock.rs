//! Days and deadlines are the hub's, whatever a laptop's clock says.

use cabinet_app::App;
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

//! A laptop that is shut out reads why, hands in what it had signed, and erases itself; on a hub's mere word it does not.

use cabinet_app::App;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

const START_MS: u64 = 1_780_275_600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revoked_laptop_erases_itself_at_its_next_contact() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let vault = folder.path().join("member-1/vault.db");
    let app: App = org.members[0].clone();
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
    // The other member's laptop stays, and goes on.
    let other = call(&org.members[1], "status", Value::Null).await.unwrap();
    assert_eq!((&other["stage"], &other["is_shut_out"]), (&json!("ready"), &json!(false)));
    org.stop_hub().await.unwrap();
}

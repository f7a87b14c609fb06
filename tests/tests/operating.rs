//! What docs/OPERATING.md promises of a full disk and of a backup taken while the hub serves.

use cabinet_hub::{Clocks, Serving, serve};
use ecabinet_tests::org::*;
#[cfg(target_os = "linux")]
use ecabinet_tests::small_disk::SmallDisk;
use serde_json::{Value, json};
use std::process::Command;

async fn add(org: &Org, office: &str) {
    call(&org.officer, "add_person", json!({"office": office, "short": "B", "roles": ["member"]})).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn full_disk_of_the_hub_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SmallDisk::at(&folder.path().join("hub"));
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    disk.leave(100_000);
    for n in 0..400 {
        add(&org, &format!("Bộ trưởng số {n}")).await;
    }
    until("the hub says that it is full", async || {
        Ok(get(org.address, "/metrics")?
            .lines()
            .any(|l| l.starts_with("ecabinet_store_failures_total ") && !l.ends_with(" 0")))
    })
    .await
    .unwrap();
    assert!(org.officer.unsent() > 0, "the rest waits on the laptop");
    disk.make_room();
    org.all_sent(&org.officer).await.unwrap();
    // Everything that was acknowledged stands, after a restart too.
    org.stop_hub().await.unwrap();
    org.start_hub().await.unwrap();
    until("all are seen", async || Ok(call(&org.officer, "people", Value::Null).await?.to_string().contains("số 399")))
        .await
        .unwrap();
    org.stop_hub().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn backup_taken_while_the_hub_serves_starts() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let (hub, backup) = (folder.path().join("hub"), folder.path().join("backup"));
    std::fs::create_dir(&backup).unwrap();
    let source = rusqlite::Connection::open(hub.join("ledger.db")).unwrap();
    source.execute("VACUUM INTO ?1", [backup.join("ledger.db").display().to_string()]).unwrap();
    for part in ["papers", "identity"] {
        assert!(Command::new("cp").arg("-a").arg(hub.join(part)).arg(&backup).status().unwrap().success());
    }
    org.stop_hub().await.unwrap();
    std::fs::rename(&hub, folder.path().join("lost")).unwrap();
    std::fs::rename(&backup, &hub).unwrap();
    org.start_hub_as(true).await.unwrap();
    org.stop_hub().await.unwrap();
    org.start_hub().await.unwrap();
    add(&org, "Bộ trưởng Bộ Y tế").await;
    org.all_sent(&org.officer).await.unwrap();
    org.stop_hub().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hub_whose_clock_is_set_stamps_nothing_until_it_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let (wall, counter) = (TestClock::at(START_MS), TestClock::at(0));
    let (data, listen) = (folder.path().join("hub"), "127.0.0.1:0".parse().unwrap());
    let clocks = Clocks::new(wall.clock(), counter.clock());
    let hub = serve(Serving { data, listen, clocks, is_plain: true, is_restored: false }).await.unwrap();
    let line = format!("{}#{}.{}", hub.url(), hub.certificate, hub.token.clone().unwrap());
    let org = Org::found_on(folder.path(), wall.clock(), 1, &line).await.unwrap();
    wall.advance(3_600_000);
    assert!(get(hub.address, "/healthz").unwrap_err().to_string().contains("503"));
    assert!(get(hub.address, "/metrics").unwrap().contains("ecabinet_clock_wrong 1"));
    add(&org, "Bộ trưởng Bộ Nội vụ").await;
    let waits = async || anyhow::Ok(call(&org.officer, "status", Value::Null).await?["hub_waits"].clone());
    until("the laptop says why", async || Ok(waits().await? == "clock_wrong")).await.unwrap();
    assert!(org.officer.unsent() > 0, "what was signed is kept");
    counter.advance(3_600_000);
    org.all_sent(&org.officer).await.unwrap();
    assert_eq!(waits().await.unwrap(), Value::Null);
    assert_eq!(get(hub.address, "/healthz").unwrap(), "ok\n");
    hub.stop().await.unwrap();
}

/// A stick that is full: what was written on it before stays whole, and nothing half-written is left.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn export_to_a_full_disk_leaves_the_earlier_one_whole() {
    let folder = tempfile::tempdir().unwrap();
    let stick = folder.path().join("stick");
    let disk = SmallDisk::at(&stick);
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 1, true).await.unwrap();
    let form = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    let path = stick.join("phieu.ecrec");
    let export = json!({"form": form, "kind": "record", "path": path});
    until("the form back from the hub", async || Ok(call(&org.officer, "export_form", export.clone()).await.is_ok()))
        .await
        .unwrap();
    let earlier = std::fs::read(&path).unwrap();
    disk.leave(100);
    let refused = cabinet_app::rpc(&org.officer, "export_form", export.clone()).await.unwrap_err();
    assert_eq!(refused.code, "disk_full");
    assert_eq!(std::fs::read(&path).unwrap(), earlier);
    assert_eq!(std::fs::read_dir(&stick).unwrap().count(), 1, "the export alone");
    disk.make_room();
    call(&org.officer, "export_form", export).await.unwrap();
    org.stop_hub().await.unwrap();
}

//! A second laptop of the same person gets the whole story; and a button pressed twice vouches once.

use crate::path::form;
use cabinet_app::App;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn second_laptop_of_a_person_gets_the_whole_story() {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let mut org = Org::found(folder.path(), clock.clock(), 2, true).await.unwrap();
    let id = org.send_form(FormDraft::plain("1/PLYK", "2026-05-30")).await.unwrap();
    let first = &org.members[0];
    until("the form", async || {
        Ok(call(first, "form", json!({"form": id})).await.is_ok_and(|v| v["may"]["answer"] == true))
    })
    .await
    .unwrap();
    let answer = json!({"form": id, "questions": [says("other", "Đề nghị 12 tháng")]});
    call(first, "answer", answer).await.unwrap();
    org.all_sent(first).await.unwrap();

    let code = call(&org.officer, "invite", json!({"person": org.people[0]})).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    let second = App::new(&folder.path().join("second"), clock.clock());
    second.start();
    call(&second, "enrol", json!({"code": code["code"], "passphrase": PASSPHRASE})).await.unwrap();
    let mut device = Value::Null;
    until("the request", async || {
        let devices = call(&org.officer, "devices", Value::Null).await?;
        let asking = devices.as_array().unwrap().iter().find(|d| d["state"] == "requested").cloned();
        device = asking.map_or(Value::Null, |d| d["id"].clone());
        Ok(!device.is_null())
    })
    .await
    .unwrap();
    // Pressed twice before the first has come back.
    org.officer.set_network_off(true);
    for _ in 0..2 {
        call(&org.officer, "confirm_device", json!({"device": device})).await.unwrap();
    }
    assert_eq!(org.officer.unsent(), 1);
    org.officer.set_network_off(false);

    until("the whole story", async || {
        let view = call(&second, "form", json!({"form": id})).await;
        Ok(view.is_ok_and(|v| v["my_answers"][0]["state"] == "received" && !v["my_answers"][0]["questions"].is_null()))
    })
    .await
    .unwrap();
    let mine = form(&second, &id).await["my_answers"][0].clone();
    assert_eq!(mine["questions"][0]["remark"], "Đề nghị 12 tháng");
    // An answer from the second laptop replaces the first laptop's, since it knows of it.
    call(&second, "answer", json!({"form": id, "questions": [says("agree", "")]})).await.unwrap();
    org.all_sent(&second).await.unwrap();
    until("the first laptop sees it", async || {
        let mine = form(first, &id).await["my_answers"].clone();
        Ok(mine.as_array().unwrap().len() == 2 && mine[1]["state"] == "replaced")
    })
    .await
    .unwrap();
    org.stop_hub().await.unwrap();
}

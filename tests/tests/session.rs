//! A session from its agenda to results that stand: real hub, real vaults, real PDFs, two secretaries, a guest, the network gone on the way.

use crate::path::small_pdf;
use cabinet_app::App;
use cabinet_vault::Store;
use ecabinet_tests::org::*;
use serde_json::{Value, json};

async fn ballots_due(app: &App) -> Value {
    call(app, "home", Value::Null).await.unwrap()["sessions"][0]["ballots_due"].clone()
}

async fn read(app: &App, id: &str) -> Value {
    call(app, "session", json!({"session": id, "is_draft": false, "version": null, "since": null})).await.unwrap()
}

async fn draft(app: &App, id: &str) -> Value {
    call(app, "session", json!({"session": id, "is_draft": true, "version": null, "since": null})).await.unwrap()
}

/// Waits until a laptop's session is as asked.
async fn until_session(app: &App, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    let asked = json!({"session": id, "is_draft": false, "version": null, "since": null});
    // A laptop tries a hub that was gone again after 30 s at the latest; a busy machine lets it fail once more.
    let found = until_within(std::time::Duration::from_secs(90), what, async || {
        last = call(app, "session", asked.clone()).await.unwrap_or(Value::Null);
        Ok(!last.is_null() && is_so(&last))
    })
    .await;
    assert!(found.is_ok(), "{what}: {last:#}");
    last
}

async fn refused(app: &App, name: &str, arguments: Value) -> String {
    match cabinet_app::rpc(app, name, arguments).await {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.code,
    }
}

/// The entries of a session on a laptop, with their bodies as far as it can open them.
fn opened(app: &App, id: &str) -> Vec<Option<Vec<u8>>> {
    let space = id.parse().unwrap();
    let rows = app.with_laptop(|laptop, _| Ok(laptop.store().entries(space, 0)?)).unwrap();
    rows.into_iter().map(|row| row.body).collect()
}

fn item(view: &Value, title: &str) -> Value {
    let items = view["items"].as_array().unwrap();
    items.iter().find(|i| i["title"] == title).cloned().unwrap_or(Value::Null)
}

const LIST: &str = "I. Xây dựng pháp luật\n1. Dự án Luật Đầu tư công (Bộ Tài chính trình)\n2. Nghị định về dữ liệu số (Bộ Công an trình)\n\
    II. Kinh tế - xã hội\n3. Báo cáo tình hình kinh tế (Bộ Tài chính)\n4. Nhân sự";
const LAW: &str = "Dự án Luật Đầu tư công";
const DATA: &str = "Nghị định về dữ liệu số";
const PEOPLE: &str = "Nhân sự";

struct Room {
    org: Org,
    clock: TestClock,
    second: App,
    guest: App,
    id: String,
    _folder: tempfile::TempDir,
}

/// Five members, two secretaries, a guest; an agenda pasted, papers filed from a folder, one item for members only, sent as A.
async fn prepared() -> Room {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(START_MS);
    let org = Org::found(folder.path(), clock.clock(), 5, true).await.unwrap();
    let (_, second) = org.enrol("Vụ Pháp luật", "PL", &["secretary"]).await.unwrap();
    let (guest_id, guest) = org.enrol("Chủ tịch Hội đồng tư vấn", "KM", &["guest"]).await.unwrap();
    let invited: Vec<&str> = org.people.iter().map(String::as_str).chain([guest_id.as_str()]).collect();
    let made = json!({"title": "Phiên họp thường kỳ tháng 6", "kind": "regular", "place": "Phòng họp số 1", "is_online": false,
        "starts_at": START_MS + 7_200_000, "chair": org.people[0], "invited": invited, "copy_of": null});
    let made = call(&org.officer, "create_session", made).await.unwrap();
    let id = made["session"].as_str().unwrap().to_owned();
    call(&org.officer, "add_items", json!({"session": id, "text": LIST, "after": null})).await.unwrap();
    let papers = folder.path().join("papers");
    std::fs::create_dir_all(papers.join("4 Nhan su")).unwrap();
    for (name, words) in
        [("01 To trinh.pdf", "Luat"), ("nghi-dinh-du-lieu-so.pdf", "Du lieu"), ("4 Nhan su/Danh sach.pdf", "Nhan su")]
    {
        std::fs::write(papers.join(name), small_pdf(words)).unwrap();
    }
    std::fs::write(papers.join("khac.txt"), "x").unwrap();
    let plan = call(&org.officer, "plan_files", json!({"session": id, "paths": [papers]})).await.unwrap();
    let plan = plan.as_array().unwrap();
    assert_eq!(plan.iter().filter(|f| f["item"].is_null()).count(), 1, "what did not match is listed: {plan:?}");
    let people = item(&draft(&org.officer, &id).await, PEOPLE);
    let edit = json!({"session": id, "item": people["id"], "field": "audience", "value": "members", "on": []});
    call(&org.officer, "edit_session", edit).await.unwrap();
    let files: Vec<Value> = plan.iter().filter(|f| !f["item"].is_null()).cloned().collect();
    let unfiled = call(&org.officer, "file_files", json!({"session": id, "files": files})).await.unwrap();
    assert_eq!(unfiled, json!([]));
    call(&org.officer, "issue_session", json!({"session": id})).await.unwrap();
    Room { org, clock, second, guest, id, _folder: folder }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn agenda_reaches_who_may_see_it_and_changes_are_shown() {
    let room = prepared().await;
    let (org, id) = (&room.org, &room.id);
    let member = &org.members[1];
    let view =
        until_session(member, id, "A", |v| v["letter"] == "A" && item(v, PEOPLE)["papers"][0]["here"] == 1.0).await;
    let numbers: Vec<_> = view["items"].as_array().unwrap().iter().map(|i| i["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["I", "1", "2", "II", "3", "4"]);
    assert_eq!(item(&view, LAW)["presenter"], "Bộ Tài chính");

    // The guest meets the item that is for members nowhere: not in the list, not in counts, not in search, not as a page.
    let guests = until_session(&room.guest, id, "A at the guest's", |v| v["letter"] == "A").await;
    assert_eq!((item(&guests, PEOPLE), guests["items"].as_array().unwrap().len()), (Value::Null, 5));
    assert!(!guests.to_string().contains("Nhan su") && !guests.to_string().contains(PEOPLE));
    assert_eq!(guests["is_incomplete"], false, "what is not for the guest is not missing");
    let sessions = call(&room.guest, "sessions", Value::Null).await.unwrap();
    assert_eq!((&sessions[0]["items"], &sessions[0]["papers"]), (&json!(3), &json!(2)));
    assert_eq!(call(&room.guest, "search", json!({"words": "nhan su"})).await.unwrap(), json!([]));
    assert_eq!(call(member, "search", json!({"words": "nhan su"})).await.unwrap().as_array().unwrap().len(), 1);
    let hidden = item(&view, PEOPLE)["papers"][0]["hash"].clone();
    assert_eq!(refused(&room.guest, "paper", json!({"form": id, "paper": hidden})).await, "not_found");
    call(member, "paper", json!({"form": id, "paper": hidden})).await.unwrap();

    // What is said of it goes where the item goes: the guest's laptop has the entry, and no key for it.
    let reason = "Hồ sơ chưa đủ tiêu chuẩn";
    let objection =
        json!({"session": id, "item": item(&view, PEOPLE)["id"], "position": "objection", "reason": reason});
    call(member, "position", objection).await.unwrap();
    until_session(&org.officer, id, "the objection", |v| item(v, PEOPLE)["positions"][0]["reason"] == reason).await;
    until("the entry at the guest's", async || Ok(opened(&room.guest, id).len() == opened(&org.officer, id).len()))
        .await
        .unwrap();
    let reads = |app| opened(app, id).iter().flatten().any(|body| String::from_utf8_lossy(body).contains(reason));
    assert_eq!((reads(&org.officer), reads(&room.guest)), (true, false));
    assert_eq!(read(&room.guest, id).await["is_incomplete"], false);

    // Two secretaries, one of them offline: both changes stand; of the one that crossed, somebody chooses.
    until_session(&room.second, id, "the second secretary has A", |v| v["letter"] == "A").await;
    room.second.set_network_off(true);
    let seen = item(&draft(&room.second, id).await, LAW);
    let write = |field: &str, value: &str| json!({"session": id, "item": seen["id"], "field": field, "value": value, "on": seen["on"][field]});
    call(&room.second, "edit_session", write("title", "Luật Đầu tư công (sửa đổi)")).await.unwrap();
    call(&room.second, "edit_session", write("presenter", "Bộ trưởng Bộ Tài chính")).await.unwrap();
    call(&org.officer, "edit_session", write("title", "Dự án Luật Đầu tư công 2026")).await.unwrap();
    org.all_sent(&org.officer).await.unwrap();
    room.second.set_network_off(false);
    let mut crossed = Value::Null;
    until("the conflict", async || {
        let now = draft(&org.officer, id).await;
        crossed = now["conflicts"].clone();
        // What did not cross stands.
        let is_there = now["items"].as_array().unwrap().iter().any(|i| i["presenter"] == "Bộ trưởng Bộ Tài chính");
        Ok(crossed.as_array().unwrap().len() == 1 && is_there)
    })
    .await
    .unwrap();
    assert_eq!(refused(&org.officer, "issue_session", json!({"session": id})).await, "agenda_conflicts");
    let chosen =
        crossed[0]["choices"].as_array().unwrap().iter().find(|c| c[1] == "Dự án Luật Đầu tư công 2026").unwrap()[0]
            .clone();
    let settle = json!({"session": id, "item": crossed[0]["item"], "field": "title", "entry": chosen});
    call(&org.officer, "settle_conflict", settle).await.unwrap();
    let data = item(&view, DATA);
    let postponed = json!({"session": id, "item": data["id"], "field": "standing", "value": "postponed", "on": []});
    call(&org.officer, "edit_session", postponed).await.unwrap();
    call(member, "seen_session", json!({"session": id})).await.unwrap();
    call(&org.officer, "issue_session", json!({"session": id})).await.unwrap();
    let second = until_session(member, id, "B", |v| v["letter"] == "B").await;
    let kinds: Vec<_> = second["changes"].as_array().unwrap().iter().map(|c| c["kind"].as_str().unwrap()).collect();
    assert_eq!((kinds.as_slice(), &second["changes_since"]), (["changed", "postponed"].as_slice(), &json!("A")));
    let first = json!({"session": id, "is_draft": false, "version": 0, "since": null});
    let first = call(member, "session", first).await.unwrap();
    assert_eq!(item(&first, LAW)["title"], LAW, "what was sent stays as it was");

    // An item that a later version keeps to the members is taken away from the guest.
    let guests = until_session(&room.guest, id, "B at the guest's", |v| v["letter"] == "B").await;
    assert!(!item(&guests, "Báo cáo tình hình kinh tế").is_null());
    let report = item(&draft(&org.officer, id).await, "Báo cáo tình hình kinh tế");
    let edit = json!({"session": id, "item": report["id"], "field": "audience", "value": "members", "on": []});
    call(&org.officer, "edit_session", edit).await.unwrap();
    call(&org.officer, "issue_session", json!({"session": id})).await.unwrap();
    let guests = until_session(&room.guest, id, "C at the guest's", |v| v["letter"] == "C").await;
    assert!(item(&guests, "Báo cáo tình hình kinh tế").is_null());
    let members = until_session(member, id, "C", |v| v["letter"] == "C").await;
    assert!(!item(&members, "Báo cáo tình hình kinh tế").is_null());

    // Who is not invited any more opens nothing that is written from here on.
    let people: Vec<String> = org.people.clone();
    let edit = json!({"session": id, "item": null, "field": "invited", "value": people, "on": draft(&org.officer, id).await["on"]["invited"]});
    call(&org.officer, "edit_session", edit).await.unwrap();
    let edit = json!({"session": id, "item": null, "field": "place", "value": "Phòng họp mới", "on": draft(&org.officer, id).await["on"]["place"]});
    call(&org.officer, "issue_session", json!({"session": id})).await.unwrap();
    call(&org.officer, "edit_session", edit).await.unwrap();
    call(&org.officer, "issue_session", json!({"session": id})).await.unwrap();
    until_session(member, id, "E", |v| v["place"] == "Phòng họp mới").await;
    assert_ne!(read(&room.guest, id).await["place"], "Phòng họp mới");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_are_cast_online_and_offline_and_every_laptop_computes_the_same_result() {
    let mut room = prepared().await;
    let id = room.id.clone();
    for member in &room.org.members {
        until_session(member, &id, "A", |v| v["letter"] == "A").await;
    }
    let law = item(&read(&room.org.officer, &id).await, LAW)["id"].clone();
    let data = item(&read(&room.org.officer, &id).await, DATA)["id"].clone();
    let reply =
        |attends: bool, reason: &str| json!({"session": id, "attends": attends, "reason": reason, "substitute": ""});
    assert_eq!(refused(&room.org.members[4], "reply_session", reply(false, "")).await, "session.reason_missing");
    call(&room.org.members[4], "reply_session", reply(false, "Công tác nước ngoài")).await.unwrap();
    let position = |position: &str| json!({"session": id, "item": law, "position": position, "reason": ""});
    call(&room.org.members[1], "position", position("no_objection")).await.unwrap();
    assert_eq!(refused(&room.guest, "position", position("no_objection")).await, "session.not_allowed");
    let officer = &room.org.officer;
    until_session(officer, &id, "the position", |v| v["proposal"]["block"] == json!([law])).await;
    let absent = until_session(officer, &id, "the absence", |v| v["invited"][4]["attends"] == false).await;
    let consent = json!({"session": id, "person": absent["invited"][4]["person"], "is_granted": true});
    assert_eq!(refused(officer, "consent", consent.clone()).await, "session.not_allowed");
    let prime_minister = &room.org.members[0];
    until_session(prime_minister, &id, "the absence", |v| v["invited"][4]["attends"] == false).await;
    call(prime_minister, "consent", consent).await.unwrap();

    room.clock.advance(7_200_000);
    let open_vote = |item: &Value, question: &str| {
        json!({"session": id, "items": [item], "question": question, "options": [], "is_live": false, "without_quorum": null,
            "repeats": null, "reason": ""})
    };
    assert_eq!(refused(officer, "open_vote", open_vote(&law, "Thông qua")).await, "session.wrong_phase");
    call(officer, "open_session", json!({"session": id})).await.unwrap();
    assert_eq!(refused(officer, "open_vote", open_vote(&law, "Thông qua")).await, "session.no_quorum");
    for member in &room.org.members[..4] {
        until_session(member, &id, "open", |v| v["phase"] == "open").await;
        call(member, "room", json!({"session": id, "act": "check_in", "is_elsewhere": false})).await.unwrap();
    }
    until_session(officer, &id, "quorum", |v| v["quorum"]["present"] == 4).await;
    call(officer, "open_vote", open_vote(&law, "Thông qua")).await.unwrap();

    // A tie, 2 : 2, broken by the Prime Minister's vote; one ballot is changed, one is cast offline while the hub is killed.
    let mut vote = Value::Null;
    for member in &room.org.members {
        vote = until_session(member, &id, "the vote", |v| v["votes"][0]["is_open"] == true).await["votes"][0]["id"]
            .clone();
    }
    let ballot = |choice: &str| json!({"session": id, "vote": vote, "choice": choice, "remark": "", "is_reserved": choice == "no"});
    call(&room.org.members[0], "cast_ballot", ballot("yes")).await.unwrap();
    call(&room.org.members[1], "cast_ballot", ballot("no")).await.unwrap();
    room.org.all_sent(&room.org.members[1]).await.unwrap();
    call(&room.org.members[1], "cast_ballot", ballot("yes")).await.unwrap();
    room.org.all_sent(&room.org.members[1]).await.unwrap();
    assert_eq!(refused(&room.guest, "cast_ballot", ballot("yes")).await, "session.not_on_roster");
    assert_eq!(ballots_due(&room.org.members[0]).await, json!([]));
    assert_eq!(ballots_due(&room.org.members[2]).await, json!([vote]));
    assert_eq!(ballots_due(&room.guest).await, json!([]));
    room.org.stop_hub().await.unwrap();
    call(&room.org.members[2], "cast_ballot", ballot("no")).await.unwrap();
    assert_eq!(ballots_due(&room.org.members[2]).await, json!([]), "signed here, on its way");
    assert_eq!(read(&room.org.members[2], &id).await["votes"][0]["mine"]["state"], "waiting");
    call(&room.org.members[3], "cast_ballot", ballot("no")).await.unwrap();
    room.org.start_hub().await.unwrap();
    let officer = &room.org.officer;
    let cast = until_session(officer, &id, "four ballots", |v| v["votes"][0]["cast"] == 4).await;
    assert_eq!(cast["votes"][0]["counts"], json!([]), "hidden until closing");
    // One changes theirs without a network, and the vote is closed meanwhile.
    let late = &room.org.members[2];
    late.set_network_off(true);
    call(late, "cast_ballot", ballot("yes")).await.unwrap();
    let changed = read(late, &id).await["votes"][0]["mine"].clone();
    assert_eq!((&changed["state"], &changed["choice"]), (&json!("waiting"), &json!("yes")));
    assert_eq!(changed["held"]["choice"], "no", "what the hub holds is said too");
    call(officer, "close_vote", json!({"session": id, "vote": vote})).await.unwrap();
    until_session(&room.org.members[1], &id, "the closing", |v| v["votes"][0]["is_open"] == false).await;
    late.set_network_off(false);
    let mut results = Vec::new();
    for app in room.org.members.iter().chain([officer, &room.second, &room.guest]) {
        let view = until_session(app, &id, "the result", |v| !v["votes"][0]["result"].is_null()).await;
        results.push((view["votes"][0]["result"].clone(), view["votes"][0]["counts"].clone()));
    }
    assert!(results.windows(2).all(|w| w[0] == w[1]), "{results:#?}");
    assert_eq!(results[0].1, json!([["yes", 2], ["no", 2], ["other", 0]]));
    assert_eq!((&results[0].0["outcome"], &results[0].0["grounds"]), (&json!("adopted"), &json!("tie_broken")));
    let mine = read(&room.org.members[1], &id).await["votes"][0]["mine"].clone();
    assert_eq!((&mine["choice"], &mine["state"], &mine["held"]), (&json!("yes"), &json!("counted"), &Value::Null));
    let view = until_session(late, &id, "its fate", |v| v["votes"][0]["mine"]["state"] == "not_counted").await;
    assert_eq!(view["votes"][0]["mine"]["held"]["choice"], "no", "the earlier one counts, and that is said");

    // Late ballots and second votes.
    assert_eq!(refused(&room.org.members[4], "cast_ballot", ballot("yes")).await, "session.late");
    assert_eq!(refused(officer, "open_vote", open_vote(&law, "Lại")).await, "session.decided_before");

    // The chair opens the next one; hands are counted, with the guards.
    let chair = &room.org.members[0];
    call(chair, "open_vote", open_vote(&data, "Thông qua Nghị định")).await.unwrap();
    let second = until_session(officer, &id, "the second vote", |v| v["votes"][1]["is_open"] == true).await["votes"][1]
        ["id"]
        .clone();
    let count =
        |yes: u32, no: u32| json!({"session": id, "vote": second, "named": [], "counts": [["yes", yes], ["no", no]]});
    assert_eq!(refused(officer, "count_vote", count(4, 1)).await, "session.more_votes_than_people");
    call(officer, "count_vote", count(1, 3)).await.unwrap();
    call(chair, "close_vote", json!({"session": id, "vote": second})).await.unwrap();
    // Whichever of the two arrives first: paper ballots are counted after closing too.
    let said = json!([["yes", 1], ["no", 3], ["other", 0]]);
    let is_counted = |v: &Value| !v["votes"][1]["result"].is_null() && v["votes"][1]["counts"] == said;
    let counted = until_session(&room.org.members[2], &id, "the count", is_counted).await;
    until_session(&room.org.members[3], &id, "the count", is_counted).await;
    assert_eq!(counted["votes"][1]["result"]["outcome"], "not_adopted");

    // A laptop votes after numbers were written down: both sides are told that these stand no more.
    let again = json!({"session": id, "items": [data], "question": "Thông qua Nghị định", "options": [], "is_live": false,
        "without_quorum": null, "repeats": second, "reason": "Đếm lại"});
    call(chair, "open_vote", again).await.unwrap();
    let third =
        until_session(officer, &id, "the third vote", |v| v["votes"][2]["is_open"] == true).await["votes"][2]["id"]
            .clone();
    let numbers = json!({"session": id, "vote": third, "named": [], "counts": [["yes", 3]]});
    call(officer, "count_vote", numbers).await.unwrap();
    let voter = &room.org.members[3];
    let before = until_session(voter, &id, "the numbers", |v| v["votes"][2]["is_counted_by_number"] == true).await;
    assert_eq!(before["votes"][2]["is_counted_by_hand"], true);
    let cast = json!({"session": id, "vote": third, "choice": "no", "remark": "", "is_reserved": false});
    call(voter, "cast_ballot", cast).await.unwrap();
    let told = until_session(officer, &id, "a ballot beside the numbers", |v| v["votes"][2]["cast"] == 1).await;
    let (by_hand, by_number) = (&told["votes"][2]["is_counted_by_hand"], &told["votes"][2]["is_counted_by_number"]);
    assert_eq!((by_hand, by_number), (&json!(false), &json!(true)));
    call(chair, "close_vote", json!({"session": id, "vote": third})).await.unwrap();
    until_session(officer, &id, "the third result", |v| {
        v["votes"][2]["counts"] == json!([["yes", 0], ["no", 1], ["other", 0]])
    })
    .await;
    call(chair, "room", json!({"session": id, "act": "close"})).await.unwrap();
    until_session(&room.guest, &id, "closed", |v| v["phase"] == "closed").await;

    let is_settled = |v: &Value| v["votes"].as_array().unwrap().iter().all(|vote| vote["is_settled"] == true);
    until_session(&room.org.members[3], &id, "what counts is fixed", is_settled).await;
    // A stranger recounts it, and no byte of it can be changed.
    let record = cabinet_app::uses::export::record(&room.org.members[3], &id).unwrap();
    let recounted = cabinet_recount::recount(&record, Some(&room.org.fingerprint)).unwrap();
    assert!(recounted.is_genuine);
    let again = recounted.session().unwrap();
    let counts =
        |vote: usize| again.votes[vote].result.as_ref().unwrap().counts.iter().map(|c| c.count).collect::<Vec<_>>();
    assert_eq!((counts(0), counts(1)), (vec![2, 2, 0], vec![1, 3, 0]));
    for at in (0..record.len()).step_by(record.len() / 300) {
        let mut altered = record.clone();
        altered[at] ^= 4;
        assert!(cabinet_recount::recount(&altered, Some(&room.org.fingerprint)).is_err(), "byte {at}");
    }
}

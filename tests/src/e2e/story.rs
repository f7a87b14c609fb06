//! An organisation is founded, a form goes out, it is answered with and without a network, counted and recounted.

use super::clicks;
use super::desk::{Desk, Tools, wait};
use super::hub::HubProcess;
use super::looks::Looks;
use super::mend;
use super::not_held;
use super::second_thought::{discards_a_change, signed_what_is_shown, thinks_again};
use super::session;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use thirtyfour::Key;

pub const PASSPHRASE: &str = "ban dung thu 2026";
const SECRETARY: &str = "Vụ Tổng hợp, Văn phòng Chính phủ";
pub const MEMBERS: [&str; 2] = ["Thủ tướng Chính phủ", "Bộ trưởng Bộ Y tế"];
const TITLE: &str = "Dự thảo Nghị định về quản lý dữ liệu trong cơ quan nhà nước";

/// Everybody and everything of the story.
pub struct Cast {
    pub folder: PathBuf,
    pub hub: HubProcess,
    pub officer: Desk,
    pub secretary: Desk,
    pub members: [Desk; 2],
    pub fingerprint: String,
    recovery_key: String,
}

pub async fn story(tools: &Tools, project: &Path, looks: &mut Looks) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut cast = Cast::gather(tools, folder.path()).await?;
    let played = play(&mut cast, tools, project, looks).await;
    if played.is_err() {
        // What stopped one desk often shows on another.
        for desk in [&cast.officer, &cast.secretary, &cast.members[0], &cast.members[1]] {
            desk.show().await?;
        }
    }
    played
}

async fn play(cast: &mut Cast, tools: &Tools, project: &Path, looks: &mut Looks) -> Result<()> {
    let began = Instant::now();
    let step = |name: &str| println!("{:>6.1} s  {name}", began.elapsed().as_secs_f32());
    cast.found(looks).await?;
    step("founded, the key printed");
    cast.enrol(looks).await?;
    step("a secretary and two members enrolled");
    cast.add_law(looks).await?;
    step("next year's holidays proposed by one official, confirmed by another");
    cast.send(project, looks).await?;
    step("a form with two papers sent");
    cast.answer_online(looks).await?;
    step("answered online, by keyboard");
    cast.hub.kill()?;
    cast.answer_offline(looks).await?;
    step("hub killed, papers read and answered offline");
    cast.hub.restart()?;
    cast.count(looks).await?;
    step("hub back, closed, the result on three screens");
    cast.recount(tools).await?;
    step("the exported record recounts");
    session::prepare(cast, looks).await?;
    step("a session of 15 items and 60 papers prepared by two, sent as A, changed, sent as B");
    session::hold(cast, looks).await?;
    step("held: block, tie, no majority; the hub killed inside a vote");
    session::recount(cast, tools, looks).await?;
    step("the session's record recounts");
    clicks::count(cast).await?;
    step("clicks and keys counted");
    not_held::call_off(cast, looks).await?;
    step("a draft deleted, a session called off");
    mend::mend(cast, looks).await?;
    step("a damaged vault opened, after wrong passphrases had to wait");
    cast.recover(tools, looks).await?;
    step("recovered with the printed key, seen by all");
    Ok(())
}

impl Cast {
    async fn gather(tools: &Tools, folder: &Path) -> Result<Self> {
        let desk = async |name, number| Desk::new(tools, name, number, &folder.join(format!("laptop-{number}"))).await;
        Ok(Cast {
            hub: HubProcess::start(&tools.bin, &folder.join("hub"))?,
            officer: desk("officer", 0).await?,
            secretary: desk("secretary", 1).await?,
            members: [desk("member-1", 2).await?, desk("member-2", 3).await?],
            folder: folder.to_owned(),
            fingerprint: String::new(),
            recovery_key: String::new(),
        })
    }

    async fn found(&mut self, looks: &mut Looks) -> Result<()> {
        let officer = &mut self.officer;
        officer.open().await?;
        officer.starts_once().await?;
        officer.press("Lập tổ chức mới").await?;
        officer.write("Dòng thiết lập", &self.hub.setup_line).await?;
        officer.write("Chức danh", "Quản trị hệ thống").await?;
        officer.write("Viết tắt", "QT").await?;
        officer.write("Mật khẩu mới", PASSPHRASE).await?;
        officer.write("Nhập lại mật khẩu mới", PASSPHRASE).await?;
        looks.at(officer, "welcome").await?;
        officer.press("Lập tổ chức").await?;
        officer.is_at("printed").await?;
        looks.at(officer, "printed").await?;
        self.recovery_key = officer.read("Khóa khôi phục").await?.split_whitespace().collect();
        self.fingerprint = officer.read("Dấu vân tay của tổ chức").await?;
        officer.press("Tôi đã cất giữ khóa").await?;
        officer.is_at("home").await
    }

    /// The secretary needs one signature, a member two; each is confirmed after the fingerprints were compared.
    async fn enrol(&mut self, looks: &mut Looks) -> Result<()> {
        let officer = &self.officer;
        officer.press("Thành phần").await?;
        add(officer, SECRETARY, "TH", &["thư ký", "kiểm phiếu"]).await?;
        add(officer, MEMBERS[0], "TTg", &["thành viên Chính phủ"]).await?;
        add(officer, MEMBERS[1], "YT", &["thành viên Chính phủ"]).await?;
        officer.choose("Thủ tướng", MEMBERS[0]).await?;
        officer.press("Lập danh sách thành viên").await?;
        looks.at(officer, "people").await?;
        let code = invite(officer, SECRETARY, Some(&mut *looks)).await?;
        ask_in(&mut self.secretary, &code).await?;
        looks.at(&self.secretary, "waiting").await?;
        self.officer.press("Thiết bị").await?;
        confirm(&self.officer, &self.secretary, SECRETARY).await?;
        self.secretary.is_at("home").await?;
        self.secretary.press("Thiết bị").await?;
        for (member, office) in self.members.iter_mut().zip(MEMBERS) {
            self.officer.press("Thành phần").await?;
            let code = invite(&self.officer, office, None).await?;
            ask_in(member, &code).await?;
            self.officer.press("Thiết bị").await?;
            confirm(&self.officer, member, office).await?;
            confirm(&self.secretary, member, office).await?;
            member.is_at("home").await?;
        }
        looks.at(&self.officer, "devices").await?;
        // A line that was copied wrongly signs nothing.
        let unfold =
            "[...document.querySelectorAll('summary')].find((s) => s.innerText.includes('Đổi khóa đóng dấu')).click()";
        self.officer.script(unfold).await?;
        self.officer.write("Dòng khóa của máy chủ", "ECHK1-SAI").await?;
        self.officer.write("Khóa khôi phục", &self.recovery_key).await?;
        self.officer.press("Ký và gửi").await?;
        self.officer.sees("Mã không đúng").await?;
        looks.at(&self.officer, "devices-hub-key").await?;
        looks.at(&self.members[0], "home-empty").await
    }

    /// A year's holidays come from a file; they hold once a second official agrees.
    async fn add_law(&mut self, looks: &mut Looks) -> Result<()> {
        const FILE: &str = "Bổ sung từ tệp";
        let (officer, second) = (&self.officer, &self.secretary);
        let [wrong, year] = ["sai.csv", "2028.csv"].map(|name| self.folder.join(name));
        std::fs::write(&wrong, "date,kind,name,mark\n2028-01-03,holiday,x,S\n")?;
        std::fs::write(&year, "date,kind,name,mark\n2028-01-03,day_off,Nghỉ bù Tết Dương lịch,S\n")?;
        officer.press("Thành phần").await?;
        officer.choose_file(FILE, &wrong).await?;
        officer.press("Đề nghị bổ sung").await?;
        officer.sees("không phải lịch một năm").await?;
        officer.choose_file(FILE, &year).await?;
        officer.press("Đề nghị bổ sung").await?;
        second.press("Thành phần").await?;
        second.sees("chờ người thứ hai").await?;
        second.script("document.querySelector('#law-title').scrollIntoView()").await?;
        looks.at(second, "law").await?;
        second.press("Đồng ý bổ sung").await?;
        officer.sees("đã có đến hết năm 2028").await
    }

    async fn send(&mut self, project: &Path, looks: &mut Looks) -> Result<()> {
        let desk = &self.secretary;
        fill(
            desk,
            "131/PLYK",
            "Cho ý kiến về hai nội dung còn ý kiến khác nhau.",
            "Giao một đầu mối điều phối dữ liệu",
        )
        .await?;
        desk.press("Thêm câu hỏi").await?;
        desk.write("Câu 2", "Thời gian chuyển tiếp 24 tháng").await?;
        let demo = project.canonicalize()?.join("assets/demo");
        // One paper by the dialog, one by dropping it with something that is no paper.
        desk.press("Chọn tệp PDF").await?;
        desk.dialog(&demo.join("to-trinh-du-lieu.pdf")).await?;
        is_listed(desk, "to-trinh-du-lieu").await?;
        let no_paper = project.canonicalize()?.join("README.md");
        desk.drop_files(".drop", &[&no_paper, &demo.join("bao-cao-tham-dinh-ban-quet.pdf")]).await?;
        is_listed(desk, "bao-cao").await?;
        desk.sees("README.md: Tệp không phải PDF").await?;
        desk.write("Người duyệt gửi", "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ").await?;
        looks.at(desk, "write").await?;
        // Walking away loses nothing that was typed.
        desk.press("Trang chủ").await?;
        desk.press("Soạn phiếu").await?;
        desk.sees("lần trước được giữ lại").await?;
        let fields = "return [...document.querySelectorAll('main textarea, main input')].map((f) => f.value)";
        let kept: Vec<String> = serde_json::from_value(desk.script(fields).await?)?;
        let typed =
            [TITLE, "Thời gian chuyển tiếp 24 tháng", "to-trinh-du-lieu", "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ"];
        ensure!(typed.iter().all(|text| kept.iter().any(|k| k == text)), "{kept:?}");
        self.faults_stand_at_their_fields(looks).await?;
        let desk = &self.secretary;
        desk.press("Lưu bản nháp").await?;
        desk.sees("Đã lưu").await?;
        desk.press("Gửi phiếu").await?;
        desk.sees("Gửi phiếu đến 2 thành viên").await?;
        looks.at(desk, "write-ask").await?;
        desk.press("Gửi phiếu").await?;
        desk.is_at("form").await
    }

    /// A day that does not exist and a question without words: both are said at once, where they are, and nothing is asked.
    async fn faults_stand_at_their_fields(&self, looks: &mut Looks) -> Result<()> {
        let desk = &self.secretary;
        let day = "return [...document.querySelectorAll('label')].find((l) => l.innerText.startsWith('Ngày chỉ đạo')) \
                   .querySelector('input').value";
        let day = desk.script(day).await?;
        let question = "Giao một đầu mối điều phối dữ liệu";
        desk.write("Câu 1", " ").await?;
        desk.keys(Key::Backspace).await?;
        desk.write("Ngày chỉ đạo", "31/02/2027").await?;
        desk.press("Gửi phiếu").await?;
        desk.sees("Không có ngày này.").await?;
        desk.sees("Cần điền mục này.").await?;
        ensure!(
            desk.script("return document.querySelector('dialog[open]') === null").await? == true,
            "nothing is asked"
        );
        looks.at(desk, "write-faults").await?;
        desk.write("Câu 1", question).await?;
        desk.write("Ngày chỉ đạo", day.as_str().unwrap_or_default()).await?;
        desk.press("Lưu bản nháp").await?;
        desk.until("no fault", async |d| Ok(d.script("return document.querySelectorAll('.fault').length").await? == 0))
            .await
    }

    /// A form of one question and no papers.
    pub async fn send_one_question(&self) -> Result<()> {
        let desk = &self.secretary;
        fill(desk, "132/PLYK", "Một câu hỏi.", "Thông qua dự thảo").await?;
        desk.write("Người duyệt gửi", "Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ").await?;
        desk.press("Gửi phiếu").await?;
        desk.press("Gửi phiếu").await?;
        desk.is_at("form").await
    }

    /// From the home screen to the receipt without a mouse.
    async fn answer_online(&mut self, looks: &mut Looks) -> Result<()> {
        let desk = &self.members[0];
        desk.sees(TITLE).await?;
        // Found from another screen, by keys alone, and left again.
        desk.press("Thiết bị").await?;
        desk.control('k').await?;
        desk.until("the search field", async |d| {
            Ok(d.script("return document.activeElement?.closest('search') !== null").await? == true)
        })
        .await?;
        desk.keys("du lieu").await?;
        let hits = "return document.querySelectorAll('search li button').length";
        desk.until("a hit", async |d| Ok(d.script(hits).await? == 1)).await?;
        desk.keys(Key::Down).await?;
        desk.keys(Key::Enter).await?;
        desk.is_at("form").await?;
        desk.keys(Key::Escape).await?;
        desk.is_at("home").await?;
        desk.is_notified("Phiếu lấy ý kiến mới").await?;
        looks.at(desk, "home").await?;
        desk.script("document.activeElement?.blur()").await?;
        for _ in 0..30 {
            desk.keys(Key::Tab).await?;
            let focused = desk.script("return document.activeElement?.getAttribute('aria-label') ?? ''").await?;
            if focused.as_str().unwrap_or_default().starts_with("Trả lời") {
                break;
            }
        }
        desk.keys(Key::Enter).await?;
        desk.is_at("form").await?;
        desk.until("the paper's first page", async |d| Ok(pages_drawn(d).await? > 0)).await?;
        desk.keys("13").await?;
        desk.until("the remark's field", async |d| {
            Ok(d.script("return document.activeElement?.id").await? == "remark-1")
        })
        .await?;
        desk.keys("Đề nghị rút xuống 12 tháng.").await?;
        looks.at(desk, "answer").await?;
        desk.control(Key::Enter.value()).await?;
        desk.sees("Văn phòng nhận lúc").await?;
        looks.at(desk, "answered").await?;
        discards_a_change(desk, TITLE, looks).await
    }

    async fn answer_offline(&mut self, looks: &mut Looks) -> Result<()> {
        let desk = &self.members[1];
        desk.sees("Ngoại tuyến").await?;
        desk.press("Trả lời").await?;
        desk.until("the paper's first page", async |d| Ok(pages_drawn(d).await? > 0)).await?;
        desk.press("bao-cao").await?;
        desk.until("the second paper's page", async |d| Ok(pages_drawn(d).await? > 0)).await?;
        desk.keys("1").await?;
        desk.keys("2").await?;
        // Locked before it is signed, as a laptop left alone does: what was chosen is there again.
        desk.sees("Đã lưu nháp").await?;
        self.lock_and_unlock(looks).await?;
        let desk = &self.members[1];
        let chosen = "return [...document.querySelectorAll('[aria-pressed=true]')].map((b) => b.dataset.choice).join()";
        desk.until("the choices", async |d| Ok(d.script(chosen).await? == "agree,disagree")).await?;
        thinks_again(desk).await?;
        desk.press("Ký và gửi").await?;
        desk.sees("chờ gửi.").await?;
        signed_what_is_shown(desk).await?;
        looks.at(desk, "waiting-to-be-sent").await?;
        // Locked and opened again without any network, the answer is still there.
        desk.control('l').await?;
        desk.is_at("unlock").await?;
        desk.write("Mật khẩu", PASSPHRASE).await?;
        desk.keys(Key::Enter).await?;
        desk.sees("Đã ký, chờ gửi").await
    }

    /// The second member locks, mistypes, and comes back.
    async fn lock_and_unlock(&self, looks: &mut Looks) -> Result<()> {
        let desk = &self.members[1];
        // The list of keys, left open, does not lie over the field for the passphrase.
        let dialog = "return document.querySelector('dialog[open]') !== null";
        desk.script("document.activeElement?.blur()").await?;
        desk.keys("?").await?;
        desk.until("the list of keys", async |d| Ok(d.script(dialog).await? == true)).await?;
        desk.control('l').await?;
        desk.is_at("unlock").await?;
        desk.until("nothing over the unlock screen", async |d| Ok(d.script(dialog).await? == false)).await?;
        looks.at(desk, "unlock").await?;
        desk.unlock("wrong passphrase").await?;
        desk.sees("Mật khẩu không đúng").await?;
        desk.unlock(PASSPHRASE).await?;
        desk.is_at("form").await
    }

    async fn count(&mut self, looks: &mut Looks) -> Result<()> {
        self.members[1].sees("Văn phòng nhận lúc").await?;
        let desk = &self.secretary;
        desk.sees("0 chưa trả lời").await?;
        looks.at(desk, "board").await?;
        desk.press("Đóng phiếu").await?;
        desk.press("Đóng phiếu").await?;
        desk.sees("Thông qua").await?;
        looks.at(desk, "board-result").await?;
        self.members[0].sees("Câu 1").await?;
        self.members[1].press("Phiếu lấy ý kiến").await?;
        looks.at(&self.members[1], "forms").await?;
        self.members[1].press("Mở").await?;
        let tally = "2 đồng ý, đạt mức cần 2 trên 2.";
        let lost = "0 đồng ý, dưới mức cần 2 trên 2.";
        for desk in [&self.secretary, &self.members[0], &self.members[1]] {
            desk.sees(tally).await?;
            desk.sees(lost).await?;
        }
        looks.at(&self.members[1], "result").await?;
        // Marks that people read to each other.
        self.officer.press("Thiết bị").await?;
        let unfold =
            "[...document.querySelectorAll('summary')].find((s) => s.innerText.includes('Đối chiếu lịch sử')).click()";
        self.officer.script(unfold).await?;
        self.officer.sees("Sổ của tổ chức").await?;
        looks.at(&self.officer, "devices-heads").await?;
        self.officer.press("Trang chủ").await?;
        self.secretary.press("Thiết lập").await?;
        looks.at(&self.secretary, "settings").await
    }

    async fn recount(&mut self, tools: &Tools) -> Result<()> {
        let desk = &self.secretary;
        desk.press("Phiếu lấy ý kiến").await?;
        desk.press("Mở").await?;
        let record = self.folder.join("131.ecrec");
        desk.press("Xuất hồ sơ kiểm lại").await?;
        desk.dialog(&record).await?;
        wait("the record", async || Ok(record.exists())).await?;
        let output = Command::new(tools.bin.join("cabinet-recount"))
            .arg(&record)
            .args(["--root", &self.fingerprint])
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || !said.contains("genuine") {
            bail!("the recount says: {said}{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// The officer's laptop is gone. A new one takes the printed key, and everybody sees that it was used.
    async fn recover(&mut self, tools: &Tools, looks: &mut Looks) -> Result<()> {
        self.officer.close().await?;
        let mut fresh = Desk::new(tools, "recovered", 4, &self.folder.join("laptop-4")).await?;
        fresh.open().await?;
        fresh.press("Khôi phục bằng khóa đã in").await?;
        let hub = self.hub.setup_line.rsplit_once('.').context("a set-up line")?.0;
        fresh.write("Địa chỉ máy chủ", hub).await?;
        fresh.write("Dấu vân tay", &self.fingerprint).await?;
        fresh.write("Khóa khôi phục", &self.recovery_key).await?;
        fresh.write("Mật khẩu mới", PASSPHRASE).await?;
        fresh.write("Nhập lại mật khẩu mới", PASSPHRASE).await?;
        fresh.press("Khôi phục").await?;
        fresh.is_at("printed").await?;
        let next: String = fresh.read("Khóa khôi phục").await?.split_whitespace().collect();
        if next == self.recovery_key {
            bail!("the used key was not replaced");
        }
        fresh.press("Tôi đã cất giữ khóa").await?;
        fresh.sees(TITLE).await?;
        for member in &self.members {
            member.press("Trang chủ").await?;
            member.sees("Khóa khôi phục của tổ chức đã được sử dụng 1 lần").await?;
        }
        looks.at(&self.members[0], "recovered").await
    }
}

async fn add(desk: &Desk, office: &str, short: &str, roles: &[&str]) -> Result<()> {
    desk.write("Chức danh", office).await?;
    desk.write("Viết tắt", short).await?;
    let is_member = roles.contains(&"thành viên Chính phủ");
    if !is_member {
        desk.tick("thành viên Chính phủ").await?;
        for role in roles {
            desk.tick(role).await?;
        }
    }
    desk.press("Thêm người").await?;
    desk.sees(office).await?;
    if !is_member {
        desk.tick("thành viên Chính phủ").await?;
        for role in roles {
            desk.tick(role).await?;
        }
    }
    Ok(())
}

async fn invite(desk: &Desk, office: &str, looks: Option<&mut Looks>) -> Result<String> {
    desk.press_beside("Cấp mã", office).await?;
    desk.sees("Mã ghi danh").await?;
    let code = desk.script("return document.querySelector('dialog textarea').value").await?;
    if let Some(looks) = looks {
        looks.at(desk, "people-code").await?;
    }
    desk.press("Xong").await?;
    Ok(code.as_str().context("a code")?.to_owned())
}

async fn ask_in(desk: &mut Desk, code: &str) -> Result<()> {
    desk.open().await?;
    desk.write("Mã ghi danh", code).await?;
    desk.write("Mật khẩu mới", PASSPHRASE).await?;
    desk.write("Nhập lại mật khẩu mới", PASSPHRASE).await?;
    desk.press("Ghi danh máy này").await?;
    desk.is_at("waiting").await
}

/// The two compare fingerprints by telephone before the button is pressed.
async fn confirm(official: &Desk, asking: &Desk, office: &str) -> Result<()> {
    asking.until("its fingerprint", async |d| Ok(fingerprint(d).await?.len() > 8)).await?;
    let fingerprint = fingerprint(asking).await?;
    official.sees(&fingerprint).await?;
    official.press_beside("Xác nhận", office).await
}

async fn fingerprint(desk: &Desk) -> Result<String> {
    let shown = desk.script("return document.querySelector('pre')?.innerText ?? ''").await?;
    Ok(shown.as_str().unwrap_or_default().trim().to_owned())
}

pub async fn pages_drawn(desk: &Desk) -> Result<u64> {
    let drawn =
        "return [...document.querySelectorAll('.pages img')].filter((i) => i.complete && i.naturalWidth > 0).length";
    Ok(desk.script(drawn).await?.as_u64().unwrap_or(0))
}

async fn is_listed(desk: &Desk, paper: &str) -> Result<()> {
    let listed = format!("return [...document.querySelectorAll('input')].some((i) => i.value.includes('{paper}'))");
    desk.until("the paper in the list", async |d| Ok(d.script(&listed).await? == true)).await
}

/// A new form, up to its first question.
async fn fill(desk: &Desk, number: &str, summary: &str, question: &str) -> Result<()> {
    desk.press("Soạn phiếu").await?;
    desk.write("Số phiếu", number).await?;
    desk.write("Cơ quan trình", "Bộ Công an").await?;
    desk.write("Trích yếu", TITLE).await?;
    desk.write("Nội dung tóm tắt", summary).await?;
    desk.write("Câu 1", question).await
}

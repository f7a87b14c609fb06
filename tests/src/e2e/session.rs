//! A session in real windows: prepared by two, changed after it was sent, held with votes while the hub dies, recounted.

use super::desk::{Desk, Tools, wait};
use super::hall::{self, hall};
use super::looks::Looks;
use super::second_thought::{leaves_a_change_of_a_ballot, puts_a_reason_aside};
use super::story::{Cast, pages_drawn};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use thirtyfour::Key;

pub const ITEMS: usize = 15;
pub const PAPERS: usize = 60;
const TITLE: &str = "Phiên họp Chính phủ";

/// What a secretary pastes: 15 items below three sections.
pub fn agenda() -> String {
    let section = |n: usize| match n {
        1 => "I. Xây dựng pháp luật\n",
        6 => "II. Kinh tế - xã hội\n",
        11 => "III. Công tác khác\n",
        _ => "",
    };
    let line = |n: usize| format!("{}{n}. {} (Bộ Tài chính trình)\n", section(n), subject(n));
    (1..=ITEMS).map(line).collect()
}

pub fn subject(n: usize) -> String {
    format!("Nội dung thứ {n} của chương trình")
}

/// A folder of papers named by item, as ministries send them.
pub fn papers(folder: &Path) -> Result<()> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo");
    // An item's first paper has two pages.
    let of_part = |part| if part == 1 { "to-trinh-du-lieu.pdf" } else { "to-trinh-giai-ngan.pdf" };
    std::fs::create_dir_all(folder)?;
    for n in 0..PAPERS {
        let (item, part) = (n % ITEMS + 1, n / ITEMS + 1);
        std::fs::copy(demo.join(of_part(part)), folder.join(format!("{item:02} Tai lieu {part}.pdf")))?;
    }
    Ok(())
}

/// From a list and a folder to version A, a conflict settled on the way; then a change and version B.
pub async fn prepare(cast: &mut Cast, looks: &mut Looks) -> Result<()> {
    let (folder, empty) = (cast.folder.join("Tài liệu phiên họp"), cast.folder.join("empty"));
    papers(&folder)?;
    std::fs::create_dir(&empty)?;
    let desk = &cast.secretary;
    desk.press("Phiên họp").await?;
    desk.is_at("sessions").await?;
    desk.press("Lập phiên họp").await?;
    looks.at(desk, "session-new").await?;
    desk.press("Lập phiên họp").await?;
    desk.is_at("prepare").await?;
    looks.at(desk, "prepare-empty").await?;
    // Another hour, and back.
    for hour in ["09:30", "08:00"] {
        desk.write("Giờ bắt đầu", hour).await?;
        desk.keys(Key::Tab).await?;
        desk.sees(&format!("{hour} ")).await?;
    }
    desk.press("Dán danh sách").await?;
    desk.write("Dán danh sách", &agenda()).await?;
    desk.press("Thêm nội dung").await?;
    desk.sees(&subject(ITEMS)).await?;
    // Dropped on the window; the way by the dialog is the one whose clicks are counted.
    desk.drop_files(".drop", &[&empty]).await?;
    desk.sees("Không có tệp nào trong đó").await?;
    desk.drop_files(".drop", &[&folder]).await?;
    desk.sees(&format!("{PAPERS} tệp đã xếp, 0 tệp chưa xếp")).await?;
    looks.at(desk, "prepare-files").await?;
    desk.press(&format!("Niêm phong và xếp {PAPERS} tệp")).await?;
    desk.sees("4 tài liệu").await?;
    // A row moved by keyboard.
    desk.script("document.querySelectorAll('ol li[data-row]')[2].focus()").await?;
    desk.alt(Key::Up.value()).await?;
    desk.until("item 2 first", async |d| {
        let second = "return document.querySelectorAll('ol li[data-row]')[1].innerText";
        Ok(d.script(second).await?.as_str().unwrap_or_default().contains(&subject(2)))
    })
    .await?;
    // And back by the mouse: let go on the lower half of the row that is now behind it.
    desk.drag("ol li[data-row]:nth-child(2) strong", "ol li[data-row]:nth-child(3) small").await?;
    desk.until("item 2 second again", async |d| {
        let third = "return document.querySelectorAll('ol li[data-row]')[2].innerText";
        Ok(d.script(third).await?.as_str().unwrap_or_default().contains(&subject(2)))
    })
    .await?;
    cross(cast, looks).await?;
    let desk = &cast.secretary;
    desk.press("Gửi chương trình").await?;
    looks.at(desk, "prepare-ask").await?;
    desk.press("Gửi bản A").await?;
    desk.is_at("session").await?;
    for member in &cast.members {
        member.press("Phiên họp").await?;
        looks.at(member, "sessions").await?;
        member.press("Mở").await?;
        member.sees("Bản A").await?;
        member.press("Tham gia").await?;
        member.until("a page", async |d| Ok(pages_drawn(d).await? > 0)).await?;
    }
    let desk = &cast.secretary;
    desk.press("Chuẩn bị").await?;
    desk.press(&subject(ITEMS)).await?;
    desk.choose("Chủ trì", "Bộ trưởng Bộ Y tế").await?;
    desk.sees("Chủ trì: Bộ trưởng Bộ Y tế").await?;
    desk.choose("Ai được xem", "Người được chỉ định").await?;
    desk.until("the list of people", async |d| {
        Ok(d.script("return document.querySelectorAll('.editor .people input').length").await? == 2)
    })
    .await?;
    looks.at(desk, "prepare-item").await?;
    // Two ticks faster than anything can be read again are one edit, not two that cross.
    desk.script("document.querySelectorAll('.editor .people input').forEach((box) => box.click())").await?;
    for _ in ["closed", "opened again, as the ledger has it"] {
        desk.press(&subject(ITEMS)).await?;
    }
    desk.until("both named, without a conflict", async |d| {
        let ticked = "return document.querySelectorAll('.editor .people input:checked').length";
        Ok(d.script(ticked).await? == 2 && !d.words().await?.contains("Hai người sửa cùng một chỗ"))
    })
    .await?;
    desk.choose("Ai được xem", "Tất cả").await?;
    let unfold =
        "[...document.querySelectorAll('summary')].find((s) => s.innerText.includes('Thành phần dự họp')).click()";
    desk.script(unfold).await?;
    looks.at(desk, "prepare-invited").await?;
    desk.press("Hoãn").await?;
    desk.sees("Có thay đổi chưa gửi").await?;
    desk.press("Gửi bản B").await?;
    desk.press("Gửi bản B").await?;
    for member in &cast.members {
        member.sees("Thay đổi so với bản A").await?;
        member.sees("Hoãn").await?;
    }
    looks.at(&cast.members[0], "session-changes").await?;
    positions(cast, looks).await
}

/// Two secretaries change one title while there is no network: both are shown, one is chosen.
async fn cross(cast: &mut Cast, looks: &mut Looks) -> Result<()> {
    cast.officer.press("Phiên họp").await?;
    cast.officer.press("Mở").await?;
    cast.officer.is_at("prepare").await?;
    cast.officer.sees(&subject(ITEMS)).await?;
    cast.hub.kill()?;
    for (desk, words) in [(&cast.secretary, "Tên do thư ký sửa"), (&cast.officer, "Tên do quản trị sửa")] {
        desk.press(&subject(3)).await?;
        desk.write("Nội dung", words).await?;
        desk.keys(Key::Tab).await?;
        desk.sees(words).await?;
    }
    cast.hub.restart()?;
    cast.secretary.sees("Hai người sửa cùng một chỗ").await?;
    cast.secretary.sees("Tên do quản trị sửa").await?;
    looks.at(&cast.secretary, "prepare-conflict").await?;
    cast.secretary.press("Giữ bản này").await?;
    cast.secretary.until("no conflict", async |d| Ok(!d.words().await?.contains("Hai người sửa cùng một chỗ"))).await
}

/// Positions by one key each: three items without objection, one to speak on.
async fn positions(cast: &Cast, looks: &mut Looks) -> Result<()> {
    for member in &cast.members {
        member.press("Đã xem").await?;
        for n in [5, 6, 7] {
            choose(member, n).await?;
            member.keys("1").await?;
            stands(member, "Không có ý kiến khác").await?;
        }
    }
    // One key too many is put back by one press.
    let hasty = &cast.members[0];
    hasty.keys("3").await?;
    hasty.sees("Thay cho: Không có ý kiến khác.").await?;
    looks.at(hasty, "session-position-undo").await?;
    hasty.press("Trả lại như trước").await?;
    stands(hasty, "Không có ý kiến khác").await?;
    let member = &cast.members[1];
    choose(member, 8).await?;
    member.keys("2").await?;
    member
        .until("the field for the reason", async |d| {
            Ok(d.script("return document.activeElement?.id").await? == "objection")
        })
        .await?;
    member.keys("Đề nghị làm rõ ").await?;
    // Somebody else acts meanwhile: the screen is read anew, and the half sentence stays.
    cast.members[0].keys("1").await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    member.keys("nguồn vốn.").await?;
    let written = member.script("return document.getElementById('objection')?.value ?? ''").await?;
    if written != "Đề nghị làm rõ nguồn vốn." {
        bail!("a reason was lost while it was being written: {written}");
    }
    looks.at(member, "session-position").await?;
    // Another item is looked up meanwhile: the pen is where it was left.
    choose(member, 9).await?;
    choose(member, 8).await?;
    let field = "return document.getElementById('objection')?.value ?? ''";
    member.until("the reason again", async |d| Ok(d.script(field).await? == "Đề nghị làm rõ nguồn vốn.")).await?;
    member.script("document.getElementById('objection').focus()").await?;
    member.control(Key::Enter.value()).await?;
    stands(member, "Có ý kiến").await?;
    puts_a_reason_aside(member, 7, looks).await?;
    cast.secretary.press("Điều hành").await?;
    cast.secretary.sees("Thông qua không thảo luận (3)").await?;
    looks.at(&cast.secretary, "session-proposal").await
}

/// Chooses an item in the list, as a click does.
pub async fn choose(desk: &Desk, n: usize) -> Result<()> {
    let found = format!(
        "const b = [...document.querySelectorAll('aside ol button')].find((b) => b.innerText.includes('{}')); b?.click(); return !!b",
        subject(n)
    );
    desk.until("the item in the list", async |d| Ok(d.script(&found).await? == true)).await?;
    desk.until("the item's panel", async |d| {
        let title = "return document.querySelector('aside h3')?.innerText ?? ''";
        Ok(d.script(title).await?.as_str().unwrap_or_default().contains(&subject(n)))
    })
    .await?;
    desk.script("document.activeElement?.blur()").await.map(drop)
}

pub async fn stands(desk: &Desk, position: &str) -> Result<()> {
    let shown = "return document.querySelector('aside ol [aria-current] .mine')?.innerText ?? ''";
    desk.until(position, async |d| Ok(d.script(shown).await? == position)).await
}

/// A position is given without a network on a laptop that then sleeps, while the session is opened.
async fn speaks_too_late(cast: &mut Cast) -> Result<()> {
    cast.hub.kill()?;
    let member = &cast.members[1];
    choose(member, 10).await?;
    member.keys("3").await?;
    stands(member, "Đăng ký phát biểu").await?;
    member.signal("STOP")?;
    cast.hub.restart()
}

/// What was said too late comes to nothing, and comes back to its session until it was seen.
async fn comes_back(member: &Desk, looks: &mut Looks) -> Result<()> {
    let words = "Không có hiệu lực: ý kiến về nội dung, Ông/Bà ký lúc";
    member.signal("CONT")?;
    member.sees(words).await?;
    looks.at(member, "session-returned").await?;
    member.press("Đã xem").await?;
    member.until("it to go", async |d| Ok(!d.words().await?.contains(words))).await
}

/// In the room: quorum, the block with one item taken out, a tie that the Prime Minister breaks while the hub is gone, a vote without majority.
pub async fn hold(cast: &mut Cast, looks: &mut Looks) -> Result<()> {
    speaks_too_late(cast).await?;
    let desk = &cast.secretary;
    desk.press("Tất cả có mặt").await?;
    desk.sees("2/2").await?;
    desk.press("Khai mạc").await?;
    desk.press("Khai mạc").await?;
    desk.sees("đủ số thành viên").await?;
    comes_back(&cast.members[1], looks).await?;
    desk.press("Biểu quyết chung 3 nội dung").await?;
    looks.at(desk, "lead-open-vote").await?;
    desk.press("Mở biểu quyết").await?;
    cast.members[1].sees("Biểu quyết chung 3 nội dung").await?;
    let unfold = "[...document.querySelectorAll('summary')].find((s) => s.innerText.includes('Tách')).click()";
    cast.members[1].script(unfold).await?;
    cast.members[1].press("Tách nội dung này").await?;
    cast.secretary.sees("Tách theo đề nghị của Bộ trưởng Bộ Y tế").await?;
    for member in &cast.members {
        vote(member, "1").await?;
    }
    looks.at(&cast.members[0], "session-ballot-cast").await?;
    let desk = &cast.secretary;
    desk.sees("2/2 đã biểu quyết").await?;
    looks.at(desk, "lead-vote").await?;
    hall::block(cast, looks).await?;
    let desk = &cast.secretary;
    desk.press("Đóng biểu quyết").await?;
    everybody(cast, "2 tán thành, cần 2 trên tổng số 2 thành viên").await?;

    begin(cast, 8).await?;
    present(cast, looks).await?;
    let desk = &cast.secretary;
    // Asked for the floor, and thought better of it.
    cast.members[0].press("Xin phát biểu").await?;
    desk.sees("Mời phát biểu").await?;
    cast.members[0].sees("Đã xin phát biểu").await?;
    // Pressed again where it is still offered: once in six runs a press came to nothing, and nobody found why. The acts themselves never did.
    cast.members[0]
        .until("the request to be taken back", async |d| {
            if d.words().await?.contains("Rút đăng ký phát biểu") {
                d.press("Rút đăng ký phát biểu").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(d.words().await?.contains("Xin phát biểu"))
        })
        .await?;
    // Who raised something before the session is offered the floor.
    desk.sees("đã nêu trước phiên họp").await?;
    desk.press("Mời phát biểu").await?;
    desk.sees("Đang phát biểu").await?;
    looks.at(desk, "lead-speaker").await?;
    desk.press("Mở biểu quyết").await?;
    desk.press("Mở biểu quyết").await?;
    vote(&cast.members[0], "1").await?;
    leaves_a_change_of_a_ballot(&cast.members[0], looks).await?;
    cast.members[1].sees("Ký và bỏ phiếu").await?;
    looks.at(&cast.members[1], "session-ballot").await?;
    cast.hub.kill()?;
    cast.members[1].sees("Ngoại tuyến").await?;
    vote(&cast.members[1], "2").await?;
    cast.members[1].sees("Đã ký, chờ gửi").await?;
    looks.at(&cast.members[1], "session-ballot-offline").await?;
    cast.hub.restart()?;
    let desk = &cast.secretary;
    desk.sees("2/2 đã biểu quyết").await?;
    desk.press("Đóng biểu quyết").await?;
    everybody(cast, "Số phiếu ngang nhau; quyết định theo ý kiến của Thủ tướng").await?;
    looks.at(&cast.secretary, "lead-result").await?;
    looks.at(&cast.members[0], "session-result").await?;

    let desk = &cast.secretary;
    desk.press("Kết luận").await?;
    desk.write("Kết luận của chủ trì", "Thông qua; Bộ Tài chính hoàn thiện.").await?;
    desk.press("Kết luận").await?;
    begin(cast, 9).await?;
    // Another is pressed by mistake: it asks, and nothing is concluded.
    cast.secretary.press_beside("Bắt đầu", &subject(11)).await?;
    cast.secretary.sees("sẽ được ghi là đã kết luận").await?;
    looks.at(&cast.secretary, "lead-begin-asked").await?;
    cast.secretary.press("Thôi").await?;
    let desk = &cast.secretary;
    desk.press("Mở biểu quyết").await?;
    desk.press("Mở biểu quyết").await?;
    // Whoever chairs votes where they lead.
    cast.members[0].press("Điều hành").await?;
    vote(&cast.members[0], "1").await?;
    cast.members[0].press("Đọc tài liệu").await?;
    cast.members[1].sees("Ký và bỏ phiếu").await?;
    cast.members[1].keys("3").await?;
    cast.members[1]
        .until("the field for the opinion", async |d| {
            Ok(d.script("return document.activeElement?.id").await? == "ballot-remark")
        })
        .await?;
    cast.members[1].keys("Đề nghị lùi thời hạn.").await?;
    // A look at another screen while the vote runs, out of the field and back by Esc: choice and remark are there again.
    cast.members[1].keys(Key::Escape.value().to_string()).await?;
    cast.members[1].keys(Key::Escape.value().to_string()).await?;
    cast.members[1].is_at("sessions").await?;
    // Seen from everywhere: one press leads to it.
    cast.members[1].press("Thiết lập").await?;
    cast.members[1].sees("Đang biểu quyết: Phiên họp Chính phủ thường kỳ tháng").await?;
    looks.at(&cast.members[1], "vote-waits").await?;
    cast.members[1].press("Đến biểu quyết").await?;
    let remark = "return document.getElementById('ballot-remark')?.value ?? ''";
    cast.members[1].until("the remark", async |d| Ok(d.script(remark).await? == "Đề nghị lùi thời hạn.")).await?;
    cast.members[1].script("document.getElementById('ballot-remark').focus()").await?;
    cast.members[1].control(Key::Enter.value()).await?;
    let desk = &cast.secretary;
    desk.sees("2/2 đã biểu quyết").await?;
    desk.press("Đóng biểu quyết").await?;
    everybody(cast, "1 tán thành, chưa đủ 2 trên tổng số 2 thành viên").await?;
    hall(cast, looks).await?;
    counted(cast, looks).await
}

/// Hands, as the teller counted them: more than there are people is refused with the reason, then each by name.
async fn counted(cast: &Cast, looks: &mut Looks) -> Result<()> {
    begin(cast, 10).await?;
    let desk = &cast.secretary;
    desk.press("Mở biểu quyết").await?;
    desk.press("Mở biểu quyết").await?;
    desk.sees("0/2 đã biểu quyết").await?;
    desk.press("Nhập kết quả kiểm phiếu").await?;
    desk.write("Tán thành", "3").await?;
    desk.press("Ghi kết quả kiểm").await?;
    desk.sees("3 phiếu nhưng chỉ 2 thành viên có mặt.").await?;
    desk.tick("Ghi theo tên từng người").await?;
    for member in super::story::MEMBERS {
        desk.choose(member, "Tán thành").await?;
    }
    desk.sees("2/2").await?;
    looks.at(desk, "lead-count").await?;
    desk.press("Ghi kết quả kiểm").await?;
    desk.sees("Kiểm phiếu đã ghi: tán thành 2").await?;
    desk.press("Đóng biểu quyết").await?;
    everybody(cast, "Kết quả có phần do kiểm phiếu đếm").await?;
    everybody(cast, "2 tán thành, cần 2 trên tổng số 2 thành viên").await
}

/// Takes up an item; everybody sees it.
pub async fn begin(cast: &Cast, n: usize) -> Result<()> {
    let desk = &cast.secretary;
    desk.press_beside("Bắt đầu", &subject(n)).await?;
    // One under way is concluded by it, and that is asked first.
    let begun =
        format!("return document.querySelector('.lead li.current')?.innerText.includes('{}') ?? false", subject(n));
    // Its words change when the other item ends while it asks.
    let agreed =
        "const yes = document.querySelector('dialog[open] button[data-variant=primary]'); yes?.click(); return !!yes";
    desk.until("the item begun", async |d| {
        d.script(agreed).await?;
        Ok(d.script(&begun).await? == true)
    })
    .await?;
    for member in &cast.members {
        member.sees("Đang bàn").await?;
    }
    Ok(())
}

/// Who follows sees the page that the presenter stops at; a glance elsewhere keeps its place until one key leads back.
async fn present(cast: &Cast, looks: &mut Looks) -> Result<()> {
    let (presenter, member) = (&cast.secretary, &cast.members[0]);
    presenter.press("Đọc tài liệu").await?;
    presenter.until("a page", async |d| Ok(pages_drawn(d).await? > 0)).await?;
    presenter.press("Trình bày cho mọi người").await?;
    presenter.sees("Đang trình bày").await?;
    member.sees("Theo người trình bày").await?;
    member.keys(Key::F5.value().to_string()).await?;
    member.sees("Đang theo trang trình bày").await?;
    looks.at(member, "session-following").await?;
    turn(presenter, Key::End, 2).await?;
    member.sees("Trang 2 / 2").await?;
    turn(member, Key::PageUp, 1).await?;
    member.sees("Theo người trình bày").await?;
    turn(presenter, Key::Home, 1).await?;
    turn(presenter, Key::End, 2).await?;
    looks.at(presenter, "session-presenting").await?;
    member.sees("Trang 1 / 2").await?;
    member.keys(Key::F5.value().to_string()).await?;
    member.sees("Trang 2 / 2").await?;
    presenter.press("Đang trình bày").await?;
    member.until("nothing to follow", async |d| Ok(!d.words().await?.contains("Đang theo"))).await?;
    presenter.press("Điều hành").await
}

async fn turn(desk: &Desk, key: Key, page: u32) -> Result<()> {
    desk.script("document.activeElement?.blur()").await?;
    desk.keys(key.value().to_string()).await?;
    desk.sees(&format!("Trang {page} / 2")).await
}

/// Votes with the keyboard alone.
async fn vote(desk: &Desk, key: &str) -> Result<()> {
    desk.sees("Ký và bỏ phiếu").await?;
    desk.script("document.activeElement?.blur()").await?;
    desk.keys(key).await?;
    desk.control(Key::Enter.value()).await?;
    desk.sees("Đổi phiếu").await
}

async fn everybody(cast: &Cast, words: &str) -> Result<()> {
    for desk in cast.members.iter().chain([&cast.secretary]) {
        desk.sees(words).await?;
    }
    Ok(())
}

const CORRECTED: &str = "Bộ Công Thương hoàn thiện.";

/// What was recorded is put right after closing: beside it, for everybody, and in the minutes.
async fn correct(cast: &Cast, looks: &mut Looks) -> Result<()> {
    let desk = &cast.secretary;
    desk.press("Đọc tài liệu").await?;
    choose(desk, 8).await?;
    desk.press("Ký đính chính").await?;
    desk.write("Đính chính", CORRECTED).await?;
    looks.at(desk, "session-correct").await?;
    desk.press("Ký đính chính").await?;
    desk.sees(CORRECTED).await?;
    let member = &cast.members[1];
    choose(member, 8).await?;
    member.sees(CORRECTED).await?;
    member.sees("Thông qua; Bộ Tài chính hoàn thiện.").await?;
    looks.at(member, "session-corrected").await?;
    desk.press("Điều hành").await
}

/// The session ends; its record is exported and recounted by the program that knows neither app nor hub.
pub async fn recount(cast: &Cast, tools: &Tools, looks: &mut Looks) -> Result<()> {
    let desk = &cast.secretary;
    desk.press("Bế mạc").await?;
    desk.press("Bế mạc").await?;
    desk.sees("Đã họp").await?;
    looks.at(desk, "session-closed").await?;
    correct(cast, looks).await?;
    for (button, file) in [
        ("In chương trình", "chuong-trinh.pdf"),
        ("In biên bản", "bien-ban.pdf"),
        ("In biên bản kiểm phiếu", "kiem-phieu.pdf"),
    ] {
        let document = cast.folder.join(file);
        desk.press(button).await?;
        desk.dialog(&document).await?;
        wait("the document", async || {
            Ok(std::fs::read(&document).is_ok_and(|d| d.starts_with(b"%PDF") && d.len() > 10_000))
        })
        .await?;
    }
    let minutes = Command::new("pdftotext").arg(cast.folder.join("bien-ban.pdf")).arg("-").output()?.stdout;
    // As words, wherever a line ends.
    let minutes = String::from_utf8_lossy(&minutes).split_whitespace().collect::<Vec<_>>().join(" ");
    if !minutes.contains(CORRECTED) {
        bail!("the minutes lack the correction");
    }
    let record = cast.folder.join("phien.ecrec");
    desk.press("Xuất hồ sơ kiểm lại").await?;
    desk.dialog(&record).await?;
    wait("the record", async || Ok(record.exists())).await?;
    let program = tools.bin.join("cabinet-recount");
    let output = Command::new(program).arg(&record).args(["--root", &cast.fingerprint]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let tie = "vote 2: adopted: 1 : 1 (needed 2), the Prime Minister's vote decides";
    let expected =
        ["genuine", TITLE, "vote 1: adopted: 2 of the 2 needed", tie, "vote 3: not adopted: 1, below the 2 needed"];
    if let Some(missing) = expected.iter().find(|e| !said.contains(**e)) {
        bail!("the recount does not say “{missing}”: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

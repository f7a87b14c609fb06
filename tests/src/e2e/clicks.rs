//! How many clicks and keys a task takes, as the X server saw them: real pointer and keyboard events, nothing filled in beforehand.
//! Text that is typed (a passphrase, a path) stands apart.

use super::desk::Desk;
use super::session::{self, PAPERS};
use super::story::{Cast, PASSPHRASE};
use super::tree;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{self, ConnectionExt as _, XIEventMask};
use x11rb::protocol::xproto::ConnectionExt as _;

/// Keysyms of Shift, Control, Alt and their kind: held, they are part of the key that is pressed with them.
const MODIFIERS: std::ops::RangeInclusive<u32> = 0xffe1..=0xffee;
/// Until the events of a press have come.
const SETTLED: Duration = Duration::from_millis(150);

/// Real hands at a laptop, and who counts what they do.
struct Hands<'a> {
    desk: &'a Desk,
    presses: Arc<AtomicUsize>,
    typed: usize,
}

impl<'a> Hands<'a> {
    fn at(desk: &'a Desk) -> Result<Self> {
        let presses = Arc::new(AtomicUsize::new(0));
        let (connection, screen) = x11rb::connect(Some(&desk.display))?;
        connection.xinput_xi_query_version(2, 0)?.reply()?;
        let root = connection.setup().roots[screen].root;
        let mask = XIEventMask::RAW_KEY_PRESS | XIEventMask::RAW_BUTTON_PRESS;
        // 1: all master devices.
        let masks = [xinput::EventMask { deviceid: 1, mask: vec![mask] }];
        connection.xinput_xi_select_events(root, &masks)?.check()?;
        let (first, last) = (connection.setup().min_keycode, connection.setup().max_keycode);
        let mapping = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        let (width, counted) = (mapping.keysyms_per_keycode as usize, presses.clone());
        std::thread::spawn(move || {
            while let Ok(event) = connection.wait_for_event() {
                let counts = match event {
                    Event::XinputRawKeyPress(key) => {
                        let keysym = mapping.keysyms.get((key.detail as usize - first as usize) * width);
                        !keysym.is_some_and(|k| MODIFIERS.contains(k))
                    }
                    Event::XinputRawButtonPress(_) => true,
                    _ => false,
                };
                counted.fetch_add(usize::from(counts), Ordering::Relaxed);
            }
        });
        let hands = Hands { desk, presses, typed: 0 };
        hands.desk.take_keyboard()?;
        Ok(hands)
    }

    /// Puts the pointer on the button with this name, and clicks.
    async fn click(&self, name: &str) -> Result<()> {
        let place = format!(
            "const all = [...(document.querySelector('dialog[open]') ?? document).querySelectorAll('button:not(:disabled)')]; \
             const says = (b) => b.getAttribute('aria-label') ?? b.innerText.trim(); \
             const b = all.find((b) => says(b) === '{name}') ?? all.find((b) => says(b).startsWith('{name}')); \
             b?.scrollIntoView({{ block: 'center' }}); const r = b?.getBoundingClientRect(); \
             return r ? [Math.round(r.x + r.width / 2), Math.round(r.y + r.height / 2)] : null"
        );
        let mut at = serde_json::Value::Null;
        self.desk
            .until(&format!("button “{name}”"), async |d| {
                at = d.script(&place).await?;
                Ok(!at.is_null())
            })
            .await?;
        let before = self.count().await;
        self.desk.xdotool(&["mousemove", &at[0].to_string(), &at[1].to_string(), "click", "1"])?;
        match self.count().await - before {
            1 => Ok(()),
            n => bail!("one click was seen as {n}"),
        }
    }

    fn key(&self, key: &str) -> Result<()> {
        self.desk.xdotool(&["key", key]).map(drop)
    }

    /// Text, typed key by key; its keys are not counted among the others.
    async fn text(&mut self, text: &str) -> Result<()> {
        let before = self.count().await;
        self.desk.xdotool(&["type", "--delay", "12", text])?;
        self.typed += self.count().await - before;
        Ok(())
    }

    /// A key that belongs to the text before it.
    async fn typed_key(&mut self, key: &str) -> Result<()> {
        let before = self.count().await;
        self.key(key)?;
        self.typed += self.count().await - before;
        Ok(())
    }

    /// Clicks and keys until now.
    async fn count(&self) -> usize {
        tokio::time::sleep(SETTLED).await;
        self.presses.load(Ordering::Relaxed)
    }

    async fn report(&self, what: &str, aim: usize) -> Result<()> {
        let count = self.count().await - self.typed;
        println!("{:>9} clicks and keys: {what} (aim {aim}; {} characters typed)", count, self.typed);
        match count {
            0 => bail!("no event of the X server was seen"),
            n if n > aim => bail!("{what} takes {n} clicks and keys"),
            _ => Ok(()),
        }
    }
}

/// The tasks that are done every day, each by its straight path.
pub async fn count(cast: &Cast) -> Result<()> {
    prepare(cast).await?;
    position(cast).await?;
    answer(cast).await?;
    ballot(cast).await
}

/// From a folder of papers and a list in the clipboard to an agenda that is sent.
async fn prepare(cast: &Cast) -> Result<()> {
    let desk = &cast.secretary;
    desk.press("Trang chủ").await?;
    let mut hands = Hands::at(desk)?;
    copy(desk, &session::agenda())?;
    hands.click("Phiên họp").await?;
    hands.click("Lập phiên họp").await?;
    hands.click("Lập phiên họp").await?;
    desk.is_at("prepare").await?;
    hands.click("Dán danh sách").await?;
    desk.until("the field for the list", async |d| {
        Ok(d.script("return document.activeElement?.tagName").await? == "TEXTAREA")
    })
    .await?;
    hands.key("ctrl+v")?;
    hands.click("Thêm nội dung").await?;
    desk.sees(&session::subject(session::ITEMS)).await?;
    hands.click("Chọn thư mục").await?;
    desk.dialog_opened().await?;
    // The slash opens the dialog's field for a path.
    hands.text("/").await?;
    hands.typed_key("ctrl+a").await?;
    let folder = cast.folder.join("papers");
    session::papers(&folder)?;
    hands.text(&folder.display().to_string()).await?;
    hands.key("Return")?;
    desk.sees(&format!("{PAPERS} tệp đã xếp, 0 tệp chưa xếp")).await?;
    hands.click(&format!("Niêm phong và xếp {PAPERS} tệp")).await?;
    desk.sees("4 tài liệu").await?;
    hands.click("Gửi chương trình").await?;
    hands.click("Gửi bản A").await?;
    desk.is_at("session").await?;
    hands.report("the secretary, from the home screen and a folder to an agenda that is sent", 15).await
}

async fn position(cast: &Cast) -> Result<()> {
    for member in &cast.members {
        member.press("Phiên họp").await?;
        member.press_beside("Mở", "Bản A").await?;
        member.press("Tham gia").await?;
    }
    let desk = &cast.members[0];
    session::choose(desk, 5).await?;
    let hands = Hands::at(desk)?;
    hands.key("1")?;
    session::stands(desk, "Không có ý kiến khác").await?;
    hands.report("a member, a position on the item before them", 1).await
}

/// By keyboard alone; what a screen reader is told at each step is compared with what was agreed.
async fn ballot(cast: &Cast) -> Result<()> {
    let secretary = &cast.secretary;
    for desk in [secretary, &cast.members[0]] {
        desk.press("Phiên họp").await?;
        desk.press_beside("Mở", "Bản A").await?;
    }
    secretary.press("Điều hành").await?;
    secretary.press("Tất cả có mặt").await?;
    secretary.press("Khai mạc").await?;
    secretary.press("Khai mạc").await?;
    secretary.sees("đủ số thành viên").await?;
    session::begin(cast, 1).await?;
    secretary.press("Mở biểu quyết").await?;
    secretary.press("Mở biểu quyết").await?;
    let desk = &cast.members[0];
    desk.sees("Ký và bỏ phiếu").await?;
    desk.script("document.activeElement?.blur()").await?;
    let hands = Hands::at(desk)?;
    let mut seen = tree::Tree::default();
    seen.step(desk, "a vote is open").await?;
    hands.key("1")?;
    desk.until("the choice", async |d| {
        Ok(d.script("return document.querySelector('[data-choice=yes]')?.ariaChecked").await? == "true")
    })
    .await?;
    seen.step(desk, "1 is pressed").await?;
    hands.key("ctrl+Return")?;
    desk.sees("Đã nhận lúc").await?;
    seen.step(desk, "Ctrl Enter is pressed, and the ballot received").await?;
    hands.report("a member, a ballot in the vote before them", 2).await?;
    seen.compare()
}

/// A form of one question, from the unlock screen to the receipt.
async fn answer(cast: &Cast) -> Result<()> {
    cast.send_one_question().await?;
    let desk = &cast.members[0];
    desk.press("Trang chủ").await?;
    desk.sees("Cần tôi trả lời").await?;
    desk.control('l').await?;
    desk.is_at("unlock").await?;
    let mut hands = Hands::at(desk)?;
    hands.text(PASSPHRASE).await?;
    hands.typed_key("Return").await?;
    desk.is_at("home").await?;
    desk.until("the first form to have the keyboard", async |d| {
        let label = d.script("return document.activeElement?.ariaLabel ?? ''").await?;
        Ok(label.as_str().is_some_and(|l| l.starts_with("Trả lời")))
    })
    .await?;
    hands.key("Return")?;
    desk.is_at("form").await?;
    desk.sees("Ký và gửi").await?;
    hands.key("1")?;
    hands.key("ctrl+Return")?;
    desk.sees("Văn phòng nhận lúc").await?;
    hands.report("a member, from the typed passphrase and its Enter to an answer that is received", 3).await
}

/// Puts a text into the clipboard of a laptop.
fn copy(desk: &Desk, text: &str) -> Result<()> {
    let mut xclip = Command::new("xclip");
    xclip.args(["-selection", "clipboard"]).env("DISPLAY", &desk.display);
    let mut xclip = xclip.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    xclip.stdin.take().context("xclip has an input")?.write_all(text.as_bytes())?;
    xclip.wait()?;
    Ok(())
}

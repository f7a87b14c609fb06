//! What hands do at a laptop: press, write, choose, drag, and answer the toolkit's dialogs.

use super::Desk;
use crate::e2e::drop;
use anyhow::{Context, Result};
use std::path::Path;
use std::time::Duration;
use thirtyfour::{Key, TypingData, prelude::*};

/// How long a page may take to hear a press.
const HEARD_WITHIN_TENTHS: usize = 30;

/// Titles of the toolkit's file dialogs.
const DIALOG: &str = "^((Open|Save)( File)?|Select Folder)$";

impl Desk {
    /// Presses the button with this name: exactly, or else by the beginning of its words. An open dialog hides the rest.
    pub async fn press(&self, name: &str) -> Result<()> {
        let buttons = "//button[ancestor::dialog[@open] or not(//dialog[@open])]";
        let (words, label) = ("normalize-space(.)", "@aria-label");
        let exact = format!("{buttons}[not(@disabled) and ({words}=\"{name}\" or {label}=\"{name}\")]");
        let begins = format!("starts-with({words},\"{name}\") or starts-with({label},\"{name}\")");
        let path = format!("({exact} | {buttons}[not(@disabled) and ({begins}) and not({exact})])[1]");
        self.act(&format!("button “{name}”"), &path, press).await
    }

    /// Presses the button with this name in the row or card that says something.
    pub async fn press_beside(&self, name: &str, beside: &str) -> Result<()> {
        // What lies under a dialog takes a click and does nothing.
        let free = "return document.querySelector('dialog[open]') === null";
        self.until("the dialog to close", async |desk| Ok(desk.script(free).await? == true)).await?;
        let path = format!(
            "//li[contains(normalize-space(.),\"{beside}\")]//button[not(@disabled) and \
             starts-with(normalize-space(.),\"{name}\")]"
        );
        self.act(&format!("button “{name}” beside “{beside}”"), &path, press).await
    }

    /// Ticks or unticks the box with this label.
    pub async fn tick(&self, label: &str) -> Result<()> {
        let path = format!("//label[contains(normalize-space(.),\"{label}\")]//input");
        self.act(&format!("box “{label}”"), &path, async |element| Ok(element.click().await?)).await
    }

    /// Chooses from the list with this label.
    pub async fn choose(&self, label: &str, option: &str) -> Result<()> {
        let path = format!(
            "//label[starts-with(normalize-space(.),\"{label}\")]//option[contains(normalize-space(.),\"{option}\")]"
        );
        self.act(&format!("“{option}” in “{label}”"), &path, async |element| Ok(element.click().await?)).await
    }

    /// Writes into the field with this label, in place of what is there.
    pub async fn write(&self, label: &str, text: &str) -> Result<()> {
        let field = "[self::input or self::textarea]";
        let path = format!(
            "//label[starts-with(normalize-space(.),\"{label}\")]//*{field} | //*{field}[@aria-label=\"{label}\"]"
        );
        self.act(&format!("field “{label}”"), &path, async |element| {
            element.click().await?;
            element.clear().await?;
            // A line ends with the key that ends it.
            Ok(element.send_keys(text.replace('\n', &Key::Enter.value().to_string())).await?)
        })
        .await
    }

    /// Chooses a file in the field with this label.
    pub async fn choose_file(&self, label: &str, file: &Path) -> Result<()> {
        let path = format!("//label[starts-with(normalize-space(.),\"{label}\")]//input[@type=\"file\"]");
        let file = file.display().to_string();
        self.act(&format!("file “{label}”"), &path, async |element| Ok(element.send_keys(&file).await?)).await
    }

    /// What the field or the text with this accessible name holds.
    pub async fn read(&self, label: &str) -> Result<String> {
        let read = format!(
            "const e = document.querySelector('[aria-label=\"{label}\"]'); return e ? (e.value ?? e.innerText) : ''"
        );
        Ok(self.script(&read).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Presses keys, wherever the focus is.
    pub async fn keys(&self, keys: impl Into<TypingData>) -> Result<()> {
        Ok(self.web()?.action_chain().send_keys(keys).perform().await?)
    }

    /// Control and one more key.
    pub async fn control(&self, key: char) -> Result<()> {
        let chain = self.web()?.action_chain().key_down(Key::Control.value()).key_down(key);
        Ok(chain.key_up(key).key_up(Key::Control.value()).perform().await?)
    }

    /// Alt and one more key.
    pub async fn alt(&self, key: char) -> Result<()> {
        let chain = self.web()?.action_chain().key_down(Key::Alt.value()).key_down(key);
        Ok(chain.key_up(key).key_up(Key::Alt.value()).perform().await?)
    }

    async fn act(&self, what: &str, path: &str, act: impl AsyncFn(&WebElement) -> Result<()>) -> Result<()> {
        self.until(what, async |desk| {
            let Ok(element) = desk.web()?.find(By::XPath(path)).await else { return Ok(false) };
            // A screen that is drawn anew under the hand is tried again, as a hand would.
            Ok(act(&element).await.is_ok())
        })
        .await
    }

    /// Types into the toolkit's own dialog, which no WebDriver reaches: its window is found by its title.
    pub async fn dialog(&self, path: &Path) -> Result<()> {
        self.dialog_opened().await?;
        // The first slash makes the dialog show its field for a path; what is typed meanwhile would be lost.
        self.xdotool(&["key", "slash"])?;
        tokio::time::sleep(Duration::from_millis(400)).await;
        self.xdotool(&["key", "ctrl+a"])?;
        self.xdotool(&["type", "--delay", "12", &path.display().to_string()])?;
        self.xdotool(&["key", "Return"])?;
        self.until("the file dialog to close", async |desk| {
            Ok(desk.xdotool(&["search", "--onlyvisible", "--name", DIALOG])?.trim().is_empty())
        })
        .await
    }

    /// Waits for the toolkit's dialog, and gives it the keyboard.
    pub async fn dialog_opened(&self) -> Result<()> {
        let mut dialog = String::new();
        self.until("the file dialog", async |desk| {
            dialog = desk.xdotool(&["search", "--onlyvisible", "--name", DIALOG])?;
            Ok(!dialog.trim().is_empty())
        })
        .await?;
        let window = dialog.lines().next().unwrap_or_default().to_owned();
        self.xdotool(&["windowfocus", "--sync", &window]).map(drop)
    }

    /// Drags by the mouse from the middle of one element to the middle of another.
    pub async fn drag(&self, from: &str, to: &str) -> Result<()> {
        let text = |(left, top): (u32, u32)| [left.to_string(), top.to_string()];
        let (from, to) = (text(self.middle(from).await?), text(self.middle(to).await?));
        self.xdotool(&["mousemove", &from[0], &from[1], "mousedown", "1"])?;
        for step in [["mousemove_relative", "3", "9"], ["mousemove", &to[0], &to[1]], ["mousemove_relative", "1", "1"]]
        {
            tokio::time::sleep(Duration::from_millis(60)).await;
            self.xdotool(&step)?;
        }
        self.xdotool(&["mouseup", "1"]).map(drop)
    }

    /// Lets files go over the middle of an element, as if dragged from a file manager.
    pub async fn drop_files(&self, onto: &str, paths: &[&Path]) -> Result<()> {
        let place = self.middle(onto).await?;
        let found = self.xdotool(&["search", "--onlyvisible", "--name", self.name])?;
        let window = found.lines().next().context("the window")?.parse()?;
        tokio::task::block_in_place(|| drop::files(&self.display, window, place, paths))
    }

    /// The middle of an element. There is no window manager: page and screen begin in one corner.
    async fn middle(&self, selector: &str) -> Result<(u32, u32)> {
        let middle = format!(
            "const e = document.querySelector('{selector}'); e.scrollIntoView({{ block: 'nearest' }});
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2].map(Math.round)"
        );
        Ok(serde_json::from_value(self.script(&middle).await?)?)
    }

    /// Unlocks with a passphrase, right or wrong, and waits for what comes of it.
    pub async fn unlock(&self, passphrase: &str) -> Result<()> {
        self.write("Mật khẩu", passphrase).await?;
        self.keys(Key::Enter).await?;
        let is_idle = "const b = document.querySelector('form button'); return !b || !b.disabled";
        self.until("an answer", async |d| Ok(d.script(is_idle).await? == true)).await
    }
}

/// At the very edge of a list an element is in view for the driver and out of reach for its click.
/// Presses, and is sure that the page heard it: a click that the driver sent where the button stood a moment before is one that nobody made.
async fn press(element: &WebElement) -> Result<()> {
    element.scroll_into_view().await?;
    let listen = "const mark = String(Math.random()); window.heard = ''; \
        arguments[0].addEventListener('click', () => (window.heard = mark), { capture: true, once: true }); return mark";
    let web = &element.handle();
    let mark = web.execute(listen, vec![element.to_json()?]).await?.json().clone();
    element.click().await?;
    // Where the page is gone with the press, it was heard.
    for _ in 0..HEARD_WITHIN_TENTHS {
        match web.execute("return window.heard", vec![]).await {
            Ok(heard) if *heard.json() != mark => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => return Ok(()),
        }
    }
    eprintln!("a press on {element} was not heard, and is made again");
    anyhow::bail!("not heard")
}

//! A laptop with a person before it: an X server of its own, the real window in it, and hands that press and type.

mod machine;
mod touch;

use super::typing::InputMethod;
use crate::org::until_within;
use anyhow::{Context, Result};
use machine::quiet;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;
use thirtyfour::{Capabilities, prelude::*};

/// Longest wait for something to show.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the programs lie.
#[derive(Clone)]
pub struct Tools {
    /// `tauri-driver`.
    pub driver: PathBuf,
    /// The folder of the built binaries.
    pub bin: PathBuf,
    /// The accessibility checker's script.
    pub axe: String,
}

impl Tools {
    /// The binaries beside this one, and the checker that came with the UI's packages.
    pub fn find(driver: &Path) -> Result<Self> {
        // The driver's client asks for one, though it speaks plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
        Ok(Tools {
            driver: driver.to_owned(),
            bin: std::env::current_exe()?.parent().context("a folder of binaries")?.to_owned(),
            axe: std::fs::read_to_string(axe).context("axe-core")?,
        })
    }
}

/// What the app answers instead of what it was asked for, by its code.
#[derive(Debug, thiserror::Error, PartialEq)]
#[error("refused: {0}")]
pub struct Refused(pub String);

/// One laptop.
pub struct Desk {
    pub name: &'static str,
    pub profile: PathBuf,
    pub display: String,
    tools: Tools,
    processes: Vec<Child>,
    number: u16,
    web: Option<WebDriver>,
    log: Option<std::fs::File>,
    input_method: Option<(InputMethod, PathBuf)>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            // The driver's own children go with it.
            let group = format!("-{}", process.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = process.wait();
        }
    }
}

impl Desk {
    /// A laptop with its screen on; no window yet. Each needs a number of its own.
    pub async fn new(tools: &Tools, name: &'static str, number: u16, profile: &Path) -> Result<Self> {
        let display = format!(":{}", 60 + number);
        let screen = ["-screen", "0", "1920x1080x24", "-nolisten", "tcp"];
        let x = quiet(Command::new("Xvfb").arg(&display).args(screen)).spawn().context("Xvfb can't be started")?;
        let desk = Desk {
            name,
            profile: profile.to_owned(),
            display,
            tools: tools.clone(),
            processes: vec![x],
            number,
            web: None,
            log: None,
            input_method: None,
        };
        let socket = format!("/tmp/.X11-unix/X{}", 60 + number);
        wait("the X server", async || Ok(Path::new(&socket).exists())).await?;
        Ok(desk)
    }

    /// Opens the window on its profile.
    pub async fn open(&mut self) -> Result<()> {
        if self.processes.len() == 1 {
            self.start_driver().await?;
        }
        let options = json!({
            "application": self.tools.bin.join("ecabinet"),
            "args": ["--data", self.profile, "--title", self.name],
        });
        let mut wanted = Capabilities::new();
        wanted.set("browserName", "wry")?;
        wanted.set("tauri:options", options)?;
        let web = WebDriver::new(format!("http://127.0.0.1:{}", self.port()), wanted).await?;
        self.web = Some(web);
        self.resize((1280, 800)).await?;
        self.until("a screen", async |desk| Ok(!desk.screen().await?.is_empty())).await
    }

    /// Closes the window: the app ends.
    pub async fn close(&mut self) -> Result<()> {
        match self.web.take() {
            Some(web) => Ok(web.quit().await?),
            None => Ok(()),
        }
    }

    pub(super) fn web(&self) -> Result<&WebDriver> {
        self.web.as_ref().with_context(|| format!("{}'s window is not open", self.name))
    }

    pub async fn resize(&self, (width, height): (u32, u32)) -> Result<()> {
        Ok(self.web()?.set_window_rect(0, 0, width, height).await?)
    }

    /// Runs a script in the page and returns what it returns.
    pub async fn script(&self, script: &str) -> Result<Value> {
        self.script_with(script, vec![]).await
    }

    /// The same, of a script that is given something.
    pub async fn script_with(&self, script: &str, given: Vec<Value>) -> Result<Value> {
        Ok(self.web()?.execute(script, given).await?.json().clone())
    }

    /// Asks the app as its page does. Fails with what it is refused for.
    pub async fn rpc(&self, name: &str, arguments: Value) -> Result<Value> {
        let ask = "const [name, request] = arguments; \
            return window.__TAURI_INTERNALS__.invoke('rpc', { name, arguments: request }).then((told) => ({ told }), ({ code }) => ({ code }))";
        let mut answer = self.script_with(ask, vec![json!(name), arguments]).await?;
        match answer["code"].as_str() {
            Some(code) => Err(Refused(code.to_owned()).into()),
            None => Ok(answer["told"].take()),
        }
    }

    /// The screen that the window shows, by its name in the router.
    pub async fn screen(&self) -> Result<String> {
        let shown = self.script("return document.documentElement.dataset.screen ?? ''").await?;
        Ok(shown.as_str().unwrap_or_default().to_owned())
    }

    /// All the words on the screen.
    pub async fn words(&self) -> Result<String> {
        Ok(self.script("return document.body.innerText").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, mut is_so: impl AsyncFnMut(&Desk) -> Result<bool>) -> Result<()> {
        let waited = wait(what, async || is_so(self).await).await;
        waited.with_context(|| self.name)
    }

    /// Says and keeps what is on the screen.
    pub async fn show(&self) -> Result<()> {
        let picture = std::env::temp_dir().join(format!("e2e-{}.png", self.name.replace(' ', "-")));
        self.photograph(&picture, (1920, 1080))?;
        eprintln!("{} shows ({}):\n{}", self.name, picture.display(), self.words().await?);
        Ok(())
    }

    pub async fn sees(&self, text: &str) -> Result<()> {
        self.until(&format!("“{text}” to show"), async |desk| Ok(desk.words().await?.contains(text))).await
    }

    pub async fn is_at(&self, screen: &str) -> Result<()> {
        self.until(&format!("screen {screen}"), async |desk| Ok(desk.screen().await? == screen)).await
    }

    /// The windows that the driver sees, the one it is in first.
    pub async fn windows(&self) -> Result<Vec<WindowHandle>> {
        let mut all = self.web()?.windows().await?;
        let here = self.web()?.window().await?;
        all.sort_by_key(|w| *w != here);
        Ok(all)
    }

    /// Goes on in another window.
    pub async fn turn_to(&self, window: &WindowHandle) -> Result<()> {
        Ok(self.web()?.switch_to_window(window.clone()).await?)
    }

    /// Looks at the screen as an assistive technology would. Returns what is seriously wrong.
    pub async fn axe(&self) -> Result<Vec<String>> {
        let is_there = self.script("return typeof window.axe").await?;
        if is_there != "object" {
            self.web()?.execute(format!("{}\nwindow.axe = axe;", self.tools.axe), vec![]).await?;
        }
        let run = "const done = arguments[arguments.length - 1];
            window.axe.run(document, { resultTypes: ['violations'] }).then(
                (r) => done(r.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
                    .map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`)),
                (e) => done([`axe: ${e}`]))";
        let found = self.web()?.execute_async(run, vec![]).await?;
        Ok(found.convert()?)
    }
}

/// Waits as long as a person would.
pub async fn wait(what: &str, is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    until_within(PATIENCE, what, is_so).await
}

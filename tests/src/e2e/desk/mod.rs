//! A laptop with a person before it: an X server of its own, the real window in it, and hands that press and type.

use super::typing::InputMethod;
use crate::org::until_within;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use thirtyfour::{Capabilities, Key, TypingData, prelude::*};

/// Longest wait for something to show.
const PATIENCE: Duration = Duration::from_secs(60);

/// Titles of the toolkit's file dialogs.
const DIALOG: &str = "^((Open|Save)( File)?|Select Folder)$";

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

    /// A message bus of its own, as each machine has, with somebody who writes down what is notified.
    fn start_bus(&mut self) -> Result<String> {
        let mut bus = Command::new("dbus-daemon");
        quiet(bus.args(["--session", "--nofork", "--print-address=1"])).stdout(Stdio::piped());
        let mut bus = bus.spawn().context("dbus-daemon can't be started")?;
        let mut address = String::new();
        BufReader::new(bus.stdout.take().context("the bus has an output")?).read_line(&mut address)?;
        self.processes.push(bus);
        let address = address.trim().to_owned();
        let mut monitor = Command::new("dbus-monitor");
        quiet(monitor.args(["--address", &address, "interface='org.freedesktop.Notifications'"]));
        monitor.stdout(std::fs::File::create(self.notified_path())?);
        self.processes.push(monitor.spawn().context("dbus-monitor can't be started")?);
        Ok(address)
    }

    fn notified_path(&self) -> PathBuf {
        self.profile.with_extension("notified")
    }

    /// Waits for a desktop notification with these words.
    pub async fn is_notified(&self, words: &str) -> Result<()> {
        self.until(&format!("the notification “{words}”"), async |desk| {
            Ok(std::fs::read_to_string(desk.notified_path())?.contains(words))
        })
        .await
    }

    /// Types by an input method, whose settings are in a home of its own. Before the window is opened.
    pub fn types_by(&mut self, method: InputMethod, home: &Path) {
        self.input_method = Some((method, home.to_owned()));
    }

    /// What the programs at this laptop are told of its screen and bus, and of who composes what is typed.
    fn environment(&self, bus: &str) -> Vec<(&'static str, String)> {
        let mut told = vec![("DISPLAY", self.display.clone()), ("DBUS_SESSION_BUS_ADDRESS", bus.to_owned())];
        if let Some((method, home)) = &self.input_method {
            told.push(("GTK_IM_MODULE", method.module().to_owned()));
            told.push(("XMODIFIERS", format!("@im={}", method.module())));
            told.push(("HOME", home.display().to_string()));
        }
        told
    }

    async fn start_input_method(&mut self, environment: &[(&'static str, String)]) -> Result<()> {
        let Some((method, home)) = self.input_method.clone() else { return Ok(()) };
        std::fs::create_dir_all(&home)?;
        let line = method.daemon(&home)?;
        let mut daemon = Command::new(line[0]);
        quiet(daemon.args(&line[1..]).envs(environment.iter().cloned()));
        self.processes.push(daemon.spawn().with_context(|| format!("{} can't be started", line[0]))?);
        if let InputMethod::IbusUnikey = method {
            wait("the engine", async || {
                // It fails for want of a keyboard map, which this X server has none of, and chooses all the same.
                let ibus = |line: &[&str]| Command::new("ibus").args(line).envs(environment.iter().cloned()).output();
                ibus(&["engine", "Unikey"])?;
                Ok(ibus(&["engine"])?.stdout.starts_with(b"Unikey"))
            })
            .await?;
        }
        Ok(())
    }

    /// Starts the driver, its output and the app's going to a file or nowhere.
    async fn start_driver(&mut self) -> Result<()> {
        let bus = self.start_bus()?;
        let environment = self.environment(&bus);
        self.start_input_method(&environment).await?;
        let mut driver = Command::new(&self.tools.driver);
        driver
            .args(["--port", &self.port().to_string(), "--native-port", &(self.port() + 100).to_string()])
            .envs(environment)
            // There is no graphics card here, and nobody with a screen reader.
            .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
            .env("NO_AT_BRIDGE", "1");
        quiet(&mut driver);
        if let Some(log) = &self.log {
            driver.stdout(log.try_clone()?).stderr(log.try_clone()?);
        }
        self.processes.push(driver.spawn().context("tauri-driver can't be started")?);
        // The one behind it, too: it starts a moment later.
        for port in [self.port(), self.port() + 100] {
            wait("tauri-driver", async || Ok(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok())).await?;
        }
        Ok(())
    }

    /// What the window writes to its terminal goes into a file. Before it is opened.
    pub fn log_to(&mut self, path: &Path) -> Result<()> {
        self.log = Some(std::fs::File::create(path)?);
        Ok(())
    }

    fn port(&self) -> u16 {
        4600 + self.number
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
        Ok(self.web()?.execute(script, vec![]).await?.json().clone())
    }

    /// The same, of a script that is given something.
    pub async fn script_with(&self, script: &str, given: Vec<Value>) -> Result<Value> {
        Ok(self.web()?.execute(script, given).await?.json().clone())
    }

    /// The app is gone from one moment to the next, as by a power cut.
    pub async fn kill(&mut self) -> Result<()> {
        self.signal("KILL")?;
        if let Some(web) = self.web.take() {
            // The driver lets go of a window that is no more.
            let _ = web.quit().await;
        }
        Ok(())
    }

    /// The app's process, if it runs.
    pub fn process(&self) -> Result<Option<u32>> {
        let line = format!("--data {} --title", self.profile.display());
        let found = Command::new("pgrep").args(["-o", "-f", "--", &line]).output()?.stdout;
        Ok(String::from_utf8_lossy(&found).trim().parse().ok())
    }

    /// Sends the app's process a signal.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let process = self.process()?.with_context(|| format!("{} does not run", self.name))?;
        let sent = Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status()?;
        if sent.success() { Ok(()) } else { bail!("{} can't be sent {signal}", self.name) }
    }

    /// Gives the window the keyboard: there is no window manager that would.
    pub fn take_keyboard(&self) -> Result<()> {
        self.xdotool(&["search", "--onlyvisible", "--name", self.name, "windowfocus"]).map(drop)
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

    /// Whether a second window of this laptop with such a title is on the screen.
    pub fn has_window(&self, title: &str) -> Result<bool> {
        Ok(!self.xdotool(&["search", "--onlyvisible", "--name", title])?.trim().is_empty())
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

    pub fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
        tokio::task::block_in_place(|| super::drop::files(&self.display, window, place, paths))
    }

    /// The middle of an element. There is no window manager: page and screen begin in one corner.
    async fn middle(&self, selector: &str) -> Result<(u32, u32)> {
        let middle = format!(
            "const e = document.querySelector('{selector}'); e.scrollIntoView({{ block: 'nearest' }});
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2].map(Math.round)"
        );
        Ok(serde_json::from_value(self.script(&middle).await?)?)
    }

    /// A picture of the X screen: the window stands in its corner.
    pub fn photograph(&self, to: &Path, (width, height): (u32, u32)) -> Result<()> {
        let corner = format!("{width}x{height}+0+0");
        let root =
            ["-display", &self.display, "-window", "root", "-crop", &corner, "+repage", "-strip", "-quality", "82"];
        let status = Command::new("/usr/bin/import").args(root).arg(to).status().context("ImageMagick's import")?;
        if !status.success() {
            bail!("no picture of {}", self.name);
        }
        let colours = Command::new("/usr/bin/identify").args(["-format", "%k"]).arg(to).output()?.stdout;
        if String::from_utf8_lossy(&colours).trim() == "1" {
            bail!("{} is blank", to.display());
        }
        Ok(())
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

/// At the very edge of a list an element is in view for the driver and out of reach for its click.
async fn press(element: &WebElement) -> Result<()> {
    element.scroll_into_view().await?;
    Ok(element.click().await?)
}

fn quiet(command: &mut Command) -> &mut Command {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

/// Waits as long as a person would.
pub async fn wait(what: &str, is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    until_within(PATIENCE, what, is_so).await
}

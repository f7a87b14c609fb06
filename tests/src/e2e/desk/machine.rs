//! What a laptop is made of: its screen, its message bus, the driver of its window, the app's process.

use super::{Desk, wait};
use crate::e2e::typing::InputMethod;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

impl Desk {
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
    pub(super) async fn start_driver(&mut self) -> Result<()> {
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

    pub(super) fn port(&self) -> u16 {
        4600 + self.number
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

    /// The app is started once more: it leaves this window its profile, and ends.
    pub async fn starts_once(&self) -> Result<()> {
        let first = self.process()?;
        let mut second = Command::new(self.tools.bin.join("ecabinet"));
        second.arg("--data").arg(&self.profile).args(["--title", "another"]).env("DISPLAY", &self.display);
        let mut second = quiet(second.env("NO_AT_BRIDGE", "1")).spawn()?;
        wait("the second of a profile to end", async || Ok(second.try_wait()?.is_some_and(|ended| ended.success())))
            .await
            .inspect_err(|_| drop(second.kill()))?;
        anyhow::ensure!(first.is_some() && self.process()? == first, "the first goes on");
        Ok(())
    }

    /// Sends the app's process a signal.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let process = self.process()?.with_context(|| format!("{} does not run", self.name))?;
        let sent = Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status()?;
        if sent.success() { Ok(()) } else { bail!("{} can't be sent {signal}", self.name) }
    }

    /// Gives the window the keyboard: there is no window manager that would.
    pub fn take_keyboard(&self) -> Result<()> {
        self.xdotool(&["search", "--onlyvisible", "--name", self.name, "windowfocus", "--sync"]).map(drop)
    }

    /// Whether a second window of this laptop with such a title is on the screen.
    pub fn has_window(&self, title: &str) -> Result<bool> {
        Ok(!self.xdotool(&["search", "--onlyvisible", "--name", title])?.trim().is_empty())
    }

    pub fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
}

pub(super) fn quiet(command: &mut Command) -> &mut Command {
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

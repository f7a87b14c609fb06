//! The demo: an organisation of 27 seats with its own hub, in `.demo/`.

use crate::{build, root, setup};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Opens windows on the demo; starts its hub, and makes the organisation, where that is still to do.
pub fn demo(seats: &[String]) -> Result<()> {
    let profiles: Vec<String> = if seats.is_empty() {
        vec!["secretary".to_owned(), "member-15".to_owned()]
    } else {
        seats.iter().map(|seat| profile(seat)).collect::<Result<_>>()?
    };
    expect_screen()?;
    setup::everything()?;
    build("debug")?;
    let folder = root().join(".demo");
    let mut hub = start_hub(&folder)?;
    let passphrase = std::fs::read_to_string(folder.join("passphrase")).context("the demo was made")?;
    let mut windows = Vec::new();
    for profile in &profiles {
        let mut window = Command::new(root().join("target/debug/ecabinet"));
        window.arg("--data").arg(folder.join(profile));
        window.args(["--demo-passphrase", passphrase.trim(), "--title", profile]);
        windows.push((profile, window.spawn().context("the app can't be started")?));
    }
    let mut failed = Vec::new();
    for (profile, mut window) in windows {
        if !window.wait()?.success() {
            failed.push(profile.as_str());
        }
    }
    if let Some(hub) = &mut hub {
        hub.kill()?;
    }
    if failed.is_empty() { Ok(()) } else { bail!("ended with an error: {}", failed.join(", ")) }
}

/// Where a seat keeps its data.
fn profile(seat: &str) -> Result<String> {
    match seat.split_once(':') {
        None if seat == "secretary" => Ok(seat.to_owned()),
        Some(("member", n)) if (1..=27).contains(&n.parse().unwrap_or(0)) => Ok(format!("member-{n}")),
        _ => bail!("--seat takes `secretary` or `member:1` to `member:27`"),
    }
}

/// Says at once that there is nothing to open a window on, and what to do.
fn expect_screen() -> Result<()> {
    let has_screen =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    if has_screen || !cfg!(target_os = "linux") {
        return Ok(());
    }
    bail!(
        "this machine has no screen to open the demo's windows on (neither DISPLAY nor WAYLAND_DISPLAY is set). \
         Run it in a desktop session, under `xvfb-run -a`, or see the whole story with `cargo xtask e2e --shots DIR`, \
         which brings a screen of its own and leaves pictures in DIR"
    )
}

/// The hub of the demo; none if another `demo` is serving it already.
fn start_hub(folder: &PathBuf) -> Result<Option<Child>> {
    if let Ok(address) = std::fs::read_to_string(folder.join("address"))
        && std::net::TcpStream::connect(address.trim()).is_ok()
    {
        return Ok(None);
    }
    let mut command = Command::new(root().join("target/debug/ecabinet-tests"));
    let mut hub = command.args(["demo", "--data"]).arg(folder).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(hub.stdout.take().context("the hub has an output")?).lines();
    for line in lines {
        let line = line?;
        println!("{line}");
        if line.starts_with("ready") {
            return Ok(Some(hub));
        }
    }
    bail!("the demo's hub ended before it was ready")
}

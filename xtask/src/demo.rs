//! The demo: an organisation of 27 seats with its own hub, in `.demo/`.

use crate::{build, root, setup};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Opens windows on the demo; starts its hub, and makes the organisation, where that is still to do.
pub fn demo(seats: &[String]) -> Result<()> {
    setup::everything()?;
    build("debug")?;
    let folder = root().join(".demo");
    let mut hub = start_hub(&folder)?;
    let passphrase = std::fs::read_to_string(folder.join("passphrase")).context("the demo was made")?;
    let seats = if seats.is_empty() { vec!["secretary".to_owned(), "member:15".to_owned()] } else { seats.to_vec() };
    let mut windows = Vec::new();
    for seat in &seats {
        let profile = match seat.split_once(':') {
            None if seat == "secretary" => "secretary".to_owned(),
            Some(("member", n)) if (1..=27).contains(&n.parse().unwrap_or(0)) => format!("member-{n}"),
            _ => bail!("--seat takes `secretary` or `member:1` to `member:27`"),
        };
        let mut window = Command::new(root().join("target/debug/ecabinet"));
        window.arg("--data").arg(folder.join(profile)).args(["--demo-passphrase", passphrase.trim(), "--title", seat]);
        windows.push(window.spawn().context("the app can't be started")?);
    }
    for mut window in windows {
        window.wait()?;
    }
    if let Some(hub) = &mut hub {
        hub.kill()?;
    }
    Ok(())
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

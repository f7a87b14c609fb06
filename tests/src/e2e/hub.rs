//! The real hub as its own process, to be killed.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub struct HubProcess {
    program: PathBuf,
    data: PathBuf,
    listen: String,
    process: Option<Child>,
    log: Option<File>,
    /// `URL#CERTIFICATE.TOKEN`, printed at the first start.
    pub setup_line: String,
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

impl HubProcess {
    /// The first start. TLS, as in service.
    pub fn start(bin: &Path, data: &Path) -> Result<Self> {
        Self::begin(bin, data, None)
    }

    /// The same, with what it writes to its terminal in a file.
    pub fn start_logging(bin: &Path, data: &Path, log: &Path) -> Result<Self> {
        Self::begin(bin, data, Some(File::create(log)?))
    }

    fn begin(bin: &Path, data: &Path, log: Option<File>) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut hub = HubProcess {
            program: bin.join("ecabinet-hub"),
            data: data.to_owned(),
            listen: format!("127.0.0.1:{port}"),
            process: None,
            log,
            setup_line: String::new(),
        };
        hub.setup_line = hub.run("set-up line ")?;
        Ok(hub)
    }

    /// SIGTERM, and waits.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            Command::new("kill").arg(process.id().to_string()).status()?;
            process.wait()?;
        }
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    pub fn restart(&mut self) -> Result<()> {
        self.run("certificate ").map(drop)
    }

    /// Starts it and returns the rest of the line that begins so.
    fn run(&mut self, wanted: &str) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.arg("serve").arg("--data").arg(&self.data).args(["--listen", &self.listen]);
        let errors = self.log.as_ref().map_or(Ok(Stdio::null()), |log| log.try_clone().map(Stdio::from))?;
        let mut process = command.stdout(Stdio::piped()).stderr(errors).spawn().context("the hub")?;
        let lines = BufReader::new(process.stdout.take().context("the hub has an output")?).lines();
        self.process = Some(process);
        for line in lines {
            if let Some(rest) = line?.strip_prefix(wanted) {
                return Ok(rest.to_owned());
            }
        }
        anyhow::bail!("the hub ended before it said “{wanted}”")
    }
}

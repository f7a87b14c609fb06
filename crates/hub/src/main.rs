//! `ecabinet-hub`: serves one organisation.

use anyhow::Result;
use cabinet_hub::{Clocks, Serving, serve};
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Parser)]
#[command(version, about = "The hub of E-Cabinet: orders sealed entries, keeps sealed papers, can open neither.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl C.
    Serve {
        /// Folder of the ledger, the papers and the hub's identity.
        #[arg(long)]
        data: PathBuf,
        /// Address and port.
        #[arg(long)]
        listen: SocketAddr,
        /// Plain HTTP; loopback only.
        #[arg(long)]
        plain: bool,
        /// The data was restored from a backup: take back from laptops what was stamped since, and nothing new.
        #[arg(long)]
        restored: bool,
    },
    /// Make another stamp key, while the hub stands still, and print the line that an officer signs with the recovery key. The hub
    /// changes over when that has arrived.
    RenewKey {
        /// Folder of the ledger, the papers and the hub's identity.
        #[arg(long)]
        data: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    close_to_others();
    tracing_subscriber::fmt().with_target(false).with_writer(std::io::stderr).init();
    match Arguments::parse().command {
        Command::Serve { data, listen, plain, restored } => {
            let clocks = Clocks::of_machine();
            until_stopped(Serving { data, listen, clocks, is_plain: plain, is_restored: restored }).await
        }
        Command::RenewKey { data } => {
            println!("{}", cabinet_hub::renew(&data)?);
            Ok(())
        }
    }
}

/// Connections, and what a hub opens besides.
#[cfg(unix)]
const DESCRIPTORS: u64 = 2 * cabinet_ledger::limits::CONNECTIONS_MAX as u64;

/// What is written from now on is this user's alone, and no memory with keys in it lies on a disk after a crash.
fn close_to_others() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
        umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        // Each connection takes a descriptor; what a service gets by itself is fewer than the door lets in.
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let current = Some(maximum.unwrap_or(DESCRIPTORS).min(DESCRIPTORS));
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum });
    }
}

async fn until_stopped(serving: Serving) -> Result<()> {
    let running = serve(serving).await?;
    println!("listening on {}", running.url());
    println!("certificate {}", running.certificate);
    if let Some(token) = &running.token {
        println!("set-up line {}#{}.{token}", running.url(), running.certificate);
    }
    stopped().await;
    running.stop().await
}

async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .expect("a process may listen for SIGTERM");
        tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
}

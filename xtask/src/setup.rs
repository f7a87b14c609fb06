//! What a fresh machine lacks.

use crate::{root, run};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Debian packages: to build the shell, and to run it without a screen.
const PACKAGES: &[&str] = &[
    "libwebkit2gtk-4.1-dev",
    "librsvg2-dev",
    "build-essential",
    "pkg-config",
    "perl",
    "xvfb",
    "webkit2gtk-driver",
    "poppler-utils",
    "xdotool",
    "xclip",
    "imagemagick",
    "dbus",
    "ibus",
    "ibus-gtk3",
    "ibus-unikey",
];

/// PDFium comes in this wheel.
const WHEEL: &str = "pypdfium2==5.15.2";
const WHEEL_SHA256: &str = "dc31aea5b0fb9fefc9b537a65f4113980b2c40798445736a7e6565bc85161e37";
const WHEEL_PLATFORM: (&str, &str) = ("linux", "x86_64");

/// Drives the real window in the end-to-end story.
const TAURI_DRIVER: &str = "2.1.0";

/// Installs everything.
pub fn everything() -> Result<()> {
    system()?;
    screen()?;
    pdfium()
}

/// What only the end-to-end story needs. Returns the driver's path.
pub fn driver() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let driver = tools.join("bin/tauri-driver");
    if !driver.exists() {
        let target = tools.display().to_string();
        let version = ["--version", TAURI_DRIVER, "--locked", "--root", &target];
        run("cargo", &[&["install", "tauri-driver"], version.as_slice()].concat())?;
    }
    Ok(driver)
}

/// The web UI, built, since the shell embeds it.
pub fn screen() -> Result<()> {
    let is_installed = is_newer("ui/node_modules/.package-lock.json", "ui/package-lock.json");
    if !is_installed {
        run("npm", &["--prefix", "ui", "ci"])?;
    }
    run("npm", &["--prefix", "ui", "run", "build", "--silent"])
}

/// Whether a file is there, and no older than another.
fn is_newer(file: &str, than: &str) -> bool {
    let changed = |path: &str| std::fs::metadata(root().join(path)).and_then(|m| m.modified()).ok();
    changed(file).is_some_and(|at| Some(at) >= changed(than))
}

fn system() -> Result<()> {
    packages(PACKAGES)
}

/// Installs Debian packages that are missing; says the one command to whoever may not.
pub fn packages(wanted: &[&'static str]) -> Result<()> {
    if !cfg!(target_os = "linux") || Command::new("dpkg").arg("--version").output().is_err() {
        return Ok(());
    }
    let is_missing = |p: &&&str| !Command::new("dpkg").args(["-s", p]).output().is_ok_and(|o| o.status.success());
    let missing: Vec<&str> = wanted.iter().filter(is_missing).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n");
    if !is_root {
        bail!("please run once:\n  sudo apt-get install -y {}", missing.join(" "));
    }
    run("apt-get", &["update"])?;
    run("apt-get", &[&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat())
}

fn pdfium() -> Result<()> {
    let folder = root().join("assets/pdfium");
    if folder.join("libpdfium.so").exists() {
        return Ok(());
    }
    if (std::env::consts::OS, std::env::consts::ARCH) != WHEEL_PLATFORM {
        bail!("no PDFium is pinned for this platform yet; put its library into assets/pdfium");
    }
    std::fs::create_dir_all(&folder)?;
    let download = root().join("target/pdfium");
    let _ = std::fs::remove_dir_all(&download);
    let target = download.display().to_string();
    run("python3", &["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "-d", &target, WHEEL])?;
    let wheel = std::fs::read_dir(&download)?.next().context("no wheel came")??.path();
    let sum = Command::new("sha256sum").arg(&wheel).output()?;
    if !sum.stdout.starts_with(WHEEL_SHA256.as_bytes()) {
        bail!("{} is not the pinned file: {}", wheel.display(), String::from_utf8_lossy(&sum.stdout));
    }
    let unpack = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); \
        open(sys.argv[2], 'wb').write(z.read('pypdfium2_raw/libpdfium.so'))";
    let library = folder.join("libpdfium.so");
    run("python3", &["-c", unpack, &wheel.display().to_string(), &library.display().to_string()])
}

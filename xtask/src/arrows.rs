//! Who may use whom, proved from `cargo metadata`.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::process::Command;

/// Each crate may use only what stands after it. The proofs, `ecabinet-tests`, `ecabinet-sim` and `ecabinet-readers`, may use everything.
const ARROWS: &[(&str, &[&str])] = &[
    ("ecabinet", &["cabinet-app"]),
    (
        "cabinet-app",
        &[
            "cabinet-work",
            "cabinet-vault",
            "cabinet-sync",
            "cabinet-paper",
            "cabinet-press",
            "cabinet-disk",
            "cabinet-meaning",
            "cabinet-acts",
            "cabinet-ledger",
            "cabinet-seal",
            "cabinet-domain",
        ],
    ),
    (
        "cabinet-work",
        &[
            "cabinet-vault",
            "cabinet-sync",
            "cabinet-meaning",
            "cabinet-acts",
            "cabinet-ledger",
            "cabinet-seal",
            "cabinet-domain",
            "cabinet-fault",
        ],
    ),
    ("cabinet-recount", &["cabinet-meaning", "cabinet-acts", "cabinet-ledger", "cabinet-seal", "cabinet-domain"]),
    ("cabinet-hub", &["cabinet-disk", "cabinet-ledger", "cabinet-seal", "cabinet-fault"]),
    (
        "cabinet-vault",
        &[
            "cabinet-disk",
            "cabinet-meaning",
            "cabinet-acts",
            "cabinet-ledger",
            "cabinet-seal",
            "cabinet-domain",
            "cabinet-fault",
        ],
    ),
    ("cabinet-meaning", &["cabinet-acts", "cabinet-ledger", "cabinet-seal", "cabinet-domain", "cabinet-fault"]),
    ("cabinet-sync", &["cabinet-ledger"]),
    ("cabinet-press", &["cabinet-domain"]),
    ("cabinet-paper", &[]),
    ("cabinet-disk", &[]),
    ("cabinet-acts", &["cabinet-domain"]),
    ("cabinet-ledger", &["cabinet-seal", "cabinet-fault"]),
    ("cabinet-seal", &[]),
    ("cabinet-domain", &["cabinet-fault"]),
    ("cabinet-fault", &[]),
    ("xtask", &[]),
];

/// Crates that may use everything.
const PROOFS: &[&str] = &["ecabinet-tests", "ecabinet-sim", "ecabinet-readers"];

/// Packages that only these crates may use.
const ONLY: &[(&str, &[&str])] = &[
    ("tauri", &["ecabinet"]),
    ("axum", &["cabinet-hub"]),
    ("rusqlite", &["cabinet-hub", "cabinet-vault", "ecabinet-tests"]),
    ("reqwest", &["cabinet-app"]),
    ("pdfium-render", &["cabinet-paper"]),
    ("typst", &["cabinet-press"]),
];

/// Packages that these crates must not use: no I/O runtime, no clock, no random source of their own.
const NEVER: &[(&str, &[&str])] = &[
    ("cabinet-domain", &["tokio", "getrandom", "rand", "rusqlite", "reqwest"]),
    ("cabinet-sync", &["tokio", "getrandom", "rand", "chrono", "rusqlite", "reqwest"]),
];

/// Fails on the first wrong arrow.
pub fn check() -> Result<()> {
    let output = Command::new("cargo").args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let uses = package["dependencies"].as_array().into_iter().flatten().filter_map(|d| d["name"].as_str());
        for used in uses {
            if !is_allowed(name, used) {
                wrong.push(format!("{name} must not use {used}"));
            }
        }
    }
    if wrong.is_empty() {
        println!("arrows: {} packages, none wrong", packages.len());
        return Ok(());
    }
    bail!(wrong.join("\n"))
}

fn is_allowed(name: &str, used: &str) -> bool {
    let is_ours = used.starts_with("cabinet-") || used == "ecabinet";
    let arrow = ARROWS.iter().find(|(crate_name, _)| *crate_name == name);
    let by_arrow = !is_ours || PROOFS.contains(&name) || arrow.is_some_and(|(_, allowed)| allowed.contains(&used));
    let by_owner = ONLY.iter().all(|(package, owners)| *package != used || owners.contains(&name));
    let by_ban = NEVER.iter().all(|(crate_name, banned)| *crate_name != name || !banned.contains(&used));
    by_arrow && by_owner && by_ban
}

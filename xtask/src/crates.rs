//! What we take from others, judged from `cargo metadata` of the Linux build: under which licence, from where, and how often the same thing twice.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences under which a crate may be part of what we hand out: each lets it be used, changed and passed on, and asks nothing of our own files.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "blessing",
];

/// The programs that are handed out.
const SHIPPED: &[&str] = &["ecabinet", "cabinet-hub", "cabinet-recount"];

/// Crates that our programs hold in more than one version, each because two that we use have not met on one. A new one is judged before it is
/// added here; one that has become single is taken off.
const DOUBLED: &[&str] = &[
    "base64",
    "bit-vec",
    "bitflags",
    "block-buffer",
    "chacha20",
    "const-oid",
    "cpufeatures",
    "crypto-common",
    "digest",
    "fearless_simd",
    "getrandom",
    "hashbrown",
    "hayro-ccitt",
    "hybrid-array",
    "indexmap",
    "infer",
    "libloading",
    "miniz_oxide",
    "nom",
    "quick-xml",
    "rand",
    "rand_chacha",
    "rand_core",
    "roxmltree",
    "schemars",
    "serde_spanned",
    "sha2",
    "thiserror",
    "toml",
    "toml_datetime",
    "vello_common",
    "winnow",
    "zbus",
];

/// Fails with every crate that does not pass.
pub fn check() -> Result<()> {
    let platform = ["--filter-platform", "x86_64-unknown-linux-gnu"];
    let output = Command::new("cargo").args(["metadata", "--format-version", "1"]).args(platform).output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists packages")?;
    let mut wrong: Vec<String> = packages.iter().flat_map(|p| [wrong_licence(p), wrong_source(p)]).flatten().collect();
    let shipped = shipped(&metadata, packages)?;
    let doubled: BTreeSet<&str> = shipped.iter().filter(|(_, versions)| versions.len() > 1).map(|(n, _)| *n).collect();
    let accepted: BTreeSet<&str> = DOUBLED.iter().copied().collect();
    wrong.extend(doubled.difference(&accepted).map(|name| format!("{name} comes in versions {:?}", shipped[name])));
    wrong.extend(accepted.difference(&doubled).map(|name| format!("{name} is single now: take it off the list")));
    if wrong.is_empty() {
        println!("crates: {} known, {} in what we ship, {} twice", packages.len(), shipped.len(), doubled.len());
        return Ok(());
    }
    bail!(wrong.join("\n"))
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

fn wrong_licence(package: &Value) -> Option<String> {
    let text = package["license"].as_str().unwrap_or_default();
    let expression = Expression::parse_mode(text, ParseMode::LAX);
    let is_accepted =
        |e: Expression| e.evaluate(|term| term.license.id().is_some_and(|id| LICENCES.contains(&id.name)));
    (!expression.is_ok_and(is_accepted)).then(|| format!("{} is under “{text}”", name(package)))
}

fn wrong_source(package: &Value) -> Option<String> {
    let source = package["source"].as_str();
    source.filter(|s| !s.starts_with("registry+")).map(|s| format!("{} comes from {s}", name(package)))
}

/// Crates that end in one of our programs, with their versions: through normal dependencies, without what only runs in the compiler.
fn shipped<'a>(metadata: &'a Value, packages: &'a [Value]) -> Result<BTreeMap<&'a str, BTreeSet<&'a str>>> {
    let package_of: BTreeMap<&str, &Value> = packages.iter().filter_map(|p| Some((p["id"].as_str()?, p))).collect();
    let nodes = metadata["resolve"]["nodes"].as_array().context("cargo metadata resolves")?;
    let node_of: BTreeMap<&str, &Value> = nodes.iter().filter_map(|n| Some((n["id"].as_str()?, n))).collect();
    let runs_in_compiler = |id: &str| {
        let kinds = package_of.get(id).into_iter().flat_map(|p| p["targets"].as_array()).flatten();
        kinds.flat_map(|t| t["kind"].as_array()).flatten().any(|kind| kind == "proc-macro")
    };
    let is_normal = |dependency: &&Value| {
        dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
    };
    let mut open: Vec<&str> =
        packages.iter().filter(|p| SHIPPED.contains(&name(p))).filter_map(|p| p["id"].as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) || runs_in_compiler(id) {
            continue;
        }
        let package = package_of[id];
        versions.entry(name(package)).or_default().insert(package["version"].as_str().unwrap_or_default());
        let dependencies = node_of.get(id).into_iter().flat_map(|n| n["deps"].as_array()).flatten();
        open.extend(dependencies.filter(is_normal).filter_map(|d| d["pkg"].as_str()));
    }
    Ok(versions)
}

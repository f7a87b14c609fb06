//! The accessibility tree of the ballot's path, as the engine computes it for a screen reader, beside the one that was agreed.

use super::desk::Desk;
use anyhow::{Result, bail};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use thirtyfour::By;
use thirtyfour::common::command::{Command, ExtensionCommand};

const AGREED: &str = include_str!("ballot.tree.txt");

#[derive(Default)]
pub struct Tree(String);

impl Tree {
    /// Writes down what stands in the panel of the vote now: role and name of each element that has a role, its states.
    pub async fn step(&mut self, desk: &Desk, what: &str) -> Result<()> {
        self.0.push_str(&format!("# {what}\n"));
        for (depth, line) in told(desk, "[data-ballot]").await? {
            let line = clock_hidden(&line);
            self.0.push_str(&format!("{}{line}\n", "  ".repeat(depth)));
        }
        Ok(())
    }

    /// Fails where it is not as agreed; what was found lies in the folder for temporary files then.
    pub fn compare(&self) -> Result<()> {
        if self.0 == AGREED {
            return Ok(());
        }
        let found = std::env::temp_dir().join("ballot.tree.txt");
        std::fs::write(&found, &self.0)?;
        let agreed = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/e2e/ballot.tree.txt"));
        bail!(
            "a screen reader is told something else of a ballot: compare {} with {}",
            found.display(),
            agreed.display()
        )
    }
}

/// The time of day stands as `00:00`.
fn clock_hidden(line: &str) -> String {
    let words = line.split_inclusive(' ').map(|word| match word.split_once(':') {
        Some((h, m)) if h.parse::<u8>().is_ok() && m.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("00:00{}", m.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        _ => word.to_owned(),
    });
    words.collect()
}

/// A question of the WebDriver standard that the library has no word for: an element's computed role or label.
#[derive(Debug)]
struct Computed(String);

impl ExtensionCommand for Computed {
    fn parameters_json(&self) -> Option<Value> {
        None
    }

    fn method(&self) -> http::Method {
        http::Method::GET
    }

    fn endpoint(&self) -> Arc<str> {
        self.0.as_str().into()
    }
}

/// What the engine tells a screen reader of an element and all below it: depth, then role, name and states. What has no role of
/// its own is passed over.
async fn told(desk: &Desk, selector: &str) -> Result<Vec<(usize, String)>> {
    // What has no name is read out by its words.
    let seen = format!(
        "return [...document.querySelectorAll('{selector}, {selector} *')].map((e) => {{ \
         let depth = 0; for (let up = e; !up.matches('{selector}'); up = up.parentElement) depth++; \
         const states = ['aria-checked', 'disabled'].filter((s) => e.hasAttribute(s)).map((s) => s + '=' + (e.getAttribute(s) || 'true')); \
         return {{ depth, states: states.join(' '), words: e.innerText ?? '' }}; }})"
    );
    let seen = desk.script(&seen).await?;
    let found = desk.web()?.find_all(By::Css(format!("{selector}, {selector} *"))).await?;
    let mut lines = Vec::new();
    for (n, element) in found.iter().enumerate() {
        let said = async |what: &str| -> Result<String> {
            let asked = Computed(format!("/element/{}/{what}", element.element_id()));
            let answer = desk.web()?.cmd(Command::ExtensionCommand(Box::new(asked))).await?.value_json()?;
            Ok(answer.as_str().unwrap_or_default().to_owned())
        };
        let role = said("computedrole").await?;
        if matches!(role.as_str(), "" | "generic" | "none" | "presentation") {
            continue;
        }
        let (label, at) = (said("computedlabel").await?, &seen[n]);
        let name = if label.is_empty() { at["words"].as_str().unwrap_or_default() } else { &label };
        let line = format!("{role} “{name}” {}", at["states"].as_str().unwrap_or_default());
        lines.push((at["depth"].as_u64().unwrap_or(0) as usize, line.trim().to_owned()));
    }
    Ok(lines)
}

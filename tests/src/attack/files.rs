//! Files and texts that strangers hand to an app.

use super::Tried;
use crate::org::{Org, call};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;

/// Tries them all at the officer's app, which goes on after each.
pub async fn files(org: &Org, folder: &Path) -> Result<Vec<Tried>> {
    let app = &org.officer;
    let mut tried = Vec::new();
    for (name, command, arguments) in acts(folder)? {
        let refused = call(app, command, arguments).await.err().map(|e| e.to_string());
        tried.push(Tried { name: name.to_owned(), refused: refused.map(|r| r.chars().take(60).collect()) });
        call(app, "status", Value::Null).await?;
    }
    Ok(tried)
}

fn acts(folder: &Path) -> Result<Vec<(&'static str, &'static str, Value)>> {
    let file = |name: &str, bytes: &[u8]| -> Result<Value> {
        let path = folder.join(name);
        std::fs::write(&path, bytes)?;
        Ok(json!({"path": path}))
    };
    let endless = folder.join("round");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&endless, &endless)?;
    let pipe = folder.join("pipe.pdf");
    let _ = std::process::Command::new("mkfifo").arg(&pipe).status();
    let pages = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 99999999>>endobj\ntrailer<</Root 1 0 R>>\n";
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    Ok(vec![
        ("a paper that is no PDF", "add_paper", file("word.pdf", b"PK\x03\x04 a Word file")?),
        ("a paper of nothing", "add_paper", file("empty.pdf", b"")?),
        ("a paper whose pages hold themselves", "add_paper", file("round.pdf", pages)?),
        ("a paper of zeros", "add_paper", file("zeros.pdf", &vec![0; 1 << 20])?),
        ("a folder for a paper", "add_paper", json!({"path": folder})),
        ("a link to itself for a paper", "add_paper", json!({"path": endless})),
        ("a paper that is not there", "add_paper", json!({"path": folder.join("none.pdf")})),
        ("an endless device for a paper", "add_paper", json!({"path": "/dev/zero"})),
        ("a pipe for a paper", "add_paper", json!({"path": pipe})),
        ("law that is none", "add_law", json!({"text": "không phải luật"})),
        ("law nested 100,000 deep", "add_law", json!({"text": format!("x = {deep}")})),
        ("an enrolment code that is none", "enrol", json!({"code": "ECAB1-XXXX", "passphrase": "mật khẩu đủ dài"})),
        (
            "an enrolment code of 1 MiB",
            "enrol",
            json!({"code": format!("ECAB1-{}", "A".repeat(1 << 20)), "passphrase": "mật khẩu đủ dài"}),
        ),
        (
            "a set-up line to a hub without TLS",
            "found",
            json!({"setup_line": format!("http://198.51.100.7:1#{}.x", "00".repeat(32)), "passphrase": "mật khẩu đủ dài", "office": "A", "short": "A"}),
        ),
        (
            "a set-up line to a host behind a loopback name",
            "found",
            json!({"setup_line": format!("http://localhost:80@198.51.100.7#{}.x", "00".repeat(32)), "passphrase": "mật khẩu đủ dài", "office": "A", "short": "A"}),
        ),
        ("a command that is none", "erase_everything", Value::Null),
        ("arguments that are none", "form", json!([1, 2, 3])),
        ("a form by a way out", "form", json!({"form": "../../vault.key"})),
    ])
}

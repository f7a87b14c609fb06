//! Vietnamese as people type it: key by key into an input method, which composes each syllable in the field. Ctrl Enter inside the last
//! syllable signs it whole.

use super::desk::{Desk, Tools};
use crate::org::{FormDraft, Org, PASSPHRASE, call, system_clock, until};
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};

/// An input method, by the module of GTK that speaks to it and the engine in it.
#[derive(Clone, Copy, Debug)]
pub enum InputMethod {
    /// Telex by ibus.
    IbusUnikey,
    /// Telex by fcitx.
    FcitxUnikey,
    /// Another engine, by fcitx.
    FcitxBamboo,
}

impl InputMethod {
    /// All that people in Viet Nam use on Linux.
    pub const ALL: [InputMethod; 3] = [InputMethod::IbusUnikey, InputMethod::FcitxUnikey, InputMethod::FcitxBamboo];

    /// What GTK is told.
    pub fn module(self) -> &'static str {
        match self {
            InputMethod::IbusUnikey => "ibus",
            InputMethod::FcitxUnikey | InputMethod::FcitxBamboo => "fcitx",
        }
    }

    /// The daemon's command line. `home` is where its settings are, which this writes.
    pub fn daemon(self, home: &Path) -> Result<Vec<&'static str>> {
        let engine = match self {
            InputMethod::IbusUnikey => {
                return Ok(vec!["ibus-daemon", "--replace", "--panel=disable", "--config=disable", "--cache=none"]);
            }
            InputMethod::FcitxUnikey => "unikey",
            InputMethod::FcitxBamboo => "bamboo",
        };
        let folder = home.join(".config/fcitx5");
        std::fs::create_dir_all(&folder)?;
        let profile = format!(
            "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM={engine}\n\n[Groups/0/Items/0]\nName={engine}\nLayout=\n\n\
             [GroupOrder]\n0=Default\n"
        );
        std::fs::write(folder.join("profile"), profile)?;
        Ok(vec!["fcitx5", "--replace", "--disable=wayland,quickphrase,notificationitem"])
    }
}

/// Types with each of these methods; fails where what is signed is not what was typed.
pub async fn typing(tools: &Tools, methods: &[InputMethod]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (profile, forms) = prepare(folder.path(), methods.len()).await?;
    for (n, (method, form)) in methods.iter().zip(&forms).enumerate() {
        let home = folder.path().join(format!("home-{n}"));
        let mut desk = Desk::new(tools, "typing", 20 + n as u16, &profile).await?;
        desk.types_by(*method, &home);
        let typed = answer(&mut desk, form, n).await;
        if typed.is_err() {
            let _ = desk.show().await;
        }
        typed.with_context(|| format!("{method:?}"))?;
        desk.close().await?;
        println!("typed, composed and signed whole by {method:?}");
    }
    Ok(())
}

/// A member's laptop with so many forms to answer, offline.
async fn prepare(folder: &Path, forms: usize) -> Result<(PathBuf, Vec<String>)> {
    let org = Org::found(folder, system_clock(), 2, true).await?;
    let mut sent = Vec::new();
    for n in 0..forms {
        let number = format!("{}/PLYK", 200 + n);
        let form = org.send_form(FormDraft::plain(&number, "2026-11-16")).await?;
        until("the form", async || Ok(call(&org.members[1], "form", json!({"form": form})).await.is_ok())).await?;
        sent.push(form);
    }
    Ok((folder.join("member-2"), sent))
}

async fn answer(desk: &mut Desk, form: &str, n: usize) -> Result<()> {
    desk.open().await?;
    desk.is_at("unlock").await?;
    focus(desk, "input").await?;
    // No input method composes in a passphrase.
    desk.xdotool(&["type", "--delay", "30", PASSPHRASE])?;
    desk.xdotool(&["key", "Return"])?;
    desk.is_at("home").await?;
    focus(desk, "search input").await?;
    typed(desk, "search input", "nghij ddinhj ", "nghị định ").await?;
    desk.press_beside("Trả lời", &format!("{}/PLYK", 200 + n)).await?;
    desk.is_at("form").await?;
    desk.until("the choices", async |d| {
        Ok(d.script("return !!document.querySelector('#question-0 [data-choice=other]')").await? == true)
    })
    .await?;
    desk.script("document.querySelector('#question-0 [data-choice=other]').click()").await?;
    focus(desk, "#remark-0").await?;
    typed(desk, "#remark-0", "lys do khacs", "lý do khác").await?;
    desk.xdotool(&["key", "ctrl+Return"])?;
    let mut signed = serde_json::Value::Null;
    desk.until("the answer", async |d| {
        let view = d.rpc("form", json!({"form": form})).await?;
        signed = view["my_answers"][0]["questions"][0]["remark"].clone();
        Ok(!signed.is_null())
    })
    .await?;
    ensure!(signed == "lý do khác", "signed: {signed}");
    Ok(())
}

async fn focus(desk: &Desk, field: &str) -> Result<()> {
    desk.until(&format!("{field} to have the keyboard"), async |d| {
        let focused = format!(
            "const e = document.querySelector('{field}'); e?.focus(); return !!e && document.activeElement === e"
        );
        Ok(d.script(&focused).await? == true)
    })
    .await?;
    desk.take_keyboard()
}

/// Types fast; the field shows the syllable under way, too.
async fn typed(desk: &Desk, field: &str, keys: &str, expected: &str) -> Result<()> {
    desk.xdotool(&["type", "--delay", "12", keys])?;
    let mut shown = String::new();
    let what = format!("“{expected}”");
    let waited = desk.until(&what, async |d| {
        let value = d.script(&format!("return document.querySelector('{field}')?.value ?? ''")).await?;
        shown = value.as_str().unwrap_or_default().to_owned();
        Ok(shown == expected)
    });
    if let Err(error) = waited.await {
        bail!("{error:#}; the field shows “{shown}”");
    }
    Ok(())
}

//! The story in real windows. Screens, names and files are the ones a person uses; nothing in the app exists for it.

mod clicks;
mod desk;
mod drop;
mod hall;
mod hall_full;
mod hub;
mod looks;
mod mend;
mod not_held;
mod restless;
mod second_thought;
mod session;
mod story;
mod tree;
mod typing;

use anyhow::{Context, Result, bail};
pub use desk::{Desk, Tools};
pub use hall_full::hall_full;
pub use hub::HubProcess;
pub use restless::{Plan, restless};
use std::path::{Path, PathBuf};
pub use typing::{InputMethod, typing};

/// Runs the story; `shots` is where pictures of the screens go, if they are wanted.
pub async fn run(driver: &Path, shots: Option<&Path>) -> Result<()> {
    let project = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let router = std::fs::read_to_string(project.join("ui/src/state/app.svelte.ts"))?;
    let tools = Tools::find(driver)?;
    let mut looks = looks::Looks::new(screens(&router)?, shots);
    story::story(&tools, &project, &mut looks).await?;
    hall_full(&tools, shots).await?;
    typing(&tools, &[InputMethod::IbusUnikey]).await?;
    looks.finish()
}

/// The router's own list.
fn screens(router: &str) -> Result<Vec<String>> {
    let list = router.split_once("SCREENS = [").and_then(|(_, rest)| rest.split_once(']')).context("SCREENS")?.0;
    let names = list.split(',').map(|s| s.trim().trim_matches('"')).filter(|name| !name.is_empty());
    let screens: Vec<String> = names.map(str::to_owned).collect();
    if screens.is_empty() {
        bail!("the router's list of screens can't be read");
    }
    Ok(screens)
}

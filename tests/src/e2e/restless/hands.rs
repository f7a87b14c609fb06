//! One plausible thing after another at a laptop, by real keys and a real pointer: mostly presses and keys, sometimes text, another size of the
//! window, a lock, a kill.

use crate::e2e::Desk;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::time::Duration;

const TARGETS: &str = include_str!("targets.js");
/// One that comes often stands here often.
const KEYS: &str = "1 1 2 2 3 3 ctrl+Return ctrl+Return ctrl+Return Tab Tab shift+Tab Escape Escape Return space F5 F7 F8 Next Prior Home End \
                    ctrl+k question Down ctrl+plus ctrl+0";
const PHRASES: [&str; 5] =
    ["De nghi rut xuong 12 thang. ", "ro nguon von ", "khong", " a", "Dong y ve nguyen tac, de nghi ra soat. "];
const SIZES: [(u32, u32); 4] = [(1024, 700), (1280, 800), (1440, 900), (1920, 1080)];
/// Longer than what is typed waits to be kept.
const PAUSE: Duration = Duration::from_millis(1_200);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    places: Vec<(String, i32, i32, usize, bool)>,
    is_typing: bool,
    is_safe: bool,
}

/// What hands do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Press,
    Key,
    Type,
    Pause,
    Resize,
    Lock,
    Kill,
    Hub,
    Others,
}

/// How often each comes, out of the sum; the program is killed only where that is asked for.
const WEIGHTS: [(Kind, usize); 9] = [
    (Kind::Press, 40),
    (Kind::Key, 26),
    (Kind::Type, 10),
    (Kind::Pause, 4),
    (Kind::Resize, 3),
    (Kind::Lock, 3),
    (Kind::Kill, 2),
    (Kind::Hub, 4),
    (Kind::Others, 8),
];

/// What is rare comes in turn too, so that a short run has it all.
const IN_TURN: [Kind; 6] = [Kind::Kill, Kind::Hub, Kind::Resize, Kind::Hub, Kind::Lock, Kind::Others];
const TURN_EVERY: usize = 12;

/// What the act with this number is.
pub fn next(random: &mut fastrand::Rng, n: usize, may_kill: bool) -> Kind {
    let is_fit = |kind: &Kind| may_kill || *kind != Kind::Kill;
    let in_turn = IN_TURN[n / TURN_EVERY % IN_TURN.len()];
    if n % TURN_EVERY == TURN_EVERY - 1 && is_fit(&in_turn) {
        return in_turn;
    }
    let weights = WEIGHTS.into_iter().filter(|(kind, _)| is_fit(kind));
    let all: Vec<Kind> = weights.flat_map(|(kind, weight)| std::iter::repeat_n(kind, weight)).collect();
    random.choice(all).unwrap_or(Kind::Pause)
}

/// Does it, and says what it was.
pub async fn act(desk: &mut Desk, kind: Kind, random: &mut fastrand::Rng) -> Result<String> {
    match kind {
        Kind::Press => press(desk, random, false).await,
        Kind::Key => key(desk, random).await,
        Kind::Type => write(desk, random).await,
        Kind::Resize => {
            let size = random.choice(SIZES).unwrap_or(SIZES[1]);
            desk.resize(size).await?;
            Ok(format!("{} × {}", size.0, size.1))
        }
        Kind::Lock => {
            desk.xdotool(&["key", "ctrl+l"])?;
            desk.is_at("unlock").await?;
            Ok("ctrl+l".to_owned())
        }
        Kind::Kill => {
            desk.kill().await?;
            desk.open().await?;
            desk.take_keyboard()?;
            Ok("killed and opened again".to_owned())
        }
        Kind::Pause | Kind::Hub | Kind::Others => {
            tokio::time::sleep(PAUSE).await;
            Ok(String::new())
        }
    }
}

async fn targets(desk: &Desk) -> Result<Targets> {
    serde_json::from_value(desk.script(TARGETS).await?).context("targets")
}

async fn press(desk: &Desk, random: &mut fastrand::Rng, only_text: bool) -> Result<String> {
    let places = targets(desk).await?.places.into_iter().filter(|p| !only_text || p.4);
    let weighted: Vec<_> = places.flat_map(|p| vec![p.clone(); p.3]).collect();
    let Some((name, x, y, ..)) = random.choice(weighted) else { return Ok("nothing to press".to_owned()) };
    desk.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"])?;
    Ok(name)
}

async fn key(desk: &Desk, random: &mut fastrand::Rng) -> Result<String> {
    let keys: Vec<&str> = KEYS.split_whitespace().collect();
    let key = random.choice(keys).unwrap_or("Escape");
    let presses = ["Return", "space"].contains(&key);
    let key = if presses && !targets(desk).await?.is_safe { "Escape" } else { key };
    desk.xdotool(&["key", key])?;
    Ok(key.to_owned())
}

async fn write(desk: &Desk, random: &mut fastrand::Rng) -> Result<String> {
    let mut field = String::new();
    if !targets(desk).await?.is_typing {
        field = press(desk, random, true).await?;
    }
    if !targets(desk).await?.is_typing {
        return Ok(field);
    }
    let phrase = random.choice(PHRASES).unwrap_or_default();
    desk.xdotool(&["type", "--delay", "12", phrase])?;
    Ok(format!("{field} “{phrase}”"))
}

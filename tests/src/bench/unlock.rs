//! Unlocking the vault of a member of 27, against one bare Argon2id with the same parameters.

use super::{Line, interleaved, timed};
use crate::org::{Org, PASSPHRASE, system_clock};
use anyhow::{Result, anyhow};
use cabinet_vault::Profile;

const SEATS: usize = 27;
/// LIMITS: Argon2id and 15 %.
const AIM: f64 = 1.15;

pub fn lines() -> Result<Vec<Line>> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    drop(runtime.block_on(Org::found(folder.path(), system_clock(), SEATS, true))?);
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    let profile = Profile::new(&folder.path().join("member-15"));
    let opened = profile.unlock(PASSPHRASE)?;
    anyhow::ensure!(opened.laptop.register().is_some_and(|r| r.devices.len() > SEATS), "the vault is a whole one");
    drop(opened);
    let ours = || Ok(timed(|| Ok(profile.unlock(PASSPHRASE)?))?.0);
    let salt = [7u8; 16];
    let bare = || {
        let parameters = argon2::Params::new(64 * 1024, 3, 4, Some(32)).map_err(|e| anyhow!("{e}"))?;
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters);
        let mut key = [0u8; 32];
        Ok(timed(|| argon.hash_password_into(PASSPHRASE.as_bytes(), &salt, &mut key).map_err(|e| anyhow!("{e}")))?.0)
    };
    Ok(vec![Line::times("unlock / one Argon2id", interleaved(ours, bare)?, AIM)])
}

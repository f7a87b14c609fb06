//! Unlock, lock, change the passphrase. Needs no network, ever.

use crate::{App, AppError};
use cabinet_vault::{Profile, VaultError};
use serde::Deserialize;
use ts_rs::TS;
use zeroize::Zeroizing;

/// A passphrase.
#[derive(Deserialize, TS)]
pub struct UnlockRequest {
    /// As typed.
    #[ts(type = "string")]
    pub passphrase: Zeroizing<String>,
}

/// A change of passphrase.
#[derive(Deserialize, TS)]
pub struct ChangePassphraseRequest {
    /// The one in force.
    #[ts(type = "string")]
    pub old: Zeroizing<String>,
    /// The next.
    #[ts(type = "string")]
    pub new: Zeroizing<String>,
}

/// To erase this laptop's vault.
#[derive(Deserialize, TS)]
pub struct ForgetRequest {
    /// The word that the screen asks for, as typed.
    pub word: String,
}

/// Opens the vault.
pub fn unlock(app: &App, request: UnlockRequest) -> Result<(), AppError> {
    if !app.is_locked() {
        return Ok(());
    }
    let unlocked = tried(app, |profile| profile.unlock(&request.passphrase))?;
    app.open(unlocked)
}

/// Locks the vault; what was signed goes on being sent.
pub fn lock(app: &App) -> Result<(), AppError> {
    app.close();
    Ok(())
}

/// Wraps the vault's key under another passphrase.
pub fn change_passphrase(app: &App, request: ChangePassphraseRequest) -> Result<(), AppError> {
    tried(app, |profile| profile.change_passphrase(&request.old, &request.new))
}

/// Tries a passphrase, unless too many wrong ones were tried just before.
fn tried<T>(app: &App, with: impl FnOnce(&Profile) -> Result<T, VaultError>) -> Result<T, AppError> {
    app.expect_patience()?;
    Ok(with(&app.0.profile).inspect_err(|error| {
        if *error == VaultError::WrongPassphrase {
            app.was_wrong();
        }
    })?)
}

/// What somebody types who means it, in either language of the screens.
const ERASING_WORDS: [&str; 2] = ["XÓA", "ERASE"];

/// Erases this laptop's vault after a forgotten passphrase: it can then be enrolled again. Takes the word typed, since nothing brings the vault
/// back, nor what was signed and not sent.
pub fn forget_vault(app: &App, request: ForgetRequest) -> Result<(), AppError> {
    if !ERASING_WORDS.contains(&request.word.trim().to_uppercase().as_str()) {
        return Err(AppError::BadRequest("word".into()));
    }
    app.close();
    Ok(app.0.profile.erase()?)
}

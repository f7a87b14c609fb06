//! Unlock, lock, change the passphrase. Needs no network, ever.

use crate::{App, AppError};
use serde::Deserialize;
use ts_rs::TS;

/// A passphrase.
#[derive(Deserialize, TS)]
pub struct UnlockRequest {
    /// As typed.
    pub passphrase: String,
}

/// A change of passphrase.
#[derive(Deserialize, TS)]
pub struct ChangePassphraseRequest {
    /// The one in force.
    pub old: String,
    /// The next.
    pub new: String,
}

/// Opens the vault.
pub fn unlock(app: &App, request: UnlockRequest) -> Result<(), AppError> {
    if !app.is_locked() {
        return Ok(());
    }
    let unlocked = app.0.profile.unlock(&request.passphrase)?;
    app.open(unlocked)
}

/// Locks the vault; what was signed goes on being sent.
pub fn lock(app: &App) -> Result<(), AppError> {
    app.close();
    Ok(())
}

/// Wraps the vault's key under another passphrase.
pub fn change_passphrase(app: &App, request: ChangePassphraseRequest) -> Result<(), AppError> {
    Ok(app.0.profile.change_passphrase(&request.old, &request.new)?)
}

/// Erases this laptop's vault after a forgotten passphrase: it can then be enrolled again.
pub fn forget_vault(app: &App) -> Result<(), AppError> {
    app.close();
    Ok(app.0.profile.erase()?)
}

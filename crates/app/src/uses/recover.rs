//! Recover with the printed key on a new laptop.

use crate::network::HubClient;
use crate::{App, AppError};
use cabinet_ledger::{ControlV1, Hash, Signed};
use cabinet_seal::Identity;
use cabinet_vault::VaultError;
use cabinet_work::WorkError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroizing;

/// What recovering needs.
#[derive(Deserialize, TS)]
pub struct RecoverRequest {
    /// Address and certificate of the hub, `URL#CERTIFICATE`, as the hub prints them.
    pub hub: String,
    /// The organisation's fingerprint, printed with the key.
    pub fingerprint: String,
    /// The printed key.
    #[ts(type = "string")]
    pub recovery_key: Zeroizing<String>,
    /// The passphrase of this laptop's new vault.
    #[ts(type = "string")]
    pub passphrase: Zeroizing<String>,
}

/// What must be printed instead of the used key.
#[derive(Serialize, TS)]
pub struct RecoverView {
    /// The new recovery key; shown once.
    pub recovery_key: String,
}

/// Recovers. Everybody sees that it was done.
pub async fn recover(app: &App, request: RecoverRequest) -> Result<RecoverView, AppError> {
    let key = Identity::parse(&request.recovery_key).map_err(|_| AppError::BadKey)?;
    let (url, rest) = request.hub.trim().split_once('#').ok_or(AppError::BadCode)?;
    let certificate = rest.split('.').next().unwrap_or_default().parse().map_err(|_| AppError::BadCode)?;
    let client = HubClient::new(url, certificate)?;
    let register = client.founding().await?;
    let first = register.first().ok_or(WorkError::NotFound)?;
    let signed = Signed::decode(&first.entry).map_err(VaultError::from)?;
    let Ok(ControlV1::Founded(founded)) = ControlV1::read(signed.header.kind, &signed.body) else {
        return Err(AppError::WrongHub);
    };
    let typed: String = request.fingerprint.chars().filter(char::is_ascii_hexdigit).collect();
    let root = founded.root.verifying().map_err(|_| AppError::WrongHub)?;
    let real: String = root.fingerprint().chars().filter(char::is_ascii_hexdigit).collect();
    if typed.to_lowercase() != real {
        return Err(AppError::WrongHub);
    }
    let now_ms = app.now_ms();
    let root = Hash(root.0);
    let (unlocked, recovered) = app.0.profile.create(&request.passphrase, |laptop| {
        laptop.recover(url, certificate, root, &register, &key, now_ms).map_err(|error| match error {
            VaultError::DiskFull | VaultError::Io(_) | VaultError::Database(_) => AppError::from(error),
            _ => AppError::BadKey,
        })
    })?;
    app.open_made(unlocked);
    Ok(RecoverView { recovery_key: recovered.recovery.to_string() })
}

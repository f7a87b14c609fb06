//! Found an organisation on a fresh hub. The recovery key is shown once.

use crate::network::HubClient;
use crate::{App, AppError};
use cabinet_ledger::wire::AppendedV1;
use cabinet_ledger::{Hash, role};
use cabinet_vault::{Laptop, SqlStore};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroizing;

/// What founding needs.
#[derive(Deserialize, TS)]
pub struct FoundRequest {
    /// The line that the hub printed at its first start.
    pub setup_line: String,
    /// The passphrase of this laptop's vault.
    #[ts(type = "string")]
    pub passphrase: Zeroizing<String>,
    /// The first officer's office.
    pub office: String,
    /// Its short sign.
    pub short: String,
}

/// What must be printed.
#[derive(Serialize, TS)]
pub struct FoundView {
    /// The recovery key; shown once, to be printed.
    pub recovery_key: String,
    /// The organisation's fingerprint.
    pub fingerprint: String,
}

/// Founds the organisation. The vault holds all of it before the hub is told, so that nothing can fail any more when the hub has taken it: the
/// recovery key is shown whatever comes then. A hub that says no leaves nothing behind.
pub async fn found(app: &App, request: FoundRequest) -> Result<FoundView, AppError> {
    let (url, certificate, token) = parse_setup_line(&request.setup_line)?;
    let client = HubClient::new(&url, certificate)?;
    let hello = client.hello().await?;
    let roles = role::OFFICER | role::SECRETARY | role::TELLER;
    let founding = Laptop::<SqlStore>::found(&url, certificate, hello.stamp_key, roles, app.now_ms())?;
    let (unlocked, ()) = app.0.profile.create(&request.passphrase, |laptop| {
        laptop.founded(&founding)?;
        laptop.keep_own_name(request.office, request.short)
    })?;
    let refused = match client.found(&token, founding.entry.clone()).await {
        Ok(AppendedV1::Stamped(_)) => None,
        Ok(AppendedV1::Refused(refusal)) => Some(AppError::HubRefuses(refusal.reason)),
        Err(error) => Some(error),
    };
    if let Some(error) = refused {
        drop(unlocked);
        app.0.profile.erase()?;
        return Err(error);
    }
    app.open_made(unlocked);
    until_named(app).await;
    Ok(FoundView { recovery_key: founding.recovery.to_string(), fingerprint: founding.fingerprint.clone() })
}

/// The officer's own name is written when the founding has come back: soon, or whenever the hub is there again.
async fn until_named(app: &App) {
    for _ in 0..200 {
        if app
            .with_laptop(|laptop, _| Ok(laptop.me().is_ok_and(|me| laptop.people().contains_key(&me.person))))
            .unwrap_or(true)
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// `URL#CERTIFICATE.TOKEN`.
pub(crate) fn parse_setup_line(line: &str) -> Result<(String, Hash, String), AppError> {
    let line = line.trim().trim_start_matches("set-up line").trim();
    let (url, rest) = line.split_once('#').ok_or(AppError::BadCode)?;
    let (certificate, token) = rest.split_once('.').ok_or(AppError::BadCode)?;
    let certificate = certificate.parse().map_err(|_| AppError::BadCode)?;
    Ok((url.to_owned(), certificate, token.to_owned()))
}

//! Found an organisation on a fresh hub. The recovery key is shown once.

use crate::network::HubClient;
use crate::{App, AppError};
use cabinet_acts::RegisterAct;
use cabinet_ledger::wire::AppendedV1;
use cabinet_ledger::{Hash, role};
use cabinet_vault::{Laptop, NewEntry, SqlStore};
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

/// Founds the organisation: the hub first, then the vault, so that a hub that says no leaves nothing behind.
pub async fn found(app: &App, request: FoundRequest) -> Result<FoundView, AppError> {
    let (url, certificate, token) = parse_setup_line(&request.setup_line)?;
    let client = HubClient::new(&url, certificate)?;
    let hello = client.hello().await?;
    let now_ms = app.now_ms();
    let mut unlocked = app.0.profile.create(&request.passphrase)?;
    let roles = role::OFFICER | role::SECRETARY | role::TELLER;
    let founding = Laptop::<SqlStore>::found(&url, certificate, hello.stamp_key, roles, now_ms)?;
    let appended = client.found(&token, founding.entry.clone()).await;
    match appended {
        Ok(AppendedV1::Stamped(_)) => {}
        Ok(AppendedV1::Refused(refusal)) => {
            drop(unlocked);
            app.0.profile.erase()?;
            return Err(AppError::HubRefuses(refusal.reason));
        }
        Err(error) => {
            drop(unlocked);
            app.0.profile.erase()?;
            return Err(error);
        }
    }
    unlocked.laptop.founded(&founding)?;
    app.open(unlocked)?;
    name_officer(app, &request.office, &request.short).await?;
    Ok(FoundView { recovery_key: founding.recovery.to_string(), fingerprint: founding.fingerprint.clone() })
}

/// The officer's own name is the register's first sealed entry; it waits until the founding has come back.
async fn name_officer(app: &App, office: &str, short: &str) -> Result<(), AppError> {
    for _ in 0..200 {
        if app.with_laptop(|laptop, _| Ok(laptop.is_admitted()))? {
            return app.with_laptop(|laptop, now_ms| {
                let me = laptop.me()?.clone();
                let person = cabinet_work::forms::person(me.person);
                let act = RegisterAct::PersonNamed { person, office: office.to_owned(), short: short.to_owned() };
                laptop.sign(NewEntry::act(me.register, act.write()), now_ms)?;
                laptop.grant_missing(me.register, now_ms)?;
                Ok(())
            });
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Err(AppError::Unreachable)
}

/// `URL#CERTIFICATE.TOKEN`.
pub(crate) fn parse_setup_line(line: &str) -> Result<(String, Hash, String), AppError> {
    let line = line.trim().trim_start_matches("set-up line").trim();
    let (url, rest) = line.split_once('#').ok_or(AppError::BadCode)?;
    let (certificate, token) = rest.split_once('.').ok_or(AppError::BadCode)?;
    let certificate = certificate.parse().map_err(|_| AppError::BadCode)?;
    Ok((url.to_owned(), certificate, token.to_owned()))
}

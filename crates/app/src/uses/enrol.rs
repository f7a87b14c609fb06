//! Enrol a laptop with a one-time code.

use crate::{App, AppError};
use cabinet_ledger::EnrolmentCode;
use serde::Deserialize;
use ts_rs::TS;
use zeroize::Zeroizing;

/// How long a request may wait to be admitted.
const REQUEST_MS: u64 = 24 * 3_600_000;

/// What enrolling needs.
#[derive(Deserialize, TS)]
pub struct EnrolRequest {
    /// The code.
    pub code: String,
    /// The passphrase of this laptop's new vault.
    #[ts(type = "string")]
    pub passphrase: Zeroizing<String>,
}

/// Makes the vault and asks to be admitted; works without a network, the request is sent when there is one.
pub fn enrol(app: &App, request: EnrolRequest) -> Result<(), AppError> {
    let code = EnrolmentCode::parse(&request.code).map_err(|_| AppError::BadCode)?;
    let now_ms = app.now_ms();
    let (unlocked, ()) =
        app.0.profile.create(&request.passphrase, |laptop| laptop.enrol(&code, now_ms + REQUEST_MS, now_ms))?;
    app.open_made(unlocked);
    Ok(())
}

//! Have the hub's next stamp key named by the root.

use super::expect_role;
use crate::{App, AppError};
use cabinet_ledger::role;
use cabinet_seal::Identity;
use serde::Deserialize;
use ts_rs::TS;
use zeroize::Zeroizing;

/// What naming it needs.
#[derive(Deserialize, TS)]
pub struct NameHubKeyRequest {
    /// What `ecabinet-hub renew-key` printed.
    pub line: String,
    /// The printed recovery key. It stays good.
    #[ts(type = "string")]
    pub recovery_key: Zeroizing<String>,
}

/// Names it. The hub changes over when that has arrived.
pub fn name_hub_key(app: &App, request: NameHubKeyRequest) -> Result<(), AppError> {
    let line = request.line.parse().map_err(|_| AppError::BadCode)?;
    let key = Identity::parse(&request.recovery_key).map_err(|_| AppError::BadKey)?;
    app.with_laptop(|laptop, now_ms| {
        expect_role(laptop, role::OFFICER)?;
        laptop.name_stamp_key(line, &key, now_ms).map_err(|error| match error {
            cabinet_vault::VaultError::Seal(_) => AppError::BadKey,
            other => other.into(),
        })
    })
}

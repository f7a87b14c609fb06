//! Why something is not done.

use cabinet_domain::{Refusal, SessionRefusal};
use cabinet_vault::VaultError;

/// A typed reason.
#[derive(Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum WorkError {
    #[error("the rules refuse it: {0}")]
    Refused(Refusal),
    #[error("the rules of sessions refuse it: {0}")]
    SessionRefused(SessionRefusal),
    #[error("two people changed {fields} fields without knowing of each other")]
    AgendaConflicts { fields: u32 },
    #[error("a reason is needed")]
    ReasonMissing,
    #[error("no roster is known for this day")]
    NoRoster,
    #[error("it was made by a newer app")]
    NeedsNewerApp,
    #[error("there is no such thing here")]
    NotFound,
    #[error(transparent)]
    Vault(#[from] VaultError),
}

//! What can go wrong, as codes that the screen has words for.

use cabinet_domain::LEASE_DAYS_MAX;
use cabinet_ledger::wire::RefusalReason;
use cabinet_ledger::{LedgerError, limits};
use cabinet_vault::VaultError;
use cabinet_work::WorkError;
use serde::Serialize;
use ts_rs::TS;

/// A typed reason.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum AppError {
    #[error("the vault is locked")]
    Locked,
    #[error("too many wrong passphrases; the next try is in {seconds} s")]
    TriedTooOften { seconds: u64 },
    #[error("the hub does not answer")]
    Unreachable,
    #[error("the hub refuses: {0}")]
    HubRefuses(RefusalReason),
    #[error("the certificate is not the pinned one")]
    WrongHub,
    #[error("not an enrolment code")]
    BadCode,
    #[error("not a valid key")]
    BadKey,
    #[error("the request is not understood: {0}")]
    BadRequest(String),
    #[error("the paper is marked secret")]
    SecretPaper { marking: String },
    #[error("the paper needs a password")]
    PaperNeedsPassword,
    #[error("the PDF reader is missing from this installation")]
    ReaderMissing,
    #[error("a letterhead needs its office and its place, in lines of at most 120 characters")]
    LetterheadIncomplete,
    #[error("the paper can't be opened")]
    PaperUnreadable,
    #[error("the document can't be set")]
    NotPrinted,
    #[error("the paper has not arrived yet")]
    PaperNotHere,
    #[error("the papers of this laptop are closed until its next contact with the hub")]
    LeaseOver,
    #[error("a lease is 1 to {LEASE_DAYS_MAX} days")]
    LeaseLength,
    #[error("neither a rule set nor a calendar's year: {detail}")]
    LawUnreadable { detail: String },
    #[error("not allowed for this role")]
    NotAllowed,
    #[error(transparent)]
    Work(#[from] WorkError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("an internal error, number {incident}")]
    Internal { incident: String },
}

/// Why the hub refuses, as the screen has words for it: `hub.` and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the message files say each")]
pub enum HubReason {
    NotAllowed,
    NotAdmitted,
    RegisterRefuses,
    UsedTwice,
    NeedsNewerApp,
    OtherOrganisation,
    NotFound,
    WrongToken,
    TooLarge,
    Unreadable,
    Busy,
    DiskFull,
    ClockWrong,
    Forked,
}

impl From<RefusalReason> for HubReason {
    fn from(reason: RefusalReason) -> Self {
        match reason {
            RefusalReason::NotAllowed | RefusalReason::WrongKey => HubReason::NotAllowed,
            RefusalReason::DeviceNotAdmitted | RefusalReason::NotLoggedIn => HubReason::NotAdmitted,
            RefusalReason::RegisterRefuses => HubReason::RegisterRefuses,
            RefusalReason::SameIdOtherBytes | RefusalReason::CounterUsed => HubReason::UsedTwice,
            RefusalReason::NeedsNewer | RefusalReason::KindUnknown => HubReason::NeedsNewerApp,
            RefusalReason::OtherOrganisation => HubReason::OtherOrganisation,
            RefusalReason::SpaceUnknown | RefusalReason::NotFound | RefusalReason::HeadUnknown => HubReason::NotFound,
            RefusalReason::WrongToken => HubReason::WrongToken,
            RefusalReason::TooLarge | RefusalReason::OutOfRange => HubReason::TooLarge,
            RefusalReason::Malformed | RefusalReason::BadSignature | RefusalReason::HashDiffers => {
                HubReason::Unreadable
            }
            RefusalReason::TooManyRequests | RefusalReason::ShuttingDown => HubReason::Busy,
            RefusalReason::DiskFull => HubReason::DiskFull,
            RefusalReason::ClockWrong => HubReason::ClockWrong,
            RefusalReason::Forked | RefusalReason::SeenUnknown => HubReason::Forked,
        }
    }
}

impl HubReason {
    pub(crate) fn view(self) -> ErrorView {
        let name = serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        ErrorView { code: format!("hub.{name}"), facts: serde_json::Map::new() }
    }
}

/// An error as the screen gets it: a code with its facts.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ErrorView {
    /// The code by which the message files have words.
    pub code: String,
    /// Facts that the words may name.
    #[ts(type = "Record<string, string | number>")]
    pub facts: serde_json::Map<String, serde_json::Value>,
}

impl AppError {
    /// Whether something that is kept here is not what was written.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self,
            AppError::Vault(VaultError::Damaged(_)) | AppError::Work(WorkError::Vault(VaultError::Damaged(_)))
        )
    }

    /// The code and its facts. Security: codes and counts only, never a title, a name or a text.
    pub fn view(&self) -> ErrorView {
        let mut facts = serde_json::Map::new();
        let mut fact = |name: &str, value: serde_json::Value| drop(facts.insert(name.to_owned(), value));
        let code = match self {
            AppError::Locked => "locked",
            AppError::TriedTooOften { seconds } => {
                fact("seconds", (*seconds).into());
                "tried_too_often"
            }
            AppError::Work(WorkError::Refused(refusal)) => return refusal_view("refused", refusal),
            AppError::Work(WorkError::SessionRefused(refusal)) => return refusal_view("session", refusal),
            AppError::Work(WorkError::AgendaConflicts { fields }) => {
                fact("fields", (*fields).into());
                "agenda_conflicts"
            }
            AppError::Work(WorkError::ReasonMissing) => "reason_missing",
            AppError::Work(WorkError::NoRoster) => "no_roster",
            AppError::Work(WorkError::NeedsNewerApp) => "needs_newer_app",
            AppError::Work(WorkError::NotFound) => "not_found",
            AppError::Unreachable => "unreachable",
            AppError::HubRefuses(reason) => return HubReason::from(*reason).view(),
            AppError::WrongHub => "wrong_hub",
            AppError::BadCode => "bad_code",
            AppError::BadKey => "bad_key",
            AppError::BadRequest(_) => "bad_request",
            AppError::SecretPaper { marking } => {
                fact("marking", marking.clone().into());
                "secret_paper"
            }
            AppError::PaperNeedsPassword => "paper_needs_password",
            AppError::ReaderMissing => "reader_missing",
            AppError::LetterheadIncomplete => "letterhead_incomplete",
            AppError::PaperUnreadable => "paper_unreadable",
            AppError::PaperNotHere => "paper_not_here",
            AppError::NotPrinted => "not_printed",
            AppError::LeaseOver => "lease_over",
            AppError::LeaseLength => {
                fact("most", LEASE_DAYS_MAX.into());
                "lease_length"
            }
            AppError::LawUnreadable { detail } => {
                fact("detail", detail.clone().into());
                "law_unreadable"
            }
            AppError::NotAllowed => "not_allowed",
            AppError::Vault(error) | AppError::Work(WorkError::Vault(error)) => vault_code(error, &mut fact),
            AppError::Internal { incident } => {
                fact("incident", incident.clone().into());
                "internal"
            }
        };
        ErrorView { code: code.to_owned(), facts }
    }
}

fn vault_code(error: &VaultError, fact: &mut dyn FnMut(&str, serde_json::Value)) -> &'static str {
    match error {
        VaultError::WrongPassphrase => "wrong_passphrase",
        VaultError::PassphraseTooShort(n) => {
            fact("min", (*n).into());
            "passphrase_too_short"
        }
        VaultError::DiskFull => "disk_full",
        VaultError::Damaged(_) => "vault_damaged",
        VaultError::NewerVersion => "needs_newer_app",
        VaultError::KeyMissing => "key_missing",
        VaultError::NeedsNewerApp => "needs_newer_app",
        VaultError::EntryTooLarge { bytes } => {
            fact("is", (*bytes).into());
            fact("most", limits::ENTRY_BYTES_MAX.into());
            "too_much.bytes"
        }
        VaultError::Ledger(LedgerError::TooLarge) => "too_much",
        VaultError::Exists => "vault_exists",
        VaultError::NotEnrolled => "not_enrolled",
        _ => "vault_failed",
    }
}

/// A refusal's kind as its code, its numbers as facts.
fn refusal_view(prefix: &str, refusal: &impl Serialize) -> ErrorView {
    let mut facts = match serde_json::to_value(refusal) {
        Ok(serde_json::Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let mut word = |name| facts.remove(name).and_then(|k| k.as_str().map(str::to_owned));
    let (kind, of) = (word("kind").unwrap_or_default(), word("of"));
    // What is too much has the same words wherever it is refused.
    let code = of.map_or_else(|| format!("{prefix}.{kind}"), |of| format!("{kind}.{of}"));
    ErrorView { code, facts }
}

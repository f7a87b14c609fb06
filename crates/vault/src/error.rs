//! What can be wrong with the vault, each a thing to show and not to log.

use cabinet_ledger::{LedgerError, limits};
use cabinet_seal::SealError;
use rusqlite::ErrorCode;
use std::io::ErrorKind;

/// A typed reason.
#[derive(Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum VaultError {
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    #[error("there is no vault here")]
    Missing,
    #[error("there is a vault here already")]
    Exists,
    #[error("the vault is damaged: {0}")]
    Damaged(&'static str),
    #[error("the vault was written by a newer version")]
    NewerVersion,
    #[error("the disk is full")]
    DiskFull,
    #[error("the passphrase is too short: at least {0} characters")]
    PassphraseTooShort(usize),
    #[error("reading or writing failed: {0}")]
    Io(ErrorKind),
    #[error("the database failed: {0}")]
    Database(String),
    #[error("the key for this is not on this laptop")]
    KeyMissing,
    #[error("there is no such space on this laptop")]
    SpaceUnknown,
    #[error("only a newer app knows what stands here")]
    NeedsNewerApp,
    #[error("not yet enrolled")]
    NotEnrolled,
    #[error("an entry of {bytes} bytes, where {} may be", limits::ENTRY_BYTES_MAX)]
    EntryTooLarge { bytes: usize },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Seal(SealError),
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => VaultError::DiskFull,
            // What SQLite keeps beside a database finds no room, either.
            Some(_) if is_of_shared_memory(&error) => VaultError::DiskFull,
            Some(ErrorCode::DatabaseCorrupt) => VaultError::Damaged("the database is not whole"),
            Some(ErrorCode::NotADatabase) => VaultError::Damaged("the database does not open with its key"),
            Some(_) => VaultError::Database(error.to_string()),
            // No failure of the database's: a value is not of the kind that was written.
            None if is_of_a_value(&error) => VaultError::Damaged("a row of the database"),
            None => VaultError::Database(error.to_string()),
        }
    }
}

fn is_of_shared_memory(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

fn is_of_a_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..))
}

impl From<SealError> for VaultError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Io(kind) => kind.into(),
            error => VaultError::Seal(error),
        }
    }
}

impl From<ErrorKind> for VaultError {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::StorageFull => VaultError::DiskFull,
            kind => VaultError::Io(kind),
        }
    }
}

impl From<std::io::Error> for VaultError {
    fn from(error: std::io::Error) -> Self {
        error.kind().into()
    }
}

//! What can be wrong with bytes that claim to be part of the ledger.

use cabinet_seal::SealError;

/// A typed reason; never carries content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "each variant's message says it")]
pub enum LedgerError {
    #[error("the bytes are not of this format")]
    Malformed,
    #[error("the bytes are not the one valid encoding")]
    NotCanonical,
    #[error("unknown version {0}")]
    UnknownVersion(u8),
    #[error("longer or more than the limit allows")]
    TooLarge,
    #[error("a signature does not verify")]
    BadSignature,
    #[error("it belongs to another organisation")]
    OtherOrganisation,
    #[error("it belongs to another space")]
    OtherSpace,
    #[error("the stamp is for another entry")]
    OtherEntry,
    #[error("the body is not the one that was signed")]
    BodyDiffers,
    #[error("the sequence has a gap: expected {expected}, got {got}")]
    SequenceGap { expected: u64, got: u64 },
    #[error("the chain is broken at {seq}")]
    ChainBroken { seq: u64 },
    #[error("time goes back at {seq}")]
    TimeGoesBack { seq: u64 },
    #[error("a register head goes back, or was never seen")]
    RegisterHeadUnknown,
    #[error("the register must be read up to {needed} first")]
    RegisterBehind { needed: u64 },
    #[error("stamped with a key that the root did not name for this term")]
    StampKeyUnknown,
    #[error("the author was not allowed: {0}")]
    NotAdmitted(crate::wire::RefusalReason),
    #[error("the space does not begin with a founding entry")]
    NotFounded,
    #[error("not a key of a suite that is known here")]
    BadKey,
    #[error("control kind {0} is a newer program's")]
    ControlKindUnknown(u16),
    #[error("only a newer program knows what may be here")]
    NeedsNewerApp,
    #[error("the stamp at {seq} does not lie between its register head and the next one")]
    TimeOutOfRegister { seq: u64 },
    #[error("the hub signed two histories from {seq} on")]
    Forked { seq: u64 },
    #[error("not an enrolment code")]
    BadCode,
}

impl From<SealError> for LedgerError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::BadSignature | SealError::BadKey => LedgerError::BadSignature,
            _ => LedgerError::BodyDiffers,
        }
    }
}

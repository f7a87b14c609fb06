//! What can be wrong with something sealed or signed.

/// A typed reason; never carries any of the bytes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not verify")]
    BadSignature,
    /// The bytes are no public key, or one that strict verification refuses.
    #[error("not a valid key")]
    BadKey,
    /// The ciphertext was altered, or this is not its key.
    #[error("the sealed bytes do not open with this key")]
    DoesNotOpen,
    /// The padding is not the one that sealing writes.
    #[error("the padding is not valid")]
    BadPadding,
    /// Not an age v1 file, or its header was altered.
    #[error("the header of the sealed file is not valid")]
    BadHeader,
    /// The file ends too early or too late.
    #[error("the sealed file has the wrong length")]
    BadLength,
    /// A piece differs from its hash.
    #[error("piece {0} of the sealed file differs from its hash")]
    BadPiece(u64),
    /// The list of pieces differs from its hash.
    #[error("the list of pieces differs from its hash")]
    BadPieceList,
    /// Parameters below the floor, or that Argon2 refuses.
    #[error("the passphrase parameters are not acceptable")]
    BadParameters,
    /// The file could not be read or written.
    #[error("reading or writing failed: {0:?}")]
    Io(std::io::ErrorKind),
}

impl From<std::io::Error> for SealError {
    fn from(error: std::io::Error) -> Self {
        SealError::Io(error.kind())
    }
}

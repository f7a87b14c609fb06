//! Names as bytes. On the wire each is a CBOR byte string of its exact length.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use std::fmt;

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $n:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $n]);

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let bytes = d.bytes()?.try_into().map_err(|_| decode::Error::message("wrong length of an id"))?;
                Ok($name(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::LedgerError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let mut bytes = [0; $n];
                if text.len() != 2 * $n || !text.is_ascii() {
                    return Err(crate::LedgerError::Malformed);
                }
                for (i, byte) in bytes.iter_mut().enumerate() {
                    let digits = &text[2 * i..2 * i + 2];
                    *byte = u8::from_str_radix(digits, 16).map_err(|_| crate::LedgerError::Malformed)?;
                }
                Ok($name(bytes))
            }
        }
    };
}

bytes_id!(
    /// A BLAKE3 hash.
    Hash, 32
);
bytes_id!(
    /// An organisation: the hash of its first root key.
    OrgId, 32
);
bytes_id!(
    /// A space: the hash of its first entry.
    SpaceId, 32
);
bytes_id!(
    /// An entry: a UUIDv7 chosen on the laptop.
    EntryId, 16
);
bytes_id!(
    /// A laptop of a person.
    DeviceId, 16
);
bytes_id!(
    /// A person.
    PersonId, 16
);
bytes_id!(
    /// An invitation.
    InvitationId, 16
);
bytes_id!(
    /// A key, by a hash of it and of where it comes from.
    KeyId, 32
);

impl Hash {
    /// No hash: what stands before the first.
    pub const NONE: Hash = Hash([0; 32]);
}

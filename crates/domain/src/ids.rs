//! Names of things. All are opaque; equality is their only meaning.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// A 32-byte hash (BLAKE3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// BLAKE3 of some bytes, for pinning texts of law by content.
    pub fn of(bytes: &[u8]) -> Self {
        Hash(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A form is named by the hash of its space's first entry.
pub type FormId = Hash;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok($name(Uuid::from_str(text)?))
            }
        }
    };
}

uuid_id!(
    /// One person, whatever offices they hold: one member, one vote.
    PersonId
);
uuid_id!(
    /// One laptop of one person.
    DeviceId
);
uuid_id!(
    /// One signed act, chosen on the laptop (UUIDv7), so that a resend is harmless.
    EntryId
);
uuid_id!(
    /// One thing on an agenda, through all its versions.
    ItemId
);
uuid_id!(
    /// One paper of a session, through all its versions.
    PaperId
);

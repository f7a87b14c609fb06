//! Ledger names as the rules' names, and back: the same bytes.

use cabinet_domain as domain;
use cabinet_ledger as ledger;
use uuid::Uuid;

/// An entry as the rules name it.
pub fn domain_entry(id: ledger::EntryId) -> domain::EntryId {
    domain::EntryId(Uuid::from_bytes(id.0))
}

/// A person as the rules name them.
pub fn domain_person(id: ledger::PersonId) -> domain::PersonId {
    domain::PersonId(Uuid::from_bytes(id.0))
}

/// A laptop as the rules name it.
pub fn domain_device(id: ledger::DeviceId) -> domain::DeviceId {
    domain::DeviceId(Uuid::from_bytes(id.0))
}

/// An entry as the ledger names it.
pub fn ledger_entry(id: domain::EntryId) -> ledger::EntryId {
    ledger::EntryId(*id.0.as_bytes())
}

/// A person as the ledger names them.
pub fn ledger_person(id: domain::PersonId) -> ledger::PersonId {
    ledger::PersonId(*id.0.as_bytes())
}

/// A pair as the ledger names it.
pub fn ledger_key(id: domain::Hash) -> ledger::KeyId {
    ledger::KeyId(id.0)
}

/// A hash as the ledger writes it.
pub fn ledger_hash(hash: domain::Hash) -> ledger::Hash {
    ledger::Hash(hash.0)
}

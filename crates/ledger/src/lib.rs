//! cabinet-ledger

//! cabinet-vault

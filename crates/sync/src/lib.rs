//! cabinet-sync

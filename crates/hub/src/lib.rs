//! cabinet-hub

//! cabinet-app

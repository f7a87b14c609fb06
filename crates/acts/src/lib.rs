//! cabinet-acts

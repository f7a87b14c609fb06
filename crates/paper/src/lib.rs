//! cabinet-paper

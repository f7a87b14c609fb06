//! cabinet-recount

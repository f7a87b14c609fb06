//! ecabinet-tests

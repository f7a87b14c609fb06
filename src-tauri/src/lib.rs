//! ecabinet

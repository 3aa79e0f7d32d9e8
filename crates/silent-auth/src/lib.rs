//! The silent authentication client.

//! The local authorization server.

fn main() {}

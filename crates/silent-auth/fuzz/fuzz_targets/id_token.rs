//! Fuzzes ID tokens.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| silent_auth::fuzzing::id_token(data));

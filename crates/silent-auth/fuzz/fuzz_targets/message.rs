//! Fuzzes messages.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| silent_auth::fuzzing::message(data));

//! Fuzzes the Cookie header.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tenant::fuzzing::cookies(data));

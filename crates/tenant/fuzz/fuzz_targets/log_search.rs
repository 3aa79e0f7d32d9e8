//! Fuzzes searches in the logs.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tenant::fuzzing::log_search(data));

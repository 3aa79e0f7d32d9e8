//! Fuzzes parameters of requests.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tenant::fuzzing::request(data));

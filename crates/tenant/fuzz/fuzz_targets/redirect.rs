//! Fuzzes redirect addresses.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tenant::fuzzing::redirect(data));

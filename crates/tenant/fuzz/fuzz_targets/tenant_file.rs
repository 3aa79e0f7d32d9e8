//! Fuzzes the tenant file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tenant::fuzzing::tenant_file(data));

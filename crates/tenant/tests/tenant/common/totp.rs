//! An authenticator app: the one-time codes of one key.

use aws_lc_rs::hmac;

/// The key `12345678901234567890`, as a tenant file has it.
pub(crate) const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// The code that the app shows at this second.
pub(crate) fn code_at(second: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345678901234567890");
    let tag = hmac::sign(&key, &u64::try_from(second / 30).expect("after 1970").to_be_bytes());
    let digest = tag.as_ref();
    let offset = (digest[19] % 16) as usize;
    let number = digest[offset..offset + 4].iter().fold(0_u64, |number, byte| number * 256 + u64::from(*byte));
    format!("{:06}", number % (1 << 31) % 1_000_000)
}

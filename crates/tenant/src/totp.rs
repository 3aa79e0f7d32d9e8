//! One-time codes by time (RFC 6238): six digits, new every 30 seconds, by HMAC-SHA-1, as authenticator apps make them.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Deserializer};

use crate::clock::Timestamp;
use crate::secret::Secret;

/// How long a code lasts, in seconds.
const STEP: i64 = 30;
/// Codes of so many steps before and after the present one are good too: clocks differ (RFC 6238 5.2).
const DRIFT: i64 = 1;
/// A key has at least so many bytes (RFC 4226, R6).
const SHORTEST_KEY: usize = 16;

/// The secret that an authenticator app and the tenant share.
#[derive(Clone)]
pub(crate) struct TotpKey(hmac::Key);

impl TotpKey {
    /// Reads a key as apps show it: Base32 (RFC 4648), blanks and padding left out or not.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes());
        let bytes = bytes.map_err(|_| "a key in Base32: the letters A to Z and the digits 2 to 7")?;
        if bytes.len() < SHORTEST_KEY {
            return Err("a key of 128 bits or more (RFC 4226, R6), which are 26 letters of Base32");
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes)))
    }

    /// The code of a time step (RFC 4226 5.3).
    fn code(&self, step: i64) -> Secret {
        let tag = hmac::sign(&self.0, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[tag.len() - 1] & 0xf);
        let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
        Secret::from(format!("{:06}", number % 1_000_000))
    }

    /// The time step whose code this is, if it is good `now`.
    pub(crate) fn step_of(&self, presented: &str, now: Timestamp) -> Option<i64> {
        let presented: String = presented.chars().filter(|c| !c.is_whitespace()).collect();
        let present = now.as_second().div_euclid(STEP);
        // All are compared, whichever fits, so that the time taken does not tell.
        (present - DRIFT..=present + DRIFT)
            .filter(|step| self.code(*step).matches(&presented))
            .fold(None, |_, step| Some(step))
    }
}

impl std::fmt::Debug for TotpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpKey(…)")
    }
}

impl<'de> Deserialize<'de> for TotpKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, in the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_specification() {
        let key = TotpKey::parse(&BASE32_NOPAD.encode(b"12345678901234567890")).expect("a key");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(key.code(second / STEP).expose(), code, "{second}");
        }
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_step_late() {
        let key = TotpKey::parse("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ").expect("a key");
        let at = |second| Timestamp::from_second(second).expect("in range");
        let code = key.code(100);
        for (second, found) in [(2969, None), (2970, Some(100)), (3000, Some(100)), (3059, Some(100)), (3060, None)] {
            assert_eq!(key.step_of(code.expose(), at(second)), found, "{second}");
        }
        let spaced = format!(" {} {} ", &code.expose()[..3], &code.expose()[3..]);
        assert_eq!(key.step_of(&spaced, at(3000)), Some(100), "as apps show it");
        for wrong in ["", "0", &code.expose()[1..], &format!("{}0", code.expose()), "０００００0", "-00001"] {
            assert_eq!(key.step_of(wrong, at(3000)), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_key_is_base32_and_long_enough() {
        for (text, good) in [
            ("gezdgnbvgy3tqojqgezdgnbvgy", true),
            ("GEZDGNBVGY3TQOJQGEZDGNBVGY======", true),
            ("JBSWY3DPEHPK3PXP", false),
            ("GEZDGNBVGY3TQOJQGEZDGNBVG1", false),
            ("", false),
        ] {
            assert_eq!(TotpKey::parse(text).is_ok(), good, "{text}");
        }
        let key = TotpKey::parse("gezdgnbvgy3tqojqgezdgnbvgy").expect("a key");
        assert_eq!(format!("{key:?}"), "TotpKey(…)");
    }
}

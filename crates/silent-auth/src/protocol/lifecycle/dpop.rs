//! The key that a client's tokens are bound to, as far as the lifecycle knows it: its thumbprint.

use super::super::time::Timestamp;
use super::Lifecycle;

impl Lifecycle {
    /// Says which key proofs are made with, before anything else happens: its thumbprint (RFC 7638). Codes are bound to it
    /// (`dpop_jkt`; RFC 9449, section 10).
    pub fn hold_key(&mut self, thumbprint: String) {
        self.config = self.config.clone().with_dpop_key(thumbprint);
    }

    /// The time by the tenant's clock, as far as it is known.
    #[must_use]
    pub fn tenant_time(&self, now: Timestamp) -> Timestamp {
        self.skew.correct(now)
    }
}

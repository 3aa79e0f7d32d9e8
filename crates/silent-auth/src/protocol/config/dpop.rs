//! The setting that binds tokens to a key of this browser (DPoP, RFC 9449).

use super::ClientConfig;

/// Whether tokens are bound, and to which key.
#[derive(Clone, Debug, Default)]
pub(super) struct Dpop {
    on: bool,
    thumbprint: Option<String>,
}

impl ClientConfig {
    /// Whether tokens are bound to a key of this browser that no script can read out, so that a stolen token is worth nothing
    /// elsewhere. The tenant has to bind tokens for the audience too (Auth0: `proof_of_possession` of the API); one that answers
    /// with a bearer token is refused: `token_response_invalid` (RFC 9449, section 5). Default false.
    #[must_use]
    pub fn with_dpop(mut self, value: bool) -> Self {
        self.0.dpop.on = value;
        self
    }

    /// Whether tokens are bound to a key of this browser.
    #[must_use]
    pub fn dpop(&self) -> bool {
        self.0.dpop.on
    }

    /// With the thumbprint of the key that codes are bound to (RFC 9449, section 10).
    #[must_use]
    pub(crate) fn with_dpop_key(mut self, thumbprint: String) -> Self {
        self.0.dpop.thumbprint = Some(thumbprint);
        self
    }

    /// That thumbprint.
    #[must_use]
    pub(crate) fn dpop_jkt(&self) -> Option<&str> {
        self.0.dpop.thumbprint.as_deref().filter(|_| self.0.dpop.on)
    }
}

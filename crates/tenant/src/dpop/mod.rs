//! DPoP (RFC 9449): proofs that whoever sends a request holds the key that tokens are bound to.
//!
//! Which tokens are bound is Auth0's table (Auth0: Configure Sender Constraining): those for an API whose `proof_of_possession` says
//! `dpop`, and those for `/userinfo` alone, if a proof came; none without a proof where the client
//! (`require_proof_of_possession`) or the API (`required`) wants one.
//!
//! A proof is good once. What was used is in the store until it would be refused anyway, so a restart makes none good again.

mod bound;
mod policy;
mod proof;

pub(crate) use bound::{Credentials, Scheme, challenge};
pub(crate) use policy::{binding, required};
pub(crate) use proof::ALGORITHMS;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::Tenant;
use crate::error::ApiError;

/// The header that a nonce comes in (RFC 9449 8).
pub(crate) const NONCE_HEADER: HeaderName = HeaderName::from_static("dpop-nonce");

/// A nonce is given out for so many seconds, and is good for as many more.
const NONCE_SECONDS: i64 = 60;

/// Why a proof is no good.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The check that refused it, for the decision record.
    pub(crate) check: &'static str,
    pub(crate) why: String,
    /// Whether a nonce would help, and a new one is to go out.
    pub(crate) wants_nonce: bool,
}

impl Refused {
    fn new(check: &'static str, why: impl Into<String>) -> Self {
        Self { check, why: why.into(), wants_nonce: false }
    }

    /// The `error` on the wire (RFC 9449 5, 7.1, 8).
    pub(crate) fn code(&self) -> &'static str {
        match self.check {
            "check_dpop_binding" => "invalid_token",
            _ if self.wants_nonce => "use_dpop_nonce",
            _ => "invalid_dpop_proof",
        }
    }
}

/// A request that a proof may come with.
pub(crate) struct Asked<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) method: &'a str,
    /// The address of the request without query and fragment, as the tenant calls itself.
    pub(crate) uri: &'a str,
    /// The access token that came with it, at protected resources.
    pub(crate) access_token: Option<&'a str>,
    /// Whether a proof needs a nonce of the tenant.
    pub(crate) wants_nonce: bool,
}

/// Checks the proof of a request and uses it up: the thumbprint of its key (RFC 7638), or nothing if none came.
pub(crate) async fn check(tenant: &Tenant, asked: &Asked<'_>) -> Result<Result<Option<String>, Refused>, ApiError> {
    let now = tenant.now();
    let expected = proof::Expected {
        method: asked.method,
        uri: asked.uri,
        access_token: asked.access_token,
        nonces: &[0, 1].map(|ago| nonce_of(tenant, ago)),
        nonce_required: asked.wants_nonce,
    };
    let holding = match proof::examine(asked.headers, &expected, now) {
        Ok(Some(holding)) => holding,
        Ok(None) => return Ok(Ok(None)),
        Err(refused) => return Ok(Err(refused)),
    };
    let first = tenant.store().use_dpop_proof(&holding.id, holding.expires_at).await?;
    Ok(if first {
        Ok(Some(holding.jkt))
    } else {
        Err(Refused::new("check_dpop_jti", "its jti was used before: a proof is good once"))
    })
}

/// The nonce to give out now. Nothing is stored for it: it is a stamp over the tenant's time, so a restart changes none.
pub(crate) fn nonce(tenant: &Tenant) -> HeaderValue {
    HeaderValue::from_str(&nonce_of(tenant, 0)).expect("a stamp is base64url")
}

/// The one of so many turns ago.
fn nonce_of(tenant: &Tenant, ago: i64) -> String {
    let turn = tenant.now().as_second() / NONCE_SECONDS - ago;
    tenant.stamps().stamp(&["dpop_nonce", &turn.to_string()])
}

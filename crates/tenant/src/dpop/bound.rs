//! Access tokens at protected resources (RFC 9449 7): a bound one comes as `DPoP` with a proof, any other as `Bearer`.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{ALGORITHMS, Asked, Refused, check};
use crate::Tenant;
use crate::error::ApiError;

/// How an access token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Bearer,
    DPoP,
}

/// An access token as a request presents it.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) scheme: Scheme,
    pub(crate) token: String,
}

impl Credentials {
    /// What the `Authorization` header holds, if it is for one of the two schemes. Two of these headers are none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (value, None) = (values.next()?, values.next()) else { return None };
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        let scheme = match scheme {
            bearer if bearer.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
            dpop if dpop.eq_ignore_ascii_case("dpop") => Scheme::DPoP,
            _ => return None,
        };
        Some(Self { scheme, token: token.trim().to_owned() }).filter(|credentials| !credentials.token.is_empty())
    }

    /// Whether the token comes as it is bound: with a proof of the key `jkt`, or as a bearer token if it is bound to none.
    pub(crate) async fn check(
        &self,
        tenant: &Tenant,
        asked: Asked<'_>,
        jkt: Option<&str>,
    ) -> Result<Result<(), Refused>, ApiError> {
        let refused = |why: &str| Ok(Err(Refused::new("check_dpop_binding", why)));
        match (self.scheme, jkt) {
            (Scheme::Bearer, None) => return Ok(Ok(())),
            (Scheme::Bearer, Some(_)) => return refused("the token is bound to a key: send it as DPoP, with a proof"),
            (Scheme::DPoP, None) => return refused("the token is bound to no key: send it as Bearer"),
            (Scheme::DPoP, Some(_)) => {}
        }
        Ok(match check(tenant, &Asked { access_token: Some(&self.token), ..asked }).await? {
            Err(refused) => Err(refused),
            Ok(None) => Err(Refused::new("check_dpop_header", "no DPoP header came")),
            Ok(proven) if proven.as_deref() == jkt => Ok(()),
            Ok(_) => Err(Refused::new("check_dpop_binding", "the token is bound to another key")),
        })
    }
}

/// The `WWW-Authenticate` of an answer to a token that came as `DPoP` (RFC 9449 7.1). Without an error: that this way is open.
pub(crate) fn challenge(realm: &str, error: Option<(&str, &str)>) -> HeaderValue {
    let algorithms = ALGORITHMS.join(" ");
    let text = match error {
        None => format!("DPoP realm=\"{realm}\", algs=\"{algorithms}\""),
        Some((code, why)) => {
            // What came may stand in the words, and must not end them (RFC 6750 3).
            let why: String = why.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')).collect();
            format!("DPoP realm=\"{realm}\", error=\"{code}\", error_description=\"{why}\", algs=\"{algorithms}\"")
        }
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("DPoP"))
}

//! Provider metadata and keys (OpenID Connect Discovery 1.0, section 3; RFC 8414; RFC 7517).

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::Tenant;
use crate::authorize;
use crate::dpop;
use crate::lab::faults;
use crate::model::MULTI_FACTOR;
use crate::secret::Hash;
use crate::token::{exchange, mfa_otp};
use crate::visit::Visit;

/// Short: a key that is added has to be seen soon.
const CACHE: &str = "public, max-age=15";

/// How clients prove themselves, wherever they have to.
const AUTH_METHODS: [&str; 4] = ["none", "client_secret_post", "client_secret_basic", "private_key_jwt"];

/// `GET /.well-known/openid-configuration`: what is built, and nothing else.
pub(crate) async fn metadata(Extension(visit): Extension<Visit>, headers: HeaderMap) -> Response {
    let issuer = &visit.address.issuer;
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}authorize"),
        "token_endpoint": format!("{issuer}oauth/token"),
        "revocation_endpoint": format!("{issuer}oauth/revoke"),
        "introspection_endpoint": format!("{issuer}oauth/introspect"),
        "userinfo_endpoint": format!("{issuer}userinfo"),
        "end_session_endpoint": format!("{issuer}oidc/logout"),
        "check_session_iframe": format!("{issuer}oidc/check_session"),
        "jwks_uri": format!("{issuer}.well-known/jwks.json"),
        "response_types_supported": [
            "code", "token", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
        ],
        "response_modes_supported": ["query", "fragment", "form_post", "web_message"],
        "grant_types_supported": [
            "authorization_code", "implicit", "refresh_token", "client_credentials", "password",
            exchange::GRANT,
            "http://auth0.com/oauth/grant-type/password-realm",
            mfa_otp::GRANT,
        ],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": authorize::PROMPTS,
        "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access"],
        "claims_supported": [
            "iss", "sub", "aud", "iat", "exp", "nonce", "sid", "auth_time", "amr", "acr", "at_hash", "c_hash",
            "name", "nickname", "given_name", "family_name", "middle_name", "preferred_username", "profile", "picture",
            "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified",
            "phone_number", "phone_number_verified", "address",
        ],
        "acr_values_supported": [MULTI_FACTOR],
        "claim_types_supported": ["normal"],
        "claims_parameter_supported": true,
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "ui_locales_supported": ["en"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "RS384", "PS256", "ES256"],
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        // Public clients may not ask.
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS[1..],
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "authorization_response_iss_parameter_supported": true,
        // An answer with `partitioned_session=true` says that the code may be exchanged with credentials.
        "partitioned_sessions_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    });
    cached(&headers, &metadata)
}

/// `GET /.well-known/jwks.json`.
pub(crate) async fn keys(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
) -> Response {
    let keys = tenant.keys().jwks();
    match faults::of_keys(&tenant, &visit, &keys).await {
        Some(faulty) => faulty,
        None => cached(&headers, &keys),
    }
}

/// The body with its tag, or only that it is the one that was asked about (RFC 9110 8.8.3 and 13.1.2).
fn cached(asked: &HeaderMap, body: &Value) -> Response {
    let text = body.to_string();
    let tag = format!("\"{}\"", Hash::of(&text).as_str());
    let has = |known: &str| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag;
    let mut known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let headers = [(header::CACHE_CONTROL, CACHE.to_owned()), (header::ETAG, tag.clone())];
    if known.any(|list| list.split(',').map(str::trim).any(has)) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

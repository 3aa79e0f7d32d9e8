//! The new ID token: for the target, about the same user.

use serde_json::{Value, json};

use super::proof::Subject;
use super::request::DelegationRequest;
use crate::tenant_file::Object;
use crate::{Tenant, id_tokens};

/// A scope of its own kind: keep what the old token says about the user (auth0.js 7.6.1, `renewIdToken`).
const PASSTHROUGH: &str = "passthrough";

/// The answer: `id_token`, `token_type` and `expires_in` in seconds, and nothing else. It lives as long as the
/// target's ID tokens do and is signed as the target's are.
pub(super) fn answer(tenant: &Tenant, issuer: &str, request: &DelegationRequest, subject: &Subject) -> Value {
    let target = &request.target;
    let id_token = id_tokens::sign(tenant, target, &claims(tenant, issuer, request, subject));
    json!({ "token_type": "Bearer", "expires_in": target.id_token_lifetime(), "id_token": id_token.expose() })
}

/// The claims of an ID token for the target.
pub(super) fn claims(tenant: &Tenant, issuer: &str, request: &DelegationRequest, subject: &Subject) -> Object {
    let target = &request.target;
    let now = tenant.now().as_second();
    let mut claims = about_the_user(&request.scope, subject);
    for (name, value) in [
        ("iss", json!(issuer)),
        ("sub", json!(subject.user.user_id)),
        ("aud", json!(target.client_id)),
        ("iat", json!(now)),
        ("exp", json!(now + target.id_token_lifetime())),
    ] {
        claims.insert(name.into(), value);
    }
    claims
}

/// What the scope asks for, from the user's profile as it is now; with `passthrough`, what the old token said, too.
fn about_the_user(scope: &[String], subject: &Subject) -> Object {
    let mut claims = subject.user.claims(scope);
    if scope.iter().any(|scope| scope == PASSTHROUGH) {
        for (name, value) in &subject.said {
            claims.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    claims
}

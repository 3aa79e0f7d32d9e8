//! Checks of an ID token that the table of tamperings does not reach: organizations, and hashes for every algorithm.
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::id_token::{Answers, Expected, examine};
use silent_auth::protocol::secret::{AccessToken, Code as AuthorizationCode, IdToken, Nonce};
use silent_auth::protocol::time::Timestamp;

const NOW: i64 = 1_800_000_000;

/// What becomes of a token with this header and these claims beside the ones that are always there.
fn outcome(algorithm: &str, more: &Value, organization: Option<&str>) -> Result<(), Code> {
    let mut claims = json!({
        "iss": "https://tenant.example/", "aud": "spa", "sub": "ada", "iat": NOW, "exp": NOW + 60, "nonce": "n1",
    });
    for (name, value) in more.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let token = IdToken::new(format!("{}.{}.c2ln", part(json!({ "alg": algorithm })), part(claims)));
    let (access_token, nonce, code) = (AccessToken::new("access"), Nonce::new("n1"), AuthorizationCode::new("code"));
    let expected = Expected {
        issuer: "https://tenant.example/",
        client_id: "spa",
        answers: Answers::Authorization { nonce: &nonce, code: &code },
        max_age: None,
        acr_values: None,
        organization,
        access_token: &access_token,
        now: Timestamp::from_secs(NOW),
        leeway: Duration::from_secs(10),
    };
    let judged = examine(&token, &expected).and_then(|examined| examined.accept(true, &expected));
    judged.map(drop).map_err(|error| error.code)
}

#[test]
fn an_organization_is_compared_by_id_or_by_name() {
    let wrong = Err(Code::IdTokenOrganization);
    assert_eq!(outcome("RS256", &json!({ "org_id": "org_1" }), Some("org_1")), Ok(()));
    assert_eq!(outcome("RS256", &json!({ "org_id": "org_2" }), Some("org_1")), wrong);
    assert_eq!(outcome("RS256", &json!({ "org_name": "acme" }), Some("Acme")), Ok(()));
    assert_eq!(outcome("RS256", &json!({ "org_name": "other" }), Some("acme")), wrong);
    assert_eq!(outcome("RS256", &json!({ "org_id": "acme" }), Some("acme")), wrong, "an id is no name");
    assert_eq!(outcome("RS256", &json!({}), Some("acme")), wrong);
    assert_eq!(outcome("RS256", &json!({ "org_name": 7 }), Some("acme")), Err(Code::IdTokenWrongType));
}

/// The hashes were made with `printf access | openssl dgst -sha256 -binary`, and `-sha512`: the left half, base64url.
#[test]
fn hashes_are_those_of_the_tokens_algorithm() {
    let (short, long) = ("oFYf1knNtrqnhAVfBRuteQ", "kyd4-h3ZoV2sH212kLKbcOnCBajStKQ38Ae_bfT-PFI");
    for (algorithm, right, wrong) in
        [("RS256", short, long), ("PS256", short, long), ("ES256", short, long), ("EdDSA", long, short)]
    {
        assert_eq!(outcome(algorithm, &json!({ "at_hash": right }), None), Ok(()), "{algorithm}");
        assert_eq!(outcome(algorithm, &json!({ "at_hash": wrong }), None), Err(Code::IdTokenAtHash), "{algorithm}");
        assert_eq!(outcome(algorithm, &json!({ "c_hash": right }), None), Err(Code::IdTokenCHash), "{algorithm}");
    }
}

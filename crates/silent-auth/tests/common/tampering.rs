//! The 22 tamperings of one otherwise valid silent answer, each with the code that must refuse it.
//!
//! The table says what to sign and how; who runs it signs: natively, or by WebCrypto in a browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use silent_auth::protocol::authorization::{self, Authorized, PendingAuthorization};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::discovery::Endpoints;
use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::http::Response;
use silent_auth::protocol::id_token::{self, Answers, Examined, Expected, SignatureCheck};
use silent_auth::protocol::keys;
use silent_auth::protocol::message::{self, Awaited, FrameMessage, Stray};
use silent_auth::protocol::pkce::{ENTROPY, Uniques};
use silent_auth::protocol::session::Claims;
use silent_auth::protocol::time::Timestamp;
use silent_auth::protocol::token::{self, TokenResponse};

/// The tenant's key, made for these tests alone.
pub const TENANT_KEY: &str = include_str!("test-key-a.pem");
/// Somebody else's key, made for these tests alone.
pub const OTHER_KEY: &str = include_str!("test-key-b.pem");
/// The modulus of the tenant's key.
pub const TENANT_MODULUS: &str = "wsZIHzJdfZYbdSkxgJJZl334mw8qpXgV490yt3esORLL-o7pTKevnHiAyHjPL60J9OXbQHsGZuHmCW07F-UtWotNffZPUq5ADiU1qVRO-2zUCT5wIIdojnOplG5c37FeUahh7_oc96fghX8Hvbsy7edCZtNg1ojjnlUPHtq-FalJCXNM5b1VOdURM8rtenHdyICzMxi1AsTD2Q11aIN7BPl91tngUmHIZsiK1tD-HL-SxOsn3AOlQVy9jFBhWhWUOIO_eRdHAjs8cq5ltiMUY8pKGgJvzloxkrGmHh6qaSJhJ6MATS4BSRUEynYSH_fOHtxiay8IggqAWNcDpKRzlQ";

/// When the answer arrives.
pub const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);
const ISSUER: &str = "https://tenant.example/";
const CLIENT: &str = "demo-spa";
const ACCESS_TOKEN: &str = "the-access-token";
const CODE: &str = "the-code";
const MAX_AGE: u64 = 300;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// RS256 by the tenant's key.
    Tenant,
    /// RS256 by another key.
    Other,
    /// HS256 with the text of the tenant's public modulus as the secret.
    PublicKeyAsSecret,
    /// Not at all; some bytes stand in the signature's place.
    Nobody,
}

/// One tampering.
pub struct Row {
    pub number: u32,
    pub name: &'static str,
    pub signer: Signer,
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// The authorization response.
    pub response: Map<String, Value>,
    /// The refusal; `None` for the untampered answer.
    pub code: Option<Code>,
}

/// A request whose answers are tampered with.
pub fn pending() -> (ClientConfig, PendingAuthorization, Uniques) {
    let config = ClientConfig::new(ISSUER, CLIENT, "https://app.example/callback").expect("valid");
    let config = config
        .with_max_age(Some(core::time::Duration::from_secs(MAX_AGE)))
        .with_acr_values(Some("silver gold".to_owned()))
        .with_organization(Some("org_1".to_owned()));
    let uniques = Uniques::new(&[9; ENTROPY]);
    let (_, pending) = authorization::silent_request(&config, &Endpoints::auth0(&config), uniques.clone(), NOW);
    (config, pending, uniques)
}

fn half_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

/// The valid answer, then the 22 tamperings, then wrong types of claims.
pub fn rows() -> Vec<Row> {
    let (_, pending, uniques) = pending();
    let now = NOW.as_secs();
    let good = move || Row {
        number: 0,
        name: "untampered",
        signer: Signer::Tenant,
        header: object(json!({ "alg": "RS256", "typ": "JWT", "kid": "tenant-key" })),
        claims: object(json!({
            "iss": ISSUER, "sub": "ada", "aud": CLIENT, "exp": now + 3_600, "iat": now - 1, "nbf": now - 1,
            "nonce": uniques.nonce.expose(), "auth_time": now - 60, "acr": "gold", "org_id": "org_1",
            "at_hash": half_hash(ACCESS_TOKEN), "c_hash": half_hash(CODE),
        })),
        response: object(json!({ "code": CODE, "state": pending.state().expose(), "iss": ISSUER })),
        code: None,
    };
    let mut rows = vec![good()];
    let mut number = 0;
    let mut row = |name, code, tamper: &dyn Fn(&mut Row)| {
        number += 1;
        let mut row = Row { number, name, code: Some(code), ..good() };
        tamper(&mut row);
        rows.push(row);
    };
    fn set(name: &str, value: impl Into<Value>) -> impl Fn(&mut Row) {
        let (name, value) = (name.to_owned(), value.into());
        move |row| drop(row.claims.insert(name.clone(), value.clone()))
    }
    fn unset(name: &'static str) -> impl Fn(&mut Row) {
        move |row| drop(row.claims.remove(name))
    }

    row("alg none", Code::IdTokenAlgNone, &|row| {
        row.header.insert("alg".into(), "none".into());
        row.signer = Signer::Nobody;
    });
    row("alg HS256 keyed with the public key", Code::IdTokenAlgNotAllowed, &|row| {
        row.header.insert("alg".into(), "HS256".into());
        row.signer = Signer::PublicKeyAsSecret;
    });
    row("signature by another key", Code::IdTokenSignature, &|row| row.signer = Signer::Other);
    row("wrong iss claim", Code::IdTokenIss, &set("iss", "https://tenant.example"));
    row("wrong aud", Code::IdTokenAud, &set("aud", "another-spa"));
    row("two audiences, no azp", Code::IdTokenAzpMissing, &set("aud", json!([CLIENT, "another-spa"])));
    row("two audiences, foreign azp", Code::IdTokenAzpMismatch, &|row| {
        row.claims.insert("aud".into(), json!([CLIENT, "another-spa"]));
        row.claims.insert("azp".into(), "another-spa".into());
    });
    row("nonce removed", Code::IdTokenNonceMissing, &unset("nonce"));
    row("nonce replaced", Code::IdTokenNonceMismatch, &set("nonce", "another"));
    row("expired 1 h ago", Code::IdTokenExpPast, &set("exp", now - 3_600));
    row("no exp", Code::IdTokenExpMissing, &unset("exp"));
    row("no iat", Code::IdTokenIatMissing, &unset("iat"));
    row("iat one day ahead", Code::IdTokenIatFuture, &set("iat", now + 86_400));
    row("nbf one day ahead", Code::IdTokenNbfFuture, &set("nbf", now + 86_400));
    row("no sub", Code::IdTokenSubMissing, &unset("sub"));
    row("auth_time older than max_age", Code::IdTokenAuthTimeTooOld, &set("auth_time", now - 3_600));
    row("auth_time absent though max_age asked", Code::IdTokenAuthTimeMissing, &unset("auth_time"));
    row("wrong at_hash", Code::IdTokenAtHash, &set("at_hash", half_hash("another")));
    row("wrong c_hash", Code::IdTokenCHash, &set("c_hash", half_hash("another")));
    row("state replaced", Code::StateMismatch, &|row| drop(row.response.insert("state".into(), "another".into())));
    row("state removed", Code::StateMissing, &|row| drop(row.response.remove("state")));
    row("foreign RFC 9207 iss parameter", Code::IssuerMismatch, &|row| {
        drop(row.response.insert("iss".into(), "https://evil.example/".into()));
    });

    row("another organization", Code::IdTokenOrganization, &set("org_id", "org_2"));
    row("no organization", Code::IdTokenOrganization, &unset("org_id"));
    row("another way of signing in", Code::IdTokenAcr, &set("acr", "bronze"));
    row("no way of signing in", Code::IdTokenAcr, &unset("acr"));
    for claim in ["exp", "iat", "nbf", "auth_time"] {
        for value in
            [json!("99999999999"), json!(null), json!([1]), json!({}), json!(true), json!(-1), json!(1.5), json!(1e300)]
        {
            row("a date of the wrong type", Code::IdTokenWrongType, &set(claim, value));
        }
    }
    for claim in ["iss", "azp", "nonce", "sub", "at_hash", "c_hash", "acr", "org_id"] {
        for value in [json!(7), json!(null), json!(["x"]), json!({}), json!(true)] {
            row("a text of the wrong type", Code::IdTokenWrongType, &set(claim, value));
        }
    }
    for value in [json!(7), json!(null), json!({}), json!([CLIENT, 7])] {
        row("audiences of the wrong type", Code::IdTokenWrongType, &set("aud", value));
    }
    row("alg of the wrong type", Code::IdTokenFormat, &|row| drop(row.header.insert("alg".into(), 7.into())));
    row("an access token in place of an ID token", Code::IdTokenFormat, &|row| {
        drop(row.header.insert("typ".into(), "at+jwt".into()));
    });
    row("a crit header", Code::IdTokenFormat, &|row| drop(row.header.insert("crit".into(), json!(["b64"]))));
    row("an unknown kid", Code::IdTokenKeyUnknown, &|row| drop(row.header.insert("kid".into(), "another".into())));
    rows
}

/// What an answer came to before its signature is checked.
pub enum Judged {
    /// Refused already.
    Refused(AuthError),
    /// The signature is next.
    Signature(SignatureCheck, Box<Rest>),
}

/// What is judged after the signature.
pub struct Rest {
    examined: Examined,
    response: TokenResponse,
    authorized: Authorized,
}

/// Runs the client's own judgements over a row up to the signature; `token` is the row's token, signed.
pub fn judge(row: &Row, token: &str) -> Judged {
    match up_to_the_signature(row, token) {
        Ok((check, rest)) => Judged::Signature(check, Box::new(rest)),
        Err(error) => Judged::Refused(error),
    }
}

fn up_to_the_signature(row: &Row, token: &str) -> Result<(SignatureCheck, Rest), AuthError> {
    let (config, pending, _) = pending();
    let data = json!({ "type": "authorization_response", "response": row.response }).to_string();
    let message = FrameMessage { origin: "https://tenant.example".into(), from_frame: true, data: Some(data) };
    let awaited = Awaited {
        transport: silent_auth::protocol::config::Transport::WebMessage,
        tenant_origin: config.issuer().origin(),
        app_origin: "https://app.example",
        callback_page: config.silent_redirect_uri(),
        state: pending.state(),
    };
    let parameters = message::judge(&awaited, &message).map_err(|stray| match stray {
        Stray::StateMissing => AuthError::new(Code::StateMissing),
        Stray::StateMismatch => AuthError::new(Code::StateMismatch),
        other => AuthError::new(Code::ResponseIncomplete).found(other.as_str()),
    })?;
    let authorized = pending.redeem(&parameters)?;
    let body = json!({ "access_token": ACCESS_TOKEN, "id_token": token, "token_type": "Bearer", "expires_in": 60 });
    let answer = Response { status: 200, body: body.to_string(), ..Response::default() };
    let response = token::process_response(&config, &answer)?;
    let id_token = response.id_token.clone().expect("an ID token");
    let examined = id_token::examine(&id_token, &expected(&config, &authorized, &response))?;
    let set =
        json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": "tenant-key", "n": TENANT_MODULUS, "e": "AQAB" }] });
    let keys = keys::process_response(&Response { status: 200, body: set.to_string(), ..Response::default() })?;
    let check = examined.signature_check(&keys)?;
    Ok((check, Rest { examined, response, authorized }))
}

fn expected<'a>(config: &'a ClientConfig, authorized: &'a Authorized, response: &'a TokenResponse) -> Expected<'a> {
    Expected {
        issuer: config.issuer().as_str(),
        client_id: config.client_id(),
        answers: Answers::Authorization { nonce: &authorized.uniques.nonce, code: &authorized.code },
        max_age: authorized.max_age,
        acr_values: config.acr_values(),
        organization: config.organization(),
        access_token: &response.access_token,
        now: NOW,
        leeway: config.leeway(),
    }
}

/// Runs the judgements after the signature.
pub fn finish(rest: Rest, signature_is_valid: bool) -> Result<Claims, AuthError> {
    let (config, ..) = pending();
    let Rest { examined, response, authorized } = rest;
    let expected = expected(&config, &authorized, &response);
    examined.accept(signature_is_valid, &expected)
}

/// What a row's token says, to be signed: header and payload, encoded and joined.
pub fn signing_input(row: &Row) -> String {
    let part = |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(map.clone()).to_string());
    format!("{}.{}", part(&row.header), part(&row.claims))
}

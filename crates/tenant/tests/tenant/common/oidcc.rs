//! The relying party that the OpenID Foundation's conformance suite plays: it signs Ada in and examines every answer.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::common::{Answer, CALLBACK, Changes, Harness, TENANT, claims};

pub(crate) const CLIENT: &str = "conformance";
pub(crate) const SECOND: &str = "conformance-2";
pub(crate) const BY_POST: &str = "conformance-post";
pub(crate) const SECRET: &str = "conformance-secret";
pub(crate) const ISSUER: &str = "http://localhost:4000/";
/// Where the client may be led to after signing out.
pub(crate) const SIGNED_OUT: &str = "http://localhost:3000/signed-out";
pub(crate) const STATE: &str = "a-state";
pub(crate) const NONCE: &str = "a-nonce";

/// A client of the suite, as the tenant file has it.
fn client(client_id: &str, auth_method: &str) -> String {
    format!(
        r#"
  - name: {client_id}
    client_id: {client_id}
    client_secret: {SECRET}
    app_type: regular_web
    token_endpoint_auth_method: {auth_method}
    grant_types: [authorization_code, refresh_token]
    callbacks: ["{CALLBACK}"]
    web_origins: ["http://localhost:3000"]
    allowed_logout_urls: ["{SIGNED_OUT}"]
"#
    )
}

/// Ada with a value for each standard claim (OpenID Connect Core 1.0, section 5.1).
const ADA: &str = r#"
  - email: ada@example.com
    password: ada-password
    user_id: auth0|ada
    name: Ada Lovelace
    nickname: ada
    given_name: Ada
    family_name: Lovelace
    middle_name: King
    preferred_username: ada
    profile: https://example.com/ada
    picture: https://example.com/ada.png
    website: https://ada.example.com/
    gender: female
    birthdate: "1815-12-10"
    zoneinfo: Europe/London
    locale: en-GB
    updated_at: 1793491200
    phone_number: "+44 20 7946 0000"
    phone_verified: true
    address: { formatted: "12 St James's Square, London", locality: London, country: GB }
"#;

/// A browser at a tenant that knows the suite's clients.
pub(crate) async fn browser() -> Harness {
    let built_in = include_str!("../../../tenant.yaml");
    let own = built_in.lines().find(|line| line.contains("user_id: auth0|ada")).expect("Ada is in the file");
    // Its two static clients, and one that sends its secret in the body.
    let clients = [(CLIENT, "client_secret_basic"), (SECOND, "client_secret_basic"), (BY_POST, "client_secret_post")];
    let clients: String = clients.into_iter().map(|(id, method)| client(id, method)).collect();
    let file = built_in.replace("\nclients:\n", &format!("\nclients:\n{clients}"));
    Harness::with_file(&file.replace(own, ADA.trim_start_matches('\n'))).await
}

/// The address of the suite's authorization request, with these parameters changed.
pub(crate) fn request(changes: Changes<'_>) -> String {
    format!("{TENANT}/authorize?{}", form(changes))
}

/// The same as a form.
pub(crate) fn form(changes: Changes<'_>) -> String {
    let defaults = [
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", STATE),
        ("nonce", NONCE),
    ];
    let kept = defaults.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let sent = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    Serializer::new(String::new()).extend_pairs(kept.chain(sent)).finish()
}

/// Whether an answer leads to the login page.
pub(crate) fn asks_for_login(answer: &Answer) -> bool {
    answer.header("location").starts_with(&format!("{TENANT}/u/login?"))
}

/// Response parameters at the callback.
pub(crate) type Response = HashMap<String, String>;

/// What the authorization endpoint answers the callback: the state that was sent, and who answers (RFC 9207).
pub(crate) fn at_callback(answer: &Answer) -> Response {
    assert!(answer.header("location").starts_with(&format!("{CALLBACK}?")), "{answer:?}");
    let response = answer.parameters();
    assert_eq!((response["state"].as_str(), response["iss"].as_str()), (STATE, ISSUER));
    response
}

/// What a client holds after the exchange.
pub(crate) struct Tokens {
    pub(crate) body: Value,
    pub(crate) id_token: String,
    pub(crate) access_token: String,
    /// The ID token's claims, verified.
    pub(crate) claims: Value,
}

impl Harness {
    /// Asks, signs Ada in where a login page comes, and returns what reached the callback.
    pub(crate) async fn authorized(&mut self, changes: Changes<'_>) -> Response {
        let answer = self.get(&request(changes)).await;
        if asks_for_login(&answer) {
            return self.signed_in_at(&answer).await;
        }
        at_callback(&answer)
    }

    /// Signs Ada in on the login page that `answer` leads to.
    pub(crate) async fn signed_in_at(&mut self, answer: &Answer) -> Response {
        let page = self.get(answer.header("location")).await;
        let (state, csrf) = (page.field("state"), page.field("csrf"));
        let fields =
            [("state", &*state), ("csrf", &csrf), ("username", "ada@example.com"), ("password", "ada-password")];
        at_callback(&self.post_form(&format!("{TENANT}/u/login"), &fields).await)
    }

    /// Exchanges a code with the secret by Basic authentication.
    pub(crate) async fn redeem(&mut self, client: &str, code: &str) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{SECRET}")));
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
        self.post_form_with(&format!("{TENANT}/oauth/token"), &fields, &[("authorization", &basic)]).await
    }

    /// The whole code flow, with the token response and the ID token examined.
    pub(crate) async fn signed_in(&mut self, changes: Changes<'_>) -> Tokens {
        let response = self.authorized(changes).await;
        let client = changes.iter().find(|(name, _)| *name == "client_id").and_then(|(_, value)| *value);
        let client = client.unwrap_or(CLIENT);
        let answer = self.redeem(client, &response["code"]).await;
        let nonce = changes.iter().find(|(name, _)| *name == "nonce").map_or(Some(NONCE), |(_, value)| *value);
        self.examined(&answer, client, nonce).await
    }

    /// OpenID Connect Core 1.0, 3.1.3.3 and 3.1.3.7, as the suite examines them.
    pub(crate) async fn examined(&mut self, answer: &Answer, client: &str, nonce: Option<&str>) -> Tokens {
        assert!(answer.status.is_success(), "{answer:?}");
        assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
        assert_eq!(text("token_type"), "Bearer");
        assert!(body["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
        let (id_token, access_token) = (text("id_token"), text("access_token"));
        assert!(access_token.len() >= 22, "at least 128 bits (RFC 6749 10.10)");
        let claims = self.verified(&id_token, client).await;
        let now = self.tenant.now().as_second();
        assert_eq!(claims["sub"], "auth0|ada");
        assert_eq!(claims["nonce"].as_str(), nonce);
        assert_eq!(claims["iat"].as_i64(), Some(now));
        assert!(claims["exp"].as_i64().is_some_and(|expires| expires > now));
        Tokens { body, id_token, access_token, claims }
    }

    /// The claims of an ID token for `client`, by the keys that the tenant publishes.
    pub(crate) async fn verified(&mut self, id_token: &str, client: &str) -> Value {
        let metadata = self.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
        let keys = self.get(metadata["jwks_uri"].as_str().expect("an address")).await.body;
        let keys: JwkSet = serde_json::from_str(&keys).expect("a key set");
        let header = jsonwebtoken::decode_header(id_token).expect("a header");
        let key = keys.find(header.kid.as_deref().expect("a kid")).expect("a published key");
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[client]);
        // The tenant lives by the test's clock.
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(key).expect("a usable key");
        jsonwebtoken::decode::<Value>(id_token, &key, &validation).expect("a good ID token").claims
    }

    /// What userinfo says for an access token, which must be about the same user.
    pub(crate) async fn userinfo(&mut self, tokens: &Tokens) -> Value {
        let answer = self.get_as("/userinfo", &tokens.access_token).await;
        assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
        let said = answer.json();
        assert_eq!(said["sub"], claims(&tokens.id_token)["sub"]);
        said
    }

    /// Whether somebody is signed in: what a silent request is answered with.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        let answer = self.get(&request(&[("prompt", Some("none"))])).await;
        let response = at_callback(&answer);
        match response.get("error").map(String::as_str) {
            Some("login_required") => false,
            None => response.contains_key("code"),
            Some(other) => panic!("{other}: {answer:?}"),
        }
    }
}

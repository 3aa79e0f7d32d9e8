//! The tenant of the simulated world, as far as a client can see it, and every way in which it can be broken.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use silent_auth::protocol::http::{Request, Response};
use silent_auth::protocol::lifecycle::Exchange;
use silent_auth::protocol::time::Timestamp;

/// How the hidden frame behaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// It answers: by the session, or by this error.
    Answers,
    /// It answers with this error, and perhaps with what `Sec-Fetch-Storage-Access` said.
    Refuses(&'static str, Option<&'static str>),
    /// It loads and stays silent.
    Silent,
    /// It never loads.
    Hangs,
    /// This page's own policy stops it.
    StoppedByPolicy,
}

/// How the popup behaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Popup {
    /// It answers: by the session, or by the sign-in that somebody does in it.
    Answers,
    /// The browser opens none.
    Blocked,
    /// It is gone so many milliseconds after it was led to the tenant.
    ClosedAfter(i64),
    /// It stays at a page that never answers.
    Silent,
}

/// A rotating refresh token.
#[derive(Clone, Debug)]
pub struct Granted {
    pub person: String,
    pub current: u32,
    pub spent_at: Timestamp,
}

impl Tenant {
    /// Gives a first refresh token.
    pub fn grant(&mut self, person: &str, now: Timestamp) -> String {
        let current = self.grant.as_ref().map_or(1, |granted| granted.current + 100);
        self.grant = Some(Granted { person: person.to_owned(), current, spent_at: now });
        format!("refresh-{current}")
    }

    /// Takes a refresh token for the next one; `None` if it is not good, which ends the grant.
    pub fn rotate(&mut self, token: &str, now: Timestamp) -> Option<(String, String)> {
        let granted = self.grant.as_mut()?;
        let number: u32 = token.strip_prefix("refresh-")?.parse().ok()?;
        if number == granted.current {
            granted.current += 1;
            granted.spent_at = now;
        } else if number + 1 != granted.current || now > granted.spent_at.shifted(self.leeway) {
            self.grant = None;
            return None;
        }
        Some((granted.person.clone(), format!("refresh-{}", granted.current)))
    }

    /// Makes a code for this person; its request had these parameters.
    pub fn code(&mut self, code: &str, nonce: &str, scope: &str, person: &str) {
        self.codes.insert(code.to_owned(), (nonce.to_owned(), person.to_owned()));
        if self.unasked || scope.contains("offline_access") {
            self.offline.insert(code.to_owned());
        }
    }

    /// What a request is answered.
    pub fn answer(&mut self, issuer: &str, now: Timestamp, exchange: Exchange, request: &Request) -> Response {
        let body = match exchange {
            Exchange::Reachability | Exchange::Discovery => {
                self.discovery_requests += u32::from(exchange == Exchange::Discovery);
                if let Some(status) = self.no_discovery {
                    return Response { status, body: "<html>".into(), ..Response::default() };
                }
                let mut document = json!({
                    "issuer": issuer,
                    "authorization_endpoint": format!("{issuer}authorize"),
                    "token_endpoint": format!("{issuer}oauth/token"),
                    "jwks_uri": format!("{issuer}keys"),
                    "code_challenge_methods_supported": ["S256"],
                });
                (self.document)(&mut document);
                document
            }
            Exchange::Keys => {
                self.key_requests += 1;
                if self.lose_keys > 0 {
                    self.lose_keys -= 1;
                    return Response { status: 502, body: "<html>".into(), ..Response::default() };
                }
                json!({ "keys": [{ "kty": "RSA", "kid": self.kid, "n": URL_SAFE_NO_PAD.encode([255; 256]), "e": "AQAB" }] })
            }
            Exchange::Token => {
                self.token_requests += 1;
                let get =
                    |name: &str| request.form.iter().find(|(other, _)| other == name).map_or("", |(_, text)| text);
                let refreshes = get("grant_type") == "refresh_token";
                if refreshes && !get("scope").is_empty() {
                    if self.refuses_other_audiences {
                        let body = json!({ "error": "invalid_request", "error_description": "for another audience" });
                        return Response { status: 400, body: body.to_string(), ..Response::default() };
                    }
                    self.asked_for.push(format!("{}|{}", get("audience"), get("scope")));
                }
                if let Some(status) = self.trouble.filter(|_| refreshes) {
                    return Response { status, body: "<html>".into(), ..Response::default() };
                }
                let (nonce, person, refresh_token) = if refreshes {
                    let Some((person, next)) = self.rotate(get("refresh_token"), now) else {
                        let body = json!({ "error": "invalid_grant", "error_description": "Unknown or invalid refresh token." });
                        return Response { status: 403, body: body.to_string(), ..Response::default() };
                    };
                    (self.repeats_nonce.then(|| self.nonce.clone()), person, Some(next))
                } else {
                    let (nonce, person) = self.codes.get(get("code")).cloned().unwrap_or_default();
                    self.nonce.clone_from(&nonce);
                    let wanted = self.offline.contains(get("code"));
                    let refresh_token = wanted.then(|| self.grant(&person, now));
                    (Some(nonce), person, refresh_token)
                };
                let mut claims = json!({
                    "iss": issuer,
                    "sub": person,
                    "aud": "demo-spa",
                    "exp": now.as_secs() + 36_000,
                    "iat": now.as_secs(),
                });
                if let Some(nonce) = nonce {
                    claims["nonce"] = nonce.into();
                }
                (self.tamper)(&mut claims);
                let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid });
                let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
                let mut body = json!({
                    "access_token": format!("access-{}", self.token_requests),
                    "token_type": "Bearer",
                });
                if self.lifetime > 0 {
                    body["expires_in"] = self.lifetime.into();
                }
                if let Some(scope) = self.grants_scope {
                    body["scope"] = scope.into();
                }
                if !refreshes || self.refreshes_id_tokens {
                    body["id_token"] = format!("{}.{}.c2lnbmF0dXJl", part(&header), part(&claims)).into();
                }
                if let Some(refresh_token) = refresh_token {
                    body["refresh_token"] = refresh_token.into();
                }
                body
            }
        };
        let date = self.shows_date.then(|| Timestamp::from_secs(now.as_secs()));
        Response {
            status: 200,
            body: body.to_string(),
            content_type: Some("application/json".into()),
            date,
            #[cfg(feature = "dpop")]
            dpop_nonce: None,
        }
    }
}

/// The tenant, as far as a client can see it.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub session: Option<&'static str>,
    pub frame: Frame,
    pub popup: Popup,
    /// Who signs in in a popup that asks for it.
    pub signs_in: &'static str,
    pub popup_requests: u32,
    pub codes_made: u32,
    pub reachable: bool,
    /// The life of access tokens in seconds; 0 for answers that do not say it.
    pub lifetime: u64,
    /// By how much the devices' clocks are ahead of the tenant's, in seconds.
    pub device_ahead: i64,
    pub shows_date: bool,
    pub kid: &'static str,
    /// Changes the claims of the next ID tokens.
    pub tamper: fn(&mut Value),
    pub signature_is_valid: bool,
    pub authorize_requests: u32,
    pub token_requests: u32,
    /// How many of the next answers of the token endpoint get lost on the way back.
    pub lose_answers: u32,
    /// How many of them never come.
    pub hang_answers: u32,
    /// The status of the token endpoint's answers to refreshes, if it is in trouble.
    pub trouble: Option<u16>,
    /// How long a spent refresh token is taken once more, in milliseconds.
    pub leeway: i64,
    /// Whether refresh tokens are given to who did not ask for one.
    pub unasked: bool,
    /// Whether a refresh brings an ID token.
    pub refreshes_id_tokens: bool,
    /// Whether it carries the nonce of the sign-in.
    pub repeats_nonce: bool,
    /// The nonce of the latest code.
    nonce: String,
    /// Who granted a refresh token, the one in use, and the one before with the time at which it was spent.
    pub grant: Option<Granted>,
    pub revoked: Vec<String>,
    /// Which audience and scopes the authorization requests, and refreshes for another API, named.
    pub asked_for: Vec<String>,
    /// Whether a refresh token is good for one API alone.
    pub refuses_other_audiences: bool,
    /// The scopes that are granted, if other than what was asked.
    pub grants_scope: Option<&'static str>,
    /// Whether its answers name the session.
    pub says_session_state: bool,
    /// Codes of requests for a refresh token.
    offline: BTreeSet<String>,
    /// Codes with the nonce and the person that each was made for.
    codes: BTreeMap<String, (String, String)>,
    /// Changes the next discovery documents.
    pub document: fn(&mut Value),
    pub discovery_requests: u32,
    /// The status that takes the place of a discovery document.
    pub no_discovery: Option<u16>,
    pub key_requests: u32,
    /// How many of the next answers of the key endpoint are none.
    pub lose_keys: u32,
}

impl Default for Tenant {
    /// A tenant that has a session for Ada, gives tokens of 60 s, and is in perfect health.
    fn default() -> Self {
        Self {
            session: Some("ada"),
            frame: Frame::Answers,
            popup: Popup::Answers,
            signs_in: "ada",
            popup_requests: 0,
            codes_made: 0,
            reachable: true,
            lifetime: 60,
            device_ahead: 0,
            shows_date: true,
            kid: "key-1",
            tamper: |_| (),
            signature_is_valid: true,
            authorize_requests: 0,
            token_requests: 0,
            lose_answers: 0,
            hang_answers: 0,
            trouble: None,
            leeway: 10_000,
            unasked: false,
            refreshes_id_tokens: true,
            repeats_nonce: false,
            nonce: String::new(),
            grant: None,
            revoked: Vec::new(),
            asked_for: Vec::new(),
            says_session_state: false,
            refuses_other_audiences: false,
            grants_scope: None,
            offline: BTreeSet::new(),
            codes: BTreeMap::new(),
            document: |_| (),
            discovery_requests: 0,
            no_discovery: None,
            key_requests: 0,
            lose_keys: 0,
        }
    }
}

//! The authorization request (OpenID Connect Core, section 3.1.2.1) and the judgement of its answer.
//!
//! ```
//! use silent_auth::protocol::authorization::silent_request;
//! use silent_auth::protocol::config::ClientConfig;
//! use silent_auth::protocol::discovery::Endpoints;
//! use silent_auth::protocol::parameters::Parameters;
//! use silent_auth::protocol::pkce::{ENTROPY, Uniques};
//! use silent_auth::protocol::time::Timestamp;
//!
//! # fn main() -> Result<(), silent_auth::protocol::error::AuthError> {
//! let config = ClientConfig::new("https://tenant.example/", "my-app", "https://app.example/callback")?;
//! // A real program draws the bytes from the system.
//! let uniques = Uniques::new(&[7; ENTROPY]);
//! let (url, pending) = silent_request(&config, &Endpoints::auth0(&config), uniques, Timestamp::from_secs(1_800_000_000));
//! assert!(url.starts_with("https://tenant.example/authorize?client_id=my-app&response_type=code&"));
//! assert!(url.ends_with("&response_mode=web_message&prompt=none"));
//!
//! let state = pending.state().expose().to_owned();
//! let answer = Parameters::from_pairs([("code".to_owned(), "abc".to_owned()), ("state".to_owned(), state)])?;
//! let authorized = pending.redeem(&answer)?;
//! assert_eq!(authorized.code.expose(), "abc");
//! # Ok(())
//! # }
//! ```

use super::json::Value;

use super::config::{ClientConfig, Transport};
use super::discovery::Endpoints;
use super::error::{AuthError, Code};
use super::http::encode;
use super::json;
use super::parameters::Parameters;
use super::pkce::{Uniques, code_challenge};
use super::secret;
use super::time::Timestamp;

/// An authorization request on its way: used once, since judging the answer consumes it, and not cloneable for that reason.
#[derive(Debug)]
pub struct PendingAuthorization {
    uniques: Uniques,
    redirect_uri: String,
    issuer: String,
    names_issuer: bool,
    max_age: Option<u64>,
    return_to: String,
    silent: bool,
    started_at: Timestamp,
}

/// What is known after the answer was judged good: a code, and what its exchange and its ID token must match.
#[derive(Debug)]
pub struct Authorized {
    /// The code to exchange.
    pub code: secret::Code,
    /// The values of the request.
    pub uniques: Uniques,
    /// The redirect address of the request, which the exchange must repeat (RFC 6749, section 4.1.3).
    pub redirect_uri: String,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u64>,
    /// The path of the app to return to.
    pub return_to: String,
    /// Whether the request asked that nothing be shown.
    pub silent: bool,
    /// Whether the tenant offers a session of its own for this app at this site (`partitioned_session=true` in the answer): if the code
    /// is exchanged with credentials, its cookie comes with the tokens and goes along with hidden frames here, where
    /// third-party cookies are blocked too (CHIPS).
    pub partitioned_session: bool,
}

/// Makes the request of a sign-in by full-page redirect. `return_to` is a path of the app; anything else becomes `/`.
#[must_use]
pub fn sign_in_request(
    config: &ClientConfig,
    endpoints: &Endpoints,
    uniques: Uniques,
    return_to: &str,
    now: Timestamp,
) -> (String, PendingAuthorization) {
    let mut pairs = common(config, &uniques, config.redirect_uri());
    pairs.push(("response_mode", endpoints.redirect_mode.into()));
    let url = format!("{}?{}", endpoints.authorization, encode(&pairs));
    (url, PendingAuthorization::new(config, endpoints, uniques, config.redirect_uri(), own_path(return_to), now))
}

/// Makes the request of a silent full page: as a sign-in, with `prompt=none`, so the tenant sends the person straight back.
#[must_use]
pub fn silent_page_request(
    config: &ClientConfig,
    endpoints: &Endpoints,
    uniques: Uniques,
    return_to: &str,
    now: Timestamp,
) -> (String, PendingAuthorization) {
    let (url, pending) = sign_in_request(config, endpoints, uniques, return_to, now);
    (format!("{url}&prompt=none"), PendingAuthorization { silent: true, ..pending })
}

/// Makes the request of a hidden frame: `prompt=none`, so the tenant answers at once and shows nothing.
#[must_use]
pub fn silent_request(
    config: &ClientConfig,
    endpoints: &Endpoints,
    uniques: Uniques,
    now: Timestamp,
) -> (String, PendingAuthorization) {
    let (url, pending) = popup_request(config, endpoints, uniques, now);
    (format!("{url}&prompt=none"), PendingAuthorization { silent: true, ..pending })
}

/// Makes the request of a sign-in in a popup: answered by a message, as a hidden frame's, and the tenant may ask the person.
#[must_use]
pub fn popup_request(
    config: &ClientConfig,
    endpoints: &Endpoints,
    uniques: Uniques,
    now: Timestamp,
) -> (String, PendingAuthorization) {
    let (redirect_uri, mode) = match endpoints.transport {
        // The tenant derives the message's target origin from the redirect address, so any registered one of this origin does.
        Transport::WebMessage => (config.redirect_uri(), "web_message"),
        Transport::CallbackPage => (config.silent_redirect_uri(), endpoints.redirect_mode),
    };
    let mut pairs = common(config, &uniques, redirect_uri);
    pairs.push(("response_mode", mode.into()));
    let url = format!("{}?{}", endpoints.authorization, encode(&pairs));
    (url, PendingAuthorization::new(config, endpoints, uniques, redirect_uri, "/", now))
}

/// The parameters that both kinds of request share.
fn common(config: &ClientConfig, uniques: &Uniques, redirect_uri: &str) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("client_id", config.client_id().to_owned()),
        ("response_type", "code".to_owned()),
        ("redirect_uri", redirect_uri.to_owned()),
        ("scope", config.scope_on_the_wire()),
        ("state", uniques.state.expose().to_owned()),
        ("nonce", uniques.nonce.expose().to_owned()),
        ("code_challenge", code_challenge(&uniques.code_verifier)),
        ("code_challenge_method", "S256".to_owned()),
    ];
    pairs.extend(config.audience().map(|audience| ("audience", audience.to_owned())));
    pairs.extend(config.resource().map(|resource| ("resource", resource.to_owned())));
    pairs.extend(config.organization().map(|organization| ("organization", organization.to_owned())));
    pairs.extend(config.acr_values().map(|values| ("acr_values", values.to_owned())));
    pairs.extend(config.max_age().map(|age| ("max_age", age.as_secs().to_string())));
    #[cfg(feature = "dpop")]
    pairs.extend(config.dpop_jkt().map(|jkt| ("dpop_jkt", jkt.to_owned())));
    pairs
}

/// A path of this app, or `/`: an address from elsewhere must not become an open redirect (RFC 9700, section 4.11.1).
#[must_use]
pub fn own_path(path: &str) -> &str {
    let leaves = path.starts_with("//") || path.chars().any(|it| it == '\\' || it.is_control());
    if path.starts_with('/') && !leaves { path } else { "/" }
}

impl PendingAuthorization {
    fn new(
        config: &ClientConfig,
        endpoints: &Endpoints,
        uniques: Uniques,
        redirect_uri: &str,
        return_to: &str,
        started_at: Timestamp,
    ) -> Self {
        Self {
            uniques,
            redirect_uri: redirect_uri.to_owned(),
            issuer: config.issuer().as_str().to_owned(),
            names_issuer: endpoints.names_issuer,
            max_age: config.max_age().map(|age| age.as_secs()),
            return_to: return_to.to_owned(),
            silent: false,
            started_at,
        }
    }

    /// The `state` of this request, which names it.
    #[must_use]
    pub fn state(&self) -> &secret::State {
        &self.uniques.state
    }

    /// The path of the app that it began at.
    #[must_use]
    pub fn return_to(&self) -> &str {
        &self.return_to
    }

    /// Whether it asked that nothing be shown.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// When it was made.
    #[must_use]
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Writes it down for the page that will get the answer. The text holds secrets: it belongs into
    /// `sessionStorage`, for as long as the person is away.
    #[must_use]
    pub fn store(&self) -> String {
        let members = [
            ("state", self.uniques.state.expose().into()),
            ("nonce", self.uniques.nonce.expose().into()),
            ("code_verifier", self.uniques.code_verifier.expose().into()),
            ("redirect_uri", self.redirect_uri.as_str().into()),
            ("issuer", self.issuer.as_str().into()),
            ("names_issuer", self.names_issuer.into()),
            ("max_age", self.max_age.into()),
            ("return_to", self.return_to.as_str().into()),
            ("silent", self.silent.into()),
            ("started_at", self.started_at.as_millis().into()),
        ];
        json::object(members).to_string()
    }

    /// Reads what [`store`](Self::store) wrote.
    ///
    /// # Errors
    ///
    /// `transaction_missing`, for any other text.
    pub fn restore(text: &str) -> Result<Self, AuthError> {
        let read = || {
            let stored = Value::Object(json::read(text)?);
            let text = |name| json::text(&stored, name);
            Some(Self {
                uniques: Uniques {
                    state: secret::State::new(text("state")?),
                    nonce: secret::Nonce::new(text("nonce")?),
                    code_verifier: secret::CodeVerifier::new(text("code_verifier")?),
                },
                redirect_uri: text("redirect_uri")?.to_owned(),
                issuer: text("issuer")?.to_owned(),
                names_issuer: stored.get("names_issuer")?.as_bool()?,
                max_age: stored.get("max_age").and_then(Value::as_u64),
                return_to: own_path(text("return_to")?).to_owned(),
                silent: stored.get("silent")?.as_bool()?,
                started_at: json::time(&stored, "started_at")?,
            })
        };
        read().ok_or_else(|| AuthError::new(Code::TransactionMissing).because("a stored sign-in", "something else"))
    }

    /// Judges the answer: state, then issuer, then error, then code. Nothing of it is used before the state fits
    /// (RFC 9700, section 4.7.1), and no error is believed before the issuer fits (RFC 9207, section 2.4).
    ///
    /// # Errors
    ///
    /// `state_missing`, `state_mismatch`, `issuer_mismatch`, `issuer_missing`, the tenant's own refusal, or `response_incomplete`.
    pub fn redeem(self, response: &Parameters) -> Result<Authorized, AuthError> {
        match response.get("state") {
            None => return Err(AuthError::new(Code::StateMissing)),
            Some(state) if !self.uniques.state.matches(state) => {
                return Err(AuthError::new(Code::StateMismatch)
                    .because(self.uniques.state.fingerprint(), secret::fingerprint(state)));
            }
            Some(_) => {}
        }
        match response.get("iss") {
            Some(issuer) if issuer != self.issuer => {
                return Err(AuthError::new(Code::IssuerMismatch).because(self.issuer, issuer));
            }
            None if self.names_issuer => {
                return Err(AuthError::new(Code::IssuerMissing).because(self.issuer, "no iss parameter"));
            }
            _ => {}
        }
        if let Some(error) = response.get("error") {
            return Err(refusal(error, response));
        }
        let code = response
            .get("code")
            .ok_or_else(|| AuthError::new(Code::ResponseIncomplete).because("code or error", "neither"))?;
        Ok(Authorized {
            code: secret::Code::new(code),
            uniques: self.uniques,
            redirect_uri: self.redirect_uri,
            max_age: self.max_age,
            return_to: self.return_to,
            silent: self.silent,
            partitioned_session: response.get("partitioned_session") == Some("true"),
        })
    }
}

/// The tenant's refusal. A tenant may repeat the request header `Sec-Fetch-Storage-Access` in a parameter of that
/// name (`sec_fetch_storage_access`): `none` and `inactive` mean that no cookie could have come with the frame,
/// so `login_required` says nothing about the session.
fn refusal(error: &str, response: &Parameters) -> AuthError {
    let refusal = AuthError::from_authorization_response(error, response.get("error_description"));
    match response.get("sec_fetch_storage_access") {
        Some(access @ ("none" | "inactive")) if refusal.code == Code::LoginRequired => {
            AuthError::new(Code::ThirdPartyCookiesBlocked)
                .because("Sec-Fetch-Storage-Access: active", format!("Sec-Fetch-Storage-Access: {access}"))
        }
        _ => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::pkce::ENTROPY;

    fn config() -> ClientConfig {
        ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid")
    }

    fn pending() -> PendingAuthorization {
        let config = config();
        silent_request(&config, &Endpoints::auth0(&config), Uniques::new(&[7; ENTROPY]), Timestamp::from_secs(0)).1
    }

    fn redeem(query: &str) -> Result<Authorized, Code> {
        let state = pending().state().expose().to_owned();
        let parameters = Parameters::from_url(&format!("/cb?{}", query.replace("STATE", &state))).expect("parses");
        pending().redeem(&parameters).map_err(|error| error.code)
    }

    #[test]
    fn a_silent_request_asks_that_nothing_is_shown() {
        let config = config()
            .with_audience(Some("https://notes.example".into()))
            .with_resource(Some("https://reports.example".into()))
            .with_organization(Some("org_1".into()))
            .with_acr_values(Some("gold silver".into()));
        let (url, _) =
            silent_request(&config, &Endpoints::auth0(&config), Uniques::new(&[7; ENTROPY]), Timestamp::from_secs(0));
        let parameters = Parameters::from_url(&url).expect("parses");
        assert!(url.starts_with("https://tenant.example/authorize?"));
        for (name, value) in [
            ("client_id", "spa"),
            ("response_type", "code"),
            ("response_mode", "web_message"),
            ("prompt", "none"),
            ("redirect_uri", "https://app.example/cb"),
            ("audience", "https://notes.example"),
            ("resource", "https://reports.example"),
            ("organization", "org_1"),
            ("acr_values", "gold silver"),
            ("code_challenge_method", "S256"),
        ] {
            assert_eq!(parameters.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_callback_page_has_its_own_address() {
        let config = config().with_transport(Some(Transport::CallbackPage));
        let (url, _) =
            silent_request(&config, &Endpoints::auth0(&config), Uniques::new(&[7; ENTROPY]), Timestamp::from_secs(0));
        let parameters = Parameters::from_url(&url).expect("parses");
        assert_eq!(parameters.get("response_mode"), Some("query"));
        assert_eq!(parameters.get("redirect_uri"), Some("https://app.example/silent-callback.html"));
    }

    #[test]
    fn the_answers_checks_come_in_the_right_order() {
        assert_eq!(redeem("code=c").map(|_| ()), Err(Code::StateMissing));
        assert_eq!(redeem("code=c&state=other").map(|_| ()), Err(Code::StateMismatch));
        assert_eq!(redeem("error=access_denied&state=other").map(|_| ()), Err(Code::StateMismatch));
        assert_eq!(
            redeem("error=access_denied&state=STATE&iss=https://evil.example/").map(|_| ()),
            Err(Code::IssuerMismatch)
        );
        assert_eq!(redeem("error=access_denied&state=STATE").map(|_| ()), Err(Code::AccessDenied));
        assert_eq!(redeem("state=STATE").map(|_| ()), Err(Code::ResponseIncomplete));
        assert_eq!(
            redeem("code=c&state=STATE&iss=https://tenant.example/").map(|good| good.code.expose().to_owned()),
            Ok("c".to_owned())
        );
    }

    #[test]
    fn a_promised_issuer_must_come() {
        let config = config();
        let endpoints = Endpoints { names_issuer: true, ..Endpoints::auth0(&config) };
        let (_, pending) = silent_request(&config, &endpoints, Uniques::new(&[7; ENTROPY]), Timestamp::from_secs(0));
        let state = pending.state().expose().to_owned();
        let parameters = Parameters::from_pairs([("code".into(), "c".into()), ("state".into(), state)]).expect("valid");
        assert_eq!(pending.redeem(&parameters).map(|_| ()).map_err(|error| error.code), Err(Code::IssuerMissing));
    }

    #[test]
    fn a_frame_that_could_not_bring_a_cookie_is_told_from_no_session() {
        assert_eq!(redeem("error=login_required&state=STATE").map(|_| ()), Err(Code::LoginRequired));
        assert_eq!(
            redeem("error=login_required&sec_fetch_storage_access=active&state=STATE").map(|_| ()),
            Err(Code::LoginRequired)
        );
        for access in ["none", "inactive"] {
            let query = format!("error=login_required&sec_fetch_storage_access={access}&state=STATE");
            assert_eq!(redeem(&query).map(|_| ()), Err(Code::ThirdPartyCookiesBlocked));
        }
        assert_eq!(
            redeem("error=consent_required&sec_fetch_storage_access=none&state=STATE").map(|_| ()),
            Err(Code::ConsentRequired)
        );
    }

    #[test]
    fn a_pending_request_survives_being_stored() {
        let restored = PendingAuthorization::restore(&pending().store()).expect("restores");
        assert!(restored.state().matches(pending().state().expose()));
        assert_eq!(
            PendingAuthorization::restore("{}").map(|_| ()).map_err(|error| error.code),
            Err(Code::TransactionMissing)
        );
    }
}

//! Cookies go with the exchange of a code alone, and only where the tenant offers a session for this app, or the app says so.
#![cfg(not(target_arch = "wasm32"))]

use silent_auth::protocol::authorization::{Authorized, silent_request};
use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::discovery::{self, Endpoints};
use silent_auth::protocol::parameters::Parameters;
use silent_auth::protocol::pkce::{ENTROPY, Uniques};
use silent_auth::protocol::secret::RefreshToken;
use silent_auth::protocol::time::Timestamp;
use silent_auth::protocol::{keys, token};

fn config() -> ClientConfig {
    ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid")
}

/// What an answer with these parameters beside code and state comes to.
fn authorized(more: &str) -> Authorized {
    let config = config();
    let uniques = Uniques::new(&[7; ENTROPY]);
    let (_, pending) = silent_request(&config, &Endpoints::auth0(&config), uniques, Timestamp::from_secs(0));
    let url = format!("/cb?code=c&state={}{more}", pending.state().expose());
    pending.redeem(&Parameters::from_url(&url).expect("parses")).expect("a good answer")
}

fn exchange_has_cookies(config: &ClientConfig, more: &str) -> bool {
    token::exchange_request(config, &Endpoints::auth0(config), &authorized(more)).credentials
}

#[test]
fn cookies_go_with_the_code_that_a_session_is_offered_with() {
    assert!(exchange_has_cookies(&config(), "&partitioned_session=true"));
    for more in ["", "&partitioned_session=false", "&partitioned_session=1", "&partitioned_session="] {
        assert!(!exchange_has_cookies(&config(), more), "{more}");
    }
}

#[test]
fn an_app_may_send_cookies_where_nothing_is_offered() {
    assert!(exchange_has_cookies(&config().with_partitioned_session(true), ""));
}

#[test]
fn nothing_else_has_cookies() {
    let config = config().with_partitioned_session(true);
    let endpoints = Endpoints::auth0(&config);
    let refresh_token = RefreshToken::new("r");
    let revocation = token::revocation_request(&config, &endpoints, &refresh_token).expect("Auth0 revokes");
    for request in [
        discovery::request(&config),
        keys::request(&endpoints),
        token::refresh_request(&config, &endpoints, &refresh_token),
        revocation,
    ] {
        assert!(!request.credentials, "{}", request.url);
    }
}

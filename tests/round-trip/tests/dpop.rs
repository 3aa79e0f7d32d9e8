//! Tokens bound to a key (DPoP, RFC 9449): client and tenant understand each other, and a downgrade is seen.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use round_trip::{Browser, Tab, dpop_key};
use silent_auth::protocol::config::{ClientConfig, RefreshTokens};
use silent_auth::protocol::error::Code;
use silent_auth::protocol::session::Phase;

const ORIGIN: &str = "http://localhost:3000";

fn config(audience: &str, refresh_tokens: RefreshTokens) -> ClientConfig {
    ClientConfig::new("http://localhost:4000/", "demo-spa-rotating", &format!("{ORIGIN}/callback"))
        .expect("valid")
        .with_audience(Some(audience.to_owned()))
        .with_scope("openid profile email read:notes".to_owned())
        .with_refresh_tokens(refresh_tokens)
        .with_dpop(true)
}

/// The thumbprint that the token in use is bound to.
fn bound_to(tab: &Tab) -> String {
    let tokens = tab.tokens();
    let payload = tokens.access_token.expose().split('.').nth(1).expect("three parts");
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON");
    claims["cnf"]["jkt"].as_str().expect("a token that is bound").to_owned()
}

#[tokio::test]
async fn tokens_are_bound_to_the_key_at_sign_in_and_at_each_renewal() {
    for refresh_tokens in [RefreshTokens::Never, RefreshTokens::InMemory] {
        let mut browser = Browser::new().await;
        let config = config("https://notes.example.com", refresh_tokens);
        let mut tab = Tab::signed_in(&mut browser, config, "ada@example.com", "ada-password").await;
        for _ in 0..3 {
            assert_eq!((tab.phase(), bound_to(&tab)), (Phase::SignedIn, dpop_key().thumbprint()), "{refresh_tokens:?}");
            tab.run(&mut browser, Duration::from_secs(3_600)).await;
        }
    }
}

#[tokio::test]
async fn a_bearer_token_in_place_of_a_bound_one_is_refused() {
    let mut browser = Browser::new().await;
    // The tenant binds no tokens for this API (proof_of_possession).
    let config = config("https://reports.example.com", RefreshTokens::Never);
    let tab = Tab::signed_in(&mut browser, config, "ada@example.com", "ada-password").await;
    assert_eq!(tab.code(), Some(Code::TokenResponseInvalid), "{:?}", tab.phase());
}

//! What settings are refused, and what they come to.

use super::*;

#[test]
fn an_issuer_keeps_its_text_and_knows_its_origin() {
    let config =
        ClientConfig::new("https://Tenant.example:443/", "spa", "https://app.example/callback").expect("valid");
    assert_eq!(config.issuer().as_str(), "https://Tenant.example:443/");
    assert_eq!(config.issuer().origin(), "https://tenant.example");
    assert_eq!(config.issuer().at("/authorize"), "https://Tenant.example:443/authorize");
    assert_eq!(config.silent_redirect_uri(), "https://app.example/silent-callback.html");
}

#[test]
fn plain_http_is_for_loopback_alone() {
    for host in ["localhost:4000", "tenant.localhost:4000", "127.0.0.1", "[::1]:4000"] {
        assert!(
            ClientConfig::new(&format!("http://{host}/"), "spa", "http://localhost:3000/callback").is_ok(),
            "{host}"
        );
    }
    let refused = ClientConfig::new("http://tenant.example/", "spa", "http://localhost/callback");
    assert_eq!(refused.map(|_| ()).map_err(|error| error.code), Err(Code::ConfigIssuer));
    assert!(ClientConfig::dangerously_allow_http("http://tenant.example/", "spa", "http://app.example/cb").is_ok());
}

#[test]
fn unusable_settings_are_refused_by_name() {
    let code =
        |issuer, client, redirect| ClientConfig::new(issuer, client, redirect).map(|_| ()).map_err(|error| error.code);
    assert_eq!(code("tenant.example", "spa", "https://app.example/"), Err(Code::ConfigIssuer));
    assert_eq!(code("https://tenant.example/?a", "spa", "https://app.example/"), Err(Code::ConfigIssuer));
    assert_eq!(code("https://me@tenant.example/", "spa", "https://app.example/"), Err(Code::ConfigIssuer));
    assert_eq!(code("https://tenant.example/", "", "https://app.example/"), Err(Code::ConfigClientId));
    assert_eq!(code("https://tenant.example/", "spa", "https://app.example/#x"), Err(Code::ConfigRedirectUri));
}

#[test]
fn a_refresh_token_is_asked_for_once_and_only_where_it_is_wanted() {
    let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid");
    assert_eq!(config.scope_on_the_wire(), "openid profile email");
    let config = config.with_refresh_tokens(RefreshTokens::InMemory);
    assert_eq!(config.scope_on_the_wire(), "openid profile email offline_access");
    let config = config.with_scope("openid offline_access".into());
    assert_eq!(config.scope_on_the_wire(), "openid offline_access");
}

#[test]
fn ports_do_not_make_a_host() {
    let same = |issuer, redirect| ClientConfig::new(issuer, "spa", redirect).expect("valid").same_host();
    assert!(same("http://localhost:4000/", "http://localhost:3000/callback"));
    assert!(!same("http://tenant.localhost:4000/", "http://app.localhost:3000/callback"));
}

#[test]
fn two_clients_never_meet() {
    let namespace =
        |issuer, client| ClientConfig::new(issuer, client, "https://app.example/cb").expect("valid").namespace();
    let one = namespace("https://tenant.example/", "spa");
    assert_eq!(one, namespace("https://tenant.example/", "spa"));
    assert_ne!(one, namespace("https://tenant.example/", "other"));
    assert_ne!(one, namespace("https://other.example/", "spa"));
}

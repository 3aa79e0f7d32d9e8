//! The conformance suite's plan for discovery, and the list of every module of four plans beside the tests of their names.

use serde_json::Value;
use url::Url;

use crate::common::{Harness, TENANT};

/// The plans as the OpenID Foundation publishes them, and the files that hold their modules.
const PLANS: [(&str, &[&str], &str); 4] = [
    (
        "basic",
        &[
            "oidcc-server",
            "oidcc-response-type-missing",
            "oidcc-idtoken-signature",
            "oidcc-idtoken-unsigned",
            "oidcc-userinfo-get",
            "oidcc-userinfo-post-header",
            "oidcc-userinfo-post-body",
            "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
            "oidcc-scope-profile",
            "oidcc-scope-email",
            "oidcc-scope-address",
            "oidcc-scope-phone",
            "oidcc-scope-all",
            "oidcc-alternate-happy-flow",
            "oidcc-display-page",
            "oidcc-display-popup",
            "oidcc-prompt-login",
            "oidcc-prompt-none-not-logged-in",
            "oidcc-prompt-none-logged-in",
            "oidcc-max-age-1",
            "oidcc-max-age-10000",
            "oidcc-ensure-request-with-unknown-parameter-succeeds",
            "oidcc-id-token-hint",
            "oidcc-login-hint",
            "oidcc-ui-locales",
            "oidcc-claims-locales",
            "oidcc-ensure-request-with-acr-values-succeeds",
            "oidcc-codereuse",
            "oidcc-codereuse-30seconds",
            "oidcc-ensure-registered-redirect-uri",
            "oidcc-ensure-post-request-succeeds",
            "oidcc-server-client-secret-post",
            "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
            "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
            "oidcc-claims-essential",
            "oidcc-ensure-request-object-with-redirect-uri",
            "oidcc-refresh-token",
            "oidcc-ensure-request-with-valid-pkce-succeeds",
        ],
        concat!(include_str!("oidcc_basic.rs"), include_str!("oidcc_basic_requests.rs")),
    ),
    ("config", &["oidcc-discovery-endpoint-verification"], include_str!("oidcc_config.rs")),
    (
        "rp-initiated-logout",
        &[
            "oidcc-rp-initiated-logout-discovery-endpoint-verification",
            "oidcc-rp-initiated-logout",
            "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
            "oidcc-rp-initiated-logout-modified-id-token-hint",
            "oidcc-rp-initiated-logout-no-id-token-hint",
            "oidcc-rp-initiated-logout-no-params",
            "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
            "oidcc-rp-initiated-logout-no-state",
            "oidcc-rp-initiated-logout-only-state",
            "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
            "oidcc-rp-initiated-logout-bad-id-token-hint",
        ],
        include_str!("oidcc_rp_initiated_logout.rs"),
    ),
    (
        "session-management",
        &["oidcc-session-management-discovery-endpoint-verification", "oidcc-session-management-rp-initiated-logout"],
        include_str!("oidcc_session_management.rs"),
    ),
];

#[test]
fn every_module_has_its_test() {
    let mut modules = 0;
    for (plan, names, source) in PLANS {
        for name in names {
            let test = format!("#[tokio::test]\nasync fn {}() {{", name.replace('-', "_"));
            assert_eq!(source.matches(&test).count(), 1, "{plan}: {name}");
            modules += 1;
        }
    }
    assert_eq!(modules, 52);
}

fn texts<'a>(metadata: &'a Value, name: &str) -> Vec<&'a str> {
    let list = metadata[name].as_array().unwrap_or_else(|| panic!("{name} is no list in {metadata}"));
    list.iter().map(|text| text.as_str().expect("a text")).collect()
}

/// OpenID Connect Discovery 1.0, 3 and 4.3: what must be there is there, and every endpoint named answers.
#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let mut browser = Harness::new().await;
    let answer = browser.get(&format!("{TENANT}/.well-known/openid-configuration")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let metadata = answer.json();
    assert_eq!(metadata["issuer"], format!("{TENANT}/"), "the address it was asked at, and nothing after it");
    for (name, value) in metadata.as_object().expect("an object") {
        if name.ends_with("_endpoint") || name.ends_with("_iframe") || name == "jwks_uri" {
            let url = Url::parse(value.as_str().expect("a text")).expect("an address");
            assert!(url.as_str().starts_with(TENANT) && url.fragment().is_none(), "{name}: {url}");
            assert_ne!(browser.get(url.as_str()).await.status.as_u16(), 404, "{name}: {url}");
        }
        assert!(!matches!(value, Value::Null), "{name}: what is not there is left out");
        assert!(value.as_array().is_none_or(|list| !list.is_empty()), "{name}: an empty list is left out");
    }
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata[name].is_string(), "{name}");
    }
    assert!(texts(&metadata, "response_types_supported").contains(&"code"));
    assert!(texts(&metadata, "scopes_supported").contains(&"openid"));
    assert!(["public", "pairwise"].contains(&texts(&metadata, "subject_types_supported")[0]));
    assert!(texts(&metadata, "id_token_signing_alg_values_supported").contains(&"RS256"));
    assert!(texts(&metadata, "grant_types_supported").contains(&"authorization_code"));
    for method in ["client_secret_basic", "client_secret_post"] {
        assert!(texts(&metadata, "token_endpoint_auth_methods_supported").contains(&method), "{method}");
    }
    assert_eq!(metadata["claims_parameter_supported"], true);
    for name in ["request_parameter_supported", "request_uri_parameter_supported"] {
        assert_eq!(metadata[name], false, "{name} counts as true where it is left out (for request_uri)");
    }
    let keys = browser.get(metadata["jwks_uri"].as_str().expect("an address")).await.json();
    for key in keys["keys"].as_array().expect("keys") {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None, "a private part is published");
        }
        assert!(key["kid"].is_string() && key["use"] == "sig");
    }
}

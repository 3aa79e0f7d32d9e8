//! A token of one kind is never taken for one of another: a logout token, which has an ID token's issuer, audience and key.

use crate::common::listener::Listener;
use crate::common::{CALLBACK, Harness, TENANT, authorize};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

#[tokio::test]
async fn a_logout_token_is_no_id_token() {
    let listener = Listener::start(&[]).await;
    let from = "    client_id: regular-web\n    client_secret: regular-web-secret\n    app_type: regular_web\n    token_endpoint_auth_method: client_secret_post\n    grant_types: [authorization_code, refresh_token]\n";
    let to = format!(
        "    client_id: regular-web\n    client_secret: regular-web-secret\n    grant_types: [authorization_code, \"{GRANT}\"]\n    oidc_logout: {{ backchannel_logout_urls: ['http://app.localhost:{}/out'], backchannel_logout_initiators: {{ }} }}\n",
        listener.port
    );
    let mut browser = Harness::with_replaced(from, &to).await;
    let own = [("client_id", "regular-web"), ("client_secret", "regular-web-secret")];
    let web = [
        ("client_id", Some("regular-web")),
        ("audience", None),
        ("scope", Some("openid")),
        ("code_challenge", None),
        ("code_challenge_method", None),
    ];
    let code =
        browser.log_in_at(&authorize(&web), "ada@example.com", "ada-password").await.parameters()["code"].clone();
    let form = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", CALLBACK)];
    browser.token(&[&own[..], &form].concat()).await;
    browser.get(&format!("{TENANT}/v2/logout")).await;
    let body = listener.wait_for(1).await.remove(0);
    let (_, token) = url::form_urlencoded::parse(body.as_bytes()).next().expect("a logout token");
    let token = token.into_owned();

    let form = [
        ("grant_type", GRANT),
        ("subject_token", &*token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:id_token"),
        ("audience", "https://reports.example.com"),
    ];
    assert_eq!(browser.token(&[&own[..], &form].concat()).await.error(), "invalid_request");
    let summary = browser.decision().await["summary"].as_str().expect("a sentence").to_owned();
    assert!(summary.contains("its type is logout+jwt, and an ID token's is JWT"), "{summary}");

    let hint = [&web[..], &[("prompt", Some("none")), ("id_token_hint", Some(&*token))]].concat();
    let refused = browser.get(&authorize(&hint)).await.parameters();
    assert_eq!(refused["error_description"], "id_token_hint is not an ID token of this tenant");
}

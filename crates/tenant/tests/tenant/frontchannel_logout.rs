//! Front-Channel Logout 1.0: the page that loads a frame of each app of an ended session, and what may be registered.

use std::process::Command;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common;
use crate::common::management::Script;
use crate::common::{Answer, Harness, TENANT, claims};

const APP: &str = "http://localhost:3000/";

/// The built-in tenant, whose `demo-spa` has a page for this at each app address.
async fn browser() -> Harness {
    let told = "    client_id: demo-spa\n    frontchannel_logout_uri: '##APP_ORIGIN##/out?x=1'\n";
    Harness::with_file(&include_str!("../../tenant.yaml").replacen("    client_id: demo-spa\n", told, 1)).await
}

/// The addresses of the page's frames.
fn frames(page: &Answer) -> Vec<String> {
    let frames = page.body.split("<iframe ").skip(1).filter_map(|rest| rest.split_once("src=\"")?.1.split_once('"'));
    frames.map(|(src, _)| src.replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn a_logout_loads_a_frame_of_each_app_that_asked_for_it() {
    let mut browser = browser().await;
    let code = browser.sign_in().await;
    let id_token = browser.exchange(&code).await.json()["id_token"].as_str().expect("one").to_owned();
    let sid = claims(&id_token)["sid"].as_str().expect("one").to_owned();
    let logout = format!("{TENANT}/oidc/logout?id_token_hint={id_token}&post_logout_redirect_uri={APP}&state=s");
    let page = browser.get(&logout).await;
    assert_eq!(page.status, StatusCode::OK);
    let frames = frames(&page);
    assert_eq!(frames.len(), 3, "{frames:?}");
    assert_eq!(frames[0], format!("{APP}out?x=1&iss=http%3A%2F%2Flocalhost%3A4000%2F&sid={sid}"));
    assert!(page.body.contains(&format!(r#"href="{APP}?state=s""#)), "a link for browsers without scripts");
    let policy = page.header("content-security-policy");
    let origins = "frame-src http://app.demo.localhost:3000 http://app.localhost:3000 http://localhost:3000";
    for part in ["default-src 'none'", "script-src 'sha256-", origins, "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!(browser.silent(&[]).await.parameters()["error"], "login_required");
    let again = browser.get(&logout).await;
    assert_eq!(again.header("location"), format!("{APP}?state=s"), "nobody is left to be told");
}

#[tokio::test]
async fn an_app_that_got_nothing_in_the_session_is_not_loaded() {
    let mut browser = browser().await;
    browser.sign_in().await;
    browser.cookies.clear();
    let url = common::authorize(&[("client_id", Some("demo-spa-rotating"))]);
    browser.log_in_at(&url, "ada@example.com", "ada-password").await;
    let answer = browser.get(&format!("{TENANT}/v2/logout?client_id=demo-spa")).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, APP));
}

/// The page goes on when the last frame has loaded, and after a while if one never does: without the frames, then.
#[tokio::test]
async fn the_page_goes_on_when_every_frame_has_loaded() {
    let mut browser = browser().await;
    browser.sign_in().await;
    let page = browser.get(&format!("{TENANT}/v2/logout?client_id=demo-spa")).await;
    let script = page.body.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a script");
    let surroundings = format!(
        "const loads = [], removed = [], went = [], timers = [];
         globalThis.document = {{
           getElementById: (id) => (id === 'next' ? {{ href: '/next' }} : null),
           querySelectorAll: () => [1, 2].map((number) => ({{
             addEventListener: (type, then) => loads.push([type, then]),
             remove: () => removed.push(number),
           }})),
         }};
         globalThis.location = {{ replace: (to) => went.push(to) }};
         globalThis.setTimeout = (then, after) => timers.push([then, after]);
         {script}
         const seen = [];
         for (const [type, then] of loads) {{ then(); seen.push([type, went.length]); }}
         seen.push(removed.length);
         timers[0][0]();
         console.log(JSON.stringify([seen, removed, went, timers[0][1]]));"
    );
    let output = Command::new("node").args(["-e", &surroundings]).output().expect("Node.js runs");
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(seen, json!([[["load", 0], ["load", 1], 0], [1, 2], ["/next", "/next"], 3000]));
}

#[tokio::test]
async fn only_addresses_that_may_be_told_are_registered() {
    let mut script = Script::new().await;
    for (body, says) in [
        (json!({ "frontchannel_logout_uri": "http://app.example/out" }), "plain http is for loopback"),
        (json!({ "frontchannel_logout_uri": "javascript:alert(1)" }), "no http or https"),
        (json!({ "oidc_logout": { "backchannel_logout_urls": ["http://169.254.169.254/"] } }), "plain http"),
        (json!({ "oidc_logout": { "backchannel_logout_urls": ["https://a.example/#x"] } }), "fragment"),
        (json!({ "oidc_logout": { "backchannel_logout_urls": "https://a.example/" } }), "expected a sequence"),
    ] {
        let answer = script.patch("/clients/demo-spa", body.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(answer.body.contains(says), "{says} in {}", answer.body);
    }
    let good = json!({
        "frontchannel_logout_uri": "https://app.example/out",
        "frontchannel_logout_session_required": true,
        "oidc_logout": {
            "backchannel_logout_urls": ["https://app.example/out"],
            "backchannel_logout_initiators": { "mode": "custom", "selected_initiators": ["rp-logout"] },
        },
    });
    let answer = script.patch("/clients/demo-spa", good.clone()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert_eq!(answer.json()["oidc_logout"], good["oidc_logout"]);
}

//! The conformance suite's plan for Session Management 1.0, module by module.

use crate::common::TENANT;
use crate::common::frame::check_session;
use crate::common::oidcc;
use crate::common::oidcc::{CLIENT, browser};

const ORIGIN: &str = "http://localhost:3000";

#[tokio::test]
async fn oidcc_session_management_discovery_endpoint_verification() {
    let metadata = browser().await.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["check_session_iframe"], format!("{TENANT}/oidc/check_session"));
    assert_eq!(metadata["end_session_endpoint"], format!("{TENANT}/oidc/logout"));
}

/// The frame says `unchanged` while the user is signed in, and `changed` after signing out.
#[tokio::test]
async fn oidcc_session_management_rp_initiated_logout() {
    let mut browser = browser().await;
    let response = browser.authorized(&[]).await;
    let answer = browser.redeem(CLIENT, &response["code"]).await;
    let id_token = browser.examined(&answer, CLIENT, Some(oidcc::NONCE)).await.id_token;
    let session_state = &response["session_state"];
    assert_eq!(check_session(&mut browser, CLIENT, ORIGIN, session_state).await, "unchanged");
    let logout = format!("{TENANT}/oidc/logout?id_token_hint={id_token}");
    let answer = browser.get(&format!("{logout}&post_logout_redirect_uri={}&state=x", oidcc::SIGNED_OUT)).await;
    assert_eq!(answer.header("location"), format!("{}?state=x", oidcc::SIGNED_OUT));
    assert_eq!(check_session(&mut browser, CLIENT, ORIGIN, session_state).await, "changed");
}

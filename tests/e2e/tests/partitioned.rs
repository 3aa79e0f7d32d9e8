//! Silent renewals where the browser keeps the session's cookie from frames: by the app's own session, or by a person's grant.

use e2e::{Mode, Pair, Scene, Variant};
use serde_json::{Value, json};

claims!(chromium in ChromiumBlocking at CrossSite:
    renewals_go_on_without_a_question, a_sign_out_reaches_the_apps_own_session, a_grant_brings_the_cookie);
claims!(firefox in FirefoxDefault at CrossSite: renewals_go_on_without_a_question, a_sign_out_reaches_the_apps_own_session);
claims!(firefox_blocking in FirefoxBlocking at CrossSite: who_keeps_no_cookie_at_all_is_told_at_once);

const CLIENT: &str = "demo-spa-rotating";
const BLOCKED: &str = "third_party_cookies_blocked";

/// The page of the client that has partitioned sessions, and somebody who is signed in at the tenant already: their click there was for
/// another app. (To an app that a click at the tenant leads back to, Firefox gives the cookie itself.)
async fn signed_in_before(mode: Mode, pair: Pair) -> (Scene, Variant) {
    let built = Variant::watched().of_client(CLIENT);
    let scene = Scene::with(mode, pair, &built).await;
    let other = scene.tenant.app(Pair::CustomDomain);
    scene
        .browser
        .open(&format!(
            "{}/authorize?client_id={CLIENT}&redirect_uri={other}/callback&response_type=code&scope=openid&state=x\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
            scene.tenant.origin(pair)
        ))
        .await;
    scene.page().fill_in_form("ada@example.com", "ada-password").await;
    scene.browser.arrives_at(other).await;
    (scene, built)
}

/// What the tenant decided for frames, newest first.
async fn framed(scene: &Scene) -> Vec<Value> {
    let mut decisions = scene.tenant.decisions("/authorize").await;
    decisions.retain(|decision| decision["request"]["sec_fetch_dest"] == "iframe" && decision["client_id"] == CLIENT);
    decisions
}

/// One click signs in, without typing; from then on nothing is asked, a reload included.
async fn renewals_go_on_without_a_question(mode: Mode, pair: Pair) {
    let (scene, _built) = signed_in_before(mode, pair).await;
    let page = scene.open("/").await;
    page.is("signed-out").await;
    page.explains(BLOCKED).await;
    let before = framed(&scene).await.len();
    scene.browser.click("Sign in").await;
    page.is_renewed(1).await;
    page.mark().await;
    for _ in 0..2 {
        page.renew().await;
    }
    assert!(page.is_marked().await, "a renewal is no navigation");
    scene.browser.driver().refresh().await.expect("reloaded");
    page.is("signed-in").await;
    scene.browser.reads("Ada Lovelace").await;
    assert_eq!(page.state().await.error, None);

    let mut decisions = framed(&scene).await;
    decisions.truncate(decisions.len() - before);
    assert!(decisions.len() >= 4, "{decisions:?}");
    for decision in decisions {
        let request = &decision["request"];
        assert_eq!(decision["outcome"], "code", "{decision}");
        let cookies = (&request["session_cookie"], &request["partitioned_cookie"]);
        assert_eq!(cookies, (&json!("absent"), &json!("used")), "{decision}");
        assert_eq!(request["sec_fetch_storage_access"], "none", "{decision}");
    }
    assert_eq!(scene.tenant.logs("s").await.len(), 1, "the password was typed once");
    assert!(scene.tenant.logs("sertft").await.is_empty(), "no refresh token was there to help");
}

async fn a_sign_out_reaches_the_apps_own_session(mode: Mode, pair: Pair) {
    let (scene, _built) = signed_in_before(mode, pair).await;
    let page = scene.open("/").await;
    page.explains(BLOCKED).await;
    scene.browser.click("Sign in").await;
    page.is_renewed(1).await;
    scene.browser.click("Sign out").await;
    page.is("signed-out").await;
    let page = scene.open("/").await;
    page.is("signed-out").await;
    let decision = framed(&scene).await.remove(0);
    let told = (&decision["cause"], &decision["request"]["partitioned_cookie"]);
    assert_eq!(told, (&json!("session_unknown"), &json!("used")), "{decision}");
    assert_eq!(page.state().await.error, None, "no cookie is to blame");
}

/// A client without partitioned sessions: the tenant asks the browser for the cookie, and no script takes part.
async fn a_grant_brings_the_cookie(mode: Mode, pair: Pair) {
    let scene = Scene::start(mode, pair).await;
    scene.browser.grant_storage_access(scene.tenant.app(pair), scene.tenant.origin(pair)).await;
    scene.sign_in().await;
    let page = scene.page();
    page.is_renewed(1).await;
    page.renew().await;
    assert_eq!(page.state().await.error, None);
    let mut decisions = scene.tenant.decisions("/authorize").await;
    decisions.retain(|decision| decision["request"]["sec_fetch_dest"] == "iframe");
    let told = |decision: &Value| {
        let request = &decision["request"];
        (request["sec_fetch_storage_access"].clone(), request["session_cookie"].clone(), decision["outcome"].clone())
    };
    let latest: Vec<_> = decisions.iter().take(2).map(told).collect();
    let asked = (json!("inactive"), json!("absent"), json!("login_required"));
    let repeated = (json!("active"), json!("present"), json!("code"));
    assert_eq!(latest, [repeated, asked]);
}

async fn who_keeps_no_cookie_at_all_is_told_at_once(mode: Mode, pair: Pair) {
    let built = Variant::watched().of_client(CLIENT);
    let scene = Scene::with(mode, pair, &built).await;
    let page = scene.open("/").await;
    page.is("signed-out").await;
    page.sign_in("ada@example.com", "ada-password").await;
    page.explains(BLOCKED).await;
    assert_eq!(page.state().await.generation, 1, "the token of the sign-in is in use");
    let named = page.named_at(BLOCKED).await;
    assert!(named < 2000.0, "counted from the way back, the page's loading included: {named}");
    let request = &framed(&scene).await[0]["request"];
    assert_eq!((&request["session_cookie"], &request["partitioned_cookie"]), (&json!("absent"), &Value::Null));
}

//! What ID tokens tell of how the user signed in (`amr`, `acr`), and what a request may wish or demand of it.

use serde_json::{Value, json};

use crate::common::totp::{SECRET, code_at};
use crate::common::{Answer, Harness, START_MS, TENANT, authorize, claims};

const MULTI_FACTOR: &str = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

async fn with_second_factor() -> Harness {
    let ada = "name: Ada Lovelace, nickname: ada";
    Harness::with_replaced(ada, &format!("{ada}, mfa: {{ totp_secret: {SECRET} }}")).await
}

/// Gives Ada's code on the page that her password leads to.
async fn give_code(browser: &mut Harness) -> Answer {
    let answer = browser.log_in_at(&authorize(&[]), "ada@example.com", "ada-password").await;
    let page = browser.get(answer.header("location")).await;
    let (state, csrf) = (page.field("state"), page.field("csrf"));
    let form = [("state", &*state), ("csrf", &csrf), ("code", &code_at(START_MS / 1000))];
    browser.post_form(&format!("{TENANT}/u/mfa"), &form).await
}

/// `amr` and `acr` of the ID token that a code brings.
async fn told(browser: &mut Harness, code: &str) -> (Value, Option<Value>) {
    let body = browser.exchange(code).await.json();
    let said = claims(body["id_token"].as_str().unwrap_or_else(|| panic!("{body}")));
    (said["amr"].clone(), said.get("acr").cloned())
}

fn essential(values: &Value) -> String {
    json!({ "id_token": { "acr": { "essential": true, "values": values } } }).to_string()
}

#[tokio::test]
async fn a_password_is_told_as_one() {
    let mut browser = Harness::new().await;
    let code = browser.sign_in().await;
    assert_eq!(told(&mut browser, &code).await, (json!(["pwd"]), None));
    // What a request merely wishes changes nothing (OpenID Connect Core 1.0, 3.1.2.1): it is answered, without the class.
    for wish in [
        ("acr_values", MULTI_FACTOR.to_owned()),
        ("acr_values", format!("{MULTI_FACTOR} urn:x")),
        ("claims", json!({ "id_token": { "acr": { "values": [MULTI_FACTOR] } } }).to_string()),
        ("claims", json!({ "id_token": { "acr": { "essential": true } } }).to_string()),
    ] {
        let answer = browser.silent(&[(wish.0, Some(&wish.1))]).await.parameters();
        assert_eq!(told(&mut browser, &answer["code"]).await, (json!(["pwd"]), None), "{wish:?}");
    }
    // The fact of a password grant is the same.
    let body = browser.token_for_password(&[("scope", "openid")]).await.json();
    assert_eq!(claims(body["id_token"].as_str().expect("one"))["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn a_password_and_a_code_are_told_as_multi_factor_also_after_renewals() {
    let mut browser = with_second_factor().await;
    let code = give_code(&mut browser).await.parameters()["code"].clone();
    let both = (json!(["pwd", "otp", "mfa"]), Some(json!(MULTI_FACTOR)));
    assert_eq!(told(&mut browser, &code).await, both);
    browser.advance(3600);
    let wishes = [("acr_values", Some(MULTI_FACTOR))];
    let code = browser.silent(&wishes).await.parameters()["code"].clone();
    assert_eq!(told(&mut browser, &code).await, both, "the session is what it was");
    // In the front channel, and by a refresh token, too.
    let spa = [("client_id", Some("demo-spa-rotating")), ("scope", Some("openid offline_access"))];
    let code = browser.silent(&spa).await.parameters()["code"].clone();
    let body = browser.exchange_with(&code, &spa[..1]).await.json();
    let refresh = body["refresh_token"].as_str().expect("a refresh token");
    let form = [("grant_type", "refresh_token"), ("client_id", "demo-spa-rotating"), ("refresh_token", refresh)];
    let renewed = browser.token(&form).await.json();
    let said = claims(renewed["id_token"].as_str().expect("an ID token"));
    assert_eq!((said["amr"].clone(), said.get("acr").cloned()), both);
    let implicit = [("client_id", Some("legacy-spa")), ("response_type", Some("id_token"))];
    let said = claims(&browser.silent(&implicit).await.fragment()["id_token"]);
    assert_eq!((said["amr"].clone(), said.get("acr").cloned()), both);
}

/// OpenID Connect Core 1.0, 5.5.1.1: a demand that cannot be met is a sign-in that failed.
#[tokio::test]
async fn a_demand_is_met_or_the_answer_is_an_error() {
    let mut browser = with_second_factor().await;
    let demand = essential(&json!(["urn:x", MULTI_FACTOR]));
    let changes = [("claims", Some(&*demand))];
    assert_eq!(browser.silent(&changes).await.parameters()["error"], "login_required", "nobody is signed in");
    give_code(&mut browser).await;
    let code = browser.silent(&changes).await.parameters()["code"].clone();
    assert_eq!(told(&mut browser, &code).await.1, Some(json!(MULTI_FACTOR)));
    for unknown in [json!(["urn:x"]), json!(["urn:x", 1])] {
        let demand = essential(&unknown);
        let answer = browser.silent(&[("claims", Some(&demand))]).await.parameters();
        assert_eq!(answer["error"], "unmet_authentication_requirements", "{unknown}");
    }
    let record = browser.decision().await;
    assert_eq!((&record["cause"], &record["checks"][0]["passed"]), (&json!("acr_unmet"), &json!(true)));

    // Somebody who has no second factor cannot meet it, silently or not; nobody is sent around in a circle.
    let mut browser = Harness::new().await;
    browser.sign_in().await;
    for prompt in [None, Some("none")] {
        let answer = browser.get(&authorize(&[changes[0], ("prompt", prompt)])).await.parameters();
        assert_eq!(answer["error"], "unmet_authentication_requirements", "{prompt:?}");
        assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("the-state", "http://localhost:4000/"));
    }
    let demand = json!({ "id_token": { "acr": { "essential": true, "value": MULTI_FACTOR } } }).to_string();
    let answer = browser.silent(&[("claims", Some(&demand))]).await.parameters();
    assert_eq!(answer["error"], "unmet_authentication_requirements", "one value is as good as several");
}

#[tokio::test]
async fn the_metadata_tells_of_it() {
    let metadata = Harness::new().await.get(&format!("{TENANT}/.well-known/openid-configuration")).await.json();
    assert_eq!(metadata["acr_values_supported"], json!([MULTI_FACTOR]));
    for claim in ["amr", "acr"] {
        assert!(metadata["claims_supported"].as_array().expect("a list").contains(&json!(claim)));
    }
}

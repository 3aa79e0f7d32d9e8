//! An app at another site than the tenant, in a browser whose frames get partitioned cookies alone.

use axum::body::Body;
use axum::http::StatusCode;

use crate::common::{Answer, CHALLENGE, Changes, Harness, VERIFIER, authorize_at};

pub(crate) const TENANT: &str = "http://tenant.localhost:4000";
pub(crate) const APP: &str = "http://app.localhost:3000";
pub(crate) const CALLBACK: &str = "http://app.localhost:3000/callback";
pub(crate) const CLIENT: &str = "demo-spa-rotating";
/// What the names of the cookies begin with.
pub(crate) const COOKIE: &str = "__Host-tenant-partitioned-";
/// What a browser that blocks third-party cookies says of a frame.
pub(crate) const FRAME: [(&str, &str); 4] = [
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "iframe"),
    ("sec-fetch-storage-access", "none"),
];

/// A request of the app, with these parameters changed.
pub(crate) fn request(changes: Changes<'_>) -> String {
    let mut all = vec![("client_id", Some(CLIENT)), ("redirect_uri", Some(CALLBACK))];
    all.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    all.extend(changes);
    authorize_at(TENANT, &all)
}

/// Signs somebody in by redirect; the code.
pub(crate) async fn sign_in(browser: &mut Harness, name: &str) -> String {
    let (email, password) = (format!("{name}@example.com"), format!("{name}-password"));
    let answer = browser.log_in_at(&request(&[("prompt", Some("login"))]), &email, &password).await;
    answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
}

/// Exchanges a code as a page of this origin does, with these fields changed.
pub(crate) async fn exchange(browser: &mut Harness, code: &str, origin: &str, changes: Changes<'_>) -> Answer {
    assert_eq!(CHALLENGE.len(), 43, "the pair of RFC 7636");
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    let headers = [("origin", origin), ("sec-fetch-site", "cross-site"), ("sec-fetch-dest", "empty")];
    let headers = if origin.is_empty() { &headers[1..] } else { &headers };
    browser.post_form_with(&format!("{TENANT}/oauth/token"), &form, headers).await
}

/// Signs Ada in and exchanges the code.
pub(crate) async fn signed_in(browser: &mut Harness) -> Answer {
    let code = sign_in(browser, "ada").await;
    let answer = exchange(browser, &code, APP, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer
}

/// The partitioned cookie that an answer sets, with its attributes.
pub(crate) fn cookie_of(answer: &Answer) -> Option<String> {
    let all = answer.headers.get_all("set-cookie").iter();
    all.map(|cookie| cookie.to_str().expect("a text")).find(|cookie| cookie.starts_with(COOKIE)).map(ToOwned::to_owned)
}

/// The partitioned cookies that the browser has, by name.
pub(crate) fn partitioned(browser: &Harness) -> Vec<(String, String)> {
    let ours = browser.cookies.iter().filter(|((_, name), _)| name.starts_with(COOKIE));
    ours.map(|((_, name), value)| (name.clone(), value.clone())).collect()
}

/// Loads an address with these cookies alone, and with these headers. The browser keeps nothing of the answer.
pub(crate) async fn load(
    browser: &Harness,
    url: &str,
    cookies: &[(String, String)],
    headers: &[(&str, &str)],
) -> Answer {
    let mut frame = browser.clone();
    let host = url::Url::parse(url).expect("absolute").host_str().expect("a host").to_owned();
    frame.cookies = cookies.iter().map(|(name, value)| ((host.clone(), name.clone()), value.clone())).collect();
    frame.browse(axum::http::Method::GET, url, headers, Body::empty()).await
}

/// What a silent request in a frame of the app ends with: `code`, or the error.
pub(crate) async fn framed(browser: &Harness) -> String {
    let url = request(&[("prompt", Some("none"))]);
    outcome(&load(browser, &url, &partitioned(browser), &FRAME).await)
}

/// `code`, or the error.
pub(crate) fn outcome(answer: &Answer) -> String {
    let found = answer.parameters();
    if found.contains_key("code") { "code".into() } else { found["error"].clone() }
}

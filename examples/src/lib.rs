//! What the examples share: how they send requests, and the API that their access tokens are for.

use std::sync::LazyLock;

use anyhow::Context;
use openidconnect::core::CoreClient;
use openidconnect::{EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, http};
use reqwest::StatusCode;
use reqwest::redirect::Policy;
use serde::Deserialize;

/// The client as discovery makes it: it can ask for a sign-in, and its token endpoint is known.
pub type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The audience of the access tokens.
pub const AUDIENCE: &str = "https://notes.example.com";

/// Follows no redirect: nothing that a provider answers may lead the program somewhere else.
static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| {
    reqwest::Client::builder().redirect(Policy::none()).build().expect("the TLS library has its defaults")
});

/// The client that every request goes through.
#[must_use]
pub fn http() -> &'static reqwest::Client {
    &HTTP
}

/// Sends a request of the `openidconnect` crate.
///
/// # Errors
/// When the provider cannot be reached.
pub async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = HTTP.execute(request.try_into()?).await?;
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// What the API answers.
#[derive(Debug, Deserialize)]
pub struct Notes {
    /// The user whose notes these are.
    pub owner: String,
    /// The notes.
    pub notes: Vec<Note>,
}

/// One note.
#[derive(Debug, Deserialize)]
pub struct Note {
    /// What it says.
    pub text: String,
}

/// Reads the notes. None if the API does not take the access token (any more): time for a new one.
///
/// # Errors
/// When the API cannot be reached or answers something else.
pub async fn notes(api: &str, access_token: &str) -> anyhow::Result<Option<Notes>> {
    let answer = HTTP.get(api).bearer_auth(access_token).send().await.context("the API cannot be reached")?;
    match answer.status() {
        StatusCode::OK => Ok(Some(answer.json().await.context("the API did not answer with notes")?)),
        StatusCode::UNAUTHORIZED => Ok(None),
        StatusCode::NOT_FOUND => anyhow::bail!("there is no API at {api}: start the tenant with --lab"),
        other => anyhow::bail!("the API answered {other}: {}", answer.text().await.unwrap_or_default()),
    }
}

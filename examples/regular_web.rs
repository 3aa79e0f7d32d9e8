//! A confidential web app: signs people in by authorization code, keeps their tokens in a session on the server, and
//! renews them by refresh token when the API asks for better ones. The browser holds a session cookie, nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context, anyhow, bail};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use clap::Parser;
use examples::{AUDIENCE, Client, Notes, notes, send};
use maud::{DOCTYPE, Markup, html};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::url::Url;
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, Scope, TokenResponse,
};
use serde::Deserialize;
use tokio::net::TcpListener;

/// Serves the app.
#[derive(Parser)]
struct Arguments {
    /// The tenant's address.
    #[arg(long, default_value = "http://localhost:4000")]
    tenant: Url,
    /// The app's own address; its `/callback` is registered as a callback of the client.
    #[arg(long, default_value = "http://localhost:3000/")]
    address: Url,
}

/// The cookie that names a session, and the one that names a sign-in on its way. `__Host-`: for this host alone.
const SESSION: &str = "__Host-regular-web";
const SIGN_IN: &str = "__Host-regular-web-sign-in";

struct App {
    client: Client,
    tenant: Url,
    address: Url,
    sign_ins: Mutex<HashMap<String, SignIn>>,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
}

/// What the answer to a sign-in is checked against.
struct SignIn {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

struct Session {
    name: String,
    /// One renewal at a time: whoever comes second finds the new tokens.
    tokens: tokio::sync::Mutex<Tokens>,
}

struct Tokens {
    access: AccessToken,
    refresh: RefreshToken,
    renewals: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Arguments { tenant, address } = Arguments::parse();
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::from_url(tenant.clone()), &send)
        .await
        .with_context(|| format!("the tenant does not answer at {tenant}"))?;
    let secret = ClientSecret::new("regular-web-secret".into());
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("regular-web".into()), Some(secret))
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(RedirectUrl::from_url(address.join("callback")?));

    let listener = TcpListener::bind(&*address.socket_addrs(|| None)?).await;
    let listener = listener.with_context(|| format!("cannot listen at {address}"))?;
    let app = App { client, tenant, address, sign_ins: Mutex::default(), sessions: Mutex::default() };
    println!("Open {}", app.address);
    let router = Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/callback", get(callback))
        .route("/sign-out", post(sign_out))
        .with_state(Arc::new(app));
    Ok(axum::serve(listener, router).await?)
}

/// Who is signed in, with the notes that the API has of them.
async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Markup, Problem> {
    let Some(session) =
        cookie(&headers, SESSION).and_then(|id| app.sessions.lock().expect("no panics").get(id).cloned())
    else {
        return Ok(page(html! { p { "Nobody is signed in." } p { a href="/sign-in" { "Sign in" } } }));
    };
    let (notes, renewals) = notes_of(&app, &session).await?;
    Ok(page(html! {
        p { "Signed in as " strong { (session.name) } ". Renewals without you: " (renewals) "." }
        ul { @for note in notes.notes { li { (note.text) } } }
        form method="post" action="/sign-out" { button { "Sign out" } }
    }))
}

/// Calls the API. If it does not take the access token any more, renews the tokens once and tries once more.
async fn notes_of(app: &App, session: &Session) -> anyhow::Result<(Notes, u32)> {
    let api = app.tenant.join("lab/notes")?;
    let mut tokens = session.tokens.lock().await;
    if let Some(notes) = notes(api.as_str(), tokens.access.secret()).await? {
        return Ok((notes, tokens.renewals));
    }
    let renewed = app.client.exchange_refresh_token(&tokens.refresh)?.request_async(&send).await;
    let renewed = renewed.context("the tokens could not be renewed; sign in again")?;
    tokens.access = renewed.access_token().clone();
    // With rotation there is a new one; without, the old one stays good.
    if let Some(refresh) = renewed.refresh_token() {
        tokens.refresh = refresh.clone();
    }
    tokens.renewals += 1;
    let notes = notes(api.as_str(), tokens.access.secret()).await?;
    Ok((notes.ok_or_else(|| anyhow!("the API does not take a fresh access token"))?, tokens.renewals))
}

/// Sends the browser to the tenant and remembers what its answer must fit.
async fn sign_in(State(app): State<Arc<App>>) -> impl IntoResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = app
        .client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "read:notes", "offline_access"].map(|scope| Scope::new(scope.into())))
        .add_extra_param("audience", AUDIENCE)
        .set_pkce_challenge(challenge)
        .url();
    let id = random_id();
    app.sign_ins.lock().expect("no panics").insert(id.clone(), SignIn { state, nonce, verifier });
    (AppendHeaders([set_cookie(SIGN_IN, &id)]), Redirect::to(url.as_str()))
}

/// What comes back to the redirect URI (RFC 6749 4.1.2).
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Takes the tenant's answer: the code is exchanged from here to there, so the browser never sees a token.
async fn callback(
    State(app): State<Arc<App>>,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let begun = cookie(&headers, SIGN_IN).and_then(|id| app.sign_ins.lock().expect("no panics").remove(id));
    let begun = begun.filter(|begun| answer.state.as_ref() == Some(begun.state.secret()));
    let begun = begun.ok_or_else(|| anyhow!("this browser did not ask for this sign-in"))?;
    let session = finish(&app, answer, begun).await?;
    // A new id for a new session: one that somebody planted before is worth nothing.
    let id = random_id();
    app.sessions.lock().expect("no panics").insert(id.clone(), Arc::new(session));
    Ok((AppendHeaders([set_cookie(SESSION, &id), set_cookie(SIGN_IN, "")]), Redirect::to("/")))
}

async fn finish(app: &App, answer: Answer, begun: SignIn) -> anyhow::Result<Session> {
    let Some(code) = answer.code else {
        let (error, words) = (answer.error.unwrap_or_default(), answer.error_description.unwrap_or_default());
        bail!("the tenant refused: {words} ({error})");
    };
    let tokens = app
        .client
        .exchange_code(AuthorizationCode::new(code))?
        .set_pkce_verifier(begun.verifier)
        .request_async(&send)
        .await
        .context("the code could not be exchanged")?;
    let id_token = tokens.id_token().ok_or_else(|| anyhow!("no ID token came"))?;
    let claims = id_token.claims(&app.client.id_token_verifier(), &begun.nonce).context("the ID token is not good")?;
    let refresh =
        tokens.refresh_token().ok_or_else(|| anyhow!("no refresh token came: does the API allow offline access?"))?;
    Ok(Session {
        name: claims.name().and_then(|name| name.get(None)).map_or_else(String::new, |name| name.to_string()),
        tokens: tokio::sync::Mutex::new(Tokens {
            access: tokens.access_token().clone(),
            refresh: refresh.clone(),
            renewals: 0,
        }),
    })
}

/// Ends the session here, then the one at the tenant.
async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<impl IntoResponse, Problem> {
    if let Some(id) = cookie(&headers, SESSION) {
        app.sessions.lock().expect("no panics").remove(id);
    }
    let mut url = app.tenant.join("v2/logout").map_err(anyhow::Error::from)?;
    url.query_pairs_mut().append_pair("client_id", "regular-web").append_pair("returnTo", app.address.as_str());
    Ok((AppendHeaders([set_cookie(SESSION, "")]), Redirect::to(url.as_str())))
}

/// Something went wrong; the page says what.
struct Problem(anyhow::Error);

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = page(html! { p role="alert" { (format!("{:#}", self.0)) } p { a href="/sign-in" { "Sign in" } } });
        (StatusCode::BAD_GATEWAY, body).into_response()
    }
}

fn page(body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width"; title { "Regular web app" } }
            body { h1 { "Regular web app" } (body) }
        }
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get(header::COOKIE)?.to_str().ok()?;
    all.split("; ").filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Out of reach of scripts and not sent along by other sites' forms. Browsers keep `Secure` cookies on loopback too.
fn set_cookie(name: &str, value: &str) -> (header::HeaderName, String) {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    (header::SET_COOKIE, format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}"))
}

/// 256 random bits.
fn random_id() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

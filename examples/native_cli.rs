//! A native app: signs in by the browser with a loopback redirect and PKCE (RFC 8252), keeps its refresh token in a
//! file that only its user can read, and after a restart needs nobody.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use clap::Parser;
use examples::{AUDIENCE, Client, notes, send};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::url::Url;
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl,
    RefreshToken, RequestTokenError, Scope,
};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Reads the notes of whoever is signed in; signs in if nobody is.
#[derive(Parser)]
struct Arguments {
    /// The tenant's address.
    #[arg(long, default_value = "http://localhost:4000")]
    tenant: Url,
    /// Where the browser returns to; registered as a callback of the client.
    #[arg(long, default_value = "http://127.0.0.1:8765/callback")]
    callback: Url,
    /// The file that keeps the refresh token.
    #[arg(long, default_value = ".native-app-refresh-token")]
    keep: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let metadata = CoreProviderMetadata::discover_async(IssuerUrl::from_url(arguments.tenant.clone()), &send)
        .await
        .with_context(|| format!("the tenant does not answer at {}", arguments.tenant))?;
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("native-app".into()), None)
        .set_redirect_uri(RedirectUrl::from_url(arguments.callback.clone()));

    let tokens = match refresh(&client, &arguments.keep).await? {
        Some(tokens) => {
            println!("Signed in by the refresh token of last time.");
            tokens
        }
        None => sign_in(&client, &arguments.callback).await?,
    };
    // With rotation each exchange brings a new one, and the old one is spent.
    if let Some(token) = tokens.refresh_token() {
        keep(&arguments.keep, token)?;
    }

    let api = arguments.tenant.join("lab/notes")?;
    let notes = notes(api.as_str(), tokens.access_token().secret()).await?;
    let notes = notes.ok_or_else(|| anyhow!("the API does not take the access token"))?;
    println!("Notes of {}:", notes.owner);
    for note in notes.notes {
        println!("- {}", note.text);
    }
    Ok(())
}

/// New tokens by the refresh token that was kept. None if there is none, or if the tenant does not take it any more.
async fn refresh(client: &Client, file: &Path) -> anyhow::Result<Option<CoreTokenResponse>> {
    let token = match std::fs::read_to_string(file) {
        Ok(text) => RefreshToken::new(text),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    };
    match client.exchange_refresh_token(&token)?.request_async(&send).await {
        Ok(tokens) => Ok(Some(tokens)),
        Err(RequestTokenError::ServerResponse(refusal)) if *refusal.error() == CoreErrorResponseType::InvalidGrant => {
            println!("The refresh token of last time is not good any more.");
            std::fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))?;
            Ok(None)
        }
        Err(error) => Err(error).context("the tokens could not be renewed"),
    }
}

/// Sends the user to the browser and waits there for the answer.
async fn sign_in(client: &Client, callback: &Url) -> anyhow::Result<CoreTokenResponse> {
    let address = callback.socket_addrs(|| None)?;
    let listener = TcpListener::bind(&*address).await.with_context(|| format!("cannot listen at {callback}"))?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "read:notes", "offline_access"].map(|scope| Scope::new(scope.into())))
        .add_extra_param("audience", AUDIENCE)
        .set_pkce_challenge(challenge)
        .url();
    println!("Open this address in your browser:\n{url}");

    let code = wait_for_code(listener, callback.path(), &state).await?;
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))?
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .context("the code could not be exchanged")?;
    let id_token = tokens.extra_fields().id_token().ok_or_else(|| anyhow!("no ID token came"))?;
    let claims = id_token.claims(&client.id_token_verifier(), &nonce).context("the ID token is not good")?;
    let name = claims.name().and_then(|name| name.get(None)).map_or(claims.subject().as_str(), |name| name.as_str());
    println!("Signed in as {name}.");
    Ok(tokens)
}

/// What comes back to the redirect URI (RFC 6749 4.1.2).
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// Serves the redirect URI until an answer to this very request comes.
async fn wait_for_code(listener: TcpListener, path: &str, state: &CsrfToken) -> anyhow::Result<String> {
    let (sender, mut answers) = mpsc::channel::<Answer>(1);
    let page = async |State(sender): State<mpsc::Sender<Answer>>, Query(answer): Query<Answer>| {
        // Nobody waits any more only if the program is about to end.
        let _ = sender.send(answer).await;
        "You can close this page and go back to the terminal."
    };
    let server = axum::serve(listener, Router::new().route(path, get(page)).with_state(sender));
    let served = tokio::spawn(server.into_future());
    let code = loop {
        let answer = answers.recv().await.context("the redirect address was closed")?;
        if answer.state.as_ref() != Some(state.secret()) {
            println!("An answer came that nobody asked for; still waiting.");
            continue;
        }
        break match answer {
            Answer { code: Some(code), .. } => Ok(code),
            Answer { error, error_description, .. } => {
                Err(anyhow!("not signed in: {} ({})", error_description.unwrap_or_default(), error.unwrap_or_default()))
            }
        };
    };
    served.abort();
    code
}

/// Writes the token into a file of the user's own. The old one stays until the new one is complete.
fn keep(file: &Path, token: &RefreshToken) -> anyhow::Result<()> {
    use std::io::Write;
    let unfinished = file.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = std::fs::remove_file(&unfinished);
    let written = options.open(&unfinished).and_then(|mut new| {
        new.write_all(token.secret().as_bytes())?;
        new.sync_all()
    });
    written
        .and_then(|()| std::fs::rename(&unfinished, file))
        .with_context(|| format!("{} cannot be written", file.display()))
}

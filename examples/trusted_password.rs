//! A highly trusted app: one request with the user's password brings every token, without a redirect.
//!
//! For apps of the tenant's owner alone, and only where a redirect is impossible: the app sees the password.

use anyhow::{Context, bail};
use clap::Parser;
use examples::{AUDIENCE, http, notes};
use serde::Deserialize;

/// Signs in by password and reads the notes. The password is read from standard input.
#[derive(Parser)]
struct Arguments {
    /// The tenant's address.
    #[arg(long, default_value = "http://localhost:4000")]
    tenant: String,
    /// Who signs in.
    #[arg(long, default_value = "ada@example.com")]
    username: String,
}

/// The answer of the token endpoint (RFC 6749 5.1).
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: u64,
    scope: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
}

/// The same, when it refuses (RFC 6749 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    eprintln!("Password of {}:", arguments.username);
    let password = std::io::read_to_string(std::io::stdin()).context("no password came")?;

    let tenant = arguments.tenant.trim_end_matches('/');
    let answer = http()
        .post(format!("{tenant}/oauth/token"))
        .form(&[
            ("grant_type", "password"),
            ("client_id", "trusted-app"),
            ("client_secret", "trusted-app-secret"),
            ("username", &arguments.username),
            ("password", password.trim_end_matches(['\r', '\n'])),
            ("audience", AUDIENCE),
            ("scope", "openid profile read:notes offline_access"),
        ])
        .send()
        .await
        .with_context(|| format!("the tenant does not answer at {tenant}"))?;
    if !answer.status().is_success() {
        let Refusal { error, error_description } =
            answer.json().await.context("the tenant answered without a reason")?;
        bail!("not signed in: {error_description} ({error})");
    }
    let tokens: Tokens = answer.json().await.context("the tenant did not answer with tokens")?;
    println!("One request brought an access token for {} s with the scopes {}.", tokens.expires_in, tokens.scope);
    println!("An ID token came: {}.", yes_or_no(tokens.id_token.is_some()));
    println!("A refresh token came: {}.", yes_or_no(tokens.refresh_token.is_some()));

    let Some(notes) = notes(&format!("{tenant}/lab/notes"), &tokens.access_token).await? else {
        bail!("the API does not take the access token");
    };
    println!("Notes of {}:", notes.owner);
    for note in notes.notes {
        println!("- {}", note.text);
    }
    Ok(())
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

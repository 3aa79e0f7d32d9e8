//! Signing keys: what each is for, and what rotating and revoking do, said before the click.

use axum::response::Response;
use maud::{Markup, html};

use super::admin::{Admin, AdminForm};
use super::failure::Failure;
use super::layout::{Notice, View, badge, done, hidden, see_other, time};
use crate::body::Query;
use crate::keys::{KeyError, KeyInfo, KeyState, RevokeError};
use crate::management::ManagementError;

const DONE: [(&str, &str); 2] = [
    (
        "rotated",
        "The next key signs from now on, and a new next key is published. Revoke the previous one once nobody needs its tokens.",
    ),
    ("revoked", "The key is revoked: no token that it signed counts any more."),
];

/// `GET /dashboard/keys`.
pub(super) async fn get(admin: Admin, Query(params): Query) -> Result<Response, Failure> {
    page(&admin, done(params.get("done"), &DONE)).await
}

/// The next key signs, the current one becomes previous.
pub(super) async fn rotate(AdminForm { admin, .. }: AdminForm) -> Result<Response, Failure> {
    admin.tenant.keys().rotate(admin.tenant.now()).await?;
    admin.log("Rotate the Application Signing Key");
    Ok(see_other("/dashboard/keys?done=rotated"))
}

/// What a previous key signed does not count any more.
pub(super) async fn revoke(AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    match admin.tenant.keys().revoke(form.get("kid").unwrap_or_default(), admin.tenant.now()).await {
        Ok(()) => {
            admin.log("Revoke an Application Signing Key");
            Ok(see_other("/dashboard/keys?done=revoked"))
        }
        Err(RevokeError::Key(error)) => Err(error.into()),
        Err(refused) => page(&admin, Some(Notice::Wrong(refused.to_string()))).await,
    }
}

async fn page(admin: &Admin, notice: Option<Notice>) -> Result<Response, Failure> {
    let keys = admin.tenant.keys().list().await?;
    let body = html! {
        p { "Tokens are signed with the current key of their algorithm: RS256, or ES256 for APIs that ask for it. All keys but revoked ones are published at " a href="/.well-known/jwks.json" { "/.well-known/jwks.json" } ", the next one before it is used, so that nobody meets an unknown key." }
        section.card aria-labelledby="rotate" {
            h2 #rotate { "Rotate" }
            p { "The next key signs from then on, the current one becomes previous, and a new next key is published. Tokens that are out there stay valid: previous keys count until they are revoked." }
            form method="post" action="/dashboard/keys/rotate" { (hidden(admin)) button type="submit" { "Rotate the signing key" } }
        }
        @for key in &keys { (one(admin, key)) }
    };
    Ok(View { at: "keys", title: "Signing keys", notice, body }.show(admin))
}

fn one(admin: &Admin, key: &KeyInfo) -> Markup {
    let (kind, sign, means) = match key.state {
        KeyState::Next => ("quiet", "○", "Signs after the next rotation."),
        KeyState::Current => ("good", "●", "Signs tokens now."),
        KeyState::Previous => ("trouble", "◐", "Signs nothing any more; what it signed is still valid."),
        KeyState::Revoked => ("wrong", "✕", "What it signed does not count any more."),
    };
    html! {
        section.card aria-labelledby={ "key-" (key.kid) } {
            h2 id={ "key-" (key.kid) } { (badge(kind, sign, key.state.name())) }
            p { (means) }
            dl.facts {
                dt { "Signs with" } dd { (key.alg.name()) }
                dt { "Key ID" } dd { code { (key.kid) } }
                dt { "Made" } dd { (time(key.created_at)) }
                @if let Some(at) = key.current_since { dt { "Signs since" } dd { (time(at)) } }
                @if let Some(at) = key.current_until { dt { "Signed until" } dd { (time(at)) } }
                @if let Some(at) = key.revoked_at { dt { "Revoked" } dd { (time(at)) } }
            }
            @if key.state == KeyState::Previous {
                form method="post" action="/dashboard/keys/revoke" {
                    (hidden(admin))
                    input type="hidden" name="kid" value=(key.kid);
                    p { "Revoking it makes every token that it signed invalid at once, and cannot be undone: people with such tokens have to get new ones." }
                    button.danger type="submit" { "Revoke this key" }
                }
            }
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        ManagementError::from(error).into()
    }
}

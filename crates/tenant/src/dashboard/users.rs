//! Users: who can sign in, where they are signed in, what they consented to, and which applications may renew for them.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};

use super::admin::{Admin, AdminForm};
use super::applications;
use super::failure::Failure;
use super::layout::{Notice, View, badge, done, hidden, query, see_other, segment, time};
use crate::body::Query;
use crate::logout;
use crate::model::{LogoutInitiator, User};
use crate::sessions::over_limit;
use crate::store::{Consent, Partition, PartitionedSession, Renewing, SessionRecord};

const DONE: [(&str, &str); 4] = [
    ("ended", "The session is ended. The next silent renewal of that browser finds out."),
    ("partition-ended", "The partitioned session is ended, and the user's session goes on."),
    ("withdrawn", "The consent is taken back, and the application's refresh tokens for this user with it."),
    ("revoked", "The refresh token is revoked, and the access tokens it bought."),
];

/// `GET /dashboard/users`.
pub(super) async fn list(admin: Admin) -> Result<Response, Failure> {
    let users = admin.tenant.store().users().await?;
    let body = html! {
        div.scroll.card tabindex="0" role="region" aria-label="Users" {
            table {
                thead { tr { th scope="col" { "Email" } th scope="col" { "Name" } th scope="col" { "User ID" } th scope="col" { "State" } } }
                tbody {
                    @for user in &users {
                        tr {
                            th scope="row" { a href={ "/dashboard/users/" (segment(&user.user_id)) } { (user.email) } }
                            td { (user.name.as_deref().unwrap_or_default()) }
                            td { code { (user.user_id) } }
                            td { (state(user)) }
                        }
                    }
                }
            }
        }
    };
    Ok(View { at: "users", title: "Users", notice: None, body }.show(&admin))
}

/// `GET /dashboard/users/{id}`.
pub(super) async fn get(admin: Admin, Path(id): Path<String>, Query(params): Query) -> Result<Response, Failure> {
    page(&admin, &id, done(params.get("done"), &DONE)).await
}

/// Ends one of the user's sessions.
pub(super) async fn end_session(
    Path(id): Path<String>,
    AdminForm { admin, form }: AdminForm,
) -> Result<Response, Failure> {
    let session = admin.tenant.store().session_of(&id, form.get("sid").unwrap_or_default()).await?;
    if let Some(session) = session
        && logout::end(&admin.tenant, &session, LogoutInitiator::SessionRevoked).await?.is_some()
    {
        admin.log("Delete a session");
        return Ok(see_other(&format!("/dashboard/users/{}?done=ended", segment(&id))));
    }
    page(&admin, &id, Some(Notice::Wrong("The session is gone already.".into()))).await
}

/// Ends a partitioned session of one of the user's sessions.
pub(super) async fn end_partitioned_session(
    Path(id): Path<String>,
    AdminForm { admin, form }: AdminForm,
) -> Result<Response, Failure> {
    let [sid, client_id, issuer, origin] =
        ["sid", "client_id", "issuer", "origin"].map(|name| form.get(name).unwrap_or_default().to_owned());
    let partition = Partition { client_id, issuer, origin };
    if admin.tenant.store().end_partitioned_session(&id, &sid, &partition).await? {
        admin.log("Delete a partitioned session");
        return Ok(see_other(&format!("/dashboard/users/{}?done=partition-ended", segment(&id))));
    }
    page(&admin, &id, Some(Notice::Wrong("The partitioned session is gone already.".into()))).await
}

/// Revokes one of the user's refresh tokens.
pub(super) async fn revoke(Path(id): Path<String>, AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let family = form.get("family").unwrap_or_default();
    if admin.tenant.store().revoke_family_of(&id, family, admin.tenant.now()).await? {
        admin.log("Delete a refresh token");
        return Ok(see_other(&format!("/dashboard/users/{}?done=revoked", segment(&id))));
    }
    page(&admin, &id, Some(Notice::Wrong("The refresh token is gone or revoked already.".into()))).await
}

/// Takes back what the user consented to.
pub(super) async fn revoke_consent(
    Path(id): Path<String>,
    AdminForm { admin, form }: AdminForm,
) -> Result<Response, Failure> {
    let (store, wanted) = (admin.tenant.store(), form.get("consent").unwrap_or_default());
    let own = store.consents(Some(&id)).await?.into_iter().any(|consent| consent.consent_id == wanted);
    if own && store.revoke_consent(wanted, admin.tenant.now()).await? {
        admin.log("Delete a grant");
        return Ok(see_other(&format!("/dashboard/users/{}?done=withdrawn", segment(&id))));
    }
    page(&admin, &id, Some(Notice::Wrong("The consent is gone already.".into()))).await
}

async fn page(admin: &Admin, id: &str, notice: Option<Notice>) -> Result<Response, Failure> {
    let store = admin.tenant.store();
    let user = store.user(id).await?.ok_or_else(|| Failure::not_found("user"))?;
    let (settings, now) = (store.tenant_settings().await?, admin.tenant.now());
    let mut sessions = store.sessions_of(id).await?;
    sessions.retain(|session| over_limit(session, &settings, now).is_ok());
    let partitioned = store.partitioned_sessions_of(id).await?;
    let consents = store.consents(Some(id)).await?;
    let renewing = store.renewing_for(id, now).await?;
    let clients = store.clients(admin.tenant.addresses()).await?;
    let name_of = |client_id: &str| {
        clients.iter().find(|client| client.client_id == client_id).map_or(client_id, |client| &client.name).to_owned()
    };
    let body = html! {
        dl.facts.card {
            dt { "User ID" } dd { code { (user.user_id) } }
            dt { "Email" } dd { (user.email) }
            dt { "Name" } dd { (user.name.as_deref().unwrap_or("—")) }
            dt { "State" } dd { (state(&user)) }
            dt { "Second factor" } dd { @if user.mfa.is_some() { "one-time code" } @else { "none" } }
            dt { "Logs" } dd { a href={ "/dashboard/logs?" (query(&[("q", &format!("user_id:\"{id}\""))])) } { "Entries of this user" } }
        }
        section.card aria-labelledby="sessions" {
            h2 #sessions { "Sessions" }
            @if sessions.is_empty() { p.quiet { "Not signed in anywhere." } }
            @else { p { "Each is a browser that can be signed in silently. Ending one makes the next silent renewal there answer login_required." } }
            @for session in &sessions {
                (session_row(admin, id, session))
                @for partitioned in partitioned.iter().filter(|partitioned| partitioned.sid == session.sid) {
                    (partitioned_row(admin, id, partitioned, &name_of(&partitioned.partition.client_id)))
                }
            }
        }
        section.card aria-labelledby="consents" {
            h2 #consents { "Consents" }
            @if consents.is_empty() { p.quiet { "No application was ever allowed anything." } }
            @else { p { "Each is what the user allowed an application. Taking one back revokes the application's refresh tokens too, and makes its next silent renewal answer consent_required; access tokens that are out there last until they expire." } }
            @for consent in &consents { (consent_row(admin, id, consent, &name_of(&consent.client_id))) }
        }
        section.card aria-labelledby="renewing" {
            h2 #renewing { "Refresh tokens" }
            @if renewing.is_empty() { p.quiet { "No application may renew while the user is away." } }
            @else { p { "Each lets an application get new tokens without the user. Revoking one ends that, and the access tokens it bought." } }
            @for family in &renewing { (family_row(admin, id, family, &name_of(&family.client_id))) }
        }
    };
    let title = user.name.as_deref().unwrap_or(&user.email);
    Ok(View { at: "users", title, notice, body }.show(admin))
}

fn session_row(admin: &Admin, id: &str, session: &SessionRecord) -> Markup {
    html! {
        div.item {
            dl.facts {
                dt { "Session" } dd { code { (session.sid) } }
                dt { "Signed in" } dd { (time(session.authenticated_at)) }
                dt { "Last used" } dd { (time(session.last_used_at)) }
                @if let Some(at) = session.second_factor_at { dt { "One-time code" } dd { (time(at)) } }
            }
            form method="post" action={ "/dashboard/users/" (segment(id)) "/end-session" } {
                (hidden(admin))
                input type="hidden" name="sid" value=(session.sid);
                button.danger type="submit" { "End this session" }
            }
        }
    }
}

fn partitioned_row(admin: &Admin, id: &str, session: &PartitionedSession, client: &str) -> Markup {
    let Partition { client_id, issuer, origin } = &session.partition;
    html! {
        div.item {
            dl.facts {
                dt { "Partitioned session of" } dd { code { (session.sid) } }
                dt { "Application" } dd { (applications::link(client_id, client)) }
                dt { "Frames at" } dd { code { (origin) } }
                dt { "Began" } dd { (time(session.began_at)) }
            }
            form method="post" action={ "/dashboard/users/" (segment(id)) "/end-partitioned-session" } {
                (hidden(admin))
                @for (name, value) in [("sid", &session.sid), ("client_id", client_id), ("issuer", issuer), ("origin", origin)] {
                    input type="hidden" name=(name) value=(value);
                }
                button.danger type="submit" { "End this partitioned session" }
            }
        }
    }
}

fn consent_row(admin: &Admin, id: &str, consent: &Consent, client: &str) -> Markup {
    html! {
        div.item {
            dl.facts {
                dt { "Application" } dd { (applications::link(&consent.client_id, client)) }
                dt { "For" } dd { (consent.audience.as_deref().unwrap_or("/userinfo alone")) }
                dt { "Scopes" } dd { code { (consent.scope.join(" ")) } }
                dt { "Given" } dd { (time(consent.granted_at)) }
            }
            form method="post" action={ "/dashboard/users/" (segment(id)) "/revoke-consent" } {
                (hidden(admin))
                input type="hidden" name="consent" value=(consent.consent_id);
                button.danger type="submit" { "Take back" }
            }
        }
    }
}

fn family_row(admin: &Admin, id: &str, family: &Renewing, client: &str) -> Markup {
    html! {
        div.item {
            dl.facts {
                dt { "Application" } dd { (applications::link(&family.client_id, client)) }
                dt { "For" } dd { (family.terms.audience.as_deref().unwrap_or("/userinfo alone")) }
                dt { "Scopes" } dd { code { (family.terms.scope.join(" ")) } }
                dt { "Issued" } dd { (time(family.issued_at)) }
                dt { "Expires" } dd { @match family.expires_at { Some(at) => (time(at)), None => "never" } }
            }
            form method="post" action={ "/dashboard/users/" (segment(id)) "/revoke" } {
                (hidden(admin))
                input type="hidden" name="family" value=(family.family_id);
                button.danger type="submit" { "Revoke" }
            }
        }
    }
}

fn state(user: &User) -> Markup {
    if user.blocked { badge("wrong", "✕", "blocked") } else { badge("good", "✓", "active") }
}

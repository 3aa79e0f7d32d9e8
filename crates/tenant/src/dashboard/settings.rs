//! Tenant Settings > Advanced: who may still use delegation, and until when.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::admin::{Admin, AdminForm};
use super::failure::Failure;
use super::layout::{Notice, View, badge, done, hidden, query, see_other};
use crate::body::Query;
use crate::delegation;
use crate::model::{DelegationSettings, TenantSettings};
use crate::params::Params;
use crate::store::{SettingsChange, SettingsError};
use crate::tenant_file::Object;

const PATH: &str = "/dashboard/tenant/advanced";

const DONE: [(&str, &str); 5] = [
    ("disabled", "Legacy delegation (ID tokens) is disabled. Requests are refused from now on."),
    ("allowed", "Legacy delegation (ID tokens) is allowed again, until the mandatory date."),
    ("date", "The mandatory date is changed."),
    ("ended", "Delegation has ended, third-party tokens included."),
    ("resumed", "Delegation has not ended any more."),
];

/// `GET /dashboard/tenant/advanced`.
pub(super) async fn get(admin: Admin, Query(params): Query) -> Result<Response, Failure> {
    page(&admin, None, done(params.get("done"), &DONE)).await
}

/// The toggle *Disable Legacy Delegation (ID Tokens)*: on means that the tenant's flag is false.
pub(super) async fn toggle(AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let Some(disable) = switched(&form, "disable") else { return unclear(&admin).await };
    let flags = json!({ "flags": { "allow_legacy_delegation_grant_types": !disable } });
    let change = SettingsChange { tenant: object(flags), ..SettingsChange::default() };
    carry_out(&admin, change, None, if disable { "disabled" } else { "allowed" }).await
}

/// The mandatory date; empty for none.
pub(super) async fn date(AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let typed = form.get("mandatory_date").unwrap_or_default().trim().to_owned();
    let date = if typed.is_empty() { Value::Null } else { json!(typed) };
    let change = SettingsChange { delegation: object(json!({ "mandatory_date": date })), ..SettingsChange::default() };
    carry_out(&admin, change, Some(typed), "date").await
}

/// Whether delegation is over altogether.
pub(super) async fn end(AdminForm { admin, form }: AdminForm) -> Result<Response, Failure> {
    let Some(ended) = switched(&form, "end") else { return unclear(&admin).await };
    let change = SettingsChange { delegation: object(json!({ "ended": ended })), ..SettingsChange::default() };
    carry_out(&admin, change, None, if ended { "ended" } else { "resumed" }).await
}

async fn carry_out(
    admin: &Admin,
    change: SettingsChange,
    typed: Option<String>,
    word: &'static str,
) -> Result<Response, Failure> {
    match admin.tenant.store().change_settings(change, admin.tenant.now()).await {
        Ok(_) => {
            admin.log("Update tenant settings");
            Ok(see_other(&format!("{PATH}?done={word}")))
        }
        Err(SettingsError::Store(error)) => Err(error.into()),
        Err(SettingsError::Unusable { .. }) if typed.is_some() => {
            let typed = typed.unwrap_or_default();
            let sentence = format!("{typed:?} is no day. Write it as year-month-day, such as 2018-02-01.");
            page(admin, Some(&typed), Some(Notice::Wrong(sentence))).await
        }
        Err(refused) => page(admin, typed.as_deref(), Some(Notice::Wrong(refused.to_string()))).await,
    }
}

async fn unclear(admin: &Admin) -> Result<Response, Failure> {
    let sentence = "The form did not say which way to turn the switch.".to_owned();
    page(admin, None, Some(Notice::Wrong(sentence))).await
}

async fn page(admin: &Admin, typed: Option<&str>, notice: Option<Notice>) -> Result<Response, Failure> {
    let store = admin.tenant.store();
    let (settings, delegation) = (store.tenant_settings().await?, store.delegation_settings().await?);
    let now = admin.tenant.now();
    let passed = delegation.date_passed(now);
    let disabled = !delegation.allows_id_tokens(&settings, now);
    let body = html! {
        section.card aria-labelledby="toggle" {
            h2 #toggle { "Migrations" }
            form.switch method="post" action={ (PATH) "/toggle" } {
                (hidden(admin))
                input type="hidden" name="disable" value=(!disabled);
                button.toggle type="submit" role="switch" aria-checked=(disabled) disabled[passed.is_some()]
                    aria-describedby="toggle-means" {
                    span.knob aria-hidden="true" {}
                    span { "Disable Legacy Delegation (ID Tokens)" }
                }
                (badge(if disabled { "good" } else { "trouble" }, if disabled { "●" } else { "○" }, if disabled { "on" } else { "off" }))
            }
            div #toggle-means { (toggle_means(&settings, &delegation, disabled, now)) }
        }
        section.card aria-labelledby="date" {
            h2 #date { "Mandatory date" }
            p { "From this day (UTC) on, the exchange of ID tokens and refresh tokens is disabled for the tenant, whatever the switch says. Nobody has to do anything then." }
            p {
                @match (delegation.mandatory_date, passed) {
                    (Some(date), Some(_)) => { "The date is " strong { (date) } ", and it has passed: today is " (now.strftime("%Y-%m-%d")) "." },
                    (Some(date), None) => { "The date is " strong { (date) } ", and it has not come: today is " (now.strftime("%Y-%m-%d")) "." },
                    (None, _) => { "There is no date: the switch alone decides." },
                }
            }
            form.row method="post" action={ (PATH) "/date" } {
                (hidden(admin))
                div.field {
                    label for="mandatory_date" { "Mandatory date" }
                    input #mandatory_date name="mandatory_date" type="text" inputmode="numeric" autocomplete="off"
                        placeholder="2018-02-01" aria-describedby="date-hint" aria-invalid=[typed.map(|_| "true")]
                        value=(typed.map_or_else(|| delegation.mandatory_date.map(|date| date.to_string()).unwrap_or_default(), ToOwned::to_owned));
                    p.hint #date-hint { "Year-month-day; empty for no date." }
                }
                button type="submit" { "Save the date" }
            }
        }
        section.card aria-labelledby="end" {
            h2 #end { "Delegation altogether" }
            form.switch method="post" action={ (PATH) "/end" } {
                (hidden(admin))
                input type="hidden" name="end" value=(!delegation.ended);
                button.toggle type="submit" role="switch" aria-checked=(delegation.ended) aria-describedby="end-means" {
                    span.knob aria-hidden="true" {}
                    span { "End all delegation" }
                }
                (badge(if delegation.ended { "wrong" } else { "quiet" }, if delegation.ended { "●" } else { "○" }, if delegation.ended { "on" } else { "off" }))
            }
            p #end-means {
                @if delegation.ended {
                    "Delegation has ended: third-party tokens (Firebase, AWS, …) are refused too. Click to let them be given again."
                } @else {
                    "Third-party tokens (Firebase, AWS, …) go on, on tenants created before 8 June 2017. Click to refuse these too, with 404 endpoint_disabled."
                }
            }
        }
        (now_answers(admin, &settings, &delegation))
    };
    let title = "Tenant Settings: Advanced";
    Ok(View { at: "tenant/advanced", title, notice, body }.show(admin).into_response())
}

fn toggle_means(
    settings: &TenantSettings,
    delegation: &DelegationSettings,
    disabled: bool,
    now: crate::clock::Timestamp,
) -> Markup {
    let stored = settings.flags.allow_legacy_delegation_grant_types;
    html! {
        p {
            @if let Some(date) = delegation.date_passed(now) {
                "It is on because the mandatory date " (date) " has passed, and cannot be turned off while it is. "
                "Set a later date, or none, below."
                @if stored { " The tenant's own flag still allows delegation: with a later date it works again at once." }
            } @else if disabled {
                "On: an application that sends an ID token or a refresh token to POST /delegation gets 404 endpoint_disabled. "
                "Click to allow it again; it will work at once."
            } @else {
                "Off: applications with a legacy grant may exchange ID tokens and refresh tokens at POST /delegation, and each use is noted as deprecated in the logs. "
                "Click to refuse them at once, as a rehearsal for the mandatory date; turning it off again restores them."
            }
        }
        p.hint { "Third-party tokens are not touched by this switch. For scripts: " code { "flags.allow_legacy_delegation_grant_types" } ", which is the opposite of this switch, at " code { "PATCH /api/v2/tenants/settings" } "." }
    }
}

/// What each kind of exchange would answer now.
fn now_answers(admin: &Admin, settings: &TenantSettings, delegation: &DelegationSettings) -> Markup {
    let described = delegation::lab::describe(&admin.tenant, &admin.visit, settings, delegation).0;
    html! {
        section.card aria-labelledby="now" {
            h2 #now { "What POST /delegation answers now" }
            div.scroll tabindex="0" role="region" aria-label="Answers, with their reasons" {
                table {
                    thead { tr { th scope="col" { "Exchange" } th scope="col" { "Answer" } th scope="col" { "Why" } } }
                    tbody {
                        @for exchange in described["exchanges"].as_array().into_iter().flatten() {
                            tr {
                                th scope="row" { (exchange["in_words"].as_str().unwrap_or_default()) }
                                td {
                                    @match exchange["error"].as_str() {
                                        Some(error) => (badge("wrong", "✕", &format!("{} {error}", exchange["status"]))),
                                        None => (badge("good", "✓", "works")),
                                    }
                                }
                                td { (exchange["why"].as_str().unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
            p { a href={ "/dashboard/logs?" (query(&[("q", "type:(sd OR fd OR depnote)")])) } { "Every use and every notice, in the logs" } }
        }
    }
}

/// The value of a switch's hidden field.
pub(super) fn switched(form: &Params, name: &str) -> Option<bool> {
    form.get(name)?.parse().ok()
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => unreachable!("written as an object, not {other}"),
    }
}

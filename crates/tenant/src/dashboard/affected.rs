//! *Am I affected?*: which applications use delegation by this tenant's own logs, and what takes its place.

use axum::response::Response;
use maud::{Markup, html};
use migration::ClientType;
use migration::logs::{Application, Report, Tally, Use};

use super::admin::Admin;
use super::applications;
use super::failure::Failure;
use super::layout::{View, badge, query};
use crate::log_search::Search;
use crate::model::Client;

/// `GET /dashboard/affected`.
pub(super) async fn get(admin: Admin) -> Result<Response, Failure> {
    admin.tenant.flush_logs().await;
    let store = admin.tenant.store();
    let everything = Search::parse("").expect("an empty search is one");
    let mut tally = Tally::default();
    store
        .visit_logs(&everything, true, |_, entry| {
            tally.add(&entry);
            true
        })
        .await?;
    let report = tally.finish();
    let clients = store.clients(admin.tenant.addresses()).await?;
    let kind_of = |client_id: Option<&str>| {
        clients.iter().find(|client| Some(client.client_id.as_str()) == client_id).map(Client::kind)
    };
    let body = html! {
        section.card aria-labelledby="verdict" {
            h2 #verdict {
                @if report.affected() { (badge("trouble", "▲", "Affected")) } @else { (badge("good", "✓", "Not affected")) }
            }
            (verdict(&report))
            p.hint {
                "Read from " (report.entries) " log entries"
                @if let Some(period) = &report.period { ", from " (day(&period.first)) " to " (day(&period.last)) }
                ". What happened before, and code that nobody ran, is not in them: " code { "tenant affected FOLDER" } " looks through source code."
            }
        }
        @for application in &report.applications { (one(application, kind_of(application.client_id.as_deref()))) }
    };
    Ok(View { at: "affected", title: "Am I affected?", notice: None, body }.show(&admin))
}

fn verdict(report: &Report) -> Markup {
    let affected = report.applications.iter().filter(|application| application.affected()).count();
    html! {
        p {
            @match affected {
                0 => "No application exchanged an ID token or a refresh token at POST /delegation.",
                1 => "One application uses what the migration ends. It has to move before the mandatory date.",
                many => { (many) " applications use what the migration ends. They have to move before the mandatory date." },
            }
            @if report.rate_limited > 0 { " The rate limit refused " (report.rate_limited) " further calls, which name no application." }
        }
        p { a href={ "/dashboard/logs?" (query(&[("q", r"type:depnote AND description:Legacy\ Delegation*")])) } { "The deprecation notices in the logs" } }
    }
}

fn one(application: &Application, kind: Option<ClientType>) -> Markup {
    let id = application.client_id.as_deref();
    let name = application.name.as_deref().or(id).unwrap_or("No application named");
    let heading = format!("application-{}", id.unwrap_or("none"));
    html! {
        section.card aria-labelledby=(heading) {
            h2 id=(heading) {
                @match id { Some(id) => (applications::link(id, name)), None => (name) }
                " "
                @if application.affected() { (badge("trouble", "▲", "affected")) } @else { (badge("good", "✓", "goes on")) }
            }
            @for used in &application.uses { (usage(used, kind)) }
            @if let Some(notices) = &application.notices {
                p {
                    "It was told by " (notices.count) @if notices.count == 1 { " deprecation notice" } @else { " deprecation notices" }
                    @if let Some(period) = &notices.period { ", the last on " (day(&period.last)) }
                    "."
                }
            }
        }
    }
}

fn usage(used: &Use, kind: Option<ClientType>) -> Markup {
    let advice = kind.map(|kind| used.kind.replacement(kind));
    html! {
        div.item {
            dl.facts {
                dt { "Exchanged" } dd { (used.kind.in_words()) }
                dt { "How often" } dd { (used.succeeded) " succeeded, " (used.failed) " refused" }
                @if let Some(period) = &used.period { dt { "Last" } dd { (day(&period.last)) } }
                @if !used.targets.is_empty() { dt { "For" } dd { (used.targets.join(", ")) } }
                @if let Some(advice) = advice {
                    dt { "In its place" } dd { strong { (advice.title) } ". " (advice.sentence) " " span.hint { (advice.spec) } }
                }
            }
        }
    }
}

/// The day of a date as entries write it.
fn day(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

//! Logs: found by Auth0's query syntax, page by page, and one entry as it is stored.

use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::admin::Admin;
use super::applications;
use super::failure::Failure;
use super::layout::{Notice, View, query, segment};
use super::log_types::in_words;
use crate::body::Query;
use crate::log_search::{FIELDS, Search};
use crate::store::{FoundLogs, LogOrder, LogPage};

const PER_PAGE: usize = 25;

/// Searches that people come for.
const EXAMPLES: [(&str, &str); 4] = [
    ("Deprecation notices", "type:depnote"),
    ("Legacy delegation, noted", r"type:depnote AND description:Legacy\ Delegation*"),
    ("Every use of delegation", "type:sd OR type:fd"),
    ("Silent authentication that failed", "type:fsa"),
];

/// `GET /dashboard/logs?q=…&page=…`.
pub(super) async fn list(admin: Admin, Query(params): Query) -> Result<Response, Failure> {
    let typed = params.get("q").unwrap_or_default();
    let page = params.get("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1).clamp(1, 1_000_000);
    let (found, notice) = match Search::parse(typed) {
        Ok(search) => {
            admin.tenant.flush_logs().await;
            let skip = (page - 1) * PER_PAGE;
            let page = LogPage { search: &search, order: LogOrder::NewestFirst, skip, take: PER_PAGE, count: true };
            (Some(admin.tenant.store().find_logs(page).await?), None)
        }
        Err(error) => (None, Some(Notice::Wrong(error.to_string()))),
    };
    let body = html! {
        form.card.search method="get" action="/dashboard/logs" role="search" {
            div.field {
                label for="q" { "Search" }
                input #q name="q" type="search" spellcheck="false" autocapitalize="none" value=(typed)
                    aria-describedby="q-hint" aria-invalid=[notice.as_ref().map(|_| "true")];
            }
            button type="submit" { "Search" }
            p.hint #q-hint { "Auth0's query syntax, case-sensitive: " code { "field:value" } ", " code { "AND" } ", " code { "OR" } ", " code { "NOT" } ", quotes for an exact value, " code { "*" } " for any text, " code { "date:[2026-11-01 TO 2026-11-30]" } "." }
            ul.links { @for (name, search) in EXAMPLES { li { a href={ "?" (query(&[("q", search)])) } { (name) } } } }
            details { summary { "Fields that can be searched" } p { @for field in FIELDS { code { (field) } " " } "and whatever is inside " code { "details" } ", such as " code { "details.target" } "." } }
        }
        @if let Some(found) = &found { (results(found, typed, page)) }
    };
    Ok(View { at: "logs", title: "Logs", notice, body }.show(&admin))
}

/// `GET /dashboard/logs/{id}`.
pub(super) async fn get(admin: Admin, Path(id): Path<String>) -> Result<Response, Failure> {
    admin.tenant.flush_logs().await;
    let entry = admin.tenant.store().log_entry(&id).await?.ok_or_else(|| Failure::not_found("log entry"))?;
    let kind = text(&entry, "type");
    let body = html! {
        p { a href="/dashboard/logs" { "All logs" } }
        dl.facts.card {
            dt { "Time" } dd { (when(&entry)) }
            dt { "Type" } dd { code { (kind) } " " (in_words(kind)) }
            @if !text(&entry, "description").is_empty() { dt { "Description" } dd { (text(&entry, "description")) } }
            @if !text(&entry, "client_id").is_empty() { dt { "Application" } dd { (applications::link(text(&entry, "client_id"), text(&entry, "client_name"))) } }
            @if !text(&entry, "user_id").is_empty() { dt { "User" } dd { a href={ "/dashboard/users/" (segment(text(&entry, "user_id"))) } { (text(&entry, "user_id")) } } }
        }
        section.card aria-labelledby="raw" {
            h2 #raw { "As it is stored" }
            pre tabindex="0" { (serde_json::to_string_pretty(&entry).unwrap_or_default()) }
        }
    };
    Ok(View { at: "logs", title: "Log entry", notice: None, body }.show(&admin))
}

fn results(found: &FoundLogs, typed: &str, page: usize) -> Markup {
    let pages = found.total.div_ceil(PER_PAGE).max(1);
    let to = |page: usize| format!("?{}", query(&[("q", typed), ("page", &page.to_string())]));
    html! {
        p role="status" { strong { (found.total) } @if found.total == 1 { " entry" } @else { " entries" } ", newest first. Page " (page) " of " (pages) "." }
        @if found.entries.is_empty() {
            p.card { "Nothing was found. Values have to match as a whole: try " code { "description:*delegation*" } ", and mind the letter case." }
        } @else {
            div.scroll.card tabindex="0" role="region" aria-label="Log entries" {
                table.logs {
                    thead { tr { th scope="col" { "Time" } th scope="col" { "Type" } th scope="col" { "Application" } th scope="col" { "Description" } } }
                    tbody {
                        @for entry in &found.entries {
                            tr {
                                td { a href={ "/dashboard/logs/" (segment(text(entry, "log_id"))) } { (when(entry)) } }
                                td { code { (text(entry, "type")) } br; span.hint { (in_words(text(entry, "type"))) } }
                                td { (text(entry, "client_name")) }
                                td { (text(entry, "description")) @if !text(entry, "user_name").is_empty() { br; span.hint { (text(entry, "user_name")) } } }
                            }
                        }
                    }
                }
            }
        }
        nav.pager aria-label="Pages" {
            @if page > 1 { a rel="prev" href=(to(page - 1)) { "← Newer" } } @else { span.quiet { "← Newer" } }
            @if page < pages { a rel="next" href=(to(page + 1)) { "Older →" } } @else { span.quiet { "Older →" } }
        }
    }
}

fn when(entry: &Value) -> Markup {
    let date = text(entry, "date");
    html! { time datetime=(date) { (date.replace('T', " ").replace('Z', " UTC")) } }
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap_or_default()
}

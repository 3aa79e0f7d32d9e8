//! The query of a Management API request: known names alone, and paging as the vendor's lists do it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error::ManagementError;
use crate::params::Params;
use crate::tenant_file::Object;

/// The most entries of one page.
pub(super) const LARGEST_PAGE: usize = 100;
const DEFAULT_PAGE: usize = 50;

/// Passes an id of the path that has the form of one: the prefix, then letters, digits, `-` and `_`.
pub(super) fn check_id(id: &str, prefix: &str) -> Result<(), ManagementError> {
    let well_formed = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if id.strip_prefix(prefix).is_some_and(well_formed) {
        return Ok(());
    }
    let message = format!("Path validation error: 'Expected an id that begins with {prefix}' on property id.");
    Err(ManagementError::new(StatusCode::BAD_REQUEST, "invalid_uri", message))
}

/// A query whose names are all known and came once.
pub(super) struct Query(Params);

impl Query {
    /// Reads a query; names that are not `known` are refused.
    pub(super) fn read(raw: Option<String>, known: &[&str]) -> Result<Self, ManagementError> {
        let params = Params::from_form(raw.unwrap_or_default().as_bytes());
        if let Some(name) = params.names().find(|name| !known.contains(name)) {
            return Err(ManagementError::query(format!("'Additional properties not allowed: {name}'.")));
        }
        if let Some(name) = params.repeated(|name| name != "identifiers") {
            return Err(ManagementError::query(format!("'{name} came more than once'.")));
        }
        Ok(Self(params))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.0.all(name).flat_map(|list| list.split(',')).filter(|entry| !entry.is_empty()).collect()
    }

    pub(super) fn bool(&self, name: &str) -> Result<Option<bool>, ManagementError> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    ManagementError::query(format!("'Expected true or false but found {text}' on property {name}."))
                })
            })
            .transpose()
    }

    pub(super) fn number(&self, name: &str, least: usize, most: usize) -> Result<Option<usize>, ManagementError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(ManagementError::query(format!(
                "'Expected a number from {least} to {most} but found {text}' on property {name}."
            ))),
        }
    }
}

/// Which fields of its entries an answer has.
pub(super) struct Fields {
    names: Vec<String>,
    include: bool,
}

impl Fields {
    /// `fields` and `include_fields`.
    pub(super) const NAMES: [&str; 2] = ["fields", "include_fields"];

    pub(super) fn read(query: &Query) -> Result<Self, ManagementError> {
        Ok(Self {
            names: query.all("fields").into_iter().map(ToOwned::to_owned).collect(),
            include: query.bool("include_fields")?.unwrap_or(true),
        })
    }

    /// The entry with the wanted fields alone.
    pub(super) fn of(&self, mut entry: Object) -> Object {
        if !self.names.is_empty() {
            entry.retain(|name, _| self.names.iter().any(|wanted| wanted == name) == self.include);
        }
        entry
    }
}

/// Which part of a list is wanted: a page by number, or what follows an entry.
pub(super) enum Paging {
    Page { page: usize, per_page: usize, include_totals: bool },
    After { from: Option<String>, take: usize },
}

impl Paging {
    pub(super) const NAMES: [&str; 5] = ["page", "per_page", "include_totals", "from", "take"];

    pub(super) fn read(query: &Query) -> Result<Self, ManagementError> {
        let take = query.number("take", 1, LARGEST_PAGE)?;
        let from = query.get("from").map(ToOwned::to_owned);
        if take.is_some() || from.is_some() {
            return Ok(Self::After { from, take: take.unwrap_or(DEFAULT_PAGE) });
        }
        let per_page = query.number("per_page", 0, LARGEST_PAGE)?.filter(|number| *number > 0);
        Ok(Self::Page {
            page: query.number("page", 0, usize::MAX)?.unwrap_or(0),
            per_page: per_page.unwrap_or(DEFAULT_PAGE),
            include_totals: query.bool("include_totals")?.unwrap_or(false),
        })
    }

    /// The wanted part of a whole list, in the shape that goes with the way it was asked for. `id` is the field
    /// that names an entry; `list` is what the answer calls them.
    pub(super) fn answer(&self, list: &str, id: &str, entries: Vec<Object>, fields: &Fields) -> Response {
        let only = |entries: &[Object]| -> Vec<Value> {
            entries.iter().map(|entry| Value::Object(fields.of(entry.clone()))).collect()
        };
        match self {
            Self::After { from, take } => {
                let begin = from.as_ref().map_or(0, |from| {
                    entries.iter().position(|entry| text(entry, id) == from).map_or(entries.len(), |at| at + 1)
                });
                let end = entries.len().min(begin + take);
                let mut body = Map::from_iter([(list.to_owned(), json!(only(&entries[begin..end])))]);
                if end < entries.len() && end > begin {
                    body.insert("next".into(), json!(text(&entries[end - 1], id)));
                }
                Json(body).into_response()
            }
            Self::Page { page, per_page, include_totals } => {
                let begin = page.saturating_mul(*per_page).min(entries.len());
                let end = entries.len().min(begin + per_page);
                let part = only(&entries[begin..end]);
                if *include_totals {
                    Json(with_totals(list, page.saturating_mul(*per_page), *per_page, entries.len(), part))
                        .into_response()
                } else {
                    Json(part).into_response()
                }
            }
        }
    }
}

/// A page with `start`, `limit`, `length` and `total` around it.
pub(super) fn with_totals(list: &str, start: usize, limit: usize, total: usize, part: Vec<Value>) -> Value {
    let mut body = json!({ "start": start, "limit": limit, "length": part.len(), "total": total });
    body[list] = Value::Array(part);
    body
}

fn text<'a>(entry: &'a Object, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

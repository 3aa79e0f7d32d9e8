//! Finds log entries: a part of them at a time, so that no search holds the store or the memory.

use serde_json::Value;

use super::{Store, StoreError, read_json};
use crate::log_search::Search;

/// So many entries are read and looked at in one go.
const CHUNK: u32 = 1000;

/// In which order entries are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogOrder {
    NewestFirst,
    OldestFirst,
    /// By a field's text; entries that are equal in it newest first.
    By {
        field: String,
        ascending: bool,
    },
}

/// Which of the entries that a search finds are wanted.
pub(crate) struct LogPage<'a> {
    pub search: &'a Search,
    pub order: LogOrder,
    /// So many of the found ones are left out.
    pub skip: usize,
    /// So many at most.
    pub take: usize,
    /// Whether to count all that are found. Without, looking ends with the page.
    pub count: bool,
}

/// What a search found.
pub(crate) struct FoundLogs {
    pub entries: Vec<Value>,
    /// All that the search finds, if they were counted; else those that were seen.
    pub total: usize,
}

impl Store {
    /// The wanted page of what a search finds.
    pub(crate) async fn find_logs(&self, page: LogPage<'_>) -> Result<FoundLogs, StoreError> {
        match &page.order {
            LogOrder::NewestFirst => self.find_by_time(&page, true).await,
            LogOrder::OldestFirst => self.find_by_time(&page, false).await,
            LogOrder::By { field, ascending } => self.find_by_field(&page, field, *ascending).await,
        }
    }

    /// The entry with this id.
    pub(crate) async fn log_entry(&self, log_id: &str) -> Result<Option<Value>, StoreError> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM logs WHERE log_id = $1")
            .bind(log_id)
            .fetch_optional(&self.reader)
            .await?;
        body.map(|body| read_json("log entry", &body)).transpose()
    }

    /// The entries that were written after the one with this id (from the first on, without), oldest first.
    pub(crate) async fn logs_after(&self, log_id: Option<&str>, take: u32) -> Result<Vec<Value>, StoreError> {
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM logs WHERE log_id > $1 ORDER BY log_id LIMIT $2")
                .bind(log_id.unwrap_or_default())
                .bind(take)
                .fetch_all(&self.reader)
                .await?;
        bodies.iter().map(|body| read_json("log entry", body)).collect()
    }

    async fn find_by_time(&self, page: &LogPage<'_>, newest_first: bool) -> Result<FoundLogs, StoreError> {
        let mut found = FoundLogs { entries: Vec::new(), total: 0 };
        self.visit_logs(page.search, newest_first, |_, entry| {
            found.total += 1;
            if found.total > page.skip && found.entries.len() < page.take {
                found.entries.push(entry);
            }
            page.count || found.entries.len() < page.take
        })
        .await?;
        Ok(found)
    }

    async fn find_by_field(&self, page: &LogPage<'_>, field: &str, ascending: bool) -> Result<FoundLogs, StoreError> {
        let mut keys = Vec::new();
        self.visit_logs(page.search, true, |log_id, entry| {
            let key = match entry.get(field) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None => String::new(),
                Some(other) => other.to_string(),
            };
            keys.push((key, log_id.to_owned()));
            true
        })
        .await?;
        // A stable sort: what is equal stays newest first.
        keys.sort_by(|(a, _), (b, _)| if ascending { a.cmp(b) } else { b.cmp(a) });
        let mut entries = Vec::new();
        for (_, log_id) in keys.iter().skip(page.skip).take(page.take) {
            entries.extend(self.log_entry(log_id).await?);
        }
        Ok(FoundLogs { entries, total: keys.len() })
    }

    /// Shows every entry that the search finds to `look`, which says whether to go on.
    pub(crate) async fn visit_logs(
        &self,
        search: &Search,
        newest_first: bool,
        mut look: impl FnMut(&str, Value) -> bool,
    ) -> Result<(), StoreError> {
        let only_type = search.only_type();
        let statement = match (newest_first, only_type) {
            (true, None) => {
                "SELECT log_id, body FROM logs WHERE log_id < $1 AND body LIKE $3 ESCAPE '!' ORDER BY log_id DESC LIMIT $2"
            }
            (false, None) => {
                "SELECT log_id, body FROM logs WHERE log_id > $1 AND body LIKE $3 ESCAPE '!' ORDER BY log_id LIMIT $2"
            }
            (true, Some(_)) => {
                "SELECT log_id, body FROM logs WHERE log_id < $1 AND body LIKE $3 ESCAPE '!' AND type = $4 ORDER BY log_id DESC LIMIT $2"
            }
            (false, Some(_)) => {
                "SELECT log_id, body FROM logs WHERE log_id > $1 AND body LIKE $3 ESCAPE '!' AND type = $4 ORDER BY log_id LIMIT $2"
            }
        };
        let containing = search.literal().map_or_else(|| "%".to_owned(), containing);
        // Ids begin with digits: everything is after the empty text and before a colon.
        let mut last = if newest_first { ":".to_owned() } else { String::new() };
        loop {
            let mut query = sqlx::query_as::<_, (String, String)>(statement).bind(&last).bind(CHUNK).bind(&containing);
            if let Some(only_type) = only_type {
                query = query.bind(only_type);
            }
            let rows = query.fetch_all(&self.reader).await?;
            for (log_id, body) in &rows {
                let entry: Value = read_json("log entry", body)?;
                if search.finds(&entry) && !look(log_id, entry) {
                    return Ok(());
                }
            }
            match rows.last() {
                Some((log_id, _)) if rows.len() == CHUNK as usize => last.clone_from(log_id),
                _ => return Ok(()),
            }
            // Other requests get their turn.
            tokio::task::yield_now().await;
        }
    }
}

/// The pattern of a text with this one somewhere in it.
fn containing(literal: &str) -> String {
    let mut pattern = String::from("%");
    for c in literal.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

//! What holds for any bytes that reach a parser: the entries of the fuzz targets in `fuzz/`, tried briefly by each test run.

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};
use url::Url;

use crate::log_search::Search;
use crate::model::{RedirectUri, callback_is_registered, logout_is_registered, origin_is_registered};
use crate::params::Params;
use crate::tenant_file::TenantFile;
use crate::visit;

/// Parameters of a request: what is read is kept whole, an empty value is none, and a repeated name is seen.
///
/// # Panics
/// When that does not hold; so does each of the others.
pub fn request(bytes: &[u8]) {
    for params in [Some(Params::from_form(bytes)), Params::from_json(bytes).ok()].into_iter().flatten() {
        let stored = serde_json::to_string(&params).expect("parameters are text");
        assert!(serde_json::from_str::<Params>(&stored).expect("they come back") == params, "{stored}");
        for name in params.names() {
            assert!(params.get(name).is_none_or(|value| !value.is_empty()), "{name}");
            let times = params.all(name).count();
            let seen = params.repeated(|other| other == name).is_some();
            assert_eq!(times > 1, seen, "{name} came {times} times");
        }
        let names: Vec<&str> = params.names().collect();
        assert_eq!(format!("{params:?}"), format!("{names:?}"), "the names are printed, and no value");
    }
}

/// Redirect addresses: the registered one in the first line, the requested one in the second. What is registered is what is
/// answered to, at its own host, and neither leaves the header or the query that it is written into.
///
/// # Panics
/// See [`request`].
pub fn redirect(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (entry, asked) = text.split_once('\n').unwrap_or((&text, &text));
    let registered = [entry.to_owned()];
    if let Ok(uri) = RedirectUri::parse(asked) {
        assert_eq!(uri.as_str(), asked, "not a byte is changed");
        let source = uri.policy_source();
        assert!(source.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/[]+".contains(&b)), "a policy of {source}");
        let own = Url::parse(asked).expect("it was parsed");
        let answer = Url::parse(&uri.with(&[("code", "a&b=c#d"), ("state", "\"<\u{e9}")])).expect("still an address");
        assert_eq!(
            (answer.scheme(), answer.host(), answer.port(), answer.path()),
            (own.scheme(), own.host(), own.port(), own.path())
        );
        let sent: Vec<_> = answer.query_pairs().filter(|(name, _)| name == "code" || name == "state").collect();
        assert_eq!(sent, [("code".into(), "a&b=c#d".into()), ("state".into(), "\"<\u{e9}".into())]);
        assert!(callback_is_registered(&[asked.to_owned()], &uri, false), "an exact match is one");
        if callback_is_registered(&registered, &uri, true) && entry != asked {
            let place = Url::parse(&entry.replacen('*', "a", 1)).expect("an entry that matches is an address");
            assert_eq!(
                (place.scheme(), place.port(), place.path(), place.query()),
                (own.scheme(), own.port(), own.path(), own.query())
            );
            let parent =
                |url: &Url| url.host_str().and_then(|host| host.split_once('.')).map(|(_, parent)| parent.to_owned());
            assert!(parent(&own).is_some_and(|parent| parent.contains('.')), "at least two labels stay fixed: {asked}");
            assert_eq!(parent(&place), parent(&own), "a star is part of one label");
            assert!(!callback_is_registered(&registered, &uri, false), "stars are for first parties");
        }
        if let Some(origin) = uri.origin()
            && origin_is_registered(&registered, &origin, false)
        {
            assert_eq!(entry, origin);
        }
    }
    if logout_is_registered(&registered, asked) {
        let (place, own) = (Url::parse(entry).expect("an address"), Url::parse(asked).expect("an address"));
        assert_eq!((place.origin(), place.path()), (own.origin(), own.path()));
        assert!(matches!(own.scheme(), "http" | "https") && own.username().is_empty());
    }
}

/// The `Cookie` header: each pair is what stands between two semicolons, and the first of a name counts.
///
/// # Panics
/// See [`request`].
pub fn cookies(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|b| *b == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(header::COOKIE, value);
        }
    }
    let pairs = visit::cookies(&headers);
    let semicolons: usize = headers.values().map(|value| value.as_bytes().iter().filter(|b| **b == b';').count()).sum();
    assert!(pairs.len() <= semicolons + headers.len());
    for (name, value) in pairs {
        assert!(!name.contains([';', '=']) && !value.contains(';'), "{name:?}={value:?}");
        assert!(name.trim() == name && value.trim() == value);
    }
}

/// A search in the logs: what the store may skip by, every entry found has.
///
/// # Panics
/// See [`request`].
pub fn log_search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(search) = Search::parse(&text) else { return };
    let word =
        |n: usize| text.split([' ', ':', '"', '(', ')', '*']).filter(|word| !word.is_empty()).nth(n).unwrap_or("x");
    let entries = [
        json!({}),
        json!({ "type": "depnote", "description": text, "client_name": word(1), "date": "2026-11-23T00:00:00.000Z" }),
        json!({ "type": word(0), "user_name": word(1), "ip": word(2), "details": { "target": word(1), "n": [1, -2.5, true, null] } }),
        json!({ "type": word(1), word(0): word(1), "client_id": { "deep": [{ "er": word(2) }] } }),
    ];
    for entry in entries {
        let body = entry.to_string();
        let found = search.finds(&entry);
        if let (true, Some(literal)) = (found, search.literal()) {
            assert!(body.contains(literal), "{text:?} finds {body}, which has no {literal:?}");
        }
        if let (true, Some(only)) = (found, search.only_type()) {
            assert_eq!(entry["type"], only, "{text:?}");
        }
    }
}

/// A tenant file: it is read, with every client named and no name twice, or refused by a sentence.
///
/// # Panics
/// See [`request`].
pub fn tenant_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match TenantFile::parse(&text, None) {
        Ok(file) => {
            let mut ids: Vec<_> =
                file.clients.iter().map(|client| client.get("client_id").and_then(Value::as_str)).collect();
            assert!(ids.iter().all(|id| id.is_some_and(|id| !id.is_empty())), "{ids:?}");
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), all, "two clients of one id");
            let shown = format!("{file:?}");
            let names: String = file.clients.iter().filter_map(|client| client.get("name")?.as_str()).collect();
            let secrets = file.clients.iter().filter_map(|client| client.get("client_secret")?.as_str());
            for secret in secrets.filter(|secret| secret.len() > 20 && !names.contains(secret)) {
                assert!(!shown.contains(secret), "a secret is printed");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    use super::*;

    const CASES: u32 = 2000;

    /// Tries what is in the corpus, and pieces of it put together in other ways: the same ones in each run.
    fn try_out(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut corpus: Vec<Vec<u8>> = std::fs::read_dir(&folder)
            .expect("a corpus")
            .map(|file| std::fs::read(file.expect("readable").path()).expect("readable"))
            .collect();
        corpus.sort();
        assert!(corpus.len() > 4, "{target}: {} files", corpus.len());
        corpus.iter().for_each(|bytes| run(bytes));
        let piece = (
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            vec(any::<u8>(), 0..4),
        );
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&vec(piece, 1..5), |pieces| {
            let mut bytes = Vec::new();
            for (which, from, to, more) in pieces {
                let whole = which.get(&corpus);
                let (from, to) = (from.index(whole.len() + 1), to.index(whole.len() + 1));
                bytes.extend_from_slice(&whole[from.min(to)..from.max(to)]);
                bytes.extend(more);
            }
            run(&bytes);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{target}: {error}"));
    }

    #[test]
    fn any_bytes_are_a_request() {
        try_out("request", request);
    }

    #[test]
    fn any_bytes_are_two_addresses() {
        try_out("redirect", redirect);
    }

    #[test]
    fn any_bytes_are_cookies() {
        try_out("cookies", cookies);
    }

    #[test]
    fn any_bytes_are_a_search() {
        try_out("log_search", log_search);
    }

    #[test]
    fn any_bytes_are_a_tenant_file() {
        try_out("tenant_file", tenant_file);
    }
}

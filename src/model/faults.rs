//! The tenant's faults, as its lab gives them (JSON): what there is, what is armed, what fired.
//!
//! The answer stays JSON: it is drawn, compared and nothing else, and a type for each of its objects costs the download more
//! than everything that is done with them.

use silent_auth::protocol::json::Value;

use super::member::{is, list, text};

/// The body that disarms all faults.
pub const DISARM: &str = "{\"clear\":true}";

/// The body that arms a fault once, for this client.
#[must_use]
pub fn arm(name: &str, client_id: &str) -> String {
    let [name, client_id] = [name, client_id].map(|text| Value::String(text.to_owned()));
    format!("{{\"name\":{name},\"client_id\":{client_id}}}")
}

/// The faults of a `GET /lab/faults` answer, in its order, under their headings.
#[must_use]
pub fn groups(answer: &Value) -> Vec<(String, &[Value])> {
    let groups = list(answer, "faults").chunk_by(|one, next| is(one, "group", &text(next, "group")));
    groups.map(|group| (text(&group[0], "group"), group)).collect()
}

/// The titles of what is armed, with commas; empty for nothing.
#[must_use]
pub fn armed(answer: &Value) -> String {
    let title = |armed: &Value| {
        let fault = list(answer, "faults").iter().find(|fault| is(fault, "name", &text(armed, "name")));
        fault.map_or_else(|| text(armed, "name"), |fault| text(fault, "title"))
    };
    list(answer, "armed").iter().map(title).collect::<Vec<_>>().join(", ")
}

/// When the fault `name` was used last and what the tenant did then; empty if it was not lately.
#[must_use]
pub fn last(answer: &Value, name: &str) -> String {
    let last = list(answer, "fired").iter().find(|fired| is(fired, "name", name));
    last.map(|fired| format!("Used last at {}: {}.", text(fired, "at"), text(fired, "did"))).unwrap_or_default()
}

/// What the tenant did in the newest use of the fault `name` that is in `after` and not in `before`, by a request whose
/// `state` `is_ours`. The key set is asked for without one.
#[must_use]
pub fn fired_since(before: &Value, after: &Value, name: &str, is_ours: &dyn Fn(&str) -> bool) -> Option<String> {
    let is_old = |fired: &Value| {
        let [at, state] = ["at", "state"].map(|key| text(fired, key));
        list(before, "fired")
            .iter()
            .any(|old| is(old, "name", name) && is(old, "at", &at) && text(old, "state") == state)
    };
    let ours = |fired: &&Value| {
        is(fired, "name", name) && !is_old(fired) && fired.get("state").and_then(Value::as_str).is_none_or(is_ours)
    };
    Some(text(list(after, "fired").iter().find(ours)?, "did"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        let answer = r#"{"faults":[
        {"name":"wrong_iss","title":"Another issuer","group":"ID token"},
        {"name":"old","title":"Too old","group":"ID token"},
        {"name":"slow_token","title":"Slow","group":"Network"}],
        "armed":[{"id":7,"name":"wrong_iss"},{"id":8,"name":"unknown"}],
        "fired":[{"name":"wrong_iss","state":"mine","at":"2","did":"new"},
        {"name":"wrong_iss","state":"mine","at":"1","did":"old"},
        {"name":"no_keys","endpoint":"/.well-known/jwks.json","state":null,"client_id":null,"at":"0","did":"empty"}]}"#;
        Value::read(answer).expect("JSON")
    }

    #[test]
    fn the_catalogue_stands_in_its_own_order_under_its_own_headings() {
        let answer = answer();
        let groups: Vec<_> = groups(&answer).into_iter().map(|(name, group)| (name, group.len())).collect();
        assert_eq!(groups, [("ID token".to_owned(), 2), ("Network".to_owned(), 1)]);
        assert_eq!(armed(&answer), "Another issuer, unknown");
        assert_eq!((last(&answer, "wrong_iss").as_str(), last(&answer, "old").as_str()), ("Used last at 2: new.", ""));
    }

    #[test]
    fn what_fired_is_joined_by_name_state_and_novelty() {
        let after = answer();
        let did = |before: &Value, name: &str, state: &str| fired_since(before, &after, name, &|other| other == state);
        let nothing = Value::Null;
        assert_eq!(did(&nothing, "wrong_iss", "mine").as_deref(), Some("new"));
        assert_eq!(did(&nothing, "wrong_iss", "another tab's"), None);
        assert_eq!(did(&nothing, "slow_token", "mine"), None);
        assert_eq!(did(&nothing, "no_keys", "mine").as_deref(), Some("empty"), "the key set has no state");
        assert_eq!(did(&after, "wrong_iss", "mine"), None, "those are of before");
        assert_eq!(did(&after, "no_keys", "mine"), None);
    }

    #[test]
    fn a_fault_is_armed_for_one_client_whatever_it_is_called() {
        assert_eq!(arm("wrong_iss", "demo-spa"), r#"{"name":"wrong_iss","client_id":"demo-spa"}"#);
        assert_eq!(arm("a", "\"},{"), r#"{"name":"a","client_id":"\"},{"}"#);
    }

    #[test]
    fn an_answer_that_is_none_has_nothing_in_it() {
        for body in ["[]", "{}", r#"{"faults":1,"armed":{},"fired":"x"}"#] {
            let answer = Value::read(body).expect("JSON");
            assert_eq!((groups(&answer).len(), armed(&answer), last(&answer, "x")), (0, String::new(), String::new()));
        }
    }
}

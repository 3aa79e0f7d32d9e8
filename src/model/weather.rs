//! The cookie weather, as the tenant's lab gives it (JSON): which cookies a browser would keep back, imitated by the tenant.

use silent_auth::protocol::json::Value;

use super::member::{is, list, text};

/// The title of the present weather of a `GET /lab/cookies` answer; `None` while it is clear, as outside the lab.
#[must_use]
pub fn warning(answer: &Value) -> Option<String> {
    let now = answer.get("weather")?.as_str()?;
    let kind = list(answer, "weathers").iter().find(|kind| is(kind, "name", now));
    (now != "clear").then(|| kind.map_or_else(|| now.to_owned(), |kind| text(kind, "title")))
}

/// The body that sets the weather.
#[must_use]
pub fn set(name: &str) -> String {
    format!("{{\"weather\":{}}}", Value::String(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_weather_but_a_clear_one_is_a_warning() {
        let body = r#"{"weather":"NOW","weathers":[{"name":"clear","title":"Clear","will":"a"},
            {"name":"third_party_blocked","title":"Third-party cookies blocked","will":"b"}]}"#;
        let now = |name: &str| warning(&Value::read(&body.replace("NOW", name)).expect("JSON"));
        assert_eq!(now("clear"), None);
        assert_eq!(now("third_party_blocked").as_deref(), Some("Third-party cookies blocked"));
        assert_eq!(now("hail").as_deref(), Some("hail"));
        assert_eq!(warning(&Value::Null), None, "nothing is known yet");
    }

    #[test]
    fn a_kind_of_weather_is_set_by_its_name() {
        assert_eq!(set("third_party_blocked"), r#"{"weather":"third_party_blocked"}"#);
    }
}

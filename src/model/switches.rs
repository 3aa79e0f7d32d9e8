//! The tenant's delegation switches, as its lab gives them (JSON).

use silent_auth::protocol::json::Value;

use super::member::text;

/// The switches, and what each kind of exchange would answer now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Whether *Disable Legacy Delegation (ID Tokens)* is on: the tenant's flag, the other way round.
    pub disabled: bool,
    /// The mandatory date as `2018-02-01`; empty for none.
    pub mandatory_date: String,
    /// Whether delegation has ended altogether.
    pub ended: bool,
    /// Each kind of exchange.
    pub exchanges: Vec<Would>,
}

/// What an exchange would answer to a client that may ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Would {
    /// The exchange in words.
    pub exchange: String,
    /// The status code.
    pub status: i64,
    /// The error code; empty for none.
    pub error: String,
    /// Which switch decides it, in words.
    pub why: String,
}

/// Reads a `GET /lab/delegation` answer; `None` if it is none.
#[must_use]
pub fn switches(body: &str) -> Option<Switches> {
    let body: Value = Value::read(body)?;
    let would = |value: &Value| Would {
        exchange: text(value, "in_words"),
        status: value.get("status").and_then(Value::as_i64).unwrap_or(0),
        error: text(value, "error"),
        why: text(value, "why"),
    };
    Some(Switches {
        disabled: !body.get("allow_legacy_delegation_grant_types")?.as_bool()?,
        mandatory_date: text(&body, "mandatory_date"),
        ended: body.get("ended")?.as_bool()?,
        exchanges: body.get("exchanges")?.as_array()?.iter().map(would).collect(),
    })
}

/// The body of a request that turns the switch `name`; `value` is JSON.
#[must_use]
pub fn change(name: &str, value: &str) -> String {
    format!("{{\"{name}\":{value}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"allow_legacy_delegation_grant_types":true,"mandatory_date":"2018-02-01","ended":false,"exchanges":[
        {"exchange":"id_token","in_words":"an ID token for another ID token","status":404,"error":"endpoint_disabled","why":"the date"},
        {"exchange":"add_on","in_words":"an ID token for a third party's token","status":200,"error":null,"why":"old enough"}]}"#;

    #[test]
    fn the_toggle_is_the_flag_the_other_way_round() {
        let read = switches(ANSWER).expect("switches");
        assert!(!read.disabled && !read.ended);
        assert_eq!(read.mandatory_date, "2018-02-01");
        assert_eq!(
            read.exchanges.iter().map(|it| (it.status, it.error.as_str())).collect::<Vec<_>>(),
            [(404, "endpoint_disabled"), (200, "")]
        );
        let off = switches(&ANSWER.replace("types\":true", "types\":false").replace("\"2018-02-01\"", "null"));
        let off = off.expect("switches");
        assert!(off.disabled && off.mandatory_date.is_empty());
    }

    #[test]
    fn anything_else_is_none() {
        for body in ["", "{}", "[]", "<html>", r#"{"ended":false}"#] {
            assert_eq!(switches(body), None, "{body}");
        }
    }

    #[test]
    fn a_change_names_one_switch() {
        assert_eq!(change("mandatory_date", "\"2018-02-01\""), r#"{"mandatory_date":"2018-02-01"}"#);
        assert_eq!(change("ended", "true"), r#"{"ended":true}"#);
    }
}

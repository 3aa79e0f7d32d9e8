//! Who lets which app do what: the grant that a set of tokens stands for, as a sentence and its parts.

use silent_auth::protocol::json::Value;
use silent_auth::protocol::session::Claims;

/// The grant behind the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who gave it, as the page calls the person.
    pub person: String,
    /// The person's id at the tenant.
    pub subject: String,
    /// What the app may do, as `read notes and write notes`; empty if nothing but knowing the person.
    pub doing: String,
    /// What the app learns of the person, as `name and e-mail address`; empty for no more than that somebody signed in.
    pub learning: String,
    /// The scopes that were granted.
    pub granted: Vec<String>,
    /// The scopes that were asked and not granted (RFC 6749, section 3.3).
    pub withheld: Vec<String>,
    /// Who acts for the person, by the `act` claim (RFC 8693, section 4.1); `None` for the person alone.
    pub actor: Option<String>,
}

/// The grant of a token with `claims` and the scopes `granted`, where `asked` was asked; both separated by spaces.
#[must_use]
pub fn grant(claims: &Claims, granted: &str, asked: &str) -> Grant {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let scopes = |text: &str| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let granted = scopes(granted);
    let actor = claims.get("act").and_then(|act| act.get("sub")).and_then(Value::as_str);
    Grant {
        person: super::claims::person(claims).unwrap_or("Somebody").to_owned(),
        subject: text("sub"),
        doing: enumerated(
            granted.iter().filter(|scope| about_the_person(scope).is_none()).map(|scope| scope.replace(':', " ")),
        ),
        learning: enumerated(
            granted
                .iter()
                .filter_map(|scope| about_the_person(scope))
                .filter(|word| !word.is_empty())
                .map(str::to_owned),
        ),
        withheld: scopes(asked).into_iter().filter(|scope| !granted.contains(scope)).collect(),
        granted,
        actor: actor.map(str::to_owned),
    }
}

/// What a standard scope tells of the person (OpenID Connect Core, sections 5.4 and 11); `None` for an API's own scope.
fn about_the_person(scope: &str) -> Option<&'static str> {
    match scope {
        "openid" | "offline_access" => Some(""),
        "profile" => Some("name"),
        "email" => Some("e-mail address"),
        "phone" => Some("telephone number"),
        "address" => Some("postal address"),
        _ => None,
    }
}

/// `a`, `a and b`, `a, b and c`.
fn enumerated(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<_> = words.collect();
    let Some(last) = words.pop() else { return String::new() };
    if words.is_empty() { last } else { format!("{} and {last}", words.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ada(extra: serde_json::Value) -> Claims {
        let mut claims = json!({"sub": "auth0|ada", "name": "Ada"});
        claims.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        Value::read(&claims.to_string()).and_then(|claims| claims.as_object().cloned()).expect("an object")
    }

    #[test]
    fn scopes_become_words() {
        let grant = grant(
            &ada(json!({})),
            "openid profile email read:notes write:notes",
            "openid profile email read:notes write:notes",
        );
        assert_eq!(grant.person, "Ada");
        assert_eq!(grant.doing, "read notes and write notes");
        assert_eq!(grant.learning, "name and e-mail address");
        assert!(grant.withheld.is_empty());
        assert_eq!(grant.actor, None);
    }

    #[test]
    fn what_was_asked_and_not_granted_is_named() {
        let grant = grant(&ada(json!({})), "openid read:notes", "openid read:notes write:notes");
        assert_eq!(grant.withheld, ["write:notes"]);
        assert_eq!(grant.doing, "read notes");
        assert_eq!(grant.learning, "");
    }

    #[test]
    fn somebody_who_acts_for_the_person_is_named() {
        assert_eq!(
            grant(&ada(json!({"act": {"sub": "helpdesk"}})), "openid", "openid").actor.as_deref(),
            Some("helpdesk")
        );
    }

    #[test]
    fn three_things_are_a_list() {
        assert_eq!(enumerated(["a", "b", "c"].into_iter().map(str::to_owned)), "a, b and c");
    }
}

//! Whether a client needs the user's consent, and whether the user gave it.

use super::checks::Flow;
use super::refusal::Refusal;
use crate::clock::iso;
use crate::decisions::Cause;
use crate::model::{Api, Client, RedirectUri};

/// Whether consent is needed, with the reason in words.
#[derive(Debug, PartialEq, Eq)]
enum Rule {
    Skipped(String),
    Asked(String),
}

impl Rule {
    /// A third party always needs consent. A first party needs it for an API that does not let it skip the question, and
    /// where nobody can verify that it is the first party that answers at its callback (Auth0: User Consent and
    /// Third-Party Applications).
    fn of(client: &Client, api: Option<&Api>, callback: &RedirectUri) -> Self {
        let id = &client.client_id;
        if !client.is_first_party {
            return Self::Asked(format!("{id} is a third party"));
        }
        let Some(api) = api else { return Self::Skipped(format!("{id} is first-party and asks for no API")) };
        let name = &api.name;
        if api.asks_consent_for(client) {
            return Self::Asked(format!("the API {name} asks for consent to first-party clients too"));
        }
        if callback.is_verifiable() {
            return Self::Skipped(format!("{id} is first-party, and the API {name} lets such clients skip it"));
        }
        if !callback.is_loopback() {
            return Self::Asked(format!("nobody can verify who answers at {}", callback.as_str()));
        }
        if api.loopback_callbacks_are_verifiable {
            return Self::Skipped(format!(
                "{id} is first-party, and the API {name} lets such clients skip it, at loopback callbacks too"
            ));
        }
        Self::Asked(format!(
            "nobody can verify who answers at a loopback callback, and the API {name} has no exception"
        ))
    }
}

/// Passes if consent is given or not needed. Of what a first-party client asks for, only what concerns the API counts.
pub(super) fn consent(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let given = flow.facts.consent.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let Some(callback) = flow.address.as_ref().map(super::ReturnAddress::redirect_uri) else {
        return Err(Refusal::server_error("check_response_mode left no address"));
    };
    let answered = flow.facts.progress.consented;
    if answered == Some(false) {
        return Err(Refusal {
            cause: Some(Cause::ConsentDeclined),
            ..Refusal::travels(
                "access_denied",
                "User did not authorize the request",
                "the user declined on the consent page",
            )
        });
    }
    if flow.prompts("consent") && answered.is_none() {
        return Err(Refusal::consent_required(Cause::PromptConsent, "prompt=consent asks again"));
    }
    let why = match Rule::of(client, flow.api(), callback) {
        Rule::Skipped(why) => return Ok(format!("no consent is needed: {why}")),
        Rule::Asked(why) => why,
    };
    let Some(given) = given else {
        return Err(Refusal::consent_required(
            Cause::NoConsent,
            format!(
                "{why}, and the user has consented to nothing for {}",
                flow.audience.as_deref().unwrap_or("/userinfo")
            ),
        ));
    };
    let counts = |scope: &str| !client.is_first_party || flow.api().is_none_or(|api| api.has_scope(scope));
    let missing: Vec<_> =
        flow.scope.iter().filter(|scope| counts(scope) && !given.scope.contains(scope)).map(String::as_str).collect();
    let before = given.scope.join(" ");
    if missing.is_empty() {
        return Ok(format!("{why}; the user consented at {} to: {before}", iso(given.granted_at)));
    }
    Err(Refusal::consent_required(
        Cause::ConsentLacksScopes,
        format!("{why}; the user consented to: {before}; missing: {}", missing.join(" ")),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Third party or not, what the API says, where the answer goes, and whether the user is asked.
    #[test]
    fn who_is_asked() {
        let skips = Some((true, false));
        let skips_at_loopback = Some((true, true));
        let (site, loopback, named) = ("https://app.example/cb", "http://localhost:3000/cb", "http://app.localhost/cb");
        for (first_party, api, callback, asked) in [
            (true, None, site, false),
            (true, None, loopback, false),
            (false, None, site, true),
            (false, skips_at_loopback, site, true),
            (true, skips, site, false),
            (true, skips, loopback, true),
            (true, skips, named, true),
            (true, skips, "http://127.0.0.1:8765/cb", true),
            (true, skips, "http://[::1]/cb", true),
            (true, skips, "https://localhost/cb", true),
            (true, skips, "com.example.app:/cb", true),
            (true, skips_at_loopback, loopback, false),
            (true, skips_at_loopback, named, false),
            (true, skips_at_loopback, "com.example.app:/cb", true),
            (true, Some((false, true)), site, true),
            (true, Some((false, true)), loopback, true),
        ] {
            let client = serde_json::from_value(json!({ "client_id": "x", "is_first_party": first_party }));
            let api = api.map(|(skip, at_loopback)| {
                serde_json::from_value::<Api>(json!({
                    "identifier": "https://api.example",
                    "skip_consent_for_verifiable_first_party_clients": skip,
                    "loopback_callbacks_are_verifiable": at_loopback,
                }))
                .expect("an API")
            });
            let uri = RedirectUri::parse(callback).expect("parses");
            let rule = Rule::of(&client.expect("a client"), api.as_ref(), &uri);
            assert_eq!(matches!(rule, Rule::Asked(_)), asked, "{first_party} {callback} {rule:?}");
        }
    }
}

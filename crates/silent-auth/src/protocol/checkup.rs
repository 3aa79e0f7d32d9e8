//! Whether a provider has what silent authentication needs: one finding for each question, with a stable name.
//!
//! | name | what it says |
//! |---|---|
//! | `discovery.readable` | the discovery document can be read from this page (OpenID Connect Discovery 1.0, section 4) |
//! | `discovery.unreadable` | it cannot: nothing answers, or the answer does not allow this origin (CORS) |
//! | `discovery.forbidden` | this page's own content security policy does not let it ask |
//! | `discovery.unusable` | something else came, or an address is missing in it |
//! | `issuer.exact`, `issuer.differs` | whether it speaks of the issuer that was set, to the letter (section 4.3) |
//! | `pkce.s256`, `pkce.missing` | whether it promises PKCE by S256 (RFC 9700, section 2.1.1) |
//! | `transport.web_message` | the hidden frame's answer is posted by the provider's page |
//! | `transport.query`, `transport.fragment` | it comes through the app's own callback page, where the address carries it so |
//! | `frame.answered` | a request with `prompt=none` was answered, whatever the answer (OpenID Connect Core, section 3.1.2.6) |
//! | `frame.cookies` | it was, but the browser keeps the provider's cookie from the frame |
//! | `frame.forbidden` | this page's own content security policy does not let it be framed |
//! | `frame.failed` | it was not answered, or not so that it can be used |
//! | `sign_out.offered`, `sign_out.missing` | whether it has an `end_session_endpoint` (RP-Initiated Logout 1.0, section 2.1) |
//! | `refresh_tokens.offered`, `refresh_tokens.unnamed` | whether it names the grant and the scope for refresh tokens |

use super::config::{ClientConfig, Transport};
use super::discovery::{self, Endpoints, lists};
use super::error::{AuthError, Code};
use super::http::Response;
use super::session::Phase;

/// What a finding means for the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// The app works, with something missing.
    Limited,
    /// Silent authentication cannot work so.
    Bad,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name, of the table [above](self).
    pub name: &'static str,
    /// What it means for the app.
    pub verdict: Verdict,
    /// What was expected and found, where something is wrong; what the provider answered, for `frame.answered`.
    pub error: Option<AuthError>,
}

#[inline(never)]
fn finding(name: &'static str, verdict: Verdict, error: Option<AuthError>) -> Finding {
    Finding { name, verdict, error }
}

fn good(name: &'static str) -> Finding {
    finding(name, Verdict::Good, None)
}

fn limited(name: &'static str) -> Finding {
    finding(name, Verdict::Limited, None)
}

fn bad(name: &'static str, error: AuthError) -> Finding {
    finding(name, Verdict::Bad, Some(error))
}

/// Findings of the answer to [`discovery::request`]. `forbidden` is the directive of this page's content security policy that kept the
/// request back; empty if none did.
#[must_use]
pub fn of_discovery(config: &ClientConfig, answer: &Result<Response, AuthError>, forbidden: &str) -> Vec<Finding> {
    let response = match answer {
        Ok(response) => response,
        Err(error) if forbidden.is_empty() => return vec![bad("discovery.unreadable", error.clone())],
        Err(_) => {
            let error = AuthError::new(Code::TenantUnreachable).because(policy_with(config), forbidden);
            return vec![bad("discovery.forbidden", error)];
        }
    };
    let document = match discovery::document(response) {
        Ok(document) => document,
        Err(error) => return vec![bad("discovery.unusable", error)],
    };
    let lists = |name, wanted| lists(&document, name, wanted) == Some(true);
    let has_s256 = lists("code_challenge_methods_supported", "S256");
    let (mut issuer, mut pkce, mut rest) = (good("issuer.exact"), good("pkce.s256"), Vec::new());
    match discovery::process_response(config, response) {
        Err(error) if error.code == Code::DiscoveryIssuerMismatch => issuer = bad("issuer.differs", error),
        // Of what makes a document invalid, this is looked at first.
        Err(error) if !has_s256 => pkce = bad("pkce.missing", error),
        Err(error) => rest.push(bad("discovery.unusable", error)),
        Ok(endpoints) => rest.extend(of_endpoints(config, endpoints)),
    }
    let mut findings = vec![good("discovery.readable"), issuer, pkce];
    findings.append(&mut rest);
    // Not named is not absent: without the list, only other grants are promised (OpenID Connect Discovery 1.0, section 3).
    let offered = lists("grant_types_supported", "refresh_token") && lists("scopes_supported", "offline_access");
    findings.push(if offered { good("refresh_tokens.offered") } else { limited("refresh_tokens.unnamed") });
    findings
}

fn of_endpoints(config: &ClientConfig, discovered: Endpoints) -> [Finding; 2] {
    let endpoints = Endpoints::known(config).unwrap_or(discovered);
    let transport = match (endpoints.transport, endpoints.redirect_mode) {
        (Transport::WebMessage, _) => "transport.web_message",
        (Transport::CallbackPage, "fragment") => "transport.fragment",
        (Transport::CallbackPage, _) => "transport.query",
    };
    let sign_out = if endpoints.end_session.is_some() { good("sign_out.offered") } else { limited("sign_out.missing") };
    [good(transport), sign_out]
}

/// The finding of a silent request: `phase` is where a lifecycle stands after its first one.
#[must_use]
pub fn of_frame(config: &ClientConfig, phase: Phase) -> Finding {
    let error = match phase {
        Phase::SignedOut { reason: Some(error) }
        | Phase::Undetermined { error, .. }
        | Phase::RenewalFailed { error, .. } => error,
        Phase::SignedOut { reason: None } => AuthError::new(Code::LoginRequired),
        _ => return good("frame.answered"),
    };
    match error.code {
        code if code == Code::LoginRequired || code.needs_interaction() => {
            finding("frame.answered", Verdict::Good, Some(error))
        }
        Code::ThirdPartyCookiesBlocked => finding("frame.cookies", Verdict::Limited, Some(error)),
        Code::FrameBlockedByOwnPolicy => {
            let directive = error.found.clone().unwrap_or_default();
            bad("frame.forbidden", error.because(policy_with(config), directive))
        }
        _ => bad("frame.failed", error),
    }
}

/// What this page's policy would have to say.
fn policy_with(config: &ClientConfig) -> String {
    format!("connect-src and frame-src with {}", config.issuer().origin())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::config::Provider;
    use super::*;

    fn config(provider: Provider) -> ClientConfig {
        let config = ClientConfig::new("https://op.example", "spa", "https://app.example/callback").expect("valid");
        config.with_provider(provider)
    }

    fn names(change: fn(&mut Value)) -> Vec<&'static str> {
        let mut document = json!({
            "issuer": "https://op.example",
            "authorization_endpoint": "https://op.example/auth",
            "token_endpoint": "https://op.example/token",
            "jwks_uri": "https://op.example/keys",
            "end_session_endpoint": "https://op.example/end",
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "scopes_supported": ["openid", "offline_access"],
        });
        change(&mut document);
        let answer = Ok(Response { status: 200, body: document.to_string(), ..Response::default() });
        found(&of_discovery(&config(Provider::Discovered), &answer, ""))
    }

    fn found(findings: &[Finding]) -> Vec<&'static str> {
        for finding in findings {
            assert!(finding.verdict != Verdict::Bad || finding.error.is_some(), "{} says why", finding.name);
        }
        findings.iter().map(|finding| finding.name).collect()
    }

    #[test]
    fn a_provider_that_has_everything_is_found_so() {
        let all = [
            "discovery.readable",
            "issuer.exact",
            "pkce.s256",
            "transport.query",
            "sign_out.offered",
            "refresh_tokens.offered",
        ];
        assert_eq!(names(|_| ()), all);
        let transport = |change| names(change)[3];
        assert_eq!(transport(|it| it["response_modes_supported"] = json!(["web_message"])), "transport.web_message");
        assert_eq!(transport(|it| it["response_modes_supported"] = json!(["fragment"])), "transport.fragment");
    }

    #[test]
    fn each_thing_that_is_missing_is_named() {
        assert!(names(|it| it["issuer"] = json!("https://op.example/")).contains(&"issuer.differs"));
        assert!(names(|it| it["code_challenge_methods_supported"] = json!(["plain"])).contains(&"pkce.missing"));
        assert!(names(|it| it["end_session_endpoint"] = Value::Null).contains(&"sign_out.missing"));
        assert!(names(|it| it["scopes_supported"] = json!(["openid"])).contains(&"refresh_tokens.unnamed"));
        assert!(names(|it| it["grant_types_supported"] = Value::Null).contains(&"refresh_tokens.unnamed"));
        let unusable = names(|it| it["token_endpoint"] = Value::Null);
        assert!(unusable.contains(&"discovery.unusable") && !unusable.contains(&"pkce.missing"), "{unusable:?}");
    }

    #[test]
    fn no_document_is_told_apart_by_who_kept_it_back() {
        let config = config(Provider::Discovered);
        let unreachable = Err(AuthError::new(Code::TenantUnreachable));
        assert_eq!(found(&of_discovery(&config, &unreachable, "")), ["discovery.unreadable"]);
        let forbidden = of_discovery(&config, &unreachable, "connect-src");
        assert_eq!(found(&forbidden), ["discovery.forbidden"]);
        let wanted = forbidden[0].error.clone().and_then(|error| error.expected).expect("what helps");
        assert_eq!(wanted, "connect-src and frame-src with https://op.example");
        let page = Ok(Response { status: 200, body: "<html>".into(), ..Response::default() });
        assert_eq!(found(&of_discovery(&config, &page, "")), ["discovery.unusable"]);
    }

    #[test]
    fn auth0s_paths_decide_where_they_are_used() {
        let body = json!({ "issuer": "https://op.example", "code_challenge_methods_supported": ["S256"],
            "authorization_endpoint": "https://op.example/a", "token_endpoint": "https://op.example/t", "jwks_uri": "https://op.example/k" });
        let answer = Ok(Response { status: 200, body: body.to_string(), ..Response::default() });
        let names = found(&of_discovery(&config(Provider::Auth0), &answer, ""));
        assert!(names.contains(&"transport.web_message") && names.contains(&"sign_out.offered"), "{names:?}");
    }

    #[test]
    fn every_answer_to_a_silent_request_is_good_and_silence_is_not() {
        let of = |phase| of_frame(&config(Provider::Discovered), phase);
        let refused = |code| of(Phase::SignedOut { reason: Some(AuthError::new(code)) });
        assert_eq!(of(Phase::SignedIn), good("frame.answered"));
        assert_eq!(of(Phase::SignedOut { reason: None }).name, "frame.answered");
        assert_eq!(refused(Code::ConsentRequired).name, "frame.answered");
        assert_eq!(refused(Code::InteractionRequired).verdict, Verdict::Good);
        assert_eq!(refused(Code::ThirdPartyCookiesBlocked).verdict, Verdict::Limited);
        assert_eq!(refused(Code::FrameBlockedByOwnPolicy).name, "frame.forbidden");
        assert_eq!(refused(Code::ClientRefused).name, "frame.failed");
        let silent = Phase::Undetermined { error: AuthError::new(Code::FrameSilent), retry_at: None };
        assert_eq!(of(silent).verdict, Verdict::Bad);
    }
}

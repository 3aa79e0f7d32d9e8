//! How sure is it? The last word on each sign, once the whole file was read.

use super::call::{ApiType, Parameters, Use};
use super::language::Language;
use super::scanner::{Candidate, Seen};
use super::signs::{Name, OF_AUTH0, OF_DEVICES, OF_OTHERS, OF_SERVERS};
use super::{Confidence, Finding, Sign};
use crate::{ClientType, Exchange};

use Confidence::{Certain, Likely, LooksLikeIt};

/// Tokens between a request and its grant type, at most.
const NEAR: u64 = 64;

/// What the file as a whole speaks of.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    auth0: bool,
    /// A script that runs on a server.
    server: bool,
    /// A script that runs in an app on a device.
    native: bool,
    /// Angular's `auth` service is Auth0's in its time.
    angular: bool,
    other: Option<&'static str>,
    /// The end of the last part: a word may go on in the next one.
    tail: String,
}

impl Evidence {
    /// Takes a part of the text.
    pub(super) fn take(&mut self, text: &str) {
        let text = format!("{}{}", self.tail, text.to_ascii_lowercase());
        let speaks = |words: &[&str]| words.iter().any(|word| text.contains(word));
        self.auth0 = self.auth0 || speaks(OF_AUTH0);
        self.server = self.server || speaks(OF_SERVERS);
        self.native = self.native || speaks(OF_DEVICES);
        self.angular = self.angular || speaks(&["angular", "jwthelper"]);
        if self.other.is_none() {
            self.other = OF_OTHERS.iter().find(|(word, _)| text.contains(word)).map(|(_, who)| *who);
        }
        self.tail = text[text.floor_char_boundary(text.len().saturating_sub(32))..].to_owned();
    }

    fn instead(&self) -> String {
        match self.other {
            Some(who) => {
                format!("the file speaks of {who}, which has the same name for something else, and not of Auth0")
            }
            None => "nothing in the file speaks of Auth0".to_owned(),
        }
    }
}

/// Judges every sign of a file.
pub(super) fn judge(candidates: &[Candidate], evidence: &Evidence, language: Language) -> Vec<Finding> {
    let defines = candidates.iter().any(|one| {
        matches!(one.seen, Seen::Function(function) if function.says == Name::Known) && one.shape.used == Use::Defined
    });
    // Only an SDK of the time is written so: its own requests are not the program's.
    let sdk: Vec<u64> = candidates
        .iter()
        .filter(|one| one.shape.used == Use::Defined && one.shape.receiver.ends_with("prototype"))
        .map(|one| one.number)
        .collect();
    let is_request = |one: &Candidate| match one.seen {
        Seen::Request { .. } => true,
        Seen::Function(function) => {
            one.shape.used != Use::Named && !matches!(function.says, Name::Everyday | Name::ByParameters)
        }
        _ => false,
    };
    let mut findings = Vec::new();
    for one in candidates {
        // The grant type of a request that is told already says nothing new.
        let told = |other: &Candidate| is_request(other) && other.number.abs_diff(one.number) <= NEAR;
        if matches!(one.seen, Seen::GrantType) && candidates.iter().any(told) {
            continue;
        }
        let in_sdk = matches!(one.seen, Seen::Request { at_auth0: false, .. })
            && sdk.iter().any(|number| *number < one.number && one.number - number <= NEAR);
        let verdict = if in_sdk {
            Some((LooksLikeIt, "it stands in the SDK's own function, which is defined here".to_owned()))
        } else {
            verdict(one, evidence, language, defines)
        };
        let Some((confidence, reason)) = verdict else { continue };
        let (sign, exchange) = what(one);
        let client = match (language.script, evidence.native, evidence.server) {
            (true, true, _) => ClientType::Native,
            (true, false, true) => ClientType::Confidential,
            _ => language.client,
        };
        findings.push(Finding {
            line: one.line,
            column: one.column,
            excerpt: one.excerpt.clone(),
            sign,
            exchange,
            confidence,
            reason,
            client,
        });
    }
    findings
}

/// What a sign is one of, and what it exchanges as far as the code shows it.
fn what(one: &Candidate) -> (Sign, Option<Exchange>) {
    match one.seen {
        Seen::Function(function) => {
            // A variable was made before; of a chain of calls the rest comes after.
            let shown = |parameters: &Parameters| {
                parameters.id_token || parameters.refresh_token || parameters.api_type != ApiType::Absent
            };
            let parameters = [one.shape.arguments, one.before].into_iter().find(shown).unwrap_or(one.near);
            (Sign::SdkCall, exchange(parameters, function.exchange))
        }
        Seen::Request { .. } => (Sign::Request, exchange(one.near, None)),
        Seen::GrantType => (Sign::GrantType, exchange(one.near, None)),
        Seen::Permission(exchange) => (Sign::Permission, Some(exchange)),
        Seen::TenantFlag => (Sign::TenantFlag, None),
        Seen::Mention { sign, exchange, .. } => (sign, exchange),
    }
}

fn exchange(parameters: Parameters, always: Option<Exchange>) -> Option<Exchange> {
    match parameters.api_type {
        ApiType::AddOn(_) => Some(Exchange::AddOn),
        ApiType::Hidden => None,
        ApiType::Absent | ApiType::IdToken => always.or(match (parameters.id_token, parameters.refresh_token) {
            (true, false) => Some(Exchange::IdToken),
            (false, true) => Some(Exchange::RefreshToken),
            _ => None,
        }),
    }
}

/// How sure, and why; `None` for what is not worth a word.
fn verdict(one: &Candidate, evidence: &Evidence, language: Language, defines: bool) -> Option<(Confidence, String)> {
    let says = |confidence, reason: &str| Some((confidence, reason.to_owned()));
    match one.seen {
        Seen::Function(function) => of_function(one, function.says, evidence, language, defines),
        Seen::Request { at_auth0, ends, alone, to_documentation } => {
            if to_documentation {
                says(LooksLikeIt, "it leads to a text about delegation")
            } else if alone && one.shape.of_a_page {
                says(LooksLikeIt, "it is the path of a page of the program's own")
            } else if at_auth0 && ends {
                says(Certain, "it is the address of a tenant's delegation endpoint")
            } else if one.near.are_of_delegation() {
                says(Certain, "the parameters of a delegation request stand beside the address")
            } else if (one.near.id_token || one.near.refresh_token) && one.near.grant_type {
                let confidence = if evidence.auth0 { Certain } else { Likely };
                says(confidence, "a token and a grant type stand beside the address")
            } else if evidence.auth0 && ends {
                says(Likely, "the address ends like the delegation endpoint, in a file that speaks of Auth0")
            } else {
                says(LooksLikeIt, "an address with the same end; no token stands beside it")
            }
        }
        Seen::GrantType => {
            if one.near.sign_in {
                says(LooksLikeIt, "it signs in at /oauth/ro, which takes the same grant type")
            } else if one.near.assertion {
                says(LooksLikeIt, "an assertion is sent with it: the grant of RFC 7523, for another provider")
            } else if one.near.are_of_delegation() {
                says(Certain, "the parameters of a delegation request stand beside it")
            } else if one.near.listed {
                says(LooksLikeIt, "it stands in a list of grant types")
            } else if evidence.auth0 {
                says(Likely, "in a file that speaks of Auth0 it is the grant type of delegation")
            } else {
                Some((LooksLikeIt, evidence.instead()))
            }
        }
        Seen::Permission(_) => says(Likely, "the client may still delegate; whether it does, the tenant's logs tell"),
        Seen::TenantFlag if one.on => {
            says(Likely, "the tenant still allows delegation; whether anyone uses it, its logs tell")
        }
        Seen::TenantFlag => None,
        Seen::Mention { in_comment: true, .. } => says(LooksLikeIt, "it stands in a comment"),
        Seen::Mention { .. } => says(LooksLikeIt, "it stands in words for people, not in code"),
    }
}

fn of_function(
    one: &Candidate,
    says: Name,
    evidence: &Evidence,
    language: Language,
    defines: bool,
) -> Option<(Confidence, String)> {
    let (shape, arguments) = (&one.shape, one.shape.arguments);
    let reason = |confidence, reason: &str| Some((confidence, reason.to_owned()));
    let of_auth0 = ["auth0", "lock", "webauth", "a0"].iter().any(|name| shape.receiver.contains(name));
    let is_auth_service = shape.receiver == "auth" || shape.receiver.ends_with(".auth");
    match shape.used {
        // A name in passing is no sign, but for one that is handed on as a function.
        Use::Named if says == Name::Known && of_auth0 => {
            return reason(Likely, "the SDK's function is handed on");
        }
        // A name in passing, or a type of this name.
        Use::Named | Use::Constructed => return None,
        Use::Defined if matches!(says, Name::Everyday | Name::ByParameters) => return None,
        Use::Defined => return reason(LooksLikeIt, "it is defined here, not called"),
        Use::Called => {}
    }
    if defines && matches!(shape.receiver.as_str(), "this" | "self") {
        return reason(LooksLikeIt, "the same file defines it: this is the SDK or a wrapper, calling itself");
    }
    match says {
        Name::Unmistakable => reason(Certain, "only Auth0's SDKs have a function of this name"),
        Name::Known | Name::Common | Name::ByParameters if arguments.are_of_delegation() => {
            reason(Certain, "it is called with the parameters of a delegation request")
        }
        Name::Known if evidence.auth0 => reason(Certain, "it is the SDK's function, in a file that speaks of Auth0"),
        Name::Known if evidence.other.is_none() && language.script && arguments.any => {
            reason(Likely, "it is named as the SDK's function, and nothing in the file speaks against it")
        }
        Name::Common if evidence.auth0 && !shape.receiver.is_empty() && one.near.are_of_delegation() => {
            reason(Certain, "the parameters of a delegation request stand beside it")
        }
        Name::Common if of_auth0 && evidence.auth0 && arguments.any => {
            reason(Certain, "it is called on an object of Auth0's")
        }
        Name::Common if is_auth_service && evidence.angular && arguments.any => {
            reason(Likely, "it is called on `auth`, the name of Auth0's service for Angular")
        }
        Name::Common if evidence.auth0 && !shape.receiver.is_empty() => {
            reason(Likely, "it is called in a file that speaks of Auth0")
        }
        Name::Common if evidence.auth0 && language.hash && arguments.any => {
            reason(Likely, "it is made in a file that speaks of Auth0")
        }
        Name::Everyday if of_auth0 && evidence.auth0 && arguments.any && !arguments.object => {
            reason(Likely, "it is called on an object of Auth0's; newer SDKs pass an object here, this does not")
        }
        Name::ByParameters if arguments.target || arguments.api_type != ApiType::Absent => {
            reason(Likely, "it is called with the client or the type of token to delegate to")
        }
        Name::Everyday | Name::ByParameters => None,
        Name::Known | Name::Common if evidence.auth0 => {
            reason(LooksLikeIt, "it is called on nothing, and without the parameters of a delegation request")
        }
        Name::Known | Name::Common => Some((LooksLikeIt, evidence.instead())),
    }
}

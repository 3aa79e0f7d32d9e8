//! Records: what the lifecycle did and why, step by step; what a page draws is drawn from these alone.
//!
//! ```
//! use silent_auth::protocol::record::{Parameter, Step};
//!
//! assert_eq!(Step::FrameOpened.as_str(), "frame.opened");
//! // Secrets are recorded as fingerprints, so records may be shown and copied.
//! let parameter = Parameter::new("code", "a-secret-code");
//! assert!(!format!("{parameter:?}").contains("a-secret-code"));
//! ```

use super::error::AuthError;
use super::secret;
use super::time::Timestamp;

/// Who takes part in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The app's page.
    Page,
    /// The hidden frame in it, or the popup that it opened.
    Frame,
    /// The tenant.
    Tenant,
    /// Another tab of the same app.
    OtherTab,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Done,
    /// Ignored on purpose; nothing changed.
    Ignored,
    /// With an error, which the record carries.
    Failed,
}

/// Declares [`Step`] with the properties of each step in one row.
macro_rules! steps {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal, $from:ident -> $to:ident, $spec:literal;)+) => {
        /// Every kind of step that is recorded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Step { $($(#[doc = $doc])* $variant,)+ }

        impl Step {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable text of this kind.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Who acts, and on whom; the same party twice for a step that stays inside.
            #[must_use]
            pub const fn parties(self) -> (Party, Party) {
                match self { $(Self::$variant => (Party::$from, Party::$to),)+ }
            }

            /// The specification that asks for this step, with its section; empty where none does.
            #[must_use]
            pub const fn spec(self) -> &'static str {
                match self { $(Self::$variant => $spec,)+ }
            }

            /// One plain sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => const { concat!($($doc),+).trim_ascii() },)+ }
            }
        }
    };
}

steps! {
    /// The page started and asks whether somebody is signed in.
    Started = "started", Page -> Page, "";
    /// A renewal is due.
    RenewalDue = "renewal.due", Page -> Page, "";
    /// A renewal was asked for.
    RenewalAsked = "renewal.asked", Page -> Page, "";
    /// Another tab is already asking, so this one waits for its answer.
    WaitsForOtherTab = "lock.busy", Page -> OtherTab, "Web Locks API, section 3";
    /// The page leaves for the tenant to sign in.
    SignInStarted = "sign_in.started", Page -> Tenant, "OpenID Connect Core 1.0, section 3.1.2.1";
    /// The tenant sent the person back with an answer.
    CallbackReceived = "callback.received", Tenant -> Page, "RFC 6749, section 4.1.2";
    /// A hidden frame opens the tenant's authorization endpoint with prompt=none.
    FrameOpened = "frame.opened", Frame -> Tenant, "OpenID Connect Core 1.0, section 3.1.2.1";
    /// A popup opens the tenant's authorization endpoint.
    PopupOpened = "popup.opened", Frame -> Tenant, "OpenID Connect Core 1.0, section 3.1.2.1";
    /// The hidden frame has loaded a page.
    FrameLoaded = "frame.loaded", Tenant -> Frame, "HTML Standard, iframe load event";
    /// The hidden frame handed over the tenant's answer.
    MessageReceived = "message.received", Frame -> Page, "OAuth 2.0 Web Message Response Mode (draft)";
    /// A message that is not the awaited answer came and was ignored.
    MessageIgnored = "message.ignored", Frame -> Page, "RFC 9700, section 4.17";
    /// This page's own content security policy stopped the frame.
    PolicyViolated = "frame.policy_violated", Page -> Frame, "Content Security Policy Level 3, section 5.4";
    /// The frame stays silent, so the page asks the tenant for its discovery document.
    ReachabilityAsked = "reachability.asked", Page -> Tenant, "OpenID Connect Discovery 1.0, section 4";
    /// The page learns whether the tenant can be reached.
    ReachabilityKnown = "reachability.known", Tenant -> Page, "OpenID Connect Discovery 1.0, section 4";
    /// The page asks for the tenant's addresses.
    DiscoveryRequested = "discovery.requested", Page -> Tenant, "OpenID Connect Discovery 1.0, section 4";
    /// The tenant's addresses are known.
    DiscoveryReceived = "discovery.received", Tenant -> Page, "OpenID Connect Discovery 1.0, section 4.3";
    /// The page asks for the tenant's signing keys.
    KeysRequested = "keys.requested", Page -> Tenant, "OpenID Connect Core 1.0, section 10.1.1";
    /// The tenant's signing keys are known.
    KeysReceived = "keys.received", Tenant -> Page, "OpenID Connect Core 1.0, section 10.1.1";
    /// The page exchanges its refresh token for new tokens.
    RefreshTokenSent = "refresh_token.sent", Page -> Tenant, "RFC 6749, section 6";
    /// One way to fresh tokens failed, so the next one is tried.
    LadderDescended = "ladder.descended", Page -> Page, "";
    /// The page leaves for the tenant with prompt=none and comes straight back.
    PageLeft = "page.left", Page -> Tenant, "OpenID Connect Core 1.0, section 3.1.2.1";
    /// The page takes its refresh token back at the tenant.
    RefreshTokenRevoked = "refresh_token.revoked", Page -> Tenant, "RFC 7009, section 2.1";
    /// The page exchanges the authorization code for tokens.
    CodeExchanged = "code.exchanged", Page -> Tenant, "RFC 6749, section 4.1.3; RFC 7636, section 4.5";
    /// The tenant answered with tokens.
    TokensReceived = "tokens.received", Tenant -> Page, "RFC 6749, section 5.1";
    /// The device's clock differs from the tenant's, and dates are read with that in mind.
    ClockCorrected = "clock.corrected", Page -> Page, "RFC 9110, section 6.6.1";
    /// The device's clock was set back, and what was dated by it is dated anew.
    ClockSetBack = "clock.set_back", Page -> Page, "";
    /// Every check of the ID token passed.
    IdTokenVerified = "id_token.verified", Page -> Page, "OpenID Connect Core 1.0, section 3.1.3.7";
    /// New tokens are in use; the ones before are gone.
    TokensReplaced = "tokens.replaced", Page -> Page, "";
    /// Another tab shared its new tokens.
    TokensShared = "tokens.shared", OtherTab -> Page, "";
    /// A token for another API, or with other scopes, is wanted.
    TokenWanted = "token.wanted", Page -> Page, "RFC 6749, section 3.3; RFC 8707, section 2";
    /// A token for another API, or with other scopes, is in use.
    TokenAdded = "token.added", Page -> Page, "";
    /// The tokens go to this app's other tabs.
    TokensAnnounced = "tokens.announced", Page -> OtherTab, "";
    /// Another tab shared why its renewal failed.
    FailureShared = "failure.shared", OtherTab -> Page, "";
    /// The request failed.
    Failed = "failed", Page -> Page, "OpenID Connect Core 1.0, section 3.1.2.6";
    /// The access token has expired and could not be replaced.
    Expired = "expired", Page -> Page, "RFC 6749, section 5.1";
    /// An answer to an older request came too late and changed nothing.
    AnsweredTooLate = "late_answer.ignored", Tenant -> Page, "";
    /// The page signs out here and leaves for the tenant to sign out there.
    SignedOut = "signed_out", Page -> Tenant, "OpenID Connect RP-Initiated Logout 1.0, section 2; Auth0 Authentication API, GET /v2/logout";
    /// Another tab signed out, so this one does too.
    SignedOutElsewhere = "signed_out.elsewhere", OtherTab -> Page, "";
    /// The tenant's frame says that the session there has changed, so the page asks silently.
    SessionChanged = "session.changed", Tenant -> Page, "OpenID Connect Session Management 1.0, section 3.1";
    /// The tenant's frame cannot tell whether the session there has changed, and is asked no more.
    MonitorStopped = "session_monitor.stopped", Page -> Page, "OpenID Connect Session Management 1.0, section 3.2";
    /// The tenant says that nobody is signed in there any more.
    SessionEnded = "session.ended", Tenant -> Page, "OpenID Connect Core 1.0, section 3.1.2.6";
}

/// A value that travelled, as far as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The value itself.
    Plain(String),
    /// The [fingerprint](secret::fingerprint) of a secret value.
    Fingerprint(String),
}

/// A named value that travelled with a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The parameter's name on the wire.
    pub name: String,
    /// Its value, or what may be shown of it.
    pub value: Shown,
}

/// The names whose values are never shown: codes, tokens, and what proves an attempt.
const SECRET_NAMES: &[&str] = &[
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "nonce",
    "refresh_token",
    "state",
];

impl Parameter {
    /// A parameter, covered if its name is one of a secret.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        let value = if SECRET_NAMES.contains(&name) {
            Shown::Fingerprint(secret::fingerprint(value))
        } else {
            Shown::Plain(value.chars().take(500).collect())
        };
        Self { name: name.to_owned(), value }
    }
}

/// One step that was taken, or that was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Counts from 1 within a page; never used twice.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// The request it belongs to; every request of a page has its own number. 0 for none.
    pub flight: u64,
    /// The generation of tokens that was in use when it happened; 0 for none.
    pub generation: u32,
    /// What kind of step.
    pub step: Step,
    /// How it ended.
    pub outcome: Outcome,
    /// Method and address without parameters, status, or another short fact; empty for none.
    pub detail: String,
    /// What travelled, secrets covered.
    pub parameters: Vec<Parameter>,
    /// The error, if it failed.
    pub error: Option<AuthError>,
    /// The `state` of a request that is over, to join it to the tenant's own account of it. It opens nothing any more.
    pub state: Option<String>,
    /// The file of this crate that made the record.
    pub source: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_name_of_its_own_and_a_whole_sentence() {
        for (index, step) in Step::ALL.iter().enumerate() {
            assert!(!Step::ALL[..index].iter().any(|other| other.as_str() == step.as_str()), "{step:?}");
            assert!(step.sentence().ends_with('.'), "{step:?}: {}", step.sentence());
            assert!(!step.spec().contains("  ") && step.spec().trim() == step.spec(), "{step:?}");
            let (from, to) = step.parties();
            assert!(!(from == Party::Tenant && to == Party::Tenant), "{step:?}: the page does not see that");
        }
    }
}

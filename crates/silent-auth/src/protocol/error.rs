//! What can go wrong: a closed list of stable codes, each with who is at fault and what to do next.
//!
//! ```
//! use silent_auth::protocol::error::{AuthError, Code, Fault, NextStep};
//!
//! let error = AuthError::from_authorization_response("consent_required", Some("Consent required"));
//! assert_eq!(error.code, Code::ConsentRequired);
//! assert_eq!((error.code.fault(), error.code.next_step()), (Fault::TenantRefused, NextStep::Interact));
//! assert!(error.code.needs_interaction() && !error.code.is_retryable());
//! assert_eq!(
//!     error.to_string(),
//!     "The tenant wants the person's consent first. [consent_required] Found consent_required: Consent required."
//! );
//! ```

use core::fmt;

use super::json::Value;

use super::json;

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The tenant understood and said no. Not a failure of any program.
    TenantRefused,
    /// The tenant's answer breaks a specification, or is not meant for this request.
    TenantMisbehaved,
    /// The browser, by its rules or its settings, made it impossible.
    Browser,
    /// The network, or nothing is listening.
    Network,
    /// The device's clock.
    Device,
    /// This app's own settings or code.
    App,
    /// The person at the page, who decided otherwise. Not a failure of any program.
    Person,
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// The person signs in by full-page redirect; with a live session at the tenant that takes no typing.
    SignIn,
    /// The person answers the tenant on a full page (consent, second factor, choice of account).
    Interact,
    /// Nothing: it is tried again by itself.
    Wait,
    /// Host the tenant under the app's own site, or let the browser accept its cookies; until then, sign in by full page.
    AvoidThirdPartyCookies,
    /// The app's developer corrects the app's settings.
    FixApp,
    /// The tenant's administrator corrects the tenant, or its settings for this app.
    FixTenant,
    /// Set the device's clock.
    SetClock,
}

/// Declares [`Code`] with the properties of each code in one row.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal, $fault:ident, $next:ident, $retryable:literal;)+) => {
        /// Every error there is. [`Code::as_str`] is stable: tests and programs match it, never the sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])* $variant,)+ }

        impl Code {
            /// All codes, in the order in which they are declared.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable text of this code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Who has to change something.
            #[must_use]
            pub const fn fault(self) -> Fault {
                match self { $(Self::$variant => Fault::$fault,)+ }
            }

            /// What helps.
            #[must_use]
            pub const fn next_step(self) -> NextStep {
                match self { $(Self::$variant => NextStep::$next,)+ }
            }

            /// Whether the same request may succeed later, with nobody doing anything.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)+ }
            }

            /// Whether only the person can mend it, on a page of the tenant.
            #[must_use]
            pub const fn needs_interaction(self) -> bool {
                matches!(self.next_step(), NextStep::SignIn | NextStep::Interact)
            }

            /// One plain sentence for the person who reads the page.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => const { concat!($($doc),+).trim_ascii() },)+ }
            }
        }
    };
}

codes! {
    // What the tenant may answer (RFC 6749, sections 4.1.2.1 and 5.2; OpenID Connect Core, section 3.1.2.6).
    /// Nobody is signed in at the tenant.
    LoginRequired = "login_required", TenantRefused, SignIn, false;
    /// The tenant wants the person's consent first.
    ConsentRequired = "consent_required", TenantRefused, Interact, false;
    /// The tenant wants to ask the person something first.
    InteractionRequired = "interaction_required", TenantRefused, Interact, false;
    /// The tenant wants the person to choose an account.
    AccountSelectionRequired = "account_selection_required", TenantRefused, Interact, false;
    /// The tenant, or the person there, refused access.
    AccessDenied = "access_denied", TenantRefused, SignIn, false;
    /// The tenant wants a second factor first.
    MfaRequired = "mfa_required", TenantRefused, Interact, false;
    /// The person's sign-in is not enough for this.
    AuthenticationUnmet = "authentication_unmet", TenantRefused, Interact, false;
    /// The tenant does not let this app do this.
    ClientRefused = "client_refused", TenantRefused, FixTenant, false;
    /// The tenant cannot use this app's request.
    RequestInvalid = "request_invalid", TenantRefused, FixApp, false;
    /// The tenant does not offer what was asked.
    RequestUnsupported = "request_unsupported", TenantRefused, FixTenant, false;
    /// The tenant does not grant these scopes.
    ScopeRefused = "scope_refused", TenantRefused, FixApp, false;
    /// The tenant gives this app no tokens for that API.
    TargetRefused = "target_refused", TenantRefused, FixApp, false;
    /// The tenant refused the DPoP proof.
    DpopProofRefused = "dpop_proof_refused", TenantRefused, SetClock, false;
    /// The tenant wants its nonce in the DPoP proof.
    DpopNonceRequired = "dpop_nonce_required", TenantRefused, Wait, true;
    /// The tenant has had too many requests.
    TooManyRequests = "too_many_requests", TenantRefused, Wait, true;
    /// The tenant says that it is overloaded or has failed.
    TenantUnavailable = "tenant_unavailable", TenantRefused, Wait, true;
    /// The tenant refused the authorization request.
    AuthorizationRefused = "authorization_refused", TenantRefused, FixTenant, false;
    /// The tenant refused to exchange the authorization code.
    ExchangeRefused = "exchange_refused", TenantRefused, SignIn, false;
    /// The tenant refused the refresh token: it has expired, was taken back, or was used before.
    RefreshTokenRefused = "refresh_token_refused", TenantRefused, SignIn, false;
    /// Another person is signed in at the tenant than here, so nothing was taken over.
    SubjectChanged = "subject_changed", TenantRefused, SignIn, false;

    // What the browser may do.
    /// The browser keeps the tenant's cookie from the hidden frame, so the tenant cannot see the session.
    ThirdPartyCookiesBlocked = "third_party_cookies_blocked", Browser, AvoidThirdPartyCookies, false;
    /// The frame loaded but the tenant's answer did not arrive.
    FrameSilent = "frame_silent", TenantMisbehaved, FixTenant, true;
    /// This page's own content security policy does not let the frame load the tenant.
    FrameBlockedByOwnPolicy = "frame_blocked_by_own_policy", App, FixApp, false;
    /// The browser did not open the popup: it opens one only right after a click or key press, and where the person lets it.
    PopupBlocked = "popup_blocked", Browser, SignIn, false;
    /// The popup was closed before the tenant answered.
    PopupClosed = "popup_closed", Person, SignIn, false;
    /// This page is not a secure context, so the browser offers no cryptography.
    InsecureContext = "insecure_context", App, FixApp, false;
    /// The browser refused to store the sign-in attempt.
    StorageRefused = "storage_refused", Browser, FixApp, false;
    /// The browser cannot do this kind of signature check.
    SignatureUnsupported = "signature_unsupported", Browser, FixTenant, false;

    // What the network may do.
    /// The tenant cannot be reached.
    TenantUnreachable = "tenant_unreachable", Network, Wait, true;
    /// No answer came in time.
    TimedOut = "timeout", Network, Wait, true;

    // What the device may do.
    /// The device's clock and the tenant's are too far apart.
    ClockSkew = "clock_skew", Device, SetClock, true;

    // The authorization response (RFC 6749, section 4.1.2; RFC 9207).
    /// The answer carries no state.
    StateMissing = "state_missing", TenantMisbehaved, SignIn, false;
    /// The answer belongs to another request than the one that is open.
    StateMismatch = "state_mismatch", TenantMisbehaved, SignIn, false;
    /// The answer belongs to no sign-in that was started in this tab, or to one already completed.
    TransactionMissing = "transaction_missing", App, SignIn, false;
    /// The answer comes from another issuer than the one that was asked.
    IssuerMismatch = "issuer_mismatch", TenantMisbehaved, FixTenant, false;
    /// The answer does not name its issuer, though the tenant says that it always does.
    IssuerMissing = "issuer_missing", TenantMisbehaved, FixTenant, false;
    /// The answer carries neither a code nor an error.
    ResponseIncomplete = "response_incomplete", TenantMisbehaved, FixTenant, false;
    /// The answer carries a parameter more than once.
    ParameterRepeated = "parameter_repeated", TenantMisbehaved, FixTenant, false;

    // Documents of the tenant.
    /// The tenant's token answer cannot be used.
    TokenResponseInvalid = "token_response_invalid", TenantMisbehaved, FixTenant, false;
    /// The tenant's discovery document cannot be used.
    DiscoveryInvalid = "discovery_invalid", TenantMisbehaved, FixTenant, false;
    /// The discovery document speaks of another issuer.
    DiscoveryIssuerMismatch = "discovery_issuer_mismatch", TenantMisbehaved, FixTenant, false;
    /// The tenant's key set cannot be used.
    KeysInvalid = "keys_invalid", TenantMisbehaved, FixTenant, true;

    // The ID token (OpenID Connect Core, sections 3.1.3.7 and 12.2; RFC 7515; RFC 7519).
    /// The ID token is not a JSON web token in compact form.
    IdTokenFormat = "id_token.format", TenantMisbehaved, FixTenant, false;
    /// The ID token is not signed at all.
    IdTokenAlgNone = "id_token.alg.none", TenantMisbehaved, FixTenant, false;
    /// The ID token is signed by an algorithm that is not allowed here.
    IdTokenAlgNotAllowed = "id_token.alg.not_allowed", TenantMisbehaved, FixTenant, false;
    /// The tenant publishes no key that fits the ID token.
    IdTokenKeyUnknown = "id_token.kid.unknown", TenantMisbehaved, FixTenant, true;
    /// The ID token's signature is wrong.
    IdTokenSignature = "id_token.signature", TenantMisbehaved, FixTenant, false;
    /// The ID token was made by another issuer.
    IdTokenIss = "id_token.iss", TenantMisbehaved, FixTenant, false;
    /// The ID token is not meant for this app.
    IdTokenAud = "id_token.aud", TenantMisbehaved, FixTenant, false;
    /// The ID token has several audiences and does not say which app asked for it.
    IdTokenAzpMissing = "id_token.azp.missing", TenantMisbehaved, FixTenant, false;
    /// Another app asked for the ID token.
    IdTokenAzpMismatch = "id_token.azp.mismatch", TenantMisbehaved, FixTenant, false;
    /// The ID token names nobody.
    IdTokenSubMissing = "id_token.sub.missing", TenantMisbehaved, FixTenant, false;
    /// The ID token does not say when it expires.
    IdTokenExpMissing = "id_token.exp.missing", TenantMisbehaved, FixTenant, false;
    /// The ID token has expired.
    IdTokenExpPast = "id_token.exp.past", TenantMisbehaved, FixTenant, false;
    /// The ID token does not say when it was made.
    IdTokenIatMissing = "id_token.iat.missing", TenantMisbehaved, FixTenant, false;
    /// The ID token was made in the future.
    IdTokenIatFuture = "id_token.iat.future", TenantMisbehaved, FixTenant, false;
    /// The ID token is not valid yet.
    IdTokenNbfFuture = "id_token.nbf.future", TenantMisbehaved, FixTenant, false;
    /// The ID token does not carry the nonce of this request.
    IdTokenNonceMissing = "id_token.nonce.missing", TenantMisbehaved, SignIn, false;
    /// The ID token carries the nonce of another request.
    IdTokenNonceMismatch = "id_token.nonce.mismatch", TenantMisbehaved, SignIn, false;
    /// The ID token does not say when the person signed in, though that was asked.
    IdTokenAuthTimeMissing = "id_token.auth_time.missing", TenantMisbehaved, FixTenant, false;
    /// The person signed in longer ago than this app allows.
    IdTokenAuthTimeTooOld = "id_token.auth_time.too_old", TenantMisbehaved, SignIn, false;
    /// A refreshed ID token speaks of another sign-in than the one before.
    IdTokenAuthTimeChanged = "id_token.auth_time.changed", TenantMisbehaved, SignIn, false;
    /// The person did not sign in the way that this app wants.
    IdTokenAcr = "id_token.acr", TenantRefused, Interact, false;
    /// The ID token is for another organization.
    IdTokenOrganization = "id_token.organization", TenantMisbehaved, SignIn, false;
    /// The access token is not the one that the ID token speaks of.
    IdTokenAtHash = "id_token.at_hash", TenantMisbehaved, FixTenant, false;
    /// The authorization code is not the one that the ID token speaks of.
    IdTokenCHash = "id_token.c_hash", TenantMisbehaved, FixTenant, false;
    /// A claim of the ID token has the wrong type.
    IdTokenWrongType = "id_token.wrong_type", TenantMisbehaved, FixTenant, false;

    // Signing out.
    /// Signed out here alone: the tenant gives apps no way to end its own session.
    SignedOutHereOnly = "signed_out_here_only", TenantMisbehaved, FixTenant, false;

    // The app itself.
    /// Something newer took this request's place.
    Superseded = "superseded", App, Wait, true;

    /// The app did not name this origin as one that may see the access token.
    OriginNotNamed = "origin_not_named", App, FixApp, false;
    /// The API cannot be reached, or does not let this page read its answer.
    ApiUnreachable = "api_unreachable", Network, Wait, true;

    // Settings of the app.
    /// The issuer's address cannot be used.
    ConfigIssuer = "config.issuer", App, FixApp, false;
    /// The app's client id is empty.
    ConfigClientId = "config.client_id", App, FixApp, false;
    /// The app's redirect address cannot be used.
    ConfigRedirectUri = "config.redirect_uri", App, FixApp, false;
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthError {
    /// Which one of the closed list.
    pub code: Code,
    /// What would have been right, if that can be said. Never holds a secret.
    pub expected: Option<String>,
    /// What came instead. Never holds a secret; secrets stand here as fingerprints.
    pub found: Option<String>,
}

impl AuthError {
    /// An error with nothing to add to its code.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, expected: None, found: None }
    }

    /// Adds what would have been right and what came instead.
    #[must_use]
    #[inline(never)]
    pub fn because(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self.found = Some(found.into());
        self
    }

    /// Adds what came.
    #[must_use]
    #[inline(never)]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.code.sentence(), self.code.as_str())?;
        if let Some(expected) = &self.expected {
            write!(f, " Expected {expected}.")?;
        }
        if let Some(found) = &self.found {
            write!(f, " Found {found}.")?;
        }
        Ok(())
    }
}

impl core::error::Error for AuthError {}

impl AuthError {
    /// As it travels between tabs: its code's text, expected and found.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
        json::object([
            ("code", self.code.as_str().into()),
            ("expected", text(&self.expected)),
            ("found", text(&self.found)),
        ])
    }

    /// As it arrives from another tab; `None` for a code that this version does not know.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |name| json::text(value, name).map(str::to_owned);
        let code = json::text(value, "code")?;
        let code = Code::ALL.iter().copied().find(|known| known.as_str() == code)?;
        Some(Self { code, expected: text("expected"), found: text("found") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_codes_share_a_text() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL[index + 1..].iter().all(|other| other.as_str() != code.as_str()), "{code:?}");
            assert!(code.sentence().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn an_error_survives_the_way_to_another_tab() {
        let error = AuthError::new(Code::IdTokenAud).because("demo-spa", "other");
        assert_eq!(AuthError::from_json(&error.to_json()), Some(error));
        assert_eq!(AuthError::from_json(&Value::Null), None);
    }
}

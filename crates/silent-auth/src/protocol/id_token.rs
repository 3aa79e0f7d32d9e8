//! ID token validation in the order of OpenID Connect Core 1.0, section 3.1.3.7; the signature is a step of its own.
//!
//! ```
//! use silent_auth::protocol::error::Code;
//! use silent_auth::protocol::id_token::{Answers, Expected, examine};
//! use silent_auth::protocol::secret::{AccessToken, IdToken};
//! use silent_auth::protocol::time::Timestamp;
//!
//! let access_token = AccessToken::new("an access token");
//! let expected = Expected {
//!     issuer: "https://tenant.example/",
//!     client_id: "my-app",
//!     answers: Answers::Refresh { before: None },
//!     max_age: None,
//!     acr_values: None,
//!     organization: None,
//!     access_token: &access_token,
//!     now: Timestamp::from_secs(1_800_000_000),
//!     leeway: core::time::Duration::from_secs(10),
//! };
//! // {"alg":"none"}.{}.
//! let error = examine(&IdToken::new("eyJhbGciOiJub25lIn0.e30."), &expected).expect_err("not signed");
//! assert_eq!(error.code, Code::IdTokenAlgNone);
//! ```

use core::time::Duration;

use super::json::Value;
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256, Sha512};

use super::error::{AuthError, Code};
use super::jose::{Algorithm, Compact, Malformed};
use super::keys::{KeySet, PublicKey};
use super::secret::{self, AccessToken, IdToken, Nonce};
use super::session::Claims;
use super::time::Timestamp;
use super::token::kind;

/// What an ID token must match.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer, exactly as configured.
    pub issuer: &'a str,
    /// This app's client id.
    pub client_id: &'a str,
    /// The request that it answers.
    pub answers: Answers<'a>,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u64>,
    /// The `acr_values` of the request.
    pub acr_values: Option<&'a str>,
    /// The organization that was asked for.
    pub organization: Option<&'a str>,
    /// The access token that came with it, for `at_hash`.
    pub access_token: &'a AccessToken,
    /// The time by the tenant's clock.
    pub now: Timestamp,
    /// By how much dates may be off.
    pub leeway: Duration,
}

/// The request that an ID token answers.
#[derive(Clone, Copy, Debug)]
pub enum Answers<'a> {
    /// An authorization request (section 3.1.3.7).
    Authorization {
        /// The nonce of the request.
        nonce: &'a Nonce,
        /// The code that it was exchanged for, for `c_hash`.
        code: &'a secret::Code,
    },
    /// A refresh (section 12.2).
    Refresh {
        /// The claims of the ID token before; `None` where they are not known, as after a reload.
        before: Option<&'a Claims>,
    },
}

/// A signature to check; the browser does it by WebCrypto.
#[derive(Clone, Debug)]
pub struct SignatureCheck {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key.
    pub key: PublicKey,
    /// What was signed.
    pub message: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// An ID token that is meant for this app by its own words. Nothing in it may be believed before its signature is checked.
#[derive(Clone, Debug)]
pub struct Examined {
    compact: Compact,
    algorithm: Algorithm,
}

/// Takes the token apart and runs the steps before the signature.
///
/// # Errors
///
/// The code of the step that failed.
pub fn examine(token: &IdToken, expected: &Expected<'_>) -> Result<Examined, AuthError> {
    // 1. Decrypting: encrypted ID tokens are not asked for, so a token in five parts is refused as malformed.
    let compact =
        Compact::parse(token.expose()).map_err(|Malformed(part)| error(Code::IdTokenFormat, part, "something else"))?;
    // 7. The algorithm comes from our list, and before any key is chosen by it.
    let algorithm = check_header(&compact)?;
    // 2. The issuer, exactly.
    let issuer = text(&compact, "iss")?;
    if issuer != Some(expected.issuer) {
        return Err(error(Code::IdTokenIss, expected.issuer, issuer.unwrap_or("nothing")));
    }
    // 3. The audiences: this app must be one of them.
    let audiences = audiences(&compact)?;
    if !audiences.iter().any(|audience| audience == expected.client_id) {
        return Err(error(Code::IdTokenAud, expected.client_id, audiences.join(" ")));
    }
    // 4. Several audiences need an authorized party; 5. which must be this app wherever it stands.
    match text(&compact, "azp")? {
        None if audiences.len() > 1 => return Err(error(Code::IdTokenAzpMissing, expected.client_id, "nothing")),
        Some(party) if party != expected.client_id => {
            return Err(error(Code::IdTokenAzpMismatch, expected.client_id, party));
        }
        _ => {}
    }
    Ok(Examined { compact, algorithm })
}

/// The header: an algorithm of our list, no `crit` that nobody here understands (RFC 7515, section 4.1.11), and not the type
/// of another kind of token (RFC 9068, section 2.1).
fn check_header(compact: &Compact) -> Result<Algorithm, AuthError> {
    let name = match compact.header.get("alg") {
        Some(Value::String(name)) => name.as_str(),
        other => return Err(error(Code::IdTokenFormat, "a text as alg", kind(other))),
    };
    if name.eq_ignore_ascii_case("none") {
        return Err(error(Code::IdTokenAlgNone, "RS256, PS256, ES256 or EdDSA", name));
    }
    let algorithm = Algorithm::from_name(name)
        .ok_or_else(|| error(Code::IdTokenAlgNotAllowed, "RS256, PS256, ES256 or EdDSA", name))?;
    for unwanted in ["crit", "zip", "enc"] {
        if compact.header.contains_key(unwanted) {
            return Err(error(Code::IdTokenFormat, "a plain signed token", unwanted));
        }
    }
    match compact.header.get("typ") {
        None => Ok(algorithm),
        Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => Ok(algorithm),
        Some(other) => Err(error(Code::IdTokenFormat, "typ JWT", other.to_string())),
    }
}

impl Examined {
    /// The `kid` of the header.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.compact.header.get("kid").and_then(Value::as_str)
    }

    /// When the token says it was made; for comparing clocks only.
    #[must_use]
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.compact.claims.get("iat").and_then(Value::as_i64).map(Timestamp::from_secs)
    }

    /// 6. What is to be checked, with the tenant's key that fits. The specification lets a client skip this over TLS; this one does not.
    ///
    /// # Errors
    ///
    /// `id_token.kid.unknown`, if no key fits; `id_token.signature`, if there is no signature.
    pub fn signature_check(&self, keys: &KeySet) -> Result<SignatureCheck, AuthError> {
        if self.compact.signature.is_empty() {
            return Err(error(Code::IdTokenSignature, "a signature", "nothing"));
        }
        let key = keys.choose(self.algorithm, self.key_id()).ok_or_else(|| {
            let wanted = format!("a key for {} with kid {}", self.algorithm.name(), self.key_id().unwrap_or("(none)"));
            error(Code::IdTokenKeyUnknown, wanted, format!("{} other keys", keys.len()))
        })?;
        Ok(SignatureCheck {
            algorithm: self.algorithm,
            key,
            message: self.compact.signing_input.clone(),
            signature: self.compact.signature.clone(),
        })
    }

    /// Runs the steps after the signature, whose result is an argument so that this cannot be called without one.
    ///
    /// # Errors
    ///
    /// The code of the step that failed.
    pub fn accept(self, signature_is_valid: bool, expected: &Expected<'_>) -> Result<Claims, AuthError> {
        // 6. The signature, checked elsewhere.
        if !signature_is_valid {
            return Err(error(Code::IdTokenSignature, "a valid signature", "an invalid one"));
        }
        let claims = &self.compact;
        // 8. Keys of MAC algorithms: those algorithms are not on our list (step 7).
        // 9. Not expired.
        let leeway = expected.leeway;
        let expires = date(claims, "exp")?.ok_or_else(|| error(Code::IdTokenExpMissing, "exp", "nothing"))?;
        if expected.now >= expires + leeway {
            return Err(error(Code::IdTokenExpPast, format!("exp after {}", expected.now), expires.to_string()));
        }
        // RFC 7519, section 4.1.5: not used too early.
        if let Some(not_before) = date(claims, "nbf")?.filter(|not_before| expected.now + leeway < *not_before) {
            return Err(error(Code::IdTokenNbfFuture, format!("nbf before {}", expected.now), not_before.to_string()));
        }
        // 10. Made at a time that makes sense.
        let issued = date(claims, "iat")?.ok_or_else(|| error(Code::IdTokenIatMissing, "iat", "nothing"))?;
        if issued > expected.now + leeway {
            return Err(error(Code::IdTokenIatFuture, format!("iat before {}", expected.now), issued.to_string()));
        }
        // 11. The nonce of this request.
        check_nonce(claims, &expected.answers)?;
        // 12. The authentication context, where the app asked for one.
        check_acr(claims, expected)?;
        // 13. The time of the sign-in, if it was asked.
        check_auth_time(claims, expected)?;
        check_organization(claims, expected)?;
        // Section 2: the person, at most 255 characters.
        if text(claims, "sub")?.is_none_or(|subject| subject.is_empty() || subject.len() > 255) {
            return Err(error(Code::IdTokenSubMissing, "sub of 1 to 255 characters", kind(claims.claims.get("sub"))));
        }
        // Sections 3.1.3.8 and 3.3.2.11: optional here, but wrong is wrong.
        check_hash(claims, self.algorithm, "at_hash", expected.access_token.expose(), Code::IdTokenAtHash)?;
        if let Answers::Authorization { code, .. } = expected.answers {
            check_hash(claims, self.algorithm, "c_hash", code.expose(), Code::IdTokenCHash)?;
        }
        Ok(self.compact.claims)
    }
}

/// The nonce of the request; after a refresh the one of the ID token before, or none (section 12.2).
fn check_nonce(compact: &Compact, answers: &Answers<'_>) -> Result<(), AuthError> {
    let found = text(compact, "nonce")?;
    let fits = match answers {
        Answers::Authorization { nonce, .. } => match found {
            None => return Err(error(Code::IdTokenNonceMissing, nonce.fingerprint(), "nothing")),
            Some(found) => nonce.matches(found),
        },
        Answers::Refresh { before: Some(before) } => {
            found.is_none_or(|found| before.get("nonce").and_then(Value::as_str) == Some(found))
        }
        Answers::Refresh { before: None } => true,
    };
    if fits {
        return Ok(());
    }
    let wanted = match answers {
        Answers::Authorization { nonce, .. } => nonce.fingerprint(),
        Answers::Refresh { .. } => "the nonce of the ID token before".to_owned(),
    };
    Err(error(Code::IdTokenNonceMismatch, wanted, secret::fingerprint(found.unwrap_or_default())))
}

fn check_acr(compact: &Compact, expected: &Expected<'_>) -> Result<(), AuthError> {
    let found = text(compact, "acr")?;
    // A refresh is no sign-in, so its ID token may leave out how one was.
    let Some(wanted) = expected.acr_values.filter(|_| matches!(expected.answers, Answers::Authorization { .. })) else {
        return Ok(());
    };
    let fits = found.is_some_and(|found| wanted.split(' ').any(|value| value == found));
    if fits { Ok(()) } else { Err(error(Code::IdTokenAcr, wanted, found.unwrap_or("nothing"))) }
}

/// Auth0's own check, asked of every client that names an organization: its id in `org_id`, or its name, in small letters of ASCII, in `org_name`.
fn check_organization(compact: &Compact, expected: &Expected<'_>) -> Result<(), AuthError> {
    let Some(wanted) = expected.organization else { return Ok(()) };
    let (claim, name) = if wanted.starts_with("org_") {
        ("org_id", wanted.to_owned())
    } else {
        ("org_name", wanted.to_ascii_lowercase())
    };
    match text(compact, claim)? {
        Some(found) if found == name => Ok(()),
        found => Err(error(Code::IdTokenOrganization, format!("{claim} {name}"), found.unwrap_or("nothing"))),
    }
}

fn check_auth_time(compact: &Compact, expected: &Expected<'_>) -> Result<(), AuthError> {
    let signed_in = date(compact, "auth_time")?;
    // Section 12.2: a refresh is no sign-in.
    if let (Answers::Refresh { before: Some(before) }, Some(now)) = (expected.answers, signed_in)
        && let Some(then) = before.get("auth_time").and_then(Value::as_i64)
        && Timestamp::from_secs(then) != now
    {
        return Err(error(Code::IdTokenAuthTimeChanged, format!("auth_time {then}"), now.to_string()));
    }
    let Some(max_age) = expected.max_age else { return Ok(()) };
    let signed_in = signed_in.ok_or_else(|| error(Code::IdTokenAuthTimeMissing, "auth_time", "nothing"))?;
    let oldest = expected.now - Duration::from_secs(max_age) - expected.leeway;
    if signed_in < oldest {
        return Err(error(Code::IdTokenAuthTimeTooOld, format!("auth_time after {oldest}"), signed_in.to_string()));
    }
    Ok(())
}

/// The left half of the hash that belongs to the token's algorithm (OpenID Connect Core, section 3.1.3.6).
fn check_hash(compact: &Compact, algorithm: Algorithm, claim: &str, value: &str, code: Code) -> Result<(), AuthError> {
    let Some(found) = text(compact, claim)? else { return Ok(()) };
    let expected = match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => {
            Base64UrlUnpadded::encode_string(&Sha256::digest(value.as_bytes())[..16])
        }
        Algorithm::EdDsa => Base64UrlUnpadded::encode_string(&Sha512::digest(value.as_bytes())[..32]),
    };
    if found == expected { Ok(()) } else { Err(error(code, expected, found)) }
}

/// `aud` as a list: a text, or a list of texts and nothing else.
fn audiences(compact: &Compact) -> Result<Vec<String>, AuthError> {
    match compact.claims.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::String(audience)) => Ok(vec![audience.clone()]),
        Some(Value::Array(list)) => list
            .iter()
            .map(|item| {
                item.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| error(Code::IdTokenWrongType, "texts in aud", kind(Some(item))))
            })
            .collect(),
        other => Err(error(Code::IdTokenWrongType, "a text or a list as aud", kind(other))),
    }
}

/// A claim that is a text where it stands at all. Another type is an error, never "not there".
fn text<'a>(compact: &'a Compact, claim: &str) -> Result<Option<&'a str>, AuthError> {
    match compact.claims.get(claim) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        other => Err(error(Code::IdTokenWrongType, format!("a text as {claim}"), kind(other))),
    }
}

/// A claim that is a date: a whole number of seconds, not negative. Another type is an error, never "not there".
fn date(compact: &Compact, claim: &str) -> Result<Option<Timestamp>, AuthError> {
    let Some(value) = compact.claims.get(claim) else { return Ok(None) };
    let seconds = value.as_i64().filter(|seconds| *seconds >= 0);
    seconds.map(|seconds| Some(Timestamp::from_secs(seconds))).ok_or_else(|| {
        error(Code::IdTokenWrongType, format!("a whole number of seconds as {claim}"), kind(Some(value)))
    })
}

fn error(code: Code, expected: impl Into<String>, found: impl Into<String>) -> AuthError {
    AuthError::new(code).because(expected, found)
}

//! One proof: the checks of RFC 9449 4.3, in its order, on what came and what it must fit.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use super::Refused;
use crate::clock::Timestamp;
use crate::json_object;
use crate::keys::thumbprint;
use crate::secret::{Hash, Secret, sha256};
use crate::tenant_file::Object;

/// The header that proofs come in.
pub(super) const HEADER: &str = "dpop";

/// The algorithms that proofs may be signed with: asymmetric ones alone (RFC 9449 4.3, 5).
pub(crate) const ALGORITHMS: [&str; 4] = ["ES256", "EdDSA", "RS256", "PS256"];

/// How far `iat` may be from now, in seconds either way, where no nonce of the tenant says when the proof was made (RFC 9449 11.1).
pub(super) const WINDOW: i64 = 60;

/// A longer `jti` is refused: it is there to be remembered.
const LONGEST_JTI: usize = 256;

/// Members of a JWK that are private or symmetric (RFC 7518 6.2.2, 6.3.2, 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// What a proof has to fit.
pub(super) struct Expected<'a> {
    pub(super) method: &'a str,
    /// The address of the request without query and fragment.
    pub(super) uri: &'a str,
    /// The access token that comes with it, at protected resources.
    pub(super) access_token: Option<&'a str>,
    /// Nonces that the tenant gave out and that are still good.
    pub(super) nonces: &'a [String],
    /// Whether a proof without one of them is refused.
    pub(super) nonce_required: bool,
}

/// A proof that holds, but may have been used before.
#[derive(Debug)]
pub(super) struct Holding {
    /// The thumbprint of the key (RFC 7638).
    pub(super) jkt: String,
    /// What it is remembered by.
    pub(super) id: Hash,
    /// When it would be refused anyway.
    pub(super) expires_at: Timestamp,
}

/// Judges the proof of a request; nothing if none came.
pub(super) fn examine(
    headers: &HeaderMap,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Option<Holding>, Refused> {
    let mut came = headers.get_all(HEADER).iter();
    let Some(value) = came.next() else { return Ok(None) };
    if came.next().is_some() {
        return Err(Refused::new("check_dpop_header", "more than one DPoP header came"));
    }
    let jwt = value.to_str().ok().and_then(Jwt::parse);
    let jwt = jwt.ok_or(Refused::new("check_dpop_jwt", "the DPoP header is not one well-formed JWT"))?;
    let claim = |name: &'static str| {
        let text = jwt.claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| Refused::new("check_dpop_claims", format!("{name} is missing, or no text")))
    };
    let (jti, htm, htu) = (claim("jti")?, claim("htm")?, claim("htu")?);
    let iat = jwt.claims.get("iat").and_then(Value::as_f64);
    let iat = iat.ok_or(Refused::new("check_dpop_claims", "iat is missing, or no number"))?;
    if jti.len() > LONGEST_JTI {
        return Err(Refused::new("check_dpop_claims", format!("jti is longer than {LONGEST_JTI} bytes")));
    }
    if jwt.header.get("typ").and_then(Value::as_str) != Some("dpop+jwt") {
        return Err(Refused::new("check_dpop_typ", "typ is not dpop+jwt"));
    }
    let algorithm = jwt.header.get("alg").and_then(Value::as_str).and_then(algorithm);
    let algorithm =
        algorithm.ok_or_else(|| Refused::new("check_dpop_alg", format!("alg is none of {}", ALGORITHMS.join(", "))))?;
    let Some(Value::Object(jwk)) = jwt.header.get("jwk") else {
        return Err(Refused::new("check_dpop_signature", "the header has no jwk to verify by"));
    };
    let key = public_key(algorithm, jwk);
    let (key, jkt) = key.ok_or(Refused::new("check_dpop_signature", "the jwk is no public key for alg"))?;
    if !crypto::verify(jwt.signature, jwt.signed.as_bytes(), &key, algorithm).unwrap_or(false) {
        return Err(Refused::new("check_dpop_signature", "the key in the jwk did not sign it"));
    }
    if let Some(name) = PRIVATE.iter().find(|name| jwk.contains_key(**name)) {
        return Err(Refused::new("check_dpop_jwk", format!("the jwk has {name}: it must not hold a private key")));
    }
    if htm != expected.method {
        return Err(Refused::new("check_dpop_htm", format!("htm is {htm:?}, and the method {}", expected.method)));
    }
    if !same_address(htu, expected.uri) {
        return Err(Refused::new("check_dpop_htu", format!("htu is {htu:?}, and the address {}", expected.uri)));
    }
    let nonce = jwt.claims.get("nonce").and_then(Value::as_str);
    let known =
        nonce.is_some_and(|nonce| expected.nonces.iter().any(|known| Secret::from(known.clone()).matches(nonce)));
    if !known && (nonce.is_some() || expected.nonce_required) {
        let why = if nonce.is_some() {
            "the nonce is not the tenant's, or too old"
        } else {
            "a nonce is wanted, and none came"
        };
        return Err(Refused { wants_nonce: true, ..Refused::new("check_dpop_nonce", why) });
    }
    // A nonce of the tenant's own clock says when the proof was made (RFC 9449 4.3, 11), so a device may be wrong about the time.
    #[allow(clippy::cast_possible_truncation, reason = "a number out of range is cut to one that is as far away")]
    let iat = iat as i64;
    let age = now.as_second().saturating_sub(iat);
    if !known && !(-WINDOW..=WINDOW).contains(&age) {
        return Err(Refused::new("check_dpop_iat", format!("iat is {age} s ago, and may be {WINDOW} s off")));
    }
    if let Some(token) = expected.access_token {
        let ath = jwt.claims.get("ath").and_then(Value::as_str).unwrap_or_default();
        if !Secret::from(URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))).matches(ath) {
            return Err(Refused::new("check_dpop_ath", "ath is not the hash of the access token"));
        }
    }
    // As long as the nonces that are good now, or as iat allows: a clock that is ahead counts (the window ends later for it).
    let expires_at = if known {
        now + SignedDuration::from_secs(2 * super::NONCE_SECONDS)
    } else {
        Timestamp::from_second(iat + WINDOW + 1).unwrap_or(now)
    };
    Ok(Some(Holding { id: Hash::of(&format!("{jkt}.{jti}")), jkt, expires_at }))
}

/// A JWT in compact form, taken apart and not verified.
struct Jwt<'a> {
    header: Object,
    claims: Object,
    signed: &'a str,
    signature: &'a str,
}

impl<'a> Jwt<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| json_object::read(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let header = object(header)?;
        // Extensions that must be understood (RFC 7515 4.1.11): none are.
        (!header.contains_key("crit")).then_some(())?;
        Some(Self { header, claims: object(claims)?, signed, signature })
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    ALGORITHMS.contains(&name).then(|| name.parse().ok()).flatten()
}

/// The key of a JWK, if it is of the kind that the algorithm signs with, and its thumbprint.
fn public_key(algorithm: Algorithm, jwk: &serde_json::Map<String, Value>) -> Option<(DecodingKey, String)> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let (kty, crv, others): (_, _, &[&'static str]) = match algorithm {
        Algorithm::ES256 => ("EC", Some("P-256"), &["x", "y"]),
        Algorithm::EdDSA => ("OKP", Some("Ed25519"), &["x"]),
        _ => ("RSA", None, &["e", "n"]),
    };
    if text("kty") != Some(kty) || text("crv") != crv {
        return None;
    }
    let values: Vec<_> = others.iter().map(|name| text(name)).collect::<Option<_>>()?;
    // One form of each value, so that a key has one thumbprint.
    values.iter().all(|value| URL_SAFE_NO_PAD.decode(value).is_ok()).then_some(())?;
    let key = match algorithm {
        Algorithm::ES256 => DecodingKey::from_ec_components(values[0], values[1]),
        Algorithm::EdDSA => DecodingKey::from_ed_components(values[0]),
        _ => DecodingKey::from_rsa_components(values[1], values[0]),
    };
    let mut members: Vec<_> = others.iter().zip(&values).map(|(name, value)| (*name, (*value).to_owned())).collect();
    members.push(("kty", kty.to_owned()));
    members.extend(crv.map(|crv| ("crv", crv.to_owned())));
    members.sort_unstable();
    Some((key.ok()?, thumbprint(&members)))
}

/// Whether `htu` is the address, query and fragment left out on its side (RFC 9449 4.3; normalised by RFC 3986 6.2.2 and 6.2.3).
fn same_address(htu: &str, address: &str) -> bool {
    let plain = |text: &str| {
        let mut url = url::Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    plain(htu).is_some_and(|htu| Some(htu) == plain(address))
}

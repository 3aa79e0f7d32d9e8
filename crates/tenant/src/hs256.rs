//! JWTs signed with a secret that both sides share (RFC 7518 3.2).

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};

use crate::secret::Secret;
use crate::tenant_file::Object;

/// A JWT with this `typ` in its header.
pub(crate) fn sign(key: &[u8], typ: &str, claims: &Object) -> Secret {
    let header = Header { typ: Some(typ.to_owned()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(key)).expect("a secret signs").into()
}

/// The claims of a JWT that was signed with this key and with HS256, whether it has expired or not.
///
/// # Errors
/// What is wrong with it, in a few words.
pub(crate) fn verify(key: &[u8], token: &str) -> Result<Object, String> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode(token, &DecodingKey::from_secret(key), &validation)
        .map(|token| token.claims)
        .map_err(|error| error.to_string())
}

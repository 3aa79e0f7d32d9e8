//! Firebase: a custom token, which a page exchanges for a Firebase session.

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use migration::AddOn;
use serde::Deserialize;
use serde_json::{Value, json};

use super::misconfigured;
use crate::clock::Timestamp;
use crate::error::ApiError;
use crate::hs256;
use crate::model::{Client, User};
use crate::tenant_file::Object;

/// Whom custom tokens are for (Firebase: Create custom tokens using a third-party JWT library).
const AUDIENCE: &str = "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit";
/// Firebase takes no custom token that lives longer, in seconds.
const LONGEST_LIFE: i64 = 3600;

/// `addons.firebase`: a service account's key, or the secret of version 2 of the SDK.
#[derive(Deserialize)]
pub(super) struct Firebase {
    private_key_id: Option<String>,
    /// PEM.
    private_key: Option<crate::Secret>,
    client_email: Option<String>,
    secret: Option<crate::Secret>,
    /// Default, and at most, 3600.
    #[serde(default = "longest_life")]
    lifetime_in_seconds: i64,
}

const fn longest_life() -> i64 {
    LONGEST_LIFE
}

/// `id_token` (the custom token), `token_type` and `expires_in`. The last is the lifetime of the target's own ID
/// tokens, as the vendor answers (auth0.js 7.6.1, its tests), and not that of the custom token.
pub(super) fn answer(add_on: &Firebase, target: &Client, user: &User, now: Timestamp) -> Result<Value, ApiError> {
    let unusable = |why: &str| misconfigured(target, AddOn::Firebase, why);
    let life = SignedDuration::from_secs(add_on.lifetime_in_seconds.clamp(1, LONGEST_LIFE));
    let (issued, expires) = (now.as_second(), (now + life).as_second());
    let token = match (&add_on.private_key, &add_on.secret) {
        (Some(key), _) => {
            let email = add_on.client_email.as_deref().ok_or_else(|| unusable("client_email is missing"))?;
            let claims = json!({
                "iss": email,
                "sub": email,
                "aud": AUDIENCE,
                "iat": issued,
                "exp": expires,
                "uid": user.user_id,
            });
            let header = Header { kid: add_on.private_key_id.clone(), ..Header::new(Algorithm::RS256) };
            let key = EncodingKey::from_rsa_pem(key.expose().as_bytes())
                .map_err(|_| unusable("private_key is not an RSA key in PEM"))?;
            jsonwebtoken::encode(&header, &claims, &key).map_err(|error| unusable(&error.to_string()))?
        }
        (None, Some(secret)) => {
            let mut claims = Object::new();
            claims.insert("v".into(), json!(0));
            claims.insert("d".into(), json!({ "uid": user.user_id }));
            claims.insert("iat".into(), json!(issued));
            claims.insert("exp".into(), json!(expires));
            hs256::sign(secret.expose().as_bytes(), "JWT", &claims).expose().to_owned()
        }
        (None, None) => return Err(unusable("it has neither private_key nor secret")),
    };
    Ok(json!({ "id_token": token, "token_type": "Bearer", "expires_in": target.id_token_lifetime() }))
}

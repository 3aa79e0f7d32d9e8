//! `/api/v2/keys/signing`: the tenant's signing keys, their rotation and revocation.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access::Access;
use super::error::ManagementError;
use crate::clock::iso;
use crate::keys::{KeyError, KeyInfo, KeyState, RevokeError};

/// `GET /keys/signing`.
pub(super) async fn list(access: Access) -> Result<Json<Value>, ManagementError> {
    access.require(&["read:signing_keys"])?;
    let keys = access.tenant.keys().list().await?;
    Ok(Json(keys.iter().map(shown).collect()))
}

/// `GET /keys/signing/{kid}`.
pub(super) async fn get(access: Access, Path(kid): Path<String>) -> Result<Json<Value>, ManagementError> {
    access.require(&["read:signing_keys"])?;
    let keys = access.tenant.keys().list().await?;
    let key = keys.iter().find(|key| key.kid == kid);
    key.map(|key| Json(shown(key))).ok_or_else(|| RevokeError::Unknown(kid).into())
}

/// `POST /keys/signing/rotate`: answers with the key that signs from now on.
pub(super) async fn rotate(access: Access) -> Result<(StatusCode, Json<Value>), ManagementError> {
    access.require(&["create:signing_keys", "update:signing_keys"])?;
    let rotated = async {
        let kid = access.tenant.keys().rotate(access.tenant.now()).await?;
        shown_by_id(&access, &kid).await
    };
    let key = access.logged("Rotate the Application Signing Key", &[], rotated.await)?;
    Ok((StatusCode::CREATED, Json(key)))
}

/// `PUT /keys/signing/{kid}/revoke`: answers with the revoked key.
pub(super) async fn revoke(access: Access, Path(kid): Path<String>) -> Result<Json<Value>, ManagementError> {
    access.require(&["update:signing_keys"])?;
    let revoked = async {
        access.tenant.keys().revoke(&kid, access.tenant.now()).await?;
        shown_by_id(&access, &kid).await
    };
    Ok(Json(access.logged("Revoke an Application Signing Key", &[], revoked.await)?))
}

async fn shown_by_id(access: &Access, kid: &str) -> Result<Value, ManagementError> {
    let keys = access.tenant.keys().list().await?;
    Ok(keys.iter().find(|key| key.kid == kid).map_or(Value::Null, shown))
}

fn shown(key: &KeyInfo) -> Value {
    let mut body = json!({
        "kid": key.kid,
        "alg": key.alg.name(),
    });
    if let Some(certificate) = &key.certificate {
        body["cert"] = json!(certificate.pem());
        body["fingerprint"] = json!(certificate.thumbprint(":"));
        body["thumbprint"] = json!(certificate.thumbprint(""));
    }
    for (name, state) in [
        ("current", KeyState::Current),
        ("next", KeyState::Next),
        ("previous", KeyState::Previous),
        ("revoked", KeyState::Revoked),
    ] {
        body[name] = json!(key.state == state);
    }
    for (name, at) in
        [("current_since", key.current_since), ("current_until", key.current_until), ("revoked_at", key.revoked_at)]
    {
        if let Some(at) = at {
            body[name] = json!(iso(at));
        }
    }
    body
}

impl From<RevokeError> for ManagementError {
    fn from(error: RevokeError) -> Self {
        let message = error.to_string();
        match error {
            RevokeError::Unknown(_) => Self::not_found("inexistent_signing_key", message),
            RevokeError::InUse { .. } => Self::conflict("signing_key_in_use", message),
            RevokeError::Already(_) => Self::conflict("signing_key_revoked", message),
            RevokeError::Key(error) => error.into(),
        }
    }
}

impl From<KeyError> for ManagementError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Store(error) => error.into(),
            KeyError::Unreadable => {
                eprintln!("tenant: {error}");
                Self {
                    status: StatusCode::INTERNAL_SERVER_ERROR,
                    code: None,
                    message: "A stored signing key cannot be read.".into(),
                }
            }
        }
    }
}

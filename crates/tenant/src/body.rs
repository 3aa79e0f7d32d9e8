//! Reads request bodies, bounded: a form, JSON, or a clear error.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};

use crate::error::ApiError;
use crate::json_object;
use crate::params::Params;
use crate::tenant_file::Object;

/// The most bytes a body may have. Tokens and codes are far smaller.
pub(crate) const LIMIT: usize = 64 * 1024;

/// Which body types an endpoint takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepts {
    Form,
    FormOrJson,
}

/// Reads a body as parameters.
pub(crate) async fn parameters(headers: &HeaderMap, body: Body, accepts: Accepts) -> Result<Params, ApiError> {
    let bytes = bytes(body).await?;
    match (content_type(headers).as_str(), accepts) {
        ("application/x-www-form-urlencoded", _) => Ok(Params::from_form(&bytes)),
        ("application/json", Accepts::FormOrJson) => Params::from_json(&bytes).map_err(ApiError::invalid_request),
        ("", _) if bytes.is_empty() => Ok(Params::default()),
        (other, _) => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_request",
            match accepts {
                Accepts::Form => format!("The body must be application/x-www-form-urlencoded, not {other:?}."),
                Accepts::FormOrJson => {
                    format!("The body must be application/json or application/x-www-form-urlencoded, not {other:?}.")
                }
            },
        )),
    }
}

/// Reads a body that must be a JSON object and says so.
pub(crate) async fn json_object(headers: &HeaderMap, body: Body) -> Result<Object, ApiError> {
    let bytes = bytes(body).await?;
    match content_type(headers).as_str() {
        "application/json" => json_object::read(&bytes)
            .map_err(|error| ApiError::invalid_request(format!("the body is not a JSON object: {error}"))),
        other => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_request",
            format!("The body must be application/json, not {other:?}."),
        )),
    }
}

async fn bytes(body: Body) -> Result<Bytes, ApiError> {
    to_bytes(body, LIMIT).await.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "invalid_request",
            format!("The body is larger than {LIMIT} bytes."),
        )
    })
}

/// The media type without its parameters, in lower case.
fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or("?"));
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

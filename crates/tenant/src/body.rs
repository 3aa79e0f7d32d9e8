//! Reads what requests send: the query, and the body, bounded: a form, JSON, or a clear error.

use std::convert::Infallible;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::error::ApiError;
use crate::json_object;
use crate::params::Params;
use crate::tenant_file::Object;

/// The most bytes a body may have. Tokens and codes are far smaller.
pub(crate) const LIMIT: usize = 64 * 1024;

/// The parameters of a query.
pub(crate) struct Query(pub Params);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Params::from_form(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// The parameters of a body that must be a form, or why there are none.
pub(crate) struct Form(pub Result<Params, ApiError>);

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parameters(request, Accepts::Form).await))
    }
}

/// The parameters of a body that may be JSON instead, as with the vendor.
pub(crate) struct FormOrJson(pub Result<Params, ApiError>);

impl<S: Sync> FromRequest<S> for FormOrJson {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parameters(request, Accepts::FormOrJson).await))
    }
}

/// Which body types an endpoint takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Accepts {
    Form,
    FormOrJson,
}

async fn parameters(request: Request, accepts: Accepts) -> Result<Params, ApiError> {
    let kind = content_type(request.headers());
    let bytes = bytes(request.into_body()).await?;
    match (kind.as_str(), accepts) {
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

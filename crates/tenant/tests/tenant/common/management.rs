//! A script that calls the Management API with a token of the client `machine`.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::common::{Answer, Harness, TENANT};

pub(crate) const AUDIENCE: &str = "https://localhost:4000/api/v2/";

/// A tenant, and an access token for its Management API.
pub(crate) struct Script {
    pub(crate) harness: Harness,
    pub(crate) token: String,
}

impl Script {
    /// With every scope.
    pub(crate) async fn new() -> Self {
        Self::of(Harness::new().await, "").await
    }

    /// With these scopes (all, if empty) at this tenant.
    pub(crate) async fn of(mut harness: Harness, scope: &str) -> Self {
        let answer = harness
            .token(&[
                ("grant_type", "client_credentials"),
                ("client_id", "machine"),
                ("client_secret", "machine-secret"),
                ("audience", AUDIENCE),
                ("scope", scope),
            ])
            .await;
        let token = answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
        Self { harness, token }
    }

    pub(crate) async fn call(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.harness.browse(method, &format!("{TENANT}/api/v2{path}"), &headers, body).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }
}

/// The answer is an error in the Management API's shape.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: StatusCode, code: &str, words: &str) {
    let body = answer.json();
    assert_eq!((answer.status, body["statusCode"].as_u64()), (status, Some(status.as_u16().into())), "{answer:?}");
    assert_eq!(body["errorCode"].as_str().unwrap_or_default(), code, "{answer:?}");
    assert!(body["message"].as_str().unwrap_or_default().contains(words), "{words:?} in {answer:?}");
    assert!(!body["error"].as_str().unwrap_or_default().is_empty(), "{answer:?}");
}

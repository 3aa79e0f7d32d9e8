//! Requests to protected APIs: with the token, once more with a fresh one after a 401, and gone when nobody waits any more.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, Url};

use super::driver::Driver;
use super::fetch::without_traces;
use super::{page, words};
#[cfg(feature = "dpop")]
use crate::protocol::dpop::api_wants_nonce;
use crate::protocol::error::{AuthError, Code};
use crate::protocol::lifecycle::Lifecycle;
use crate::protocol::resource::{ApiRequest, check_origin, wants_another_token};
use crate::protocol::secret::AccessToken;

/// The answer of an API, as the browser gives it.
pub type ApiResponse = web_sys::Response;

impl Driver {
    /// Sends a request with the access token, renewed first if it has expired. A 401 that asks for another token has the token renewed
    /// (one request, however many ask) and the request repeated, once; what comes then is the answer. Dropping the future stops the request.
    ///
    /// Cookies do not go along, and redirects are not followed: the token would go with them.
    ///
    /// # Errors
    ///
    /// `origin_not_named` before anything is sent; `api_unreachable`; why there is no token.
    pub async fn fetch(&self, request: &ApiRequest) -> Result<ApiResponse, AuthError> {
        let url = Url::new_with_base(&request.url, &page::address())
            .map_err(|error| AuthError::new(Code::OriginNotNamed).because("an address", words(&error)))?;
        self.with(|lifecycle| check_origin(lifecycle.config(), &url.origin()))?;
        let token = self.token_of(request).await?;
        let answer = self.send(request, &url, &token).await?;
        if !wants_another_token(answer.status(), answer.headers().get("www-authenticate").ok().flatten().as_deref()) {
            return Ok(answer);
        }
        // Another call may have had it renewed while this one was on its way.
        let replaced =
            |lifecycle: &Lifecycle| lifecycle.tokens().is_some_and(|now| !now.access_token.matches(token.expose()));
        if !self.is_forgotten(request, &token) && !self.with(replaced) {
            self.renew().await?;
        }
        let token = self.token_of(request).await?;
        self.send(request, &url, &token).await
    }

    /// Sends the request with the token, and with a proof where the token is bound to a key; once more, if that one lacked a nonce.
    async fn send(&self, request: &ApiRequest, url: &Url, token: &AccessToken) -> Result<ApiResponse, AuthError> {
        #[cfg(feature = "dpop")]
        if let Some((prover, now)) = self.prover() {
            use super::dpop::Asked;
            let (origin, address) = (url.origin(), url.href());
            let asked = Asked { method: &request.method, url: &address, now, access_token: Some(token) };
            let mut again = true;
            loop {
                let proof = prover.proof(&origin, &asked).await?;
                let answer = send(request, url, token, Some(&proof)).await?;
                let header = |name| answer.headers().get(name).ok().flatten();
                let news = prover.learn(&origin, header("dpop-nonce").as_deref());
                let wanted = api_wants_nonce(answer.status(), header("www-authenticate").as_deref());
                if !(news && wanted && core::mem::take(&mut again)) {
                    return Ok(answer);
                }
            }
        }
        send(request, url, token, None).await
    }

    #[cfg(not(feature = "audiences"))]
    async fn token_of(&self, _: &ApiRequest) -> Result<AccessToken, AuthError> {
        self.access_token().await
    }

    #[cfg(not(feature = "audiences"))]
    fn is_forgotten(&self, _: &ApiRequest, _: &AccessToken) -> bool {
        false
    }

    /// Whether the API refused a token that is not the session's own; it is forgotten then.
    #[cfg(feature = "audiences")]
    fn is_forgotten(&self, request: &ApiRequest, token: &AccessToken) -> bool {
        let other = |wanted| !self.with(|lifecycle| lifecycle.is_the_sessions(wanted));
        let other = request.token.as_ref().is_some_and(other);
        if other {
            self.refused(token);
        }
        other
    }

    #[cfg(feature = "audiences")]
    async fn token_of(&self, request: &ApiRequest) -> Result<AccessToken, AuthError> {
        match &request.token {
            Some(wanted) => self.access_token_for(wanted).await,
            None => self.access_token().await,
        }
    }
}

/// Stops a request when it is dropped before its answer has come.
struct Stop(Option<AbortController>);

impl Drop for Stop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

async fn send(
    request: &ApiRequest,
    url: &Url,
    token: &AccessToken,
    proof: Option<&str>,
) -> Result<ApiResponse, AuthError> {
    let unreachable = |error| {
        AuthError::new(Code::ApiUnreachable)
            .because(format!("an answer from {}{}", url.origin(), url.pathname()), words(&error))
    };
    let mut stop = Stop(AbortController::new().ok());
    let init = without_traces(stop.0.as_ref().map(AbortController::signal).as_ref());
    let headers = Headers::new().map_err(unreachable)?;
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(unreachable)?;
    }
    let scheme = if proof.is_some() { "DPoP " } else { "Bearer " };
    headers.set("Authorization", &[scheme, token.expose()].concat()).map_err(unreachable)?;
    if let Some(proof) = proof {
        headers.set("DPoP", proof).map_err(unreachable)?;
    }
    init.set_method(&request.method);
    init.set_headers(&headers);
    if let Some(body) = &request.body {
        init.set_body(&body.into());
    }
    let Some(window) = web_sys::window() else { return Err(unreachable("no window".into())) };
    let answer = JsFuture::from(window.fetch_with_str_and_init(&url.href(), &init)).await.map_err(unreachable)?;
    // Its body is the caller's to read, for as long as that takes.
    stop.0 = None;
    Ok(answer.unchecked_into())
}

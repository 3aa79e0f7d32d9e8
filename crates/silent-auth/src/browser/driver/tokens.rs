//! The driver's tokens: one in memory, or the result of the request that brings one.

use futures_channel::oneshot;

use super::super::clock::now;
use super::Driver;
#[cfg(feature = "audiences")]
use crate::protocol::audience::TokenRequest;
use crate::protocol::error::{AuthError, Code};
#[cfg(feature = "audiences")]
use crate::protocol::lifecycle::Event;
use crate::protocol::secret::AccessToken;

impl Driver {
    /// Replaces the token now. Any number of calls, in any number of tabs, make one request and get its result.
    ///
    /// # Errors
    ///
    /// Why the request failed. The token that was there stays until it expires.
    pub async fn renew(&self) -> Result<(), AuthError> {
        #[cfg(feature = "dpop")]
        self.inner.dpop.ready().await;
        let (settled, result) = oneshot::channel();
        self.inner.waiters.borrow_mut().push((None, settled));
        self.begin_renewal();
        if self.inner.lifecycle.borrow().flight().is_none() {
            // Nothing was started, as while the page leaves. A result that is already there is still taken below.
            self.inner.waiters.borrow_mut().retain(|(request, _)| request.is_some());
        }
        result.await.unwrap_or_else(|_| Err(AuthError::new(Code::Superseded).found("a page that is leaving")))
    }

    /// An access token that is good now; renews first if there is none.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn access_token(&self) -> Result<AccessToken, AuthError> {
        let good = |driver: &Self| {
            let lifecycle = driver.inner.lifecycle.borrow();
            lifecycle.tokens().filter(|tokens| now() < tokens.expires_at).map(|tokens| tokens.access_token.clone())
        };
        if let Some(token) = good(self) {
            return Ok(token);
        }
        self.renew().await?;
        good(self).ok_or_else(|| AuthError::new(Code::LoginRequired))
    }
}

#[cfg(feature = "audiences")]
impl Driver {
    /// An access token for another API, or with other scopes: one in memory that serves, or a fresh one. Any number of calls, in any
    /// number of tabs, make one request and get its result.
    ///
    /// # Errors
    ///
    /// Why there is none. `consent_required` and `access_denied` say nothing about the session; `login_required` and
    /// `subject_changed` end it.
    pub async fn access_token_for(&self, request: &TokenRequest) -> Result<AccessToken, AuthError> {
        if self.with(|lifecycle| lifecycle.is_the_sessions(request)) {
            return self.access_token().await;
        }
        let request = self.with(|lifecycle| request.in_full(lifecycle.config()));
        let (settled, result) = oneshot::channel();
        self.inner.waiters.borrow_mut().push((Some(request.clone()), settled));
        self.ask(Event::Want(request.clone()));
        let result = result.await.unwrap_or_else(|_| Err(AuthError::new(Code::Superseded)));
        // One that is soon to expire is better than none.
        let held = self.with(|lifecycle| lifecycle.access_token_for(&request, now()).cloned());
        held.ok_or_else(|| result.err().unwrap_or(AuthError::new(Code::LoginRequired)))
    }

    /// Says that an API refused this token, which [`access_token_for`](Self::access_token_for) gave: the next call gets another one.
    pub fn refused(&self, token: &AccessToken) {
        self.inner.dispatch(Event::Refused(token.clone()));
    }
}

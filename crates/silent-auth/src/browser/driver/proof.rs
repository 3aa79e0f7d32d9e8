//! Where the driver needs the key that tokens are bound to (DPoP): before the start, at the token endpoint, on leaving, and at sign-out.

use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;
use web_sys::AbortSignal;

use super::super::clock::now;
use super::super::dpop::Prover;
use super::super::{fetch, page};
use super::{Driver, Inner};
use crate::protocol::error::{AuthError, Code};
use crate::protocol::http::{Request, Response};
use crate::protocol::lifecycle::{Event, Exchange};
use crate::protocol::time::Timestamp;

/// Finds the client's key, and lets nothing happen before: whatever is dispatched meanwhile waits in its order.
pub(super) fn hold_key(inner: &Rc<Inner>) {
    if !inner.lifecycle.borrow().config().dpop() {
        return;
    }
    let namespace = inner.lifecycle.borrow().config().namespace();
    inner.stepping.set(true);
    inner.dpop.expect();
    let weak = Rc::downgrade(inner);
    spawn_local(async move {
        let opened = Prover::open(&namespace).await;
        let Some(inner) = weak.upgrade() else { return };
        let first = match opened {
            Ok(prover) => {
                inner.lifecycle.borrow_mut().hold_key(prover.thumbprint());
                inner.dpop.fill(Some(prover));
                Event::Tick
            }
            Err(error) => {
                inner.events.borrow_mut().clear();
                inner.dpop.fill(None);
                Event::Impossible(error)
            }
        };
        inner.stepping.set(false);
        inner.dispatch(first);
    });
}

/// Removes the key, and signs out once it is gone. False if there is none.
pub(super) fn forget_key(inner: &Rc<Inner>) -> bool {
    let Some(prover) = inner.dpop.get() else { return false };
    let inner = Rc::clone(inner);
    spawn_local(async move {
        prover.forget().await;
        inner.dispatch(Event::SignOut);
    });
    true
}

/// Leaves once the key is kept for the page that gets the answer, unless somebody signs out.
pub(super) fn leave(inner: &Rc<Inner>, url: String) {
    let signing_in = inner.lifecycle.borrow().flight().is_some();
    match inner.dpop.get().filter(|_| signing_in) {
        None => page::leave(&url),
        Some(prover) => spawn_local(async move {
            prover.keep().await;
            page::leave(&url);
        }),
    }
}

/// Sends a request, to the token endpoint with a proof.
pub(super) async fn send(
    inner: &Weak<Inner>,
    exchange: Exchange,
    request: Request,
    signal: Option<AbortSignal>,
) -> Result<Response, AuthError> {
    let Some(strong) = inner.upgrade() else { return Err(AuthError::new(Code::Superseded)) };
    let (prover, time) = (strong.dpop.get(), strong.lifecycle.borrow().tenant_time(now()));
    let origin = strong.lifecycle.borrow().config().issuer().origin().to_owned();
    // The page may drop the driver while the answer is on its way.
    drop(strong);
    match prover.filter(|_| exchange == Exchange::Token) {
        Some(prover) => prover.send(&origin, request, time, signal).await,
        None => fetch::send_with(request, signal).await,
    }
}

impl Driver {
    /// What proofs for APIs are made with, and the time in them.
    pub(in super::super) fn prover(&self) -> Option<(Rc<Prover>, Timestamp)> {
        Some((self.inner.dpop.get()?, self.with(|lifecycle| lifecycle.tenant_time(now()))))
    }
}

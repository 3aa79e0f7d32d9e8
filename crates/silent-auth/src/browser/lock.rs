//! One lock for all tabs of a client (Web Locks API), so that any number of tabs make one request.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

/// How a lock is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// If nobody holds it.
    IfFree,
    /// Whenever it is free.
    Wait,
    /// Beside others who share it.
    Share,
}

/// A lock that is held or waited for. Dropping it gives it back, or stops waiting.
#[must_use = "dropping a lock gives it back"]
pub(super) struct LockRequest {
    release: Rc<RefCell<Option<Function>>>,
    abort: Option<AbortController>,
    _granted: Closure<dyn FnMut(JsValue) -> Promise>,
}

impl LockRequest {
    /// Asks for the lock `name` and reports whether it was granted; but for [`Ask::IfFree`], reports only once it is.
    ///
    /// `None` in a browser without Web Locks; there every tab works for itself.
    pub(super) fn new(name: &str, ask: Ask, report: impl Fn(bool) + 'static) -> Option<Self> {
        let (manager, request) = manager()?;
        let release = Rc::new(RefCell::new(None));
        let granted = Closure::new({
            let release = Rc::clone(&release);
            move |lock: JsValue| {
                if lock.is_null() || lock.is_undefined() {
                    report(false);
                    return Promise::resolve(&JsValue::NULL);
                }
                // The lock is held for as long as this promise is open.
                let held = Promise::new(&mut |resolve, _| *release.borrow_mut() = Some(resolve));
                report(true);
                held
            }
        });
        let abort = if ask != Ask::IfFree { AbortController::new().ok() } else { None };
        let options = Object::new();
        let (option, value) = match &abort {
            Some(abort) => ("signal", abort.signal().into()),
            None => ("ifAvailable", JsValue::TRUE),
        };
        Reflect::set(&options, &option.into(), &value).ok()?;
        if ask == Ask::Share {
            Reflect::set(&options, &"mode".into(), &"shared".into()).ok()?;
        }
        let promise = request.call3(&manager, &name.into(), &options, granted.as_ref()).ok()?;
        // An aborted wait rejects this promise, which is no news.
        spawn_local(async move { drop(JsFuture::from(promise.unchecked_into::<Promise>()).await) });
        Some(Self { release, abort, _granted: granted })
    }
}

impl Drop for LockRequest {
    fn drop(&mut self) {
        if let Some(release) = self.release.borrow_mut().take() {
            // Resolving a promise cannot fail.
            drop(release.call0(&JsValue::NULL));
        } else if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

/// `navigator.locks` and its `request`, which insecure contexts and old browsers lack. (`web_sys` counts them as unstable.)
fn manager() -> Option<(JsValue, Function)> {
    let navigator = web_sys::window()?.navigator();
    let manager = Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)?;
    let request = Reflect::get(&manager, &"request".into()).ok()?.dyn_into().ok()?;
    Some((manager, request))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures_channel::oneshot::{self, Receiver};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Asks for a lock, and gives what was reported first.
    fn ask(name: &str, ask: Ask) -> (LockRequest, Receiver<bool>) {
        let (tell, told) = oneshot::channel();
        let tell = RefCell::new(Some(tell));
        let report = move |granted| {
            if let Some(tell) = tell.borrow_mut().take() {
                tell.send(granted).expect("somebody listens");
            }
        };
        (LockRequest::new(name, ask, report).expect("Web Locks"), told)
    }

    #[wasm_bindgen_test]
    async fn a_lock_is_busy_until_it_is_dropped() {
        let (held, granted) = ask("lock test 1", Ask::IfFree);
        assert_eq!(granted.await, Ok(true));
        let (_refused, granted) = ask("lock test 1", Ask::IfFree);
        assert_eq!(granted.await, Ok(false), "somebody holds it");
        let (_waiting, mut granted) = ask("lock test 1", Ask::Wait);
        assert_eq!(granted.try_recv(), Ok(None), "who waits is told nothing yet");
        drop(held);
        assert_eq!(granted.await, Ok(true));
    }

    #[wasm_bindgen_test]
    async fn who_stops_waiting_never_holds_the_lock() {
        let (held, granted) = ask("lock test 2", Ask::IfFree);
        assert_eq!(granted.await, Ok(true));
        let (waiting, given_up) = ask("lock test 2", Ask::Wait);
        drop(waiting);
        assert!(given_up.await.is_err(), "nothing was ever reported");
        drop(held);
        let (_next, granted) = ask("lock test 2", Ask::Wait);
        assert_eq!(granted.await, Ok(true));
    }

    #[wasm_bindgen_test]
    async fn a_lock_that_was_dropped_before_it_was_granted_is_free() {
        drop(ask("lock test 3", Ask::IfFree));
        let (_next, granted) = ask("lock test 3", Ask::Wait);
        assert_eq!(granted.await, Ok(true));
    }

    #[wasm_bindgen_test]
    async fn who_shares_a_lock_keeps_others_from_having_it_alone() {
        let (first, granted) = ask("lock test 4", Ask::Share);
        assert_eq!(granted.await, Ok(true));
        let (second, granted) = ask("lock test 4", Ask::Share);
        assert_eq!(granted.await, Ok(true));
        drop(first);
        let (_refused, granted) = ask("lock test 4", Ask::IfFree);
        assert_eq!(granted.await, Ok(false), "one is still there");
        drop(second);
        let (_alone, granted) = ask("lock test 4", Ask::Wait);
        assert_eq!(granted.await, Ok(true));
    }
}

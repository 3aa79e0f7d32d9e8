//! Whether this client is open in another tab: every tab shares a lock, so whoever gets it alone is alone.

use std::cell::RefCell;
use std::rc::Rc;

use super::lock::{Ask, LockRequest};

/// What other tabs see by that this one is there.
#[derive(Clone)]
pub(super) struct Presence {
    name: String,
    lock: Rc<RefCell<Option<LockRequest>>>,
}

impl Presence {
    /// A presence that has not begun yet.
    pub(super) fn new(namespace: &str) -> Self {
        Self { name: format!("{namespace} tabs"), lock: Rc::default() }
    }

    /// Reports whether another tab is there, and begins this one's presence.
    pub(super) fn ask(&self, report: impl Fn(bool) + Clone + 'static) {
        let probe = LockRequest::new(&self.name, Ask::IfFree, {
            let (this, report) = (self.clone(), report.clone());
            move |alone| {
                this.begin();
                report(!alone);
            }
        });
        match probe {
            Some(probe) => *self.lock.borrow_mut() = Some(probe),
            None => report(false),
        }
    }

    /// This tab is there from now on.
    pub(super) fn begin(&self) {
        let lock = LockRequest::new(&self.name, Ask::Share, |_| ());
        let _before = self.lock.replace(lock);
    }

    /// As [`begin`](Self::begin), unless it has begun.
    pub(super) fn begin_once(&self) {
        if self.lock.borrow().is_none() {
            self.begin();
        }
    }

    /// This tab is gone. (Browsers do not keep a page that holds a lock for going back to.)
    pub(super) fn end(&self) {
        let _before = self.lock.take();
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures_channel::oneshot;
    use wasm_bindgen_test::wasm_bindgen_test;

    async fn has_company(tab: &Presence) -> bool {
        let (tell, told) = oneshot::channel();
        let tell = Rc::new(RefCell::new(Some(tell)));
        tab.ask(move |company| {
            if let Some(tell) = tell.borrow_mut().take() {
                tell.send(company).expect("somebody listens");
            }
        });
        told.await.expect("a report")
    }

    #[wasm_bindgen_test]
    async fn the_first_tab_is_alone_and_the_second_is_not_until_the_first_has_gone() {
        let [first, second, third] = [(); 3].map(|()| Presence::new("presence test"));
        assert!(!has_company(&first).await);
        assert!(has_company(&second).await);
        first.end();
        assert!(has_company(&third).await, "the second one is there");
        second.end();
        third.end();
        // What was given back is free once the browser has heard of it.
        let (tell, told) = oneshot::channel();
        let tell = RefCell::new(Some(tell));
        let alone = LockRequest::new(&first.name, Ask::Wait, move |granted| {
            if let Some(tell) = tell.borrow_mut().take() {
                tell.send(granted).expect("somebody listens");
            }
        });
        assert_eq!((told.await, alone.is_some()), (Ok(true), true), "nobody is there");
    }
}

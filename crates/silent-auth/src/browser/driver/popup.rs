//! The driver's popups: opened within the person's own act, closed when they have answered.

use std::rc::Rc;

use futures_channel::oneshot;
use gloo_timers::callback::Timeout;

use super::super::popup::{Popup, PopupReport, person_acts};
use super::{Driver, Inner, dispatch};
use crate::protocol::error::{AuthError, Code};
use crate::protocol::lifecycle::{Event, FlightId, PopupCommand, PopupEvent};

impl Driver {
    /// Signs in in a popup: this page stays as it is. The popup opens at once, whether the result is awaited or not: browsers open one only
    /// in the time of a click or key press, so call this in that event's handler.
    ///
    /// # Errors
    ///
    /// `popup_blocked`, `popup_closed`, `timeout` after [`popup_timeout`](crate::protocol::config::ClientConfig::popup_timeout), the
    /// tenant's refusal, or what was wrong with its answer. Whoever was signed in before still is.
    #[must_use = "the result comes when it is awaited"]
    pub fn sign_in_with_popup(&self) -> impl Future<Output = Result<(), AuthError>> + use<> {
        self.inner.dispatch(Event::Popup(PopupEvent::SignIn));
        let (settled, result) = oneshot::channel();
        if self.with(|lifecycle| lifecycle.flight().is_some()) {
            self.inner.waiters.borrow_mut().push((None, settled));
        }
        async move { result.await.unwrap_or_else(|_| Err(AuthError::new(Code::Superseded).found("a page that is leaving"))) }
    }
}

/// The same event as the person's own act, which may open a popup, if it is one.
pub(super) fn by_hand(event: Event) -> Event {
    match event {
        Event::Renew if person_acts() => Event::Popup(PopupEvent::Renew),
        #[cfg(feature = "audiences")]
        Event::Want(request) if person_acts() => Event::Popup(PopupEvent::Want(request)),
        other => other,
    }
}

/// A popup on its way, or open.
pub(super) enum Slot {
    /// It opens in a moment, and goes to this address then.
    Opening { address: Option<String>, _timer: Timeout },
    /// It is open.
    Open(Popup),
}

impl Inner {
    pub(super) fn popup(self: &Rc<Self>, flight: FlightId, command: PopupCommand) {
        match command {
            PopupCommand::Open => {
                let weak = Rc::downgrade(self);
                // Firefox runs other events while it opens a window, and a closure of this page that is running must not be run again. A
                // timer's closure never is, and it still counts as the person's own time (HTML Standard, section 6.4.2).
                let timer = Timeout::new(0, move || {
                    if let Some(inner) = weak.upgrade() {
                        inner.open_popup(flight);
                    }
                });
                *self.popup.borrow_mut() = Some((flight, Slot::Opening { address: None, _timer: timer }));
            }
            PopupCommand::GoTo(url) => match &mut *self.popup.borrow_mut() {
                Some((other, Slot::Opening { address, .. })) if *other == flight => *address = Some(url),
                Some((other, Slot::Open(popup))) if *other == flight => popup.go_to(&url),
                _ => {}
            },
            PopupCommand::Close => {
                let closed = self.popup.borrow_mut().take_if(|(other, _)| *other == flight);
                drop(closed);
            }
        }
    }

    fn open_popup(self: &Rc<Self>, flight: FlightId) {
        let weak = Rc::downgrade(self);
        let opened = Popup::open(move |report| {
            let event = match report {
                PopupReport::Message(message) => Event::FrameMessage(flight, message),
                PopupReport::Closed => Event::Popup(PopupEvent::Closed(flight)),
            };
            dispatch(&weak, event);
        });
        let Some(opened) = opened else { return self.dispatch(Event::Popup(PopupEvent::Blocked(flight))) };
        let mut popup = self.popup.borrow_mut();
        // While it opened it may have become needless.
        let address = match &mut *popup {
            Some((other, Slot::Opening { address, .. })) if *other == flight => address.take(),
            _ => return,
        };
        if let Some(url) = address {
            opened.go_to(&url);
        }
        *popup = Some((flight, Slot::Open(opened)));
    }
}

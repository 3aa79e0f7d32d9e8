//! The driver's popups: opened within the person's own act, closed when they have answered.

use std::rc::Rc;

use futures_channel::oneshot;
use wasm_bindgen_futures::spawn_local;

use super::super::popup::{Popup, PopupReport, person_acts};
use super::{Driver, Inner, dispatch};
use crate::protocol::error::{AuthError, Code};
use crate::protocol::lifecycle::{Event, FlightId, PopupCommand, PopupEvent};

impl Driver {
    /// Signs in in a popup: this page stays as it is. The popup opens before this returns, since browsers open one only in the time of a
    /// click or key press; so call it in that event's own handler, and await the result after that.
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
        Event::Want(request) if person_acts() => Event::Popup(PopupEvent::Want(request)),
        other => other,
    }
}

impl Inner {
    pub(super) fn popup(self: &Rc<Self>, flight: FlightId, command: PopupCommand) {
        let mut popup = self.popup.borrow_mut();
        match command {
            PopupCommand::Open => {
                let weak = Rc::downgrade(self);
                let opened = Popup::open({
                    let weak = weak.clone();
                    move |report| {
                        let event = match report {
                            PopupReport::Message(message) => Event::FrameMessage(flight, message),
                            PopupReport::Closed => Event::Popup(PopupEvent::Closed(flight)),
                        };
                        dispatch(&weak, event);
                    }
                });
                if opened.is_none() {
                    // Told a moment later, when whoever called awaits the result.
                    spawn_local(async move { dispatch(&weak, Event::Popup(PopupEvent::Blocked(flight))) });
                }
                *popup = opened.map(|opened| (flight, opened));
            }
            PopupCommand::GoTo(url) => {
                if let Some((_, popup)) = popup.as_ref().filter(|(other, _)| *other == flight) {
                    popup.go_to(&url);
                }
            }
            PopupCommand::Close => drop(popup.take_if(|(other, _)| *other == flight)),
        }
    }
}

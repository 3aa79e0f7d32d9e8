//! The frame that says whether the session at the provider has changed, asked again and again while the page is visible.

use std::rc::Rc;

use gloo_timers::callback::Interval;

use super::frame::{FrameEvent, HiddenFrame};
use super::page;
use crate::protocol::lifecycle::{ASK_EVERY, MonitorEvent, Watch};

/// A frame that is asked. Dropping it removes it.
#[must_use = "dropping a monitor ends it"]
pub(super) struct Monitor {
    _frame: Rc<HiddenFrame>,
    _interval: Interval,
}

impl Monitor {
    /// Opens the frame and asks it. `None` if there is no document to put it into.
    pub(super) fn start(watch: Watch, report: impl Fn(MonitorEvent) + Clone + 'static) -> Option<Self> {
        let frame = HiddenFrame::open(&watch.url, &watch.origin, move |event| match event {
            FrameEvent::Message(message) => report(MonitorEvent::Message(message)),
            FrameEvent::PolicyViolated(_) => report(MonitorEvent::Stopped),
            FrameEvent::Loaded => {}
        })?;
        let frame = Rc::new(frame);
        let asked = Rc::clone(&frame);
        let every = u32::try_from(ASK_EVERY.as_millis()).unwrap_or(u32::MAX);
        let interval = Interval::new(every, move || {
            if page::is_visible() {
                asked.post(&watch.question, &watch.origin);
            }
        });
        Some(Self { _frame: frame, _interval: interval })
    }
}

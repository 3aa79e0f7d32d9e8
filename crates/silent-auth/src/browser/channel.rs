//! The channel between the tabs of a client (BroadcastChannel).

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

/// A channel that is listened to. Dropping it closes it.
pub(super) struct Channel {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Channel {
    /// Opens the channel `name`, and hands over every text that another tab says. `None` where the browser has none.
    pub(super) fn open(name: &str, hear: impl Fn(String) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = EventListener::new(&channel, "message", move |event| {
            if let Some(text) = event.dyn_ref::<MessageEvent>().and_then(|event| event.data().as_string()) {
                hear(text);
            }
        });
        Some(Self { channel, _listener: listener })
    }

    /// Says `text` to the other tabs.
    pub(super) fn say(&self, text: &str) {
        // A channel that is closed has nobody to tell.
        drop(self.channel.post_message(&text.into()));
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.close();
    }
}

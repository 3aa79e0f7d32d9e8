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

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures_channel::oneshot;
    use std::cell::RefCell;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_word_reaches_the_other_end_of_the_same_name_alone() {
        let (tell, told) = oneshot::channel();
        let tell = RefCell::new(Some(tell));
        let _listening = Channel::open("channel test", move |text| {
            if let Some(tell) = tell.borrow_mut().take() {
                tell.send(text).expect("somebody listens");
            }
        });
        let other = Channel::open("another channel", |_| ()).expect("a channel");
        let same = Channel::open("channel test", |_| unreachable!("nobody hears their own words")).expect("a channel");
        other.say("not for you");
        same.say("for you");
        assert_eq!(told.await.as_deref(), Ok("for you"));
    }
}

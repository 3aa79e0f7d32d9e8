//! What happens to the devices' time and network.

use std::time::Duration;

use silent_auth::protocol::lifecycle::Event;

use super::World;

impl World {
    /// Somebody sets the devices' clock so many seconds ahead of the tenant's; timers find out when they fire.
    pub fn set_clock(&mut self, ahead: i64) {
        self.tenant.device_ahead = ahead;
        for tab in 0..self.tabs.len() {
            self.feed(tab, Event::Tick);
        }
    }

    /// The network goes, or comes back, which browsers tell every page.
    pub fn network(&mut self, there: bool) {
        self.tenant.reachable = there;
        for tab in 0..self.tabs.len() {
            if there {
                self.feed(tab, Event::Online);
            }
        }
    }

    /// The computer sleeps: time passes and nothing happens; then every timer fires at once.
    pub fn sleep(&mut self, duration: Duration) {
        let end = self.now + duration;
        let due: Vec<_> = self.queue.keys().copied().take_while(|(at, _)| *at <= end).collect();
        for (at, id) in due {
            if let Some(happening) = self.queue.remove(&(at, id)) {
                self.queue.insert((end, id), happening);
            }
        }
        self.now = end;
    }
}

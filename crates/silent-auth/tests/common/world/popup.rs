//! Popups of the simulated world.

use silent_auth::protocol::lifecycle::{Event, FlightId, PopupCommand, PopupEvent};
use silent_auth::protocol::parameters::Parameters;

use super::{Happening, Popup, World};

impl World {
    pub(super) fn popup(&mut self, tab: usize, flight: FlightId, command: PopupCommand) {
        match command {
            PopupCommand::Open if self.tenant.popup == Popup::Blocked => {
                self.later(0, Happening::Event(tab, Event::Popup(PopupEvent::Blocked(flight))));
            }
            PopupCommand::Open => self.tabs[tab].popups.push((flight, None)),
            PopupCommand::GoTo(url) => {
                let Some(popup) = self.tabs[tab].popups.iter_mut().find(|(other, _)| *other == flight) else { return };
                popup.1 = Some(url.clone());
                self.led(tab, flight, &url);
            }
            PopupCommand::Close => self.tabs[tab].popups.retain(|(other, _)| *other != flight),
        }
    }

    fn led(&mut self, tab: usize, flight: FlightId, url: &str) {
        self.tenant.popup_requests += 1;
        match self.tenant.popup {
            Popup::Answers if self.tenant.reachable => {}
            Popup::ClosedAfter(millis) => {
                return self.later(millis, Happening::Event(tab, Event::Popup(PopupEvent::Closed(flight))));
            }
            _ => return,
        }
        let parameters = Parameters::from_url(url).expect("our own address");
        let asks_nobody = parameters.get("prompt") == Some("none");
        if !asks_nobody {
            self.tenant.session = Some(self.tenant.signs_in);
        }
        let message = self.message(tab, &parameters, None);
        let after = if asks_nobody { 300 } else { 5_000 };
        self.later(after, Happening::Event(tab, Event::FrameMessage(flight, message)));
    }
}

//! Popups: top-level pages of their own, which show the tenant all its cookies and post to the page that opened them.

use silent_auth::protocol::message::FrameMessage;
use url::Url;

use crate::browser::{Browser, Loaded};

impl Browser {
    /// Leads a popup of `app_origin` to an address; this person signs in if the tenant asks. `None`: nothing is posted.
    pub(crate) async fn popup(
        &mut self,
        url: &str,
        app_origin: &str,
        person: Option<(&str, &str)>,
    ) -> Option<FrameMessage> {
        let tenant = Url::parse(url).expect("an address");
        let issuer = format!("{}/", tenant.origin().ascii_serialization());
        let mut loaded = self.navigate(url).await;
        if let (Loaded::Page(page), Some((username, password))) = (&loaded, person)
            && page.body.contains("name=\"password\"")
        {
            loaded = self.log_in(&issuer, page, username, password).await;
        }
        match loaded {
            Loaded::Elsewhere(address) => Some(Self::callback_message(&address, app_origin)),
            // A page with this header is cut off from the page that opened it.
            Loaded::Page(page) if page.headers.contains_key("cross-origin-opener-policy") => None,
            Loaded::Page(page) => Self::posted(&page, &tenant, app_origin),
        }
    }
}

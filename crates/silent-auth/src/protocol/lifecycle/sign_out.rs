//! Signing out: here, in the other tabs, and at the tenant where it has an address for that.

use super::super::error::{AuthError, Code};
use super::super::logout;
use super::super::parameters::Parameters;
use super::super::pkce::Uniques;
use super::super::record::{Outcome, Step};
use super::{Command, Lifecycle, Status, shown, word};

pub(super) const SOURCE: &str = file!();

impl Lifecycle {
    pub(super) fn sign_out(&mut self) {
        self.end_flight();
        let (home, state) = (self.config.home(), Uniques::new(&self.moment.entropy).state);
        let id_token = self.tokens.as_ref().map(|tokens| &tokens.id_token);
        let endpoints = self.endpoints.as_ref();
        let url = endpoints.and_then(|it| logout::url(&self.config, it, id_token, Some((&home, &state))));
        self.revoke_held();
        self.commands.push(Command::Announce(word::say_signed_out()));
        let Some(url) = url else {
            let error = AuthError::new(Code::SignedOutHereOnly).because("an end_session_endpoint", "none");
            self.record(Step::SignedOut, Outcome::Done).error = Some(error.clone());
            return self.drop_tokens(Some(error));
        };
        let record = self.record(Step::SignedOut, Outcome::Done);
        record.detail = format!("GET {}", url.split('?').next().unwrap_or_default());
        record.parameters = Parameters::from_url(&url).map(|parameters| shown(parameters.iter())).unwrap_or_default();
        self.drop_tokens(None);
        self.status = Status::Leaving;
        // By its state the page knows afterwards that it was this sign-out which the tenant returned from.
        self.commands.push(Command::Leave { flight: 0, store: Some((state, "signed out".to_owned())), url });
    }

    /// The address that signs out at the tenant alone; `None` if it has none, or is not known yet.
    #[must_use]
    pub fn tenant_sign_out_url(&self) -> Option<String> {
        logout::url(&self.config, self.endpoints.as_ref()?, None, None)
    }
}

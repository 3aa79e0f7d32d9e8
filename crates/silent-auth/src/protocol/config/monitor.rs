//! Whether the session at the provider is watched (feature `session-monitor`).

use super::ClientConfig;

impl ClientConfig {
    /// Whether the provider's `check_session_iframe` is asked every five seconds, while the page is visible, if the session there has
    /// changed (OpenID Connect Session Management 1.0). Default: no. It takes a provider whose discovery document names that frame
    /// ([`Provider::Discovered`](super::Provider::Discovered)) and a browser that lets the frame see its cookie; otherwise the end is noticed
    /// at the next renewal.
    #[must_use]
    pub fn with_session_monitor(mut self, on: bool) -> Self {
        self.0.session_monitor = on;
        self
    }

    /// Whether the session at the provider is watched.
    #[must_use]
    pub fn session_monitor(&self) -> bool {
        self.0.session_monitor
    }
}

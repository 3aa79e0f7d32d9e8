//! The tenant of the simulated world, as far as a client can see it, and every way in which it can be broken.

use serde_json::Value;

/// How the hidden frame behaves.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// It answers: by the session, or by this error.
    Answers,
    /// It answers with this error, and perhaps with what `Sec-Fetch-Storage-Access` said.
    Refuses(&'static str, Option<&'static str>),
    /// It loads and stays silent.
    Silent,
    /// It never loads.
    Hangs,
    /// This page's own policy stops it.
    StoppedByPolicy,
}

/// The tenant, as far as a client can see it.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub session: Option<&'static str>,
    pub frame: Frame,
    pub reachable: bool,
    pub lifetime: u64,
    /// By how much the devices' clocks are ahead of the tenant's, in seconds.
    pub device_ahead: i64,
    pub shows_date: bool,
    pub kid: &'static str,
    /// Changes the claims of the next ID tokens.
    pub tamper: fn(&mut Value),
    pub signature_is_valid: bool,
    pub authorize_requests: u32,
    pub token_requests: u32,
    pub key_requests: u32,
}

impl Default for Tenant {
    /// A tenant that has a session for Ada, gives tokens of 60 s, and is in perfect health.
    fn default() -> Self {
        Self {
            session: Some("ada"),
            frame: Frame::Answers,
            reachable: true,
            lifetime: 60,
            device_ahead: 0,
            shows_date: true,
            kid: "key-1",
            tamper: |_| (),
            signature_is_valid: true,
            authorize_requests: 0,
            token_requests: 0,
            key_requests: 0,
        }
    }
}

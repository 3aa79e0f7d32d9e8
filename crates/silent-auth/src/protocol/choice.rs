//! The settings of a client that are a choice among a few.

/// How the tenant's addresses are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// By Auth0's fixed paths (`/authorize`, `/oauth/token`, …): no request is needed to know them.
    Auth0,
    /// By OpenID Connect Discovery 1.0, section 4: one request, before the first authorization request.
    Discovered,
}

/// How the hidden frame's answer reaches the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The tenant's page posts a message to this page (`response_mode=web_message`).
    WebMessage,
    /// The tenant redirects the frame to [`ClientConfig::silent_redirect_uri`](super::config::ClientConfig::silent_redirect_uri), which posts its own address to this page.
    CallbackPage,
}

/// What becomes of refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshTokens {
    /// None is asked for.
    Never,
    /// Asked for (`offline_access`; OpenID Connect Core, section 11) and kept in this page's memory: gone with the page. Tabs of this
    /// client share one. Wants rotation at the tenant (RFC 9700, section 4.14.2).
    InMemory,
    /// As in memory, and written into `sessionStorage`, where it survives a reload. Whoever runs a script in the page once can take it
    /// along and use it elsewhere until the tenant finds out.
    InSessionStorageForAnyScriptToRead,
}

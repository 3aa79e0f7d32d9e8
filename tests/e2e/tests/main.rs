//! The whole product in real browsers: each function is a claim, and each claim names the browsers that it is made for.

/// Makes claims into tests, one for each, in a module that is named after the browser and its mode.
macro_rules! claims {
    ($name:ident in $mode:ident at $pair:ident: $($claim:ident),+ $(,)?) => {
        mod $name {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(e2e::Mode::$mode , e2e::Pair::$pair).await;
            })+
        }
    };
}

mod access;
mod axe;
mod bad_input;
mod blocked;
mod clients;
mod clock;
mod dashboard_toggle;
mod delegation;
mod drawer;
mod frontchannel_logout;
mod guide_sdk;
mod hostile;
mod interaction;
mod isolated;
mod latency;
mod minimal;
mod oidc_client_ts;
mod outage;
mod own_provider;
mod partitioned;
mod policy;
mod popup;
mod renewal;
mod sdk;
mod sdk_silent;
mod session_management;
mod tabs;
mod unframeable;

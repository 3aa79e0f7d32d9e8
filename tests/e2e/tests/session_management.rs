//! `check_session_iframe` in a relying party's page: what the frame sees of the browser's session, in each browser.

use e2e::{Mode, Pair, RelyingParty};

claims!(chromium in ChromiumAllowing at CrossSite: the_frame_notices_a_sign_out_in_another_tab);
claims!(chromium_blocking in ChromiumBlocking at CustomDomain: the_frame_notices_a_sign_out_in_another_tab);
claims!(firefox in FirefoxDefault at CustomDomain: the_frame_notices_a_sign_out_in_another_tab);
claims!(chromium_across_sites in ChromiumBlocking at CrossSite: a_frame_without_cookies_does_not_guess);
claims!(firefox_across_sites in FirefoxBlocking at CrossSite: a_frame_without_cookies_does_not_guess);

/// Signs a user in; gives the message that the page asks the frame with from then on.
async fn signed_in(app: &RelyingParty, name: &str) -> String {
    app.signs_in(name, &[]).await;
    format!("demo-spa {}", app.answer().await["session_state"])
}

async fn the_frame_notices_a_sign_out_in_another_tab(mode: Mode, pair: Pair) {
    let app = RelyingParty::start(mode, pair, &[]).await;
    let message = signed_in(&app, "ada").await;
    for _ in 0..2 {
        assert_eq!(app.frame_says(&message).await, "unchanged");
    }
    // The state was made for this client, and the frame takes nothing else for a question.
    assert_eq!(app.frame_says(&message.replace("demo-spa", "legacy-spa")).await, "changed");
    assert_eq!(app.frame_says("how are you?").await, "error");

    let watching = app.browser.tab().await;
    let (home, client) = (app.app("/"), ("client_id", "demo-spa"));
    let other = app.browser.open_tab(&app.tenant("/v2/logout", &[client, ("returnTo", &home)])).await;
    app.browser.arrives_at(&home).await;
    app.browser.switch_to(&watching).await;
    assert_eq!(app.frame_says(&message).await, "changed");

    // Somebody else is another session; the app learns its state by a silent request.
    app.browser.switch_to(&other).await;
    let of_grace = signed_in(&app, "grace").await;
    assert_eq!(app.frame_says(&of_grace).await, "unchanged");
    app.browser.switch_to(&watching).await;
    assert_eq!(app.frame_says(&message).await, "changed");
    assert_eq!(app.silently(&[]).await, "code");
    let silently = format!("demo-spa {}", app.answer().await["session_state"]);
    assert_ne!(silently, of_grace, "each answer has a salt of its own");
    assert_eq!(app.frame_says(&silently).await, "unchanged");
}

async fn a_frame_without_cookies_does_not_guess(mode: Mode, pair: Pair) {
    let app = RelyingParty::start(mode, pair, &[]).await;
    let message = signed_in(&app, "ada").await;
    // `changed` would send the app to a silent request, which finds no session either, and so sign its user out.
    assert_eq!(app.frame_says(&message).await, "error");
}

//! A tenant that forbids its answer to be framed: said within two seconds, and the token stays.

use e2e::{Mode, Pair, Scene, Variant};

claims!(chromium in ChromiumAllowing at SameHost: an_answer_that_may_not_be_framed_is_named_within_two_seconds);
claims!(firefox in FirefoxDefault at SameHost: an_answer_that_may_not_be_framed_is_named_within_two_seconds);

async fn an_answer_that_may_not_be_framed_is_named_within_two_seconds(mode: Mode, pair: Pair) {
    let built = Variant::watched();
    let scene = Scene::with(mode, pair, &built).await;
    let (browser, page) = (&scene.browser, scene.open("/").await);
    page.is("signed-out").await;
    page.sign_in("ada@example.com", "ada-password").await;
    let generation = page.is("signed-in").await;
    let armed = format!(
        "return fetch('{}/lab/faults', {{ method: 'POST', headers: {{ 'content-type': 'application/json' }}, \
         body: '{{\"name\": \"frame_denied\"}}' }}).then(answer => answer.status)",
        scene.tenant.origin(pair)
    );
    assert_eq!(browser.run(&armed).await, 200);
    let begun = browser.run("return performance.now()").await.as_f64().expect("a time");
    browser.click("Renew now").await;
    page.explains("frame_silent").await;
    let named = page.named_at("frame_silent").await;
    assert!(named - begun < 2000.0, "begun at {begun}, named at {named}");
    assert_eq!(page.state().await.generation, generation, "the token in use stays");
    assert_eq!(scene.tenant.decisions("/authorize").await[0]["fault"], "frame_denied");
    page.renew().await;
}

//! Others who talk into a renewal: a sibling frame, a page that this one opened, and frames of the tenant's own origin.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use e2e::{Mode, PATIENCE, Pair, Scene, Site, until};

claims!(chromium in ChromiumAllowing at SameHost:
    bogus_answers_do_not_break_a_renewal, a_page_that_opens_the_app_gets_no_hold_of_it);
claims!(firefox in FirefoxDefault at SameHost:
    bogus_answers_do_not_break_a_renewal, a_page_that_opens_the_app_gets_no_hold_of_it);

/// What somebody would send who knows everything but the state.
const BOGUS: &str = "{ type: 'authorization_response', response: { code: 'stolen', state: 'guessed' } }";

async fn bogus_answers_do_not_break_a_renewal(mode: Mode, pair: Pair) {
    let popup = format!(
        "<!doctype html><title>hostile</title><script>
           setInterval(() => opener.postMessage({BOGUS}, '*'), 5);
         </script>"
    );
    let site = Site::start(Router::new().route("/", get(move || async move { Html(popup) }))).await;
    let scene = Scene::signed_in(mode, pair).await;
    let (browser, page) = (&scene.browser, scene.page());

    browser
        .run(
            "window.strays = {};
             addEventListener('message', (event) => { strays[event.origin] = (strays[event.origin] ?? 0) + 1; });
             const frame = document.createElement('iframe');
             frame.src = '/silent-callback.html';
             frame.id = 'sibling';
             document.body.append(frame);",
        )
        .await;
    let sibling = browser.element("#sibling").await;
    sibling.enter_frame().await.expect("the sibling");
    browser.run(&format!("setInterval(() => parent.postMessage({BOGUS}, '*'), 5)")).await;
    browser.driver().enter_default_frame().await.expect("the page");
    let hostile = site.at("hostile.localhost", "/");
    browser.run(&format!("window.open('{hostile}')")).await;
    let strays = || async { browser.run("return Object.keys(window.strays).length").await };
    until(PATIENCE, "messages of both", strays, |kinds| kinds.as_u64() >= Some(2)).await;

    // The right origin and shape, from the wrong window: the tenant's own answer to somebody else's request.
    let asked = format!(
        "{}/authorize?client_id=demo-spa&response_type=code&response_mode=web_message&prompt=none&scope=openid\
         &redirect_uri={}&state=guessed&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        scene.tenant.origin(pair),
        scene.app("/callback"),
    );
    for _ in 0..3 {
        let before = page.is("signed-in").await;
        browser
            .run(&format!(
                "for (let count = 0; count < 5; count += 1) {{
                   const frame = document.createElement('iframe');
                   frame.src = '{asked}';
                   document.body.append(frame);
                 }}
                 [...document.querySelectorAll('button')].find((button) => button.innerText === 'Renew now').click();"
            ))
            .await;
        page.is_renewed(before).await;
    }
    assert!(page.records("message.ignored").await > 0, "they were seen");
    assert_eq!(page.records("failed").await, 0, "and nothing failed for them");
    let ignored = browser.run(
        "return [...document.querySelectorAll('.record[data-step=\"message.ignored\"] .record__detail')].map((it) => it.innerText).join()",
    );
    let ignored = ignored.await.to_string();
    assert!(ignored.contains("from another origin"), "{ignored}");
    assert_eq!(scene.tenant.decisions("/oauth/token").await.iter().filter(|it| it["outcome"] != "tokens").count(), 0);
}

async fn a_page_that_opens_the_app_gets_no_hold_of_it(mode: Mode, pair: Pair) {
    let site =
        Site::start(Router::new().route("/", get(|| async { Html("<!doctype html><title>hostile</title>") }))).await;
    let scene = Scene::start(mode, pair).await;
    let browser = &scene.browser;
    for (address, held) in [(site.at("elsewhere.localhost", "/"), true), (scene.app("/"), false)] {
        browser.open(&site.at("hostile.localhost", "/")).await;
        let hostile = browser.tab().await;
        browser.open_by(&format!("window.opened = window.open('{address}')")).await;
        browser.arrives_at(&address).await;
        if !held {
            scene.page().is("signed-out").await;
        }
        browser.switch_to(&hostile).await;
        assert_eq!(browser.run("return !window.opened.closed").await, held, "{address}");
    }
}

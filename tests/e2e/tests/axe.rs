//! For everybody: axe-core finds no violation of WCAG 2.2 AA on any page of app, tenant and dashboard, in either theme.

use std::collections::{BTreeSet, VecDeque};
use std::future::pending;

use axum::Router;
use e2e::{
    Authenticator, Browser, Mode, PATIENCE, Page, Pair, RelyingParty, Scene, Site, dashboard, resize, until, violations,
};
use serde_json::Value;

use crate::access::fits;

#[tokio::test]
async fn axe_finds_what_is_wrong() {
    let scene = Scene::start(Mode::ChromiumAllowing, Pair::SameHost).await;
    scene.open("/").await.is("signed-out").await;
    let spoil = "const image = document.createElement('img'); image.src = '/icon.svg';
        const small = document.createElement('p'); small.textContent = 'Hard to read';
        small.style.color = '#888'; small.style.backgroundColor = '#999';
        document.querySelector('main').append(image, small)";
    scene.browser.run(spoil).await;
    let found = violations(&scene.browser).await;
    for theme in ["Light", "Dark"] {
        for rule in ["image-alt", "color-contrast"] {
            let expected = format!("{theme}: {rule}");
            assert!(found.iter().any(|sentence| sentence.starts_with(&expected)), "{expected}: {found:#?}");
        }
    }
}

#[tokio::test]
async fn no_page_of_the_app_violates_wcag() {
    let scene = Scene::start(Mode::ChromiumAllowing, Pair::SameHost).await;
    let (browser, page) = (&scene.browser, scene.open("/").await);
    let mut found = Found::default();
    page.is("signed-out").await;
    found.on("the app, signed out", browser).await;
    page.sign_in("ada@example.com", "ada-password").await;
    page.is("signed-in").await;
    browser.click("Peek at the hidden frame").await;
    page.renew().await;
    found.on("the app, renewed", browser).await;

    let (mut to_visit, mut seen) = (VecDeque::from(["/delegation".to_owned()]), BTreeSet::from(["/".to_owned()]));
    let mut answered = 0;
    while let Some(path) = to_visit.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        scene.open(&path).await.is("signed-in").await;
        browser.element("main h1").await;
        answered += send_everything(browser).await;
        found.on(&path, browser).await;
        to_visit.extend(links(browser).await);
    }
    for path in ["/delegation", "/clients", "/learn"] {
        assert!(seen.contains(path), "{path} was visited: {seen:?}");
    }
    assert!(answered > 10, "the pages of the guide have answers on them: {answered}");
    scene.open("/settings").await;
    browser.click("Check").await;
    browser.element("[data-finding]").await;
    found.on("the settings", browser).await;
    scene.open("/callback?code=x&state=y").await.explains("transaction_missing").await;
    found.on("the app, an error", browser).await;
    found.is_nothing();
}

#[tokio::test]
async fn no_page_of_the_tenant_violates_wcag() {
    // Somebody is signed in and something was logged, so that lists have entries.
    let scene = Scene::start(Mode::ChromiumAllowing, Pair::SameHost).await;
    let (browser, page) = (&scene.browser, scene.open("/").await);
    let mut found = Found::default();
    page.is("signed-out").await;
    browser.click("Sign in").await;
    browser.element("input[name=username]").await;
    found.on("the login page", browser).await;
    page.fill_in_form("ada@example.com", "wrong").await;
    browser.element("[role=alert]").await;
    found.on("the login page, refusing", browser).await;
    scene.sign_in().await;
    browser.open(&format!("{}/authorize?client_id=nobody", scene.tenant.origin(Pair::SameHost))).await;
    found.on("the error page", browser).await;

    browser.open(&format!("{}/dashboard/", scene.tenant.origin(Pair::SameHost))).await;
    browser.element("input[name=password]").await;
    found.on("the dashboard's sign-in", browser).await;
    dashboard::sign_in(browser, &scene.tenant, dashboard::ADVANCED).await;
    let (mut to_visit, mut seen) = (VecDeque::from([dashboard::ADVANCED.to_owned()]), BTreeSet::new());
    while let Some(path) = to_visit.pop_front() {
        // One entry of each list stands for the others.
        if !path.starts_with("/dashboard/") || !seen.insert(kind(&path)) {
            continue;
        }
        browser.open(&format!("{}{path}", scene.tenant.origin(Pair::SameHost))).await;
        browser.element("main h1").await;
        found.on(&path, browser).await;
        to_visit.extend(links(browser).await);
    }
    for section in ["applications", "apis", "users", "logs"] {
        for kind in [format!("/dashboard/{section}"), format!("/dashboard/{section}/…")] {
            assert!(seen.contains(&kind), "{kind} was visited: {seen:?}");
        }
    }
    found.is_nothing();
}

#[tokio::test]
async fn no_page_between_a_request_and_its_answer_violates_wcag() {
    let authenticator = Authenticator::of_ada();
    let frame = "    client_id: demo-spa\n";
    let silent_app = Site::start(Router::new().fallback(async || pending::<()>().await)).await;
    let told = format!("{frame}    frontchannel_logout_uri: {}\n", silent_app.at("rp.localhost", "/out"));
    let edits = [authenticator.edit(), (frame, told)];
    let app = RelyingParty::start(Mode::ChromiumAllowing, Pair::SameHost, &edits).await;
    let (browser, page) = (&app.browser, Page::of(&app.browser));
    let mut found = Found::default();
    app.asks(&[]).await;
    found.at_each_width("the login page", browser).await;
    page.fill_in_form("ada@example.com", "wrong").await;
    browser.element("[role=alert]").await;
    found.at_each_width("the login page, refusing", browser).await;
    browser.element("input[name=password]").await.send_keys("ada-password\n").await.expect("a field");
    browser.element("input[name=code]").await;
    found.at_each_width("the page for a one-time code", browser).await;
    let enter = async |code: String| {
        browser.element("input[name=code]").await.send_keys(format!("{code}\n")).await.expect("a field");
    };
    enter(authenticator.old_code()).await;
    browser.element("[role=alert]").await;
    found.at_each_width("the page for a one-time code, refusing", browser).await;
    enter(authenticator.code()).await;
    app.answer().await;
    app.asks(&[("prompt", "select_account")]).await;
    found.at_each_width("the choice of an account", browser).await;
    let scope = ("scope", "openid profile email offline_access read:notes write:notes");
    app.asks(&[("client_id", "third-party-app"), ("audience", "https://notes.example.com"), scope]).await;
    found.at_each_width("the consent page", browser).await;
    browser.open(&app.tenant("/authorize", &[("client_id", "nobody")])).await;
    found.at_each_width("the error page", browser).await;
    browser.open(&app.tenant("/oidc/logout", &[("client_id", "demo-spa")])).await;
    found.at_each_width("the question before a sign-out", browser).await;
    browser.click("Sign out").await;
    browser.reads("You can close this page").await;
    found.at_each_width("the end of a sign-out", browser).await;
    found.is_nothing();
}

/// What was found on the pages so far.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    /// Everything that can be opened on the page is open.
    async fn on(&mut self, page: &str, browser: &Browser) {
        browser.run("for (const details of document.querySelectorAll('details')) details.open = true").await;
        let found = violations(browser).await;
        self.0.extend(found.into_iter().map(|sentence| format!("{page}: {sentence}")));
    }

    /// On a screen as wide as most are, and on one as narrow as a page should work at (WCAG 2.2, 1.4.10).
    async fn at_each_width(&mut self, page: &str, browser: &Browser) {
        browser.element("main h1").await;
        for width in [1280, 320] {
            resize(browser, width).await;
            self.on(&format!("{page}, {width} pixels wide"), browser).await;
        }
        fits(browser, page).await;
    }

    fn is_nothing(&self) {
        assert!(self.0.is_empty(), "{} violations\n{}", self.0.len(), self.0.join("\n"));
    }
}

/// Sends every request that the page can send, one after the other, so that their answers are there to be checked too; gives how
/// many answers there are.
async fn send_everything(browser: &Browser) -> u64 {
    let script = "const calls = [...document.querySelectorAll('[data-call]')];
        const open = calls.filter((it) => it.querySelector('button:not([disabled])') && !it.querySelector('.answer'));
        if (!calls.some((it) => it.querySelector('[aria-disabled=true]'))) open[0]?.querySelector('button').click();
        return open.map((it) => it.dataset.call)";
    let look = || async { browser.run(script).await };
    let none = |open: &Value| open.as_array().is_some_and(Vec::is_empty);
    until(PATIENCE, "an answer to every request", look, none).await;
    let answers = browser.run("return document.querySelectorAll('[data-call] .answer').length").await;
    answers.as_u64().unwrap_or(0)
}

/// The paths that the page links to at its own address, once there are any.
async fn links(browser: &Browser) -> Vec<String> {
    let script =
        "return [...document.links].filter((link) => link.origin === location.origin).map((link) => link.pathname)";
    let look = || async { browser.try_run(script).await.unwrap_or_default() };
    let some = |links: &Value| links.as_array().is_some_and(|links| !links.is_empty());
    let (links, _) = until(PATIENCE, "links", look, some).await;
    links.as_array().into_iter().flatten().filter_map(|link| link.as_str().map(str::to_owned)).collect()
}

/// `/dashboard/users` and `/dashboard/users/…` are two kinds of page.
fn kind(path: &str) -> String {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let section = parts.by_ref().take(2).collect::<Vec<_>>().join("/");
    if parts.next().is_some() { format!("/{section}/…") } else { format!("/{section}") }
}

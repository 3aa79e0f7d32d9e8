//! Each example against a real tenant, driven as its user would.

mod common;

use common::{Browser, Program, Scene};

#[tokio::test]
async fn the_regular_web_app_keeps_every_token_on_its_server_and_renews_them_there() {
    let scene = Scene::new().await;
    let mut program = Program::start("regular_web", &["--tenant", &scene.tenant, "--address", &scene.app]);
    assert_eq!(program.line().await, format!("Open {}", scene.app));
    let mut browser = Browser::new();
    assert!(browser.visit(&scene.app).await.body.contains("Nobody is signed in."));

    let page = browser.sign_in(&format!("{}sign-in", scene.app)).await;
    assert_eq!((page.status, page.url.as_str()), (200, scene.app.as_str()), "{}", page.body);
    assert!(
        page.body.contains("Signed in as <strong>Ada Lovelace</strong>. Renewals without you: 0."),
        "{}",
        page.body
    );
    assert!(page.body.contains("Nobody was interrupted."), "the API's notes: {}", page.body);
    let is_jwt = |value: &String| value.split('.').count() == 3 && value.starts_with("eyJ");
    assert!(!browser.cookies.values().any(is_jwt), "no JWT in a cookie: {:?}", browser.cookies);

    for renewals in 1..3 {
        scene.advance(61);
        let page = browser.visit(&scene.app).await;
        assert!(page.body.contains(&format!("Renewals without you: {renewals}.")), "{}", page.body);
    }
    // An answer that somebody planted: in a browser that asked for none, and in one that asked with another state.
    let mut other = Browser::new();
    for _ in 0..2 {
        let planted = other.visit(&format!("{}callback?code=x&state=y", scene.app)).await;
        assert_eq!(planted.status, 502);
        assert!(planted.body.contains("this browser did not ask for this sign-in"), "{}", planted.body);
        other.visit(&format!("{}sign-in", scene.app)).await;
    }

    let session = browser.cookies["__Host-regular-web"].clone();
    let page = browser.post(&page.url.join("/sign-out").expect("a path"), &[]).await;
    assert_eq!(page.url.as_str(), scene.app, "by way of the tenant");
    assert!(page.body.contains("Nobody is signed in."));
    browser.cookies.insert("__Host-regular-web".into(), session);
    assert!(browser.visit(&scene.app).await.body.contains("Nobody is signed in."), "the old cookie opens nothing");
    let again = browser.visit(&format!("{}sign-in", scene.app)).await;
    assert!(again.url.path().ends_with("/u/login"), "the tenant asks again: {}", again.url);
}

#[tokio::test]
async fn the_native_app_needs_nobody_after_a_restart() {
    let scene = Scene::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("refresh-token");
    let keep = file.to_str().expect("a readable path").to_owned();
    let arguments = ["--tenant", &scene.tenant, "--callback", &scene.native_callback, "--keep", &keep];

    let mut program = Program::start("native_cli", &arguments);
    assert_eq!(program.line().await, "Open this address in your browser:");
    let url = program.line().await;
    let mut browser = Browser::new();
    browser.visit(&format!("{}?code=planted&state=planted", scene.native_callback)).await;
    assert_eq!(program.line().await, "An answer came that nobody asked for; still waiting.");
    let page = browser.sign_in(&url).await;
    assert!(page.body.contains("You can close this page"), "{}", page.body);
    let (well, printed) = program.end().await;
    assert!(well && printed.starts_with("Signed in as Ada Lovelace.\nNotes of auth0|ada:\n- "), "{printed}");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).expect("kept").permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    // Three months later.
    scene.advance(90 * 86_400);
    let (well, printed) = Program::start("native_cli", &arguments).end().await;
    assert!(
        well && printed.starts_with("Signed in by the refresh token of last time.\nNotes of auth0|ada:\n"),
        "{printed}"
    );

    std::fs::write(&file, "made-up").expect("written");
    let mut program = Program::start("native_cli", &arguments);
    assert_eq!(program.line().await, "The refresh token of last time is not good any more.");
    assert_eq!(program.line().await, "Open this address in your browser:");
    assert!(!file.exists(), "it is not tried again");
}

#[tokio::test]
async fn the_trusted_app_needs_one_request() {
    let scene = Scene::new().await;
    let arguments = ["--tenant", scene.tenant.as_str()];
    let mut program = Program::start("trusted_password", &arguments);
    program.type_in("ada-password\n").await;
    let (well, printed) = program.end().await;
    assert!(well, "{printed}");
    for line in [
        "One request brought an access token for 60 s with the scopes openid profile read:notes offline_access.",
        "An ID token came: yes.",
        "A refresh token came: yes.",
        "Notes of auth0|ada:",
    ] {
        assert!(printed.lines().any(|printed| printed == line), "{printed}");
    }
    let mut program = Program::start("trusted_password", &arguments);
    program.type_in("wrong").await;
    let (well, printed) = program.end().await;
    assert!(!well && printed.contains("not signed in: Wrong email or password. (invalid_grant)"), "{printed}");
}

#[tokio::test]
async fn each_says_so_when_no_tenant_is_there() {
    let nowhere = ["--tenant", "http://localhost:1"];
    for name in ["regular_web", "native_cli", "trusted_password"] {
        let (well, printed) = Program::start(name, &nowhere).end().await;
        assert!(!well && printed.contains("the tenant does not answer at http://localhost:1"), "{name}: {printed}");
    }
}

//! Of a hundred parallel uses of one code or one refresh token one succeeds, also across a restart and in a frozen moment.

use std::path::Path;

use axum::http::StatusCode;
use serde_json::Value;
use tenant::{Data, TenantFile};
use tokio::task::JoinSet;

use crate::common::{Answer, Harness, authorize};

const ROUNDS: usize = 200;
const AT_ONCE: usize = 100;
/// Rounds with a restart: each opens a tenant.
const RESTARTS: usize = 20;
const CLIENT: &str = "demo-spa-rotating";

/// What is presented many times: a code or a refresh token.
#[derive(Clone)]
enum Presented {
    Code(String),
    Refresh(String),
}

impl Presented {
    async fn once(self, mut browser: Harness) -> Answer {
        match self {
            Self::Code(code) => browser.exchange_with(&code, &[("client_id", Some(CLIENT))]).await,
            Self::Refresh(token) => {
                let form = [("grant_type", "refresh_token"), ("client_id", CLIENT), ("refresh_token", &token)];
                browser.token(&form).await
            }
        }
    }

    /// Presents it `times` times in parallel.
    fn spawn(&self, browser: &Harness, times: usize) -> JoinSet<Answer> {
        (0..times).map(|_| self.clone().once(browser.clone())).collect()
    }

    async fn at_once(&self, browser: &Harness) -> Vec<Answer> {
        self.spawn(browser, AT_ONCE).join_all().await
    }

    /// Presents it to a tenant that is stopped at the first answer, and for the rest to the one that is started then.
    async fn across_a_restart(&self, browser: &mut Harness, folder: &Path, leeway: &str) -> Vec<Answer> {
        let mut before = self.spawn(browser, AT_ONCE / 2);
        let first = before.join_next().await.expect("one of many").expect("no panic");
        browser.tenant.close().await;
        let cookies = std::mem::take(&mut browser.cookies);
        *browser = Harness { cookies, ..tenant(folder, leeway).await };
        let after = self.spawn(browser, AT_ONCE / 2);
        let mut answers = vec![first];
        answers.extend(before.join_all().await);
        // Who was told that the tenant is going knows nothing; that is neither a success nor a refusal.
        answers.retain(|answer| !answer.status.is_server_error());
        answers.extend(after.join_all().await);
        answers
    }
}

/// A tenant in this folder with this leeway. Its clock stands still.
async fn tenant(folder: &Path, leeway: &str) -> Harness {
    let built_in = include_str!("../../tenant.yaml");
    assert!(built_in.contains("leeway: 10"), "the built-in file has a leeway");
    let file = TenantFile::parse(&built_in.replace("leeway: 10", leeway), None).expect("a usable tenant file");
    Harness::with(|settings| {
        settings.file = file;
        settings.data = Data::Folder(folder.to_owned());
    })
    .await
}

async fn sign_in(browser: &mut Harness) {
    let url = authorize(&[("client_id", Some(CLIENT))]);
    let answer = browser.log_in_at(&url, "ada@example.com", "ada-password").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
}

/// A code that nobody has used.
async fn code(browser: &mut Harness) -> String {
    // Without `openid`, which would only cost a second signature for each of many thousand answers.
    let scope = "read:notes offline_access";
    let answer = browser.silent(&[("client_id", Some(CLIENT)), ("scope", Some(scope))]).await;
    answer.parameters().remove("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
}

/// The first refresh token of a new family.
async fn refresh_token(browser: &mut Harness) -> String {
    let code = code(browser).await;
    text(&Presented::Code(code).once(browser.clone()).await.json(), "refresh_token")
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Exactly one of these answers is a success; all others are `invalid_grant`. Returns the one.
fn the_one(answers: Vec<Answer>) -> Value {
    let count = answers.len();
    let (mut good, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((good.len(), refused.len()), (1, count - 1));
    for answer in refused {
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "invalid_grant"), "{answer:?}");
    }
    good.remove(0).json()
}

/// Whoever was first has nothing for long: the others told of a copy.
async fn assert_revoked(browser: &Harness, bought: &Value) {
    let next = Presented::Refresh(text(bought, "refresh_token")).once(browser.clone()).await;
    assert_eq!(next.error(), "invalid_grant", "what it bought is revoked");
}

/// Every answer is a success and brings the same successor, which is returned.
fn the_same_successor(answers: &[Answer]) -> String {
    let successors: Vec<String> = answers.iter().map(|answer| text(&answer.json(), "refresh_token")).collect();
    assert!(successors.iter().all(|successor| *successor == successors[0]), "one successor, for all");
    successors[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_uses_of_a_code_one_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 10").await;
    sign_in(&mut browser).await;
    for _ in 0..ROUNDS {
        let code = Presented::Code(code(&mut browser).await);
        let bought = the_one(code.at_once(&browser).await);
        assert_revoked(&browser, &bought).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_leeway_one_of_a_hundred_uses_of_a_refresh_token_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 0").await;
    sign_in(&mut browser).await;
    for _ in 0..ROUNDS {
        let token = Presented::Refresh(refresh_token(&mut browser).await);
        let bought = the_one(token.at_once(&browser).await);
        assert_revoked(&browser, &bought).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_the_leeway_a_hundred_uses_bring_one_successor_two_hundred_times_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 10").await;
    sign_in(&mut browser).await;
    let mut token = refresh_token(&mut browser).await;
    for _ in 0..ROUNDS {
        token = the_same_successor(&Presented::Refresh(token).at_once(&browser).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_middle_gives_no_code_a_second_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 10").await;
    sign_in(&mut browser).await;
    for _ in 0..RESTARTS {
        let code = Presented::Code(code(&mut browser).await);
        let bought = the_one(code.across_a_restart(&mut browser, folder.path(), "leeway: 10").await);
        assert_revoked(&browser, &bought).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_middle_gives_no_refresh_token_a_second_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 0").await;
    sign_in(&mut browser).await;
    for _ in 0..RESTARTS {
        let token = Presented::Refresh(refresh_token(&mut browser).await);
        let bought = the_one(token.across_a_restart(&mut browser, folder.path(), "leeway: 0").await);
        assert_revoked(&browser, &bought).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_in_the_middle_brings_no_second_successor() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 10").await;
    sign_in(&mut browser).await;
    let mut token = refresh_token(&mut browser).await;
    for _ in 0..RESTARTS {
        let answers = Presented::Refresh(token).across_a_restart(&mut browser, folder.path(), "leeway: 10").await;
        token = the_same_successor(&answers);
    }
}

/// Memory of what was used does not rest on the time that passes: three rotations within one frozen moment, all replayed
/// after a restart within that same moment.
#[tokio::test]
async fn in_a_frozen_moment_what_was_spent_stays_spent_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut browser = tenant(folder.path(), "leeway: 0").await;
    sign_in(&mut browser).await;
    let mut entries = 0;
    for replayed in 0..3 {
        let mut family = vec![refresh_token(&mut browser).await];
        for _ in 0..3 {
            let last = family.last().expect("one").clone();
            let answer = Presented::Refresh(last).once(browser.clone()).await;
            family.push(text(&answer.json(), "refresh_token"));
        }
        browser.tenant.close().await;
        let cookies = std::mem::take(&mut browser.cookies);
        browser = Harness { cookies, ..tenant(folder.path(), "leeway: 0").await };
        for token in [&family[replayed], &family[3]] {
            let answer = Presented::Refresh(token.clone()).once(browser.clone()).await;
            assert_eq!(answer.error(), "invalid_grant", "token {replayed} was spent, and so the family is over");
        }
        entries += 3;
        assert_eq!(browser.logs("sertft").await.len(), entries, "no entry of that moment takes another's place");
    }
}

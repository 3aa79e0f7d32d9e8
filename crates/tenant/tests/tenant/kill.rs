//! The program is killed after each step and amid many: what it answered holds, and nothing is honoured twice.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use crate::common::program::{Running, between, http, try_http};

const CALLBACK: &str = "http%3A%2F%2Flocalhost%3A3000%2Fcallback";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CLIENT: &str = "demo-spa-rotating";
const BURSTS: usize = 4;

/// A tenant on a folder, that ends without warning and starts again at the same port.
struct Mortal {
    running: Option<Running>,
    port: u16,
    arguments: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Mortal {
    /// With a leeway that outlasts any restart.
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tenant.yaml");
        let built_in = include_str!("../../tenant.yaml");
        assert!(built_in.contains("leeway: 10"), "the built-in file has a leeway");
        std::fs::write(&file, built_in.replace("leeway: 10", "leeway: 900")).expect("written");
        let text = |path: &Path| path.to_str().expect("a readable path").to_owned();
        let arguments = ["--config".to_owned(), text(&file), "--data".to_owned(), text(&folder.path().join("data"))];
        let mut mortal = Self { running: None, port: 0, arguments: arguments.to_vec(), _folder: folder };
        mortal.start_again();
        mortal
    }

    fn start_again(&mut self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let running = Running::start_at(&format!("localhost:{}", self.port), &arguments);
        self.port = running.port("tenant");
        self.running = Some(running);
    }

    fn kill(&self) {
        self.running.as_ref().expect("it runs").signal("-KILL");
    }

    fn killed(&mut self) {
        self.kill();
        self.running = None;
        self.start_again();
    }
}

/// The way to the login page; or, with `prompt=none` and a session, to a code.
fn authorize(more: &str) -> String {
    format!(
        "GET /authorize?client_id={CLIENT}&redirect_uri={CALLBACK}&response_type=code&scope=openid%20offline_access\
         &code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
    )
}

/// A silent request with this session.
fn silent(port: u16, session: &str) -> Option<String> {
    try_http(port, "localhost", &authorize("&prompt=none"), session, "")
}

fn code_of(answer: &str) -> String {
    between(answer, "callback?code=", '&')
}

fn token(port: u16, form: &str) -> Option<String> {
    try_http(port, "localhost", "POST /oauth/token", "", &format!("client_id={CLIENT}&{form}"))
}

fn exchange(port: u16, code: &str) -> Option<String> {
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}");
    token(port, &form)
}

fn refresh(port: u16, refresh_token: &str) -> Option<String> {
    token(port, &format!("grant_type=refresh_token&refresh_token={refresh_token}"))
}

fn member(answer: &str, name: &str) -> String {
    between(answer, &format!("\"{name}\":\""), '"')
}

/// The refresh token of a successful answer.
fn bought(answer: Option<String>) -> String {
    let answer = answer.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    member(&answer, "refresh_token")
}

fn assert_refused(answer: Option<String>, why: &str) {
    let answer = answer.expect("an answer");
    assert!(answer.contains("\"error\":\"invalid_grant\""), "{why}: {answer}");
}

/// A login page: the cookie that it is tied to, and the form, filled in.
struct LoginPage {
    cookie: String,
    path: String,
}

impl LoginPage {
    fn open(port: u16) -> Option<Self> {
        let begun = try_http(port, "localhost", &authorize(""), "", "")?;
        let path = between(&begun, &format!("location: http://localhost:{port}"), '\r');
        Some(Self { cookie: between(&begun, "set-cookie: ", ';'), path })
    }

    fn filled_in(&self, port: u16) -> Option<String> {
        let page = try_http(port, "localhost", &format!("GET {}", self.path), &self.cookie, "")?;
        let field = |name: &str| between(&page, &format!("name=\"{name}\" value=\""), '"');
        let (state, csrf) = (field("state"), field("csrf"));
        Some(format!("state={state}&csrf={csrf}&username=ada%40example.com&password=ada-password"))
    }

    fn send(&self, port: u16, form: &str) -> Option<String> {
        try_http(port, "localhost", "POST /u/login", &self.cookie, form)
    }
}

/// The session cookie that an answer sets.
fn session_of(answer: &str) -> String {
    format!("__Host-tenant-session={}", between(answer, "set-cookie: __Host-tenant-session=", ';'))
}

#[test]
fn kill_9_between_any_two_steps_loses_nothing_and_honours_nothing_twice() {
    let mut tenant = Mortal::start();
    let port = tenant.port;
    let keys = http(port, "localhost", "GET /.well-known/jwks.json", "", "");
    let page = LoginPage::open(port).expect("a login page");
    tenant.killed();
    let form = page.filled_in(port).expect("the login page that was open is open");
    tenant.killed();
    let done = page.send(port, &form).expect("the form that was shown is taken");
    let (session, code) = (session_of(&done), code_of(&done));
    tenant.killed();
    let again = page.send(port, &form).expect("an answer");
    assert!(again.starts_with("HTTP/1.1 400") && again.contains("login_expired"), "a form is good once: {again}");
    let other_code = code_of(&silent(port, &session).expect("an answer"));

    tenant.killed();
    let tokens = exchange(port, &code).expect("an answer");
    let first = bought(Some(tokens.clone()));
    let access_token = member(&tokens, "access_token");
    let userinfo = || {
        let mine = format!("GET /userinfo HTTP/1.1\r\nauthorization: Bearer {access_token}\r\nx-rest:");
        http(port, "localhost", &mine, "", "")
    };
    tenant.killed();
    assert!(userinfo().starts_with("HTTP/1.1 200"), "the access token is known");
    let second = bought(refresh(port, &first));
    tenant.killed();
    assert_eq!(bought(refresh(port, &first)), second, "a lost answer can be had again, and is the same");
    tenant.killed();
    assert_refused(exchange(port, &code), "the code was used");
    tenant.killed();
    assert_refused(refresh(port, &second), "what a replayed code bought stays revoked");
    assert!(userinfo().starts_with("HTTP/1.1 401"), "and so does its access token");

    let first = bought(exchange(port, &other_code));
    tenant.killed();
    let second = bought(refresh(port, &first));
    tenant.killed();
    let third = bought(refresh(port, &second));
    tenant.killed();
    assert_refused(refresh(port, &first), "two tokens on, it is a theft");
    tenant.killed();
    assert_refused(refresh(port, &third), "which has ended the family");

    let unused = code_of(&silent(port, &session).expect("an answer"));
    tenant.killed();
    let out = http(port, "localhost", "GET /v2/logout", &session, "");
    assert!(out.contains("Signed out"), "{out}");
    tenant.killed();
    let silent = silent(port, &session).expect("an answer");
    assert!(silent.contains("error=login_required"), "the session stays ended: {silent}");
    assert_refused(exchange(port, &unused), "with the codes that nobody had used");
    let keys_now = http(port, "localhost", "GET /.well-known/jwks.json", "", "");
    assert_eq!(member(&keys_now, "kid"), member(&keys, "kid"), "one key from the first start to the last");
}

/// What one code has come to.
enum Use {
    None,
    /// It was presented, and no answer came.
    InDoubt,
    /// It bought the first of these refresh tokens; each of the others replaced the one before.
    Bought(Vec<String>),
}

/// Takes codes, leaves every third unused, exchanges the others and renews, until the tenant is gone.
fn renew_until_the_end(port: u16, session: &str, answered: &Sender<()>) -> Vec<(String, Use)> {
    let mut all = Vec::new();
    while let Some(answer) = silent(port, session) {
        let _ = answered.send(());
        all.push((code_of(&answer), Use::None));
        if all.len() % 3 == 0 {
            continue;
        }
        let (code, used) = all.last_mut().expect("one was pushed");
        *used = Use::InDoubt;
        let Some(answer) = exchange(port, code) else { break };
        let mut tokens = vec![bought(Some(answer))];
        while tokens.len() < 4 {
            let _ = answered.send(());
            let Some(answer) = refresh(port, tokens.last().expect("one")) else { break };
            tokens.push(bought(Some(answer)));
        }
        *used = Use::Bought(tokens);
    }
    all
}

/// Signs in and, every second time, out again, until the tenant is gone: sessions, and whether they ended (in doubt: nothing).
fn sign_in_until_the_end(port: u16, answered: &Sender<()>) -> Vec<(String, Option<bool>)> {
    let mut all = Vec::new();
    while let Some(page) = LoginPage::open(port) {
        let Some(form) = page.filled_in(port) else { break };
        let Some(done) = page.send(port, &form) else { break };
        let _ = answered.send(());
        let session = session_of(&done);
        if all.len() % 2 == 0 {
            all.push((session, Some(false)));
            continue;
        }
        let out = try_http(port, "localhost", "GET /v2/logout", &session, "");
        all.push((session, out.map(|_| true)));
    }
    all
}

#[test]
fn kill_9_amid_many_requests_loses_nothing_and_honours_nothing_twice() {
    let mut tenant = Mortal::start();
    let port = tenant.port;
    let page = LoginPage::open(port).expect("a login page");
    let done = page.send(port, &page.filled_in(port).expect("a form")).expect("an answer");
    let session = session_of(&done);
    for burst in 0..BURSTS {
        let (answered, answers) = channel();
        let until = 20 + usize::try_from(RandomState::new().hash_one(burst) % 60).expect("a small number");
        let (codes, sessions) = std::thread::scope(|scope| {
            let renewing: Vec<_> = (0..4)
                .map(|_| {
                    let (answered, session) = (answered.clone(), &session);
                    scope.spawn(move || renew_until_the_end(port, session, &answered))
                })
                .collect();
            let signing_in = scope.spawn(|| sign_in_until_the_end(port, &answered));
            answers.iter().take(until).for_each(drop);
            tenant.kill();
            let codes: Vec<_> = renewing.into_iter().flat_map(|one| one.join().expect("no panic")).collect();
            (codes, signing_in.join().expect("no panic"))
        });
        println!("killed after {until} answers: {} codes, {} sessions", codes.len(), sessions.len());
        tenant.running = None;
        tenant.start_again();
        for (code, used) in codes {
            match used {
                Use::None => drop(bought(exchange(port, &code))),
                // Whether it was used is open; that it cannot be used again is not.
                Use::InDoubt => drop(exchange(port, &code)),
                Use::Bought(tokens) => {
                    let latest = bought(refresh(port, tokens.last().expect("one")));
                    if tokens.len() > 1 {
                        assert_refused(refresh(port, &tokens[tokens.len() - 2]), "it was spent, and so its successor");
                        assert_refused(refresh(port, &latest), "the family of a spent token is over");
                    }
                }
            }
            assert_refused(exchange(port, &code), "a code is good once");
        }
        for (session, ended) in sessions {
            let answer = silent(port, &session).expect("an answer");
            match ended {
                Some(true) => assert!(answer.contains("error=login_required"), "{answer}"),
                Some(false) => drop(code_of(&answer)),
                None => {}
            }
        }
    }
}

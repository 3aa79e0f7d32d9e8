//! The binary itself: what it prints, how it stops, and what it keeps when it is killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

fn tenant() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tenant"))
}

/// Status and words of a start that ends at once. One that gets ready in place of that fails the test.
fn refusal(arguments: &[&str]) -> (Option<i32>, String) {
    let child = tenant().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("it starts");
    let mut ready = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut ready).expect("text");
    if !ready.is_empty() {
        child.kill().expect("killed");
        panic!("{arguments:?} is not refused: {ready}");
    }
    let output = child.wait_with_output().expect("it ends");
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

/// A tenant that runs, and is killed when the test is over.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    ready: String,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::start_at("localhost:0", arguments)
    }

    fn start_at(listen: &str, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", listen];
        all.extend(arguments);
        let mut child = tenant().args(all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut ready = String::new();
        out.read_line(&mut ready).expect("a line");
        Self { child, out, ready }
    }

    /// The port of the first tenant address, or of the first app address.
    fn port(&self, whose: &str) -> u16 {
        let list =
            self.ready.split_whitespace().find_map(|part| part.strip_prefix(&format!("{whose}="))).expect("a list");
        list.split(',').next().and_then(|origin| origin.rsplit(':').next()).expect("a port").parse().expect("a number")
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end: the status, and what else was printed.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("text");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request over a real connection: status line, headers and body as text.
fn http(port: u16, host: &str, request: &str, cookie: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("localhost", port)).expect("it listens");
    let head = [
        format!("{request} HTTP/1.1"),
        format!("host: {host}:{port}"),
        format!("cookie: {cookie}"),
        "connection: close".to_owned(),
        "content-type: application/x-www-form-urlencoded".to_owned(),
        format!("content-length: {}", body.len()),
    ];
    write!(stream, "{}\r\n\r\n{body}", head.join("\r\n")).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a readable path")
}

#[test]
fn ready_names_every_address_with_its_real_port() {
    let app = tempfile::tempdir().expect("a folder");
    std::fs::write(app.path().join("index.html"), "<title>app</title>").expect("written");
    let running =
        Running::start(&["--data", ":memory:", "--lab", "--app", text(app.path()), "--app-listen", "localhost:0"]);
    let (tenant, page) = (running.port("tenant"), running.port("app"));
    assert_eq!(
        running.ready,
        format!(
            "ready tenant=http://localhost:{tenant},http://login.demo.localhost:{tenant},http://tenant.localhost:{tenant} \
             app=http://localhost:{page},http://app.demo.localhost:{page},http://app.localhost:{page}\n"
        )
    );
    let metadata = http(tenant, "tenant.localhost", "GET /.well-known/openid-configuration", "", "");
    assert!(metadata.contains(&format!("\"issuer\":\"http://tenant.localhost:{tenant}/\"")), "{metadata}");
    assert!(http(page, "app.localhost", "GET /", "", "").contains("<title>app</title>"));
    for family in ["127.0.0.1", "::1"] {
        assert!(TcpStream::connect((family, tenant)).is_ok(), "{family}");
    }
}

#[test]
fn sigterm_and_sigint_end_it_with_success_and_one_line() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().expect("a folder");
        let running = Running::start(&["--data", text(folder.path())]);
        // A connection that is kept open does not keep the tenant.
        let _idle = TcpStream::connect(("localhost", running.port("tenant"))).expect("it listens");
        running.signal(signal);
        assert_eq!(running.end(), (Some(0), String::new()), "{signal}");
    }
}

#[test]
fn what_is_not_built_yet_is_refused_with_a_sentence() {
    let (status, sentence) = refusal(&["serve", "--data", "postgres://localhost/x"]);
    assert_eq!(status, Some(2));
    assert!(sentence.contains("A PostgreSQL store is not built yet"), "{sentence}");
}

#[test]
fn wrong_usage_ends_with_status_2() {
    let empty = tempfile::tempdir().expect("a folder");
    for (arguments, words) in [
        (vec!["serve", "--nonsense"], "--nonsense"),
        (vec!["dance"], "dance"),
        (vec!["serve", "--listen", "localhost"], "is not an address with a port"),
        (vec!["serve", "--listen", "localhost:99999"], "is not an address with a port"),
        (vec!["serve", "--lab", "--listen", "0.0.0.0:0"], "listens on loopback alone"),
        (vec!["serve", "--lab", "--app-listen", "0.0.0.0:0"], "listens on loopback alone"),
        (vec!["serve", "--lab", "--listen-tls", "0.0.0.0:0"], "listens on loopback alone"),
        (vec!["serve", "--lab", "--app-listen-tls", "0.0.0.0:0"], "listens on loopback alone"),
        (vec!["serve", "--listen-tls", "4443"], "--listen-tls 4443 is not an address with a port"),
        (vec!["serve", "--app", text(empty.path())], "holds no index.html"),
        (vec!["serve", "--app-listen", "localhost:0"], "needs --app"),
        (vec!["serve", "--app-listen-tls", "localhost:0"], "needs --app"),
        (vec!["serve", "--app-provider", "https://example.com/path"], "is not an origin"),
        (vec!["serve", "--config", "/nowhere/tenant.yaml"], "/nowhere/tenant.yaml cannot be read"),
    ] {
        let (status, sentence) = refusal(&arguments);
        assert_eq!(status, Some(2), "{arguments:?}");
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[test]
fn an_unusable_tenant_file_ends_with_status_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tenant.yaml");
    std::fs::write(&file, "clients: 5").expect("written");
    let (status, sentence) = refusal(&["serve", "--config", text(&file)]);
    assert_eq!(status, Some(2));
    assert!(sentence.contains("`clients`: expected a list, found a number"), "{sentence}");
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (status, sentence) = refusal(&["serve", "--data", ":memory:", "--listen", &address]);
    assert_eq!(status, Some(1));
    assert!(sentence.contains(&format!("cannot listen on {address}")) && sentence.contains("--listen"), "{sentence}");
}

#[test]
fn a_corrupt_database_is_named_and_reset_makes_it_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("tenant.db"), "this is no database, however long it is. ".repeat(200))
        .expect("written");
    let (status, sentence) = refusal(&["serve", "--listen", "localhost:0", "--data", text(folder.path())]);
    assert_eq!(status, Some(1));
    assert!(sentence.contains("tenant.db cannot be read") && sentence.contains("--reset"), "{sentence}");
    let running = Running::start(&["--data", text(folder.path()), "--reset"]);
    assert!(running.ready.starts_with("ready "));
}

#[test]
fn an_unwritable_data_folder_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("written");
    let (status, sentence) = refusal(&["serve", "--listen", "localhost:0", "--data", text(&file.join("below"))]);
    assert_eq!(status, Some(1));
    assert!(sentence.contains("cannot be used"), "{sentence}");
}

fn between(text: &str, start: &str, end: char) -> String {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("{start} in {text}")).1;
    rest.split(end).next().expect("a part").to_owned()
}

/// Signs in, kills without warning, starts again at the same port: session, unused code and key are there.
#[test]
fn kill_9_loses_nothing_that_was_answered() {
    const CALLBACK: &str = "http%3A%2F%2Flocalhost%3A3000%2Fcallback";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(&["--data", text(folder.path())]);
    let port = running.port("tenant");
    let authorize = |extra: &str| {
        format!(
            "GET /authorize?client_id=demo-spa&redirect_uri={CALLBACK}&response_type=code&scope=openid\
             &code_challenge={CHALLENGE}&code_challenge_method=S256{extra}"
        )
    };
    let begun = http(port, "localhost", &authorize(""), "", "");
    let browser = between(&begun, "set-cookie: ", ';');
    let path = between(&begun, &format!("location: http://localhost:{port}"), '\r');
    let page = http(port, "localhost", &format!("GET {path}"), &browser, "");
    let form = format!(
        "state={}&csrf={}&username=ada%40example.com&password=ada-password",
        between(&page, "name=\"state\" value=\"", '"'),
        between(&page, "name=\"csrf\" value=\"", '"')
    );
    let done = http(port, "localhost", "POST /u/login", &browser, &form);
    let session = between(&done, "set-cookie: ", ';');
    let code = between(&done, "callback?code=", '&');
    let keys = http(port, "localhost", "GET /.well-known/jwks.json", "", "");
    running.signal("-KILL");
    drop(running);

    let again = Running::start_at(&format!("localhost:{port}"), &["--data", text(folder.path())]);
    let silent = http(port, "localhost", &authorize("&prompt=none"), &session, "");
    assert!(silent.contains("callback?code="), "the session: {silent}");
    let exchange = format!(
        "grant_type=authorization_code&client_id=demo-spa&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}"
    );
    let tokens = http(port, "localhost", "POST /oauth/token", "", &exchange);
    assert!(tokens.starts_with("HTTP/1.1 200 OK"), "the code: {tokens}");
    let keys_now = http(port, "localhost", "GET /.well-known/jwks.json", "", "");
    assert_eq!(between(&keys_now, "\"kid\":\"", '"'), between(&keys, "\"kid\":\"", '"'), "the key");
    drop(again);
}

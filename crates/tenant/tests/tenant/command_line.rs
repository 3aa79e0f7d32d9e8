//! The binary itself: what it prints, how it stops, and what it refuses.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use crate::common::program::{Running, http, tenant};

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

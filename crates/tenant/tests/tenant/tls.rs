//! TLS over real connections: to a client that trusts the tenant's authority alone, and for its own names alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

struct Running {
    child: Child,
    /// Open as long as the tenant runs.
    _out: BufReader<ChildStdout>,
    ready: String,
}

impl Running {
    fn start(data: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenant"))
            .args(["serve", "--listen", "localhost:0", "--listen-tls", "localhost:0", "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut ready = String::new();
        out.read_line(&mut ready).expect("a line");
        Self { child, _out: out, ready }
    }

    /// The port of the first https origin after `whose=`.
    fn tls_port(&self, whose: &str) -> u16 {
        let list =
            self.ready.split_whitespace().find_map(|part| part.strip_prefix(&format!("{whose}="))).expect("a list");
        let origin = list.split(',').find(|origin| origin.starts_with("https://localhost")).expect("an https origin");
        origin.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn authority(data: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(data.join("ca.pem")).expect("the authority's certificate")
}

fn trusting(authority: Option<CertificateDer<'static>>) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if let Some(authority) = authority {
        roots.add(authority).expect("a certificate");
    }
    Arc::new(roots)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// `GET path`, over TLS, by a client that trusts these roots: the whole answer, or why there is none.
fn get(roots: &Arc<RootCertStore>, port: u16, name: &str, host: &str, path: &str) -> Result<String, std::io::Error> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(Arc::clone(roots))
        .with_no_client_auth();
    let server = ServerName::try_from(name.to_owned()).expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), server).expect("a connection");
    let mut socket = TcpStream::connect(("localhost", port))?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn every_name_is_reached_over_tls_by_who_trusts_the_authority_alone() {
    let (data, app) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    std::fs::write(app.path().join("index.html"), "<meta name=\"silent-auth:issuer\" content=\"\"><title>app</title>")
        .expect("written");
    let folder = app.path().to_str().expect("readable");
    let running = Running::start(
        data.path(),
        &["--app", folder, "--app-listen", "localhost:0", "--app-listen-tls", "localhost:0"],
    );
    let (port, page) = (running.tls_port("tenant"), running.tls_port("app"));
    let roots = trusting(Some(authority(data.path())));
    for name in ["localhost", "login.demo.localhost", "tenant.localhost"] {
        let host = format!("{name}:{port}");
        let metadata = get(&roots, port, name, &host, "/.well-known/openid-configuration").expect("an answer");
        assert!(metadata.contains(&format!("\"issuer\":\"https://{host}/\"")), "{metadata}");
    }
    for (app, tenant) in [("localhost", "localhost"), ("app.localhost", "tenant.localhost")] {
        let answer = get(&roots, page, app, &format!("{app}:{page}"), "/").expect("an answer");
        assert!(answer.contains(&format!("content=\"https://{tenant}:{port}/\"")), "{answer}");
        assert!(answer.contains(&format!("frame-src 'self' https://{tenant}:{port}")), "{answer}");
    }
    // Cookies over TLS are for TLS.
    let query = "client_id=demo-spa&response_type=code&code_challenge_method=S256&scope=openid\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let path = format!("/authorize?{query}&redirect_uri=https%3A%2F%2Flocalhost%3A{page}%2Fcallback");
    let begun = get(&roots, port, "localhost", &format!("localhost:{port}"), &path).expect("an answer");
    assert!(begun.contains(&format!("location: https://localhost:{port}/u/login")), "{begun}");
    let cookie = begun.lines().find(|line| line.starts_with("set-cookie:")).expect("a cookie");
    assert!(cookie.contains("; Secure;"), "{cookie}");

    // An address over TLS is none of the plain ones, whatever the Host says.
    let plain =
        running.ready.split_once("http://localhost:").expect("a plain origin").1.split(',').next().expect("a port");
    let misdirected = get(&roots, port, "localhost", &format!("localhost:{plain}"), "/").expect("an answer");
    assert!(misdirected.starts_with("HTTP/1.1 421"), "{misdirected}");
    assert!(get(&trusting(None), port, "localhost", "localhost", "/").is_err(), "who does not trust it is not served");
    assert!(get(&roots, port, "example.com", "localhost", "/").is_err(), "nor is another name");
}

#[test]
fn the_authority_is_kept_and_its_key_is_the_owners_alone() {
    let data = tempfile::tempdir().expect("a folder");
    drop(Running::start(data.path(), &[]));
    let before = authority(data.path());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(data.path().join("ca-key.pem")).expect("a key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = Running::start(data.path(), &["--reset"]);
    assert_eq!(authority(data.path()), before, "whoever trusted it goes on trusting");
    let (port, roots) = (again.tls_port("tenant"), trusting(Some(before)));
    assert!(get(&roots, port, "localhost", &format!("localhost:{port}"), "/nowhere").is_ok());
}

#[test]
fn with_the_authoritys_key_nobody_vouches_for_another_name() {
    let data = tempfile::tempdir().expect("a folder");
    drop(Running::start(data.path(), &[]));
    let read = |name: &str| std::fs::read_to_string(data.path().join(name)).expect("a file");
    let key = KeyPair::from_pem(&read("ca-key.pem")).expect("a key");
    let issuer = Issuer::from_ca_cert_pem(&read("ca.pem"), key).expect("an authority");
    let verifier = WebPkiServerVerifier::builder_with_provider(trusting(Some(authority(data.path()))), provider())
        .build()
        .expect("a verifier");
    let verify = |name: &str| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = params.signed_by(&KeyPair::generate().expect("a key"), &issuer).expect("signed");
        let server = ServerName::try_from(name.to_owned()).expect("a name");
        verifier.verify_server_cert(leaf.der(), &[], &server, &[], UnixTime::now()).map_err(|error| error.to_string())
    };
    assert!(verify("localhost").is_ok() && verify("tenant.localhost").is_ok());
    for name in ["example.com", "localhost.example.com", "127.0.0.1", "::1", "notlocalhost"] {
        let refused = verify(name).expect_err(name);
        assert!(refused.contains("NameConstraintViolation"), "{name}: {refused}");
    }
}

#[test]
fn an_authority_that_cannot_be_used_is_named() {
    let refusal = |data: &Path, config: Option<&Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenant"));
        command.args(["serve", "--listen", "localhost:0", "--listen-tls", "localhost:0", "--data"]).arg(data);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut ready = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut ready).expect("text");
        if !ready.is_empty() {
            child.kill().expect("killed");
            panic!("it must not start: {ready}");
        }
        let output = child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let data = tempfile::tempdir().expect("a folder");
    drop(Running::start(data.path(), &[]));
    let config = data.path().join("tenant.yaml");
    std::fs::write(&config, "domains: [{ name: tenant.test }]").expect("written");
    let other = tempfile::tempdir().expect("a folder");
    for name in ["ca.pem", "ca-key.pem"] {
        std::fs::copy(data.path().join(name), other.path().join(name)).expect("copied");
    }
    let (status, sentence) = refusal(other.path(), Some(&config));
    assert_eq!(status, Some(1));
    assert!(sentence.contains("cannot vouch for tenant.test") && sentence.contains("Remove ca.pem"), "{sentence}");

    for (name, text) in [("ca-key.pem", "no key"), ("ca.pem", "no certificate")] {
        std::fs::write(data.path().join(name), text).expect("written");
        let (status, sentence) = refusal(data.path(), None);
        assert_eq!(status, Some(1), "{name}");
        assert!(sentence.contains("Remove ca.pem and ca-key.pem"), "{sentence}");
    }
    std::fs::remove_file(data.path().join("ca-key.pem")).expect("removed");
    let (status, sentence) = refusal(data.path(), None);
    assert!(status == Some(1) && sentence.contains("ca-key.pem, which TLS needs, cannot be used"), "{sentence}");
}

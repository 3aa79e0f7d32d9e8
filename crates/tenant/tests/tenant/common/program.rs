//! The program itself, running: how a test starts it, asks it and ends it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) fn tenant() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tenant"))
}

/// A tenant that runs, and is killed when the test is over.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    pub(crate) ready: String,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_at("localhost:0", arguments)
    }

    pub(crate) fn start_at(listen: &str, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", listen];
        all.extend(arguments);
        let mut child = tenant().args(all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut ready = String::new();
        out.read_line(&mut ready).expect("a line");
        Self { child, out, ready }
    }

    /// The port of the first tenant address, or of the first app address.
    pub(crate) fn port(&self, whose: &str) -> u16 {
        let list =
            self.ready.split_whitespace().find_map(|part| part.strip_prefix(&format!("{whose}="))).expect("a list");
        list.split(',').next().and_then(|origin| origin.rsplit(':').next()).expect("a port").parse().expect("a number")
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end: the status, and what else was printed.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
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
pub(crate) fn http(port: u16, host: &str, request: &str, cookie: &str, body: &str) -> String {
    try_http(port, host, request, cookie, body).expect("an answer")
}

/// The same of a tenant that may end meanwhile: nothing, unless the answer came whole.
pub(crate) fn try_http(port: u16, host: &str, request: &str, cookie: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("localhost", port)).ok()?;
    let head = [
        format!("{request} HTTP/1.1"),
        format!("host: {host}:{port}"),
        format!("cookie: {cookie}"),
        "connection: close".to_owned(),
        "content-type: application/x-www-form-urlencoded".to_owned(),
        format!("content-length: {}", body.len()),
    ];
    write!(stream, "{}\r\n\r\n{body}", head.join("\r\n")).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    (announced.parse() == Ok(body.len())).then_some(answer)
}

/// What stands between this start and this end.
pub(crate) fn between(text: &str, start: &str, end: char) -> String {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("{start} in {text}")).1;
    rest.split(end).next().expect("a part").to_owned()
}

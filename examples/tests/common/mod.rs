//! A tenant on a port of its own, and a browser that knows redirects, cookies and forms.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tenant::{ManualClock, Settings, Tenant, TenantFile};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use url::Url;

/// Nothing here takes longer, unless something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The built-in tenant at `localhost`, with callbacks at free ports.
pub(crate) struct Scene {
    pub(crate) tenant: String,
    pub(crate) app: String,
    pub(crate) native_callback: String,
    clock: Arc<ManualClock>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("localhost:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (app_port, native_port) = (free_port().await, free_port().await);
        let native_callback = format!("http://127.0.0.1:{native_port}/callback");
        let built_in = include_str!("../../../crates/tenant/tenant.yaml");
        let file = built_in.replace("http://127.0.0.1:8765/callback", &native_callback);
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let clock =
            Arc::new(ManualClock::at_ms(i64::try_from(since_1970.as_millis()).expect("before the year 292 million")));
        let mut settings = Settings::for_tests(clock.clone());
        settings.file = TenantFile::parse(&file, None).expect("a usable tenant file");
        settings.tenant_port = port;
        settings.app_port = app_port;
        let router = tenant::router(Tenant::open(settings).await.expect("the tenant opens"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            tenant: format!("http://localhost:{port}"),
            app: format!("http://localhost:{app_port}/"),
            native_callback,
            clock,
        }
    }

    /// Moves the tenant's clock.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("localhost:0").await.expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A running example. Dropping it ends it.
pub(crate) struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts an example, which Cargo built beside this test.
    pub(crate) fn start(name: &str, arguments: &[&str]) -> Self {
        let test = std::env::current_exe().expect("this test has a path");
        let folder = test.parent().and_then(|deps| deps.parent()).expect("target/PROFILE/deps");
        let path = folder.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let mut child = Command::new(&path)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}; `cargo build -p examples --examples` makes it", path.display())
            });
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// Types into it, and that is all.
    pub(crate) async fn type_in(&mut self, text: &str) {
        use tokio::io::AsyncWriteExt;
        let mut input = self.child.stdin.take().expect("nothing was typed yet");
        input.write_all(text.as_bytes()).await.expect("it reads");
    }

    /// The next line that it prints.
    pub(crate) async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await.expect("it prints in time");
        match line.expect("readable output") {
            Some(line) => line,
            None => panic!("it ended: {:?}", self.child.wait().await),
        }
    }

    /// What else it prints, on both outputs, and whether it ends well. Nothing more is typed into it.
    pub(crate) async fn end(mut self) -> (bool, String) {
        drop(self.child.stdin.take());
        let rest = async {
            let mut printed = String::new();
            while let Some(line) = self.lines.next_line().await.expect("readable output") {
                printed += &line;
                printed.push('\n');
            }
            let rest = self.child.wait_with_output().await.expect("it can be waited for");
            (rest.status.success(), printed + &String::from_utf8_lossy(&rest.stderr))
        };
        tokio::time::timeout(PATIENCE, rest).await.expect("it ends in time")
    }
}

/// A page and where it was in the end.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Page {
    fn field(&self, name: &str) -> String {
        let start = format!(r#"name="{name}" value=""#);
        let rest = self.body.split_once(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.body)).1;
        rest.split('"').next().expect("a value").to_owned()
    }
}

/// Follows redirects and keeps cookies, all of one host: ports do not separate them.
pub(crate) struct Browser {
    http: reqwest::Client,
    pub(crate) cookies: HashMap<String, String>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        Self { http: http.expect("a client"), cookies: HashMap::new() }
    }

    pub(crate) async fn visit(&mut self, url: &str) -> Page {
        let request = self.http.get(url);
        self.follow(Url::parse(url).expect("absolute"), request).await
    }

    pub(crate) async fn post(&mut self, url: &Url, form: &[(&str, &str)]) -> Page {
        let request = self.http.post(url.clone()).form(form);
        self.follow(url.clone(), request).await
    }

    /// Fills in the login page that this address leads to, and goes where that leads.
    pub(crate) async fn sign_in(&mut self, url: &str) -> Page {
        let page = self.visit(url).await;
        assert!(page.url.path().ends_with("/u/login"), "{} {}", page.url, page.body);
        let (state, csrf) = (page.field("state"), page.field("csrf"));
        let form =
            [("state", state.as_str()), ("csrf", &csrf), ("username", "ada@example.com"), ("password", "ada-password")];
        self.post(&page.url.join("/u/login").expect("a path"), &form).await
    }

    async fn follow(&mut self, mut url: Url, mut request: reqwest::RequestBuilder) -> Page {
        for _ in 0..10 {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = request.header("cookie", cookies.join("; ")).send().await;
            let answer = answer.unwrap_or_else(|error| panic!("{url}: {error}"));
            for cookie in answer.headers().get_all("set-cookie") {
                let cookie = cookie.to_str().expect("a readable cookie");
                let (name, value) = cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
                if cookie.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            let Some(location) = answer.headers().get("location") else {
                let status = answer.status().as_u16();
                return Page { url, status, body: answer.text().await.expect("a body") };
            };
            url = url.join(location.to_str().expect("a readable location")).expect("a URL");
            request = self.http.get(url.clone());
        }
        panic!("too many redirects, the last to {url}");
    }
}

//! A tenant process of a test's own: everything in memory, on free ports, serving the built page.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::program::Program;
use crate::scene::Pair;
use crate::setting::Setting;

/// What a tenant starts with that is given no file.
const BUILT_IN: &str = include_str!("../../../crates/tenant/tenant.yaml");

/// A running tenant. Dropping it ends it.
#[derive(Debug)]
pub struct Tenant {
    program: Program,
    tenants: Vec<String>,
    apps: Vec<String>,
    /// Where its lab is asked, and by which page: the first addresses, which every resolver knows.
    lab: (String, String),
    http: reqwest::Client,
    /// What it writes on standard error.
    said: NamedTempFile,
}

impl Tenant {
    /// Starts a tenant with the built-in file, which serves the built page.
    ///
    /// # Panics
    ///
    /// If it does not get ready.
    pub async fn start() -> Self {
        Self::serving(&Setting::Dist.path()).await
    }

    /// As [`start`](Self::start), with another page.
    ///
    /// # Panics
    ///
    /// If it does not get ready.
    pub async fn serving(app: &Path) -> Self {
        Self::run(command(app)).await
    }

    /// As [`serving`](Self::serving), and the built-in tenant file has each of these texts replaced by another.
    ///
    /// # Panics
    ///
    /// If one is not in the file, or the tenant does not get ready.
    pub async fn edited(app: &Path, edits: &[(&str, String)]) -> Self {
        let mut text = BUILT_IN.to_owned();
        for (before, after) in edits {
            assert!(text.contains(before), "the tenant file has no {before}");
            text = text.replace(before, after);
        }
        let file = NamedTempFile::new().expect("a file");
        fs::write(file.path(), text).expect("written");
        let mut command = command(app);
        command.arg("--config").arg(file.path());
        // It has been read when the tenant is ready.
        Self::run(command).await
    }

    /// As [`serving`](Self::serving), and the page's policy names another provider too.
    ///
    /// # Panics
    ///
    /// If it does not get ready.
    pub async fn naming(app: &Path, provider: &str) -> Self {
        let mut command = command(app);
        command.args(["--app-provider", provider]);
        Self::run(command).await
    }

    /// As [`serving`](Self::serving), and page and tenant are those that speak TLS.
    ///
    /// # Panics
    ///
    /// If it does not get ready.
    pub async fn over_tls(app: &Path) -> Self {
        let mut command = command(app);
        command.args(["--listen-tls", "localhost:0", "--app-listen-tls", "localhost:0"]);
        let mut tenant = Self::run(command).await;
        for origins in [&mut tenant.tenants, &mut tenant.apps] {
            origins.retain(|origin| origin.starts_with("https:"));
        }
        tenant
    }

    async fn run(mut command: Command) -> Self {
        let said = NamedTempFile::new().expect("a file");
        command.stderr(said.reopen().expect("a second handle"));
        let (program, (tenants, apps)) = Program::start(command, addresses).await;
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let lab = (format!("{}/lab", tenants[0]), apps[0].clone());
        Self { program, tenants, apps, lab, http, said }
    }

    /// The origin of the app at this pair of addresses.
    #[must_use]
    pub fn app(&self, pair: Pair) -> &str {
        &self.apps[pair.index()]
    }

    /// The origin of the tenant at this pair of addresses.
    #[must_use]
    pub fn origin(&self, pair: Pair) -> &str {
        &self.tenants[pair.index()]
    }

    /// What the tenant decided at `endpoint`, newest first, at most 100.
    ///
    /// # Panics
    ///
    /// If it does not say.
    pub async fn decisions(&self, endpoint: &str) -> Vec<Value> {
        self.lab(&format!("decisions?limit=100&endpoint={endpoint}"), "decisions").await
    }

    /// What it wrote into its log, newest first, of these comma-separated types.
    ///
    /// # Panics
    ///
    /// If it does not say.
    pub async fn logs(&self, types: &str) -> Vec<Value> {
        self.lab(&format!("logs?limit=100&type={types}"), "logs").await
    }

    /// The dashboard's password, which the tenant says once, at its first start.
    ///
    /// # Panics
    ///
    /// If it said none.
    #[must_use]
    pub fn admin_password(&self) -> String {
        let said = fs::read_to_string(self.said.path()).expect("what it said");
        let password = said.lines().find_map(|line| line.split_once("/dashboard; its password")?.1.rsplit(' ').next());
        password.unwrap_or_else(|| panic!("no password in {said}")).to_owned()
    }

    /// Turns delegation switches, as a page of the app does; gives what each exchange would answer now.
    ///
    /// # Panics
    ///
    /// If it refuses.
    pub async fn turn_delegation(&self, switches: &Value) -> Value {
        let request = self.http.post(format!("{}/delegation", self.lab.0)).header("Origin", &self.lab.1).json(switches);
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        answer.expect("switches that can be turned").json().await.expect("what they are now")
    }

    /// How many silent requests it decided, with any outcome.
    pub async fn silent_requests(&self) -> usize {
        let is_framed = |decision: &&Value| decision["request"]["sec_fetch_dest"] == "iframe";
        self.decisions("/authorize").await.iter().filter(is_framed).count()
    }

    async fn lab(&self, path: &str, list: &str) -> Vec<Value> {
        let url = format!("{}/{path}", self.lab.0);
        let answer = self.http.get(&url).send().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let mut document: Value = answer.json().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        match document[list].take() {
            Value::Array(entries) => entries,
            other => panic!("{url}: a list expected, found {other}"),
        }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Ends it now.
    pub async fn end(mut self) {
        self.program.end().await;
    }
}

fn command(app: &Path) -> Command {
    let mut command = Command::new(Setting::Tenant.path());
    command
        .args([
            "serve",
            "--data",
            ":memory:",
            "--lab",
            "--listen",
            "localhost:0",
            "--app-listen",
            "localhost:0",
            "--app",
        ])
        .arg(app);
    command
}

/// Reads `ready tenant=ORIGIN,… app=ORIGIN,…`.
fn addresses(line: &str) -> Option<(Vec<String>, Vec<String>)> {
    let (tenants, apps) = line.strip_prefix("ready tenant=")?.split_once(" app=")?;
    let list = |text: &str| text.trim().split(',').map(str::to_owned).collect();
    Some((list(tenants), list(apps)))
}

impl Drop for Tenant {
    /// A test that fails shows what its tenant said.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.said.path()).unwrap_or_default());
        }
    }
}

//! A web site of a test's own, on both loopback families, so that every `*.localhost` name leads to it.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running site. Dropping it ends it.
#[derive(Debug)]
pub struct Site {
    port: u16,
    servers: Vec<JoinHandle<()>>,
}

impl Site {
    /// Serves `router` at any free port.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn start(router: Router) -> Self {
        Self::start_at(0, router).await
    }

    /// Serves `router` at this port.
    ///
    /// # Panics
    ///
    /// If somebody else has it.
    pub async fn start_at(port: u16, router: Router) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let mut listeners = vec![listener];
        // Chromium tries ::1 first. Where that does not exist, or somebody else has the port, it falls back.
        listeners.extend(TcpListener::bind(("::1", port)).await.ok());
        let servers = listeners.into_iter().map(|listener| {
            let router = router.clone();
            tokio::spawn(async move { axum::serve(listener, router).await.expect("a server serves") })
        });
        Self { port, servers: servers.collect() }
    }

    /// The files of a folder, and its `index.html` at every other path, under a content policy. A file that changes is served as
    /// it is then.
    pub fn folder(folder: &Path, policy: &'static str) -> Router {
        Router::new().fallback(file).with_state((folder.to_owned(), policy))
    }

    /// Its address under this host name.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}

async fn file(State((folder, policy)): State<(PathBuf, &'static str)>, uri: Uri) -> Response {
    // One level, so that no path leads out of the folder.
    let name = uri.path().trim_start_matches('/');
    let is_file = !name.contains('/') && folder.join(name).is_file();
    let name = if is_file { name } else { "index.html" };
    let kind = if name.ends_with(".js") { "text/javascript" } else { "text/html; charset=utf-8" };
    match std::fs::read(folder.join(name)) {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], bytes).into_response(),
        Err(error) => (StatusCode::NOT_FOUND, error.to_string()).into_response(),
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

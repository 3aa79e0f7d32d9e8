//! A web site of a test's own, on both loopback families, so that every `*.localhost` name leads to it.

use axum::Router;
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

    /// Its address under this host name.
    #[must_use]
    pub fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

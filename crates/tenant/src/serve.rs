//! `tenant serve`: opens everything in an order that fails early, listens, and stops cleanly.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cli::Serve;
use crate::{AppFolder, Data, OpenError, Settings, Tenant, TenantFile, TenantFileError, app_router, router};

/// Why the tenant cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A flag has an unusable value.
    #[error("{0}")]
    Usage(String),
    /// The tenant file is unusable.
    #[error(transparent)]
    File(#[from] TenantFileError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}. Choose another address with {flag}, or stop what is using it.")]
    Listen {
        /// The address.
        address: String,
        /// The flag that names it.
        flag: &'static str,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The store or its keys are unusable.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The operating system refused something at run time.
    #[error("the tenant stopped: {0}")]
    Run(#[from] std::io::Error),
}

impl ServeError {
    /// The exit status: 2 for usage or an unusable file, 1 for what went wrong at run time.
    #[must_use]
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::File(_) => 2,
            Self::Listen { .. } | Self::Open(_) | Self::Run(_) => 1,
        }
    }
}

/// Requests that are under way when the tenant is told to stop get this long to finish.
/// Connections that browsers opened ahead and never used would otherwise hold the tenant for good.
const LAST_REQUESTS: Duration = Duration::from_secs(1);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When a flag, the tenant file, a port or the store is unusable.
pub async fn serve(flags: Serve) -> Result<(), ServeError> {
    let listen = Listen::parse("--listen", &flags.listen)?;
    let app_listen = Listen::parse("--app-listen", &flags.app_listen)?;
    check(&flags, &listen, &app_listen)?;
    let file = match &flags.config {
        Some(path) => TenantFile::read(path)?,
        None => TenantFile::built_in(),
    };
    for remark in &file.remarks {
        eprintln!("tenant: {remark}");
    }
    if file.users.is_empty() {
        eprintln!("tenant: the tenant file has no users, so nobody can sign in; add `users:` with email and password");
    }

    let tenant_sockets = listen.bind().await?;
    let app_sockets = if flags.app.is_some() { app_listen.bind().await? } else { Vec::new() };
    let mut settings = Settings::new(file);
    settings.data = if flags.data == ":memory:" { Data::Memory } else { Data::Folder(flags.data.into()) };
    settings.reset = flags.reset;
    settings.lab = flags.lab;
    settings.tenant_port = port_of(&tenant_sockets)?;
    settings.app_port = if app_sockets.is_empty() { app_listen.port } else { port_of(&app_sockets)? };
    settings.app = flags.app.map(|folder| AppFolder { folder, providers: flags.app_provider });
    let tenant = Tenant::open(settings).await?;

    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    for socket in tenant_sockets {
        servers.spawn(run(socket, router(tenant.clone()), stopped.clone()));
    }
    let with_app = !app_sockets.is_empty();
    for socket in app_sockets {
        servers.spawn(run(socket, app_router(tenant.clone()), stopped.clone()));
    }
    let told = told_to_stop()?;
    tokio::pin!(told);
    announce(&tenant, with_app)?;

    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        tokio::select! {
            () = &mut told => break,
            _ = hourly.tick() => {
                if let Err(error) = tenant.purge().await {
                    eprintln!("tenant: {error}");
                }
            }
        }
    }
    // Nobody listens any more only if every server is gone already.
    let _ = stop.send(true);
    let _ = tokio::time::timeout(LAST_REQUESTS, async { while servers.join_next().await.is_some() {} }).await;
    tenant.close().await;
    Ok(())
}

async fn run(socket: TcpListener, service: Router, mut stopped: watch::Receiver<bool>) -> std::io::Result<()> {
    let service = service.into_make_service_with_connect_info::<SocketAddr>();
    // Answers are small and wanted at once.
    let socket = socket.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    axum::serve(socket, service)
        .with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        })
        .await
}

/// One line for programs that wait for it. The sockets listen since before the store was opened, so every
/// address answers by now.
fn announce(tenant: &Tenant, with_app: bool) -> std::io::Result<()> {
    let mut line = format!("ready tenant={}", tenant.addresses().tenant_origins().join(","));
    if with_app {
        line = format!("{line} app={}", tenant.addresses().app_origins().join(","));
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// A future that ends when the tenant is told to stop. It listens from now on, whether it is awaited yet or
/// not: whoever reads `ready` may send the signal at once.
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c()?;
        Ok(async move {
            let _ = interrupt.recv().await;
        })
    }
}

fn check(flags: &Serve, listen: &Listen, app_listen: &Listen) -> Result<(), ServeError> {
    let usage = |sentence: String| Err(ServeError::Usage(sentence));
    if flags.lab && !(listen.is_loopback() && app_listen.is_loopback()) {
        return usage("--lab opens the tenant's inside, so it listens on loopback alone. Leave --lab out, or listen on localhost.".into());
    }
    if let Some(app) = &flags.app
        && !app.join("index.html").is_file()
    {
        return usage(format!(
            "--app {} holds no index.html. Build the app first, or give the folder it was built into.",
            app.display()
        ));
    }
    if flags.app.is_none() && app_listen.port == 0 {
        return usage("--app-listen with port 0 needs --app: nobody else can know the port.".into());
    }
    match flags.app_provider.iter().find(|origin| !is_origin(origin)) {
        Some(bad) => usage(format!(
            "--app-provider {bad} is not an origin such as https://example.eu.auth0.com (no path, no slash at the end)."
        )),
        None => Ok(()),
    }
}

fn is_origin(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

/// Where to listen, as a flag says it.
struct Listen {
    flag: &'static str,
    /// No address stands for `localhost`: both loopback families.
    address: Option<IpAddr>,
    port: u16,
}

impl Listen {
    fn parse(flag: &'static str, text: &str) -> Result<Self, ServeError> {
        let unusable = || {
            ServeError::Usage(format!(
                "{flag} {text} is not an address with a port, such as localhost:4000 or 127.0.0.1:4000."
            ))
        };
        if let Some(port) = text.strip_prefix("localhost:") {
            return Ok(Self { flag, address: None, port: port.parse().map_err(|_| unusable())? });
        }
        let address: SocketAddr = text.parse().map_err(|_| unusable())?;
        Ok(Self { flag, address: Some(address.ip()), port: address.port() })
    }

    fn is_loopback(&self) -> bool {
        self.address.is_none_or(|address| address.is_loopback())
    }

    async fn bind(&self) -> Result<Vec<TcpListener>, ServeError> {
        if let Some(address) = self.address {
            return Ok(vec![self.bind_one(address, self.port).await?]);
        }
        // With port 0 the second family has to get the first one's port, which somebody else may hold.
        for _ in 0..10 {
            let four = self.bind_one(Ipv4Addr::LOCALHOST.into(), self.port).await?;
            let port = four.local_addr()?.port();
            match self.bind_one(Ipv6Addr::LOCALHOST.into(), port).await {
                Ok(six) => return Ok(vec![four, six]),
                Err(ServeError::Listen { source, .. })
                    if self.port == 0 && source.kind() == std::io::ErrorKind::AddrInUse => {}
                Err(ServeError::Listen { source, .. }) if no_such_address(&source) => {
                    eprintln!("tenant: this machine has no ::1, so {} answers on 127.0.0.1 alone", self.flag);
                    return Ok(vec![four]);
                }
                Err(error) => return Err(error),
            }
        }
        Err(ServeError::Usage(format!("no free port was found for both loopback families; give {} a port.", self.flag)))
    }

    async fn bind_one(&self, address: IpAddr, port: u16) -> Result<TcpListener, ServeError> {
        let address = SocketAddr::new(address, port);
        TcpListener::bind(address).await.map_err(|source| ServeError::Listen {
            address: address.to_string(),
            flag: self.flag,
            source,
        })
    }
}

fn port_of(sockets: &[TcpListener]) -> Result<u16, ServeError> {
    match sockets.first() {
        Some(socket) => Ok(socket.local_addr()?.port()),
        None => Ok(0),
    }
}

/// Whether the machine has no such address: IPv6 is off for this interface, or altogether (`EAFNOSUPPORT`).
fn no_such_address(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(97)
}

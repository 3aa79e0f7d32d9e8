//! `tenant serve`: opens everything in an order that fails early, listens, and stops cleanly.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt;
use axum::{Extension, Router};
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cli::Serve;
use crate::listen::Listen;
use crate::tls::{Authority, CERTIFICATE, Leaf, TlsError};
use crate::{
    AppFolder, Data, OpenError, Scheme, Settings, Tenant, TenantFile, TenantFileError, Timestamp, app_router, router,
};

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
    /// The tenant's own certificate authority is unusable.
    #[error(transparent)]
    Tls(#[from] TlsError),
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
            Self::Listen { .. } | Self::Open(_) | Self::Tls(_) | Self::Run(_) => 1,
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
    let listen_tls = Listen::parse_if("--listen-tls", flags.listen_tls.as_deref())?;
    let app_listen_tls = Listen::parse_if("--app-listen-tls", flags.app_listen_tls.as_deref())?;
    let app_listens: Vec<_> = std::iter::once(&app_listen).chain(&app_listen_tls).collect();
    let listens: Vec<_> = std::iter::once(&listen).chain(&listen_tls).chain(app_listens.iter().copied()).collect();
    check(&flags, &listens, &app_listens)?;
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

    let with_app = flags.app.is_some();
    let tenant_sockets = listen.bind().await?;
    let tenant_tls_sockets = Listen::bind_if(listen_tls.as_ref()).await?;
    let app_sockets = Listen::bind_if(with_app.then_some(&app_listen)).await?;
    let app_tls_sockets = Listen::bind_if(app_listen_tls.as_ref().filter(|_| with_app)).await?;
    let data = if flags.data == ":memory:" { Data::Memory } else { Data::Folder(flags.data.into()) };
    let mut settings = Settings::new(file);
    settings.data = data.clone();
    settings.reset = flags.reset;
    settings.lab = flags.lab;
    settings.tenant_port = listen.port_at(&tenant_sockets)?;
    settings.app_port = app_listen.port_at(&app_sockets)?;
    settings.tenant_tls_port = listen_tls.as_ref().map(|listen| listen.port_at(&tenant_tls_sockets)).transpose()?;
    settings.app_tls_port = app_listen_tls.as_ref().map(|listen| listen.port_at(&app_tls_sockets)).transpose()?;
    settings.app = flags.app.map(|folder| AppFolder { folder, providers: flags.app_provider });
    let tenant = Tenant::open(settings).await?;
    for made in tenant.secrets_made() {
        eprintln!("tenant: {}", made.expose());
    }
    if let Some(password) = tenant.first_admin_password() {
        let origin = tenant.addresses().tenant_origins().swap_remove(0);
        eprintln!(
            "tenant: the dashboard is at {origin}/dashboard; its password, shown this once, is {}",
            password.expose()
        );
    }
    let mut tls = match tenant_tls_sockets.is_empty() && app_tls_sockets.is_empty() {
        true => None,
        false => Some(Tls::open(&data, &tenant)?),
    };

    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    for socket in tenant_sockets {
        servers.spawn(run(socket, router(tenant.clone()), stopped.clone()));
    }
    for socket in app_sockets {
        servers.spawn(run(socket, app_router(tenant.clone()), stopped.clone()));
    }
    if let Some(tls) = &tls {
        let https = Extension(Scheme::Https);
        for socket in tenant_tls_sockets {
            servers.spawn(run_tls(socket, router(tenant.clone()).layer(https), tls.config.clone(), stopped.clone()));
        }
        for socket in app_tls_sockets {
            servers.spawn(run_tls(
                socket,
                app_router(tenant.clone()).layer(https),
                tls.config.clone(),
                stopped.clone(),
            ));
        }
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
                if let Some(tls) = &mut tls && let Err(error) = tls.renew_if_due(tenant.now()) {
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

async fn run_tls(
    socket: TcpListener,
    service: Router,
    config: RustlsConfig,
    mut stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let handle = Handle::new();
    let server = axum_server::from_tcp(socket.into_std()?)?
        .acceptor(RustlsAcceptor::new(config).acceptor(NoDelayAcceptor::new()))
        .handle(handle.clone())
        .serve(service.into_make_service_with_connect_info::<SocketAddr>());
    tokio::pin!(server);
    tokio::select! {
        ended = &mut server => return ended,
        _ = stopped.wait_for(|stop| *stop) => handle.graceful_shutdown(Some(LAST_REQUESTS)),
    }
    server.await
}

/// What TLS is served with, and who signs what comes next.
struct Tls {
    authority: Authority,
    leaf: Leaf,
    config: RustlsConfig,
}

impl Tls {
    fn open(data: &Data, tenant: &Tenant) -> Result<Self, TlsError> {
        let authority = Authority::open(data, tenant.addresses().names(), tenant.now())?;
        let leaf = authority.issue(tenant.now())?;
        match data {
            Data::Folder(folder) => eprintln!(
                "tenant: TLS certificates are signed by {}; have your browser or tool trust it. It is good for {} alone.",
                folder.join(CERTIFICATE).display(),
                tenant.addresses().names().join(", ")
            ),
            Data::Memory => eprintln!(
                "tenant: nothing is kept, so TLS certificates are signed by an authority of this start alone, which \
                 nobody can trust; give --data a folder to keep one."
            ),
        }
        Ok(Self { config: RustlsConfig::from_config(Arc::clone(&leaf.config)), authority, leaf })
    }

    /// Goes on with a new server certificate if the end of this one is near.
    fn renew_if_due(&mut self, now: Timestamp) -> Result<(), TlsError> {
        if self.leaf.is_due(now) {
            self.leaf = self.authority.issue(now)?;
            self.config.reload_from_config(Arc::clone(&self.leaf.config));
        }
        Ok(())
    }
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

fn check(flags: &Serve, listens: &[&Listen], app_listens: &[&Listen]) -> Result<(), ServeError> {
    let usage = |sentence: String| Err(ServeError::Usage(sentence));
    if flags.lab && !listens.iter().all(|listen| listen.is_loopback()) {
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
    if let Some(unknown) = app_listens.iter().find(|listen| flags.app.is_none() && listen.port == 0) {
        return usage(format!("{} with port 0 needs --app: nobody else can know the port.", unknown.flag));
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

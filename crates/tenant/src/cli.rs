//! The command line: what may be asked for, and what is refused with a sentence.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The local authorization server: Auth0-compatible on the wire, one process, no account.
#[derive(Debug, Parser)]
#[command(name = "tenant", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the tenant, and a built app beside it.
    Serve(Serve),
    /// Says whether exported logs or programs show delegation that will end
    ///
    /// Exit status: 0 not affected, 1 affected, 2 something could not be read and the rest is not affected.
    Affected(Affected),
    /// Makes a new password for the dashboard of a tenant that is not running, and prints it
    AdminPassword(AdminPassword),
}

/// `tenant admin-password`.
#[derive(Debug, clap::Args)]
pub struct AdminPassword {
    /// The folder that `tenant serve` keeps everything in
    #[arg(long, value_name = "DIR", default_value = ".tenant")]
    pub data: PathBuf,
}

/// `tenant affected`.
#[derive(Debug, clap::Args)]
pub struct Affected {
    /// Exported tenant logs (JSON, NDJSON), programs, exports of a tenant, or folders of these
    #[arg(value_name = "FILE-OR-FOLDER", required = true)]
    pub paths: Vec<PathBuf>,
    /// Print JSON instead of sentences
    #[arg(long)]
    pub json: bool,
}

/// `tenant serve`.
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// The tenant file (YAML, as auth0-deploy-cli exports it) [default: the built-in tenant]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder to keep everything in; `:memory:` keeps nothing
    #[arg(long, value_name = "DIR", default_value = ".tenant")]
    pub data: String,
    /// Where to listen; `localhost` is both loopback families, port 0 any free port
    #[arg(long, value_name = "ADDR", default_value = "localhost:4000")]
    pub listen: String,
    /// Where to listen with TLS, too: by an authority of the data folder, made at the first start [default: nowhere]
    #[arg(long, value_name = "ADDR")]
    pub listen_tls: Option<String>,
    /// A built app to serve under the content policy
    #[arg(long, value_name = "DIR")]
    pub app: Option<PathBuf>,
    /// Where to serve the app; without --app it says where the app is served by something else
    #[arg(long, value_name = "ADDR", default_value = "localhost:3000")]
    pub app_listen: String,
    /// Where to serve the app with TLS, too [default: nowhere]
    #[arg(long, value_name = "ADDR")]
    pub app_listen_tls: Option<String>,
    /// The origin of another provider that the app may talk to; may be given several times
    #[arg(long, value_name = "ORIGIN")]
    pub app_provider: Vec<String>,
    /// Throw away what the data folder holds and start from the tenant file
    #[arg(long)]
    pub reset: bool,
    /// Open the lab: decision records and logs for the app's pages; on loopback alone
    #[arg(long)]
    pub lab: bool,
}

/// What is asked for and not built yet, as a sentence.
#[must_use]
pub fn not_built_yet(command: &Command) -> Option<String> {
    let later = |what: &str, instead: &str| Some(format!("{what} is not built yet. {instead}"));
    match command {
        Command::Affected(_) | Command::AdminPassword(_) => None,
        Command::Serve(serve) => {
            if serve.data.starts_with("postgres://") || serve.data.starts_with("postgresql://") {
                later("A PostgreSQL store", "Give --data a folder, or `:memory:`.")
            } else {
                None
            }
        }
    }
}

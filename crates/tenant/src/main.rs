//! Starts the tenant from the command line.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use tenant::affected::affected;
use tenant::cli::{Cli, Command, not_built_yet};
use tenant::serve::serve;
use tenant::{PasswordProfile, new_admin_password};

#[tokio::main]
async fn main() -> ExitCode {
    // Clap itself leaves with status 2 when the flags are wrong.
    let cli = Cli::parse();
    if let Some(sentence) = not_built_yet(&cli.command) {
        eprintln!("tenant: {sentence}");
        return ExitCode::from(2);
    }
    let flags = match cli.command {
        Command::Affected(flags) => return ExitCode::from(affected(&flags)),
        Command::AdminPassword(flags) => return admin_password(&flags.data).await,
        Command::Serve(flags) => flags,
    };
    match serve(flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tenant: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

async fn admin_password(folder: &Path) -> ExitCode {
    match new_admin_password(folder, PasswordProfile::Standard).await {
        Ok(password) => {
            println!("{}", password.expose());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("tenant: {error}");
            ExitCode::from(1)
        }
    }
}

//! Starts the tenant from the command line.

use std::process::ExitCode;

use clap::Parser;
use tenant::affected::affected;
use tenant::cli::{Cli, Command, not_built_yet};
use tenant::serve::serve;

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

//! Sets up, runs, tests and measures the project: `cargo xtask serve`, `test`, `size` and `speed`.
//!
//! Works on Linux and macOS. Everything that is missing is installed first, or named in a sentence that
//! says how to install it.

mod build;
mod compress;
mod imports;
mod node_modules;
mod problem;
mod process;
mod serve;
mod setup;
mod size;
mod speed;
mod step;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the app and the tenant, start both, and print where they are.
    Serve(serve::Options),
    /// Run the lints, the tests and the size budget, or one part of them.
    Test(test::Options),
    /// Measure what a first visit downloads against the budget in `size-budget.json`.
    Size(size::Options),
    /// Measure how quick the tenant is, beside npm's oidc-provider.
    Speed(speed::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::stop_children_on_signals();
    let outcome = match arguments.command {
        Command::Serve(options) => serve::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Size(options) => size::run(&options),
        Command::Speed(options) => speed::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nerror: {problem}\n[{}]", problem.code());
            ExitCode::from(problem.exit_status())
        }
    }
}

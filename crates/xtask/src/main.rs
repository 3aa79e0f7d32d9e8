//! Sets up, runs, tests and measures the project: `cargo xtask serve`, `cargo xtask test`, `cargo xtask size`.
//!
//! Works on Linux and macOS. Everything that is missing is installed first, or named in a sentence that
//! says how to install it.

mod build;
mod compress;
mod imports;
mod problem;
mod process;
mod serve;
mod setup;
mod size;
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
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::stop_children_on_signals();
    let outcome = match arguments.command {
        Command::Serve(options) => serve::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Size(options) => size::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nerror: {problem}\n[{}]", problem.code());
            ExitCode::from(problem.exit_status())
        }
    }
}

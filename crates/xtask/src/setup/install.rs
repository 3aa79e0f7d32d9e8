//! Carries out one way of getting something.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Once;

use super::cache::Cache;
use super::machine;
use super::need::{CargoTool, DEBIAN_COMPILER, Way};
use super::wasm_std::{Compiler, Flavor};
use crate::problem::Problem;
use crate::process;
use crate::step::step;
use crate::workspace::{WASM, cargo};

/// Does it. What is then where is for [`machine::find`] to say.
pub(super) fn install(way: &Way, cache: &Cache) -> Result<(), Problem> {
    match way {
        Way::RustupTarget => step(&format!("rustup target add {WASM}"), "", || rustup(&["target", "add", WASM])),
        Way::RustupComponent(name) => {
            step(&format!("rustup component add {name}"), "", || rustup(&["component", "add", name]))
        }
        Way::Library(compiler, flavor) => library(*compiler, *flavor, cache).map(drop),
        Way::Apt(packages) => apt(packages),
        Way::Cargo(tool) => cargo_install(tool, cache),
        Way::Npm { name, version } => npm_install(name, version, cache),
    }
}

fn rustup(arguments: &[&str]) -> Result<(), Problem> {
    process::output("rustup", Command::new("rustup").args(arguments)).map(drop)
}

fn library(compiler: Compiler, flavor: Flavor, cache: &Cache) -> Result<PathBuf, Problem> {
    match compiler {
        Compiler::Debian if !machine::has_debian_packages() => apt(DEBIAN_COMPILER)?,
        Compiler::Rustup if !compiler.has_source() => install(&Way::RustupComponent("rust-src"), cache)?,
        _ => {}
    }
    let what = match flavor {
        Flavor::Ordinary => format!("the standard library for {WASM}"),
        Flavor::Small => "the page's small standard library".to_owned(),
    };
    step(&format!("{what}, from its source"), "about a minute, once", || compiler.build(flavor, cache))
}

fn apt(packages: &[&str]) -> Result<(), Problem> {
    static UPDATED: Once = Once::new();
    let apt_get = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
        command
    };
    step(&format!("apt-get install {}", packages.join(" ")), "", || {
        let mut update = Ok(String::new());
        UPDATED.call_once(|| update = process::output("apt-get update", apt_get().arg("update")));
        // Lists that are there already may do, so a refused update decides nothing yet.
        let mut install = apt_get();
        install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        process::output("apt-get install", &mut install).map_err(|problem| update.err().unwrap_or(problem))?;
        Ok(())
    })
}

fn cargo_install(tool: &CargoTool, cache: &Cache) -> Result<(), Problem> {
    let CargoTool { name, version, arguments, hint } = tool;
    step(&format!("cargo install {name} {version}"), hint, || {
        let install = cache.install(name, version, |folder| {
            let mut command = cargo();
            command
                .args(["install", name, "--version", version])
                .args(*arguments)
                .arg("--root")
                .arg(folder)
                .current_dir(folder)
                .env_remove("CARGO_TARGET_DIR")
                // These tools wait for compilers and browsers: building them quickly is worth more than their speed.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
                .env("CARGO_TERM_PROGRESS_WHEN", "never");
            process::output("cargo install", &mut command).map(drop)
        });
        install.map(drop)
    })
}

fn npm_install(name: &str, version: &str, cache: &Cache) -> Result<(), Problem> {
    step(&format!("npm install {name}@{version}"), "", || {
        let install = cache.install(name, version, |folder| {
            let mut command = Command::new("npm");
            command
                .args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefix"])
                .arg(folder)
                .arg(format!("{name}@{version}"))
                .current_dir(folder);
            process::output("npm install", &mut command).map(drop)
        });
        install.map(drop)
    })
}

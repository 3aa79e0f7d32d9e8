//! Looks at the machine: which tools are there, and what can be installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::need::{CargoTool, DEBIAN_COMPILER, Machine, Need, Way};
use super::wasm_std::{Compiler, Flavor};
use crate::problem::Problem;
use crate::process;
use crate::workspace::{WASM, Workspace};

/// Facts about this machine that decide how things are installed.
pub(super) fn look(workspace: &Workspace) -> Result<Machine, Problem> {
    Ok(Machine {
        apt: nix::unistd::Uid::effective().is_root() && on_path("apt-get").is_some(),
        rustup: on_path("rustup").is_some(),
        debian_compiler: Compiler::Debian.has_source(),
        npm: on_path("npm").is_some(),
        wasm_bindgen_version: workspace.locked_version("wasm-bindgen")?,
    })
}

/// Where `need` is on this machine, if it is there: a program, or for the target a folder.
pub(super) fn find(need: Need, machine: &Machine, cache: &Cache) -> Option<PathBuf> {
    let debian = |flavor| machine.debian_compiler.then(|| Compiler::Debian.cached(flavor, cache)).flatten();
    match need {
        Need::WasmTarget => default_target_library().or_else(|| debian(Flavor::Ordinary)),
        Need::SmallLibrary => {
            let rustup = machine.rustup.then(|| Compiler::Rustup.cached(Flavor::Small, cache)).flatten();
            rustup.or_else(|| debian(Flavor::Small))
        }
        Need::Clippy => program_that_runs("cargo-clippy"),
        Need::Rustfmt => program_that_runs("cargo-fmt"),
        Need::WasmBindgen => in_cache(need, machine, cache, "bin/wasm-bindgen-test-runner"),
        Need::Trunk => in_cache(need, machine, cache, "bin/trunk"),
        Need::Npm => on_path("npm"),
        // A script for Node.js.
        Need::WasmOpt => on_path("node").and_then(|_| in_cache(need, machine, cache, "node_modules/.bin/wasm-opt")),
        Need::Chromium => named("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]),
        Need::Chromedriver => named("CHROMEDRIVER", &["chromedriver"]),
        Need::Firefox => named("FIREFOX", &["firefox-esr", "firefox"]),
        Need::Geckodriver => {
            named("GECKODRIVER", &["geckodriver"]).or_else(|| in_cache(need, machine, cache, "bin/geckodriver"))
        }
    }
}

/// A program on the PATH.
pub(super) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// True if all of Debian's packages that the second compiler consists of are there.
pub(super) fn has_debian_packages() -> bool {
    let mut command = Command::new("dpkg-query");
    command.args(["--show", "--showformat=${Status}\n"]).args(DEBIAN_COMPILER);
    process::output("asking dpkg", &mut command).is_ok_and(|answer| {
        answer.lines().filter(|line| *line == "install ok installed").count() == DEBIAN_COMPILER.len()
    })
}

fn named(variable: &str, programs: &[&str]) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => programs.iter().find_map(|program| on_path(program)),
    }
}

fn in_cache(need: Need, machine: &Machine, cache: &Cache, program: &str) -> Option<PathBuf> {
    // Where it would be if npm were there: an installed wasm-opt needs Node.js only.
    let machine = Machine { npm: true, ..machine.clone() };
    let (name, version) = match need.ways(&machine).into_iter().next()? {
        Way::Cargo(CargoTool { name, version, .. }) => (name, version),
        Way::Npm { name, version } => (name, version.to_owned()),
        _ => return None,
    };
    Some(cache.get(name, &version)?.join(program)).filter(|path| path.exists())
}

/// rustup's proxies are on the PATH even when the component is not there, so it has to run.
fn program_that_runs(program: &str) -> Option<PathBuf> {
    let path = on_path(program)?;
    process::output(program, Command::new(&path).arg("--version")).ok().map(|_| path)
}

fn default_target_library() -> Option<PathBuf> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", WASM]);
    let answer = process::output("asking rustc", &mut command).ok()?;
    Some(PathBuf::from(answer.trim())).filter(|folder| has_core(folder))
}

/// True if the folder has a compiled `core`.
pub(super) fn has_core(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    })
}

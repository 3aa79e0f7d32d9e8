//! Debian's compiler for the page, where rustup cannot download the target.
//!
//! Debian ships a recent compiler and the source of its standard library. The library is built once for
//! `wasm32-unknown-unknown` and put into a sysroot in the cache; `bin/rustc` there calls the compiler with it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::machine::has_core;
use crate::problem::Problem;
use crate::process;
use crate::workspace::{WASM, host_target};

const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const CLIPPY: &str = "/usr/bin/cargo-clippy";
/// Debian's name for LLVM's linker for WebAssembly.
const LINKER: &str = "/usr/bin/wasm-ld-19";
const NAME: &str = "wasm-std";

/// Which compiler builds for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WasmCompiler {
    /// The one that builds everything else.
    Default,
    /// Debian's, with this sysroot.
    Debian(PathBuf),
}

impl WasmCompiler {
    /// Makes a Cargo command, or a program that calls Cargo, build for the page with this compiler.
    pub(crate) fn apply(&self, command: &mut Command) {
        if let Self::Debian(sysroot) = self {
            command
                .env("RUSTC", sysroot.join("bin/rustc"))
                .env("RUSTDOC", sysroot.join("bin/rustdoc"))
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
        }
    }

    /// `cargo clippy` for the page: a linter reads only libraries that its own compiler built.
    pub(crate) fn clippy(&self, root: &Path) -> Command {
        let mut command = match self {
            Self::Default => Command::new("cargo"),
            Self::Debian(sysroot) => {
                let mut command = Command::new(CLIPPY);
                command.env("CARGO", CARGO).env("SYSROOT", sysroot);
                command
            }
        };
        self.apply(&mut command);
        command.arg("clippy").current_dir(root);
        command
    }
}

/// True if Debian's compiler, its library's source and a linker are there.
pub(super) fn compiler_is_installed() -> bool {
    let source = Path::new("/usr/lib/rustlib/src/rust/library/Cargo.lock");
    [Path::new(RUSTC), Path::new(CARGO), Path::new(LINKER), source].iter().all(|path| path.exists())
}

/// The sysroot, if it was built for the compiler that is installed now.
pub(super) fn cached(cache: &Cache) -> Option<PathBuf> {
    if !compiler_is_installed() {
        return None;
    }
    let sysroot = cache.get(NAME, &compiler_version().ok()?)?;
    has_core(&library(&sysroot)).then_some(sysroot)
}

/// Builds the sysroot. Takes 30 to 60 s on two cores.
pub(super) fn build(cache: &Cache) -> Result<PathBuf, Problem> {
    let version = compiler_version()?;
    cache.install(NAME, &version, |sysroot| {
        let work = sysroot.join("build");
        let write = |path: PathBuf, text: &str| fs::write(&path, text).map_err(Problem::file(&path));
        create(&work.join("src"))?;
        write(work.join("Cargo.toml"), "[package]\nname = \"empty\"\nedition = \"2021\"\n[lib]\n[workspace]\n")?;
        write(work.join("src/lib.rs"), "")?;
        let mut command = Command::new(CARGO);
        command
            .args(["build", "--release", "--quiet", "-Zbuild-std=std,panic_abort,proc_macro,test", "--target", WASM])
            .current_dir(&work)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", RUSTC)
            // Without bitcode in the library, link-time optimisation of the page fails.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", work.join("target"))
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
        process::output("building the standard library", &mut command)?;

        create(&library(sysroot))?;
        move_rlibs(&work.join("target").join(WASM).join("release/deps"), &library(sysroot))?;
        let host = host_target()?;
        let beside = sysroot.join("lib/rustlib").join(&host);
        symlink(Path::new("/usr/lib/rustlib").join(&host), &beside).map_err(Problem::file(&beside))?;
        create(&sysroot.join("bin"))?;
        for program in ["rustc", "rustdoc"] {
            let script = sysroot.join("bin").join(program);
            let text = format!(
                "#!/bin/sh\nexec /usr/bin/{program} --sysroot \"$(cd \"$(dirname \"$0\")/..\" && pwd)\" \"$@\"\n"
            );
            write(script.clone(), &text)?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(Problem::file(&script))?;
        }
        fs::remove_dir_all(&work).map_err(Problem::file(&work))
    })
}

fn move_rlibs(from: &Path, to: &Path) -> Result<(), Problem> {
    for entry in fs::read_dir(from).map_err(Problem::file(from))? {
        let path = entry.map_err(Problem::file(from))?.path();
        let name = path.file_name().unwrap_or_default();
        // The empty crate that the library was built for is no part of it.
        if path.extension().is_some_and(|extension| extension == "rlib")
            && !name.to_string_lossy().starts_with("libempty-")
        {
            fs::rename(&path, to.join(name)).map_err(Problem::file(&path))?;
        }
    }
    Ok(())
}

fn create(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(Problem::file(folder))
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(WASM).join("lib")
}

fn compiler_version() -> Result<String, Problem> {
    let answer = process::output("asking Debian's rustc", Command::new(RUSTC).arg("-vV"))?;
    let release = answer.lines().find_map(|line| line.strip_prefix("release: ")).map(str::to_owned);
    release.ok_or_else(|| Problem::Unexpected {
        what: format!("{RUSTC} -vV"),
        expected: "a line `release: …`".to_owned(),
        found: answer,
    })
}

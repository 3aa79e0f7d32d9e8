//! Standard libraries for the page that are built here, from the compiler's own source.
//!
//! A library is built once for `wasm32-unknown-unknown` and put into a sysroot in the cache; `bin/rustc` there calls the
//! compiler with it. The released page gets a small one, whichever compiler there is; everything else for the browser
//! gets the one that rustup downloads, and where rustup cannot, one built by Debian's second compiler.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::machine::has_core;
use crate::problem::Problem;
use crate::process;
use crate::workspace::{WASM, cargo, host_target};

/// Where a compiler's home has the source of its library.
const SOURCE: &str = "lib/rustlib/src/rust/library/Cargo.lock";
const CLIPPY: &str = "/usr/bin/cargo-clippy";
/// Debian's name for LLVM's linker for WebAssembly.
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";
/// Where a sysroot has the linker, if its compiler brings none.
const OWN_LINKER: &str = "bin/wasm-ld";
/// The variable that names the linker to Cargo.
const LINKER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";
/// The variable whose flags take the place of those in `.cargo/config.toml`.
const FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// A compiler that was installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compiler {
    /// The one that builds everything else.
    Rustup,
    /// Debian's second one.
    Debian,
}

/// How a library is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// As rustup's is.
    Ordinary,
    /// For size, and a panic is a trap without words. Only a compiler of exactly this version, with its unstable flags
    /// unlocked, can use it.
    Small,
}

/// What every build for the page has, as in `.cargo/config.toml`.
const PAGE_FLAGS: &[&str] = &["--cfg", "erase_components"];

/// The flags of [`Flavor::Small`]: what is linked with such a library has to be built with them too.
const SMALL_FLAGS: &[&str] = &["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"];

/// What builds for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WasmCompiler {
    /// The one that builds everything else, with rustup's library.
    Default,
    /// The one of this sysroot, which was built here.
    Own(Flavor, PathBuf),
}

impl WasmCompiler {
    /// Makes a Cargo command, or a program that calls Cargo, build for the page with this compiler.
    pub(crate) fn apply(&self, command: &mut Command) {
        let Self::Own(flavor, sysroot) = self else { return };
        command.env("RUSTC", sysroot.join("bin/rustc")).env("RUSTDOC", sysroot.join("bin/rustdoc"));
        let linker = sysroot.join(OWN_LINKER);
        if linker.exists() {
            command.env(LINKER, linker);
        }
        if *flavor == Flavor::Small {
            command.env("RUSTC_BOOTSTRAP", "1").env(FLAGS, [PAGE_FLAGS, SMALL_FLAGS].concat().join(" "));
        }
    }

    /// `cargo clippy` for the page: a linter reads only libraries that its own compiler built.
    pub(crate) fn clippy(&self, root: &Path) -> Command {
        let mut command = match self {
            Self::Default => Command::new("cargo"),
            Self::Own(_, sysroot) => {
                let mut command = Command::new(CLIPPY);
                command.env("CARGO", "/usr/bin/cargo").env("SYSROOT", sysroot);
                command
            }
        };
        self.apply(&mut command);
        command.arg("clippy").current_dir(root);
        command
    }
}

impl Compiler {
    /// The folder that holds `bin/rustc` and `lib/rustlib`.
    fn home(self) -> Result<PathBuf, Problem> {
        match self {
            Self::Debian => Ok(PathBuf::from("/usr")),
            Self::Rustup => {
                let answer = process::output("asking rustc", Command::new("rustc").args(["--print", "sysroot"]))?;
                Ok(PathBuf::from(answer.trim()))
            }
        }
    }

    fn cargo(self) -> Command {
        match self {
            Self::Debian => Command::new("/usr/bin/cargo"),
            Self::Rustup => cargo(),
        }
    }

    /// True if the compiler, its library's source and a linker are there.
    pub(super) fn has_source(self) -> bool {
        let Ok(home) = self.home() else { return false };
        let linker = self == Self::Rustup || Path::new(DEBIAN_LINKER).exists();
        linker && ["bin/rustc", "bin/cargo", SOURCE].iter().all(|file| home.join(file).exists())
    }

    /// Its sysroot of this flavor, if that was built by the compiler that is installed now.
    pub(super) fn cached(self, flavor: Flavor, cache: &Cache) -> Option<PathBuf> {
        let sysroot = cache.get(self.name(flavor), &self.version().ok()?)?;
        has_core(&library(&sysroot)).then_some(sysroot)
    }

    /// Builds the sysroot. Takes 30 to 60 s on two cores.
    pub(super) fn build(self, flavor: Flavor, cache: &Cache) -> Result<PathBuf, Problem> {
        cache.install(self.name(flavor), &self.version()?, |sysroot| {
            let work = sysroot.join("build");
            let rlibs = self.compile(flavor, &work)?;
            self.assemble(sysroot, &rlibs)?;
            fs::remove_dir_all(&work).map_err(Problem::file(&work))
        })
    }

    /// Builds the library's crates, by way of an empty one that needs them all. Returns the folder they are in.
    fn compile(self, flavor: Flavor, work: &Path) -> Result<PathBuf, Problem> {
        create(&work.join("src"))?;
        write(&work.join("Cargo.toml"), "[package]\nname = \"empty\"\nedition = \"2021\"\n[lib]\n[workspace]\n")?;
        write(&work.join("src/lib.rs"), "")?;
        let mut command = self.cargo();
        command.args(["build", "--release", "--quiet", "--target", WASM]);
        // Without bitcode in the library, link-time optimisation of the page fails.
        let mut flags = vec!["-Cembed-bitcode=yes"];
        match flavor {
            Flavor::Ordinary => {
                command.arg("-Zbuild-std=std,panic_abort,proc_macro,test");
            }
            Flavor::Small => {
                command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
                flags.extend(SMALL_FLAGS);
            }
        }
        let target = work.join("target");
        command
            .current_dir(work)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", self.home()?.join("bin/rustc"))
            .env("RUSTFLAGS", flags.join(" "))
            .env("CARGO_TARGET_DIR", &target);
        if self == Self::Debian {
            command.env(LINKER, DEBIAN_LINKER);
        }
        process::output("building the standard library", &mut command)?;
        Ok(target.join(WASM).join("release/deps"))
    }

    /// Puts the library, the host's own beside it, and programs that use both into a sysroot.
    fn assemble(self, sysroot: &Path, rlibs: &Path) -> Result<(), Problem> {
        let (home, host) = (self.home()?, host_target()?);
        let link = |to: &Path, from: PathBuf| symlink(to, &from).map_err(Problem::file(&from));
        create(&library(sysroot))?;
        move_rlibs(rlibs, &library(sysroot))?;
        link(&home.join("lib/rustlib").join(&host), sysroot.join("lib/rustlib").join(&host))?;
        create(&sysroot.join("bin"))?;
        if self == Self::Debian {
            link(Path::new(DEBIAN_LINKER), sysroot.join(OWN_LINKER))?;
        }
        for program in ["rustc", "rustdoc"] {
            let script = sysroot.join("bin").join(program);
            let real = home.join("bin").join(program);
            let here = "$(cd \"$(dirname \"$0\")/..\" && pwd)";
            write(&script, &format!("#!/bin/sh\nexec '{}' --sysroot \"{here}\" \"$@\"\n", real.display()))?;
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).map_err(Problem::file(&script))?;
        }
        Ok(())
    }

    /// What its sysroot is called in the cache.
    fn name(self, flavor: Flavor) -> &'static str {
        match (self, flavor) {
            (Self::Debian, Flavor::Ordinary) => "wasm-std-debian",
            (Self::Debian, Flavor::Small) => "wasm-std-debian-small",
            (Self::Rustup, Flavor::Ordinary) => "wasm-std",
            (Self::Rustup, Flavor::Small) => "wasm-std-small",
        }
    }

    fn version(self) -> Result<String, Problem> {
        let rustc = self.home()?.join("bin/rustc");
        let answer = process::output("asking rustc", Command::new(&rustc).arg("-vV"))?;
        let release = answer.lines().find_map(|line| line.strip_prefix("release: ")).map(str::to_owned);
        release.ok_or_else(|| Problem::Unexpected {
            what: format!("{} -vV", rustc.display()),
            expected: "a line `release: …`".to_owned(),
            found: answer,
        })
    }
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

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    fs::write(path, text).map_err(Problem::file(path))
}

fn create(folder: &Path) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(Problem::file(folder))
}

fn library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(WASM).join("lib")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_page_has_every_flag_of_the_others() {
        let config = include_str!("../../../../.cargo/config.toml");
        assert!(config.contains(&format!("rustflags = {PAGE_FLAGS:?}")), "{config}");
    }
}

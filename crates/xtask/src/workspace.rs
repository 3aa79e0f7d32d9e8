//! The repository: where it is, where Cargo builds, which packages it has, which versions it locks.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::problem::Problem;
use crate::process;

/// The app's package.
pub(crate) const APP: &str = "silent-auth-app";
/// The client crate's package.
pub(crate) const CLIENT: &str = "silent-auth";
/// The tenant's package.
pub(crate) const TENANT: &str = "tenant";
/// The package of WebDriver tests.
pub(crate) const E2E: &str = "e2e";
/// The smallest page that uses the client crate. Its tests are end to end.
pub(crate) const MINIMAL: &str = "minimal";
/// A page whose people sign in in a popup. Its tests are end to end.
pub(crate) const POPUP: &str = "popup";
/// What takes the place of a dependency. Nothing calls it, so there is nothing to test.
pub(crate) const WASM_STREAMS: &str = "wasm-streams";
/// The package that measures the tenant.
pub(crate) const SPEED: &str = "speed";
/// The target that the app is built for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The repository as Cargo sees it.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Where Cargo builds.
    pub(crate) target: PathBuf,
    /// The names of its packages, sorted.
    pub(crate) members: Vec<String>,
}

impl Workspace {
    /// Asks Cargo, without the network.
    pub(crate) fn load() -> Result<Self, Problem> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(manifest);
        Self::from_metadata(&process::output("reading the workspace", &mut command)?)
    }

    fn from_metadata(json: &str) -> Result<Self, Problem> {
        let unexpected = |found: String| Problem::Unexpected {
            what: "cargo metadata".to_owned(),
            expected: "workspace_root, target_directory and packages".to_owned(),
            found,
        };
        let metadata: Value = serde_json::from_str(json).map_err(|error| unexpected(error.to_string()))?;
        let path = |key: &str| metadata[key].as_str().map(PathBuf::from).ok_or_else(|| unexpected(format!("no {key}")));
        let packages = metadata["packages"].as_array().ok_or_else(|| unexpected("no packages".to_owned()))?;
        let mut members: Vec<String> =
            packages.iter().filter_map(|package| package["name"].as_str().map(str::to_owned)).collect();
        members.sort();
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")?, members })
    }

    /// A Cargo command in the repository's root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// The version of `package` in Cargo.lock.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String, Problem> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path).map_err(Problem::file(&path))?;
        locked_version(&lock, package).ok_or_else(|| Problem::Unexpected {
            what: "Cargo.lock".to_owned(),
            expected: format!("a package {package}"),
            found: "none".to_owned(),
        })
    }
}

/// Cargo itself, without what `cargo run` put into the environment of this very program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The target of this machine itself, as the compiler names it.
pub(crate) fn host_target() -> Result<String, Problem> {
    let answer = process::output("asking rustc", Command::new("rustc").arg("-vV"))?;
    let host = answer.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    host.ok_or_else(|| Problem::Unexpected {
        what: "rustc -vV".to_owned(),
        expected: "a line `host: …`".to_owned(),
        found: answer,
    })
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{package}\""))?;
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_package_itself() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "absent"), None);
    }

    #[test]
    fn the_workspace_has_the_packages_that_the_commands_name() {
        let workspace = Workspace::load().unwrap();
        for name in [APP, CLIENT, TENANT, SPEED] {
            assert!(workspace.members.iter().any(|member| member == name), "{name}");
        }
        assert!(workspace.root.join("Trunk.toml").exists());
    }

    #[test]
    fn an_answer_that_is_not_cargos_is_named() {
        let problem = Workspace::from_metadata("{}").err().unwrap();
        assert!(problem.to_string().contains("cargo metadata"), "{problem}");
    }
}

//! Gets what a command needs onto the machine, or says what is missing.

mod cache;
mod install;
mod machine;
mod need;
mod wasm_std;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::problem::Problem;
use crate::process;
use crate::workspace::Workspace;
use cache::Cache;
pub(crate) use need::Need;
use wasm_std::Flavor;
pub(crate) use wasm_std::WasmCompiler;

/// The tools of one command: where they are, and the sentences of those that are not.
pub(crate) struct Toolbox {
    found: BTreeMap<Need, PathBuf>,
    missing: BTreeMap<Need, String>,
}

impl Toolbox {
    /// Finds each need, and installs what is not there. An error only for an interruption or an unusable machine.
    pub(crate) fn prepare(needs: &[Need], workspace: &Workspace) -> Result<Self, Problem> {
        let cache = Cache::of_user()?;
        let machine = machine::look(workspace)?;
        let mut toolbox = Self { found: BTreeMap::new(), missing: BTreeMap::new() };
        for need in needs {
            let mut failures = Vec::new();
            let mut found = machine::find(*need, &machine, &cache);
            for way in need.ways(&machine) {
                if found.is_some() {
                    break;
                }
                process::check_interrupted()?;
                match install::install(&way, &cache) {
                    Ok(()) => found = machine::find(*need, &machine, &cache),
                    Err(Problem::Interrupted) => return Err(Problem::Interrupted),
                    Err(problem) => failures.push(need::reason(&problem.to_string())),
                }
            }
            match found {
                Some(path) => toolbox.found.insert(*need, path).map(drop),
                None => toolbox.missing.insert(*need, need.lacking(&failures)).map(drop),
            };
        }
        Ok(toolbox)
    }

    /// An error naming everything that is missing.
    pub(crate) fn complete(self) -> Result<Self, Problem> {
        if self.missing.is_empty() {
            return Ok(self);
        }
        Err(Problem::Missing(self.missing.into_values().collect()))
    }

    /// The sentences of those among `needs` that are missing.
    pub(crate) fn lacking(&self, needs: &[Need]) -> Vec<String> {
        needs.iter().filter_map(|need| self.missing.get(need).cloned()).collect()
    }

    /// Where `need` is, if it was asked for and found.
    pub(crate) fn path(&self, need: Need) -> Option<&Path> {
        self.found.get(&need).map(PathBuf::as_path)
    }

    /// The compiler for what runs in a browser.
    pub(crate) fn wasm_compiler(&self) -> WasmCompiler {
        match self.path(Need::WasmTarget) {
            // A sysroot of our own has a compiler in it; rustup's folder of libraries has none.
            Some(folder) if folder.join("bin/rustc").exists() => WasmCompiler::Own(Flavor::Ordinary, folder.to_owned()),
            _ => WasmCompiler::Default,
        }
    }

    /// The compiler for the released page, once its library was asked for and found.
    pub(crate) fn release_compiler(&self) -> WasmCompiler {
        let sysroot = self.path(Need::SmallLibrary).map(Path::to_owned);
        sysroot.map_or(WasmCompiler::Default, |sysroot| WasmCompiler::Own(Flavor::Small, sysroot))
    }

    /// The PATH with the cached tools first.
    pub(crate) fn path_variable(&self) -> OsString {
        let cached = [Need::Trunk, Need::WasmBindgen, Need::WasmOpt];
        let folders = cached.iter().filter_map(|need| self.path(*need)?.parent().map(Path::to_owned));
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let all: Vec<PathBuf> = folders.chain(std::env::split_paths(&inherited)).collect();
        // A folder whose name holds a colon could not have been on the PATH either.
        std::env::join_paths(all).unwrap_or(inherited)
    }
}

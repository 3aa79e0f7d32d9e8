//! The user's cache of tools, by name and version, shared by every clone.
//!
//! A tool is installed into a folder beside its place and renamed, so that a killed installation is never
//! mistaken for a good one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// `$XDG_CACHE_HOME/silent-auth`, or `~/.cache/silent-auth`.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The user's own.
    pub(crate) fn of_user() -> Result<Self, Problem> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let base = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
        let base = base.ok_or_else(|| Problem::Unexpected {
            what: "the environment".to_owned(),
            expected: "HOME or XDG_CACHE_HOME, to keep tools in".to_owned(),
            found: "neither".to_owned(),
        })?;
        Ok(Self { folder: base.join("silent-auth") })
    }

    /// Where `name` of `version` is, if it is there.
    pub(crate) fn get(&self, name: &str, version: &str) -> Option<PathBuf> {
        Some(self.place(name, version)).filter(|place| place.is_dir())
    }

    /// Lets `fill` install into an empty folder, then puts that in place and returns the place.
    pub(crate) fn install(
        &self,
        name: &str,
        version: &str,
        fill: impl FnOnce(&Path) -> Result<(), Problem>,
    ) -> Result<PathBuf, Problem> {
        let place = self.place(name, version);
        let unfinished = self.folder.join(format!(".{name}-{version}.{}", std::process::id()));
        remove(&unfinished)?;
        fs::create_dir_all(&unfinished).map_err(Problem::file(&unfinished))?;
        let filled = fill(&unfinished);
        let renamed = filled.and_then(|()| match fs::rename(&unfinished, &place) {
            // Another clone was quicker: its copy is as good.
            Err(_) if place.is_dir() => Ok(()),
            renamed => renamed.map_err(Problem::file(&place)),
        });
        remove(&unfinished)?;
        renamed.map(|()| place)
    }

    fn place(&self, name: &str, version: &str) -> PathBuf {
        self.folder.join(format!("{name}-{version}"))
    }
}

fn remove(folder: &Path) -> Result<(), Problem> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Problem::file(folder)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A cache in a folder that goes with the test.
    fn cache() -> (TempDir, Cache) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("silent-auth");
        (home, Cache { folder })
    }

    #[test]
    fn an_installed_tool_is_found_again_by_name_and_version() {
        let (_home, cache) = cache();
        let place = cache
            .install("tool", "1.0", |folder| fs::write(folder.join("program"), "x").map_err(Problem::file(folder)));
        assert!(place.unwrap().join("program").exists());
        assert!(cache.get("tool", "1.0").is_some());
        assert!(cache.get("tool", "1.1").is_none());
    }

    #[test]
    fn a_failed_installation_leaves_nothing_behind() {
        let (_home, cache) = cache();
        let outcome = cache.install("tool", "1.0", |folder| {
            fs::write(folder.join("half"), "x").map_err(Problem::file(folder))?;
            Err(Problem::Interrupted)
        });
        assert!(outcome.is_err());
        assert!(cache.get("tool", "1.0").is_none());
        assert_eq!(fs::read_dir(&cache.folder).unwrap().count(), 0);
    }

    #[test]
    fn whoever_is_second_uses_what_the_first_installed() {
        let (_home, cache) = cache();
        let place = cache.install("tool", "1.0", |folder| {
            let rival = folder.parent().unwrap().join("tool-1.0");
            fs::create_dir_all(&rival).map_err(Problem::file(&rival))?;
            fs::write(rival.join("program"), "rival").map_err(Problem::file(&rival))
        });
        assert_eq!(fs::read_to_string(place.unwrap().join("program")).unwrap(), "rival");
    }
}

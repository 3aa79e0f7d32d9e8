//! Which files are read: those that were named, and what is in folders, without other people's programs.

use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::answer::Answer;
use super::read::{Origin, read};

/// Folders that hold packages, version control or what was built.
const NOT_ONES_OWN: &[&str] = &[
    "node_modules",
    "bower_components",
    "Pods",
    "target",
    ".git",
    ".hg",
    ".svn",
    ".gradle",
    ".venv",
    "venv",
    "__pycache__",
];

/// Reads a file, or every file in a folder. Symbolic links in folders are not followed, so that no loop can be entered.
pub(super) fn walk(path: &Path, answer: &mut Answer) {
    match std::fs::metadata(path) {
        Err(error) => answer.cannot_read(path, format!("cannot be read: {error}")),
        Ok(about) if about.is_dir() => walk_folder(path, answer),
        Ok(_) => read(path, Origin::Named, answer),
    }
}

fn walk_folder(path: &Path, answer: &mut Answer) {
    let mut walk = WalkDir::new(path).sort_by_file_name().into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let place = error.path().unwrap_or(path).to_owned();
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                answer.cannot_read(&place, format!("cannot be read: {why}"));
                continue;
            }
        };
        let kind = entry.file_type();
        if kind.is_dir() {
            if let Some(name) = not_ones_own(&entry) {
                *answer.skipped.folders.entry(name).or_default() += 1;
                walk.skip_current_dir();
            }
        } else if kind.is_symlink() {
            answer.skipped.symbolic_links += 1;
        } else if kind.is_file() {
            read(entry.path(), Origin::InFolder, answer);
        } else {
            answer.skipped.special_files += 1;
        }
    }
}

/// The name of a folder that is left out. The one that was named is not, whatever its name.
fn not_ones_own(entry: &DirEntry) -> Option<String> {
    let name = entry.file_name().to_str()?;
    (entry.depth() > 0 && NOT_ONES_OWN.contains(&name)).then(|| name.to_owned())
}

//! The built page with a script of a test's own that runs before everything else, under the page's own content policy.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::setting::Setting;

/// A copy of the built page. Dropping it removes it.
#[derive(Debug)]
pub struct Variant(TempDir);

impl Variant {
    /// A copy that writes down its phases, errors and policy violations: see [`Watched`](crate::Watched).
    #[must_use]
    pub fn watched() -> Self {
        Self::with_script(include_str!("watch.js"))
    }

    /// A copy in which `script` runs first.
    ///
    /// # Panics
    ///
    /// If the built page cannot be read or copied.
    #[must_use]
    pub fn with_script(script: &str) -> Self {
        Self::of(Setting::Dist, script)
    }

    /// As [`with_script`](Self::with_script), of another built page.
    ///
    /// # Panics
    ///
    /// As there.
    #[must_use]
    pub fn of(page: Setting, script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&page.path(), folder.path());
        let index = folder.path().join("index.html");
        let page = fs::read_to_string(&index).expect("the built page has an index.html");
        // The build leaves out the tag `<head>`; its first element is there.
        let (before, after) = page.split_once("<meta").expect("a head");
        fs::write(&index, format!("{before}<script src=\"/first.js\"></script><meta{after}")).expect("written");
        fs::write(folder.path().join("first.js"), script).expect("written");
        Self(folder)
    }

    /// The same as the app of another client of the tenant.
    ///
    /// # Panics
    ///
    /// If the built page names no client.
    #[must_use]
    pub fn of_client(self, client_id: &str) -> Self {
        let index = self.path().join("index.html");
        let page = fs::read_to_string(&index).expect("the built page has an index.html");
        let name = page.find("silent-auth:client-id").expect("it names its client");
        let start = page[..name].rfind("<meta").expect("in an element");
        let end = name + page[name..].find('>').expect("which ends");
        let meta = format!("<meta name=\"silent-auth:client-id\" content=\"{client_id}\"");
        fs::write(&index, format!("{}{meta}{}", &page[..start], &page[end..])).expect("written");
        self
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Copies the files of a folder, which has no folders that a page needs.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("an entry").path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            fs::copy(&path, to.join(name)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
}

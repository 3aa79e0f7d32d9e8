//! Compressed copies of the page's files, written once so that no request waits for a compressor.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::problem::Problem;

/// Files that shrink. Pages (`.html`) are filled per request by the server, so they have no copies.
const EXTENSIONS: &[&str] = &["css", "js", "json", "mjs", "svg", "txt", "wasm", "webmanifest"];

/// Writes `FILE.br` and `FILE.gz` beside every file of `folder` that shrinks.
pub(crate) fn write_siblings(folder: &Path) -> Result<(), Problem> {
    for path in files(folder)? {
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !extension.is_some_and(|extension| EXTENSIONS.contains(&extension)) {
            continue;
        }
        let bytes = fs::read(&path).map_err(Problem::file(&path))?;
        for (suffix, compressed) in [("br", brotli(&bytes)), ("gz", gzip(&bytes))] {
            let mut sibling = path.clone().into_os_string();
            sibling.push(format!(".{suffix}"));
            let sibling = PathBuf::from(sibling);
            fs::write(&sibling, compressed).map_err(Problem::file(&sibling))?;
        }
    }
    Ok(())
}

/// Brotli at level 11.
pub(crate) fn brotli(bytes: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    let mut input = bytes;
    brotli::BrotliCompress(&mut input, &mut compressed, &parameters).expect("memory accepts every write");
    compressed
}

/// Gzip at level 9.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory accepts every write")
}

/// Every file under `folder`, sorted.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Problem::file(&folder))? {
            let path = entry.map_err(Problem::file(&folder))?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_was_compressed_comes_back() {
        let text = "silent authentication ".repeat(200).into_bytes();
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&brotli(&text)[..], 4096).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        unpacked.clear();
        flate2::read::GzDecoder::new(&gzip(&text)[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        assert!(brotli(&text).len() < text.len() / 10);
    }

    #[test]
    fn files_that_shrink_get_two_copies_and_pages_none() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir_all(folder.join("snippets")).unwrap();
        for name in ["index.html", "app.js", "icon.png", "LICENSE", "snippets/inline.js"] {
            fs::write(folder.join(name), "some text").unwrap();
        }
        write_siblings(folder).unwrap();
        let names: Vec<String> = files(folder)
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix(folder).unwrap().display().to_string())
            .collect();
        let expected = [
            "LICENSE",
            "app.js",
            "app.js.br",
            "app.js.gz",
            "icon.png",
            "index.html",
            "snippets/inline.js",
            "snippets/inline.js.br",
            "snippets/inline.js.gz",
        ];
        assert_eq!(names, expected);
    }
}

//! Numbers in place of the hashes in the names of what the module imports from its JavaScript.
//!
//! `wasm-bindgen` ends each such name with 16 digits of a hash, once in the module and once in the JavaScript. Nothing
//! compresses those: they were 3,100 bytes of a first visit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::compress::files;
use crate::problem::Problem;

/// How the names begin.
const START: &[u8] = b"__wbg_";
/// How many hexadecimal digits they end with, after an underscore.
const DIGITS: usize = 16;

/// Renames the imports in every module and script of `folder`. No file gets longer or shorter.
pub(crate) fn number(folder: &Path) -> Result<(), Problem> {
    let mut contents = Vec::new();
    for path in files(folder)? {
        if path.extension().is_some_and(|extension| extension == "wasm" || extension == "js") {
            contents.push((fs::read(&path).map_err(Problem::file(&path))?, path));
        }
    }
    let numbers = numbers(contents.iter().flat_map(|(bytes, _)| names(bytes)).map(|(_, name)| name));
    for (bytes, path) in &contents {
        fs::write(path, renamed(bytes, &numbers)).map_err(Problem::file(path))?;
    }
    Ok(())
}

/// The names in `bytes` with their places.
fn names(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut position = 0;
    std::iter::from_fn(move || {
        while let Some(found) = bytes[position..].windows(START.len()).position(|window| window == START) {
            let start = position + found;
            let word = bytes[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            position = start + word;
            let name = &bytes[start..position];
            let digits = name.iter().rev().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
            if digits == DIGITS && name[name.len() - DIGITS - 1] == b'_' {
                return Some((start, name));
            }
        }
        None
    })
}

/// The digits for each name: names that differ in their hashes alone are counted.
fn numbers<'a>(names: impl Iterator<Item = &'a [u8]>) -> BTreeMap<&'a [u8], String> {
    let mut counts = BTreeMap::new();
    let number = |name: &'a [u8]| {
        let count = counts.entry(&name[..name.len() - DIGITS]).and_modify(|count| *count += 1).or_insert(0);
        (name, format!("{count:0DIGITS$}"))
    };
    names.collect::<BTreeSet<_>>().into_iter().map(number).collect()
}

fn renamed(bytes: &[u8], numbers: &BTreeMap<&[u8], String>) -> Vec<u8> {
    let mut renamed = bytes.to_vec();
    for (start, name) in names(bytes) {
        let end = start + name.len();
        renamed[end - DIGITS..end].copy_from_slice(numbers[name].as_bytes());
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "{__wbg_new_277c27c26f94cbc2:f,__wbg_new_07eab48280c9cd7e:g,__wbg__wbg_cb_unref_09736879a3f67559:h,\
                          __wbg_free:i,__wbg_close277c27c26f94cbc2:j,__wbg_more_a277c27c26f94cbc2:k}";

    #[test]
    fn module_and_script_get_the_same_numbers_and_keep_their_length() {
        let folder = tempfile::tempdir().unwrap();
        let module = b"\0asm\x1a__wbg_new_277c27c26f94cbc2\0\x01\x1a__wbg_new_07eab48280c9cd7e\0\xff";
        fs::write(folder.path().join("app_bg.wasm"), module).unwrap();
        fs::write(folder.path().join("app.js"), SCRIPT).unwrap();
        fs::write(folder.path().join("guide.json"), SCRIPT).unwrap();
        number(folder.path()).unwrap();

        let read = |name| fs::read(folder.path().join(name)).unwrap();
        let expected = b"\0asm\x1a__wbg_new_0000000000000001\0\x01\x1a__wbg_new_0000000000000000\0\xff";
        assert_eq!(read("app_bg.wasm"), expected);
        let expected = "{__wbg_new_0000000000000001:f,__wbg_new_0000000000000000:g,__wbg__wbg_cb_unref_0000000000000000:h,\
                        __wbg_free:i,__wbg_close277c27c26f94cbc2:j,__wbg_more_a277c27c26f94cbc2:k}";
        assert_eq!(String::from_utf8(read("app.js")).unwrap(), expected);
        assert_eq!(read("guide.json"), SCRIPT.as_bytes(), "no other file is touched");
    }
}

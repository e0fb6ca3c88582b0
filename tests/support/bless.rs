//! Texts that fixtures record: compared with those that are found, or written anew.

use std::path::Path;
use std::{env, fs};

/// How `found` differs from the text that `file` records; empty if both are the same. With
/// `VEDTAK_BLESS=1` in the environment, and no other value, `found` is written to the file instead.
pub(crate) fn difference(file: impl AsRef<Path>, found: &str) -> String {
    let file = file.as_ref();
    if env::var_os("VEDTAK_BLESS").is_some_and(|value| value == "1") {
        fs::write(file, found).expect("the text can be written");
        return String::new();
    }
    let recorded = match fs::read_to_string(file) {
        Ok(recorded) if recorded == found => return String::new(),
        Ok(recorded) => format!("recorded\n{recorded}"),
        Err(problem) => format!("{problem}\n"),
    };
    format!("{}: {recorded}found\n{found}\n", file.display())
}

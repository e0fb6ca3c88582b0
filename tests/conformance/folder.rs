//! Where the test cases lie: they are many, under licences of their own, and no part of the crate.

use std::io::Write;
use std::path::PathBuf;
use std::{env, io};

/// The environment variable that names the folder.
const VARIABLE: &str = "VEDTAK_CONFORMANCE";

/// The folder of the test cases, or `None`, with a word about it, where there is none.
///
/// # Panics
///
/// The environment names a folder that is not there: whoever asks for the cases shall not be told
/// that all is well.
pub(crate) fn find() -> Option<PathBuf> {
    if let Some(folder) = env::var_os(VARIABLE) {
        let folder = PathBuf::from(folder);
        assert!(
            folder.is_dir(),
            "{VARIABLE} names {}, which is no folder",
            folder.display()
        );
        return Some(folder);
    }
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/conformance"
    ));
    if folder.is_dir() {
        return Some(folder);
    }
    say(&format!(
        "skipped: there are no test cases in {}; name their folder in {VARIABLE}",
        folder.display()
    ));
    None
}

/// Prints a line that is seen even while the test passes: what `println!` prints, the test runner
/// keeps to itself then.
pub(crate) fn say(line: &str) {
    writeln!(io::stdout(), "{line}").expect("standard output can be written");
}

//! The policies of the conformance suites and those that are published, if they are there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The files in a folder and in those below it, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("can be listed") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// The files of the folder that `VEDTAK_CONFORMANCE` names and of the published policies beside it,
/// each with a number that there must be more policies than.
pub(crate) fn documents_of_other_people() -> Vec<(Vec<PathBuf>, usize)> {
    let Some(suites) = env::var_os("VEDTAK_CONFORMANCE").map(PathBuf::from) else {
        return Vec::new();
    };
    let published = suites.join("../altinn/policies");
    vec![(files_below(&suites), 500), (files_below(&published), 100)]
}

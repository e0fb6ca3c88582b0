//! A folder → the policies in it.

use std::io;
use std::path::Path;

/// A file of a folder that is a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    /// Its name in the folder.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Reads the files of a folder whose names end in `.xml`, in upper or lower case, by name. The log names
/// the folders inside it, which are not read.
///
/// # Errors
///
/// The folder cannot be read. A file that cannot be is there as one that is no policy: it stays what it
/// was, as a damaged one does.
pub fn read(folder: &Path) -> io::Result<Vec<PolicyFile>> {
    let mut files = Vec::new();
    // A link that is renamed meanwhile leads to another folder: all files are to be of one.
    let folder = folder.canonicalize()?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().map(|name| name.to_ascii_lowercase());
        if extension.is_some_and(|extension| extension == "xml") {
            // A pipe would keep whoever reads it waiting.
            let read = path.is_file().then(|| std::fs::read(&path).ok()).flatten();
            let bytes = read.unwrap_or_else(|| b"this file cannot be read".to_vec());
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            files.push(PolicyFile {
                name: name.into_owned(),
                bytes,
            });
        } else if path.is_dir() {
            tracing::warn!(folder = %path.display(), "a folder in the folder is not followed");
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

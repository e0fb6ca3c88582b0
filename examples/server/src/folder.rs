//! A folder → the policies in it.

use std::io;
use std::path::Path;

use vedtak::store::SourceDocument;

/// The folder in the folder, with policies that decide only where others refer to them.
const LIBRARY: &str = "library";

/// Reads the files of a folder whose names end in `.xml`, in upper or lower case, by name; and those of its
/// `library`, if that is wanted, with `library/` before their names. The log names the policies in ALFA, and
/// the folders inside it, that are not read. Errors: the folder, or its library, cannot be read. A file that
/// cannot be is there as one that is no policy: it stays what it was, as a damaged one does.
pub fn read(folder: &Path, has_library: bool) -> io::Result<Vec<SourceDocument>> {
    // A link that is renamed meanwhile leads to another folder: all files are to be of one.
    let folder = folder.canonicalize()?;
    let mut files = Vec::new();
    read_into(&mut files, &folder, has_library, false)?;
    files.sort_by(|one, other| one.source.cmp(&other.source));
    Ok(files)
}

fn read_into(
    files: &mut Vec<SourceDocument>,
    folder: &Path,
    has_library: bool,
    is_library: bool,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if extension == "xml" {
            // A pipe would keep whoever reads it waiting.
            let read = std::fs::metadata(&path).and_then(|file| match file.is_file() {
                true => std::fs::read(&path),
                false => Err(io::Error::other("it is no file")),
            });
            let bytes = read.unwrap_or_else(|error| {
                tracing::error!(file = %path.display(), %error, "the file cannot be read");
                b"this file cannot be read".to_vec()
            });
            files.push(match is_library {
                true => SourceDocument::library(format!("{LIBRARY}/{name}"), bytes),
                false => SourceDocument::policy(name, bytes),
            });
        } else if path.is_dir() && has_library && name == LIBRARY {
            read_into(files, &path, false, true)?;
        } else if extension == "alfa" {
            let file = path.display();
            tracing::warn!(%file, "a policy in ALFA is not read: `vedtak alfa` makes XML of it");
        } else if path.is_dir() {
            tracing::warn!(folder = %path.display(), "a folder in the folder is not followed");
        }
    }
    Ok(())
}

//! A folder → the policies in it.

use std::io;
use std::path::Path;

use vedtak::store::SourceDocument;

/// The folder in the folder, with policies that decide only where others refer to them.
const LIBRARY: &str = "library";

/// The files of a folder.
#[derive(Default)]
pub struct Files {
    pub read: Vec<SourceDocument>,
    /// The names of those that cannot be read, and why.
    pub unread: Vec<(String, String)>,
}

/// Reads the files of a folder whose names end in `.xml`, in upper or lower case, by name; and those of its
/// `library`, if that is wanted, with `library/` before their names. The log names the policies in ALFA, and
/// the folders inside it, that are not read. Errors: the folder, or its library, cannot be read.
pub fn read(folder: &Path, has_library: bool) -> io::Result<Files> {
    // A link that is renamed meanwhile leads to another folder: all files are to be of one.
    let folder = folder.canonicalize()?;
    let mut files = Files::default();
    read_into(&mut files, &folder, has_library, false)?;
    files
        .read
        .sort_by(|one, other| one.source.cmp(&other.source));
    files.unread.sort();
    Ok(files)
}

fn read_into(
    files: &mut Files,
    folder: &Path,
    has_library: bool,
    is_library: bool,
) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let file_name = path.file_name().unwrap_or_default();
        let name = file_name.to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if extension == "xml" {
            let within = match is_library {
                true => format!("{LIBRARY}/"),
                false => String::new(),
            };
            // In print, two such names may be one.
            if file_name.to_str().is_none() {
                let why = "its name is not UTF-8".to_owned();
                files.unread.push((format!("{within}{file_name:?}"), why));
                continue;
            }
            // A pipe would keep whoever reads it waiting.
            let read = std::fs::metadata(&path).and_then(|file| match file.is_file() {
                true => std::fs::read(&path),
                false => Err(io::Error::other("it is no file")),
            });
            let source = format!("{within}{name}");
            match read {
                Ok(bytes) => files.read.push(SourceDocument {
                    source,
                    bytes,
                    is_library,
                }),
                Err(error) => {
                    tracing::error!(file = %path.display(), %error, "the file cannot be read");
                    files.unread.push((source, error.to_string()));
                }
            }
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

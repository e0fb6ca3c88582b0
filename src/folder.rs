//! The documents of a folder: which of its files are policies, for test files and the command alike.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::similar_name;
use crate::limits::Limits;

/// The endings of the names of policies.
pub const POLICIES: [&str; 2] = ["xml", "alfa"];

/// A file in a folder, or in one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderFile {
    /// Its path.
    pub path: PathBuf,
    /// Whether it is in a folder `library` below the one that is listed.
    pub is_library: bool,
}

/// The files of a folder and of those below it, each folder once, whatever links lead there.
#[derive(Debug, Default)]
pub struct Listing {
    /// The files, in the order of their names.
    pub files: Vec<FolderFile>,
    /// Those that end otherwise.
    pub others: Vec<PathBuf>,
    /// Files and folders that cannot be read.
    pub problems: Vec<(PathBuf, io::Error)>,
}

impl Listing {
    /// Lists the files that end in one of these ways, in small letters or large ones. Those whose names
    /// begin with a dot are left alone, and so are such folders. A folder that is reached through a
    /// `library` and in another way is in no library: its policies decide.
    pub fn of(folder: &Path, endings: &[&str]) -> Self {
        let mut walk = Walk {
            endings,
            known: HashSet::new(),
            libraries: Vec::new(),
            found: Self::default(),
        };
        walk.folder(folder, false);
        for library in std::mem::take(&mut walk.libraries) {
            walk.folder(&library, true);
        }
        let mut found = walk.found;
        found.files.sort_by(|one, other| one.path.cmp(&other.path));
        found
            .problems
            .sort_by(|(one, _), (other, _)| one.cmp(other));
        found
    }
}

/// A walk through folders. Libraries wait until all other folders are known.
struct Walk<'e> {
    endings: &'e [&'e str],
    known: HashSet<PathBuf>,
    libraries: Vec<PathBuf>,
    found: Listing,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, is_library: bool) {
        let listed = fs::canonicalize(folder).and_then(|known| {
            if !self.known.insert(known) {
                return Ok(Vec::new());
            }
            let entries = fs::read_dir(folder)?;
            entries.map(|entry| Ok(entry?.path())).collect()
        });
        let mut entries: Vec<PathBuf> = match listed {
            Ok(entries) => entries,
            Err(error) => {
                self.found.problems.push((folder.to_owned(), error));
                return;
            }
        };
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                match !is_library && name == "library" {
                    true => self.libraries.push(path),
                    false => self.folder(&path, is_library),
                }
            } else if self.endings.iter().any(|ending| ends_in(&name, ending)) {
                match regular(&path) {
                    Ok(()) => self.found.files.push(FolderFile { path, is_library }),
                    Err(error) => self.found.problems.push((path, error)),
                }
            } else {
                self.found.others.push(path);
            }
        }
    }
}

/// Whether a name ends in a dot and these letters, small or large.
pub(crate) fn ends_in(name: &str, ending: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let before = name.strip_suffix(ending);
    before.is_some_and(|before| before.ends_with('.'))
}

/// Refuses what is no regular file: to read a pipe or a device may never end.
///
/// # Errors
///
/// It is none, or nothing is known of it.
pub fn regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("it is no regular file")),
    }
}

/// Reads a file, if it has no more bytes than a document may have.
///
/// # Errors
///
/// It cannot be read, or it has more.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    bounded(File::open(path)?)
}

/// Reads all that there is, if it has no more bytes than a document may have.
///
/// # Errors
///
/// It cannot be read, or it has more.
pub fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let most = Limits::default().bytes;
    let mut bytes = Vec::new();
    from.take(most as u64 + 1).read_to_end(&mut bytes)?;
    match bytes.len() > most {
        false => Ok(bytes),
        true => Err(io::Error::other(format!(
            "it has more than {most} bytes, which is the limit"
        ))),
    }
}

/// Whether a document in a folder is one of its policies. Requests and responses are none, nor is XML
/// whose root element is in no namespace of XACML and is not named as a policy, or nearly, such as the
/// report of a test. Anything else is a policy that is broken.
pub fn is_policy(path: Option<&Path>, bytes: &[u8]) -> bool {
    let text = beginning(bytes);
    let is_other = || match root(&text) {
        Some("Request" | "Response") => true,
        Some("Policy" | "PolicySet") | None => false,
        Some(name) => is_foreign(&text) && similar_name(name, ["Policy", "PolicySet"]).is_none(),
    };
    is_alfa(path, bytes) || !is_other()
}

/// Whether the root element of a document is certainly in no namespace of XACML. Where a reference or a
/// document type could name one, it is not certain.
fn is_foreign(text: &str) -> bool {
    let Some(tag) = root_tag(text) else {
        return false;
    };
    !text.contains("<!DOCTYPE") && !tag.contains('&') && !tag.to_lowercase().contains("xacml")
}

/// The start tag of the root element, if it ends.
fn root_tag(text: &str) -> Option<&str> {
    let tag = root_on(text)?;
    let mut quote = None;
    let end = tag.find(|c| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        quote.is_none() && c == '>'
    });
    Some(&tag[..end?])
}

/// Whether a document is in ALFA: by the ending of its name, as it may declare names and nothing else, or
/// by its first word.
pub fn is_alfa(path: Option<&Path>, bytes: &[u8]) -> bool {
    let ending = path.and_then(Path::extension);
    let words = ["namespace", "import", "policy", "policyset"];
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("alfa"))
        || words.contains(&first_word(&beginning(bytes)))
}

/// The bytes in which a root element begins, behind comments.
const BEGINNING: usize = 1 << 16;

/// The beginning of a document as text, for a first look: broken characters are as good as others.
pub fn beginning(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(BEGINNING)];
    let of_pairs = |pair: fn([u8; 2]) -> u16| {
        let pairs = bytes[2..].chunks_exact(2).map(|two| pair([two[0], two[1]]));
        String::from_utf16_lossy(&pairs.collect::<Vec<u16>>())
    };
    match bytes {
        [0xFF, 0xFE, ..] => of_pairs(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => of_pairs(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The first word of a text behind its comments, which are those of ALFA.
fn first_word(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        let end = match text {
            text if text.starts_with("//") => "\n",
            text if text.starts_with("/*") => "*/",
            text => {
                let end = text.find(|c: char| !c.is_alphanumeric());
                return &text[..end.unwrap_or(text.len())];
            }
        };
        text = text.split_once(end).unwrap_or_default().1;
    }
}

/// The name of the root element, without its prefix.
pub fn root(text: &str) -> Option<&str> {
    let name = root_on(text)?;
    let end = name.find(|c: char| c.is_whitespace() || ['>', '/'].contains(&c));
    let name = &name[..end?];
    Some(name.rsplit(':').next().unwrap_or(name))
}

/// The text from the name of the root element on.
fn root_on(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        let end = match text {
            text if text.starts_with("<?") => "?>",
            text if text.starts_with("<!--") => "-->",
            text if text.starts_with("<!") => ">",
            text => return text.strip_prefix('<'),
        };
        text = text.split_once(end)?.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_known_by_its_first_words() {
        for (text, is_a_policy, is_in_alfa) in [
            ("<!-- <Request/> -->\n<x:PolicySet>", true, false),
            ("<Polciy>", true, false),
            ("", true, false),
            ("<x:Request/>", false, false),
            ("<Response>", false, false),
            ("// of letters\n/* a */ namespace letters {", true, true),
            ("policyset", true, true),
            ("// policy", true, false),
            // The reports of tests, pages and projects.
            ("<testsuites tests='1'>", false, false),
            (
                "<?xml version='1.0'?><m:project xmlns:m='urn:a' a='>'>",
                false,
                false,
            ),
            // What may be in a namespace of XACML.
            (
                "<Rule xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17'>",
                true,
                false,
            ),
            (
                "<x:Rule a='>' xmlns:x='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17'>",
                true,
                false,
            ),
            (
                "<Rule xmlns='urn:oasis:names:tc:x&#97;cml:3.0'>",
                true,
                false,
            ),
            ("<!DOCTYPE testsuites><testsuites>", true, false),
            ("<testsuites a='", true, false),
            ("<policy>", true, false),
        ] {
            assert_eq!(is_policy(None, text.as_bytes()), is_a_policy, "{text}");
            assert_eq!(is_alfa(None, text.as_bytes()), is_in_alfa, "{text}");
        }
        let pairs = "\u{feff}<Request>"
            .encode_utf16()
            .flat_map(u16::to_be_bytes);
        assert!(!is_policy(None, &pairs.collect::<Vec<u8>>()));
        assert!(is_alfa(Some(Path::new("names.ALFA")), b"category letter"));
    }
}

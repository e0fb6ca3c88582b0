//! Files, folders and standard input → documents, with what each of them is.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use vedtak::Limits;
use vedtak::report::Visible;

use crate::output::{Undone, reason};

/// A document as it was given.
pub(crate) struct Given {
    /// The name in messages: the path as it was given, or `stdin`.
    pub(crate) name: String,
    /// None for standard input.
    pub(crate) path: Option<PathBuf>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Kind,
    /// The place of the argument that it comes from.
    pub(crate) argument: usize,
    /// The way to it.
    pub(crate) found: Found,
}

/// The way to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It was named itself.
    Named,
    /// It is in a folder that was named, or below it.
    InFolder,
    /// It is in a folder `library` below one that was named.
    InLibrary,
}

/// The kind of a document, by its first words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A policy or policy set in XML.
    Policy,
    /// A request in XML.
    Request,
    /// A request in the JSON Profile, or JSON that is nothing else.
    JsonRequest,
    /// An evaluation of AuthZEN.
    Evaluation,
    /// Several evaluations of AuthZEN.
    Evaluations,
    /// Policies in ALFA.
    Alfa,
    /// Another document in XML, by its root element; empty if it has none.
    Other(String),
}

impl Kind {
    pub(crate) fn is_request(&self) -> bool {
        !matches!(self, Self::Policy | Self::Alfa | Self::Other(_))
    }

    /// The kind of a document.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let beginning = text_of(&bytes[..bytes.len().min(BEGINNING)]);
        let beginning = beginning.trim_start();
        if beginning.starts_with(['{', '[']) {
            let json: Json = serde_json::from_slice(bytes).unwrap_or_default();
            let has = |member: &str| json.get(member).is_some();
            return match () {
                () if has("Request") => Self::JsonRequest,
                () if has("evaluations") => Self::Evaluations,
                () if has("subject") || has("action") || has("resource") => Self::Evaluation,
                () => Self::JsonRequest,
            };
        }
        let words = ["namespace", "import", "policy", "policyset"];
        if words.contains(&first_word(beginning)) {
            return Self::Alfa;
        }
        match root(beginning).unwrap_or_default() {
            "Policy" | "PolicySet" => Self::Policy,
            "Request" => Self::Request,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// The bytes in which a root element begins, behind comments.
const BEGINNING: usize = 1 << 16;

/// The text of a document, for a first look: broken characters are as good as others.
fn text_of(bytes: &[u8]) -> String {
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
fn root(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        let end = match text {
            text if text.starts_with("<?") => "?>",
            text if text.starts_with("<!--") => "-->",
            text if text.starts_with("<!") => ">",
            text => {
                let name = text.strip_prefix('<')?;
                let end = name.find(|c: char| c.is_whitespace() || ['>', '/'].contains(&c));
                let name = &name[..end?];
                return Some(name.rsplit(':').next().unwrap_or(name));
            }
        };
        text = text.split_once(end)?.1;
    }
}

/// Reads documents. A folder stands for the files in it and below it that end in one of these ways, in
/// the order of their names; `-` is standard input. All that cannot be read is told at once.
pub(crate) fn read(paths: &[PathBuf], endings: &[&str]) -> Result<Vec<Given>, Undone> {
    let mut reader = Collector {
        endings,
        given: Vec::new(),
        problems: Vec::new(),
        folders: HashSet::new(),
        has_stdin: false,
    };
    for (argument, path) in paths.iter().enumerate() {
        reader.add(argument, path);
    }
    match reader.problems.is_empty() {
        true => Ok(reader.given),
        false => Err(Undone::of_all(reader.problems)),
    }
}

struct Collector<'e> {
    endings: &'e [&'e str],
    given: Vec<Given>,
    problems: Vec<String>,
    /// The folders that were read, whatever links lead there.
    folders: HashSet<PathBuf>,
    has_stdin: bool,
}

impl Collector<'_> {
    fn add(&mut self, argument: usize, path: &Path) {
        if path.as_os_str() == "-" {
            if std::mem::replace(&mut self.has_stdin, true) {
                self.problems
                    .push("`-` is standard input, and can be read once".to_owned());
                return;
            }
            let bytes = bounded(io::stdin().lock());
            self.take(argument, None, "stdin".to_owned(), bytes, Found::Named);
        } else if path.is_dir() {
            let (before, problems) = (self.given.len(), self.problems.len());
            self.folder(argument, path, Found::InFolder);
            if self.given.len() == before && self.problems.len() == problems {
                let endings: Vec<String> = self.endings.iter().map(|e| format!("`.{e}`")).collect();
                let endings = match &endings[..] {
                    [others @ .., last] if !others.is_empty() => {
                        format!("{} or {last}", others.join(", "))
                    }
                    endings => endings.join(""),
                };
                let path = Visible(path.display());
                self.problems
                    .push(format!("{path}: no file in this folder ends in {endings}"));
            }
        } else {
            self.file(argument, path, Found::Named);
        }
    }

    fn file(&mut self, argument: usize, path: &Path, found: Found) {
        let bytes = File::open(path).and_then(bounded);
        let name = Visible(path.display()).to_string();
        self.take(argument, Some(path.to_owned()), name, bytes, found);
    }

    fn take(
        &mut self,
        argument: usize,
        path: Option<PathBuf>,
        name: String,
        bytes: io::Result<Vec<u8>>,
        found: Found,
    ) {
        match bytes {
            Ok(bytes) => self.given.push(Given {
                // Such a file may declare names, and nothing else.
                kind: match path.as_ref().and_then(|path| path.extension()) {
                    Some(ending) if ending.eq_ignore_ascii_case("alfa") => Kind::Alfa,
                    _ => Kind::of(&bytes),
                },
                name,
                path,
                bytes,
                argument,
                found,
            }),
            Err(error) => self.problems.push(format!("{name}: {}", reason(&error))),
        }
    }

    fn folder(&mut self, argument: usize, folder: &Path, found: Found) {
        let listed = fs::canonicalize(folder).and_then(|known| {
            if !self.folders.insert(known) {
                return Ok(Vec::new());
            }
            fs::read_dir(folder)?
                .map(|entry| Ok(entry?.path()))
                .collect()
        });
        let mut entries: Vec<PathBuf> = match listed {
            Ok(entries) => entries,
            Err(error) => {
                let name = Visible(folder.display());
                self.problems.push(format!("{name}: {}", reason(&error)));
                return;
            }
        };
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let name = name.to_ascii_lowercase();
            let ends = |ending: &&str| name.ends_with(&format!(".{ending}"));
            if path.is_dir() {
                let is_library = path.ends_with("library");
                let found = if is_library { Found::InLibrary } else { found };
                self.folder(argument, &path, found);
            } else if self.endings.iter().any(ends) {
                self.file(argument, &path, found);
            }
        }
    }
}

/// Reads all of it, if that is no more than any document may have.
fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_first_words() {
        for (text, kind) in [
            (
                "<?xml version='1.0'?>\n<!-- <Request/> -->\n<x:PolicySet>",
                Kind::Policy,
            ),
            ("\u{feff}<Policy\n PolicyId='p'>", Kind::Policy),
            ("<Request/>", Kind::Request),
            ("<Response>", Kind::Other("Response".to_owned())),
            ("", Kind::Other(String::new())),
            ("<", Kind::Other(String::new())),
            ("<!--", Kind::Other(String::new())),
            ("// of letters\n/* a */ namespace letters {", Kind::Alfa),
            ("policyset", Kind::Alfa),
            ("// policy", Kind::Other(String::new())),
            (r#"{"Request": {}}"#, Kind::JsonRequest),
            (r#"{"subject": {}}"#, Kind::Evaluation),
            (r#"{"subject": {}, "evaluations": []}"#, Kind::Evaluations),
            ("{ no", Kind::JsonRequest),
        ] {
            assert_eq!(Kind::of(text.as_bytes()), kind, "{text}");
        }
        let pairs = "\u{feff}<Policy>".encode_utf16().flat_map(u16::to_be_bytes);
        assert_eq!(Kind::of(&pairs.collect::<Vec<u8>>()), Kind::Policy);
    }
}

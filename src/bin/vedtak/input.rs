//! Files, folders and standard input → documents, with what each of them is.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use vedtak::folder::{self, Listing};
use vedtak::report::Visible;

use crate::output::{Undone, reason};
use crate::stdin;

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
    /// A test file for policies.
    TestFile,
    /// Another document in XML, by its root element; empty if it has none.
    Other(String),
}

impl Kind {
    pub(crate) fn is_request(&self) -> bool {
        !matches!(
            self,
            Self::Policy | Self::Alfa | Self::TestFile | Self::Other(_)
        )
    }

    /// The kind of a document.
    pub(crate) fn of(path: Option<&Path>, bytes: &[u8]) -> Self {
        if folder::is_alfa(path, bytes) {
            return Self::Alfa;
        }
        let beginning = folder::beginning(bytes);
        let beginning = beginning.trim_start();
        if beginning.starts_with(['{', '[']) {
            let json: Json = serde_json::from_slice(bytes).unwrap_or_default();
            let has = |member: &str| json.get(member).is_some();
            return match () {
                () if has("Request") => Self::JsonRequest,
                () if has("cases") => Self::TestFile,
                () if has("evaluations") => Self::Evaluations,
                () if has("subject") || has("action") || has("resource") => Self::Evaluation,
                () => Self::JsonRequest,
            };
        }
        match folder::root(beginning).unwrap_or_default() {
            "Policy" | "PolicySet" => Self::Policy,
            "Request" => Self::Request,
            "" if beginning.lines().any(|line| line.starts_with("cases:")) => Self::TestFile,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Reads documents. A folder stands for the files in it and below it that end in one of these ways, in
/// the order of their names; `-` is standard input. All that cannot be read is told at once.
pub(crate) fn read(paths: &[PathBuf], endings: &[&str]) -> Result<Vec<Given>, Undone> {
    let mut reader = Collector {
        endings,
        given: Vec::new(),
        problems: Vec::new(),
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
}

impl Collector<'_> {
    fn add(&mut self, argument: usize, path: &Path) {
        if path.as_os_str() == "-" {
            let name = stdin::NAME.to_owned();
            self.take(argument, None, name, stdin::read(), Found::Named);
        } else if path.is_dir() {
            let (before, problems) = (self.given.len(), self.problems.len());
            self.folder(argument, path);
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
        let bytes = folder::read(path);
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
            Ok(bytes) => {
                let kind = Kind::of(path.as_deref(), &bytes);
                if kind == Kind::TestFile && found == Found::Named {
                    self.problems.push(format!(
                        "{name}: this is a test file, and no policy or request: `vedtak test {name}` runs it"
                    ));
                    return;
                }
                self.given.push(Given {
                    kind,
                    name,
                    path,
                    bytes,
                    argument,
                    found,
                });
            }
            Err(error) => self.problems.push(format!("{name}: {}", reason(&error))),
        }
    }

    fn folder(&mut self, argument: usize, folder: &Path) {
        // An argument has all that is in its folder, also what another argument has: it may be another side.
        let listing = Listing::of(folder, self.endings);
        for (path, error) in &listing.problems {
            let name = Visible(path.display());
            self.problems.push(format!("{name}: {}", reason(error)));
        }
        for one in listing.files {
            let found = match one.is_library {
                true => Found::InLibrary,
                false => Found::InFolder,
            };
            self.file(argument, &one.path, found);
        }
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
            ("policies: [a.xml]\ncases:\n- name: a\n", Kind::TestFile),
            (r#"{"cases": []}"#, Kind::TestFile),
            (r#"{"Request": {}}"#, Kind::JsonRequest),
            (r#"{"subject": {}}"#, Kind::Evaluation),
            (r#"{"subject": {}, "evaluations": []}"#, Kind::Evaluations),
            ("{ no", Kind::JsonRequest),
        ] {
            assert_eq!(Kind::of(None, text.as_bytes()), kind, "{text}");
        }
        let pairs = "\u{feff}<Policy>".encode_utf16().flat_map(u16::to_be_bytes);
        assert_eq!(Kind::of(None, &pairs.collect::<Vec<u8>>()), Kind::Policy);
    }
}

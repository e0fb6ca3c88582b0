//! The files that a test file names, relative to its own folder.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexSet;

use crate::error::{Diagnostic, Visible, cut};
use crate::folder;
use crate::json::{Document, Item};

/// A file that was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedFile {
    /// Its path as problems show it.
    pub name: String,
    /// Its path.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The folder of a test file, what was read beside it, and problems of these files.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    pub(super) sources: IndexSet<PathBuf>,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) policies: Option<GivenPolicies>,
}

/// The policies of a host, each with whether others only refer to it.
pub(super) type GivenPolicies = Arc<[(NamedFile, bool)]>;

impl Files {
    /// The files beside a test file, of which that one is the first.
    pub(super) fn of(test_file: &Path, policies: Option<GivenPolicies>) -> Self {
        let folder = test_file.parent().unwrap_or(Path::new(""));
        Self {
            folder: folder.to_owned(),
            sources: IndexSet::from([test_file.to_owned()]),
            problems: Vec::new(),
            policies,
        }
    }

    /// Reads the policy that an item names; of a host's, if they are given, and no other.
    pub(super) fn read_policy(
        &mut self,
        json: &mut Document<'_>,
        item: Item,
        what: &str,
    ) -> Option<NamedFile> {
        let Some(given) = self.policies.clone() else {
            return self.read(json, item, what);
        };
        let text = json.string(item, what)?;
        let path = plain(&self.folder.join(&*text));
        let found = given.iter().find(|(file, _)| file.path == path);
        if found.is_none() {
            let message = format!("{what} `{}` is not among those that decide", cut(&text));
            json.problem(item, message);
        }
        Some(found?.0.clone())
    }

    /// Reads the file that an item names.
    pub(super) fn read(
        &mut self,
        json: &mut Document<'_>,
        item: Item,
        what: &str,
    ) -> Option<NamedFile> {
        let text = json.string(item, what)?;
        if text.is_empty() {
            json.problem(
                item,
                format!("{what} is empty: expected the path of a file"),
            );
            return None;
        }
        match self.open(&self.folder.join(&*text)) {
            Ok(file) => Some(file),
            Err(error) => {
                let message = format!("{what} `{}` cannot be read: {error}", cut(&text));
                json.problem(item, message);
                None
            }
        }
    }

    /// Reads a file, and notes that it was read.
    pub(super) fn open(&mut self, path: &Path) -> Result<NamedFile, String> {
        let path = plain(path);
        // A file that is not there may come: it is watched as well.
        self.sources.insert(path.clone());
        let bytes = folder::read(&path).map_err(|error| unreadable(&error))?;
        Ok(NamedFile {
            name: shown(&path),
            path,
            bytes,
        })
    }
}

/// The reason why a file cannot be read, in the same words on every system if it is not there.
pub(super) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        _ => error.to_string(),
    }
}

/// The path as problems show it, with `/` on every system.
pub(super) fn shown(path: &Path) -> String {
    let shown = Visible(path.display()).to_string();
    match std::path::MAIN_SEPARATOR {
        '/' => shown,
        separator => shown.replace(separator, "/"),
    }
}

/// The path without `.`, and without folders that it goes into and out of again.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        let goes_out = matches!(part, Component::ParentDir)
            && matches!(plain.components().next_back(), Some(Component::Normal(_)));
        match part {
            _ if goes_out => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

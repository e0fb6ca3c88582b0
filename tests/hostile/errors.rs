//! Bad policies and requests, each with what is said of it, word for word.
//!
//! In `fixtures/errors`, `NAME.xml` is a policy and `NAME.request.xml` or `NAME.request.json` a
//! request; `NAME.txt` is the error. Those in `xpath` and `without-xpath` are read with the feature
//! `xpath` and without it. With `VEDTAK_BLESS=1` in the environment the texts are written, not compared.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use vedtak::{Pdp, ReadOptions, Request};

use crate::bless::difference;

/// Fewer cases than this means that the folder was not found whole.
const LEAST: usize = 60;

#[test]
fn every_error_reads_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/errors");
    let mut documents = documents(&folder);
    // What depends on XPath being there.
    documents.extend(self::documents(&folder.join(
        match cfg!(feature = "xpath") {
            true => "xpath",
            false => "without-xpath",
        },
    )));
    assert!(documents.len() >= LEAST, "only {} cases", documents.len());
    let mut differences = Vec::new();
    for document in &documents {
        let name = file_name(document);
        let Some(found) = error(document) else {
            differences.push(format!("{name} loads without an error"));
            continue;
        };
        let found = format!("{}\n", found.trim_end());
        differences.push(difference(text_of(document), &found));
    }
    differences.retain(|difference| !difference.is_empty());
    assert!(
        differences.is_empty(),
        "{} of {} cases differ\n\n{}",
        differences.len(),
        documents.len(),
        differences.join("\n\n")
    );
}

/// The documents of the folder, by name. No two may have one text, of which blessing would keep one,
/// and no text may be left over.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| !path.is_dir())
        .collect();
    let (mut documents, mut others): (Vec<PathBuf>, Vec<PathBuf>) = files
        .into_iter()
        .partition(|path| path.extension().is_some_and(|e| e == "xml" || e == "json"));
    documents.sort();
    let mut texts: HashMap<PathBuf, &Path> = HashMap::new();
    for document in &documents {
        let other = texts.insert(text_of(document), document);
        if let Some(other) = other {
            let names = (file_name(other), file_name(document));
            panic!("{} and {} share a name", names.0, names.1);
        }
    }
    others.retain(|other| !texts.contains_key(other));
    assert!(others.is_empty(), "no document belongs to {others:?}");
    documents
}

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("the names are ASCII")
}

/// `NAME.txt` beside `NAME.xml`, `NAME.request.xml` or `NAME.request.json`.
fn text_of(document: &Path) -> PathBuf {
    let name = file_name(document);
    let stem = name
        .strip_suffix(".request.xml")
        .or_else(|| name.strip_suffix(".request.json"))
        .or_else(|| name.strip_suffix(".xml"))
        .expect("only documents are listed");
    document.with_file_name(format!("{stem}.txt"))
}

/// What is wrong with the document, or `None` if nothing is.
fn error(document: &Path) -> Option<String> {
    let name = file_name(document);
    let bytes = fs::read(document).expect("the document can be read");
    let error = if name.ends_with(".request.xml") {
        Request::read_xml(bytes, ReadOptions::new().source(name)).err()
    } else if name.ends_with(".request.json") {
        Request::read_json(bytes, ReadOptions::new().source(name)).err()
    } else {
        Pdp::builder().policy(name, bytes).build().err()
    };
    error.map(|error| error.to_string())
}

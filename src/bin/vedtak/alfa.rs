//! `vedtak alfa`: policies in XML → ALFA, and the other way.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use serde_json::json;
use vedtak::report::{Visible, cut};
use vedtak::syntax::alfa::{self, InXml};
use vedtak::syntax::{Document, DocumentKind, referred};
use vedtak::{Error, Limits, ReadOptions};

use crate::input::{self, Found, Given, Kind};
use crate::output::{Ended, Output, Undone, count};
use crate::policies::{ENDINGS, only_policies};
use crate::save;

/// Turns policies in XML into ALFA, and ALFA into XML, with their comments
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak alfa letters.xml > letters.alfa
  vedtak alfa letters.alfa > letters.xml
  vedtak alfa names.alfa policies.alfa --to policies/

Exit code: 0, or 2 if a file cannot be read, or if ALFA cannot say what a policy says, or that it decides by
itself as it does; then all such places are told, and nothing is written. Comments that have no place are told on standard error.")]
pub(crate) struct Alfa {
    /// Policies in XML or in ALFA: files, folders, or `-` for standard input. Files of ALFA may use one
    /// another's names
    #[arg(value_name = "POLICY", required = true)]
    policies: Vec<PathBuf>,
    /// Write the policies in XML into this folder, each into a file that is named after its id, and none
    /// over another; those that others refer to, and those of a folder `library`, into its `library`
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

impl Alfa {
    pub(crate) fn run(&self) -> Result<Output, Undone> {
        let given = input::read(&self.policies, &ENDINGS)?;
        let nothing = |undone: Undone| undone.so("nothing was written");
        let given = only_policies(&given).map_err(nothing)?;
        let is_alfa = |one: &&Given| one.kind == Kind::Alfa;
        match given.iter().filter(|one| is_alfa(one)).count() {
            0 if self.to.is_some() => {
                Err("--to is for policies in XML, and these become ALFA".into())
            }
            0 => to_alfa(&given),
            all if all == given.len() => self.to_xml(&given),
            _ => Err("some of these are in XML and others in ALFA: name only one kind".into()),
        }
        .map_err(nothing)
    }

    fn to_xml(&self, given: &[&Given]) -> Result<Output, Undone> {
        let given = without_copies(given);
        let made = alfa::to_xml(texts(&given), &Limits::default())?;
        let json = made
            .policies
            .iter()
            .map(|(document, xml)| json!({"policy": document.id(), "xml": xml}));
        let json = json!({"policies": json.collect::<Vec<_>>()});
        let output = match (&self.to, &made.policies[..]) {
            (_, []) => return Err("these files declare names, and no policy".into()),
            (None, [(_, xml)]) => Output::document(xml, json),
            (None, several) => {
                let several = count(several.len(), "policy", "policies");
                return Err(format!("these are {several}: name a folder for them by --to").into());
            }
            (Some(folder), _) => Output::new(Ended::Good, written(folder, &made, &given)?, json),
        };
        let lost = made.lost.iter().map(ToString::to_string);
        Ok(output.with_notes(lost.collect()))
    }
}

fn to_alfa(given: &[&Given]) -> Result<Output, Undone> {
    let given = without_copies(given);
    let wrong = of_other_roles(&given);
    let text = match alfa::from_xml(texts(&given), &Limits::default()) {
        Ok(text) if wrong.is_empty() => text,
        Ok(_) => return Err(Undone::of_all(wrong)),
        Err(error) => return Err(Undone::from(error).and(wrong)),
    };
    let json = json!({"alfa": text});
    Ok(Output::document(text, json))
}

/// The policies that would decide by themselves in ALFA and do not, or the other way; none if one cannot be
/// read.
fn of_other_roles(given: &[(&Given, bool)]) -> Vec<String> {
    let read = given.iter().map(|(one, is_library)| {
        let document = Document::read_xml(&one.bytes, ReadOptions::new())?;
        Ok((one, document, *is_library))
    });
    let Ok(read) = read.collect::<Result<Vec<_>, Error>>() else {
        return Vec::new();
    };
    let parts = referred(
        read.iter()
            .flat_map(|(_, document, _)| document.references()),
    );
    let told = read.iter().filter_map(|(one, document, is_library)| {
        let of = (document.kind(), document.id());
        let kind = match of.0 {
            DocumentKind::Policy => "Policy",
            DocumentKind::PolicySet => "PolicySet",
        };
        let named = format!("{}: the {kind} `{}`", one.name, cut(of.1));
        match (parts.contains(&of), is_library) {
            (true, false) => Some(format!(
                "{named} decides by itself, and others refer to it: in ALFA, it decides only there, as it \
                 does in a folder `library`"
            )),
            (false, true) => Some(format!(
                "{named} is in a library, and none of these refers to it: in ALFA, it would decide by itself"
            )),
            _ => None,
        }
    });
    told.collect()
}

/// The documents, each with whether it is in a library. Of those with equal bytes there is one, as where they
/// decide.
fn without_copies<'g>(given: &[&'g Given]) -> Vec<(&'g Given, bool)> {
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    let mut kept: Vec<(&Given, bool)> = Vec::new();
    for one in given {
        let is_library = one.found == Found::InLibrary;
        match places.entry(&one.bytes) {
            Entry::Occupied(place) => kept[*place.get()].1 &= is_library,
            Entry::Vacant(place) => {
                place.insert(kept.len());
                kept.push((one, is_library));
            }
        }
    }
    kept
}

fn texts<'g>(given: &'g [(&Given, bool)]) -> impl Iterator<Item = (&'g str, &'g [u8])> {
    given.iter().map(|(one, _)| (&*one.name, &*one.bytes))
}

/// The name of the file for a policy: one that no reader of folders passes over, as they do with names that
/// begin with a dot.
fn file_name(id: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let plain = id.chars().map(|c| if is_plain(c) { c } else { '-' });
    let plain: String = plain.collect();
    let name = plain.trim_start_matches('.');
    let hidden = "_".repeat(plain.len() - name.len());
    match plain.is_empty() {
        true => "_.xml".to_owned(),
        false => format!("{hidden}{name}.xml"),
    }
}

/// Writes policies into a folder, those that others refer to and those of a library into its `library`, and
/// names the files.
fn written(folder: &Path, made: &InXml, given: &[(&Given, bool)]) -> Result<String, Undone> {
    let library = folder.join("library");
    let references = made.policies.iter();
    let parts = referred(references.flat_map(|(document, _)| document.references()));
    let mut files = Vec::new();
    for ((document, xml), file) in made.policies.iter().zip(&made.files) {
        let name = file_name(document.id());
        let is_part = parts.contains(&(document.kind(), document.id()));
        let folder = match is_part || given[*file].1 {
            true => &library,
            false => folder,
        };
        files.push((folder.join(name), xml.as_str()));
    }
    save::create(&files)?;
    let names = files
        .iter()
        .map(|(file, _)| format!("{}\n", Visible(file.display())));
    Ok(names.collect::<String>()
        + &count(
            files.len(),
            "policy was written\n",
            "policies were written\n",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_has_a_file_that_is_read() {
        for (id, name) in [
            ("urn:example:a", "urn-example-a.xml"),
            ("..", "__.xml"),
            (".", "_.xml"),
            ("", "_.xml"),
            (".a.b", "_a.b.xml"),
        ] {
            assert_eq!(file_name(id), name);
        }
    }
}

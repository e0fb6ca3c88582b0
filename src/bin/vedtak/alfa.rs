//! `vedtak alfa`: policies in XML → ALFA, and the other way.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::json;
use vedtak::Limits;
use vedtak::report::Visible;
use vedtak::syntax::{Document, DocumentKind, alfa, referred};

use crate::input::{self, Given, Kind};
use crate::output::{Ended, Output, Undone, count};
use crate::policies::{ENDINGS, only_policies};
use crate::save;

/// Turns policies in XML into ALFA, and ALFA into XML, with their comments
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak alfa letters.xml > letters.alfa
  vedtak alfa letters.alfa > letters.xml
  vedtak alfa names.alfa policies.alfa --to policies/

Exit code: 0, or 2 if a file cannot be read, or if ALFA cannot say what a policy says; then all such places
are told, and nothing is written. Comments that have no place are told on standard error.")]
pub(crate) struct Alfa {
    /// Policies in XML or in ALFA: files, folders, or `-` for standard input. Files of ALFA may use one
    /// another's names
    #[arg(value_name = "POLICY", required = true)]
    policies: Vec<PathBuf>,
    /// Write the policies in XML into this folder, each into a file that is named after its id, and none
    /// over another; those that others refer to into its `library`
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
        let made = alfa::to_xml(texts(given), &Limits::default())?;
        let references = made.policies.iter();
        let parts = referred(references.flat_map(|(document, _)| document.references()));
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
            (Some(folder), policies) => {
                Output::new(Ended::Good, written(folder, policies, &parts)?, json)
            }
        };
        let lost = made.lost.iter().map(ToString::to_string);
        Ok(output.with_notes(lost.collect()))
    }
}

fn to_alfa(given: &[&Given]) -> Result<Output, Undone> {
    let text = alfa::from_xml(texts(given), &Limits::default())?;
    let json = json!({"alfa": text});
    Ok(Output::document(text, json))
}

fn texts<'g>(given: &'g [&Given]) -> impl Iterator<Item = (&'g str, &'g [u8])> {
    given.iter().map(|one| (&*one.name, &*one.bytes))
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

/// Writes policies into a folder, those that others refer to into its `library`, and names the files.
fn written(
    folder: &Path,
    policies: &[(Document, String)],
    parts: &HashSet<(DocumentKind, &str)>,
) -> Result<String, Undone> {
    let library = folder.join("library");
    let mut files = Vec::new();
    for (document, xml) in policies {
        let name = file_name(document.id());
        let folder = match parts.contains(&(document.kind(), document.id())) {
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
            policies.len(),
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

//! `vedtak alfa`: policies in XML → ALFA, and the other way.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::json;
use vedtak::report::Visible;
use vedtak::syntax::{Document, DocumentKind, alfa};
use vedtak::{Error, Limits, ReadOptions};

use crate::input::{self, Given, Kind};
use crate::output::{Ended, Output, Undone, count};
use crate::policies::{ENDINGS, is_policy, referred};
use crate::save;

/// Turns policies in XML into ALFA, and ALFA into XML
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  vedtak alfa letters.xml > letters.alfa
  vedtak alfa letters.alfa > letters.xml
  vedtak alfa names.alfa policies.alfa --to policies/

Exit code: 0, or 2 if a file cannot be read, or if ALFA cannot say what a policy says; then all such places
are told, and nothing is written.")]
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
        let given: Vec<&Given> = given.iter().filter(|one| is_policy(one)).collect();
        let is_alfa = |one: &&Given| one.kind == Kind::Alfa;
        match given.iter().filter(|one| is_alfa(one)).count() {
            _ if given.is_empty() => Err("there is no policy among these files".into()),
            0 if self.to.is_some() => {
                Err("--to is for policies in XML, and these become ALFA".into())
            }
            0 => to_alfa(&given),
            all if all == given.len() => self.to_xml(&given),
            _ => Err("some of these are in XML and others in ALFA: name only one kind".into()),
        }
        .map_err(|undone: Undone| undone.so("nothing was written"))
    }

    fn to_xml(&self, given: &[&Given]) -> Result<Output, Undone> {
        let files = given.iter().map(|one| (&*one.name, &*one.bytes));
        let documents = alfa::read_files(files, &Limits::default())?;
        let named = documents
            .iter()
            .map(|document| (document.kind(), document.id(), document.to_xml()));
        let named: Vec<(DocumentKind, &str, String)> = named.collect();
        let json = named
            .iter()
            .map(|(_, id, xml)| json!({"policy": id, "xml": xml}));
        let json = json!({"policies": json.collect::<Vec<_>>()});
        match (&self.to, &named[..]) {
            (_, []) => Err("these files declare names, and no policy".into()),
            (None, [(.., xml)]) => Ok(Output::document(xml, json)),
            (None, several) => {
                let several = count(several.len(), "policy", "policies");
                Err(format!("these are {several}: name a folder for them by --to").into())
            }
            (Some(folder), named) => {
                let text = written(folder, named, &referred(&documents))?;
                Ok(Output::new(Ended::Good, text, json))
            }
        }
    }
}

fn to_alfa(given: &[&Given]) -> Result<Output, Undone> {
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for one in given {
        match Document::read_xml(&one.bytes, ReadOptions::new().source(&one.name)) {
            Ok(document) => documents.push(document),
            Err(error) => problems.extend(error.into_diagnostics()),
        }
    }
    if !problems.is_empty() {
        return Err(Error::new(problems).into());
    }
    let text = alfa::write(&documents)?;
    let json = json!({"alfa": text});
    Ok(Output::document(text, json))
}

/// Writes policies into a folder, those that others refer to into its `library`, and names the files.
fn written(
    folder: &Path,
    policies: &[(DocumentKind, &str, String)],
    referred: &HashSet<(DocumentKind, String)>,
) -> Result<String, Undone> {
    let library = folder.join("library");
    let mut files = Vec::new();
    for (kind, id, xml) in policies {
        let is_plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let name: String = id
            .chars()
            .map(|c| if is_plain(c) { c } else { '-' })
            .collect();
        let name = format!("{}.xml", name.trim_start_matches('.'));
        let folder = if referred.contains(&(*kind, (*id).to_owned())) {
            &*library
        } else {
            folder
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
